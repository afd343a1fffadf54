"""Draw futures: points in the space of uncertainties, in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
from scipy.special import ndtr, ndtri

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.axes import Futures, PerFuture
from kedge.strategy.points import SOBOL_LIMIT, Method, unit_points
from kedge.strategy.problem import Uncertainty

_BLOCK = 4096
"""Futures drawn at a time, so that the work stays in the processor's cache."""


def draw_futures(
    uncertainties: Sequence[Uncertainty], count: int, seed: int, method: Method = "sobol"
) -> Futures:
    """Draw futures that cover the ranges of the uncertainties.

    Row k of a `sobol` or `random` draw is the same however many rows follow it, so a
    longer draw contains the shorter one.  A Latin hypercube is laid out for its count.

    Parameters
    ----------
    uncertainties
        Ranges and shapes; independent of one another.
    count
        Number of futures; need not be a power of two, though Sobol points are most
        even when it is.
    seed
        Scrambles the sequence; the same seed gives the same futures.
    method
        `sobol` (scrambled; Owen 1998, with linear matrix scrambling and digital shift),
        `lhs` (Latin hypercube; McKay et al. 1979) or `random`.

    Returns
    -------
    Futures
        Physical units; a `choice` is the index of its category.

    Raises
    ------
    DomainError
        The count is not a positive whole number, or the seed is negative.
    StudyError
        No uncertainties, or two with one name.

    Examples
    --------
    >>> ranges = [Uncertainty("a", 0, 1), Uncertainty("b", 10, 20)]
    >>> short, long = draw_futures(ranges, 5, seed=1), draw_futures(ranges, 100, seed=1)
    >>> bool(np.array_equal(short, long[:5]))
    True
    """
    check_draw(uncertainties, count, seed, method)
    block = unit_points(len(uncertainties), count, seed, method)
    futures = np.empty((count, len(uncertainties)))
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        futures[start:stop] = to_physical(block(start, stop), uncertainties)
    return futures


def to_physical(points: Futures, uncertainties: Sequence[Uncertainty]) -> Futures:
    """Carry points of the unit cube over to the uncertainties' distributions, column by column.

    Parameters
    ----------
    points : share, from 0 to 1
        One column an uncertainty, from `unit_points`; whatever makes uncertainties hang
        together is done to the points before.
    uncertainties
        In column order.

    Returns
    -------
    Futures
        In the uncertainties' units.
    """
    futures = np.empty(points.shape, order="F")
    for column, uncertainty in enumerate(uncertainties):
        futures[:, column] = from_unit(points[:, column], uncertainty)
    return futures


def from_unit(unit: PerFuture, uncertainty: Uncertainty) -> PerFuture:
    """Carry points of the unit interval over to an uncertainty's distribution.

    Parameters
    ----------
    unit : share, from 0 to 1
        Cumulative probability under the declared shape.
    uncertainty
        Range and shape.

    Returns
    -------
    PerFuture
        In the uncertainty's unit, never outside its range.

    Examples
    --------
    >>> from_unit(np.array([0.0, 0.5]), Uncertainty("a", 1.0, 100.0, "log_uniform"))
    array([ 1., 10.])
    """
    low, high = float(uncertainty.low), float(uncertainty.high)
    if uncertainty.distribution == "choice":
        return _category(unit, uncertainty)
    if low == high:
        return np.full_like(unit, low)
    if uncertainty.distribution == "uniform":
        drawn = low + unit * (high - low)
    elif uncertainty.distribution == "log_uniform":
        drawn = low * np.exp(unit * np.log(high / low))
    elif uncertainty.distribution == "triangular":
        drawn = _triangular(unit, uncertainty)
    else:
        drawn = _truncated_normal(unit, uncertainty)
    return np.clip(drawn, low, high)


def _category(unit: np.ndarray, uncertainty: Uncertainty) -> np.ndarray:
    weights = np.asarray(uncertainty.weights or np.ones(len(uncertainty.categories)), dtype=float)
    upper = np.cumsum(weights)[:-1] / weights.sum()
    return np.searchsorted(upper, unit, side="right").astype(float)


def _triangular(unit: np.ndarray, uncertainty: Uncertainty) -> np.ndarray:
    low, high = uncertainty.low, uncertainty.high
    mode = (low + high) / 2 if uncertainty.mode is None else uncertainty.mode
    width, rising = high - low, (mode - low) / (high - low)
    up = low + np.sqrt(unit * rising) * width
    down = high - np.sqrt((1 - unit) * (1 - rising)) * width
    return np.where(unit < rising, up, down)


def _truncated_normal(unit: np.ndarray, uncertainty: Uncertainty) -> np.ndarray:
    low, high = uncertainty.low, uncertainty.high
    mean = (low + high) / 2 if uncertainty.mean is None else uncertainty.mean
    sd = (high - low) / 4 if uncertainty.sd is None else uncertainty.sd
    start, stop = (low - mean) / sd, (high - mean) / sd
    if start > 0:
        # Seen from the upper tail the cumulative probabilities round to one; mirrored
        # to the lower tail they keep their digits.
        return mean - sd * _normal_between(1 - unit, -stop, -start)
    return mean + sd * _normal_between(unit, start, stop)


def _normal_between(unit: np.ndarray, start: float, stop: float) -> np.ndarray:
    below, above = ndtr(start), ndtr(stop)
    if below == above:
        # Both ends lie beyond about 38 sd, where the normal has no digits left.
        return np.full_like(unit, stop)
    return ndtri(below + unit * (above - below))


def check_draw(uncertainties: Sequence[Uncertainty], count: int, seed: int, method: str) -> None:
    """Refuse a draw that cannot be made; see `draw_futures` for what is raised."""
    check_names([uncertainty.name for uncertainty in uncertainties])
    if method not in get_args(Method):
        raise DomainError(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
    if not is_whole(count, least=1):
        raise DomainError(f"expected a whole number of futures, one or more, got {count!r}")
    if method == "sobol" and count > SOBOL_LIMIT:
        raise DomainError(
            f"a Sobol sequence holds {SOBOL_LIMIT} futures, asked for {count}; use method='random'"
        )
    if not is_whole(seed, least=0):
        raise DomainError(f"the seed must be a whole number, zero or more, got {seed!r}")


def check_names(names: list[str]) -> None:
    """Refuse to draw from no uncertainties or from two of one name."""
    if not names:
        raise StudyError("there are no uncertainties to draw from; declare at least one")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"uncertainties need different names; given more than once: {', '.join(twice)}")


def is_whole(number: object, least: int) -> bool:
    """Whether this is a whole number, not a truth value, of at least that size."""
    return not isinstance(number, bool) and isinstance(number, (int, np.integer)) and bool(number >= least)
