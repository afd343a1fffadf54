"""Sum up rows of values over futures that may count several times, as resampling needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Counts, Drawn, Rows

BLOCK = 16
"""Resamples held in memory at a time."""


@dataclass(frozen=True)
class Resampling:
    """How intervals are made.

    Parameters
    ----------
    resamples
        Times the futures are drawn anew, with replacement.
    seed
        The same seed gives the same intervals.
    level : share
        Part of the resamples that an interval holds.

    Raises
    ------
    DomainError
        Fewer than two resamples, or a level outside (0, 1).
    """

    resamples: int = 200
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.resamples < 2:
            raise DomainError(f"an interval needs two resamples or more, got {self.resamples}")
        if not 0 < self.level < 1:
            raise DomainError(f"level is a share between 0 and 1, such as 0.95; got {self.level}")

    @property
    def tails(self) -> tuple[float, float]:
        """Cumulative shares at which an interval begins and ends."""
        return (1 - self.level) / 2, (1 + self.level) / 2


@dataclass(frozen=True)
class Summary:
    """What the robustness metrics need to know of each row, for each resample.

    Parameters
    ----------
    mean, sd, minimum, maximum : unit of the rows
        Population standard deviation.
    quantiles : unit of the rows
        `[resample, row, level]`, linear between order statistics as NumPy's default.
    below_median : unit of the rows
        Mean shortfall from the row's own median over the futures below it; zero if none is.
    """

    mean: Drawn
    sd: Drawn
    minimum: Drawn
    maximum: Drawn
    quantiles: np.ndarray
    below_median: Drawn


@dataclass(frozen=True)
class SortedRows:
    """Rows in rising order, made once for all resamples by `sort_rows`.

    Parameters
    ----------
    values
        Each row sorted.
    order
        The future that each sorted value belongs to.
    """

    values: Rows
    order: np.ndarray


def sort_rows(rows: Rows) -> SortedRows:
    """Sort each row and remember which future went where."""
    order = np.argsort(rows, axis=1, kind="stable").astype(np.int32)
    return SortedRows(np.take_along_axis(rows, order, axis=1), order)


def summarise(rows: SortedRows, counts: Counts, levels: tuple[float, ...]) -> Summary:
    """Sum up each row under each set of counts.

    Parameters
    ----------
    rows
        One row a plan, say.
    counts
        How often each future counts; ones for the sample itself.
    levels : shares
        Quantiles wanted.

    Returns
    -------
    Summary
        Identical whatever the number of threads.

    Examples
    --------
    >>> row = sort_rows(np.array([[3.0, 1.0, 2.0]]))
    >>> found = summarise(row, np.ones((1, 3), dtype=np.int32), (0.5,))
    >>> float(found.mean[0, 0]), float(found.quantiles[0, 0, 0])
    (2.0, 2.0)
    """
    shape = (len(counts), len(rows.values))
    basic = np.empty((*shape, 5))
    quantiles = np.empty((*shape, len(levels)))
    _summarise(rows.values, rows.order, counts, np.asarray(levels, dtype=float), basic, quantiles)
    mean, sd, minimum, maximum, below = (basic[:, :, column] for column in range(5))
    return Summary(mean, sd, minimum, maximum, quantiles, below)


def resample_counts(futures: int, resampling: Resampling) -> Iterator[Counts]:
    """Draw futures with replacement and give, block by block, how often each was drawn.

    Counts come from one stream, block after block, so they do not depend on the block size.
    """
    rng = np.random.default_rng(resampling.seed)
    for start in range(0, resampling.resamples, BLOCK):
        size = min(BLOCK, resampling.resamples - start)
        drawn = (rng.integers(0, futures, futures, dtype=np.int32) for _ in range(size))
        yield np.stack([np.bincount(row, minlength=futures) for row in drawn]).astype(np.int32)


@numba.njit(cache=True, parallel=True)
def _summarise(rows, order, counts, levels, basic, quantiles):  # pragma: no cover - compiled
    cells = len(counts) * len(rows)
    for cell in numba.prange(cells):
        resample, row = cell // len(rows), cell % len(rows)
        # In rising order of the values, so that each pass below runs straight through memory.
        times = counts[resample][order[row]]
        _summarise_row(rows[row], times, levels, basic[resample, row], quantiles[resample, row])


@numba.njit(cache=True)
def _summarise_row(values, times, levels, basic, quantiles):  # pragma: no cover - compiled
    total, weighted = 0, 0.0
    for place in range(len(values)):
        total += times[place]
        weighted += times[place] * values[place]
    mean = weighted / total
    squares = 0.0
    for place in range(len(values)):
        squares += times[place] * (values[place] - mean) ** 2
    first, last = 0, len(values) - 1
    while times[first] == 0:
        first += 1
    while times[last] == 0:
        last -= 1
    median = np.empty(1)
    _weighted_quantiles(values, times, total, np.array([0.5]), median)
    _weighted_quantiles(values, times, total, levels, quantiles)
    short, shortfall = 0, 0.0
    for place in range(len(values)):
        if values[place] >= median[0]:
            break
        short += times[place]
        shortfall += times[place] * (median[0] - values[place])
    basic[0], basic[1], basic[2], basic[3] = mean, np.sqrt(squares / total), values[first], values[last]
    basic[4] = shortfall / short if short > 0 else 0.0


@numba.njit(cache=True)
def _weighted_quantiles(values, times, total, levels, quantiles):  # pragma: no cover - compiled
    """Walk once through the rising values; levels must rise."""
    position, seen = 0, times[0]
    for level in range(len(levels)):
        place = levels[level] * (total - 1)
        below = int(np.floor(place))
        while seen <= below:
            position += 1
            seen += times[position]
        lower = values[position]
        upper = lower
        if place > below and seen <= below + 1:
            follower = position + 1
            while times[follower] == 0:
                follower += 1
            upper = values[follower]
        quantiles[level] = lower + (place - below) * (upper - lower)
