"""Find where the order of two plans flips, and on which uncertainties that hinges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, PerFuture
from kedge.strategy.binning import Auc, Bins, auc_of, bin_column, check_columns, explained_share
from kedge.strategy.intervals import Interval, mean_interval
from kedge.strategy.logistic import LinearScore, fit_score
from kedge.strategy.problem import Uncertainty
from kedge.strategy.summary import Resampling

FINE_BIN = 50
"""Futures that a bin should hold at least when a threshold is looked for."""

SURE = 0.9
"""Share of resamples that must show a crossing before a threshold is reported."""


@dataclass(frozen=True)
class FlipSettings:
    """How finely to look.

    Parameters
    ----------
    bins
        Bins of the shares that are reported, ten for deciles, and of each side of the grid.
    fine_bins
        Most bins used to place a threshold.
    resampling
        For the intervals.

    Raises
    ------
    DomainError
        Fewer than two bins.
    """

    bins: int = 10
    fine_bins: int = 100
    resampling: Resampling = field(default_factory=Resampling)

    def __post_init__(self) -> None:
        if min(self.bins, self.fine_bins) < 2:
            raise DomainError(f"bins must be two or more, got {self.bins} and {self.fine_bins}")


@dataclass(frozen=True)
class Threshold:
    """Where the local share of futures in which the first plan is better crosses one half.

    Parameters
    ----------
    value, low, high : unit of the uncertainty
        Crossing of the monotone (isotonic) share curve, and its resampling interval.
    better
        The side of the value on which the first plan is the better one more often.
    found : share of resamples
        That show a crossing at all.
    """

    value: float
    low: float
    high: float
    better: Literal["above", "below"]
    found: float


@dataclass(frozen=True)
class Separation:
    """How one uncertainty alone tells where the first plan is better.

    Parameters
    ----------
    uncertainty
        Name.
    explained : share
        Of the variance of the sign, between bins, less what chance gives; about zero
        means that the uncertainty alone tells nothing.
    auc
        Above one half: the first plan gains as the uncertainty rises.
    lower, upper : unit of the uncertainty
        Ends of the bins.
    shares, counts
        Share of the bin's decided futures in which the first plan is better, and their number.
    threshold
        None if the share does not surely cross one half, or for categories.
    """

    uncertainty: str
    explained: float
    auc: Auc
    lower: np.ndarray
    upper: np.ndarray
    shares: np.ndarray
    counts: np.ndarray
    threshold: Threshold | None


@dataclass(frozen=True)
class FlipGrid:
    """Shares over two uncertainties at once.

    Parameters
    ----------
    first, second
        Names of the uncertainties of the two axes.
    first_lower, first_upper, second_lower, second_upper : their units
        Ends of the bins.
    shares : share of futures
        In which the first plan is better, `[first, second]`; NaN where no future fell.
    counts
        Decided futures in each cell.
    """

    first: str
    second: str
    first_lower: np.ndarray
    first_upper: np.ndarray
    second_lower: np.ndarray
    second_upper: np.ndarray
    shares: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class FlipReport:
    """Where and on what the order of two plans hinges.

    Parameters
    ----------
    share
        Of all futures, in which the first plan is strictly better, with interval.
        A share of explored futures, which is no probability.
    ties : share
        Of futures in which the two are exactly equal; left out of everything below.
    separations
        All uncertainties, the most telling first.
    grid
        Over the two most telling; None with fewer than two, or without decided futures.
    score
        All uncertainties together; None if one plan (almost) always wins.
    """

    share: Interval
    ties: float
    separations: tuple[Separation, ...]
    grid: FlipGrid | None
    score: LinearScore | None


def flip_boundary(
    difference: PerFuture,
    futures: Futures,
    uncertainties: Sequence[Uncertainty],
    settings: FlipSettings | None = None,
) -> FlipReport:
    """Report where the sign of a difference between two plans flips.

    Parameters
    ----------
    difference : unit of the value
        First plan less second plan; more is better for the first.
    futures
        Physical units.
    uncertainties
        In column order.
    settings
        Bins and resampling.

    Returns
    -------
    FlipReport
        Ranked by how much of the sign each uncertainty explains alone.

    Raises
    ------
    DomainError
        Shapes do not fit, or numbers are not finite.

    Examples
    --------
    >>> x = np.linspace(0, 1, 1001)
    >>> report = flip_boundary(x - 0.3, x[:, None], [Uncertainty("x", 0, 1)])
    >>> report.separations[0].threshold.better, round(report.separations[0].threshold.value, 2)
    ('above', 0.3)
    """
    settings, uncertainties = settings or FlipSettings(), tuple(uncertainties)
    difference = np.asarray(difference, dtype=float)
    if difference.ndim != 1 or not np.isfinite(difference).all():
        raise DomainError(f"difference must be one finite number a future, got shape {difference.shape}")
    futures = check_columns(futures, uncertainties, len(difference))
    share = mean_interval((difference > 0)[None, :], settings.resampling)
    decided = difference != 0
    inputs, holds = futures[decided], difference[decided] > 0
    if not len(holds):
        return FlipReport(share, 1.0, (), None, None)
    found = [
        _separate(inputs[:, column], holds, uncertainty, settings)
        for column, uncertainty in enumerate(uncertainties)
    ]
    order = sorted(range(len(found)), key=lambda column: (-found[column].explained, column))
    grid = None
    if len(order) > 1:
        grid = _grid(
            inputs[:, order[:2]], holds, tuple(uncertainties[column] for column in order[:2]), settings.bins
        )
    return FlipReport(
        share=share,
        ties=float(1 - decided.mean()),
        separations=tuple(found[column] for column in order),
        grid=grid,
        score=fit_score(inputs, holds, uncertainties, settings.resampling.seed),
    )


def _separate(
    column: PerFuture, holds: np.ndarray, uncertainty: Uncertainty, settings: FlipSettings
) -> Separation:
    bins = bin_column(column, uncertainty, min(settings.bins, len(holds)))
    auc = auc_of(column, holds)
    threshold = None
    if not uncertainty.is_categorical and not auc.low <= 0.5 <= auc.high:
        fine = max(min(settings.fine_bins, len(holds) // FINE_BIN), 2)
        threshold = _threshold(
            bin_column(column, uncertainty, fine), holds, auc.value > 0.5, settings.resampling
        )
    return Separation(
        uncertainty=uncertainty.name,
        explained=explained_share(bins.index, bins.counts, holds.astype(float)),
        auc=auc,
        lower=bins.lower,
        upper=bins.upper,
        shares=np.bincount(bins.index, holds, minlength=len(bins.counts)) / bins.counts,
        counts=bins.counts,
        threshold=threshold,
    )


def _threshold(bins: Bins, holds: np.ndarray, rising: bool, resampling: Resampling) -> Threshold | None:
    """Resample counts of (bin, sign) cells, which is resampling the futures with the bins held fixed."""
    wins = np.bincount(bins.index, holds, minlength=len(bins.counts)).astype(np.int64)
    cells = np.concatenate([wins, bins.counts - wins])
    value = _crossing(cells, bins.centre, rising)
    rng = np.random.default_rng(resampling.seed)
    drawn = rng.multinomial(len(holds), cells / cells.sum(), size=resampling.resamples)
    crossings = np.array([_crossing(row, bins.centre, rising) for row in drawn])
    crossed = np.isfinite(crossings)
    if np.isnan(value) or crossed.mean() < SURE:
        return None
    low, high = np.quantile(crossings[crossed], resampling.tails)
    return Threshold(
        float(value), float(low), float(high), "above" if rising else "below", float(crossed.mean())
    )


@numba.njit(cache=True)
def _crossing(cells, centre, rising):  # pragma: no cover - compiled
    """Pool adjacent violators, then interpolate where the monotone share passes one half."""
    bins = len(centre)
    wins, totals, last = np.zeros(bins), np.zeros(bins), np.zeros(bins, dtype=np.int64)
    blocks = 0
    for place in range(bins):
        at = place if rising else bins - 1 - place
        if cells[at] + cells[bins + at] == 0:
            continue
        wins[blocks], totals[blocks], last[blocks] = cells[at], cells[at] + cells[bins + at], place
        blocks += 1
        while blocks > 1 and wins[blocks - 2] * totals[blocks - 1] >= wins[blocks - 1] * totals[blocks - 2]:
            wins[blocks - 2] += wins[blocks - 1]
            totals[blocks - 2] += totals[blocks - 1]
            last[blocks - 2] = last[blocks - 1]
            blocks -= 1
    for block in range(1, blocks):
        below, above = wins[block - 1] / totals[block - 1], wins[block] / totals[block]
        if below < 0.5 <= above:
            before, after = last[block - 1], last[block - 1] + 1
            if not rising:
                before, after = bins - 1 - before, bins - 1 - after
            part = (0.5 - below) / (above - below)
            return centre[before] + part * (centre[after] - centre[before])
    return np.nan


def _grid(inputs: Futures, holds: np.ndarray, pair: tuple[Uncertainty, ...], size: int) -> FlipGrid:
    first, second = (bin_column(inputs[:, axis], pair[axis], min(size, len(holds))) for axis in (0, 1))
    shape = (len(first.counts), len(second.counts))
    cell = first.index * shape[1] + second.index
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    wins = np.bincount(cell, holds, minlength=shape[0] * shape[1])
    shares = np.divide(wins, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return FlipGrid(
        first=pair[0].name,
        second=pair[1].name,
        first_lower=first.lower,
        first_upper=first.upper,
        second_lower=second.lower,
        second_upper=second.upper,
        shares=shares.reshape(shape),
        counts=counts.reshape(shape),
    )
