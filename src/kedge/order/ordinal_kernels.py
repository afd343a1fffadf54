"""Compiled passes of the one-dimensional estimator.

A vote is one or two steps over a threshold: `yes` is a step over the upper one, `no` a stop below the
lower one, `abstain` a step over the lower and a stop below the upper, times a factor that depends on
the distance of the two alone (a product form of the cumulative logit).  So every vote is one or two
logistic terms in `a x + c`, averaged over the spread of both.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# Five-point Gauss-Hermite rule for a standard normal variable.
N1, N2 = 1.3556261799742659, 2.8569700138728056
W0, W1, W2 = 0.5333333333333333, 0.2220759220056126, 0.011257411327720691
LEAST = 1e-9
# Prior of the thresholds: half an abstention, so that they stay apart where nobody abstained.
PRIOR_ABSTENTIONS = 0.5
LONGEST = 3.0


@njit(cache=True, fastmath=True, inline="always")
def logistic(z):
    """Give 1 / (1 + exp(-z))."""
    return 1.0 / (1.0 + math.exp(-z))


@njit(cache=True, fastmath=True, error_model="numpy")
def smoothed(mean, variance):
    """Average the logistic function and its slope over a normal variable."""
    sd = math.sqrt(max(variance, 0.0))
    p0 = logistic(mean)
    p1, q1 = logistic(mean + N1 * sd), logistic(mean - N1 * sd)
    p2, q2 = logistic(mean + N2 * sd), logistic(mean - N2 * sd)
    value = W0 * p0 + W1 * (p1 + q1) + W2 * (p2 + q2)
    slope = W0 * p0 * (1 - p0) + W1 * (p1 * (1 - p1) + q1 * (1 - q1)) + W2 * (p2 * (1 - p2) + q2 * (1 - q2))
    return value, slope + LEAST


@njit(cache=True, fastmath=True, error_model="numpy")
def item_pass(votes, positions, items, prior, found):
    """Update every item from the positions, then gather what the votes say of the positions.

    votes: start, slot, vote.  positions: means and variances [slot].  items: means [roll_call, 3] of
    discrimination, lower and upper threshold, and covariances; updated in place.  prior: means,
    precisions, lapse.  found: precision and pull [slot], filled.  Gives the expected number of lapses.
    """
    start, slot, _ = votes
    w, vw = items
    prior_mean, prior_precision, lapse = prior
    precision, pull = found
    precision[:] = 0.0
    pull[:] = 0.0
    lam = np.empty((3, 3))
    rhs = np.empty(3)
    lapsed = 0.0
    for r in range(start.size - 1):
        for i in range(3):
            rhs[i] = 0.0
            for j in range(3):
                lam[i, j] = prior_precision[r, i, j]
                rhs[i] += prior_precision[r, i, j] * prior_mean[r, j]
        abstained = gather_item((start[r], start[r + 1]), votes, positions, (w[r], vw[r]), lapse, (lam, rhs))
        add_spacing(w[r], abstained, lam, rhs)
        inverse = np.linalg.inv(lam)
        w[r] += shortened(inverse @ rhs - w[r], w[r], positions[0][slot[start[r] : start[r + 1]]])
        vw[r] = inverse
        lapsed += scatter_item((start[r], start[r + 1]), votes, positions, (w[r], vw[r]), lapse, found)
    return lapsed


@njit(cache=True, fastmath=True, error_model="numpy")
def shortened(step, w, x):
    """Shorten a step that would move a voter's log-odds far, or make the thresholds cross."""
    low, high = x.min(), x.max()
    longest = 0.0
    for k in range(1, 3):
        longest = max(longest, abs(step[0] * low + step[k]), abs(step[0] * high + step[k]))
    scale = min(1.0, LONGEST / max(longest, LEAST))
    nearer = (step[2] - step[1]) * scale
    room = 0.8 * (w[1] - w[2])
    if nearer > room:
        scale *= room / nearer
    return step * scale


@njit(cache=True, fastmath=True, error_model="numpy")
def spread_of(x, vx, w, vw, k):
    """Give the variance of a x + c for threshold k = 1 (lower) or 2 (upper)."""
    return w[0] * w[0] * vx + x * x * vw[0, 0] + vx * vw[0, 0] + vw[k, k] + 2.0 * x * vw[0, k]


@njit(cache=True, fastmath=True, error_model="numpy")
def weigh_vote(y, position, item, lapse, g, h):
    """Give the chance that a vote was meant, and its slopes g and bends h at both thresholds.

    A vote follows its position with chance 1 - lapse, and is any of the three otherwise.
    """
    x, vx = position
    w, vw = item
    g[:] = 0.0
    h[:] = 0.0
    lower, upper = 1.0, 0.0
    if y != 2:
        lower, h[0] = smoothed(w[0] * x + w[1], spread_of(x, vx, w, vw, 1))
        g[0] = (1.0 if y == 1 else 0.0) - lower
    if y != 0:
        upper, h[1] = smoothed(w[0] * x + w[2], spread_of(x, vx, w, vw, 2))
        g[1] = (1.0 if y == 2 else 0.0) - upper
    odds = upper if y == 2 else (1.0 - lower if y == 0 else max(lower - upper, LEAST))
    meant = (1.0 - lapse) * odds / ((1.0 - lapse) * odds + lapse / 3.0)
    for k in range(2):
        g[k] *= meant
        h[k] *= meant
    return meant


@njit(cache=True, fastmath=True, error_model="numpy")
def gather_item(span, votes, positions, item, lapse, found):
    """Add what votes say of one item to its precision and pull; count the abstentions."""
    _, slot, vote = votes
    x, vx = positions
    w = item[0]
    lam, rhs = found
    g, h = np.empty(2), np.empty(2)
    abstained = PRIOR_ABSTENTIONS
    for n in range(span[0], span[1]):
        p, y = slot[n], vote[n]
        meant = weigh_vote(y, (x[p], vx[p]), item, lapse, g, h)
        if y == 1:
            abstained += meant
        for k in range(1, 3):
            slope = h[k - 1]
            if slope == 0.0:
                continue
            lam[0, 0] += slope * (x[p] * x[p] + vx[p])
            lam[0, k] += slope * x[p]
            lam[k, 0] += slope * x[p]
            lam[k, k] += slope
            b = g[k - 1] + slope * (w[0] * x[p] + w[k])
            rhs[0] += b * x[p]
            rhs[k] += b
    return abstained


@njit(cache=True, fastmath=True, error_model="numpy")
def add_spacing(w, abstained, lam, rhs):
    """Add the factor of abstentions, log(1 - exp(-spacing)), to second order."""
    spacing = w[1] - w[2]
    e = math.expm1(spacing)
    slope = abstained / e
    bend = abstained * (1.0 + 1.0 / e) / e
    b = slope + bend * spacing
    lam[1, 1] += bend
    lam[2, 2] += bend
    lam[1, 2] -= bend
    lam[2, 1] -= bend
    rhs[1] += b
    rhs[2] -= b


@njit(cache=True, fastmath=True, error_model="numpy")
def scatter_item(span, votes, positions, item, lapse, found):
    """Add what votes on one item say of the positions; give the expected number of lapses."""
    _, slot, vote = votes
    x, vx = positions
    w, vw = item
    precision, pull = found
    g, h = np.empty(2), np.empty(2)
    lapsed = 0.0
    for n in range(span[0], span[1]):
        p = slot[n]
        lapsed += 1.0 - weigh_vote(vote[n], (x[p], vx[p]), item, lapse, g, h)
        for k in range(2):
            precision[p] += h[k] * (w[0] * w[0] + vw[0, 0])
            pull[p] += (g[k] + h[k] * w[0] * x[p]) * w[0] - h[k] * vw[0, k + 1]
    return lapsed


@njit(cache=True, fastmath=True, error_model="numpy")
def smooth_walks(chain, found, positions):
    """Smooth every state's walk over its slots; count steps, sum squared steps and first positions.

    chain: first, gap, variance of a step and of first positions.
    """
    first, gap, walk, start_variance = chain
    precision, pull = found
    x, vx = positions
    steps, squares, firsts = 0, 0.0, 0.0
    for s in range(first.size - 1):
        a, b = first[s], first[s + 1]
        n = b - a
        if n == 0:
            continue
        mean, var, ahead = np.empty(n), np.empty(n), np.empty(n)
        for k in range(n):
            p = a + k
            before = 0.0 if k == 0 else mean[k - 1]
            ahead[k] = start_variance if k == 0 else var[k - 1] + walk * gap[p]
            var[k] = 1.0 / (1.0 / ahead[k] + precision[p])
            mean[k] = var[k] * (before / ahead[k] + pull[p])
        x[b - 1], vx[b - 1] = mean[n - 1], var[n - 1]
        for k in range(n - 2, -1, -1):
            p = a + k
            gain = var[k] / ahead[k + 1]
            x[p] = mean[k] + gain * (x[p + 1] - mean[k])
            vx[p] = var[k] + gain * gain * (vx[p + 1] - ahead[k + 1])
            step = x[p + 1] - x[p]
            squares += (vx[p] + vx[p + 1] * (1.0 - 2.0 * gain) + step * step) / gap[p + 1]
            steps += 1
        firsts += vx[a] + x[a] * x[a]
    return steps, squares, firsts


@njit(cache=True, fastmath=True, error_model="numpy")
def category_odds(at, positions, items, lapse, odds):
    """Fill odds [vote, 3] with the chances of no, abstain and yes, averaged over both spreads."""
    slot, call = at
    x, vx = positions
    w, vw = items
    for n in range(slot.size):
        p, r = slot[n], call[n]
        lower, _ = smoothed(w[r, 0] * x[p] + w[r, 1], spread_of(x[p], vx[p], w[r], vw[r], 1))
        upper, _ = smoothed(w[r, 0] * x[p] + w[r, 2], spread_of(x[p], vx[p], w[r], vw[r], 2))
        upper = min(upper, lower)
        odds[n, 0], odds[n, 1], odds[n, 2] = 1.0 - lower, lower - upper, upper
        for y in range(3):
            odds[n, y] = (1.0 - lapse) * odds[n, y] + lapse / 3.0


@njit(cache=True, fastmath=True, error_model="numpy")
def bend_items(votes, positions, items, prior, found):
    """Gather first and second derivatives of every vote for joint steps.

    Fills found: pull [slot] (gradient of positions), own [slot] (their own curvature), slope
    [roll_call, 3] (gradient of items), bend [roll_call, 3, 3] (their curvature) and cross [vote, 3].
    """
    start, slot, vote = votes
    x, vx = positions
    w, vw = items
    prior_mean, prior_precision, lapse = prior
    pull, own, slope, bend, cross = found
    pull[:] = 0.0
    own[:] = 0.0
    g, h = np.empty(2), np.empty(2)
    for r in range(start.size - 1):
        slope[r] = prior_precision[r] @ (prior_mean[r] - w[r])
        bend[r] = prior_precision[r]
        abstained = PRIOR_ABSTENTIONS
        for n in range(start[r], start[r + 1]):
            p, y = slot[n], vote[n]
            meant = weigh_vote(y, (x[p], vx[p]), (w[r], vw[r]), lapse, g, h)
            if y == 1:
                abstained += meant
            cross[n, 0] = 0.0
            for k in range(2):
                a = w[r, 0]
                own[p] += h[k] * (a * a + vw[r, 0, 0])
                pull[p] += g[k] * a - h[k] * (vw[r, 0, 0] * x[p] + vw[r, 0, k + 1])
                cross[n, 0] += h[k] * a * x[p] - g[k]
                cross[n, k + 1] = h[k] * a
                slope[r, 0] += g[k] * x[p] - h[k] * vx[p] * a
                slope[r, k + 1] += g[k]
                bend[r, 0, 0] += h[k] * (x[p] * x[p] + vx[p])
                bend[r, 0, k + 1] += h[k] * x[p]
                bend[r, k + 1, 0] += h[k] * x[p]
                bend[r, k + 1, k + 1] += h[k]
        e = math.expm1(w[r, 1] - w[r, 2])
        slope[r, 1] += abstained / e
        slope[r, 2] -= abstained / e
        curve = abstained * (1.0 + 1.0 / e) / e
        bend[r, 1, 1] += curve
        bend[r, 2, 2] += curve
        bend[r, 1, 2] -= curve
        bend[r, 2, 1] -= curve
