"""Compiled pass through roll calls in the order of time: predict, then learn, one roll call after another."""

from __future__ import annotations

import numpy as np
from numba import njit

from kedge.order.ordinal_kernels import smoothed
from kedge.order.stage_kernels import gather_stages, look, pack_item, pack_position, step_share, weigh_stages

ROUNDS = 7


@njit(cache=True, fastmath=True, error_model="numpy")
def forward_pass(votes, clock, known, memory, prior, out):
    """Predict and learn roll calls `clock[0]` to `clock[1]`, a day at a time.

    votes: start, state, vote; text, subject, session and day of each roll call.
    known: position means [state, K], covariances [state, D, D], session last seen [state] (-1 never).
    memory: per text its item [text, 2K], covariance, session last seen (-1 never), last vote
    [text, state] (-1 none); leanings [subject, state, 2] and their variances, last vote on the subject.
    prior: item mean, cov, covariance of a step of a text between votings, walk, begin, variance of a
    leaning, its growth between votings, lapse.
    out: chances before that day's votes are known [vote, 3], and given the others' [vote, 3], last vote
    on the text or subject [vote], sessions since [vote].
    """
    mx, k = known[0], known[0].shape[1]
    t = k * (k + 1) // 2
    room = (
        np.empty((mx.shape[0], t)), np.empty((2, t)), np.zeros((mx.shape[0], 2)), np.zeros((mx.shape[0], 2)),
        np.empty(2 * k), np.empty((2 * k, 2 * k)),
    )  # fmt: skip
    day = votes[6]
    first = clock[0]
    while first < clock[1]:
        last = first + 1
        while last < clock[1] and day[last] == day[first]:
            last += 1
        # All roll calls of a day are predicted before any of them is learnt.
        for r in range(first, last):
            take_up(r, votes, known, memory, prior, room)
            predict(r, votes, memory, known, prior, room, out)
        for r in range(first, last):
            take_up(r, votes, known, memory, prior, room)
            learn(r, votes, memory, known, prior, room)
        first = last


@njit(cache=True, fastmath=True, error_model="numpy")
def take_up(r, votes, known, memory, prior, room):
    """Bring positions up to a roll call's session, and back what is known of its text and subject."""
    start, state, _, text, subject, session, _ = votes
    span = (start[r], start[r + 1])
    move_on(span, state, session[r], known, prior, room[0])
    recall(
        span, state, (text[r], subject[r], session[r]), memory, prior, (room[4], room[5], room[2], room[3])
    )


@njit(cache=True, fastmath=True, error_model="numpy")
def predict(r, votes, memory, known, prior, room, out):
    """Predict the votes of a roll call, before it and given the others; learn nothing."""
    start, state, vote, text, subject, session, _ = votes
    span = (start[r], start[r + 1])
    moments, twice, lean, lean_var, item_mean, item_cov = room
    mx = known[0]
    recall_votes(span, state, (text[r], subject[r], session[r]), memory, out)
    mw, vw = item_mean.copy().reshape(2, mx.shape[1]), item_cov.copy()
    pack_item(mw, vw, twice, True)
    effects, positions = (lean, lean_var), (mx, moments)
    predict_before(span, (state, state), positions, (mw, twice), effects, prior[7], out[0])
    drawn = (item_mean, item_cov, prior[7])
    learn_item(span, (start, state, vote, state), positions, (mw, vw, twice), effects, drawn)
    pack_item(mw, vw, twice, True)
    predict_given(span, (state, vote), positions, (mw, vw, twice), effects, prior[7], out[1])


@njit(cache=True, fastmath=True, error_model="numpy")
def learn(r, votes, memory, known, prior, room):
    """Learn item, positions, leanings and text from a roll call."""
    start, state, vote, text, subject, session, _ = votes
    span = (start[r], start[r + 1])
    moments, twice, lean, lean_var, item_mean, item_cov = room
    mx, cov, _ = known
    mw, vw = item_mean.copy().reshape(2, mx.shape[1]), item_cov.copy()
    pack_item(mw, vw, twice, True)
    effects, drawn = (lean, lean_var), (item_mean, item_cov, prior[7])
    learn_item(span, (start, state, vote, state), (mx, moments), (mw, vw, twice), effects, drawn)
    pack_item(mw, vw, twice, True)
    learn_positions(span, (state, vote), (mx, cov, moments), (mw, vw, twice), effects, prior[7])
    remember(span, (state, vote), (text[r], subject[r], session[r]), memory, (mw, vw, lean, lean_var))


@njit(cache=True, fastmath=True, error_model="numpy")
def move_on(span, state, session, known, prior, moments):
    """Let the walks of those who vote run on to a session."""
    mx, cov, seen_at = known
    walk, begin = prior[3], prior[4]
    d = cov.shape[1]
    for n in range(span[0], span[1]):
        i = state[n]
        if seen_at[i] < 0:
            mx[i, :d] = 0.0
            cov[i] = begin
        elif session > seen_at[i]:
            cov[i] += walk * (session - seen_at[i])
        seen_at[i] = session
        pack_position(mx[i], cov[i], moments[i])


@njit(cache=True, fastmath=True, error_model="numpy")
def recall(span, state, what, memory, prior, out):
    """Bring back what is known of a text and of leanings on it."""
    text, subject, _ = what
    items, covs, seen_at, _, lean, lean_var, _ = memory
    mean, cov, step, _, _, size, growth, _ = prior
    item_mean, item_cov, now, now_var = out
    if seen_at[text] >= 0:
        item_mean[:] = items[text]
        item_cov[:] = covs[text] + step
    else:
        item_mean[:] = mean
        item_cov[:] = cov
    for n in range(span[0], span[1]):
        i = state[n]
        for s in range(2):
            now[i, s], now_var[i, s] = 0.0, size[s]
            if lean_var[subject, i, s] > 0.0:
                now[i, s] = lean[subject, i, s]
                now_var[i, s] = min(lean_var[subject, i, s] + growth[s], size[s])


@njit(cache=True, fastmath=True, error_model="numpy")
def recall_votes(span, state, what, memory, out):
    """Note each state's last vote on the text, and how many sessions ago the text was voted on."""
    text, subject, session = what
    for n in range(span[0], span[1]):
        out[2][n], out[3][n] = -1, -1
        if memory[2][text] >= 0:
            out[2][n] = memory[3][text, state[n]]
            out[3][n] = session - memory[2][text]
        if out[2][n] < 0 and memory[6][subject, state[n]] >= 0:
            out[2][n] = 3 + memory[6][subject, state[n]]


@njit(cache=True, fastmath=True, error_model="numpy")
def stage_chances(first, second, lapse, odds):
    """Turn two stages' (mean, variance) into chances of no, abstain and yes."""
    over, _ = smoothed(first[0], first[1])
    refuse, _ = smoothed(second[0], second[1])
    odds[0] = (1.0 - lapse) * (1.0 - over) * refuse + lapse / 3.0
    odds[1] = (1.0 - lapse) * (1.0 - over) * (1.0 - refuse) + lapse / 3.0
    odds[2] = (1.0 - lapse) * over + lapse / 3.0


@njit(cache=True, fastmath=True, error_model="numpy")
def predict_before(span, row, positions, item, effects, lapse, odds):
    """Predict votes before any of that roll call is known."""
    for n in range(span[0], span[1]):
        i = row[0][n]
        _, m1, v1 = look(i, i, 0, positions, item, effects)
        _, m2, v2 = look(i, i, 1, positions, item, effects)
        stage_chances((m1, v1), (m2, v2), lapse, odds[n])


@njit(cache=True, fastmath=True, error_model="numpy")
def learn_item(span, votes, positions, item, effects, prior):
    """Learn an item from its votes, positions as they were before; in place."""
    mw, vw, twice = item
    mean, cov, lapse = prior
    precision = np.linalg.inv(cov)
    for turn in range(ROUNDS):
        # Where a text has changed, most votes look like lapses at first: they must be allowed to say so.
        doubt = lapse if turn >= ROUNDS - 2 else 0.0
        lam, rhs = precision.copy(), precision @ mean
        gather_stages(span, votes, positions, (mw, twice), effects, doubt, (lam, rhs))
        inverse = np.linalg.inv(lam)
        step = (inverse @ rhs).reshape(mw.shape) - mw
        mw += step * step_share(span, votes, positions[0], step)
        vw[:] = inverse
        pack_item(mw, vw, twice, True)


@njit(cache=True, fastmath=True, error_model="numpy")
def predict_given(span, votes, positions, item, effects, lapse, odds):
    """Predict each vote from the item that all other votes of that roll call give."""
    state, vote = votes
    mx = positions[0]
    mw, vw, twice = item
    k = mx.shape[1]
    seen, out, cavity = np.empty((2, 3)), np.empty((2, 2)), np.empty((2, 2))
    for n in range(span[0], span[1]):
        i, y = state[n], vote[n]
        for s in range(2):
            seen[s, 0], seen[s, 1], seen[s, 2] = look(i, i, s, positions, (mw, twice), effects)
        weigh_stages(y, seen, lapse, out)
        for s in range(2):
            own = 0.0
            for a in range(k):
                for b in range(k):
                    own += mx[i, a] * vw[s * k + a, s * k + b] * mx[i, b]
            bend = out[s, 1]
            left = max(1.0 - bend * own, 0.05)
            mean = (seen[s, 0] - own * (out[s, 0] + bend * seen[s, 0])) / left
            cavity[s, 0] = mean + seen[s, 1] - seen[s, 0]
            cavity[s, 1] = seen[s, 2] - own + own / left
        stage_chances((cavity[0, 0], cavity[0, 1]), (cavity[1, 0], cavity[1, 1]), lapse, odds[n])


@njit(cache=True, fastmath=True, error_model="numpy")
def learn_positions(span, votes, positions, item, effects, lapse):
    """Learn positions and leanings from one roll call, in place."""
    state, vote = votes
    mx, cov, moments = positions
    mw, _, twice = item
    lean, lean_var = effects
    d = cov.shape[1]
    seen, out, z = np.empty((2, 3)), np.empty((2, 2)), np.empty(d)
    for n in range(span[0], span[1]):
        i, y = state[n], vote[n]
        stages = 1 if y == 2 else 2
        for s in range(stages):
            seen[s, 0], seen[s, 1], seen[s, 2] = look(i, i, s, (mx, moments), (mw, twice), effects)
        weigh_stages(y, seen, lapse, out)
        for s in range(stages):
            slope, bend = out[s, 0], out[s, 1]
            own = 0.0
            for a in range(d):
                z[a] = 0.0
                for b in range(d):
                    z[a] += cov[i, a, b] * mw[s, b]
                own += z[a] * mw[s, a]
            share = 1.0 / (1.0 + bend * (own + lean_var[i, s]))
            for a in range(d):
                mx[i, a] += z[a] * slope * share
                for b in range(d):
                    cov[i, a, b] -= z[a] * z[b] * bend * share
            lean[i, s] += lean_var[i, s] * slope * share
            lean_var[i, s] -= lean_var[i, s] * lean_var[i, s] * bend * share
        pack_position(mx[i], cov[i], moments[i])


@njit(cache=True, fastmath=True, error_model="numpy")
def remember(span, votes, what, memory, learnt):
    """Keep what was learnt of a text, leanings on it and votes."""
    text, subject, session = what
    items, covs, seen_at, last, lean, lean_var, last_on = memory
    mw, vw, now, now_var = learnt
    items[text] = mw.ravel()
    covs[text] = vw
    seen_at[text] = session
    for n in range(span[0], span[1]):
        i = votes[0][n]
        last[text, i] = votes[1][n]
        last_on[subject, i] = votes[1][n]
        for s in range(2):
            lean[subject, i, s] = now[i, s]
            lean_var[subject, i, s] = max(now_var[i, s], 1e-6)
