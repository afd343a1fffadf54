"""Joint steps on all positions, items and texts at once, and the spread that follows from them.

Sweeps creep along directions in which a whole session shifts or stretches together with its items.  A
joint step eliminates the items (3 by 3 each), which leaves positions coupled within a session by the
items and between sessions by the walks: a block-tridiagonal matrix.  Recurring texts couple sessions
far apart; they stay as a border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from kedge.order.blocks import BlockFactor, factor_blocks
from kedge.order.layout import Layout, places_in
from kedge.order.ordinal import OrdinalPrior, OrdinalState, item_priors
from kedge.order.ordinal_kernels import bend_items

CLOSE_ENOUGH = 1e-6
MOST_ROUNDS = 60


@dataclass(frozen=True)
class JointSystem:
    """Curvature and slope of the whole model at one point, items eliminated.

    Rows are slots ordered by session, then state: `order[row]` is the slot.

    Parameters
    ----------
    order
        Slot of each row.
    diagonal, below
        Blocks of the curvature of positions.
    border
        Curvature between positions and texts, sparse `[row, 3 text]`.
    corner
        Curvature of each text, `[text, 3, 3]`.
    slope, text_slope
        Gradient of positions and texts.
    item_inverse, item_slope, cross
        What is needed to bring items along: `[roll_call, 3, 3]`, `[roll_call, 3]`, `[vote, 3]`.
    """

    order: np.ndarray
    diagonal: list[np.ndarray]
    below: list[np.ndarray]
    border: sp.csr_matrix
    corner: np.ndarray
    slope: np.ndarray
    text_slope: np.ndarray
    item_inverse: np.ndarray
    item_slope: np.ndarray
    cross: np.ndarray


@dataclass(frozen=True)
class JointStep:
    """A step of everything: positions `[slot]`, items `[roll_call, 3]`, texts `[text, 3]`."""

    x: np.ndarray
    w: np.ndarray
    u: np.ndarray


def assemble(layout: Layout, state: OrdinalState, prior: OrdinalPrior) -> JointSystem:
    """Build the joint system at a state; the spreads in it stay fixed during a step."""
    calls, slots = layout.start.size - 1, state.x.size
    item_slope, bend = np.empty((calls, 3)), np.empty((calls, 3, 3))
    slope, own, cross = np.empty(slots), np.empty(slots), np.empty((layout.slot.size, 3))
    votes, drawn = (layout.start, layout.slot, layout.vote), (*item_priors(layout, state, prior), prior.lapse)
    found = (slope, own, item_slope, bend, cross)
    bend_items(votes, (state.x, state.vx), (state.w, state.vw), drawn, found)
    link = _add_walks(layout, state.x, prior, slope, own)
    inverse = np.linalg.inv(bend)
    call = layout.call
    moved = np.einsum("rij,rj->ri", inverse, item_slope)
    slope -= np.bincount(layout.slot, np.einsum("ni,ni->n", cross, moved[call]), slots)
    order = np.lexsort((layout.state, layout.session))
    diagonal, below = _blocks(
        layout, order, own, link, np.einsum("ni,nij->nj", cross, np.linalg.cholesky(inverse)[call])
    )
    border, corner, text_slope = _border(layout, state, prior, order, inverse, item_slope, cross)
    return JointSystem(
        order, diagonal, below, border, corner, slope[order], text_slope, inverse, item_slope, cross
    )


def joint_step(layout: Layout, system: JointSystem, prior: OrdinalPrior) -> tuple[JointStep, BlockFactor]:
    """Solve for the joint step: conjugate gradients on the positions, the border on top of the factor.

    Raises
    ------
    numpy.linalg.LinAlgError
        The curvature is not positive definite here; sweep some more first.
    """
    factor = factor_blocks(system.diagonal, system.below)
    corner = np.linalg.inv(system.corner)
    apply = lambda v: np.einsum("fij,fj->fi", corner, v.reshape(-1, 3)).ravel()  # noqa: E731
    right = system.slope - system.border @ apply(system.text_slope.ravel())
    rows = _conjugate_gradients(system, factor, apply, right)
    u = apply(system.text_slope.ravel() - system.border.T @ rows).reshape(-1, 3)
    x = np.empty(rows.size)
    x[system.order] = rows
    call = layout.call
    pull = system.item_slope.copy()
    for k in range(3):
        pull[:, k] -= np.bincount(call, system.cross[:, k] * x[layout.slot], pull.shape[0])
    of_text = layout.text >= 0
    pull[of_text] += u[layout.text[of_text]] @ np.linalg.inv(prior.within_cov)
    return JointStep(x, np.einsum("rij,rj->ri", system.item_inverse, pull), u), factor


def border_effect(system: JointSystem, factor: BlockFactor) -> tuple[np.ndarray, np.ndarray]:
    """Give what the texts add to the inverse of the blocks B: B^-1 + S S', with S = solved root'^-1.

    Returns
    -------
    tuple
        B^-1 border `[row, 3 text]` and the lower Cholesky factor of the texts' own system.
    """
    dense = system.border.toarray()
    solved = factor.solve(dense)
    texts = la.block_diag(*system.corner) if len(system.corner) else np.zeros((0, 0))
    texts = texts - system.border.T @ solved
    return solved, la.cholesky(
        0.5 * (texts + texts.T), lower=True, check_finite=False
    ) if texts.size else texts


def _add_walks(
    layout: Layout, x: np.ndarray, prior: OrdinalPrior, slope: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Add the walks to slope and own curvature; give the link between each slot and the one before."""
    firsts = layout.first[:-1][np.diff(layout.first) > 0]
    link = 1.0 / (prior.walk * layout.gap)
    link[firsts] = 0.0
    step = np.diff(x, prepend=0.0) * link
    slope -= step
    slope[:-1] += step[1:]
    slope[firsts] -= x[firsts] / prior.start
    own += link
    own[:-1] += link[1:]
    own[firsts] += 1.0 / prior.start
    return link


def _blocks(
    layout: Layout, order: np.ndarray, own: np.ndarray, link: np.ndarray, rooted: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    place = places_in(order)
    bounds = np.searchsorted(layout.session[order], np.arange(layout.sessions.size + 1))
    session = layout.call_session
    diagonal, below = [], []
    for s in range(layout.sessions.size):
        low, high = bounds[s], bounds[s + 1]
        calls = np.flatnonzero(session == s)
        items = np.zeros((high - low, 3 * calls.size))
        for at, r in enumerate(calls):
            votes = slice(layout.start[r], layout.start[r + 1])
            items[place[layout.slot[votes]] - low, 3 * at : 3 * at + 3] = rooted[votes]
        block = -items @ items.T
        block[np.diag_indices(high - low)] += own[order[low:high]]
        diagonal.append(block)
        if s:
            # A slot's predecessor has the number before it, and lies in the session before.
            linked = np.flatnonzero(link[order[low:high]] > 0)
            off = np.zeros((high - low, low - bounds[s - 1]))
            slots = order[low:high][linked]
            off[linked, place[slots - 1] - bounds[s - 1]] = -link[slots]
            below.append(off)
    return diagonal, below


def _border(
    layout: Layout, state: OrdinalState, prior: OrdinalPrior, order: np.ndarray, inverse: np.ndarray,
    item_slope: np.ndarray, cross: np.ndarray,
) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:  # fmt: skip
    within, between = np.linalg.inv(prior.within_cov), np.linalg.inv(prior.text_cov)
    of_text = np.flatnonzero(layout.text >= 0)
    text = layout.text[of_text]
    slope = (prior.text_mean - state.u) @ between
    moved = (
        state.w[of_text] - state.u[text] + np.einsum("rij,rj->ri", inverse[of_text], item_slope[of_text])
    ) @ within
    np.add.at(slope, text, moved)
    number = np.bincount(text, minlength=layout.texts)
    corner = number[:, None, None] * within + between
    np.subtract.at(corner, text, within @ inverse[of_text] @ within)
    place = places_in(order)
    call = layout.call
    votes = np.flatnonzero(layout.text[call] >= 0)
    values = np.einsum("ni,nij->nj", cross[votes], (inverse @ within)[call[votes]])
    rows = np.repeat(place[layout.slot[votes]], 3)
    columns = (3 * layout.text[call[votes]][:, None] + np.arange(3)).ravel()
    shape = (order.size, 3 * layout.texts)
    return sp.csr_matrix((values.ravel(), (rows, columns)), shape=shape), corner, slope


def _conjugate_gradients(system: JointSystem, factor: BlockFactor, apply, right: np.ndarray) -> np.ndarray:
    out, left = np.zeros(right.size), right.copy()
    ahead = factor.solve(left[:, None])[:, 0]
    direction, size = ahead.copy(), left @ ahead
    first = size
    for _ in range(MOST_ROUNDS):
        if size <= CLOSE_ENOUGH * first or size == 0.0:
            break
        image = _times(system, factor.bounds, direction)
        image -= system.border @ apply(system.border.T @ direction)
        length = size / (direction @ image)
        out += length * direction
        left -= length * image
        ahead = factor.solve(left[:, None])[:, 0]
        size, before = left @ ahead, size
        direction = ahead + size / before * direction
    return out


def _times(system: JointSystem, bounds: np.ndarray, vector: np.ndarray) -> np.ndarray:
    parts = np.split(vector, bounds[1:-1])
    out = [block @ part for block, part in zip(system.diagonal, parts, strict=True)]
    for at, off in enumerate(system.below):
        out[at + 1] += off @ parts[at]
        out[at] += off.T @ parts[at + 1]
    return np.concatenate(out)
