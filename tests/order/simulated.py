"""Assemblies drawn from the model's own prior, with the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kedge.order import RollCalls

ITEM_MEAN = np.array([-1.0, 2.0, 1.0])
ITEM_COV = np.array([[2.0, 0.3, 0.3], [0.3, 2.5, 2.0], [0.3, 2.0, 2.2]])
WITHIN_COV = np.array([[0.3, 0.0, 0.0], [0.0, 0.3, 0.2], [0.0, 0.2, 0.3]])
LEAST_SPACING = 0.05


@dataclass(frozen=True)
class Assembly:
    """What to draw.

    Parameters
    ----------
    states, sessions, calls
        Numbers; `calls` a session.
    walk : squared standard deviations a session
    missing : share
        Votes not cast by members.
    texts
        Voted on again in every session.
    """

    states: int = 40
    sessions: int = 8
    calls: int = 25
    walk: float = 0.03
    missing: float = 0.25
    texts: int = 5


def simulate(seed: int, plan: Assembly | None = None) -> tuple[RollCalls, np.ndarray]:
    """Draw votes and true positions `[state, session]`; discriminations and thresholds are Gaussian.

    Of the states, a sixth begins late, a sixth ends early and a twelfth vanishes and returns.
    """
    plan = plan or Assembly()
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((plan.states, plan.sessions))
    steps[:, 1:] *= np.sqrt(plan.walk)
    x = np.cumsum(steps, axis=1)
    place = np.repeat(np.arange(plan.sessions), plan.calls)
    w, text = _items(rng, plan)
    trait = w[:, 0] * x[:, place]
    over, yes = (1.0 / (1.0 + np.exp(-(trait + w[:, k]))) for k in (1, 2))
    chance = rng.random(trait.shape)
    votes = np.where(chance < yes, 2, np.where(chance < over, 1, 0)).astype(np.int8)
    votes[rng.random(votes.shape) < plan.missing] = -1
    votes[_away(rng, plan)[:, place]] = -2
    return assembly(votes, place + 1, text), x


def assembly(votes: np.ndarray, sessions: np.ndarray, text: np.ndarray | None = None) -> RollCalls:
    """Put votes into roll calls, one a day, with names that tell nothing."""
    states, calls = votes.shape
    number = np.arange(calls)
    text = number if text is None else text
    return RollCalls(
        votes=votes,
        states=tuple(f"S{at:02d}" for at in range(states)),
        ids=tuple(map(str, number)),
        dates=np.datetime64("1950-01-01") + number,
        sessions=np.asarray(sessions, np.int64),
        resolutions=tuple(f"A/RES/{at}" for at in number),
        titles=tuple(f"Question {at}" for at in text),
        text=text,
        subject=text,
    )


def reordered(calls: RollCalls, rows: np.ndarray) -> RollCalls:
    """List the states in another order."""
    return replace(calls, votes=calls.votes[rows], states=tuple(calls.states[at] for at in rows))


def scaled(truth: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Bring the truth to mean 0 and variance 1 where there is an estimate, on the estimate's side."""
    here = np.isfinite(mean)
    side = np.sign(np.corrcoef(truth[here], mean[here])[0, 1])
    return side * (truth - truth[here].mean()) / truth[here].std()


def _items(rng: np.random.Generator, plan: Assembly) -> tuple[np.ndarray, np.ndarray]:
    count = plan.calls * plan.sessions
    w = _apart(rng, lambda n: rng.multivariate_normal(ITEM_MEAN, ITEM_COV, n), count)
    text = np.arange(count) + plan.texts
    for number in range(plan.texts):
        again = np.arange(plan.sessions) * plan.calls + number
        centre = w[number].copy()
        w[again] = _apart(rng, lambda n, c=centre: rng.multivariate_normal(c, WITHIN_COV, n), again.size)
        text[again] = number
    return w, text


def _apart(rng: np.random.Generator, draw, count: int) -> np.ndarray:
    out = draw(count)
    while (crossed := out[:, 1] - out[:, 2] < LEAST_SPACING).any():
        out[crossed] = draw(int(crossed.sum()))
    return out


def _away(rng: np.random.Generator, plan: Assembly) -> np.ndarray:
    """Say who is no member in which session."""
    out = np.zeros((plan.states, plan.sessions), bool)
    sixth, session = plan.states // 6, np.arange(plan.sessions)
    for state in range(1, 1 + 2 * sixth + sixth // 2):
        when = int(rng.integers(1, max(plan.sessions // 2, 2)))
        if state <= sixth:
            out[state] = session < when
        elif state <= 2 * sixth:
            out[state] = session >= plan.sessions - when
        elif plan.sessions > 3:
            out[state] = (session >= when) & (session < when + max(plan.sessions // 4, 1))
    return out
