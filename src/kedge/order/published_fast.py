"""The point where the authors' sampler settles, found without sampling.

Each step moves every mean as a sweep of the sampler would on average: items given positions, then
positions given items, with the spread of either carried to first order and the votes' slopes averaged
over it.  The steps are extrapolated (Anderson 1965).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from kedge.core.errors import NotConverged
from kedge.order.published_layout import Ballots
from kedge.order.published_probit import slopes

CUT_RANGE = 7.0
_CUT_PRECISION = 0.06
_LONGEST = 0.5
_MEMORY, _PLAIN, _MOST = 8, 8, 300
_ROUGH, _FINE = 3e-4, 1e-4


@dataclass
class Items:
    """Parameters of texts: discrimination, its variance, cut-points, and the place where it turns."""

    slope: np.ndarray
    slope_variance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    centre: np.ndarray
    cut_variance: np.ndarray

    def copy(self) -> Items:
        """Copy every array."""
        return Items(*(each.copy() for each in vars(self).values()))


@dataclass
class Resting:
    """Where the steps came to rest.

    Parameters
    ----------
    raw : before the scale is fixed
        Mean of each seat.
    mean, variance : standard deviations over all seats
        After it.
    """

    raw: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    items: Items
    steps: int


@njit(cache=True, inline="always")
def _vote_of(k: int, no_from: int, abstain_from: int) -> int:
    return 0 if k < abstain_from else (1 if k < no_from else 2)


@njit(cache=True)
def _blurred(vote: int, trait: float, spread: float, low: float, high: float) -> tuple:
    if spread == 0.0:
        return slopes(vote, trait, low, high)
    up = slopes(vote, trait + spread, low, high)
    down = slopes(vote, trait - spread, low, high)
    return (
        0.5 * (up[0] + down[0]),
        0.5 * (up[1] + down[1]),
        0.5 * (up[2] + down[2]),
        0.5 * (up[3] + down[3]),
        0.5 * (up[4] + down[4]),
        0.5 * (up[5] + down[5]),
        0.5 * (up[6] + down[6]),
    )


@njit(cache=True)
def _move_cuts(low: float, high: float, pull: np.ndarray, joined: bool) -> tuple:
    """Take a Newton step in the cut-points; without abstentions the two are one."""
    if joined:
        move = (pull[0] + pull[1] - low * _CUT_PRECISION) / (pull[2] + pull[3] + _CUT_PRECISION)
        at = low + min(max(move, -_LONGEST), _LONGEST)
        return at, at
    rise, fall = pull[0] - low * _CUT_PRECISION, pull[1] - high * _CUT_PRECISION
    first, second, mixed = pull[2] + _CUT_PRECISION, pull[3] + _CUT_PRECISION, pull[4]
    size = max(first * second - mixed * mixed, 1e-6 * first * second + 1e-12)
    new_low = low + min(max((second * rise - mixed * fall) / size, -_LONGEST), _LONGEST)
    new_high = high + min(max((first * fall - mixed * rise) / size, -_LONGEST), _LONGEST)
    least = 0.25 * (high - low)
    if new_high - new_low < least:
        middle, half = 0.5 * (new_low + new_high), 0.5 * max(least, 1e-3)
        new_low, new_high = middle - half, middle + half
    return max(new_low, -CUT_RANGE), min(new_high, CUT_RANGE)


@njit(cache=True)
def _text(j: int, seat: np.ndarray, bounds: np.ndarray, seats: tuple, items: tuple, work: tuple) -> tuple:
    """Sum what one text's votes say: slopes in the cut-points, and of its discrimination."""
    position, variance = seats
    slope, slope_variance, low, high, centre, cut_variance, blur = items
    rise, curve, pull = work
    start, end, b = bounds[j, 0], bounds[j, 3], slope[j]
    pull[:] = 0.0
    up, size, lost = 0.0, 0.0, 0.0
    weight, first, second = 0.0, 0.0, 0.0
    for k in range(start, end):
        t, v = position[seat[k]], variance[seat[k]]
        away = t - centre[j]
        spread = blur * math.sqrt(b * b * v + away * away * slope_variance[j] + cut_variance[j])
        out = _blurred(_vote_of(k, bounds[j, 2], bounds[j, 1]), b * t, spread, low[j], high[j])
        rise[k - start], curve[k - start] = out[0], out[1]
        for part in range(5):
            pull[part] += out[2 + part]
        up += t * out[0]
        size += t * t + v
        lost += out[1] * v
        weight += out[1]
        first += out[1] * t
        second += out[1] * t * t
    turn = first / (weight + 1e-9)
    new = b + (up - b * (1.0 + lost)) / (size + 1.0)
    return new, 1.0 / (max(second - first * turn, 0.0) + 1.0), turn, 1.0 / (weight + 1.0)


@njit(cache=True)
def _pass(seat: np.ndarray, bounds: np.ndarray, seats: tuple, items: tuple, sums: tuple) -> None:
    """Move all texts in place and add up what they say of every seat."""
    push, size, known = sums
    slope, slope_variance, low, high, centre, cut_variance, _ = items
    longest = np.max(bounds[:, 3] - bounds[:, 0])
    work = (np.empty(longest), np.empty(longest), np.empty(5))
    rise, curve, pull = work
    for j in range(slope.size):
        new, spread, turn, cut_spread = _text(j, seat, bounds, seats, items, work)
        start, b = bounds[j, 0], slope[j]
        for k in range(start, bounds[j, 3]):
            i, w = seat[k], curve[k - start]
            push[i] += b * rise[k - start] - (seats[0][i] - turn) * w * spread
            size[i] += new * new + spread
            known[i] += w * new * new
        joined = bounds[j, 1] == bounds[j, 2]
        low[j], high[j] = _move_cuts(low[j], high[j], pull, joined)
        slope[j], slope_variance[j], centre[j], cut_variance[j] = new, spread, turn, cut_spread


def standard(raw: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    """Give centre and scale that bring all seats, spread included, to mean 0 and variance 1."""
    return float(raw.mean()), math.sqrt(float(raw.var(ddof=1) + variance.mean()))


class _Steps:
    """The map whose fixed point is wanted, on one long vector."""

    def __init__(self, ballots: Ballots, sign: np.ndarray, opening: float | None) -> None:
        self.ballots, self.opening, self.blur = ballots, opening, 0.0
        self.raw, self.items = _begin(ballots, sign)
        self.variance = np.full(self.raw.size, 0.02)
        self.joined = ballots.bounds[:, 1] == ballots.bounds[:, 2]

    def pack(self) -> np.ndarray:
        return np.concatenate((self.raw, self.items.slope, self.items.low, self.items.high))

    def unpack(self, x: np.ndarray) -> None:
        seats, texts = self.raw.size, self.items.slope.size
        self.raw = x[:seats].copy()
        self.items.slope, low, high = (each.copy() for each in x[seats:].reshape(3, texts))
        crossed = high < low
        middle, half = 0.5 * (low + high), np.where(self.joined, 0.0, 1e-3)
        self.items.low = np.where(crossed, middle - half, low)
        self.items.high = np.where(crossed, middle + half, high)

    def advance(self) -> None:
        b = self.ballots
        centre, scale = standard(self.raw, self.variance)
        mean = (self.raw - centre) / scale
        sums = (np.zeros(mean.size), np.zeros(mean.size), np.zeros(mean.size))
        items = (*vars(self.items).values(), self.blur)
        _pass(b.seat, b.bounds, (mean, self.variance / scale**2), items, sums)
        push, size, known = sums
        lagged = np.where(b.lag >= 0, self.raw[b.lag], 0.0)
        precision = 1.0 / b.variance
        self.raw = mean + (push + (lagged - mean) * precision) / (size + precision)
        self.variance = 1.0 / (known + precision)
        if self.opening is not None and b.opening.size:
            self.raw[b.opening] += self.opening - self.raw[b.opening].mean()


def _begin(ballots: Ballots, sign: np.ndarray) -> tuple[np.ndarray, Items]:
    bounds, seat = ballots.bounds, ballots.seat
    sizes = np.diff(bounds, axis=1)
    total = sizes.sum(1)
    share = np.cumsum(sizes, 1) / total[:, None]
    level = (sizes * [0.0, 1.0, 2.0]).sum(1) / total
    item, vote = np.divmod(np.repeat(np.arange(3 * total.size), sizes.reshape(-1)), 3)
    lean = np.bincount(seat, sign[item] * (vote - level[item]), minlength=ballots.cast.size)
    lean /= np.maximum(np.bincount(seat, np.abs(sign[item]), minlength=ballots.cast.size), 5.0)
    raw = (lean - lean.mean()) / max(lean.std(), 1e-9)
    low = 2.0 * share[:, 0] - 1.0
    high = np.where(sizes[:, 1] > 0, np.maximum(2.0 * share[:, 1] - 1.0, low + 1e-3), low)
    texts = total.size
    return raw, Items(
        slope=sign.astype(float),
        slope_variance=np.full(texts, 0.02),
        low=low,
        high=high,
        centre=np.zeros(texts),
        cut_variance=np.zeros(texts),
    )


def find_rest(ballots: Ballots, sign: np.ndarray, opening: float | None) -> Resting:
    """Find where the sampler settles on average.

    Parameters
    ----------
    ballots
        Votes laid out.
    sign
        Side of the first pole on each text: where the steps start, and so the sign of the result.
    opening : standard deviations over all seats
        Mean of session 1, or None to leave it open.

    Raises
    ------
    NotConverged
        The steps did not come to rest.

    References
    ----------
    Anderson (1965), Iterative procedures for nonlinear integral equations, Journal of the ACM 12.
    """
    steps = _Steps(ballots, sign, opening)
    count = 0
    for blur, tolerance in ((0.0, _ROUGH), (1.0, _FINE)):
        steps.blur = blur
        count += _settle(steps, tolerance, _PLAIN if blur == 0.0 else 2)
    centre, scale = standard(steps.raw, steps.variance)
    return Resting(
        raw=steps.raw,
        mean=(steps.raw - centre) / scale,
        variance=steps.variance / scale**2,
        items=steps.items,
        steps=count,
    )


def _settle(steps: _Steps, tolerance: float, plain: int) -> int:
    x, seats = steps.pack(), steps.raw.size
    points: list[np.ndarray] = []
    moves: list[np.ndarray] = []
    far = math.inf
    for count in range(1, _MOST + 1):
        steps.unpack(x)
        steps.advance()
        move = steps.pack() - x
        far = math.sqrt(float(np.mean(move[:seats] ** 2)))
        if far < tolerance:
            return count
        points, moves = [*points[-_MEMORY:], x], [*moves[-_MEMORY:], move]
        x = x + move if count <= plain else x + move - _shortcut(points, moves, move)
    raise NotConverged(
        f"positions still move by {far:.1e} a step after {_MOST} steps (at most {tolerance:.0e} is wanted); "
        f"look for states with a handful of votes or texts bridged by mistake"
    )


def _shortcut(points: list[np.ndarray], moves: list[np.ndarray], move: np.ndarray) -> np.ndarray:
    if len(points) < 2:
        return np.zeros_like(move)
    gaps, turns = np.diff(np.array(points), axis=0), np.diff(np.array(moves), axis=0)
    normal = turns @ turns.T
    normal[np.diag_indices_from(normal)] *= 1.0 + 1e-8
    weights = np.linalg.lstsq(normal, turns @ move, rcond=None)[0]
    return weights @ (gaps + turns)
