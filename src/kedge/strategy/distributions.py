"""From the unit interval to the shape of an uncertainty."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from kedge.strategy.axes import PerFuture
from kedge.strategy.problem import Uncertainty


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
