"""How far an uncertainty moves an outcome's whole distribution: Borgonovo's delta, from given data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numba
import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, PerFuture, Rows
from kedge.strategy.binning import bin_column, check_columns, check_outcomes
from kedge.strategy.problem import Uncertainty
from kedge.strategy.summary import Resampling, resample_counts

CELLS = 128
"""Cells of the outcome's normal scores, over four standard deviations each way."""

ATOM = 0.01
"""An outcome that this share of futures has in common is a lump of probability, not a density."""

NOISE_RESAMPLES = 16


@dataclass(frozen=True)
class DeltaSettings:
    """How delta is estimated.

    Parameters
    ----------
    bins
        Of each uncertainty, of equal count; by the number of futures if not given
        (as Plischke et al. 2013: 4 at 100, 18 at 5,000, never more than 48).
    shuffles
        Times the outcome is shuffled to see what chance gives.
    resampling
        Of futures, for the correction of bias and the intervals.

    Raises
    ------
    DomainError
        Fewer than two bins, or no shuffle.
    """

    bins: int | None = None
    shuffles: int = 5
    resampling: Resampling = field(default_factory=lambda: Resampling(resamples=100))

    def __post_init__(self) -> None:
        if self.shuffles < 1 or (self.bins is not None and self.bins < 2):
            raise DomainError(
                f"delta needs two bins and one shuffle at least, got {self.bins} and {self.shuffles}"
            )


@dataclass(frozen=True)
class DeltaIndices:
    """Borgonovo's delta; arrays are `[outcome, uncertainty]`.

    Parameters
    ----------
    uncertainties
        Names in column order.
    delta, low, high : share
        Zero if the outcome does not depend on the uncertainty, one if it follows from it; less
        what the bootstrap shows to be bias, so that it can fall a little below zero.
    noise : share, by outcome
        95th percentile of delta with the outcome shuffled; below it is noise.
    """

    uncertainties: tuple[str, ...]
    delta: Rows
    low: Rows
    high: Rows
    noise: np.ndarray

    def ranked(self, outcome: int) -> tuple[str, ...]:
        """Names of the uncertainties by delta in one outcome, largest first."""
        order = np.argsort(-self.delta[outcome], kind="stable")
        return tuple(self.uncertainties[column] for column in order)


def borgonovo_delta(
    outcomes: Rows,
    futures: Futures,
    uncertainties: Sequence[Uncertainty],
    settings: DeltaSettings | None = None,
) -> DeltaIndices:
    """Estimate how far each uncertainty moves the distribution of each outcome, from given data.

    Half the area between the outcome's density and its density given the uncertainty, on average.
    Means and variances play no part, so the index is the same for any rising function of the
    outcome; that is used: densities are smoothed on normal scores, where no tail is heavy.  Values
    that many futures share, such as a regret of zero, count as lumps and are not smoothed.
    Uncertainties may be correlated; then delta counts what each tells through the others too.

    Parameters
    ----------
    outcomes
        `[outcome, future]`, any unit.
    futures
        Physical units.
    uncertainties
        In column order.
    settings
        Bins, shuffles, resampling.

    Returns
    -------
    DeltaIndices
        All zero for an outcome that never varies.

    Raises
    ------
    DomainError
        Shapes do not fit, or numbers are not finite.

    References
    ----------
    Borgonovo (2007); Plischke, Borgonovo & Smith (2013), eqs. 26 and 30 (bias); Borgonovo et
    al. (2014) on rising functions; Silverman (1986), eq. 3.28 for the width of the kernel.

    Examples
    --------
    >>> x = np.random.default_rng(0).random((2000, 2))
    >>> found = borgonovo_delta(x[:, :1].T, x, [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)])
    >>> found.ranked(0), bool(found.delta[0, 1] < found.noise[0] < found.delta[0, 0])
    (('a', 'b'), True)
    """
    settings, uncertainties = settings or DeltaSettings(), tuple(uncertainties)
    outcomes = check_outcomes(outcomes)
    futures = check_columns(futures, uncertainties, outcomes.shape[1])
    bins = settings.bins or _bins_for(len(futures))
    index = np.stack(
        [bin_column(futures[:, c], uncertainty, bins).index for c, uncertainty in enumerate(uncertainties)]
    ).astype(np.int16)
    parts = [_delta_of(outcome, index, settings) for outcome in outcomes]
    arrays = [np.stack(column) for column in zip(*parts, strict=True)]
    return DeltaIndices(tuple(uncertainty.name for uncertainty in uncertainties), *arrays)


def _bins_for(futures: int) -> int:
    power = 2 / (7 + np.tanh((1500 - futures) / 500))
    return int(min(np.ceil(futures**power), 48))


def _delta_of(outcome: PerFuture, index: np.ndarray, settings: DeltaSettings) -> tuple[np.ndarray, ...]:
    place, atoms = _places(outcome)
    found, drawn = _with_resamples(place, atoms, index, settings.resampling)
    low, high = np.quantile(2 * found - drawn, settings.resampling.tails, axis=0)
    rng = np.random.default_rng(settings.resampling.seed)
    few = Resampling(NOISE_RESAMPLES, settings.resampling.seed, settings.resampling.level)
    noise = []
    for _ in range(settings.shuffles):
        alone, again = _with_resamples(rng.permutation(place), atoms, index, few)
        noise.append(2 * alone - again.mean(axis=0))
    return 2 * found - drawn.mean(axis=0), low, high, np.quantile(np.concatenate(noise), 0.95)


def _places(outcome: PerFuture) -> tuple[np.ndarray, int]:
    """Cell of each future's outcome: lumps first, then cells of the normal scores of the others."""
    _, inverse, counts = np.unique(outcome, return_inverse=True, return_counts=True)
    lump = counts > max(ATOM * len(outcome), 1)
    number = np.cumsum(lump) - 1
    place, smooth = number[inverse], ~lump[inverse]
    if smooth.any():
        score = ndtri((rankdata(outcome[smooth]) - 0.5) / smooth.sum())
        cell = np.clip(np.floor((score + 4) / 8 * CELLS), 0, CELLS - 1)
        place[smooth] = int(lump.sum()) + cell.astype(int)
    return place.astype(np.int16), int(lump.sum())


def _with_resamples(
    place: np.ndarray, atoms: int, index: np.ndarray, resampling: Resampling
) -> tuple[np.ndarray, np.ndarray]:
    """Delta as it comes, `[uncertainty]`, and when futures are drawn anew, `[resample, uncertainty]`."""
    bins, futures = int(index.max()) + 1, len(place)
    drawn = [
        _delta_table(place, atoms, index, counts, bins) for counts in resample_counts(futures, resampling)
    ]
    whole = _delta_table(place, atoms, index, np.ones((1, futures), dtype=np.int32), bins)
    return whole[0], np.concatenate(drawn)


@numba.njit(cache=True, parallel=True)
def _delta_table(place, atoms, index, counts, bins):  # pragma: no cover - compiled
    table = np.zeros((len(counts), len(index)))
    for item in numba.prange(len(counts) * len(index)):
        resample, column = item // len(index), item % len(index)
        cells = np.zeros((bins, atoms + CELLS))
        for future in range(len(place)):
            cells[index[column, future], place[future]] += counts[resample, future]
        table[resample, column] = _delta(cells, atoms)
    return table


@numba.njit(cache=True)
def _delta(cells, atoms):  # pragma: no cover - compiled
    overall = np.zeros(cells.shape[1])
    for inside in cells:
        overall += inside
    total, distance = overall.sum(), 0.0
    smooth = _smoothed(overall, atoms)
    for inside in cells:
        count = inside.sum()
        if count > 0:
            distance += 0.5 * np.abs(_smoothed(inside, atoms) * total - smooth * count).sum()
    return distance / total**2


@numba.njit(cache=True)
def _smoothed(counts, atoms):  # pragma: no cover - compiled
    """Spread all counts but the lumps by a normal kernel; the total stays."""
    spread = np.zeros(len(counts))
    spread[:atoms] = counts[:atoms]
    total, first, second = 0.0, 0.0, 0.0
    for cell in range(atoms, len(counts)):
        total += counts[cell]
        first += counts[cell] * cell
        second += counts[cell] * float(cell) ** 2
    if total == 0:
        return spread
    variance = max(second / total - (first / total) ** 2, 0.0)
    width = np.sqrt(variance) * (0.75 * total) ** -0.2
    reach = min(int(4 * width), CELLS)
    kernel = np.ones(reach + 1)
    for step in range(1, reach + 1):
        kernel[step] = np.exp(-0.5 * (step / width) ** 2)
    kernel /= 2 * kernel.sum() - 1
    for cell in range(atoms, len(counts)):
        if counts[cell] > 0:
            _spread_cell(counts[cell], cell, kernel, spread, atoms)
    return spread


@numba.njit(cache=True)
def _spread_cell(count, cell, kernel, spread, atoms):  # pragma: no cover - compiled
    """Spread one cell's count; what would leave at an end is mirrored back."""
    last = len(spread) - 1
    spread[cell] += count * kernel[0]
    for step in range(1, len(kernel)):
        below, above = cell - step, cell + step
        if below < atoms:
            below = min(2 * atoms - below - 1, last)
        if above > last:
            above = max(2 * last - above + 1, atoms)
        spread[below] += count * kernel[step]
        spread[above] += count * kernel[step]
