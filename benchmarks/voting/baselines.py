"""Baselines of votes: the roll call's shares, the state's last vote on the text, the nearest neighbours."""

from __future__ import annotations

import numpy as np

from voting.data import Split

NEIGHBOURS = 16
FADES = 0.8
POWERS = (1, 2, 4, 8, 16)
PRIORS = (0.03, 0.1, 0.3, 1.0, 3.0)


def score(odds: np.ndarray, vote: np.ndarray) -> dict[str, float]:
    """Score chances of no, abstain and yes: log loss and accuracy, and both for yes against not yes."""
    one = odds[np.arange(vote.size), vote]
    yes = np.where(vote == 2, odds[:, 2], 1 - odds[:, 2])
    return {
        "log_loss": float(-np.log(np.maximum(one, 1e-12)).mean()),
        "accuracy": float((odds.argmax(1) == vote).mean()),
        "yes_log_loss": float(-np.log(np.maximum(yes, 1e-12)).mean()),
        "yes_accuracy": float(((odds[:, 2] > 0.5) == (vote == 2)).mean()),
    }


def call_shares(split: Split) -> np.ndarray:
    """Give the shares of no, abstain and yes of every roll call among the votes shown, slightly smoothed."""
    counts = np.stack([(split.shown.votes == vote).sum(axis=0) for vote in range(3)], 1).astype(float)
    return (counts + counts.sum(0) / counts.sum()) / (counts.sum(1, keepdims=True) + 1.0)


def last_votes(split: Split) -> np.ndarray:
    """Give every state's last vote shown on the text of each roll call, before it; -1 for none."""
    votes, text = split.shown.votes, split.shown.text
    memory: dict[int, np.ndarray] = {}
    last = np.full(votes.shape, -1, np.int8)
    for at, number in enumerate(text):
        known = memory.setdefault(int(number), np.full(votes.shape[0], -1, np.int8))
        last[:, at] = known
        cast = votes[:, at] >= 0
        known[cast] = votes[cast, at]
    return last


def repeat_table(split: Split, last: np.ndarray) -> np.ndarray:
    """Give the chances of each vote after each last vote on the text, from the votes shown."""
    votes = split.shown.votes
    both = (votes >= 0) & (last >= 0)
    table = np.ones((3, 3))
    np.add.at(table, (last[both], votes[both]), 1.0)
    return table / table.sum(1, keepdims=True)


def predict_repeats(split: Split) -> np.ndarray:
    """Predict the state's last vote on the text, by the calibrated table; else the roll call's shares."""
    last = last_votes(split)
    mine = last[split.state, split.call]
    return np.where((mine >= 0)[:, None], repeat_table(split, last)[mine], call_shares(split)[split.call])


def likeness(split: Split, *, past_only: bool) -> dict[int, np.ndarray]:
    """Give, by session, the share of equal votes of every two states; other sessions count less.

    With `past_only` a session's own votes and later ones are left out.
    """
    votes, sessions = split.shown.votes, split.shown.sessions
    numbers = np.unique(sessions)
    pairs = []
    for number in numbers:
        here = votes[:, sessions == number]
        masks = [(here == vote).astype(np.float32) for vote in range(3)]
        cast = sum(masks)
        pairs.append(np.stack([sum(m @ m.T for m in masks), cast @ cast.T]))
    ahead = _fading(pairs)
    behind = _fading(pairs[::-1])[::-1]
    out = {}
    for at, number in enumerate(numbers):
        both = ahead[at] - pairs[at] if past_only else ahead[at] + behind[at] - pairs[at]
        out[int(number)] = (both[0] + 0.5) / (both[1] + 1.0)
    return out


def _fading(pairs: list[np.ndarray]) -> list[np.ndarray]:
    total, out = np.zeros_like(pairs[0]), []
    for each in pairs:
        total = each + FADES * total
        out.append(total)
    return out


def predict_neighbours(split: Split, *, past_only: bool = False) -> tuple[np.ndarray, str]:
    """Predict by the votes of the 16 most similar states that voted on the roll call.

    Weights are a power of likeness; the power and the weight of the roll call's shares are the best in
    hindsight of 25, so that the baseline is as strong as it can be.
    """
    alike = likeness(split, past_only=past_only)
    near, kind = _nearest(split, alike)
    shares = call_shares(split)[split.call]
    best, told, least = shares, "", np.inf
    for power in POWERS:
        weight = near**power
        each = np.stack([(weight * (kind == vote)).sum(1) for vote in range(3)], 1)
        scale = weight.max(1, keepdims=True).clip(1e-9)
        for prior in PRIORS:
            odds = each / scale + prior * shares
            odds /= odds.sum(1, keepdims=True)
            loss = score(odds, split.vote)["log_loss"]
            if loss < least:
                best, told, least = odds, f"power {power}, shares weigh {prior:g}", loss
    return best, told


def _nearest(split: Split, alike: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    near = np.zeros((split.vote.size, NEIGHBOURS))
    kind = np.full((split.vote.size, NEIGHBOURS), -1)
    order = np.argsort(split.call, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(split.call[order])) + 1):
        call = split.call[rows[0]]
        voters = np.flatnonzero(split.shown.votes[:, call] >= 0)
        if voters.size == 0:
            continue
        close = alike[int(split.shown.sessions[call])][np.ix_(split.state[rows], voters)]
        few = min(NEIGHBOURS, voters.size)
        top = np.argpartition(-close, few - 1, axis=1)[:, :few]
        near[rows, :few] = np.take_along_axis(close, top, 1)
        kind[rows, :few] = split.shown.votes[voters[top], call]
    return near, kind
