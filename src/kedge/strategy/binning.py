"""Cut an uncertainty's values into bins of about equal count, and rank them against a sign."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, PerFuture, Rows
from kedge.strategy.problem import Uncertainty


@dataclass(frozen=True)
class Bins:
    """Which bin each future falls in, and where the bins lie.

    Parameters
    ----------
    index
        Bin of each future.
    lower, upper, centre : unit of the uncertainty
        Ends, and mean of the values that fall in; bins without futures are left out.
    counts
        Futures in each bin.
    """

    index: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    centre: np.ndarray
    counts: np.ndarray


def bin_column(column: PerFuture, uncertainty: Uncertainty, bins: int) -> Bins:
    """Cut one uncertainty at its quantiles; a category is its own bin.

    Bins are fewer than asked for when values repeat, and one when all are equal.

    Examples
    --------
    >>> bin_column(np.arange(6.0), Uncertainty("a", 0, 5), 3).counts
    array([2, 2, 2])
    """
    if uncertainty.is_categorical:
        edges = np.arange(len(uncertainty.categories) + 1) - 0.5
    else:
        ordered = np.sort(column)
        edges = np.unique(ordered[np.minimum(np.arange(bins + 1) * len(ordered) // bins, len(ordered) - 1)])
    index = np.searchsorted(edges[1:-1], column, side="right")
    counts = np.bincount(index)
    filled = np.flatnonzero(counts)
    if len(filled) < len(counts):
        index, counts = (np.cumsum(counts > 0) - 1)[index], counts[filled]
    centre = np.bincount(index, column) / counts
    if len(edges) < 2:
        edges = np.repeat(edges, 2)
    if uncertainty.is_categorical:
        return Bins(index, filled.astype(float), filled.astype(float), centre, counts)
    return Bins(index, edges[:-1][filled], edges[1:][filled], centre, counts)


def explained_share(index: np.ndarray, counts: np.ndarray, outcome: PerFuture) -> float:
    """Share of an outcome's variance between bins, less what chance alone would give.

    References
    ----------
    Correlation ratio of Pearson (1905) with Kelley's (1935) correction, epsilon squared.
    """
    futures, bins = len(outcome), len(counts)
    centred = outcome - outcome.mean()
    total = float(centred @ centred)
    if bins < 2 or futures <= bins or total == 0:
        return 0.0
    sums = np.bincount(index, centred, minlength=bins)
    between = float((sums**2 / counts).sum())
    return 1 - (1 - between / total) * (futures - 1) / (futures - bins)


def check_columns(futures: Futures, uncertainties: tuple[Uncertainty, ...], rows: int) -> Futures:
    """Refuse futures that do not fit the uncertainties or the outcome.

    Raises
    ------
    DomainError
        Wrong shape, or values that are not finite.
    """
    futures = np.asarray(futures, dtype=float)
    if futures.shape != (rows, len(uncertainties)) or not futures.size:
        raise DomainError(
            f"futures must be [future, uncertainty] of shape {(rows, len(uncertainties))}, got "
            f"{futures.shape}"
        )
    if not np.isfinite(futures).all():
        raise DomainError("futures hold values that are not finite; draw them with draw_futures")
    return futures


def check_outcomes(outcomes: Rows) -> Rows:
    """Refuse outcomes that are no table of finite numbers.

    Raises
    ------
    DomainError
        Not `[outcome, future]`, empty, or not finite.
    """
    outcomes = np.ascontiguousarray(outcomes, dtype=float)
    if outcomes.ndim != 2 or not outcomes.size or not np.isfinite(outcomes).all():
        raise DomainError(
            f"outcomes must be a finite table [outcome, future], not empty; got {outcomes.shape}"
        )
    return outcomes


@dataclass(frozen=True)
class Auc:
    """How well a number alone tells the futures in which something holds from the others.

    Parameters
    ----------
    value, low, high : share
        Area under the receiver operating curve: one half tells nothing, one or zero all.
        The 95 % interval is DeLong's.
    """

    value: float
    low: float
    high: float


def auc_of(score: PerFuture, holds: np.ndarray) -> Auc:
    """Work out the area under the curve; ties count one half.

    If the outcome never or always holds, the area is one half with the interval [0, 1].

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988).

    Examples
    --------
    >>> auc_of(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True])).value
    1.0
    """
    if holds.all() or not holds.any():
        return Auc(0.5, 0.0, 1.0)
    order = np.argsort(score, kind="stable")
    value, spread = _delong(score[order], holds[order])
    return Auc(value, max(value - 1.96 * spread, 0.0), min(value + 1.96 * spread, 1.0))


@numba.njit(cache=True)
def _delong(score, holds):  # pragma: no cover - compiled
    yes = holds.sum()
    no = len(holds) - yes
    sums = np.zeros(4)
    yes_below, no_below, start = 0, 0, 0
    while start < len(score):
        stop, yes_tied = start, 0
        while stop < len(score) and score[stop] == score[start]:
            yes_tied += holds[stop]
            stop += 1
        no_tied = stop - start - yes_tied
        beaten = (no_below + 0.5 * no_tied) / no
        beating = (yes - yes_below - 0.5 * yes_tied) / yes
        sums[0] += yes_tied * beaten
        sums[1] += yes_tied * beaten**2
        sums[2] += no_tied * beating
        sums[3] += no_tied * beating**2
        yes_below += yes_tied
        no_below += no_tied
        start = stop
    area = sums[0] / yes
    variance = max(sums[1] / yes - area**2, 0.0) / yes + max(sums[3] / no - area**2, 0.0) / no
    return area, np.sqrt(variance)
