"""What a reader of dated signals may believe of the patron, and what that makes of its commitment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float
from scipy.special import ndtr

from kedge.core.errors import DomainError, UnknownName
from kedge.data.baseline import load_table
from kedge.security import (
    Forgetting,
    Holding,
    Signals,
    bands_of,
    belief_paths,
    evidence_scale,
    mix_commitment,
    tied_hands,
)
from kedge.world.patron_ranges import Assumption, PatronRanges, patron_ranges

TYPES = ("primacist", "prioritiser", "restrainer")
THEATRES = ("europe", "asia")
PRIORITY_THEATRE = "asia"
"""Where a prioritiser stays engaged, as in the joint model's studies of Asia."""
FIRST_DAY, LAST_DAY = date(2014, 1, 1), date(2040, 12, 31)
MOST_DRAWS = 200_000
# Draws for what each signal leaves at the end, which filters once a signal.
LEFT_DRAWS = 1000

Evidence = Literal["all", "theatre"]


@dataclass(frozen=True)
class PatronBeliefs:
    """Belief about the patron's school and commitment over time; shares of draws are no probabilities.

    Parameters
    ----------
    theatre
        Theatre asked for.
    evidence
        Whether `all` signals count, or those of the `theatre` and of no theatre alone.
    path
        date, type, mean, low, middle, high: belief over schools, with 5, 50 and 95 % points over draws.
    contribution
        date, counts_from, kind, theatre, cost_class, name, type, points, low, high, left, source: log-odds
        of each type against a primacist that each signal added when it counted, and the mean of what is
        left of it at the end.
    commitment
        date, theatre, mean, low, middle, high, free: chance of coming, and its mean if no hand were tied.
    assumptions
        Ranges drawn from, the caller's own included.
    draws, seed, until
        What gives the same numbers again.
    """

    theatre: str
    evidence: Evidence
    path: pl.DataFrame
    contribution: pl.DataFrame
    commitment: pl.DataFrame
    assumptions: tuple[Assumption, ...]
    draws: int
    seed: int
    until: date


class _Case(NamedTuple):
    signals: Signals
    prior: Float[np.ndarray, "draw type"]
    forgetting: Forgetting
    dependence: Float[np.ndarray, " draw"]


def patron_beliefs(
    theatre: str = PRIORITY_THEATRE,
    *,
    draws: int = 10_000,
    seed: int = 1,
    until: date | None = None,
    evidence: Evidence = "all",
    overrides: Mapping[str, float | tuple[float, float]] | None = None,
) -> PatronBeliefs:
    """Read the package's dated signals under many sets of assumptions.

    Parameters
    ----------
    theatre
        `europe` or `asia`.
    draws
        Sets of assumptions: one value of every range and of every likelihood.
    seed
        Of the draws.
    until
        Last day; signals after it do not count.  The day of the last signal if left out.
    evidence
        `all` counts every signal, as one administration is of one school everywhere; `theatre` those of
        the theatre and of none alone, as somebody might who believes that theatres are run apart.
    overrides
        Values or ranges in place of the package's own, by name (`decay` is φ).

    Raises
    ------
    UnknownName
        A theatre, kind of evidence or range that nobody knows.
    DomainError
        Too few or too many draws, a day before the first, or a range beyond its meaning.

    References
    ----------
    docs/security-patron.md; Fearon (1997) for costs sunk and hands tied.

    Examples
    --------
    >>> found = patron_beliefs("asia", draws=50)
    >>> found.path.columns
    ['date', 'type', 'mean', 'low', 'middle', 'high']
    """
    _check(theatre, draws, evidence, until)
    ranges = patron_ranges(overrides)
    table = _signals()
    last: date = table["counts"].to_list()[-1] if until is None else until
    rng = np.random.default_rng(seed)
    value = {name: rng.uniform(each.low, each.high, draws) for name, each in sorted(ranges.ranges.items())}
    # Readings are drawn for every signal, counted or not, so that belief on a day does not hang on
    # how far the list is read.
    reading = _readings(table, value, rng)
    heard = pl.col("theatre").is_in((*THEATRES, "all") if evidence == "all" else (theatre, "all"))
    counted = table.select(heard & (pl.col("counts") <= last)).to_series().to_numpy()
    table = table.filter(counted)
    case = _case(table, reading[:, counted], value, ranges)
    days = _days(table, ranges, last)
    at = _years(days)
    paths = belief_paths(*case, at=at)
    commitment = _commitment(theatre, value, ranges, (days, paths.probability))
    return PatronBeliefs(
        theatre,
        evidence,
        _path_table(days, paths.probability),
        _contribution_table(table, paths.points, _left(case, at[-1:])),
        commitment,
        tuple(ranges.ranges.values()),
        draws,
        seed,
        last,
    )


def _check(theatre: str, draws: int, evidence: str, until: date | None) -> None:
    if theatre not in THEATRES:
        raise UnknownName("theatre", theatre, THEATRES)
    if evidence not in ("all", "theatre"):
        raise UnknownName("kind of evidence", evidence, ("all", "theatre"))
    if not 1 <= draws <= MOST_DRAWS:
        raise DomainError(f"draws must lie in 1 to {MOST_DRAWS}, got {draws}")
    if until is not None and not FIRST_DAY <= until <= LAST_DAY:
        raise DomainError(f"expected a day from {FIRST_DAY} to {LAST_DAY}, got {until}")


def _signals() -> pl.DataFrame:
    """Load the package's signals in the order in which they count."""
    counts = pl.when(pl.col("counts_from") == "").then(pl.col("date")).otherwise(pl.col("counts_from"))
    return (
        load_table("patron_signals")
        .with_columns(counts=counts.str.to_date("%Y-%m-%d"), date=pl.col("date").str.to_date("%Y-%m-%d"))
        .sort("counts", "date", "name")
    )


def _readings(
    table: pl.DataFrame, value: Mapping[str, Float[np.ndarray, " draw"]], rng: np.random.Generator
) -> Float[np.ndarray, "draw signal type"]:
    """Draw a log-likelihood ratio for every signal and type, against a primacist's."""
    draws = value["decay"].size
    cost = table["cost"].fill_null(1.0).to_numpy()
    scale = evidence_scale(table["cost_class"].to_list(), cost, value["talk_weight"])
    reading = np.zeros((draws, table.height, len(TYPES)))
    common = np.sqrt(value["shared_reading"])[:, None]
    for k, type_ in enumerate(TYPES[1:], 1):
        low, high = (np.log(table[f"{type_}_{end}"].to_numpy()) for end in ("low", "high"))
        # One leaning of the reader a type, and one slip a signal: jointly standard normal.
        leaning, slip = rng.standard_normal((draws, 1)), rng.standard_normal((draws, table.height))
        place = ndtr(common * leaning + np.sqrt(1.0 - common**2) * slip)
        reading[:, :, k] = scale * (low + place * (high - low))
    return reading


def _case(
    table: pl.DataFrame,
    reading: Float[np.ndarray, "draw signal type"],
    value: Mapping[str, Float[np.ndarray, " draw"]],
    ranges: PatronRanges,
) -> _Case:
    alike = table.select(pl.struct("kind", "theatre").rank("dense").alias("group"))["group"].to_numpy()
    restrainer = value["restrainer_share"]
    prioritiser = (1.0 - restrainer) * value["prioritiser_share"]
    prior = np.stack([1.0 - restrainer - prioritiser, prioritiser, restrainer], axis=1)
    changes = tuple(_years(list(ranges.changes)).tolist())
    forgetting = Forgetting(value["decay"], value["term_redraw"], changes)
    signals = Signals(_years(table["counts"].to_list()), reading, alike.astype(np.int64))
    return _Case(signals, prior, forgetting, value["dependence"])


def _days(table: pl.DataFrame, ranges: PatronRanges, until: date) -> list[date]:
    """First of every month, eves and days of changes, days of signals, and the last day."""
    months = {date(y, m, 1) for y in range(FIRST_DAY.year, until.year + 1) for m in range(1, 13)}
    changes = {*ranges.changes, *(day - timedelta(days=1) for day in ranges.changes)}
    days = months | changes | set(table["counts"]) | {until}
    return sorted(day for day in days if FIRST_DAY <= day <= until)


def _years(days: list[date]) -> Float[np.ndarray, " day"]:
    epoch = date(2000, 1, 1)
    return np.array([2000.0 + (day - epoch).days / 365.25 for day in days])


def _path_table(days: list[date], probability: Float[np.ndarray, "draw day type"]) -> pl.DataFrame:
    bands = bands_of(probability)
    return pl.concat(
        pl.DataFrame(
            {
                "date": days,
                "type": [type_] * len(days),
                "mean": bands.mean[:, k],
                "low": bands.low[:, k],
                "middle": bands.middle[:, k],
                "high": bands.high[:, k],
            }
        )
        for k, type_ in enumerate(TYPES)
    ).sort("date", maintain_order=True)


def _commitment(
    theatre: str,
    value: Mapping[str, Float[np.ndarray, " draw"]],
    ranges: PatronRanges,
    belief: tuple[list[date], Float[np.ndarray, "draw day type"]],
) -> pl.DataFrame:
    """Chance of coming in every theatre; the one asked for stands first."""
    days, probability = belief
    holding = Holding(
        value["hands_decay"], value["hands_survival"], tuple(_years(list(ranges.changes)).tolist())
    )
    tables = []
    for each in sorted(THEATRES, key=lambda name: name != theatre):
        engaged = np.stack([value[f"commitment_{_stance(type_, each)}"] for type_ in TYPES], axis=1)
        # What binds in a theatre does so whichever signals a reader takes for news of the school.
        binding = _signals().filter(
            (pl.col("cost_class") == "tied_hands")
            & pl.col("theatre").is_in((each, "all"))
            & (pl.col("counts") <= days[-1])
        )
        size = value["hands_size"][:, None] * binding["hands"].to_numpy()[None, :]
        shift = tied_hands(_years(binding["counts"].to_list()), size, holding, _years(days))
        bands = bands_of(mix_commitment(probability, engaged, shift))
        free = mix_commitment(probability, engaged, np.zeros_like(shift)).mean(axis=0)
        tables.append(
            pl.DataFrame(
                {
                    "date": days,
                    "theatre": [each] * len(days),
                    "mean": bands.mean,
                    "low": bands.low,
                    "middle": bands.middle,
                    "high": bands.high,
                    "free": free,
                }
            )
        )
    return pl.concat(tables)


def _stance(type_: str, theatre: str) -> str:
    engaged = type_ == "primacist" or (type_ == "prioritiser" and theatre == PRIORITY_THEATRE)
    return "engaged" if engaged else "restrainer"


def _left(case: _Case, end: Float[np.ndarray, " one"]) -> Float[np.ndarray, "signal type"]:
    """Mean log-odds at the end, less what they would be had a signal said nothing."""
    some = slice(0, LEFT_DRAWS)
    signals, prior, forgetting, dependence = case
    forgetting = Forgetting(
        np.asarray(forgetting.decay)[some], np.asarray(forgetting.redraw)[some], forgetting.changes
    )
    ratio = signals.log_ratio[some]

    def odds(log_ratio: Float[np.ndarray, "draw signal type"]) -> Float[np.ndarray, " type"]:
        muted = Signals(signals.time, log_ratio, signals.group)
        found = belief_paths(muted, prior[some], forgetting, dependence[some], end).probability[:, 0]
        return np.log(found / found[:, :1]).mean(axis=0)

    whole = odds(ratio)
    left = np.empty(ratio.shape[1:])
    for s in range(ratio.shape[1]):
        silent = ratio.copy()
        silent[:, s] = 0.0
        left[s] = whole - odds(silent)
    return left


def _contribution_table(
    table: pl.DataFrame,
    points: Float[np.ndarray, "draw signal type"],
    left: Float[np.ndarray, "signal type"],
) -> pl.DataFrame:
    bands = bands_of(points)
    kept = ["date", "counts_from", "kind", "theatre", "cost_class", "name"]
    named = table.select(*kept[:1], pl.col("counts").alias("counts_from"), *kept[2:], "source")
    return pl.concat(
        named.with_columns(
            type=pl.lit(type_),
            points=pl.Series(bands.mean[:, k]),
            low=pl.Series(bands.low[:, k]),
            high=pl.Series(bands.high[:, k]),
            left=pl.Series(left[:, k]),
        ).select(*kept, "type", "points", "low", "high", "left", "source")
        for k, type_ in enumerate(TYPES)
        if k
    ).sort("counts_from", "date", "name", "type")
