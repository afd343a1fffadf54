"""Compiled passes of the model that predicts votes, in several dimensions.

A vote is taken in stages: yes or not; where not, no or abstention.  Each stage is logistic in
`a . x + c`, with its own item, so that refusing and abstaining may follow different lines; a state may
lean its own way on a subject.  Second moments are packed: the upper triangle, row by row.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from kedge.order.ordinal_kernels import LEAST, LONGEST, smoothed


@njit(cache=True, fastmath=True, error_model="numpy")
def pack(mean, cov, at, out, twice):
    """Pack E[z z'] of a part of a vector that starts at `at`; with `twice`, off-diagonals count double."""
    k = mean.size
    t = 0
    for i in range(k):
        for j in range(i, k):
            value = cov[at + i, at + j] + mean[i] * mean[j]
            out[t] = 2.0 * value if twice and i != j else value
            t += 1


@njit(cache=True, fastmath=True, error_model="numpy")
def look(p, e, stage, positions, item, effects):
    """Give the mean without and with the state's lean, and the variance, of the log-odds of one stage."""
    mx, moments = positions[0], positions[1]
    mw, packed = item
    d = 0.0
    for i in range(mx.shape[1]):
        d += mw[stage, i] * mx[p, i]
    square = 0.0
    for t in range(moments.shape[1]):
        square += moments[p, t] * packed[stage, t]
    mean, variance = d, square - d * d
    if e >= 0:
        mean += effects[0][e, stage]
        variance += effects[1][e, stage]
    return d, mean, variance


@njit(cache=True, fastmath=True, error_model="numpy")
def weigh_stages(y, seen, lapse, out):
    """Give slopes and bends of a vote's log chance at both stages, weighed by the chance that it was meant.

    seen [2, 3]: as `look` gives it.  out [2, 2]: slope and bend of each stage.  Gives that chance.
    """
    over, bend = smoothed(seen[0, 1], seen[0, 2])
    odds = over
    out[0, 0] = (1.0 if y == 2 else 0.0) - over
    out[0, 1] = bend
    out[1] = 0.0
    if y != 2:
        refuse, bend = smoothed(seen[1, 1], seen[1, 2])
        odds = (1.0 - over) * (refuse if y == 0 else 1.0 - refuse)
        out[1, 0] = (1.0 if y == 0 else 0.0) - refuse
        out[1, 1] = bend
    odds = max(odds, LEAST)
    meant = (1.0 - lapse) * odds / ((1.0 - lapse) * odds + lapse / 3.0)
    out *= meant
    return meant


@njit(cache=True, fastmath=True, error_model="numpy")
def stage_pass(votes, positions, items, effects, prior, found):
    """Update every item, then gather what the votes say of positions and leanings.

    votes: start, slot, vote, effect (-1 for none).  positions: means with a one [slot, K], packed
    second moments [slot, T].  items: means [roll_call, 2, K], covariances [roll_call, 2K, 2K]; updated.
    effects: means and variances [effect, 2].  prior: means [roll_call, 2K], precisions [2, 2K, 2K], which
    of the two [roll_call], lapse.  found: precision [slot, T] and pull [slot, K] of positions, precision
    and pull [effect, 2] of leanings; filled.  Gives the expected number of lapses.
    """
    start = votes[0]
    mw, vw = items
    prior_mean, prior_precision, which, lapse = prior
    k, t = positions[0].shape[1], positions[1].shape[1]
    twice, once = np.empty((2, t)), np.empty((2, t))
    for each in found:
        each[:] = 0.0
    lapsed = 0.0
    for r in range(start.size - 1):
        lam = prior_precision[which[r]].copy()
        rhs = lam @ prior_mean[r]
        pack_item(mw[r], vw[r], twice, True)
        gather_stages((start[r], start[r + 1]), votes, positions, (mw[r], twice), effects, lapse, (lam, rhs))
        inverse = np.linalg.inv(lam)
        new = inverse @ rhs
        step = new.reshape(2, k) - mw[r]
        mw[r] += step * step_share((start[r], start[r + 1]), votes, positions[0], step)
        vw[r] = inverse
        pack_item(mw[r], vw[r], twice, True)
        pack_item(mw[r], vw[r], once, False)
        item = (mw[r], twice, once)
        lapsed += scatter_stages((start[r], start[r + 1]), votes, positions, item, effects, lapse, found)
    return lapsed


@njit(cache=True, fastmath=True, error_model="numpy")
def pack_item(mean, cov, out, twice):
    """Pack the second moments of both stages of an item."""
    k = mean.shape[1]
    for stage in range(2):
        pack(mean[stage], cov, stage * k, out[stage], twice)


@njit(cache=True, fastmath=True, error_model="numpy")
def step_share(span, votes, mx, step):
    """Give the share of an item's step that moves no voter's log-odds far."""
    longest = 0.0
    for n in range(span[0], span[1]):
        for stage in range(2):
            moved = 0.0
            for i in range(mx.shape[1]):
                moved += step[stage, i] * mx[votes[1][n], i]
            longest = max(longest, abs(moved))
    return min(1.0, LONGEST / max(longest, LEAST))


@njit(cache=True, fastmath=True, error_model="numpy")
def gather_stages(span, votes, positions, item, effects, lapse, found):
    """Add what votes say of one item to its precision and pull."""
    _, slot, vote, effect = votes
    mx, moments = positions[0], positions[1]
    lam, rhs = found
    k, t = mx.shape[1], moments.shape[1]
    total = np.zeros((2, t))
    seen, out = np.empty((2, 3)), np.empty((2, 2))
    for n in range(span[0], span[1]):
        p, e, y = slot[n], effect[n], vote[n]
        stages = 1 if y == 2 else 2
        for s in range(stages):
            seen[s, 0], seen[s, 1], seen[s, 2] = look(p, e, s, positions, item, effects)
        weigh_stages(y, seen, lapse, out)
        for s in range(stages):
            b = out[s, 0] + out[s, 1] * seen[s, 0]
            for i in range(t):
                total[s, i] += out[s, 1] * moments[p, i]
            for i in range(k):
                rhs[s * k + i] += b * mx[p, i]
    for s in range(2):
        add_packed(total[s], lam, s * k)


@njit(cache=True, fastmath=True, error_model="numpy")
def add_packed(packed, matrix, at):
    """Add a packed symmetric matrix onto a part of a square one."""
    k = int((math.sqrt(8.0 * packed.size + 1.0) - 1.0) / 2.0 + 0.5)
    t = 0
    for i in range(k):
        for j in range(i, k):
            matrix[at + i, at + j] += packed[t]
            if i != j:
                matrix[at + j, at + i] += packed[t]
            t += 1


@njit(cache=True, fastmath=True, error_model="numpy")
def scatter_stages(span, votes, positions, item, effects, lapse, found):
    """Add what votes on one item say of positions and leanings; give the expected number of lapses."""
    _, slot, vote, effect = votes
    mw, twice, once = item
    precision, pull, lean_precision, lean_pull = found
    k, t = mw.shape[1], once.shape[1]
    seen, out = np.empty((2, 3)), np.empty((2, 2))
    lapsed = 0.0
    for n in range(span[0], span[1]):
        p, e, y = slot[n], effect[n], vote[n]
        stages = 1 if y == 2 else 2
        for s in range(stages):
            seen[s, 0], seen[s, 1], seen[s, 2] = look(p, e, s, positions, (mw, twice), effects)
        lapsed += 1.0 - weigh_stages(y, seen, lapse, out)
        for s in range(stages):
            slope, bend = out[s, 0], out[s, 1]
            for i in range(t):
                precision[p, i] += bend * once[s, i]
            b = slope + bend * seen[s, 0]
            for i in range(k):
                pull[p, i] += b * mw[s, i]
            if e >= 0:
                lean_precision[e, s] += bend
                lean_pull[e, s] += slope + bend * effects[0][e, s]
    return lapsed


@njit(cache=True, fastmath=True, error_model="numpy")
def smooth_vectors(chain, found, positions):
    """Smooth every state's walk in all dimensions.

    chain: first [state + 1], gap [slot], covariances of a step and of first positions.  found: as
    `stage_pass` fills it.  positions: means [slot, K], packed moments [slot, T], covariances
    [slot, D, D]; updated.  Gives the summed squared steps, their number, and summed squared firsts.
    """
    first, gap = chain[0], chain[1]
    mx, moments, cov = positions
    d = mx.shape[1] - 1
    squares, firsts, steps = np.zeros((d, d)), np.zeros((d, d)), 0
    for s in range(first.size - 1):
        a, n = first[s], first[s + 1] - first[s]
        if n == 0:
            continue
        ahead, mean, var = np.empty((n, d, d)), np.empty((n, d)), np.empty((n, d, d))
        forward((a, n), chain, found, (ahead, mean, var))
        for k in range(n - 1, -1, -1):
            p = a + k
            if k == n - 1:
                mx[p, :d], cov[p] = mean[k], var[k]
            else:
                gain = var[k] @ np.linalg.inv(ahead[k + 1])
                mx[p, :d] = mean[k] + gain @ (mx[p + 1, :d] - mean[k])
                new = var[k] + gain @ (cov[p + 1] - ahead[k + 1]) @ gain.T
                cov[p] = 0.5 * (new + new.T)
                shared = gain @ cov[p + 1]
                step = mx[p + 1, :d] - mx[p, :d]
                squares += (cov[p] + cov[p + 1] - shared - shared.T + np.outer(step, step)) / gap[p + 1]
                steps += 1
            pack_position(mx[p], cov[p], moments[p])
        firsts += cov[a] + np.outer(mx[a, :d], mx[a, :d])
    return squares, steps, firsts


@njit(cache=True, fastmath=True, error_model="numpy")
def forward(span, chain, found, out):
    """Filter one state's walk forward."""
    _, gap, walk, begin = chain
    precision, pull = found[0], found[1]
    ahead, mean, var = out
    d = mean.shape[1]
    for k in range(span[1]):
        p = span[0] + k
        before = np.zeros(d)
        ahead[k] = begin
        if k > 0:
            before = mean[k - 1]
            ahead[k] = var[k - 1] + gap[p] * walk
        lam = np.linalg.inv(ahead[k])
        rhs = lam @ before
        t = 0
        for i in range(d):
            for j in range(i, d):
                lam[i, j] += precision[p, t]
                if i != j:
                    lam[j, i] += precision[p, t]
                t += 1
            # The last column of the packed moments is that of the threshold.
            rhs[i] += pull[p, i] - precision[p, t]
            t += 1
        var[k] = np.linalg.inv(lam)
        mean[k] = var[k] @ rhs


@njit(cache=True, fastmath=True, error_model="numpy")
def pack_position(mean, cov, out):
    """Pack the second moments of a position with the one behind it."""
    d = cov.shape[0]
    t = 0
    for i in range(d):
        for j in range(i, d):
            out[t] = cov[i, j] + mean[i] * mean[j]
            t += 1
        out[t] = mean[i]
        t += 1
    out[t] = 1.0


@njit(cache=True, fastmath=True, error_model="numpy")
def stage_odds(at, positions, items, effects, lapse, odds):
    """Fill odds [vote, 3] with the chances of no, abstain and yes; at: slot, roll call, effect."""
    slot, call, effect = at
    mw, vw = items
    twice = np.empty((2, positions[1].shape[1]))
    last = -1
    for n in range(slot.size):
        if call[n] != last:
            last = call[n]
            pack_item(mw[last], vw[last], twice, True)
        item = (mw[last], twice)
        _, mean, variance = look(slot[n], effect[n], 0, positions, item, effects)
        over, _ = smoothed(mean, variance)
        _, mean, variance = look(slot[n], effect[n], 1, positions, item, effects)
        refuse, _ = smoothed(mean, variance)
        share = 1.0 - lapse
        odds[n, 0] = share * (1.0 - over) * refuse + lapse / 3.0
        odds[n, 1] = share * (1.0 - over) * (1.0 - refuse) + lapse / 3.0
        odds[n, 2] = share * over + lapse / 3.0
