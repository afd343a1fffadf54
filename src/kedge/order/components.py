"""What moved between two periods in an ally's ties with the patron (U), effort (D) and network (N)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from kedge.core.errors import DomainError

CIVIL = ("trade",)
"""Layers of ties that say nothing of defence."""

AXES = ("U", "D", "N")


@dataclass(frozen=True)
class PostureTables:
    """Everything that posture is read from.

    Parameters
    ----------
    allies
        iso3, group: nato, bilateral, rio, partner are classified; all of them but rio, and those of
        group network, are the others to whom N counts ties.
    ties
        state_a, state_b, layer, since, until, depth (0-1), dates as in `kedge.order.layers`.
    troops : persons
        iso3, year, personnel of the patron.
    arms : million trend-indicator values
        supplier, recipient, year, tiv; a pair and year without a row is zero.
    effort : percent of GDP; million US$ at constant prices
        iso3, year, share_gdp, musd_real.
    patron
    """

    allies: pl.DataFrame
    ties: pl.DataFrame
    troops: pl.DataFrame
    arms: pl.DataFrame
    effort: pl.DataFrame
    patron: str = "USA"


@dataclass(frozen=True)
class Windows:
    """Two periods, first and last year of each.

    Parameters
    ----------
    before, after
        Years, both ends included.
    """

    before: tuple[int, int] = (2015, 2019)
    after: tuple[int, int] = (2022, 2024)

    def __post_init__(self) -> None:
        if not (self.before[0] <= self.before[1] < self.after[0] <= self.after[1]):
            raise DomainError(
                f"windows should be two periods, one after the other, such as 2015-2019 and 2022-2024; "
                f"found {self.before[0]}-{self.before[1]} and {self.after[0]}-{self.after[1]}"
            )


@dataclass(frozen=True)
class Component:
    """One thing measured on one axis.

    Parameters
    ----------
    axis
        U, D or N.
    name
    unit
        Of the change.
    scale
        Change that counts as one, **an assumption**: what a reader would call a clear step.
    floor
        Added before a logarithm is taken, so that a handful more of nearly nothing is no leap.
    noise
        Standard error of the change from measurement alone, in its unit, **an assumption**.
    """

    axis: str
    name: str
    unit: str
    scale: float
    floor: float = 0.0
    noise: float = 0.0


COMPONENTS = (
    Component("U", "troops", "log ratio of personnel", math.log(1.2), 250.0, 0.10),
    Component("U", "arms", "log ratio of deliveries a year", math.log(1.5), 10.0, 0.10),
    Component("U", "agreements", "sum of depths", 0.25, 0.0, 0.05),
    Component("U", "exercises", "none: data end in 2010", 1.0),
    Component("D", "share", "percentage points of GDP", 0.25, 0.0, 0.04),
    Component("D", "real", "log ratio of spending at constant prices", math.log(1.2), 0.0, 0.05),
    Component("N", "agreements", "depth times part of the network", 0.10, 0.0, 0.02),
    Component("N", "arms", "log ratio of deliveries a year", math.log(1.5), 10.0, 0.10),
    Component("N", "exercises", "none: data end in 2010", 1.0),
)
"""Components of each axis.  Exercises are listed because they belong there: no data at hand reach past
2010, so that they count as missing."""


def measure_changes(
    tables: PostureTables, windows: Windows | None = None, size_exponent: float = 0.5
) -> pl.DataFrame:
    """Measure every component's change for every ally.

    Parameters
    ----------
    tables
    windows
        Periods compared.
    size_exponent
        A partner's part of the network grows with its military spending to this power: 0 counts
        partners alike, 1 by their spending, **an assumption**.

    Returns
    -------
    DataFrame
        iso3, axis, component, before, after, change, error (standard error of the change), index and
        index_error (both over the scale of `COMPONENTS`), years_before, years_after (with data);
        change is null where a window has no data.
    """
    spans = windows or Windows()
    measured = (
        _troops(tables, spans)
        + _effort(tables, spans)
        + _arms(tables, spans)
        + _agreements(tables, spans, size_exponent)
    )
    found = {(iso3, axis, name): rest for iso3, axis, name, *rest in measured}
    rows = []
    for iso3 in subjects(tables):
        for part in COMPONENTS:
            nothing = [None, None, None, None, 0, 0]
            before, after, change, error, n_before, n_after = found.get((iso3, part.axis, part.name), nothing)
            index = None if change is None else change / part.scale
            spread = None if error is None else error / part.scale
            rows.append(
                (iso3, part.axis, part.name, before, after, change, error, index, spread, n_before, n_after)
            )
    schema = {
        **dict.fromkeys(("iso3", "axis", "component"), pl.String),
        **dict.fromkeys(("before", "after", "change", "error", "index", "index_error"), pl.Float64),
        **dict.fromkeys(("years_before", "years_after"), pl.Int32),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def subjects(tables: PostureTables) -> list[str]:
    """List the states to be classified, sorted."""
    chosen = tables.allies.filter(pl.col("group") != "network")
    return sorted(set(chosen.get_column("iso3")) - {tables.patron})


def partners_of(tables: PostureTables) -> list[str]:
    """List the states to whom ties count on N, sorted; the patron and the loose Rio group are not."""
    chosen = tables.allies.filter(pl.col("group") != "rio")
    return sorted(set(chosen.get_column("iso3")) - {tables.patron})


def _part(axis: str, name: str) -> Component:
    return next(each for each in COMPONENTS if (each.axis, each.name) == (axis, name))


def _yearly(frame: pl.DataFrame, value: str) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for iso3, year, number in frame.drop_nulls(value).select("iso3", "year", value).rows():
        found.setdefault(iso3, {})[year] = float(number)
    return found


def _inside(series: dict[int, float], span: tuple[int, int]) -> np.ndarray:
    return np.array([series[year] for year in range(span[0], span[1] + 1) if year in series])


def _log_change(part: Component, old: np.ndarray, new: np.ndarray) -> tuple[float, float, float, float]:
    """Compare two means by the logarithm of their ratio; error from the spread over years and the noise."""
    means = old.mean(), new.mean()
    change = math.log((means[1] + part.floor) / (means[0] + part.floor))
    relative = [_error(values) / (values.mean() + part.floor) for values in (old, new)]
    return float(means[0]), float(means[1]), change, math.hypot(part.noise, *relative)


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else 0.0


def _troops(tables: PostureTables, spans: Windows) -> list[tuple]:
    part, rows = _part("U", "troops"), []
    for iso3, series in _yearly(tables.troops, "personnel").items():
        old, new = _inside(series, spans.before), _inside(series, spans.after)
        if old.size and new.size:
            rows.append((iso3, "U", "troops", *_log_change(part, old, new), old.size, new.size))
    return rows


def _effort(tables: PostureTables, spans: Windows) -> list[tuple]:
    rows = []
    share, real = _part("D", "share"), _part("D", "real")
    for iso3, series in _yearly(tables.effort, "share_gdp").items():
        old, new = _inside(series, spans.before), _inside(series, spans.after)
        if old.size and new.size:
            # Effort is a course taken, not a draw: its spread over years is no error.
            means = float(old.mean()), float(new.mean())
            change = means[1] - means[0]
            rows.append((iso3, "D", "share", *means, change, share.noise, old.size, new.size))
    for iso3, series in _yearly(tables.effort, "musd_real").items():
        old, new = _inside(series, spans.before), _inside(series, spans.after)
        if old.size and new.size and old.mean() > 0 and new.mean() > 0:
            means = float(old.mean()), float(new.mean())
            change = math.log(means[1] / means[0])
            rows.append((iso3, "D", "real", *means, change, real.noise, old.size, new.size))
    return rows


def _arms(tables: PostureTables, spans: Windows) -> list[tuple]:
    first, last = (int(str(limit)) for limit in (tables.arms["year"].min(), tables.arms["year"].max()))
    flows, rows = _flows(tables), []
    for iso3, axis in itertools.product(subjects(tables), ("U", "N")):
        known = flows.get((axis, iso3), {})
        series = {year: known.get(year, 0.0) for year in range(first, last + 1)}
        old, new = _inside(series, spans.before), _inside(series, spans.after)
        if old.size and new.size:
            change = _log_change(_part(axis, "arms"), old, new)
            rows.append((iso3, axis, "arms", *change, old.size, new.size))
    return rows


def _flows(tables: PostureTables) -> dict[tuple[str, str], dict[int, float]]:
    """Sum deliveries by axis, state and year: from the patron, and from and to its other allies."""
    partners = set(partners_of(tables))
    flows: dict[tuple[str, str], dict[int, float]] = {}
    for supplier, recipient, year, tiv in tables.arms.select("supplier", "recipient", "year", "tiv").rows():
        if supplier == tables.patron:
            _add(flows, ("U", recipient), year, tiv)
            continue
        if supplier in partners:
            _add(flows, ("N", recipient), year, tiv)
        if recipient in partners:
            _add(flows, ("N", supplier), year, tiv)
    return flows


def _add(flows: dict, key: tuple[str, str], year: int, tiv: float) -> None:
    series = flows.setdefault(key, {})
    series[year] = series.get(year, 0.0) + tiv


def _agreements(tables: PostureTables, spans: Windows, exponent: float) -> list[tuple]:
    stock, rows = _stock(tables, spans, exponent), []
    counted = [span[1] - span[0] + 1 for span in (spans.before, spans.after)]
    for iso3, axis in itertools.product(subjects(tables), ("U", "N")):
        before, after = stock.get((iso3, axis), np.zeros(2))
        change = float(after - before)
        # Depths are set by rule: a quarter of a change may be the rule's doing.
        error = math.hypot(_part(axis, "agreements").noise, 0.25 * change)
        rows.append((iso3, axis, "agreements", float(before), float(after), change, error, *counted))
    return rows


def _stock(tables: PostureTables, spans: Windows, exponent: float) -> dict[tuple[str, str], np.ndarray]:
    """Sum depths of ties in force in both periods, by state and axis."""
    ties = tables.ties.filter(~pl.col("layer").is_in(CIVIL))
    sizes = _sizes(tables, exponent)
    whole = sum(sizes.values())
    stock: dict[tuple[str, str], np.ndarray] = {}
    for one, other, depth, since, until in ties.select(
        "state_a", "state_b", "depth", "since", "until"
    ).rows():
        begin, end = _instant(since), _instant(until, 9999.0)
        lived = depth * np.array([_lived(begin, end, span) for span in (spans.before, spans.after)])
        for state, far in ((one, other), (other, one)):
            if far == tables.patron:
                stock[state, "U"] = stock.get((state, "U"), 0.0) + lived
            elif far in sizes and state != tables.patron:
                part = sizes[far] / (whole - sizes.get(state, 0.0))
                stock[state, "N"] = stock.get((state, "N"), 0.0) + part * lived
    return stock


def _sizes(tables: PostureTables, exponent: float) -> dict[str, float]:
    """Weigh each partner by its mean military spending over all years, raised to a power."""
    series = _yearly(tables.effort, "musd_real")
    means = {
        iso3: float(np.mean(list(series[iso3].values()))) for iso3 in partners_of(tables) if iso3 in series
    }
    return {iso3: level**exponent for iso3, level in means.items() if level > 0.0}


def _lived(begin: float, end: float, span: tuple[int, int]) -> float:
    """Part of a period during which a tie was in force."""
    first, last = span[0], span[1] + 1
    return max(min(end, last) - max(begin, first), 0.0) / (last - first)


def _instant(text: str, empty: float = -9999.0) -> float:
    """Turn 2023, 2023-08 or 2023-08-13 into years."""
    if not text:
        return empty
    try:
        parts = [int(piece) for piece in text.split("-")]
    except ValueError as error:
        raise DomainError(
            f"a tie should be dated like 2023, 2023-08 or 2023-08-13, found {text!r}"
        ) from error
    month, day = [*parts, 1, 1][1:3]
    return parts[0] + (month - 1) / 12.0 + (day - 1) / 365.0
