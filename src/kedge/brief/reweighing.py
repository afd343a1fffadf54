"""The nearest change of each single weight that changes the preferred plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kedge.brief.sampling import Estimate, Sampling
from kedge.strategy import regret, value_of
from kedge.world.assessment import Assessment

RULE_LEVEL = 0.9
MOST = 4.0
"""Weights are tried up to this many times the study's own."""

DOWN = (0.98, 0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.0)
UP = (1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, MOST)
STEPS = 12
"""Times the stretch in which the choice changes is halved."""


@dataclass(frozen=True)
class WeightFlip:
    """What becomes of the preferred plan as one weight is lowered to nothing or raised.

    Parameters
    ----------
    measure
        Place of the measure.
    own : weight
        The study's.
    up
        Whether the weight is raised.
    factor : times the study's weight
        The nearest at which the choice changes, with its resampling interval; None if it
        does not up to the end tried.
    plan
        Preferred beyond it; the leading plan if `factor` is None.
    """

    measure: int
    own: float
    up: bool
    factor: Estimate | None
    plan: int

    @property
    def distance(self) -> float:
        """How far the weight has to be changed, as a share of itself."""
        return float("inf") if self.factor is None else abs(self.factor.value - 1)


def weight_flips(assessment: Assessment, leader: int, sampling: Sampling) -> tuple[WeightFlip, ...]:
    """Search each weight that counts, downwards and upwards, for the nearest change of the preferred plan.

    Parameters
    ----------
    assessment
        All plans in all futures.
    leader
        Place of the plan preferred with the study's own weights.
    sampling
        The first `search` futures are used, or all where those alone would prefer another plan.
    """
    weights = assessment.study.weights.model_dump()
    used = sampling.search
    value = value_of(assessment.values[:, :used], assessment.measures, weights)
    if int(np.argmin(_level(regret(value)))) != leader:
        used = assessment.values.shape[1]
        value = value_of(assessment.values, assessment.measures, weights)
    found = []
    for place, measure in enumerate(assessment.measures):
        own = weights[measure.name]
        if not own or sum(map(bool, weights.values())) < 2:
            continue
        part = own * measure.sign * assessment.values[:, :used, place]

        def at(factor: float, part: np.ndarray = part) -> np.ndarray:
            return regret(value + (factor - 1) * part)

        for up in (False, True):
            found.append(WeightFlip(place, own, up, *_nearest(at, UP if up else DOWN, leader, sampling)))
    return tuple(found)


def _level(shortfall: np.ndarray) -> np.ndarray:
    place = min(int(RULE_LEVEL * shortfall.shape[1]), shortfall.shape[1] - 1)
    return np.partition(shortfall, place, axis=1)[:, place]


def _nearest(
    at: Callable[[float], np.ndarray], steps: tuple[float, ...], leader: int, sampling: Sampling
) -> tuple[Estimate | None, int]:
    near = 1.0
    for far in steps:
        plan = int(np.argmin(_level(at(far))))
        if plan != leader:
            return _bisect(at, (near, far), leader, sampling)
        near = far
    return None, leader


def _bisect(
    at: Callable[[float], np.ndarray], ends: tuple[float, float], leader: int, sampling: Sampling
) -> tuple[Estimate, int]:
    near, far = ends
    reach = abs(far - near)
    for _ in range(STEPS):
        middle = (near + far) / 2
        if int(np.argmin(_level(at(middle)))) == leader:
            near = middle
        else:
            far = middle
    plan = int(np.argmin(_level(at(far))))
    return _interval(at, far, (leader, plan, reach), sampling), plan


def _interval(
    at: Callable[[float], np.ndarray], factor: float, known: tuple[int, int, float], sampling: Sampling
) -> Estimate:
    """Turn the resampled lead of the two plans at the crossing into the weight by the lead's slope there."""
    leader, plan, reach = known
    here = at(factor)[[leader, plan]]
    step = max(reach / 4, 1e-6)
    leads = [float(np.diff(_level(at(max(factor + end, 0.0))[[leader, plan]]))[0]) for end in (-step, step)]
    slope = (leads[1] - leads[0]) / (step + min(step, factor))
    rng = np.random.default_rng(sampling.seed)
    count = here.shape[1]
    drawn = [
        float(np.diff(_level(here[:, rng.integers(0, count, count)]))[0])
        for _ in range(sampling.rule_resamples)
    ]
    if abs(slope) < 1e-12:
        return Estimate(factor, factor, factor)
    moved = np.quantile(
        factor - np.array(drawn) / slope, [(1 - sampling.level) / 2, (1 + sampling.level) / 2]
    )
    return Estimate(factor, max(min(float(moved[0]), factor), 0.0), max(float(moved[1]), factor))
