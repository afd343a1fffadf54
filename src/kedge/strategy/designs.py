"""Where futures come from: sources that give rows `start` to `stop` without holding all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy.axes import Futures, PerFuture
from kedge.strategy.copula import Correlation
from kedge.strategy.dependence import to_futures
from kedge.strategy.distributions import from_unit
from kedge.strategy.futures import check_draw, check_names, is_whole
from kedge.strategy.points import Block, Method, unit_points
from kedge.strategy.problem import Uncertainty

MOST_FUTURES = 2**31 - 1
"""Futures that the number column of the result tables can tell apart."""


class FutureSource(Protocol):
    """Anything that knows how many futures there are and can give any stretch of them.

    Row k must be the same in whichever stretch it is asked for.
    """

    @property
    def count(self) -> int:
        """Futures in all."""
        ...

    def rows(self, start: int, stop: int) -> Futures:
        """Futures `start` to `stop`, in physical units, `stop` not included."""
        ...


@dataclass(frozen=True)
class SampledFutures:
    """Futures sampled from the ranges: `draw_futures`, but a stretch at a time.

    Parameters
    ----------
    uncertainties
        Ranges and shapes, in column order.
    count, seed, method
        As in `draw_futures`, whose rows these are.
    correlation : Spearman rank correlation, optional
        As in `draw_futures`.

    Raises
    ------
    DomainError, StudyError
        As in `draw_futures`.

    Examples
    --------
    >>> source = SampledFutures((Uncertainty("a", 0, 1),), 1000, seed=1)
    >>> bool(np.array_equal(source.rows(500, 1000)[:10], source.rows(500, 510)))
    True
    """

    uncertainties: Sequence[Uncertainty]
    count: int
    seed: int
    method: Method = "sobol"
    correlation: Correlation | None = None
    _points: Block = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_draw(self.uncertainties, self.count, self.seed, self.method)
        points = unit_points(len(self.uncertainties), self.count, self.seed, self.method)
        object.__setattr__(self, "_points", points)

    def rows(self, start: int, stop: int) -> Futures:
        """Draw futures `start` to `stop`, in physical units."""
        points = self._points(*_stretch(self, start, stop))
        return to_futures(points, self.uncertainties, self.correlation)


@dataclass(frozen=True)
class FactorialFutures:
    """Every combination of a few levels of each uncertainty; the last one varies fastest.

    Levels lie at equal steps of cumulative probability from one end of the range to the
    other: equal steps for `uniform`, equal ratios for `log_uniform`.  One level is the
    median; a `choice` has all its categories.

    Parameters
    ----------
    uncertainties
        Ranges and shapes, in column order.
    levels
        How many, for all alike or by name; `choice` takes no number.

    Raises
    ------
    StudyError
        No uncertainties, or two with one name.
    DomainError
        Levels that are not whole numbers of one or more, or more combinations than `MOST_FUTURES`.
    UnknownName
        Levels for an uncertainty that is not there.

    Examples
    --------
    >>> grid = FactorialFutures((Uncertainty("a", 0, 1), Uncertainty("b", 1, 100, "log_uniform")), 3)
    >>> grid.count, grid.rows(3, 5).round(9).tolist()
    (9, [[0.5, 1.0], [0.5, 10.0]])
    """

    uncertainties: Sequence[Uncertainty]
    levels: int | Mapping[str, int]
    _values: tuple[PerFuture, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_names([uncertainty.name for uncertainty in self.uncertainties])
        counts = _level_counts(self.uncertainties, self.levels)
        values = [_levels_of(each, counts.get(each.name, 1)) for each in self.uncertainties]
        object.__setattr__(self, "_values", tuple(values))
        if self.count > MOST_FUTURES:
            raise DomainError(
                f"the levels make {self.count} combinations, more than {MOST_FUTURES}; "
                "take fewer levels, fix some uncertainties, or sample"
            )

    @property
    def count(self) -> int:
        """Combinations in all."""
        return math.prod(len(values) for values in self._values)

    def rows(self, start: int, stop: int) -> Futures:
        """Give combinations `start` to `stop`, in physical units."""
        start, stop = _stretch(self, start, stop)
        left = np.arange(start, stop)
        futures = np.empty((stop - start, len(self._values)), order="F")
        for column in reversed(range(len(self._values))):
            left, level = np.divmod(left, len(self._values[column]))
            futures[:, column] = self._values[column][level]
        return futures


@dataclass(frozen=True)
class GivenFutures:
    """Futures that are at hand as a whole: drawn before, or read from a table.

    Parameters
    ----------
    table
        In physical units.

    Raises
    ------
    DomainError
        Not a table, or one without rows.
    """

    table: Futures

    def __post_init__(self) -> None:
        table = np.asarray(self.table, dtype=float)
        if table.ndim != 2 or not len(table):
            raise DomainError(
                f"futures must be a table [future, uncertainty] with at least one row, got {table.shape}"
            )
        object.__setattr__(self, "table", table)

    @property
    def count(self) -> int:
        """Rows in all."""
        return len(self.table)

    def rows(self, start: int, stop: int) -> Futures:
        """Give rows `start` to `stop`."""
        start, stop = _stretch(self, start, stop)
        return np.asfortranarray(self.table[start:stop])


def _stretch(source: FutureSource, start: int, stop: int) -> tuple[int, int]:
    if not 0 <= start <= stop <= source.count:
        raise DomainError(f"there are futures 0 to {source.count}, asked for {start} to {stop}")
    return start, stop


def _level_counts(uncertainties: Sequence[Uncertainty], levels: int | Mapping[str, int]) -> Mapping[str, int]:
    """How many levels each uncertainty that is no choice has, checked."""
    amounts = [uncertainty.name for uncertainty in uncertainties if not uncertainty.is_categorical]
    counts = levels if isinstance(levels, Mapping) else dict.fromkeys(amounts, levels)
    for name in counts:
        if name not in amounts:
            if any(uncertainty.name == name for uncertainty in uncertainties):
                raise DomainError(f"{name!r} is a choice and takes all its categories; give no levels for it")
            raise UnknownName("uncertainty", name, amounts)
    for name in amounts:
        if name not in counts:
            raise DomainError(f"no number of levels for {name!r}; give 1 to hold it at its median")
        if not is_whole(counts[name], least=1):
            raise DomainError(f"levels of {name!r} must be a whole number, one or more, got {counts[name]!r}")
    return counts


def _levels_of(uncertainty: Uncertainty, count: int) -> PerFuture:
    if uncertainty.is_categorical:
        return np.arange(len(uncertainty.categories), dtype=float)
    if uncertainty.low == uncertainty.high:
        return np.array([float(uncertainty.low)])
    return from_unit(np.linspace(0, 1, count) if count > 1 else np.array([0.5]), uncertainty)
