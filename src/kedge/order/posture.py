"""Which plan each ally follows: A, A+, B or autonomy, and how far assumptions decide the label.

Labels follow W. R. Mead's account of an idea of H. Akita: allies on Plan A+ keep or tighten their ties
with the patron (U), spend more on defence (D) and knit the network of its other allies (N).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.order.components import AXES, COMPONENTS, PostureTables, Windows, measure_changes, subjects

LABELS = ("A", "A+", "B", "autonomy", "none")
"""A: ties with the patron kept or up, without more effort and network together.  A+: kept or up, with
both.  B: ties down, neither effort nor network up.  Autonomy: ties down, effort up.  None: ties down,
network up, effort not: no type fits."""

UNCLEAR = "unclear"
OTHER_WINDOWS = tuple(
    Windows(before, after)
    for before in ((2010, 2014), (2012, 2016), (2013, 2017), (2015, 2019), (2016, 2020))
    for after in ((2021, 2023), (2022, 2024), (2023, 2024))
)
"""Pairs of periods over which the label's dependence on windows is worked out."""


@dataclass(frozen=True)
class PostureSettings:
    """What turns changes into a label; every number here is **an assumption**.

    Parameters
    ----------
    weights
        Weight of each component (axis and name) within its axis; alike by default.
    evenness
        How close drawn weights keep to the given ones: 1 a component makes all sets as likely.
    threshold : in units of the components' scales
        An axis is up above a threshold and down below its negative; drawn evenly between these two.
    missing : in units of the components' scales
        Spread of a component without data around a part, drawn evenly between none and all, of the
        mean of those with data on its axis.
    cap : in units of the components' scales
        Most that one component may count: deliveries come in lumps, and one should not outvote the rest.
    size_exponent
        A partner's part of the network grows with its military spending to this power.
    sure : probability
        Least probability of a label; below it the posture is unclear.
    draws
    seed
    """

    weights: dict[tuple[str, str], float] = field(
        default_factory=lambda: {(part.axis, part.name): 1.0 for part in COMPONENTS}
    )
    evenness: float = 1.0
    threshold: tuple[float, float] = (0.25, 0.75)
    missing: float = 0.5
    cap: float = 2.0
    size_exponent: float = 0.5
    sure: float = 0.5
    draws: int = 4000
    seed: int = 20250224


@dataclass(frozen=True)
class Posture:
    """Label of each ally, with what stands behind it.

    Parameters
    ----------
    windows
        Periods compared.
    table
        iso3, group, label, the probability of each of `LABELS`, for each axis its middle value and 90 %
        interval (in units of the scales), covered (part of the components with data), weight_share and
        window_share (part of drawn weights, and of other windows, that give the same label).
    components
        As `measure_changes` gives them.
    moved
        iso3, first (last year of the first rolling window labelled A+), since (the same for the
        unbroken run that reaches the last year; null if none), and p_<year> for each rolling window.
    """

    windows: Windows
    table: pl.DataFrame
    components: pl.DataFrame
    moved: pl.DataFrame

    def label_of(self, iso3: str) -> str:
        """Give the label of one ally.

        Raises
        ------
        DomainError
            It is not among the allies.
        """
        found = self.table.filter(pl.col("iso3") == iso3)
        if found.is_empty():
            raise DomainError(f"{iso3} is no ally in the table; known: {', '.join(self.table['iso3'])}")
        return str(found["label"][0])


def classify_posture(
    tables: PostureTables,
    windows: Windows | None = None,
    settings: PostureSettings | None = None,
    rolling: tuple[int, int] = (2019, 2024),
) -> Posture:
    """Label every ally's posture between two periods.

    Each axis is the weighted sum of its components' changes over their scales.  In every draw the
    components get their errors, those without data a guess, the weights and the threshold new values;
    the label's probability is its share of draws.  The same draws serve every ally.

    Parameters
    ----------
    tables
    windows
        By default 2015-2019 and 2022-2024.
    settings
    rolling
        Last years of the rolling windows: three years against the five that end five years earlier.

    Raises
    ------
    DomainError
        A setting is out of range, or weights name a component that is not there.

    References
    ----------
    Mead, W. R., on Plan A+ after Akita, H.; see docs/order-ties.md.
    """
    spans, chosen = windows or Windows(), settings or PostureSettings()
    _check(chosen)
    luck = _draw(chosen)

    def measured(each: Windows) -> pl.DataFrame:
        return measure_changes(tables, each, chosen.size_exponent)

    changes = measured(spans)
    base = _classify(changes, luck, chosen)
    group = dict(tables.allies.select("iso3", "group").rows())
    other = [_classify(measured(each), luck, chosen) for each in OTHER_WINDOWS]
    years = range(rolling[0], rolling[1] + 1)
    course = {
        year: _classify(measured(Windows((year - 9, year - 5), (year - 2, year))), luck, chosen)
        for year in years
    }
    order = subjects(tables)
    rows, moved = [], []
    for iso3 in order:
        found = base[iso3]
        same = [each[iso3].label == found.label for each in other]
        rows.append(
            {"iso3": iso3, "group": group[iso3], **found.row(), "window_share": sum(same) / len(same)}
        )
        moved.append({"iso3": iso3, **_movement({year: course[year][iso3] for year in years})})
    return Posture(
        windows=spans,
        table=pl.DataFrame(rows, infer_schema_length=None),
        components=changes,
        moved=pl.DataFrame(moved, schema_overrides={"first": pl.Int32, "since": pl.Int32}),
    )


@dataclass(frozen=True)
class _Luck:
    """Draws that all allies share."""

    weights: dict[str, Float[np.ndarray, "draw component"]]
    noise: dict[str, Float[np.ndarray, "draw component"]]
    guess: dict[str, Float[np.ndarray, "draw component"]]
    part: Float[np.ndarray, " draw"]
    threshold: Float[np.ndarray, " draw"]


@dataclass(frozen=True)
class _Found:
    label: str
    chances: dict[str, float]
    axes: dict[str, tuple[float, float, float]]
    covered: dict[str, float]
    weight_share: float

    def row(self) -> dict[str, object]:
        row: dict[str, object] = {"label": self.label}
        row |= {f"p_{name}": chance for name, chance in self.chances.items()}
        for axis, (low, middle, high) in self.axes.items():
            row |= {axis: middle, f"{axis}_low": low, f"{axis}_high": high}
        row |= {f"covered_{axis}": share for axis, share in self.covered.items()}
        return row | {"weight_share": self.weight_share}


def _draw(settings: PostureSettings) -> _Luck:
    rng = np.random.default_rng(settings.seed)
    weights, noise, guess = {}, {}, {}
    for axis in AXES:
        parts = [part for part in COMPONENTS if part.axis == axis]
        given = np.array([settings.weights.get((axis, part.name), 0.0) for part in parts])
        used = np.flatnonzero(given)
        drawn = np.zeros((settings.draws, len(parts)))
        shares = given[used] / given[used].sum()
        drawn[:, used] = rng.dirichlet(settings.evenness * used.size * shares, settings.draws)
        weights[axis] = drawn
        noise[axis] = rng.standard_normal(drawn.shape)
        guess[axis] = rng.standard_normal(drawn.shape)
    low, high = settings.threshold
    return _Luck(weights, noise, guess, rng.random(settings.draws), rng.uniform(low, high, settings.draws))


def _classify(changes: pl.DataFrame, luck: _Luck, settings: PostureSettings) -> dict[str, _Found]:
    found = {}
    for (iso3,), part in changes.partition_by("iso3", as_dict=True, maintain_order=True).items():
        rows = {axis: part.filter(pl.col("axis") == axis) for axis in AXES}
        index = {axis: rows[axis]["index"].cast(pl.Float64).to_numpy() for axis in AXES}
        error = {axis: rows[axis]["index_error"].cast(pl.Float64).to_numpy() for axis in AXES}
        found[str(iso3)] = _judge(index, error, luck, settings)
    return found


def _judge(index: dict, error: dict, luck: _Luck, settings: PostureSettings) -> _Found:
    drawn, still, covered = {}, {}, {}
    for axis in AXES:
        known = np.isfinite(index[axis])
        covered[axis] = float((known * (luck.weights[axis].sum(axis=0) > 0)).mean())
        limited = np.clip(np.nan_to_num(index[axis]), -settings.cap, settings.cap)
        centre = float(limited[known].mean()) if known.any() else 0.0
        filled = luck.part[:, None] * centre + settings.missing * luck.guess[axis]
        seen = np.nan_to_num(index[axis]) + np.nan_to_num(error[axis]) * luck.noise[axis]
        counted = np.clip(np.where(known, seen, filled), -settings.cap, settings.cap)
        drawn[axis] = (luck.weights[axis] * counted).sum(axis=1)
        # Without errors and guesses, only the weights decide.
        plain = np.where(known, limited, centre)
        still[axis] = (luck.weights[axis] * plain).sum(axis=1)
    names = _labels(drawn, luck.threshold)
    chances = {label: float((names == place).mean()) for place, label in enumerate(LABELS)}
    best = max(LABELS, key=lambda label: chances[label])
    blind = min(covered.values()) == 0.0
    label = UNCLEAR if blind or chances[best] < settings.sure or best == "none" else best
    middle = np.full(luck.threshold.size, float(np.mean(settings.threshold)))
    by_weight = _labels(still, middle)
    agreed = float((by_weight == LABELS.index(best)).mean())
    axes = {axis: tuple(map(float, np.quantile(drawn[axis], [0.05, 0.5, 0.95]))) for axis in AXES}
    return _Found(label, chances, axes, covered, agreed)  # pyright: ignore[reportArgumentType]


def _labels(axes: dict[str, np.ndarray], threshold: np.ndarray) -> np.ndarray:
    """Place of each draw's label in `LABELS`."""
    lost = axes["U"] < -threshold
    effort, network = axes["D"] > threshold, axes["N"] > threshold
    names = np.zeros(threshold.size, int)
    names[~lost & effort & network] = LABELS.index("A+")
    names[lost & effort] = LABELS.index("autonomy")
    names[lost & ~effort & ~network] = LABELS.index("B")
    names[lost & ~effort & network] = LABELS.index("none")
    return names


def _movement(course: dict[int, _Found]) -> dict[str, object]:
    there = [year for year, found in course.items() if found.label == "A+"]
    since = None
    for year in sorted(course, reverse=True):
        if course[year].label != "A+":
            break
        since = year
    row: dict[str, object] = {"first": min(there, default=None), "since": since}
    return row | {f"p_{year}": found.chances["A+"] for year, found in course.items()}


def _check(settings: PostureSettings) -> None:
    known = {(part.axis, part.name) for part in COMPONENTS}
    unknown = sorted(set(settings.weights) - known)
    if unknown:
        shown = ", ".join(" ".join(each) for each in sorted(known))
        raise DomainError(f"no component is called {' '.join(unknown[0])!r}; known: {shown}")
    for axis in AXES:
        total = sum(weight for (each, _), weight in settings.weights.items() if each == axis)
        if total <= 0.0 or min(settings.weights.values()) < 0.0:
            raise DomainError(f"axis {axis} needs weights that are not negative, one of them above zero")
    _check_numbers(settings)


def _check_numbers(settings: PostureSettings) -> None:
    low, high = settings.threshold
    if not 0.0 <= low <= high:
        raise DomainError(
            f"the threshold's range should run upwards from zero or more, found {low} to {high}"
        )
    positive = min(settings.evenness, settings.cap) > 0.0 and settings.missing >= 0.0
    if not (0.0 < settings.sure <= 1.0 and settings.draws >= 100 and positive):
        raise DomainError(
            "sure should lie in (0, 1], draws be at least 100, evenness and cap above zero, missing not below"
        )
