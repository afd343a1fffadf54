"""States on a circle: groups side by side, and within a group the strongly tied next to one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

GAP = 1.0
"""Places left free between two groups."""


def order_circle(strength: Float[np.ndarray, "state state"], groups: Sequence[str]) -> list[int]:
    """Give an order of states in which ties are short, groups kept together.

    Groups follow one another as they first occur.  Starting from the order given, pairs of a group
    change places as long as that shortens the sum over ties of weight times distance along the circle;
    the pair that gains most goes first, so that the same ties give the same order.

    Parameters
    ----------
    strength
        Symmetric.
    groups
        Group of each state.

    Examples
    --------
    >>> ties = np.zeros((4, 4))
    >>> ties[0, 3] = ties[3, 0] = 1.0
    >>> order_circle(ties, ["a", "a", "b", "b"])
    [0, 1, 2, 3]
    >>> ties[0, 2] = ties[2, 0] = 5.0
    >>> order_circle(ties, ["a", "a", "b", "b"])
    [1, 0, 2, 3]
    """
    rank = {group: k for k, group in enumerate(dict.fromkeys(groups))}
    order = sorted(range(len(groups)), key=lambda state: rank[groups[state]])
    angle = place_groups([groups[state] for state in order])
    apart = np.abs(angle[:, None] - angle[None, :])
    apart = np.minimum(apart, 2.0 * np.pi - apart)
    alike = np.array([[groups[a] == groups[b] for b in order] for a in order]).reshape(len(order), -1)
    while len(order) > 1:
        gain = np.where(alike, _gains(strength[np.ix_(order, order)], apart), 0.0)
        a, b = np.unravel_index(int(np.argmax(gain)), gain.shape)
        # A hair's breadth is rounding; without a floor two states might change places for ever.
        if gain[a, b] <= 1e-9:
            break
        order[a], order[b] = order[b], order[a]
    return order


def place_groups(groups: Sequence[str]) -> Float[np.ndarray, " state"]:
    """Give the angle of each state of an order, in radians from the right, with gaps between groups.

    The first group is centred on the left.

    Parameters
    ----------
    groups
        Group of each state, in order, each group in one piece.

    Examples
    --------
    >>> np.degrees(place_groups(["a", "a", "b"])).round().tolist()
    [144.0, 216.0, 0.0]
    """
    kinds = list(dict.fromkeys(groups))
    gap = GAP if len(kinds) > 1 else 0.0
    slot = np.array([k + gap * kinds.index(group) for k, group in enumerate(groups)])
    first = slot[[group == kinds[0] for group in groups]] if kinds else slot
    turn = len(groups) + gap * len(kinds)
    return (np.pi + 2.0 * np.pi * (slot - first.mean()) / turn) % (2.0 * np.pi) if kinds else slot


def _gains(
    tied: Float[np.ndarray, "place place"], apart: Float[np.ndarray, "place place"]
) -> Float[np.ndarray, "place place"]:
    """How much shorter ties become if the states at two places change over."""
    cost = tied @ apart  # cost[a, b]: length of the ties of the state at a, were it at b
    here = np.diag(cost)
    # The tie of the two with one another is counted as if one of them stood still; take that out.
    return here[:, None] + here[None, :] - cost - cost.T - 2.0 * tied * apart
