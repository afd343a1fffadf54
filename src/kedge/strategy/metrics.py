"""The robustness metrics, each a function of summaries, so that resampling them is cheap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy.axes import Counts, Drawn, Holds, PerPlan, Scores, Value
from kedge.strategy.problem import Direction
from kedge.strategy.robustness import RobustnessSettings, best_of, regret
from kedge.strategy.summary import Resampling, SortedRows, Summary, resample_counts, sort_rows, summarise


@dataclass(frozen=True)
class Case:
    """What a metric is a function of: summaries of value, regret and success by resample and plan.

    Values are the better the larger, whatever the measure's direction; `sign` is minus one where
    scores are to be told in a measure of which less is better.
    """

    value: Summary
    regret: Summary
    success: Drawn
    settings: RobustnessSettings
    sign: float = 1.0


@dataclass(frozen=True)
class Metric:
    """One robustness metric.

    Parameters
    ----------
    name, label
        Code name, and words for tables.
    larger_is_better
        Direction of the score.
    unit
        `value` (that of the overall value), `share`, or `none` (a pure number).
    score
        From a `Case` to scores `[resample, plan]`.
    turns
        Whether the score is an amount of the value itself, so that it and its direction turn with
        the measure's.
    """

    name: str
    label: str
    larger_is_better: bool
    unit: Literal["value", "share", "none"]
    score: Callable[[Case], Drawn]
    turns: bool = False

    def prefers_more(self, sign: float) -> bool:
        """Whether a larger score is better for values of this sign (minus one: less is better)."""
        return self.larger_is_better != (self.turns and sign < 0)


LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Quantiles of the value that skew and kurtosis use."""


def _hurwicz(case: Case) -> Drawn:
    weight = case.settings.pessimism
    return weight * case.value.minimum + (1 - weight) * case.value.maximum


def _mean_variance(case: Case) -> Drawn:
    """As published: a ratio where more is better, a product where less is."""
    if case.sign < 0:
        # The caller turns the score again, with those that are amounts of the value.
        return (case.value.mean - 1) * (case.value.sd + 1)
    return (case.value.mean + 1) / (case.value.sd + 1)


def _skew(case: Case) -> Drawn:
    low, _, middle, _, high = np.moveaxis(case.value.quantiles, 2, 0)
    spread = (high - low) / 2
    return np.divide((high + low) / 2 - middle, spread, out=np.zeros_like(spread), where=spread > 0)


def _kurtosis(case: Case) -> Drawn:
    low, lower, _, upper, high = np.moveaxis(case.value.quantiles, 2, 0)
    tails, core = high - low, upper - lower
    flat = np.where(tails > 0, np.inf, 1.0)
    return np.divide(tails, core, out=flat, where=core > 0)


METRICS: tuple[Metric, ...] = (
    Metric("maximin", "Worst future", True, "value", lambda c: c.value.minimum, turns=True),
    Metric("maximax", "Best future", True, "value", lambda c: c.value.maximum, turns=True),
    Metric("optimism_pessimism", "Optimism-pessimism (Hurwicz)", True, "value", _hurwicz, turns=True),
    Metric("mean", "Mean over futures (Laplace)", True, "value", lambda c: c.value.mean, turns=True),
    Metric("minimax_regret", "Greatest regret", False, "value", lambda c: c.regret.maximum),
    Metric(
        "percentile_regret",
        "High percentile of regret",
        False,
        "value",
        lambda c: c.regret.quantiles[:, :, 0],
    ),
    Metric("mean_regret", "Mean regret", False, "value", lambda c: c.regret.mean),
    Metric("satisficing", "Share of futures that satisfy", True, "share", lambda c: c.success),
    Metric(
        "mean_less_deviation",
        "Mean less spread",
        True,
        "value",
        lambda c: c.value.mean - c.settings.caution * c.value.sd,
        turns=True,
    ),
    Metric("mean_variance", "Mean-variance ratio, as published", True, "none", _mean_variance, turns=True),
    Metric(
        "undesirable_deviations",
        "Mean shortfall below the median",
        False,
        "value",
        lambda c: c.value.below_median,
    ),
    Metric("skew", "Percentile skew towards good futures", True, "none", _skew),
    Metric("kurtosis", "Percentile kurtosis, tails against core", False, "none", _kurtosis),
)


@dataclass(frozen=True)
class RobustnessTable:
    """Scores of all plans by all metrics, with intervals and how often the choice flips.

    Parameters
    ----------
    metrics
        In row order.
    larger_is_better
        By metric, for these scores.
    scores, low, high : unit of each metric
        Estimate and ends of the resampling interval, `[metric, plan]`.
    chosen
        Plans with the best score, several on an exact tie.
    chosen_share : share of resamples
        How often each plan has the best score when futures are resampled; ties split.
    flips : share of resamples
        How often a plan outside `chosen` comes first, by metric.
    """

    metrics: tuple[Metric, ...]
    larger_is_better: np.ndarray
    scores: Scores
    low: Scores
    high: Scores
    chosen: np.ndarray
    chosen_share: Scores
    flips: np.ndarray

    def score_of(self, metric: str) -> PerPlan:
        """Scores of one metric by name."""
        names = [known.name for known in self.metrics]
        if metric not in names:
            raise UnknownName("robustness metric", metric, names)
        return self.scores[names.index(metric)]


def score_plans(
    value: Value,
    settings: RobustnessSettings | None = None,
    resampling: Resampling | None = None,
    *,
    direction: Direction = "maximise",
    held: Holds | None = None,
) -> RobustnessTable:
    """Score every plan by every metric, with resampling intervals and stability of the choice.

    Parameters
    ----------
    value
        Overall value, see `value_of`; or one measure in its own unit.
    settings, resampling
        Judgements, and how intervals are made.
    direction
        `minimise` for a measure of which less is better: its scores stay in its own unit and sign,
        so that the worst of a cost is the largest.
    held
        Whether a plan is acceptable in a future, where that hangs on more than this value; see
        `satisfied`.  Left out, where the value reaches the settings' threshold.

    Returns
    -------
    RobustnessTable
        Plans resampled together, future by future, as their futures are common.

    Raises
    ------
    DomainError
        No plan, no future, values that are not finite, or `held` of another shape.

    References
    ----------
    McPhail et al. (2018), "Robustness metrics: how are they calculated, when should they
    be used and why do they give different results?", Earth's Future 6, table 3.

    Examples
    --------
    >>> table = score_plans(np.array([[1.0, 5.0], [2.0, 3.0]]))
    >>> table.score_of("maximin"), table.score_of("minimax_regret")
    (array([1., 2.]), array([1., 2.]))
    >>> score_plans(np.array([[1.0, 5.0], [2.0, 3.0]]), direction="minimise").score_of("maximin")
    array([5., 3.])
    """
    settings, resampling = settings or RobustnessSettings(), resampling or Resampling()
    value, sign = _checked(value), 1.0 if direction == "maximise" else -1.0
    held = sign * value >= sign * settings.threshold if held is None else held
    if held.shape != value.shape:
        raise DomainError(f"held must have the shape of value, {value.shape}, got {held.shape}")
    better = sign * value
    rows = (sort_rows(better), sort_rows(regret(better)), held)
    scores = _scores(rows, np.ones((1, value.shape[1]), dtype=np.int32), settings, sign)[0]
    drawn = np.concatenate(
        [_scores(rows, counts, settings, sign) for counts in resample_counts(value.shape[1], resampling)]
    )
    low, high = np.quantile(drawn, resampling.tails, axis=0, method="nearest")
    more = np.array([metric.prefers_more(sign) for metric in METRICS])
    chosen, chosen_share, flips = _choices(scores, drawn, more)
    return RobustnessTable(METRICS, more, scores, low, high, chosen, chosen_share, flips)


def _checked(value: Value) -> Value:
    value = np.ascontiguousarray(value, dtype=float)
    if value.ndim != 2 or not value.size or not np.isfinite(value).all():
        raise DomainError(f"value must be a finite table [plan, future], not empty; got shape {value.shape}")
    return value


def _scores(
    rows: tuple[SortedRows, SortedRows, Holds], counts: Counts, settings: RobustnessSettings, sign: float
) -> np.ndarray:
    value, shortfall, success = rows
    total = counts.sum(axis=1, keepdims=True)
    case = Case(
        value=summarise(value, counts, LEVELS),
        regret=summarise(shortfall, counts, (settings.percentile,)),
        success=np.stack([counts[:, row].sum(axis=1) for row in success], axis=1) / total,
        settings=settings,
        sign=sign,
    )
    # Plus zero, so that nought is never told as minus nought.
    return np.stack([sign * m.score(case) + 0.0 if m.turns else m.score(case) for m in METRICS], axis=1)


def _choices(scores: Scores, drawn: np.ndarray, more: np.ndarray) -> tuple[np.ndarray, Scores, np.ndarray]:
    chosen = np.empty(scores.shape, dtype=bool)
    share = np.empty(scores.shape)
    for row in range(len(METRICS)):
        chosen[row] = best_of(scores[row], larger_is_better=bool(more[row]))
        first = best_of(drawn[:, row], larger_is_better=bool(more[row]))
        share[row] = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return chosen, share, np.where(chosen, 0.0, share).sum(axis=1)
