"""What drives regret, and boxes of futures with something in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge import strategy
from kedge.brief.sampling import Estimate, Sampling, share_interval
from kedge.strategy import Limit as FoundLimit
from kedge.strategy import PrimResult, PrimSettings, find_box
from kedge.world.assessment import Assessment
from kedge.world.parameters import as_uncertainty

FEWEST_CASES = 25
"""Futures sought below which no box is looked for."""

MOST_COMMON = 0.95
"""Share of futures sought above which they have nothing in common but being usual."""

MOST_LIMITS = 4
"""Limits a reader can hold in mind."""


@dataclass(frozen=True)
class Driver:
    """How much of a plan's regret one uncertainty moves by itself.

    Parameters
    ----------
    parameter
        Place among the parameters.
    strength : share of variance
        With its interval.
    noise : share of variance
        What an uncertainty without any effect would seem to move.
    """

    parameter: int
    strength: Estimate
    noise: float


@dataclass(frozen=True)
class Limit:
    """One side or both of a box along one uncertainty.

    Parameters
    ----------
    parameter
        Place among the parameters.
    low, high : the parameter's unit
        Ends that restrict; None where the range is not cut.
    categories
        Choices kept, if the uncertainty is a choice.
    """

    parameter: int
    low: float | None
    high: float | None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Box:
    """Futures that have something in common, and how well it describes those sought.

    Parameters
    ----------
    limits
        What they have in common; empty if nothing was found.
    base : share of futures
        Futures sought, of all.
    coverage : share of those sought
        That lie in the box.
    density : share of the box
        That are sought.
    futures
        Number searched.
    """

    limits: tuple[Limit, ...]
    base: float
    coverage: Estimate
    density: Estimate
    futures: int


def find_drivers(row: np.ndarray, assessment: Assessment, sampling: Sampling) -> tuple[Driver, ...]:
    """Rank the uncertainties by how much of a plan's regret each moves alone.

    Parameters
    ----------
    row : value
        Regret by future.
    assessment, sampling
        Futures, and how many of them to use.
    """
    used = min(sampling.search, len(row))
    found = strategy.find_drivers(
        row[None, :used],
        assessment.futures[:used],
        [as_uncertainty(parameter) for parameter in assessment.parameters],
        strategy.DriverSettings(seed=sampling.seed),
    )
    noise = float(found.first_order_noise[0])
    columns = (found.first_order[0], found.first_order_low[0], found.first_order_high[0])
    drivers = [
        Driver(place, Estimate(float(value), float(low), float(high)), noise)
        for place, (value, low, high) in enumerate(zip(*columns, strict=True))
        if assessment.parameters[place].low < assessment.parameters[place].high
    ]
    return tuple(sorted(drivers, key=lambda driver: (-driver.strength.value, driver.parameter)))


def find_boxes(of_interest: np.ndarray, assessment: Assessment, sampling: Sampling) -> tuple[Box, ...]:
    """Find one box a plan of the futures sought, with few enough limits to be said in a sentence.

    Searched on the first futures and judged on the rest where enough are left, so that
    coverage and density are not those of the futures the box was fitted to.

    Parameters
    ----------
    of_interest
        `[plan, future]`: the futures sought.
    assessment, sampling
        Futures, and how many of them to search.
    """
    return tuple(_find_box(row, assessment, sampling) for row in of_interest)


def _find_box(sought: np.ndarray, assessment: Assessment, sampling: Sampling) -> Box:
    used = min(sampling.search, len(sought))
    base, cases = float(sought.mean()), int(sought[:used].sum())
    nothing = Box((), base, Estimate(1.0, 1.0, 1.0), share_interval(base, len(sought), sampling.level), used)
    if cases < FEWEST_CASES or cases > MOST_COMMON * used:
        return nothing
    inputs = assessment.futures[:used]
    choices = tuple(place for place, parameter in enumerate(assessment.parameters) if parameter.categories)
    settings = PrimSettings(least_mass=min(0.05, base), categorical=choices)
    found = find_box(inputs, sought[:used], settings)
    limits = _readable(found, sought[:used], inputs, assessment)
    if not limits:
        return nothing
    rest = slice(used, None) if len(sought) - used >= used // 2 else slice(0, None)
    inside, held = within(limits, assessment.futures[rest], assessment), sought[rest]
    both = int((inside & held).sum())
    return Box(
        limits=limits,
        base=base,
        coverage=share_interval(both / max(int(held.sum()), 1), max(int(held.sum()), 1), sampling.level),
        density=share_interval(both / max(int(inside.sum()), 1), max(int(inside.sum()), 1), sampling.level),
        futures=used,
    )


def within(limits: tuple[Limit, ...], futures: np.ndarray, assessment: Assessment) -> np.ndarray:
    """Mark the futures that keep all limits."""
    inside = np.ones(len(futures), dtype=bool)
    for limit in limits:
        column = futures[:, limit.parameter]
        if limit.categories:
            codes = [
                assessment.parameters[limit.parameter].categories.index(name) for name in limit.categories
            ]
            inside &= np.isin(column, codes)
        if limit.low is not None:
            inside &= column >= limit.low
        if limit.high is not None:
            inside &= column <= limit.high
    return inside


def _readable(
    found: PrimResult, sought: np.ndarray, inputs: np.ndarray, assessment: Assessment
) -> tuple[Limit, ...]:
    """Drop the limits of the box whose loss costs least, until few are left, the telling ones first."""
    limits = [_limit(limit, assessment) for limit in found.box.limits]
    while True:
        without = [
            _balance(tuple(limits[:k] + limits[k + 1 :]), sought, inputs, assessment)
            for k in range(len(limits))
        ]
        if len(limits) <= MOST_LIMITS:
            break
        limits.pop(int(np.argmax(without)))
    return tuple(limits[k] for k in np.argsort(without, kind="stable"))


def _balance(
    limits: tuple[Limit, ...], sought: np.ndarray, inputs: np.ndarray, assessment: Assessment
) -> float:
    """Harmonic mean of coverage and density."""
    inside = within(limits, inputs, assessment)
    return 2 * float((inside & sought).sum()) / float(inside.sum() + sought.sum())


def _limit(limit: FoundLimit, assessment: Assessment) -> Limit:
    names = assessment.parameters[limit.column].categories
    return Limit(limit.column, limit.low, limit.high, tuple(names[code] for code in limit.categories))
