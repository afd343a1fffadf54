"""One-dimensional ordinal model of votes: its parameters, its start, and its sweeps.

State i votes no, abstain or yes on roll call r by the cumulative logit of `a_r x_it + c_r` with two
thresholds; `x_it` walks from session to session.  A sweep updates every item from the positions, every
text from its items, every walk from the items, then the variances of all of them from the data
(empirical Bayes), as Gaussian variational inference with the logistic averaged over both spreads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kedge.order.layout import Layout
from kedge.order.ordinal_kernels import item_pass, smooth_walks

# Four pseudo-observations of unit spread keep a covariance proper where there is little to learn it from.
PRIOR_WEIGHT = 4.0
LEAST_WALK, LEAST_LAPSE = 1e-5, 1e-4


@dataclass(frozen=True)
class OrdinalPrior:
    """What is learnt about items and walks as a whole.

    Items are (discrimination, lower threshold, upper threshold).

    Parameters
    ----------
    walk : squared standard deviations a session
        Variance of a step of the walk.
    start : squared standard deviations
        Variance of a state's first position.
    lapse : share
        Votes that follow no position.
    single_mean, single_cov
        Of items whose text was voted on once.
    text_mean, text_cov
        Of recurring texts.
    within_cov
        Of the votings on one text around it.
    """

    walk: float
    start: float
    lapse: float
    single_mean: Float[np.ndarray, " 3"]
    single_cov: Float[np.ndarray, "3 3"]
    text_mean: Float[np.ndarray, " 3"]
    text_cov: Float[np.ndarray, "3 3"]
    within_cov: Float[np.ndarray, "3 3"]


@dataclass(frozen=True)
class OrdinalState:
    """Means and variances of everything unknown, in the order of a layout.

    Parameters
    ----------
    x, vx
        Position of each slot and its variance.
    w, vw
        Items and their covariances.
    u, vu
        Texts and their covariances.
    """

    x: Float[np.ndarray, " slot"]
    vx: Float[np.ndarray, " slot"]
    w: Float[np.ndarray, "roll_call 3"]
    vw: Float[np.ndarray, "roll_call 3 3"]
    u: Float[np.ndarray, "text 3"]
    vu: Float[np.ndarray, "text 3 3"]


def first_prior() -> OrdinalPrior:
    """Give wide priors to start from."""
    item, wide = np.array([0.0, 2.0, 1.0]), 4.0 * np.eye(3)
    return OrdinalPrior(0.02, 1.0, 0.01, item, wide, item, wide, np.eye(3))


def first_state(layout: Layout, first_positions: Float[np.ndarray, " state"]) -> OrdinalState:
    """Start every state from one position for all sessions, and every item from none."""
    x = standardised(first_positions[layout.state], layout.cast > 0)
    calls, texts = layout.start.size - 1, layout.texts
    item = np.array([0.0, 2.0, 1.0])
    return OrdinalState(
        x=x,
        vx=np.full(x.size, 0.1),
        w=np.tile(item, (calls, 1)),
        vw=np.tile(np.eye(3), (calls, 1, 1)),
        u=np.tile(item, (texts, 1)),
        vu=np.tile(np.eye(3), (texts, 1, 1)),
    )


def leading_axes(votes: np.ndarray, count: int) -> Float[np.ndarray, "state axis"]:
    """Give the leading axes of agreement between states, from votes centred by roll call."""
    cast = votes >= 0
    value = np.where(cast, votes - 1.0, 0.0)
    mean = value.sum(0) / np.maximum(cast.sum(0), 1)
    centred = np.where(cast, value - mean, 0.0)
    scale = np.sqrt(np.maximum(cast.sum(1), 1))
    _, axes = np.linalg.eigh((centred @ centred.T) / np.outer(scale, scale))
    return axes[:, ::-1][:, :count] * np.sqrt(votes.shape[0])


def standardised(x: np.ndarray, cast: np.ndarray) -> np.ndarray:
    """Shift and stretch to mean 0 and standard deviation 1 over the state-sessions with votes."""
    spread = x[cast].std()
    return (x - x[cast].mean()) / (spread if spread > 0 else 1.0)


def item_priors(layout: Layout, state: OrdinalState, prior: OrdinalPrior) -> tuple[np.ndarray, np.ndarray]:
    """Give every item's prior mean `[roll_call, 3]` and precision `[roll_call, 3, 3]`."""
    of_text = layout.text >= 0
    mean = np.tile(prior.single_mean, (of_text.size, 1))
    mean[of_text] = state.u[layout.text[of_text]]
    within, single = np.linalg.inv(prior.within_cov), np.linalg.inv(prior.single_cov)
    return mean, np.where(of_text[:, None, None], within, single)


def sweep(
    layout: Layout, state: OrdinalState, prior: OrdinalPrior, *, learn: bool = True
) -> tuple[OrdinalState, OrdinalPrior]:
    """Update items, texts and walks once, and with `learn` the prior; scale as `normalised` says."""
    x, vx, w, vw = state.x.copy(), state.vx.copy(), state.w.copy(), state.vw.copy()
    precision, pull = np.empty(x.size), np.empty(x.size)
    means, precisions = item_priors(layout, state, prior)
    votes, drawn = (layout.start, layout.slot, layout.vote), (means, precisions, prior.lapse)
    lapsed = item_pass(votes, (x, vx), (w, vw), drawn, (precision, pull))
    u, vu = update_texts(layout, w, prior)
    chain = (layout.first, layout.gap, prior.walk, prior.start)
    steps, squares, firsts = smooth_walks(chain, (precision, pull), (x, vx))
    state = OrdinalState(x, vx, w, vw, u, vu)
    if not learn:
        return state, prior
    states = int((np.diff(layout.first) > 0).sum())
    prior = replace(
        learn_items(layout, state),
        walk=max(squares / steps, LEAST_WALK) if steps else prior.walk,
        start=(PRIOR_WEIGHT + firsts) / (PRIOR_WEIGHT + states),
        lapse=max(lapsed / layout.vote.size, LEAST_LAPSE),
    )
    return normalised(layout, state, prior)


def update_texts(layout: Layout, w: np.ndarray, prior: OrdinalPrior) -> tuple[np.ndarray, np.ndarray]:
    """Update every recurring text from its items: mean `[text, 3]` and covariance `[text, 3, 3]`."""
    of_text = layout.text >= 0
    number = np.bincount(layout.text[of_text], minlength=layout.texts)
    total = np.zeros((layout.texts, 3))
    np.add.at(total, layout.text[of_text], w[of_text])
    between, within = np.linalg.inv(prior.text_cov), np.linalg.inv(prior.within_cov)
    vu = np.linalg.inv(between + number[:, None, None] * within)
    return np.einsum("fij,fj->fi", vu, between @ prior.text_mean + total @ within), vu


def learn_items(layout: Layout, state: OrdinalState) -> OrdinalPrior:
    """Learn the spread of items and texts; walk, start and lapse are left at wide values."""
    of_text = layout.text >= 0
    base = first_prior()
    single_mean, single_cov = _moments(state.w[~of_text], state.vw[~of_text], base.single_mean)
    text_mean, text_cov = _moments(state.u, state.vu, base.text_mean)
    text = layout.text[of_text]
    apart = state.w[of_text] - state.u[text]
    _, within_cov = _moments(apart, state.vw[of_text] + state.vu[text], np.zeros(3), centred=True)
    return replace(
        base,
        single_mean=single_mean,
        single_cov=single_cov,
        text_mean=text_mean,
        text_cov=text_cov,
        within_cov=within_cov,
    )


def normalised(layout: Layout, state: OrdinalState, prior: OrdinalPrior) -> tuple[OrdinalState, OrdinalPrior]:
    """Bring positions to mean 0 and expected variance 1, and everything else along with them."""
    cast = layout.cast > 0
    # The spread of true positions is that of the means and their own variances.
    shift, stretch = state.x[cast].mean(), np.sqrt(state.x[cast].var() + state.vx[cast].mean())
    if not stretch > 0:
        return state, prior
    # a x + c = (a s) (x - m) / s + (c + a m), for both thresholds.
    turn = np.array([[stretch, 0, 0], [shift, 1, 0], [shift, 0, 1]])
    state = OrdinalState(
        x=(state.x - shift) / stretch,
        vx=state.vx / stretch**2,
        w=state.w @ turn.T,
        vw=turn @ state.vw @ turn.T,
        u=state.u @ turn.T,
        vu=turn @ state.vu @ turn.T,
    )
    prior = replace(
        prior,
        walk=prior.walk / stretch**2,
        start=prior.start / stretch**2,
        single_mean=turn @ prior.single_mean,
        text_mean=turn @ prior.text_mean,
        **{name: turn @ getattr(prior, name) @ turn.T for name in ("single_cov", "text_cov", "within_cov")},
    )
    return state, prior


def reflected(state: OrdinalState, prior: OrdinalPrior) -> tuple[OrdinalState, OrdinalPrior]:
    """Turn the scale round: every position and discrimination changes its sign."""
    flip = np.array([-1.0, 1.0, 1.0])
    both = np.outer(flip, flip)
    state = replace(
        state, x=-state.x, w=state.w * flip, vw=state.vw * both, u=state.u * flip, vu=state.vu * both
    )
    means = {name: getattr(prior, name) * flip for name in ("single_mean", "text_mean")}
    covs = {name: getattr(prior, name) * both for name in ("single_cov", "text_cov", "within_cov")}
    return state, replace(prior, **means, **covs)


def _moments(
    value: np.ndarray, spread: np.ndarray, otherwise: np.ndarray, *, centred: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    n = value.shape[0]
    if n == 0:
        return otherwise, np.eye(3)
    mean = otherwise if centred else (PRIOR_WEIGHT * otherwise + value.sum(0)) / (PRIOR_WEIGHT + n)
    off = value - mean
    return mean, (PRIOR_WEIGHT * np.eye(3) + spread.sum(0) + off.T @ off) / (PRIOR_WEIGHT + n)
