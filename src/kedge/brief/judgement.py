"""Whether the preferred plan changes with other weights, or within parts of the futures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.brief.sampling import Sampling, order_interval
from kedge.strategy import best_plan, regret, value_of
from kedge.world.assessment import Assessment

RULE_LEVEL = 0.9
GRID = tuple(np.linspace(0.0, 2.0, 9).tolist())
"""Weights tried on each axis, from nothing to twice a full percent of GDP."""

FAVOURITES = ("patron_leverage", "coercion_exposure")
"""Measures whose weights are the most open to judgement: losses others could inflict and may not."""


@dataclass(frozen=True)
class WeightGrid:
    """The preferred plan over two weights, others as in the study.

    Parameters
    ----------
    across, down
        Places of the two measures.
    steps
        Weights tried on either axis.
    preferred
        Place of the plan with the lowest regret at the rule's level, `[down, across]`.
    close
        Whether the next plan's interval overlaps with its own, so that the cell is a near tie.
    futures
        Number used.
    """

    across: int
    down: int
    steps: tuple[float, ...]
    preferred: np.ndarray
    close: np.ndarray
    futures: int


@dataclass(frozen=True)
class WeightChange:
    """The preferred plan after one weight is changed.

    Parameters
    ----------
    measure
        Place of the measure.
    before, after
        Its weight.
    preferred
        Place of the plan preferred then.
    close
        Whether that is a near tie.
    """

    measure: int
    before: float
    after: float
    preferred: int
    close: bool


@dataclass(frozen=True)
class Subset:
    """The order of plans in a part of the futures.

    Parameters
    ----------
    parameter
        Place of the uncertainty that the futures are parted by.
    category
        Name of the choice, or `lower half` and `upper half` of a range.
    limits : the parameter's unit
        Ends of the part.
    futures
        Number in it.
    order
        Plans by regret at the rule's level.
    regret : value
        At that level, by plan in the study's order.
    best : share of the part
        Where each plan is the best.
    """

    parameter: int
    category: str
    limits: tuple[float, float]
    futures: int
    order: tuple[int, ...]
    regret: tuple[float, ...]
    best: tuple[float, ...]


def weigh_again(assessment: Assessment, sampling: Sampling) -> WeightGrid | None:
    """Find the preferred plan for each pair of two weights."""
    axes = _axes(assessment)
    if axes is None:
        return None
    across, down = axes
    values = assessment.values[:, : sampling.weighing]
    base = assessment.study.weights.model_dump()
    names = [measure.name for measure in assessment.measures]
    preferred = np.zeros((len(GRID), len(GRID)), dtype=int)
    close = np.zeros_like(preferred, dtype=bool)
    for row, weight_down in enumerate(GRID):
        for column, weight_across in enumerate(GRID):
            weights = base | {names[across]: weight_across, names[down]: weight_down}
            if not any(weights.values()):
                weights = base
            value = value_of(values, assessment.measures, weights)
            preferred[row, column], close[row, column] = _preferred(value, sampling.level)
    return WeightGrid(across, down, GRID, preferred, close, values.shape[1])


def change_weights(assessment: Assessment, sampling: Sampling) -> tuple[WeightChange, ...]:
    """Drop each weight that counts, double it, and give each that does not count the weight one."""
    values = assessment.values[:, : sampling.weighing]
    base = assessment.study.weights.model_dump()
    found = []
    for place, measure in enumerate(assessment.measures):
        before = base[measure.name]
        for after in (0.0, 2 * before) if before else (1.0,):
            weights = base | {measure.name: after}
            if any(weights.values()):
                preferred, close = _preferred(value_of(values, assessment.measures, weights), sampling.level)
                found.append(WeightChange(place, before, after, preferred, close))
    return tuple(found)


def split_futures(assessment: Assessment, shortfall: np.ndarray) -> tuple[Subset, ...]:
    """Order the plans within each form of the model and each half of contested definitions.

    Forms are the uncertainties that choose among alternatives.  Of ranges, those are
    halved whose ends are rival published findings about reliability.
    """
    found = []
    for place, parameter in enumerate(assessment.parameters):
        column = assessment.futures[:, place]
        if parameter.low == parameter.high:
            continue
        if parameter.categories:
            parts = [
                (name, column == index, (index, index)) for index, name in enumerate(parameter.categories)
            ]
        elif parameter.name == "reliability":
            middle = float(np.median(column))
            parts = [
                ("lower half", column <= middle, (parameter.low, middle)),
                ("upper half", column > middle, (middle, parameter.high)),
            ]
        else:
            continue
        found += [_subset(shortfall, place, part) for part in parts if part[1].sum() >= 20]
    return tuple(found)


def _subset(shortfall: np.ndarray, place: int, part: tuple) -> Subset:
    category, held, limits = part
    within = shortfall[:, held]
    level = np.quantile(within, RULE_LEVEL, axis=1)
    return Subset(
        parameter=place,
        category=category,
        limits=limits,
        futures=int(held.sum()),
        order=tuple(int(plan) for plan in np.argsort(level, kind="stable")),
        regret=tuple(level.tolist()),
        best=tuple(best_plan(-within).mean(axis=1).tolist()),
    )


def _preferred(value: np.ndarray, level: float) -> tuple[int, bool]:
    found = [order_interval(row, (RULE_LEVEL,), level)[0] for row in regret(value)]
    first, second = sorted(range(len(found)), key=lambda plan: (found[plan].value, plan))[:2]
    return first, found[first].high >= found[second].low


def _axes(assessment: Assessment) -> tuple[int, int] | None:
    """Pick two measures: the favourites if they are there, else those of lowest weight."""
    names = [measure.name for measure in assessment.measures]
    if len(names) < 2:
        return None
    if all(name in names for name in FAVOURITES):
        return names.index(FAVOURITES[0]), names.index(FAVOURITES[1])
    weights = assessment.study.weights.model_dump()
    ranked = sorted(range(len(names)), key=lambda place: (weights[names[place]], place))
    return ranked[0], ranked[1]
