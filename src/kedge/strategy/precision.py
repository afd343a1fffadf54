"""Go on adding futures until a number is known well enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from kedge.core.errors import DomainError
from kedge.strategy.axes import Values
from kedge.strategy.problem import Measure
from kedge.strategy.robustness import value_of

Totals = np.ndarray


class RunningStatistic(Protocol):
    """A statistic that can be told from sums over futures.

    Sums must be exact, whole numbers say, so that they do not depend on how futures were
    grouped.
    """

    @property
    def name(self) -> str:
        """What it is, in words and with all that it depends on: part of what tells runs apart."""
        ...

    def summarise(self, values: Values) -> Totals:
        """Give sums over a block's futures; blocks' sums are added up."""
        ...

    def half_width(self, totals: Totals, futures: int) -> float:
        """Half the width of the widest interval of the statistic, in its unit."""
        ...


@dataclass(frozen=True)
class Until:
    """When to stop adding futures: at a precision, or when a source has no more.

    Futures are added in doublings and the statistic is looked at after each, so a run holds
    a number of futures that follows from the values alone.  Looking more than once and
    stopping at the first success makes intervals at the stop a little too narrow; with
    doublings, which are few, this is slight.

    Parameters
    ----------
    statistic
        What is to be known.
    precision
        Half-width to reach, in the statistic's unit.
    first
        Futures before the first look; a power of two suits Sobol futures best.

    Raises
    ------
    DomainError
        The precision is not above zero, or the first look comes before the first future.
    """

    statistic: RunningStatistic
    precision: float
    first: int = 1024

    def __post_init__(self) -> None:
        if not (math.isfinite(self.precision) and self.precision > 0):
            raise DomainError(f"the precision must be above zero, got {self.precision}")
        if self.first < 1:
            raise DomainError(f"the first look needs one future or more, got {self.first}")

    @property
    def rule(self) -> str:
        """The rule in words, which tells runs apart."""
        return f"{self.statistic.name} within {self.precision!r}, from {self.first} futures in doublings"

    def stages(self, most: int) -> list[int]:
        """Numbers of futures at which to look; the last one is the most there are."""
        counts = [self.first * 2**step for step in range(64) if self.first * 2**step < most]
        return [*counts, most]


@dataclass(frozen=True)
class BestShares:
    """Share of futures in which each plan is the best of the set, with score intervals.

    Parameters
    ----------
    measures
        In axis order.
    weights : overall units per unit of the measure
        As for `value_of`.
    level : share
        Of the intervals.

    Raises
    ------
    DomainError
        The level is not between zero and one.

    References
    ----------
    Wilson (1927), whose interval, unlike the estimate's own spread, does not shrink to nothing
    when a plan has been best in all or none of the futures.  It takes futures as independent,
    so it is conservative for Sobol futures.
    """

    measures: Sequence[Measure]
    weights: Mapping[str, float]
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise DomainError(f"the level is a share between zero and one, got {self.level}")

    @property
    def name(self) -> str:
        """The shares with the weights and the level they depend on."""
        weights = ", ".join(f"{name} {self.weights[name]!r}" for name in sorted(self.weights))
        return f"best shares at level {self.level!r} by weights {weights}"

    def summarise(self, values: Values) -> Totals:
        """Count, for each plan, the futures in which it is the best alone, one of two, and so on."""
        value = value_of(values, self.measures, self.weights)
        best = value == value.max(axis=0)
        tied = best.sum(axis=0)
        counts = [np.bincount(tied[row], minlength=len(best) + 1) for row in best]
        return np.stack(counts)[:, 1:]

    def half_width(self, totals: Totals, futures: int) -> float:
        """Half the widest interval of any plan's share, ties split equally.

        Examples
        --------
        >>> round(BestShares((), {}).half_width(np.array([[50], [50]]), 100), 4)
        0.0962
        """
        share = totals @ (1.0 / np.arange(1, totals.shape[1] + 1)) / futures
        z = float(ndtri((1 + self.level) / 2))
        spread = np.sqrt(np.clip(share * (1 - share), 0, None) / futures + z**2 / (4 * futures**2))
        return float((z * spread / (1 + z**2 / futures)).max())
