"""How surprising every vote was, from what was known the day before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits

from kedge.core.errors import DomainError
from kedge.order.calibration import fit_calibration
from kedge.order.forward_kernels import forward_pass
from kedge.order.roll_calls import RollCalls
from kedge.order.stages import VoteModel, fit_votes

GROWTH = 0.1
MOST_REPEAT = 0.8
WINDOW, TAIL_WINDOW = 200_000, 60_000
BEFORE, GIVEN = "before", "given"


@dataclass(frozen=True)
class ForwardSettings:
    """How to go through time.

    Parameters
    ----------
    dimensions
        Of positions.
    first : sessions
        Learnt together at the start, and not scored.
    every : sessions
        How often all that came before is learnt anew.
    sweeps
        Of each learning.
    """

    dimensions: int = 12
    first: int = 5
    every: int = 8
    sweeps: int = 15


@dataclass(frozen=True)
class Forecasts:
    """Chances of every vote, from what was known before.

    Parameters
    ----------
    calls
        Roll calls, in the order of time.
    state, call, vote
        Row, column and value of every vote cast, roll call by roll call.
    before
        Chances of no, abstain and yes from earlier days alone: the state's history and that of the text.
    given
        The same, and how all other states voted on that roll call.
    last, since
        State's last vote on the text, -1 for none, and how many sessions ago the text was voted on.
    scored
        False in the first sessions, from which the model starts.
    settings
    cpu_seconds
    """

    calls: RollCalls
    state: Int[np.ndarray, " vote"]
    call: Int[np.ndarray, " vote"]
    vote: Int[np.ndarray, " vote"]
    before: Float[np.ndarray, "vote 3"]
    given: Float[np.ndarray, "vote 3"]
    last: Int[np.ndarray, " vote"]
    since: Int[np.ndarray, " vote"]
    scored: np.ndarray
    settings: ForwardSettings
    cpu_seconds: float

    def bits(self, definition: str = GIVEN) -> Float[np.ndarray, " vote"]:
        """Give the surprise of every vote, -log2 of its chance; NaN where it is not scored.

        Parameters
        ----------
        definition
            `given` the others' votes of the roll call, or `before` any of them is known.
        """
        chances = {GIVEN: self.given, BEFORE: self.before}[definition]
        return np.where(self.scored, -np.log2(chances[np.arange(self.vote.size), self.vote]), np.nan)


def forecast_votes(
    calls: RollCalls,
    settings: ForwardSettings | None = None,
    *,
    report: Callable[[int, int], None] | None = None,
) -> Forecasts:
    """Go through all roll calls in the order of time, predicting each from those before it.

    Every few sessions everything before is learnt anew (variances, axes, positions); in between, positions,
    texts and leanings are carried on from roll call to roll call.  Nothing later is ever used.

    Raises
    ------
    DomainError
        There are too few sessions to start from.
    """
    settings = settings or ForwardSettings()
    began = time.process_time()
    column, state = np.nonzero(calls.votes.T >= 0)
    vote = calls.votes.T[column, state].astype(np.int64)
    sessions = np.unique(calls.sessions)
    if sessions.size <= settings.first:
        raise DomainError(
            f"surprise needs more than {settings.first} sessions to start from, found {sessions.size}"
        )
    start = np.searchsorted(column, np.arange(len(calls) + 1))
    # Every text and subject is remembered: which of them come back is not known in advance.
    text, subject = (np.unique(each, return_inverse=True)[1] for each in (calls.text, calls.subject))
    day = calls.dates.astype(np.int64)
    raw = [
        np.full((vote.size, 3), 1 / 3),
        np.full((vote.size, 3), 1 / 3),
        np.full(vote.size, -1),
        np.full(vote.size, -1),
    ]
    before, given = raw[0].copy(), raw[1].copy()
    firsts = list(range(settings.first, sessions.size, settings.every))
    votes = (start, state, vote, text, subject, calls.sessions, day)
    scored = np.zeros(vote.size, bool)
    for at, low in enumerate(firsts):
        high = firsts[at + 1] if at + 1 < len(firsts) else sessions.size
        span = np.searchsorted(calls.sessions, [sessions[low], sessions[high - 1] + 1])
        with threadpool_limits(1, "blas"):
            _advance(calls, (int(span[0]), int(span[1])), votes, raw, settings)
        here = np.arange(int(start[span[0]]), int(start[span[1]]))
        told = repeated(raw[2], column, vote)
        for source, last, target in ((raw[0], raw[2], before), (raw[1], told, given)):
            _calibrate((source, last, vote), calls.sessions[column], here, np.flatnonzero(scored), target)
        scored[here] = True
        if report is not None:
            report(at + 1, len(firsts))
    return Forecasts(
        calls,
        state,
        column,
        vote,
        before,
        given,
        raw[2],
        raw[3],
        scored,
        settings,
        time.process_time() - began,
    )


def _calibrate(
    forecasts: tuple[np.ndarray, np.ndarray, np.ndarray], session: np.ndarray, here: np.ndarray,
    past: np.ndarray, target: np.ndarray,
) -> None:  # fmt: skip
    """Calibrate the votes `here` on earlier ones: as a whole on many, the tail by session on the last few."""
    source, last, vote = forecasts
    many = past[-WINDOW:]
    learnt = fit_calibration(source[many], last[many], vote[many])
    for now in np.unique(session[here]):
        few = np.concatenate([past, here[session[here] < now]])[-TAIL_WINDOW:]
        these = here[session[here] == now]
        mended = learnt.with_tail(source[few], last[few], vote[few])
        target[these] = mended.apply(source[these], last[these])


def repeated(
    last: Int[np.ndarray, " vote"], call: Int[np.ndarray, " vote"], vote: Int[np.ndarray, " vote"]
) -> Int[np.ndarray, " vote"]:
    """Forget last votes where most others did not repeat theirs that day: the text has changed.

    Parameters
    ----------
    last
        0-2 on the text, 3-5 on the subject, -1 for none.
    call, vote
        Roll call and value of each vote.
    """
    out = last.copy()
    for low in (0, 3):
        known = (last >= low) & (last < low + 3)
        same = known & (last - low == vote)
        number, alike = (np.bincount(call, each, call.max(initial=-1) + 1) for each in (known, same))
        others = (alike[call] - same) / np.maximum(number[call] - 1, 1)
        out[known & (others < MOST_REPEAT)] = -1
    return out


def _advance(
    calls: RollCalls, span: tuple[int, int], votes: tuple, raw: list[np.ndarray], settings: ForwardSettings
) -> None:
    model = fit_votes(calls.pick(np.arange(span[0])), settings.dimensions, sweeps=settings.sweeps)
    known, memory, prior = _carry(model, votes[3], votes[4])
    forward_pass(votes, span, known, memory, prior, tuple(raw))


def _carry(model: VoteModel, text: np.ndarray, subject: np.ndarray) -> tuple[tuple, tuple, tuple]:
    """Turn a model of the past into what the forward pass starts from."""
    texts, subjects = int(text.max(initial=-1)) + 1, int(subject.max(initial=-1)) + 1
    layout, now, p = model.layout, model.state, model.prior
    states, d = len(model.calls.states), model.dimensions
    k = d + 1
    mx, cov = np.ones((states, k)), np.tile(p.begin, (states, 1, 1))
    seen = np.full(states, -1)
    has = np.flatnonzero(np.diff(layout.first) > 0)
    last = layout.first[1:][has] - 1
    mx[has], cov[has], seen[has] = now.mx[last], now.cov[last], layout.sessions[layout.session[last]]
    items, covs, when = np.zeros((texts, 2 * k)), np.tile(p.cov, (texts, 1, 1)), np.full(texts, -1)
    lean, lean_var = np.zeros((subjects, states, 2)), np.zeros((subjects, states, 2))
    lasts, lasts_on = np.full((texts, states), -1), np.full((subjects, states), -1)
    for r in range(len(model.calls)):
        who = np.flatnonzero(model.calls.votes[:, r] >= 0)
        f = text[r]
        items[f], covs[f], when[f] = now.mw[r].ravel(), now.vw[r], model.calls.sessions[r]
        lasts[f, who] = lasts_on[subject[r], who] = model.calls.votes[who, r]
        if layout.subject[r] >= 0:
            effect = model.leans.find(np.full(who.size, layout.subject[r]), who)
            lean[subject[r], who], lean_var[subject[r], who] = now.lean[effect], now.lean_var[effect]
    growth = GROWTH * p.lean
    prior = (p.mean, p.cov, p.within_cov, p.walk, p.begin, p.lean, growth, p.lapse)
    return (mx, cov, seen), (items, covs, when, lasts, lean, lean_var, lasts_on), prior
