"""Columns of a table of disputes, cut for estimating the contest: who could prevail, and who needs not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from kedge.core.errors import DomainError, UnknownName
from kedge.security.penalised import Columns

COMPONENTS = ("milex", "milper", "iron", "energy", "population", "urban", "cinc")
"""World shares: military spending, personnel, iron and steel, energy, people, city people; their mean."""

SMALLEST = 1e-5
"""Share added to both sides, so that a state without steel keeps a finite log ratio."""

LOSS, DRAW, WIN = 0, 1, 2
"""Codes of what became of side A."""

A_WINS, B_WINS = (1, 4), (2, 3)
STALEMATE, COMPROMISE, RELEASED = 5, 6, 7
SAMPLES = {
    "all": (*range(1, 8),),
    "fought out": (*range(1, 6),),
    "decisive": (*range(1, 5),),
}
"""Outcomes that count.  To `all`, compromise and release are nobody's win; `fought out` drops them."""

PUBLISHED_LAST_YEAR = 2007
KNOTS = (1830, 1870, 1900, 1915, 1930, 1945, 1960, 1980, 2000)
"""Years in which the smooth of calendar time may bend."""

BLOCKS: dict[str, str] = {
    "cinc": "ex ante",
    "components": "ex ante",
    "size": "ex ante",
    "place": "ex ante",
    "aims": "onset",
    "parties": "onset",
    "year": "ex ante",
    "all came": "course",
    "hostility": "course",
    "toll": "course",
}
"""Blocks of columns, and when each is known: before the dispute, at its onset, or in its course."""
_COUNTS = tuple(f"{name}{of}_{side}" for name in ("states", "major") for of in ("", "_all") for side in "ab")
REQUIRED = (
    *("dispute", "year", "outcome", "dyad", "contiguity", "rivals", "hostility", "fatality", "days"),
    *("reciprocated", "revisionist_a", "revisionist_b", "aim_a", "aim_b", *_COUNTS),
    *(f"{name}{of}_{side}" for name in COMPONENTS for of in ("", "_all") for side in "ab"),
)
AIMS = (1, 2, 3, 4)


@dataclass(frozen=True)
class DisputeSample:
    """Disputes that one question is asked of.

    Parameters
    ----------
    table
        One row a dispute, in the columns of `REQUIRED`.
    outcome
        `LOSS`, `DRAW` or `WIN` for side A; in a decisive sample 0 loss, 1 win.
    """

    table: pl.DataFrame
    outcome: np.ndarray

    @property
    def dyad(self) -> np.ndarray:
        """Pair of leaders, in no order: what folds keep together."""
        return self.table.get_column("dyad").to_numpy()

    @property
    def year(self) -> np.ndarray:
        """Year of onset."""
        return self.table.get_column("year").to_numpy().astype(float)

    def __len__(self) -> int:
        return self.table.height


def choose_disputes(table: pl.DataFrame, sample: str = "all", one_on_one: bool = False) -> DisputeSample:
    """Take the disputes of a sample, with the outcome's code.

    Parameters
    ----------
    table
        One row a dispute, in the columns of `REQUIRED`.
    sample
        `all`, `fought out` or `decisive`.
    one_on_one
        Whether to keep only disputes of one state a side that began by 2007: with `fought out`,
        the cases of Carroll & Kenkel (2019), American Journal of Political Science 63.

    Raises
    ------
    UnknownName
        No sample is called so.
    DomainError
        A column is missing, or no dispute is left.
    """
    if sample not in SAMPLES:
        raise UnknownName("sample of disputes", sample, SAMPLES)
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise DomainError(f"the table of disputes lacks {', '.join(missing)}; make it with join_disputes")
    kept = table.filter(pl.col("outcome").is_in(SAMPLES[sample]))
    if one_on_one:
        alone = (pl.col("states_all_a") == 1) & (pl.col("states_all_b") == 1)
        kept = kept.filter(alone & (pl.col("year") <= PUBLISHED_LAST_YEAR))
    if kept.height == 0:
        raise DomainError(f"no dispute of sample {sample!r} is left; the table holds {table.height}")
    code = kept.get_column("outcome").to_numpy()
    won, lost = np.isin(code, A_WINS), np.isin(code, B_WINS)
    outcome = won.astype(int) if sample == "decisive" else np.where(won, WIN, np.where(lost, LOSS, DRAW))
    return DisputeSample(kept, outcome)


def strength_ratio(table: pl.DataFrame, component: str = "cinc", came: bool = False) -> np.ndarray:
    """Give the log of side A's over side B's share; where a side's is unknown, that of CINC.

    Parameters
    ----------
    table
        One row a dispute.
    component
        One of `COMPONENTS`.
    came
        Whether to count all who came in the end, which is known only afterwards.
    """
    of = "_all" if came else ""

    def log_ratio(name: str) -> np.ndarray:
        sides = [table.get_column(f"{name}{of}_{side}").cast(pl.Float64).to_numpy() for side in "ab"]
        return np.log(sides[0] + SMALLEST) - np.log(sides[1] + SMALLEST)

    ratio = log_ratio(component)
    return np.where(np.isfinite(ratio), ratio, np.nan_to_num(log_ratio("cinc")))


def dispute_columns(table: pl.DataFrame, blocks: Iterable[str], knots: Iterable[int] = KNOTS) -> Columns:
    """Cut the columns of some blocks, for one index of a fit; each block has its own prior.

    Parameters
    ----------
    table
        One row a dispute, in the columns of `REQUIRED`.
    blocks
        Names from `BLOCKS`, which says when each is known.
    knots : calendar years
        Where the smooth of the year may bend; only years of the cases fitted, in a forecast.

    Raises
    ------
    UnknownName
        No block is called so.
    """
    parts, labels = [np.empty((table.height, 0))], []
    for block in blocks:
        if block not in BLOCKS:
            raise UnknownName("block of columns", block, BLOCKS)
        made = year_spline(_of(table, "year"), tuple(knots)) if block == "year" else _MAKERS[block](table)
        parts.append(made)
        labels += [block] * made.shape[1]
    return Columns(np.hstack(parts), tuple(labels))


def year_spline(year: np.ndarray, knots: tuple[int, ...] = KNOTS) -> np.ndarray:
    """Give a natural cubic spline's columns, linear beyond the outer knots: cases by knots less one.

    Parameters
    ----------
    year, knots : calendar years
        At least three knots, ascending.

    References
    ----------
    Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, eq. (5.4).
    """
    if len(knots) < 3 or list(knots) != sorted(set(knots)):
        raise DomainError(f"expected at least three ascending knots, found {knots}")
    at, when = (np.asarray(knots, float) - 1900.0) / 50.0, (np.asarray(year, float) - 1900.0) / 50.0

    def bend(knot: int) -> np.ndarray:
        above = np.maximum(when - at[knot], 0.0) ** 3 - np.maximum(when - at[-1], 0.0) ** 3
        return above / (at[-1] - at[knot])

    last = bend(len(at) - 2)
    return np.stack([when, *(bend(knot) - last for knot in range(len(at) - 2))], axis=1)


def _of(table: pl.DataFrame, name: str, unknown: float = 0.0) -> np.ndarray:
    return table.get_column(name).cast(pl.Float64).fill_null(unknown).to_numpy()


def _stack(*columns: np.ndarray) -> np.ndarray:
    return np.stack(columns, axis=1).astype(float)


def _components(table: pl.DataFrame) -> np.ndarray:
    return _stack(*(strength_ratio(table, name) for name in COMPONENTS[:-1]))


def _size(table: pl.DataFrame) -> np.ndarray:
    sides = [np.log(_of(table, f"cinc_{side}") + SMALLEST) for side in "ab"]
    return _stack(np.abs(strength_ratio(table)), *sides, _of(table, "major_a"), _of(table, "major_b"))


def _place(table: pl.DataFrame) -> np.ndarray:
    kind = _of(table, "contiguity")
    return _stack(kind == 1, kind < 6, _of(table, "rivals"))


def _aims(table: pl.DataFrame) -> np.ndarray:
    flags = [_of(table, f"revisionist_{side}") == 1 for side in "ab"]
    kinds = [_of(table, f"aim_{side}") == aim for side in "ab" for aim in AIMS]
    return _stack(*flags, flags[0] & flags[1], *kinds)


def _parties(table: pl.DataFrame, of: str = "") -> np.ndarray:
    return _stack(*(np.log(_of(table, f"states{of}_{side}", 1.0)) for side in "ab"))


def _came(table: pl.DataFrame) -> np.ndarray:
    ratios = [strength_ratio(table, name, came=True) for name in COMPONENTS[:-1]]
    return np.hstack([_stack(*ratios), _parties(table, "_all")])


def _hostility(table: pl.DataFrame) -> np.ndarray:
    level = _of(table, "hostility")
    return _stack(*(level == each for each in (3, 4, 5)), _of(table, "reciprocated"))


def _toll(table: pl.DataFrame) -> np.ndarray:
    fatality, days = _of(table, "fatality", -1.0), _of(table, "days", 1.0)
    return _stack(np.maximum(fatality, 0.0), fatality < 0, np.log(np.maximum(days, 1.0)))


_MAKERS = {
    "cinc": lambda table: _stack(strength_ratio(table)),
    "components": _components,
    "size": _size,
    "place": _place,
    "aims": _aims,
    "parties": _parties,
    "all came": _came,
    "hostility": _hostility,
    "toll": _toll,
}
