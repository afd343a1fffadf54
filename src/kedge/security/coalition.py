"""Odds over every set of partners that may join."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.security.contest import Balance, outcome_odds

# Over many sets the contest is evaluated through its polynomial at twelve Chebyshev points: the
# odds are a smooth function of strength, and a polynomial costs a thirtieth of a logarithm and an
# exponential.  Used only where the error is below 1e-6 (held by a test): the core is not small
# against the joiners, and the difference form is not steep.
POINTS = 12
FEWEST_SETS = 32
SMALLEST_CORE = 0.3
STEEPEST = 3.0
_ANGLES = np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
_TO_COEFFICIENTS = np.linalg.inv(np.vander(_ANGLES, increasing=True))


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
    most = total[total.size - 1]
    smooth = core >= SMALLEST_CORE * most
    if balance.form == 1:
        smooth = balance.decisiveness * balance.advantage * most <= STEEPEST * balance.scale
    if smooth and most > 0.0 and total.size >= FEWEST_SETS:
        return _by_polynomial(challenger, core, total, weight, balance)
    return _one_by_one(challenger, core, total, weight, balance)


@njit(cache=True, error_model="numpy")
def _one_by_one(
    challenger: float, core: float, total: np.ndarray, weight: np.ndarray, balance: Balance
) -> CoalitionOdds:
    lost = 0.0
    held = 0.0
    for s in range(total.size):
        if weight[s] > 0.0:
            won, kept = outcome_odds(challenger, core + total[s], balance)
            lost += weight[s] * won
            held += weight[s] * kept
    return CoalitionOdds(lost, held)


@njit(cache=True, error_model="numpy")
def _by_polynomial(
    challenger: float, core: float, total: np.ndarray, weight: np.ndarray, balance: Balance
) -> CoalitionOdds:
    half = 0.5 * total[total.size - 1]
    win, keep = np.zeros(POINTS), np.zeros(POINTS)
    for k in range(POINTS):
        won, kept = outcome_odds(challenger, core + half * (1.0 + _ANGLES[k]), balance)
        for i in range(POINTS):
            win[i] += _TO_COEFFICIENTS[i, k] * won
            keep[i] += _TO_COEFFICIENTS[i, k] * kept
    # One loop without branches or sums, which the compiler turns into vector instructions, and one
    # that adds up in a fixed order.
    won_by, kept_by = np.empty(total.size), np.empty(total.size)
    for s in range(total.size):
        u = total[s] / half - 1.0
        won = win[POINTS - 1]
        kept = keep[POINTS - 1]
        for i in range(POINTS - 2, -1, -1):
            won = won * u + win[i]
            kept = kept * u + keep[i]
        won_by[s] = weight[s] * won
        kept_by[s] = weight[s] * kept
    lost = 0.0
    held = 0.0
    for s in range(total.size):
        lost += won_by[s]
        held += kept_by[s]
    return CoalitionOdds(lost, held)
