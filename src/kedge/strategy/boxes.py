"""Boxes in the space of uncertainties: who is inside, and which limits chance would explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from kedge.strategy.axes import Futures, OfInterest, PerFuture
from kedge.strategy.peel import CATEGORICAL


@dataclass(frozen=True)
class Limit:
    """What a box asks of one uncertainty.

    Parameters
    ----------
    column
        Of the inputs.
    low, high : unit of the input
        None where the box is open.
    categories
        Codes that are in the box; empty for amounts.
    quasi_p_low, quasi_p_high : share
        How likely at least as many futures of interest as the box holds are under the
        density that the box has without this limit; None where it is open.  For
        categories the first of the two.
    """

    column: int
    low: float | None
    high: float | None
    categories: tuple[int, ...]
    quasi_p_low: float | None
    quasi_p_high: float | None


@dataclass(frozen=True)
class Box:
    """A box with how well it describes the futures of interest.

    Parameters
    ----------
    limits
        Of the limited uncertainties alone, in column order.
    coverage, density, mass : share
        Of futures of interest inside; of interest among those inside; of all inside.
    futures, cases
        Inside, and of interest among them.
    """

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    futures: int
    cases: int


@dataclass(frozen=True)
class Side:
    """One limit of one uncertainty; `side` is 0 for low, 1 for high, -1 for categories."""

    column: int
    side: int
    limit: float
    categories: tuple[int, ...] = ()


def in_box(inputs: Futures, box: Box) -> OfInterest:
    """Whether each future lies in the box, limits included.

    Examples
    --------
    >>> low = Limit(0, 0.5, None, (), 0.01, None)
    >>> in_box(np.array([[0.4], [0.5]]), Box((low,), 1.0, 1.0, 0.5, 1, 1))
    array([False,  True])
    """
    inside = np.ones(len(inputs), dtype=bool)
    for limit in box.limits:
        column = inputs[:, limit.column]
        if limit.low is not None:
            inside &= column >= limit.low
        if limit.high is not None:
            inside &= column <= limit.high
        if limit.categories:
            inside &= np.isin(column, limit.categories)
    return inside


def quasi_p(cases: int, futures: int, wider_cases: int, wider_futures: int) -> float:
    """One-sided binomial test of a box against the same box without one limit.

    References
    ----------
    Bryant & Lempert (2010), §4.3.

    Examples
    --------
    >>> quasi_p(10, 10, 10, 20) < 0.001
    True
    """
    if cases == 0:
        return 1.0
    return float(bdtrc(cases - 1, futures, wider_cases / wider_futures))


def sides_of(kinds: np.ndarray, start: tuple, box: tuple) -> list[Side]:
    """List the limits that a box has and the whole space has not."""
    (whole, every), (limits, kept) = start, box
    sides = []
    for column in range(len(limits)):
        if kinds[column] == CATEGORICAL:
            if (kept[column] != every[column]).any():
                sides.append(
                    Side(column, -1, np.nan, tuple(int(code) for code in np.flatnonzero(kept[column])))
                )
            continue
        sides += [
            Side(column, side, float(limits[column, side]))
            for side in (0, 1)
            if limits[column, side] != whole[column, side]
        ]
    return sides


def breaks(column: PerFuture, side: Side) -> OfInterest:
    """Whether each value of one column breaks a limit."""
    if side.side < 0:
        return ~np.isin(column, side.categories)
    return column < side.limit if side.side == 0 else column > side.limit


def violations(columns: np.ndarray, sides: list[Side]) -> np.ndarray:
    """Which limit each future breaks, `[side, future]`; columns are `[uncertainty, future]`."""
    broken = np.zeros((len(sides), columns.shape[1]), dtype=bool)
    for row, side in enumerate(sides):
        broken[row] = breaks(columns[side.column], side)
    return broken


def describe(columns: np.ndarray, holds: OfInterest, sides: list[Side]) -> Box:
    """Count what lies within the limits, with the quasi-p value of each."""
    return prune(columns, holds, sides, significance=1.0)


def sides_of_box(box: Box) -> list[Side]:
    """List the limits of a box one by one, as `describe` takes them."""
    sides = []
    for limit in box.limits:
        if limit.categories:
            sides.append(Side(limit.column, -1, np.nan, limit.categories))
        sides += [
            Side(limit.column, side, float(value))
            for side, value in enumerate((limit.low, limit.high))
            if value is not None
        ]
    return sides


def prune(
    columns: np.ndarray,
    holds: OfInterest,
    sides: list[Side],
    significance: float,
    must_limit: tuple[int, ...] = (),
) -> Box:
    """Drop, one by one, the limit that chance explains best, until none is above the significance.

    The last limit of a column that must be limited stays.
    """
    sides = list(sides)
    broken = violations(columns, sides)
    while True:
        times = broken.sum(axis=0, dtype=np.int16)
        inside = times == 0
        futures, cases = int(inside.sum()), int((inside & holds).sum())
        once = np.flatnonzero(times == 1)
        which = broken[:, once].argmax(axis=0) if sides else np.empty(0, dtype=int)
        more = np.bincount(which, minlength=len(sides))
        more_cases = np.bincount(which, holds[once], minlength=len(sides))
        values = [
            quasi_p(cases, futures, cases + int(more_cases[row]), futures + int(more[row]))
            for row in range(len(sides))
        ]
        weakest = _weakest(sides, values, must_limit)
        if weakest is None or values[weakest] <= significance:
            break
        sides.pop(weakest)
        broken = np.delete(broken, weakest, axis=0)
    return Box(
        limits=_join(sides, values),
        coverage=cases / int(holds.sum()),
        density=cases / futures,
        mass=futures / len(holds),
        futures=futures,
        cases=cases,
    )


def _weakest(sides: list[Side], values: list[float], must_limit: tuple[int, ...]) -> int | None:
    columns = [side.column for side in sides]
    free = [
        row for row, column in enumerate(columns) if column not in must_limit or columns.count(column) > 1
    ]
    return max(free, key=values.__getitem__, default=None)


def _join(sides: list[Side], values: list[float]) -> tuple[Limit, ...]:
    limits = []
    for column in sorted({side.column for side in sides}):
        found = {
            side.side: (side, value)
            for side, value in zip(sides, values, strict=True)
            if side.column == column
        }
        if -1 in found:
            side, value = found[-1]
            limits.append(Limit(column, None, None, side.categories, value, None))
            continue
        low, high = found.get(0), found.get(1)
        limits.append(
            Limit(
                column=column,
                low=low[0].limit if low else None,
                high=high[0].limit if high else None,
                categories=(),
                quasi_p_low=low[1] if low else None,
                quasi_p_high=high[1] if high else None,
            )
        )
    return tuple(limits)
