"""The map of pathways as data: lines over years, stations where futures change, and where lines end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError
from kedge.strategy.pathways import NEVER, AdaptivePlan, PathwayRun


@dataclass(frozen=True)
class Line:
    """One course of action over the years.

    Parameters
    ----------
    name
        `start`, or the action's.
    share : share of futures, [year]
        On this line.
    """

    name: str
    share: Float[np.ndarray, " year"]


@dataclass(frozen=True)
class Station:
    """Where futures leave one line for another.

    Parameters
    ----------
    source, target
        Names of the lines.
    decided, effect : year
        Of the decision, and of the first year on the new line.
    share : share of futures
        That change here.
    """

    source: str
    target: str
    decided: int
    effect: int
    share: float


@dataclass(frozen=True)
class TippingPoint:
    """When a plan no longer does what it must.

    Parameters
    ----------
    name
        Of the plan.
    year : year or None
        First in which it fails, or has failed, in the share of futures that is too many; None if
        that never happens.
    failing : share of futures, [year]
        In which it has failed by the end of the year.
    """

    name: str
    year: int | None
    failing: Float[np.ndarray, " year"]


@dataclass(frozen=True)
class PathwayMap:
    """Everything that a figure of pathways needs.

    Parameters
    ----------
    name
        Of the adaptive plan.
    years : year
    lines
        The start, then the actions.
    stations
        By year, source and target.
    ends
        Tipping points, as handed in.
    """

    name: str
    years: tuple[int, ...]
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]
    ends: tuple[TippingPoint, ...]


def tipping_points(
    fails: Bool[np.ndarray, "plan future year"],
    names: tuple[str, ...],
    years: tuple[int, ...],
    share: float = 0.5,
) -> tuple[TippingPoint, ...]:
    """Find the first year by which each plan has failed in too many futures.

    Parameters
    ----------
    fails
        Whether a plan misses its thresholds in a year of a future.
    names, years
        Of the axes.
    share : share of futures
        Too many.

    Raises
    ------
    DomainError
        Shapes do not fit, or the share lies outside (0, 1].

    References
    ----------
    Adaptation tipping points: Kwadijk et al. (2010), doi:10.1002/wcc.64; Haasnoot et al. (2013).

    Examples
    --------
    >>> fails = np.array([[[False, True, False], [False, False, True]]])
    >>> tipping_points(fails, ("levee",), (2025, 2026, 2027), 1.0)[0].year
    2027
    """
    if fails.shape[0] != len(names) or fails.shape[2] != len(years) or not fails.shape[1]:
        raise DomainError(
            f"fails must be [plan, future, year] with {len(names)} plans and {len(years)} years, "
            f"got shape {fails.shape}"
        )
    if not 0 < share <= 1:
        raise DomainError(f"the share of futures that is too many lies above 0 and at most 1, got {share}")
    failing = np.logical_or.accumulate(fails, axis=2).mean(axis=1)
    found = []
    for name, row in zip(names, failing, strict=True):
        reached = row >= share
        found.append(TippingPoint(name, years[int(reached.argmax())] if reached.any() else None, row))
    return tuple(found)


def draw_map(run: PathwayRun, plan: AdaptivePlan, ends: tuple[TippingPoint, ...] = ()) -> PathwayMap:
    """Lay out an adaptive plan's run as lines and stations.

    Parameters
    ----------
    run, plan
        The run and the plan it came from, for the lead times.
    ends
        From `tipping_points`, if wanted.

    Raises
    ------
    DomainError
        The run is another plan's.
    """
    names = tuple(action.name for action in plan.actions)
    if (run.name, run.actions) != (plan.name, names):
        raise DomainError(
            f"the run is of {run.name!r}, the plan is {plan.name!r}; hand in the two that belong"
        )
    lines = tuple(
        Line(name, (run.line == number).mean(axis=0)) for number, name in enumerate(("start", *names))
    )
    return PathwayMap(plan.name, run.years, lines, _stations(run, plan), ends)


def _stations(run: PathwayRun, plan: AdaptivePlan) -> tuple[Station, ...]:
    """Count, for each action and year of decision, the lines that futures came from."""
    names, found = ("start", *run.actions), []
    for number, action in enumerate(plan.actions):
        year = run.decided[:, number]
        for decided in np.unique(year[year != NEVER]).tolist():
            effect = decided + 1 + action.lead
            before = run.line[year == decided, effect - 1 - run.years[0]]
            sources, counts = np.unique(before, return_counts=True)
            found += [
                Station(names[source], action.name, decided, effect, count / len(year))
                for source, count in zip(sources.tolist(), counts.tolist(), strict=True)
            ]
    return tuple(sorted(found, key=lambda station: (station.decided, station.source, station.target)))
