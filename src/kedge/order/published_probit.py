"""Compiled pieces of the ordered probit: tails, quantiles, slopes of one vote, and streams of chance.

A vote is yes below the first cut-point, abstain between the two, no above the second, of a latent
trait with unit variance around `discrimination * position`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

YES_ROW, ABSTAIN_ROW, NO_ROW = 0, 1, 2
_ROOT_HALF = math.sqrt(0.5)
_PEAK = 1.0 / math.sqrt(2.0 * math.pi)
_CENTRE = 0.425
_TINY = 1e-300
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_SEED_STEP = np.uint64(0xD1342543DE82EF95)
_SWEEP_STEP = np.uint64(0x2545F4914F6CDD1D)


@njit(cache=True, inline="always")
def below(x: float) -> float:
    """Give the chance that a standard normal falls below x."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


@njit(cache=True, inline="always")
def bell(x: float) -> float:
    """Give the standard normal density at x."""
    return _PEAK * math.exp(-0.5 * x * x)


@njit(cache=True, inline="always")
def hazard(x: float) -> float:
    """Give density over distribution at x; far out in the lower tail, its limit."""
    return -x if x < -25.0 else bell(x) / below(x)


@njit(cache=True)
def _centre(q: float) -> float:
    r = _CENTRE * _CENTRE - q * q
    top = ((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
    top = (((top + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
    top = (top + 133.14166789178437745) * r + 3.387132872796366608
    low = ((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
    low = (((low + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
    return q * top / ((low + 42.313330701600911252) * r + 1.0)


@njit(cache=True)
def _shoulder(r: float) -> float:
    top = ((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
    top = (((top + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
    top = (top + 4.6303378461565452959) * r + 1.42343711074968357734
    low = ((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
    low = (((low + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
    return top / ((low + 2.05319162663775882187) * r + 1.0)


@njit(cache=True)
def _far(r: float) -> float:
    top = ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
    top = (((top + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
    top = (top + 5.4637849111641143699) * r + 6.6579046435011037772
    low = ((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
    low = (((low + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
    return top / ((low + 0.59983220655588793769) * r + 1.0)


@njit(cache=True)
def quantile(p: float) -> float:
    """Give the standard normal quantile of p (Wichura 1988, algorithm AS 241)."""
    q = p - 0.5
    if abs(q) <= _CENTRE:
        return _centre(q)
    r = math.sqrt(-math.log(max(min(p, 1.0 - p), _TINY)))
    x = _shoulder(r - 1.6) if r <= 5.0 else _far(r - 5.0)
    return -x if q < 0.0 else x


@njit(cache=True, inline="always")
def stream(seed: int, sweep: int, item: int) -> np.uint64:
    """Start a stream of chance that belongs to one item in one sweep."""
    return np.uint64(seed) * _SEED_STEP + np.uint64(sweep) * _SWEEP_STEP + np.uint64(item) * _GOLDEN * _MIX_A


@njit(cache=True, inline="always")
def step(state: np.uint64) -> np.uint64:
    """Move a stream on by one draw."""
    return state + _GOLDEN


@njit(cache=True, inline="always")
def uniform(state: np.uint64) -> float:
    """Turn a stream's state into a draw between 0 and 1, ends excluded (SplitMix64)."""
    z = (state ^ (state >> np.uint64(30))) * _MIX_A
    z = (z ^ (z >> np.uint64(27))) * _MIX_B
    z = z ^ (z >> np.uint64(31))
    return (np.float64(z >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@njit(cache=True, inline="always")
def between(low: float, high: float) -> float:
    """Give the chance of a standard normal between two points, exact in either tail."""
    chance = below(high) - below(low) if low < 0.0 else below(-low) - below(-high)
    return max(chance, _TINY)


@njit(cache=True)
def slopes(vote: int, trait: float, low: float, high: float) -> tuple:
    """Differentiate the log chance of one vote.

    Returns
    -------
    tuple
        Slope in the trait, curvature in the trait (positive), slopes in the two cut-points, and
        minus the second derivatives in them (first, second, mixed).
    """
    if vote == YES_ROW:
        x = low - trait
        rate = hazard(x)
        curve = rate * (rate + x)
        return -rate, curve, rate, 0.0, curve, 0.0, 0.0
    if vote == NO_ROW:
        x = trait - high
        rate = hazard(x)
        curve = rate * (rate + x)
        return rate, curve, 0.0, -rate, 0.0, curve, 0.0
    x, y = low - trait, high - trait
    chance = max(between(x, y), 1e-12)
    p, q = bell(x) / chance, bell(y) / chance
    rise = p - q
    return rise, rise * rise - (x * p - y * q), -p, q, p * p - x * p, q * q + y * q, -p * q
