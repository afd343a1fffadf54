"""Intervals by resampling futures.

They say how much a number could move with another draw of as many futures from the
same ranges; they say nothing on whether the ranges or the model are right.  The
bootstrap takes futures as drawn independently.  Scrambled Sobol futures are more even
than that, so for smooth statistics the intervals are conservative: wider than needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import PerPlan, Rows, Value
from kedge.strategy.robustness import best_plan
from kedge.strategy.summary import Resampling, resample_counts, sort_rows, summarise


@dataclass(frozen=True)
class Interval:
    """An estimate and the percentile interval of its resamples, all of one shape.

    Parameters
    ----------
    estimate, low, high
        In the statistic's unit.
    level : share
        Part of the resamples between `low` and `high`.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float


def mean_interval(rows: Rows, resampling: Resampling | None = None) -> Interval:
    """Mean of each row over futures, or share of futures if the rows are true and false.

    Examples
    --------
    >>> found = mean_interval(np.array([[0.0, 1.0, 1.0, 0.0]]), Resampling(50, seed=1))
    >>> float(found.estimate[0]), bool(found.low[0] <= 0.5 <= found.high[0])
    (0.5, True)
    """
    rows, resampling = _checked(rows), resampling or Resampling()
    futures = rows.shape[1]
    # Row by row and summed in one fixed order: a threaded matrix product would let the
    # last digits depend on the machine.
    drawn = [
        np.stack([np.einsum("rf,f->r", counts, row) for row in rows], axis=1) / futures
        for counts in resample_counts(futures, resampling)
    ]
    return _interval(rows.mean(axis=1), np.concatenate(drawn), resampling)


def quantile_interval(
    rows: Rows, levels: tuple[float, ...], resampling: Resampling | None = None
) -> Interval:
    """Quantiles of each row over futures, `[row, level]`.

    Parameters
    ----------
    rows
        Any unit.
    levels : shares
        In rising order.
    resampling
        How intervals are made.

    Raises
    ------
    DomainError
        Levels outside [0, 1] or not rising; rows empty or not finite.
    """
    rows, resampling = _checked(rows), resampling or Resampling()
    if not levels or list(levels) != sorted(levels) or levels[0] < 0 or levels[-1] > 1:
        raise DomainError(f"levels must be shares from 0 to 1 in rising order, got {levels}")
    ordered = sort_rows(rows)
    itself = summarise(ordered, np.ones((1, rows.shape[1]), dtype=np.int32), levels).quantiles[0]
    drawn = [
        summarise(ordered, counts, levels).quantiles for counts in resample_counts(rows.shape[1], resampling)
    ]
    return _interval(itself, np.concatenate(drawn), resampling)


def statistic_interval(
    statistic: Callable[[Rows], np.ndarray], rows: Rows, resampling: Resampling | None = None
) -> Interval:
    """Any statistic of rows over futures, however shaped: general, and slower.

    Parameters
    ----------
    statistic
        From rows `[row, future]`, resampled along futures, to an array of fixed shape.
    rows
        Rows are resampled together.
    resampling
        How intervals are made.
    """
    rows, resampling = _checked(rows), resampling or Resampling()
    positions = np.arange(rows.shape[1])
    drawn = [
        np.asarray(statistic(rows[:, np.repeat(positions, row)]))
        for counts in resample_counts(rows.shape[1], resampling)
        for row in counts
    ]
    return _interval(np.asarray(statistic(rows)), np.stack(drawn), resampling)


def best_shares(value: Value, resampling: Resampling | None = None) -> Interval:
    """Share of futures in which each plan is the best of the set; ties are split.

    A share of explored futures, which is no probability.

    Examples
    --------
    >>> best_shares(np.array([[1.0, 5.0, 2.0], [2.0, 3.0, 2.0]])).estimate
    array([0.5, 0.5])
    """
    return mean_interval(best_plan(value), resampling)


def leading_plans(value: Value) -> tuple[int, int]:
    """Give the indices of the two plans that are best in most futures, the first leading.

    Ties are settled by the higher mean value, then by order.

    Raises
    ------
    DomainError
        There are fewer than two plans.
    """
    if len(value) < 2:
        raise DomainError("the order of plans needs two plans or more, got one; add a plan to the study")
    shares: PerPlan = best_plan(value).mean(axis=1)
    order = sorted(range(len(value)), key=lambda plan: (-shares[plan], -value[plan].mean(), plan))
    return order[0], order[1]


def _checked(rows: Rows) -> Rows:
    rows = np.ascontiguousarray(rows, dtype=float)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise DomainError(f"rows must be a finite table [row, future], not empty; got shape {rows.shape}")
    return rows


def _interval(estimate: np.ndarray, drawn: np.ndarray, resampling: Resampling) -> Interval:
    low, high = np.quantile(drawn, resampling.tails, axis=0)
    return Interval(estimate, low, high, resampling.level)
