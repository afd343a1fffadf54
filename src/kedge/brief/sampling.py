"""How much of the futures each step uses, and how intervals are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm

from kedge.strategy import Interval, Resampling


@dataclass(frozen=True)
class Estimate:
    """A number with its resampling interval, in its own unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Sampling:
    """Seed and sizes of the brief's own computations.

    Searches and weighings use the first futures only: the leading rows of a Sobol draw
    are themselves spread evenly, and a longer draw begins with a shorter one.

    Parameters
    ----------
    seed
        Of all resampling.
    resamples
        Times futures are drawn anew for an interval.
    level : share
        Part of the resamples an interval holds.
    search
        Futures used to look for boxes, thresholds and drivers, at most.
    weighing
        Futures used at each point of the grid of weights, at most.
    rule_resamples
        Times futures are drawn anew where the rule itself is applied again each time.
    """

    seed: int = 0
    resamples: int = 100
    level: float = 0.95
    search: int = 20_000
    weighing: int = 10_000
    rule_resamples: int = 40

    @property
    def resampling(self) -> Resampling:
        """The strategy room's settings."""
        return Resampling(resamples=self.resamples, seed=self.seed, level=self.level)


def estimates(interval: Interval) -> tuple[Estimate, ...]:
    """Split an interval of one axis into single numbers."""
    columns = (interval.estimate, interval.low, interval.high)
    return tuple(Estimate(float(v), float(low), float(high)) for v, low, high in zip(*columns, strict=True))


def order_interval(row: np.ndarray, levels: tuple[float, ...], level: float) -> tuple[Estimate, ...]:
    """Quantiles of a row with their intervals from order statistics.

    The limit of resampling futures without end, at the cost of one sort: the number of
    futures below the true quantile is binomial.

    References
    ----------
    David & Nagaraja (2003), Order Statistics, section 7.1.

    Examples
    --------
    >>> found = order_interval(np.arange(101.0), (0.5,), 0.95)[0]
    >>> found.value, found.low < 50 < found.high
    (50.0, True)
    """
    ranked = np.sort(row)
    count = len(ranked)
    found = []
    for share in levels:
        low, high = binom.ppf([(1 - level) / 2, (1 + level) / 2], count, share).astype(int)
        value = float(np.quantile(ranked, share))
        found.append(Estimate(value, float(ranked[max(low - 1, 0)]), float(ranked[min(high, count - 1)])))
    return tuple(found)


def share_interval(share: float, count: int, level: float) -> Estimate:
    """Give a share of futures its interval, the futures being independent draws.

    Wilson's, which stays within nothing and all; resampling would give the same in the
    middle, and no width at all where every future or none is counted.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22.

    Examples
    --------
    >>> found = share_interval(0.5, 400, 0.95)
    >>> round(found.low, 3), round(found.high, 3)
    (0.451, 0.549)
    """
    z = float(norm.ppf((1 + level) / 2))
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return Estimate(share, max(centre - half, 0.0), min(centre + half, 1.0))
