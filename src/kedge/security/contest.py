"""Who prevails when strength meets strength: challenger, defender, or neither."""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit


class Balance(NamedTuple):
    """What turns two strengths into odds.

    Parameters
    ----------
    form
        0 ratio (Tullock), 1 difference (Hirshleifer).
    decisiveness
        Exponent m of the ratio form; slope at parity of both.
    advantage
        Factor beta on the defender's strength.
    draw
        Jia's c >= 1; stalemate has chance (c - 1) / (c + 1) at parity, none at c = 1.
    scale
        Strength that the difference form counts in; the ratio form does not use it.
    """

    form: int
    decisiveness: float
    advantage: float
    draw: float
    scale: float


@njit(cache=True, error_model="numpy")
def outcome_odds(challenger: float, defender: float, balance: Balance) -> tuple[float, float]:
    """Work out the chances that the challenger and that the defender win.

    With x the log-odds of the defender, `P_D = 1 / (1 + c exp(-x))` and
    `P_C = 1 / (1 + c exp(x))`; what is left of one is stalemate.  Ratio form:
    `x = m log(beta D / A)`; difference form: `x = m (beta D - A) / scale`.

    Parameters
    ----------
    challenger, defender : strength in the theatre, any common unit
        Both at least zero, not both zero.
    balance
        Form and parameters.

    Returns
    -------
    (float, float)
        Chance that the challenger wins, chance that the defender wins.

    References
    ----------
    Tullock (1980); Hirshleifer (1989), Public Choice 63; draws: Jia (2012), Economic
    Record 88.

    Examples
    --------
    >>> outcome_odds(1.0, 1.0, Balance(0, 0.35, 1.0, 1.0, 1.0))
    (0.5, 0.5)
    >>> outcome_odds(0.0, 1.0, Balance(0, 0.35, 1.0, 1.5, 1.0))
    (0.0, 1.0)
    """
    if balance.form == 0:
        if challenger <= 0.0:
            return 0.0, 1.0
        if defender <= 0.0:
            return 1.0, 0.0
        x = balance.decisiveness * math.log(balance.advantage * defender / challenger)
    else:
        x = balance.decisiveness * (balance.advantage * defender - challenger) / balance.scale
    # exp of the negative magnitude alone, so that neither chance overflows.
    small = math.exp(-abs(x))
    ahead = 1.0 / (1.0 + balance.draw * small)
    behind = small / (small + balance.draw)
    return (behind, ahead) if x >= 0.0 else (ahead, behind)
