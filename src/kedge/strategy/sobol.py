"""Sobol indices from a design of model runs: what an uncertainty does alone, with others, and in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numba
import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.axes import Rows
from kedge.strategy.binning import check_outcomes
from kedge.strategy.copula import Correlation
from kedge.strategy.saltelli import blocks_of
from kedge.strategy.summary import Resampling, resample_counts

FirstOrder = Literal["saltelli", "jansen"]

CHUNK = 64
"""Columns of terms that are resampled at a time."""


@dataclass(frozen=True)
class SobolIndices:
    """Shares of variance; arrays are `[outcome, uncertainty]`, with bootstrap intervals.

    Parameters
    ----------
    uncertainties
        Names in column order.
    first, first_low, first_high : share of variance
        What would go if the uncertainty alone became known.
    total, total_low, total_high : share of variance
        What would stay if all others became known; interactions count for each that takes part.
    second, second_low, second_high : share of variance
        `[outcome, uncertainty, other]`, what a pair does beyond both alone; symmetric, not a
        number on the diagonal; None without the runs for it.
    variance : square of the outcome's unit
        By outcome.
    """

    uncertainties: tuple[str, ...]
    first: Rows
    first_low: Rows
    first_high: Rows
    total: Rows
    total_low: Rows
    total_high: Rows
    variance: np.ndarray
    second: np.ndarray | None = None
    second_low: np.ndarray | None = None
    second_high: np.ndarray | None = None

    def ranked(self, outcome: int) -> tuple[str, ...]:
        """Names of the uncertainties by total share in one outcome, largest first."""
        order = np.argsort(-self.total[outcome], kind="stable")
        return tuple(self.uncertainties[column] for column in order)


def sobol_indices(
    outcomes: Rows,
    uncertainties: Sequence[str],
    second_order: bool = False,
    first_order: FirstOrder = "saltelli",
    correlation: Correlation | None = None,
    resampling: Resampling | None = None,
) -> SobolIndices:
    """Work out Sobol indices of each outcome from runs laid out by `saltelli_design`.

    Parameters
    ----------
    outcomes
        `[outcome, run]`, runs in the order of the design; any unit.
    uncertainties
        Names in column order.
    second_order
        Whether the design has the BA blocks.
    first_order
        `saltelli` (2010, table 2b) suits small indices, `jansen` (1999) large ones.
    correlation : Spearman rank correlation, optional
        That the futures were drawn with; anything but independence is refused.
    resampling
        Of base rows, for the intervals; 1,000 times if not given.

    Returns
    -------
    SobolIndices
        All zero for an outcome that never varies.

    Raises
    ------
    DomainError
        Runs are not finite or do not fit the design.
    StudyError
        Uncertainties are correlated, for which these indices do not add up.

    References
    ----------
    Saltelli et al. (2010), table 2, (b) and (f, after Jansen 1999); Saltelli (2002) for pairs.
    With BA blocks each estimate is the mean of the two that swap A and B.

    Examples
    --------
    >>> from kedge.strategy.saltelli import saltelli_design
    >>> x = saltelli_design(2, 1024, seed=1)
    >>> found = sobol_indices((x[:, :1] * x[:, 1:]).T, ("a", "b"))
    >>> found.first.round(2), found.total.round(2)
    (array([[0.43, 0.43]]), array([[0.57, 0.57]]))
    """
    names, resampling = tuple(uncertainties), resampling or Resampling(resamples=1000)
    _refuse_dependence(correlation)
    if first_order not in get_args(FirstOrder):
        raise DomainError(
            f"first_order must be one of {', '.join(get_args(FirstOrder))}, got {first_order!r}"
        )
    outcomes = _checked(outcomes, blocks_of(len(names), second_order))
    parts = [_indices(row, len(names), second_order, first_order, resampling) for row in outcomes]
    first, total, second = (np.stack([part[which] for part in parts], axis=1) for which in range(3))
    variance = np.array([part[3] for part in parts])
    alone, whole = _bounds(first, resampling), _bounds(total, resampling)
    if not second_order:
        return SobolIndices(names, *alone, *whole, variance)
    pairs = [_square(found, len(names)) for found in _bounds(second, resampling)]
    return SobolIndices(names, *alone, *whole, variance, pairs[0], pairs[1], pairs[2])


def _indices(
    outcome: np.ndarray, count: int, second_order: bool, first_order: FirstOrder, resampling: Resampling
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """First, total and pairs of one outcome: `[resample, ...]`, the sample itself last; and the variance."""
    spread = outcome.std()
    scaled = (outcome - outcome.mean()) / (spread if spread > 0 else 1.0)
    blocks = scaled.reshape(blocks_of(count, second_order), -1)
    one, other, swapped = blocks[0], blocks[1], blocks[2 : 2 + count]
    back = blocks[2 + count :]
    moments = np.stack([one + other, one**2 + other**2], axis=1) / 2
    means = resampled_means(moments, resampling)
    variance = means[:, 1] - means[:, 0] ** 2
    variance[variance < 1e-12] = np.inf
    sides = [(one, other, swapped), *([(other, one, back)] if second_order else [])]
    total = np.mean([(kept - mixed) ** 2 for kept, _, mixed in sides], axis=0) / 2
    if first_order == "jansen":
        far = np.mean([(lent - mixed) ** 2 for _, lent, mixed in sides], axis=0) / 2
        alone = np.where(np.isinf(variance), 0.0, 1.0)[:, None] - _share(far.T, variance, resampling)
    else:
        near = np.mean([lent * (mixed - kept) for kept, lent, mixed in sides], axis=0)
        alone = _share(near.T, variance, resampling)
    pairs = np.zeros((len(means), 0))
    if second_order:
        left, right = np.triu_indices(count, 1)
        together = _pairs(one * other, swapped, back, resampling) / variance[:, None]
        pairs = together - alone[:, left] - alone[:, right]
    size = float(np.concatenate([one, other]).var() * spread**2)
    return alone, _share(total.T, variance, resampling), pairs, size


def _share(terms: np.ndarray, variance: np.ndarray, resampling: Resampling) -> np.ndarray:
    return resampled_means(terms, resampling) / variance[:, None]


def _pairs(product: np.ndarray, swapped: np.ndarray, back: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Variance that each pair explains together, `[resample, pair]`."""
    left, right = np.triu_indices(len(swapped), 1)
    found = []
    for start in range(0, len(left), CHUNK):
        i, j = left[start : start + CHUNK], right[start : start + CHUNK]
        terms = (back[i] * swapped[j] + back[j] * swapped[i]) / 2 - product
        found.append(resampled_means(terms.T, resampling))
    return np.concatenate(found, axis=1) if found else np.zeros((resampling.resamples + 1, 0))


def resampled_means(terms: np.ndarray, resampling: Resampling) -> np.ndarray:
    """Mean of each column over base rows, drawn anew; the sample itself last."""
    terms = np.ascontiguousarray(terms)
    base = len(terms)
    drawn = [_weigh(terms, counts) for counts in resample_counts(base, resampling)]
    whole = _weigh(terms, np.ones((1, base), dtype=np.int32))
    return np.concatenate([*drawn, whole]) / base


@numba.njit(cache=True)
def _weigh(terms, counts):  # pragma: no cover - compiled
    """Sum rows by their counts, always in row order, so that the last digits never change."""
    sums = np.zeros((len(counts), terms.shape[1]))
    for row in range(len(terms)):
        for resample in range(len(counts)):
            times = counts[resample, row]
            if times > 0:
                for column in range(terms.shape[1]):
                    sums[resample, column] += times * terms[row, column]
    return sums


def _bounds(found: np.ndarray, resampling: Resampling) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high = np.quantile(found[:-1], resampling.tails, axis=0)
    return found[-1], low, high


def _square(pairs: np.ndarray, count: int) -> np.ndarray:
    left, right = np.triu_indices(count, 1)
    square = np.full((len(pairs), count, count), np.nan)
    square[:, left, right] = square[:, right, left] = pairs
    return square


def _refuse_dependence(correlation: Correlation | None) -> None:
    if correlation is not None and not np.array_equal(correlation, np.eye(len(correlation))):
        raise StudyError(
            "Sobol indices need independent uncertainties, but these are correlated: shares would overlap "
            "and could not be told apart; use shapley_effects, which divide the variance among correlated "
            "uncertainties as well"
        )


def _checked(outcomes: Rows, blocks: int) -> Rows:
    outcomes = check_outcomes(outcomes)
    if outcomes.shape[1] % blocks or outcomes.shape[1] < 2 * blocks:
        raise DomainError(
            f"runs must come in {blocks} blocks of two base rows or more, laid out by saltelli_design with "
            f"the same uncertainties and second_order; got {outcomes.shape[1]} runs"
        )
    return outcomes
