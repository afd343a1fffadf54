"""Who comes: log-odds that a state joins the defence."""

from __future__ import annotations

from numba import njit

from kedge.core.lanes import exp, log

# Log-odds of a state without any obligation against one bound to mutual defence.  Assumed; states
# without an alliance rarely join (cf. Leeds 2003).
UNBOUND_OFFSET = -1.6


@njit(cache=True, error_model="numpy")
def logistic(x: float) -> float:
    """Turn log-odds into a probability without overflow.

    Examples
    --------
    >>> logistic(0.0)
    0.5
    """
    small = exp(-abs(x))
    return (1.0 if x >= 0.0 else small) / (1.0 + small)


@njit(cache=True, error_model="numpy")
def log_odds(probability: float) -> float:
    """Turn a probability in (0, 1) into log-odds.

    Examples
    --------
    >>> log_odds(0.5)
    0.0
    """
    return log(probability / (1.0 - probability))


@njit(cache=True, error_model="numpy")
def partner_log_odds(reliability: float, obligation: float, bond: float, distance: float) -> float:
    """Add up a partner's log-odds of joining, before it is known whether the patron comes.

    Parameters
    ----------
    reliability : probability
        That a state bound to mutual defence, with middling tie and stake, comes.
    obligation : 0 to 1
        Strength of its obligation: 1 mutual defence, about one half consultation, 0 none.
    bond : log-odds
        What tie depth and stake add.
    distance : log-odds, at least 0
        What a distance between ideal points takes away.

    Returns
    -------
    float
        Log-odds.

    References
    ----------
    Obligations: Leeds (2003); ideal points: Bailey, Strezhnev & Voeten (2017).

    Examples
    --------
    >>> partner_log_odds(0.5, 1.0, 1.0, 0.5)
    0.5
    """
    return log_odds(reliability) + UNBOUND_OFFSET * (1.0 - obligation) + bond - distance
