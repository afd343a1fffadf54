"""Odds over every set of partners that may join."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.security.contest import Balance, outcome_odds


class CoalitionOdds(NamedTuple):
    """Chances that the challenger wins and that the defender wins, over all joiner sets."""

    challenger: float
    defender: float


@njit(cache=True, error_model="numpy")
def join_sets(
    strength: Float[np.ndarray, " partner"],
    probability: Float[np.ndarray, " partner"],
    total: Float[np.ndarray, " set"],
    weight: Float[np.ndarray, " set"],
) -> None:
    """Fill in the strength and the chance of each of the 2^k sets of joiners.

    Set s holds partner n if bit n of s is one; partners join independently of one another once
    it is known whether the patron comes.

    Parameters
    ----------
    strength : theatre strength
        What each partner brings.
    probability : probability
        That each joins.
    total, weight
        Filled in place; both of length 2^k.  Weights sum to one.
    """
    total[0] = 0.0
    weight[0] = 1.0
    filled = 1
    for n in range(strength.size):
        for s in range(filled):
            total[filled + s] = total[s] + strength[n]
            weight[filled + s] = weight[s] * probability[n]
            weight[s] *= 1.0 - probability[n]
        filled *= 2


@njit(cache=True, error_model="numpy")
def joiner_odds(
    challenger: float,
    core: float,
    total: Float[np.ndarray, " set"],
    weight: Float[np.ndarray, " set"],
    balance: Balance,
) -> CoalitionOdds:
    """Average the contest over every set of joiners, never over an expected strength.

    Parameters
    ----------
    challenger : theatre strength
    core : theatre strength
        Of those who fight in any case.
    total, weight
        Strength and chance of each set, from `join_sets`.
    balance
        Form and parameters of the contest.

    Returns
    -------
    CoalitionOdds
        Chances of a win for either side; stalemate is what is left.

    Examples
    --------
    >>> total, weight = np.empty(2), np.empty(2)
    >>> join_sets(np.array([1.0]), np.array([0.0]), total, weight)
    >>> joiner_odds(1.0, 1.0, total, weight, Balance(0, 1.0, 1.0, 1.0, 1.0)).challenger
    0.5
    """
    lost = 0.0
    held = 0.0
    for s in range(total.size):
        if weight[s] > 0.0:
            won, kept = outcome_odds(challenger, core + total[s], balance)
            lost += weight[s] * won
            held += weight[s] * kept
    return CoalitionOdds(lost, held)
