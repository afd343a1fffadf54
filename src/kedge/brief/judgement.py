"""Whether the preferred plan changes over a grid of two weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.brief.sampling import Sampling, order_interval
from kedge.strategy import regret, value_of
from kedge.world.assessment import Assessment

RULE_LEVEL = 0.9
GRID = tuple(np.linspace(0.0, 2.0, 9).tolist())
"""Weights tried on each axis, from nothing to double, as multiples of the study's own."""


@dataclass(frozen=True)
class WeightGrid:
    """The preferred plan over two weights, others as in the study.

    Parameters
    ----------
    across, down
        Places of the two measures.
    steps
        Weights tried on either axis, as multiples of the study's own.
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


def weigh_again(assessment: Assessment, nearest: tuple[int, ...], sampling: Sampling) -> WeightGrid | None:
    """Find the preferred plan for each pair of two weights.

    Parameters
    ----------
    assessment
        All plans in all futures.
    nearest
        Places of measures whose weights decide, the nearest first; the first two are taken.
    sampling
        How many futures to use.
    """
    axes = _axes(assessment, nearest)
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
            changed = {
                names[across]: weight_across * base[names[across]],
                names[down]: weight_down * base[names[down]],
            }
            weights = base | changed
            if not any(weights.values()):
                weights = base
            value = value_of(values, assessment.measures, weights)
            preferred[row, column], close[row, column] = _preferred(value, sampling.level)
    return WeightGrid(across, down, GRID, preferred, close, values.shape[1])


def _preferred(value: np.ndarray, level: float) -> tuple[int, bool]:
    found = [order_interval(row, (RULE_LEVEL,), level)[0] for row in regret(value)]
    first, second = sorted(range(len(found)), key=lambda plan: (found[plan].value, plan))[:2]
    return first, found[first].high >= found[second].low


def _axes(assessment: Assessment, nearest: tuple[int, ...]) -> tuple[int, int] | None:
    """Pick two measures: those whose weights decide nearest, then those of most weight."""
    names = [measure.name for measure in assessment.measures]
    weights = assessment.study.weights.model_dump()
    counting = [place for place in range(len(names)) if weights[names[place]]]
    ranked = sorted(counting, key=lambda place: (-weights[names[place]], place))
    picked = list(dict.fromkeys((*nearest, *ranked)))[:2]
    return (picked[0], picked[1]) if len(picked) == 2 else None
