"""Reference directions, spread evenly over the objectives."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.search_axes import Directions


def lattice(objectives: int, divisions: int) -> Directions:
    """Give all ways to split one into parts of 1/divisions, a part an objective.

    Parameters
    ----------
    objectives, divisions : count
        Two or more, one or more.

    Returns
    -------
    Directions
        Weights that add up to one, `C(divisions + objectives - 1, objectives - 1)` rows.

    Raises
    ------
    DomainError
        Fewer than two objectives or no division.

    References
    ----------
    Das & Dennis (1998), SIAM Journal on Optimization 8(3).

    Examples
    --------
    >>> lattice(3, 1)
    array([[0., 0., 1.],
           [0., 1., 0.],
           [1., 0., 0.]])
    """
    if objectives < 2 or divisions < 1:
        raise DomainError(f"a lattice needs 2 objectives and 1 division, got {objectives} and {divisions}")
    bars = np.array(list(combinations(range(divisions + objectives - 1), objectives - 1)))
    walls = np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), divisions + objectives - 1)
    return (np.diff(np.concatenate(walls, axis=1), axis=1) - 1.0) / divisions


def reference_directions(objectives: int, most: int) -> Directions:
    """Give at most so many directions of length one, as even as two nested lattices allow.

    Parameters
    ----------
    objectives
        Their number.
    most : count
        Upper limit; there are never fewer directions than objectives.

    References
    ----------
    Two layers for many objectives, Deb & Jain (2014), IEEE Transactions on Evolutionary
    Computation 18(4), §IV.

    Examples
    --------
    >>> reference_directions(4, 120).shape
    (120, 4)
    """
    outer = _divisions(objectives, most)
    weights = lattice(objectives, outer)
    # With few divisions every direction of the outer layer lies at the rim.
    if outer < objectives:
        room = most - len(weights)
        if room >= objectives:
            inner = lattice(objectives, min(_divisions(objectives, room), max(outer - 1, 1)))
            weights = np.concatenate([weights, 0.5 * inner + 0.5 / objectives])
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


def _divisions(objectives: int, most: int) -> int:
    divisions = 1
    while comb(divisions + objectives, objectives - 1) <= most:
        divisions += 1
    return divisions
