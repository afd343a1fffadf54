"""The model that predicts votes: several dimensions, two stages, leanings on subjects.

It is made for prediction and surprise; its axes have no meaning of their own.  For ideal points see
`kedge.order.fit`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits

from kedge.core.errors import DomainError
from kedge.order.layout import Layout, lay_out
from kedge.order.ordinal import leading_axes, standardised
from kedge.order.roll_calls import RollCalls
from kedge.order.stage_kernels import pack_position, smooth_vectors, stage_odds, stage_pass

LEAST_LAPSE = 5e-4
FIRST_WALK = 0.02


@dataclass(frozen=True)
class StagePrior:
    """What is learnt of items, walks and leanings as a whole; D dimensions, K = D + 1.

    Parameters
    ----------
    mean, cov
        Of items whose text was voted on once: both stages, discriminations and threshold each.
    text_mean, text_cov, within_cov
        Of recurring texts, and of their votings around them.
    walk, begin
        Covariance of a step a session, and of first positions.
    lean
        Variance of a state's leaning on a subject, for each stage.
    lapse : share
        Votes that follow nothing in the model.
    """

    mean: Float[np.ndarray, " 2K"]
    cov: Float[np.ndarray, "2K 2K"]
    text_mean: Float[np.ndarray, " 2K"]
    text_cov: Float[np.ndarray, "2K 2K"]
    within_cov: Float[np.ndarray, "2K 2K"]
    walk: Float[np.ndarray, "D D"]
    begin: Float[np.ndarray, "D D"]
    lean: Float[np.ndarray, " 2"]
    lapse: float


@dataclass
class StageState:
    """Means and variances of everything unknown; arrays are updated in place by sweeps."""

    mx: np.ndarray
    moments: np.ndarray
    cov: np.ndarray
    mw: np.ndarray
    vw: np.ndarray
    u: np.ndarray
    vu: np.ndarray
    lean: np.ndarray
    lean_var: np.ndarray


@dataclass(frozen=True)
class Leans:
    """Which pairs of state and subject have a leaning: sorted keys `subject * states + state`."""

    keys: Int[np.ndarray, " pair"]
    states: int

    def find(self, subject: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Give the number of the leaning of each pair, -1 where there is none."""
        key = np.where(subject >= 0, subject * self.states + state, -1)
        if self.keys.size == 0:
            return np.full(key.shape, -1)
        at = np.minimum(np.searchsorted(self.keys, key), self.keys.size - 1)
        return np.where(self.keys[at] == key, at, -1)


@dataclass(frozen=True)
class VoteModel:
    """A fitted model of votes.

    Parameters
    ----------
    calls
        Roll calls, with what was shown of them.
    layout, leans, prior, state
        In the estimator's own order.
    dimensions
    cpu_seconds
    """

    calls: RollCalls
    layout: Layout
    leans: Leans
    prior: StagePrior
    state: StageState
    dimensions: int
    cpu_seconds: float

    def odds(
        self, state: Int[np.ndarray, " vote"], call: Int[np.ndarray, " vote"]
    ) -> Float[np.ndarray, "vote 3"]:
        """Give the chances of no, abstain and yes of states (rows of `calls.votes`) in roll calls.

        A state without a position in that session is taken where it was last, or where it begins.
        """
        slot = nearest_slots(self.layout, len(self.calls.states))[state, self.layout.call_session[call]]
        if (slot < 0).any():
            name = self.calls.states[int(state[np.argmin(slot)])]
            raise DomainError(f"{name} casts no vote in these roll calls, so nothing is known of it")
        effect = self.leans.find(self.layout.subject[call], state)
        odds = np.empty((slot.size, 3))
        now = self.state
        stage_odds(
            (slot, call, effect), (now.mx, now.moments), (now.mw, now.vw), (now.lean, now.lean_var),
            self.prior.lapse, odds,
        )  # fmt: skip
        return odds


def fit_votes(
    calls: RollCalls,
    dimensions: int = 16,
    *,
    sweeps: int = 25,
    report: Callable[[int, int], None] | None = None,
) -> VoteModel:
    """Fit the model that predicts votes.

    Parameters
    ----------
    calls
        Roll calls; one in which no vote is shown is predicted from its text alone.
    dimensions
        Of positions; 16 predicts best on all votes since 1946.
    sweeps
        Variational sweeps.
    report
        Told how many of how many sweeps are done.

    Raises
    ------
    DomainError
        Fewer than one dimension, or more than there are states.
    """
    if not 1 <= dimensions <= len(calls.states):
        raise DomainError(f"dimensions should be from 1 to {len(calls.states)} (states), not {dimensions}")
    began = time.process_time()
    layout = lay_out(calls, empty=True)
    leans, effect = find_leans(layout, len(calls.states))
    prior, state = start_stages(layout, calls, leans, dimensions)
    with threadpool_limits(1, "blas"):
        for at in range(sweeps):
            prior = stage_sweep(layout, effect, state, prior, learn=min(at, 3))
            if report is not None:
                report(at + 1, sweeps)
    return VoteModel(calls, layout, leans, prior, state, dimensions, time.process_time() - began)


def find_leans(layout: Layout, states: int) -> tuple[Leans, Int[np.ndarray, " vote"]]:
    """Find the pairs of state and subject that occur, and the pair of each vote."""
    subject, state = layout.subject[layout.call], layout.state[layout.slot]
    leans = Leans(np.unique((subject * states + state)[subject >= 0]), states)
    return leans, leans.find(subject, state)


def start_stages(
    layout: Layout, calls: RollCalls, leans: Leans, dimensions: int
) -> tuple[StagePrior, StageState]:
    """Start from the leading axes of agreement and wide priors."""
    d, k = dimensions, dimensions + 1
    axes = leading_axes(calls.votes, d)
    slots, count, texts = layout.state.size, len(calls), layout.texts
    mx = np.ones((slots, k))
    for axis in range(d):
        mx[:, axis] = standardised(axes[layout.state, axis], layout.cast > 0)
    cov = np.tile(0.1 * np.eye(d), (slots, 1, 1))
    moments = np.empty((slots, k * (k + 1) // 2))
    for p in range(slots):
        pack_position(mx[p], cov[p], moments[p])
    mean = np.zeros(2 * k)
    mean[d] = 1.5
    wide = 2.0 * np.eye(2 * k)
    prior = StagePrior(
        mean, wide, mean, wide, np.eye(2 * k), FIRST_WALK * np.eye(d), np.eye(d), np.full(2, 0.5), 1e-3
    )
    state = StageState(
        mx, moments, cov, np.tile(mean.reshape(2, k), (count, 1, 1)), np.tile(np.eye(2 * k), (count, 1, 1)),
        np.tile(mean, (texts, 1)), np.tile(np.eye(2 * k), (texts, 1, 1)),
        np.zeros((leans.keys.size, 2)), np.zeros((leans.keys.size, 2)),
    )  # fmt: skip
    return prior, state


def stage_sweep(
    layout: Layout, effect: np.ndarray, state: StageState, prior: StagePrior, *, learn: int = 3
) -> StagePrior:
    """Update everything once, in place; learn 0 nothing but items, 1-2 items, 3 walks and leanings too."""
    of_text = layout.text >= 0
    means = np.tile(prior.mean, (of_text.size, 1))
    means[of_text] = state.u[layout.text[of_text]]
    precisions = np.stack([np.linalg.inv(prior.cov), np.linalg.inv(prior.within_cov)])
    found = tuple(np.empty_like(each) for each in (state.moments, state.mx, state.lean, state.lean))
    votes = (layout.start, layout.slot, layout.vote, effect)
    lapsed = stage_pass(
        votes, (state.mx, state.moments), (state.mw, state.vw), (state.lean, state.lean_var),
        (means, precisions, of_text.astype(np.int64), prior.lapse), found,
    )  # fmt: skip
    update_texts(layout, state, prior)
    prior = learn_items(layout, state, prior)
    if learn >= 3 and state.lean.size:
        state.lean_var = 1.0 / (1.0 / prior.lean + found[2])
        state.lean = state.lean_var * found[3]
        told = found[2] > 0
        size = [np.mean((state.lean_var + state.lean**2)[told[:, s], s]) for s in range(2)]
        prior = replace(prior, lean=np.maximum(size, 1e-3))
    chain = (layout.first, layout.gap, prior.walk, prior.begin)
    squares, steps, firsts = smooth_vectors(chain, found, (state.mx, state.moments, state.cov))
    if learn >= 2 and steps:
        d = prior.walk.shape[0]
        states = int((np.diff(layout.first) > 0).sum())
        prior = replace(
            prior, walk=squares / steps + 1e-6 * np.eye(d), begin=(firsts + np.eye(d)) / (states + 1.0)
        )
    return replace(prior, lapse=max(lapsed / layout.vote.size, LEAST_LAPSE))


def update_texts(layout: Layout, state: StageState, prior: StagePrior) -> None:
    """Update every recurring text from its votings, in place."""
    of_text = layout.text >= 0
    number = np.bincount(layout.text[of_text], minlength=layout.texts)
    total = np.zeros_like(state.u)
    np.add.at(total, layout.text[of_text], state.mw[of_text].reshape(-1, state.u.shape[1]))
    between, within = np.linalg.inv(prior.text_cov), np.linalg.inv(prior.within_cov)
    for n in np.unique(number):
        state.vu[number == n] = np.linalg.inv(between + n * within)
    state.u[:] = np.einsum("fij,fj->fi", state.vu, between @ prior.text_mean + total @ within)


def learn_items(layout: Layout, state: StageState, prior: StagePrior) -> StagePrior:
    """Learn means and covariances of single items, of texts and of votings on one text."""
    of_text = layout.text >= 0
    w = state.mw.reshape(state.mw.shape[0], -1)
    shown = np.diff(layout.start) > 0
    single, several = shown & ~of_text, shown & of_text
    mean, cov = _moments(w[single], state.vw[single], prior.mean)
    if not several.any():
        return replace(prior, mean=mean, cov=cov)
    text = layout.text[several]
    text_mean, text_cov = _moments(state.u, state.vu, prior.text_mean)
    apart = w[several] - state.u[text]
    within = state.vw[several].sum(0) + state.vu[text].sum(0) + apart.T @ apart
    weight = float(w.shape[1] + 2)
    within_cov = (within + weight * 0.5 * np.eye(w.shape[1])) / (several.sum() + weight)
    return replace(prior, mean=mean, cov=cov, text_mean=text_mean, text_cov=text_cov, within_cov=within_cov)


def nearest_slots(layout: Layout, states: int) -> Int[np.ndarray, "state session"]:
    """Give each state's slot in each session, or its nearest one before, else after; -1 if it has none."""
    slots = np.full((states, layout.sessions.size), -1)
    for state in range(states):
        low, high = layout.first[state], layout.first[state + 1]
        if high > low:
            at = np.searchsorted(layout.session[low:high], np.arange(layout.sessions.size), side="right") - 1
            slots[state] = low + np.maximum(at, 0)
    return slots


def _moments(w: np.ndarray, spread: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, k = w.shape
    if n == 0:
        return before, 2.0 * np.eye(k)
    weight = float(k + 2)
    mean = (before + w.sum(0)) / (n + 1.0)
    off = w - mean
    return mean, (spread.sum(0) + off.T @ off + weight * 0.5 * np.eye(k)) / (n + weight)
