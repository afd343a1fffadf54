"""What the brief has to say, worked out from an assessment: numbers only, no words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kedge.brief.attitudes import Rung, Takeover, ladder, takeovers
from kedge.brief.flipping import Flip, find_flip
from kedge.brief.judgement import WeightGrid, weigh_again
from kedge.brief.naming import in_names
from kedge.brief.parting import Half, RuleThreshold, halves, rule_thresholds
from kedge.brief.reweighing import WeightFlip, weight_flips
from kedge.brief.sampling import Estimate, Sampling, estimates, order_interval
from kedge.brief.searches import Box, Driver, find_boxes, find_drivers
from kedge.strategy import (
    Interval,
    best_plan,
    mean_interval,
    quantile_interval,
    regret,
    regret_to_reference,
    value_of,
)
from kedge.world.assessment import Assessment

RULE_LEVEL = 0.9
"""The preferred plan is the one whose regret is lowest at this quantile over futures."""

TOLERANCE = 1.0
"""A plan is near the best where it falls short by at most this, in the unit of the value: a judgement."""

SPREAD = (0.05, 0.5, 0.95)
REGRET_LEVELS = (0.5, RULE_LEVEL)


@dataclass(frozen=True)
class PlanFinding:
    """One plan in all futures.

    Parameters
    ----------
    key, label
        Of the study.
    best_share : share of futures
        Where it is the best of the set; ties are split.
    value : value
        Overall value at the quantiles of `SPREAD`.
    regret, regret_to_reference : value
        Shortfall from the best plan of each future, and from the reference plan, at
        the quantiles of `REGRET_LEVELS`; the second is negative where it does better.
    better_than_reference : share of futures
        Where its value is above the reference plan's.
    near_best : share of futures
        Where its regret is at most `TOLERANCE`.
    """

    key: str
    label: str
    best_share: Estimate
    value: tuple[Estimate, ...]
    regret: tuple[Estimate, ...]
    regret_to_reference: tuple[Estimate, ...]
    better_than_reference: Estimate
    near_best: Estimate


@dataclass(frozen=True)
class Findings:
    """Everything the brief prints or draws besides the assessment's own tables.

    Parameters
    ----------
    assessment
        What was assessed.
    plans
        In the study's order; other fields refer to plans by their place here.
    reference
        The study's fixed reference plan.
    order
        Plans by regret at `RULE_LEVEL`, the preferred one first.
    preferred_tied
        The two leading plans have identical values in every future.
    measures : unit of each measure
        Each plan's measures at the quantiles of `SPREAD`, `[plan][measure]`.
    value, regret : value
        Per plan and future, for the distributions drawn.
    flip
        Where the order of the two leading plans flips; None if they are tied.
    popular
        The plan best in most futures, if it is neither of the two leading ones; else None.
    popular_flip
        Where the order of the preferred plan and that plan flips.
    drivers
        What moves the preferred plan's regret, strongest first.
    failing, winning
        One box a plan: where its regret is in its own worst tenth; where it is best.
    grid
        Preferred plan over two weights; None with fewer than two measures to weigh.
    rungs, takeovers
        Preferred plan under other attitudes to risk, and where the choice changes nearest.
    halves
        Preferred plan in each half of every range and under each form of the model.
    thresholds
        Values of single uncertainties at which the preferred plan changes, strongest first.
    weight_flips
        Nearest change of each weight, down and up, that changes the preferred plan.
    sampling
        How intervals and searches were made.
    """

    assessment: Assessment
    plans: tuple[PlanFinding, ...]
    reference: int
    order: tuple[int, ...]
    preferred_tied: bool
    measures: tuple[tuple[tuple[Estimate, ...], ...], ...]
    value: Float[np.ndarray, "plan future"]
    regret: Float[np.ndarray, "plan future"]
    flip: Flip | None
    popular: int | None
    popular_flip: Flip | None
    drivers: tuple[Driver, ...]
    failing: tuple[Box, ...]
    winning: tuple[Box, ...]
    grid: WeightGrid | None
    rungs: tuple[Rung, ...]
    takeovers: tuple[Takeover, ...]
    halves: tuple[Half, ...]
    thresholds: tuple[RuleThreshold, ...]
    weight_flips: tuple[WeightFlip, ...]
    sampling: Sampling

    @property
    def leader(self) -> PlanFinding:
        """The preferred plan."""
        return self.plans[self.order[0]]

    @property
    def rival(self) -> PlanFinding:
        """The next plan."""
        return self.plans[self.order[1]]


def find(assessment: Assessment, sampling: Sampling | None = None) -> Findings:
    """Work out what the brief says.

    Parameters
    ----------
    assessment
        All plans in all futures; its labels are put into the states' names.
    sampling
        Seed and sizes; by default the assessment's own seed.

    Returns
    -------
    Findings
        The same for the same assessment, whatever the plans are called.
    """
    assessment = in_names(assessment)
    sampling = sampling or Sampling(seed=assessment.provenance.seed)
    weights = assessment.study.weights.model_dump()
    value = value_of(assessment.values, assessment.measures, weights)
    shortfall = regret(value)
    plans = _plans(assessment, value, shortfall, sampling)
    order = tuple(sorted(range(len(plans)), key=lambda plan: (plans[plan].regret[1].value, plan)))
    difference = value[order[0]] - value[order[1]]
    tied = bool(np.all(difference == 0))
    popular = max(range(len(plans)), key=lambda plan: (plans[plan].best_share.value, -plan))
    reweighed = () if tied else weight_flips(assessment, order[0], sampling)
    against = None if popular in order[:2] else value[order[0]] - value[popular]
    return Findings(
        assessment=assessment,
        plans=plans,
        reference=assessment.study.plan_keys.index(assessment.study.reference_plan),
        order=order,
        preferred_tied=tied,
        measures=_measures(assessment, sampling),
        value=value,
        regret=shortfall,
        flip=None if tied else find_flip(difference, assessment, sampling),
        popular=None if against is None else popular,
        popular_flip=None if against is None else find_flip(against, assessment, sampling),
        drivers=find_drivers(shortfall[order[0]], assessment, sampling),
        failing=find_boxes(_worst_tenth(shortfall), assessment, sampling),
        winning=find_boxes(best_plan(value) == 1, assessment, sampling),
        grid=weigh_again(assessment, _nearest_weights(reweighed), sampling),
        rungs=ladder(shortfall),
        takeovers=() if tied else takeovers(shortfall, RULE_LEVEL, sampling),
        halves=() if tied else halves(shortfall, order[0], assessment, sampling),
        thresholds=() if tied else rule_thresholds(shortfall, order[0], assessment, sampling),
        weight_flips=reweighed,
        sampling=sampling,
    )


def _nearest_weights(found: tuple[WeightFlip, ...]) -> tuple[int, ...]:
    """Rank the measures by how near a change of their weight changes the preferred plan."""
    ranked = sorted(found, key=lambda flip: (flip.distance, flip.measure))
    return tuple(dict.fromkeys(flip.measure for flip in ranked if flip.factor))


def _plans(assessment: Assessment, value: np.ndarray, shortfall: np.ndarray, sampling: Sampling) -> tuple:
    study, resampling = assessment.study, sampling.resampling
    reference = study.plan_keys.index(study.reference_plan)
    against = regret_to_reference(value, reference)
    shares = np.concatenate([best_plan(value), value > value[reference], shortfall <= TOLERANCE])
    shares = estimates(mean_interval(shares, resampling))
    count = len(value)
    spread = quantile_interval(np.concatenate([shortfall, against]), REGRET_LEVELS, resampling)
    regrets = [estimates(row) for row in _rows(spread)]
    return tuple(
        PlanFinding(
            key=study.plan_keys[plan],
            label=study.plan_labels[plan],
            best_share=shares[plan],
            value=order_interval(value[plan], SPREAD, sampling.level),
            regret=regrets[plan],
            regret_to_reference=regrets[count + plan],
            better_than_reference=shares[count + plan],
            near_best=shares[2 * count + plan],
        )
        for plan in range(count)
    )


def _rows(interval: Interval) -> Iterator[Interval]:
    for row in range(len(interval.estimate)):
        yield replace(
            interval, estimate=interval.estimate[row], low=interval.low[row], high=interval.high[row]
        )


def _measures(assessment: Assessment, sampling: Sampling) -> tuple:
    return tuple(
        tuple(order_interval(plan[:, column], SPREAD, sampling.level) for column in range(plan.shape[1]))
        for plan in assessment.values
    )


def _worst_tenth(shortfall: np.ndarray) -> np.ndarray:
    """Mark each plan's futures of regret above its own ninth decile and above nothing."""
    limit = np.quantile(shortfall, RULE_LEVEL, axis=1, keepdims=True)
    return (shortfall >= limit) & (shortfall > 0)
