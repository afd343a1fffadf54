"""Score plans over many futures: the family of robustness metrics of McPhail et al. (2018).

Everywhere here a value is in one unit in which more is better, `[plan, future]`; see
`value_of`.  Regret is in the same unit, and less is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.strategy.axes import Futures, Holds, PerFuture, PerPlan, PlanByPlan, Value, Values
from kedge.strategy.problem import Measure, Uncertainty


def value_of(values: Values, measures: Sequence[Measure], weights: Mapping[str, float]) -> Value:
    """Add up the measures into one overall value, more being better.

    Parameters
    ----------
    values
        In the measures' units.
    measures
        In the order of the last axis; the direction decides the sign.
    weights : overall units per unit of the measure
        One for each measure, zero to leave it out.  A value judgement, not a fact.

    Returns
    -------
    Value
        Unit of the weights.

    Raises
    ------
    StudyError
        A weight is missing, negative or not finite, or all are zero.
    UnknownName
        A weight for a measure that is not there.

    Examples
    --------
    >>> pair = [Measure("income", "Income", "%", "maximise"), Measure("cost", "Cost", "%", "minimise")]
    >>> value_of(np.array([[[3.0, 1.0]]]), pair, {"income": 1.0, "cost": 2.0})
    array([[1.]])
    """
    _check_values(values, measures)
    signed = signed_weights(measures, weights)
    # A fixed order of summation; a matrix product may round differently from machine to machine.
    total = np.zeros(values.shape[:2])
    for column, weight in enumerate(signed):
        if weight:
            total += weight * values[:, :, column]
    return total


def signed_weights(measures: Sequence[Measure], weights: Mapping[str, float]) -> np.ndarray:
    """Check weights and give them measure by measure, negative where less is better."""
    names = [measure.name for measure in measures]
    for name, weight in weights.items():
        if name not in names:
            raise UnknownName("measure", name, names)
        if not (np.isfinite(weight) and weight >= 0):
            raise StudyError(
                f"the weight of {name!r} must be a number of zero or more, got {weight}; "
                "the measure's direction already carries the sign"
            )
    missing = [name for name in names if name not in weights]
    if missing:
        raise StudyError(f"no weight for {', '.join(missing)}; give 0 to leave a measure out")
    signed = np.array([weights[measure.name] * measure.sign for measure in measures], dtype=float)
    if not signed.any():
        raise StudyError("all weights are zero, so every plan has the same value; give one measure a weight")
    return signed


def regret(value: Value) -> Value:
    """How far each plan falls short of the best plan of the set, future by future.

    Returns
    -------
    Value
        Unit of the value; never negative, zero for the best plan of each future.

    References
    ----------
    Savage (1951).

    Examples
    --------
    >>> regret(np.array([[1.0, 5.0], [2.0, 3.0]]))
    array([[1., 0.],
           [0., 2.]])
    """
    return value.max(axis=0) - value


def regret_to_reference(value: Value, reference: int) -> Value:
    """How far each plan falls short of one fixed plan; negative where it does better.

    Parameters
    ----------
    value
        More is better.
    reference
        Index of the fixed plan.

    Raises
    ------
    DomainError
        There is no plan with that index.

    Examples
    --------
    >>> regret_to_reference(np.array([[1.0, 5.0], [2.0, 3.0]]), 0)
    array([[ 0.,  0.],
           [-1.,  2.]])
    """
    if not 0 <= reference < len(value):
        raise DomainError(f"the reference must be the index of one of {len(value)} plans, got {reference}")
    return value[reference] - value


def regret_by_measure(values: Values, measures: Sequence[Measure], reference: int | None = None) -> Values:
    """Regret in each measure's own unit, against the best of the set or a fixed plan.

    Parameters
    ----------
    values
        In the measures' units.
    measures
        In the order of the last axis.
    reference
        Index of the fixed plan; None for the best plan by that measure in that future.

    Returns
    -------
    Values
        Positive is worse, whatever the measure's direction.
    """
    _check_values(values, measures)
    better = values * np.array([measure.sign for measure in measures])
    if reference is None:
        return better.max(axis=0) - better
    columns = [regret_to_reference(better[:, :, column], reference) for column in range(len(measures))]
    return np.stack(columns, axis=2)


def dominance(value: Value) -> PlanByPlan:
    """Share of futures in which one plan (row) is strictly better than another (column).

    What is missing to one, `1 - d - d.T`, is the share of ties.

    Examples
    --------
    >>> dominance(np.array([[1.0, 5.0, 2.0, 0.0], [2.0, 3.0, 2.0, 1.0]]))
    array([[0.  , 0.25],
           [0.5 , 0.  ]])
    """
    return np.stack([(row > value).mean(axis=1) for row in value])


def best_plan(value: Value) -> Value:
    """How far each plan is the best in each future: one, zero, or an equal part of a tie."""
    best = value == value.max(axis=0)
    return best / best.sum(axis=0)


def satisfied(values: Values, measures: Sequence[Measure], thresholds: Mapping[str, float]) -> Holds:
    """Whether a plan meets every threshold in a future.

    Parameters
    ----------
    values
        In the measures' units.
    measures
        In the order of the last axis.
    thresholds : unit of the measure
        Least acceptable value where more is better, greatest where less is.

    Raises
    ------
    UnknownName
        A threshold for a measure that is not there.
    StudyError
        No thresholds.

    References
    ----------
    Simon (1956); Starr (1963).
    """
    _check_values(values, measures)
    by_name = {measure.name: column for column, measure in enumerate(measures)}
    if not thresholds:
        raise StudyError("no threshold given; satisficing needs at least one measure's limit")
    held = np.ones(values.shape[:2], dtype=bool)
    for name, threshold in thresholds.items():
        if name not in by_name:
            raise UnknownName("measure", name, by_name)
        column = by_name[name]
        sign = measures[column].sign
        held &= sign * values[:, :, column] >= sign * threshold
    return held


def satisficing_radius(
    held: Holds, futures: Futures, centre: PerFuture, uncertainties: Sequence[Uncertainty]
) -> PerPlan:
    """How far from a central future one can go before a plan first fails.

    The half-width, as a share of each range, of the largest box about the centre that
    holds no failing future of the sample.  The sample may miss failures, so the radius
    is an upper estimate, more so with many uncertainties.

    Parameters
    ----------
    held
        From `satisfied`.
    futures, centre
        Physical units; a category that differs from the centre's counts as distance one.
    uncertainties
        In column order.

    Returns
    -------
    PerPlan
        Share of the range; infinite if the plan never fails, zero if it fails at the centre.

    References
    ----------
    Info-gap robustness, Ben-Haim (2006), as McPhail et al. (2018) take it up.
    """
    width = np.array([max(u.high - u.low, np.finfo(float).tiny) for u in uncertainties])
    categorical = np.array([u.is_categorical for u in uncertainties])
    apart = np.abs(futures - centre)
    distance = np.where(categorical, apart > 0, apart / width).max(axis=1)
    return np.where(held, np.inf, distance).min(axis=1)


def best_of(scores: PerPlan, *, larger_is_better: bool) -> np.ndarray:
    """Mark the plan or, on an exact tie, the plans with the best score."""
    return scores == (
        scores.max(axis=-1, keepdims=True) if larger_is_better else scores.min(axis=-1, keepdims=True)
    )


@dataclass(frozen=True)
class RobustnessSettings:
    """Judgements that the metrics need.

    Parameters
    ----------
    threshold : unit of the value
        Least acceptable overall value, for the satisficing share.
    pessimism : share
        Weight of the worst future in the optimism-pessimism rule; one is maximin.
    percentile : share
        Of regret, for percentile minimax regret.
    caution : standard deviations
        How much spread counts against the mean.

    Raises
    ------
    DomainError
        A share outside [0, 1], or caution below zero.
    """

    threshold: float = 0.0
    pessimism: float = 0.5
    percentile: float = 0.9
    caution: float = 1.0

    def __post_init__(self) -> None:
        for name in ("pessimism", "percentile"):
            if not 0 <= getattr(self, name) <= 1:
                raise DomainError(f"{name} is a share from 0 to 1, got {getattr(self, name)}")
        if not (self.caution >= 0 and np.isfinite(self.threshold)):
            raise DomainError(
                f"caution must be zero or more and the threshold finite, got {self.caution} and "
                f"{self.threshold}"
            )


def _check_values(values: Values, measures: Sequence[Measure]) -> None:
    if values.ndim != 3 or values.shape[2] != len(measures):
        raise DomainError(
            f"values must be [plan, future, measure] with {len(measures)} measures, got shape {values.shape}"
        )
    if not values.shape[0] or not values.shape[1]:
        raise DomainError(f"values need at least one plan and one future, got shape {values.shape}")
