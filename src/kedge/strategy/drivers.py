"""Find which uncertainties drive an outcome, such as each plan's regret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, Rows
from kedge.strategy.binning import bin_column, check_columns, check_outcomes
from kedge.strategy.problem import Uncertainty

CLASSES = 50
"""Classes of the outcome, cut at its quantiles, between which distributions are compared."""


@dataclass(frozen=True)
class DriverSettings:
    """How the indices are estimated.

    Parameters
    ----------
    bins
        Bins of each uncertainty, of equal count.
    groups
        Random groups of futures for the jackknife.
    shuffles
        Times the outcome is shuffled to see what chance gives.
    seed
        Of groups and shuffles.

    Raises
    ------
    DomainError
        Fewer than two bins or groups, or no shuffle.
    """

    bins: int = 16
    groups: int = 20
    shuffles: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.bins < 2 or self.groups < 2 or self.shuffles < 1:
            raise DomainError(
                "drivers need two bins, two groups and one shuffle at least, "
                f"got {self.bins}, {self.groups} and {self.shuffles}"
            )


@dataclass(frozen=True)
class Drivers:
    """What drives each outcome; arrays are `[outcome, uncertainty]`.

    Parameters
    ----------
    uncertainties
        Names in column order.
    first_order, first_order_low, first_order_high : share of variance
        Explained by the uncertainty alone, less what chance gives; 95 % jackknife interval.
    first_order_noise : share of variance, by outcome
        95th percentile of the index when the outcome is shuffled; below it is noise.
    pawn, pawn_low, pawn_high : share
        Mean over bins of the Kolmogorov-Smirnov distance between the outcome's distribution
        in the bin and overall; sees more than shifts of the mean, and is above zero by
        chance alone, so judge it against its noise.
    pawn_noise : share, by outcome
        As `first_order_noise` (the "dummy input" of Khorashadi Zadeh et al., 2017).
    """

    uncertainties: tuple[str, ...]
    first_order: Rows
    first_order_low: Rows
    first_order_high: Rows
    first_order_noise: np.ndarray
    pawn: Rows
    pawn_low: Rows
    pawn_high: Rows
    pawn_noise: np.ndarray

    def ranked(self, outcome: int) -> tuple[str, ...]:
        """Names of the uncertainties by first-order share in one outcome, largest first."""
        order = np.argsort(-self.first_order[outcome], kind="stable")
        return tuple(self.uncertainties[column] for column in order)


def find_drivers(
    outcomes: Rows,
    futures: Futures,
    uncertainties: Sequence[Uncertainty],
    settings: DriverSettings | None = None,
) -> Drivers:
    """Estimate how much of each outcome every uncertainty drives, from given data.

    Parameters
    ----------
    outcomes
        `[outcome, future]`, for instance the regret of each plan.
    futures
        Physical units.
    uncertainties
        In column order.  If they are correlated, an index counts what each tells through the
        others too, and first-order shares can add up to more than one.
    settings
        Bins, groups, shuffles.

    Returns
    -------
    Drivers
        All zero for an outcome that never varies.

    Raises
    ------
    DomainError
        Shapes do not fit, or numbers are not finite.

    References
    ----------
    First-order index by conditional means: Saltelli et al. (2008), §1.2.4; PAWN:
    Pianosi & Wagener (2015, 2018); delete-a-group jackknife: Kott (2001).

    Examples
    --------
    >>> x = np.random.default_rng(0).random((2000, 2))
    >>> found = find_drivers(x[:, :1].T, x, [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)])
    >>> found.ranked(0)
    ('a', 'b')
    """
    settings, uncertainties = settings or DriverSettings(), tuple(uncertainties)
    outcomes = check_outcomes(outcomes)
    futures = check_columns(futures, uncertainties, outcomes.shape[1])
    binned = [
        bin_column(futures[:, column], uncertainty, settings.bins)
        for column, uncertainty in enumerate(uncertainties)
    ]
    index = np.stack([bins.index for bins in binned]).astype(np.int16)
    parts = [_drive(row, index, settings) for row in outcomes]
    arrays = [np.stack(column) for column in zip(*parts, strict=True)]
    return Drivers(tuple(uncertainty.name for uncertainty in uncertainties), *arrays)


def _drive(outcome: np.ndarray, index: np.ndarray, settings: DriverSettings) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(settings.seed)
    futures = len(outcome)
    groups = min(settings.groups, futures)
    group = rng.permutation(np.arange(futures) % groups).astype(np.int16)
    spread = outcome.std()
    outcome = (outcome - outcome.mean()) / (spread if spread > 0 else 1.0)
    edges = np.unique(np.quantile(outcome, np.linspace(0, 1, CLASSES + 1)[1:-1], method="inverted_cdf"))
    # An outcome on an edge belongs below it, so that a heap of equal values is one class.
    kind = np.searchsorted(edges, outcome, side="left").astype(np.int16)
    bins = int(index.max()) + 1
    first, pawn = _indices(outcome, kind, index, group, groups, bins)
    noise = [
        [found[-1] for found in _indices(outcome[mixed], kind[mixed], index, np.zeros_like(group), 1, bins)]
        for mixed in (rng.permutation(futures) for _ in range(settings.shuffles))
    ]
    floors = [np.quantile(np.concatenate([pair[which] for pair in noise]), 0.95) for which in (0, 1)]
    return (*_with_interval(first), floors[0], *_with_interval(pawn), floors[1])


def _indices(
    outcome: np.ndarray, kind: np.ndarray, index: np.ndarray, group: np.ndarray, groups: int, bins: int
) -> tuple[np.ndarray, np.ndarray]:
    """Both indices without each group in turn, and last with all futures: `[group + 1, uncertainty]`."""
    first = np.zeros((groups + 1, len(index)))
    pawn = np.zeros((groups + 1, len(index)))
    _leave_out(outcome, kind, index, group, (groups, bins, int(kind.max()) + 1), first, pawn)
    return first, pawn


def _with_interval(found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    without, whole = found[:-1], found[-1]
    groups = len(without)
    error = np.sqrt((groups - 1) / groups * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    return whole, whole - 1.96 * error, whole + 1.96 * error


@numba.njit(cache=True, parallel=True)
def _leave_out(outcome, kind, index, group, sizes, first, pawn):  # pragma: no cover - compiled
    for column in numba.prange(len(index)):
        _leave_out_column(outcome, kind, index[column], group, sizes, first[:, column], pawn[:, column])


@numba.njit(cache=True)
def _leave_out_column(outcome, kind, index, group, sizes, first, pawn):  # pragma: no cover - compiled
    groups, bins, kinds = sizes
    cells = np.zeros((groups, bins, kinds), dtype=np.int64)
    sums = np.zeros((groups, bins))
    squares = np.zeros(groups)
    for future in range(len(outcome)):
        cells[group[future], index[future], kind[future]] += 1
        sums[group[future], index[future]] += outcome[future]
        squares[group[future]] += outcome[future] ** 2
    all_cells, all_sums, all_squares = cells.sum(axis=0), sums.sum(axis=0), squares.sum()
    for out in range(groups + 1):
        if groups == 1 and out == 0:
            continue
        if out < groups:
            left, totals, square = all_cells - cells[out], all_sums - sums[out], all_squares - squares[out]
        else:
            left, totals, square = all_cells, all_sums, all_squares
        first[out] = _first_order(left, totals, square)
        pawn[out] = _pawn(left)


@numba.njit(cache=True)
def _first_order(cells, sums, squares):  # pragma: no cover - compiled
    counts = cells.sum(axis=1)
    futures, filled, between = counts.sum(), 0, 0.0
    for place in range(len(counts)):
        if counts[place] > 0:
            filled += 1
            between += sums[place] ** 2 / counts[place]
    centre = sums.sum() ** 2 / futures
    total = squares - centre
    if total <= 1e-12 * futures or futures <= filled:
        return 0.0
    return 1.0 - (1.0 - (between - centre) / total) * (futures - 1) / (futures - filled)


@numba.njit(cache=True)
def _pawn(cells):  # pragma: no cover - compiled
    counts, kinds = cells.sum(axis=1), cells.sum(axis=0)
    futures, filled, distance = counts.sum(), 0, 0.0
    for place in range(len(counts)):
        if counts[place] == 0:
            continue
        inside, overall, largest = 0, 0, 0.0
        for kind in range(len(kinds)):
            inside += cells[place, kind]
            overall += kinds[kind]
            largest = max(largest, abs(inside / counts[place] - overall / futures))
        filled += 1
        distance += largest
    return distance / filled
