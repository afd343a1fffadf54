"""One sweep of the sampler over all texts: cut-points, latent traits, discriminations, and their sums.

Each text draws from a stream of chance of its own, and texts are summed in a fixed number of parts, so
that a result depends neither on the number of threads nor on their order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from kedge.order.published_probit import below, between, quantile, step, stream, uniform

CUT_RANGE, TRAIT_RANGE = 7.0, 9.0
_CUT_STEP = 0.2 / 3.0
_SMALL, _LARGE = 1e-100, 1e100
_TINY = 1e-300


@njit(cache=True)
def _draw_state(state: np.uint64) -> tuple:
    state = step(state)
    return state, quantile(uniform(state))


@njit(cache=True, inline="always")
def _fold(ratio: float, total: float) -> tuple:
    """Keep a running product of ratios within what a float holds."""
    if ratio < _SMALL or ratio > _LARGE:
        return 1.0, total + math.log(max(ratio, _TINY))
    return ratio, total


@njit(cache=True)
def _tail(from_: int, to: int, sign: float, cut: float, trait: np.ndarray, out: np.ndarray) -> None:
    for k in range(from_, to):
        out[k] = max(below(sign * (cut - trait[k])), _TINY)


@njit(cache=True)
def _gain(old: tuple, new: tuple, ends: tuple, trait: np.ndarray, held: tuple) -> float:
    """Give the log ratio of the likelihoods at two pairs of cut-points, keeping the tails of both."""
    first, second, end = ends
    before, after = held
    _tail(0, first, 1.0, old[0], trait, before)
    _tail(0, first, 1.0, new[0], trait, after)
    _tail(second, end, -1.0, old[1], trait, before)
    _tail(second, end, -1.0, new[1], trait, after)
    for k in range(first, second):
        before[k] = between(old[0] - trait[k], old[1] - trait[k])
        after[k] = between(new[0] - trait[k], new[1] - trait[k])
    # The authors' acceptance ratio leaves two terms out, which amounts to this mild prior on the gap.
    ratio = below((new[1] - new[0]) / _CUT_STEP) / below((old[1] - old[0]) / _CUT_STEP)
    total = 0.0
    for k in range(end):
        ratio, total = _fold(ratio * (after[k] / before[k]), total)
    return total + math.log(max(ratio, _TINY))


@njit(cache=True)
def _inside(m: float, low: float, high: float, chance: float) -> float:
    """Draw a trait between two cut-points, from the side where the chances are exact."""
    if m > 0.5 * (low + high):
        start = below(low - m)
        x = m + quantile(start + chance * (below(high - m) - start))
    else:
        start = below(m - high)
        x = m - quantile(start + chance * (below(m - low) - start))
    return min(max(x, low), high)


@njit(cache=True)
def _latent(state: np.uint64, cuts: tuple, ends: tuple, trait: np.ndarray, tail: np.ndarray) -> np.uint64:
    """Replace the expected traits by draws that agree with the votes."""
    first, second, end = ends
    for k in range(end):
        state = step(state)
        chance = uniform(state)
        if k < first:
            trait[k] = max(trait[k] + quantile(chance * tail[k]), -TRAIT_RANGE)
        elif k < second:
            trait[k] = _inside(trait[k], cuts[0], cuts[1], chance)
        else:
            trait[k] = min(trait[k] - quantile(chance * tail[k]), TRAIT_RANGE)
    return state


@njit(cache=True)
def _cuts(state: np.uint64, cuts: tuple, reach: float, ends: tuple, trait: np.ndarray, held: tuple) -> tuple:
    """Move the cut-points by Metropolis; says whether they moved."""
    state, a = _draw_state(state)
    state, b = _draw_state(state)
    state = step(state)
    bar = math.log(uniform(state))
    new = (cuts[0] + reach * a, cuts[1] + reach * b)
    if not (-CUT_RANGE < new[0] < new[1] < CUT_RANGE):
        _tail(0, ends[0], 1.0, cuts[0], trait, held[0])
        _tail(ends[1], ends[2], -1.0, cuts[1], trait, held[0])
        return state, cuts, False
    if bar < _gain(cuts, new, ends, trait, held):
        return state, new, True
    return state, cuts, False


@njit(cache=True)
def _texts(key: tuple, votes: tuple, position: np.ndarray, items: tuple, sums: tuple, work: tuple) -> None:
    seed, sweep, from_, to = key
    seat, bounds = votes
    slope, low, high, reach, moved = items
    push, size = sums
    trait, before, after = work
    for j in range(from_, to):
        start = bounds[j, 0]
        ends = (bounds[j, 1] - start, bounds[j, 2] - start, bounds[j, 3] - start)
        for k in range(ends[2]):
            trait[k] = slope[j] * position[seat[start + k]]
        state, cuts, new = _cuts(
            stream(seed, sweep, j), (low[j], high[j]), reach[j], ends, trait, (before, after)
        )
        low[j], high[j] = cuts
        moved[j] += new
        state = _latent(state, cuts, ends, trait, after if new else before)
        square, cross = 1.0, 0.0
        for k in range(ends[2]):
            t = position[seat[start + k]]
            square += t * t
            cross += t * trait[k]
        state, noise = _draw_state(state)
        b = cross / square + noise / math.sqrt(square)
        slope[j] = b
        for k in range(ends[2]):
            push[seat[start + k]] += b * trait[k]
            size[seat[start + k]] += b * b


@njit(cache=True, parallel=True)
def sweep_texts(
    key: tuple, parts: np.ndarray, votes: tuple, position: np.ndarray, items: tuple, sums: tuple
) -> None:
    """Draw every text given all positions, and sum what the draws say of every seat.

    Parameters
    ----------
    key
        Seed and number of the sweep.
    parts
        Where each part of the texts begins, and the end.
    votes
        Seat of each vote, and bounds of the texts.
    position : standard deviations over all seats
        Of each seat.
    items
        Discrimination, two cut-points, reach of their proposals, and count of moves; changed in place.
    sums
        Sum of discrimination times trait, and of squared discrimination, a row a part; overwritten.
    """
    longest = np.max(votes[1][:, 3] - votes[1][:, 0])
    for part in prange(parts.size - 1):
        sums[0][part, :] = 0.0
        sums[1][part, :] = 0.0
        work = (np.empty(longest), np.empty(longest), np.empty(longest))
        own = (sums[0][part], sums[1][part])
        _texts((key[0], key[1], parts[part], parts[part + 1]), votes, position, items, own, work)
