"""What tempts a challenger, and how often it then attacks."""

from __future__ import annotations

from numba import njit

from kedge.security.commitment import log_odds, logistic


@njit(cache=True, error_model="numpy")
def temptation(win: float, punishment: float, content: float) -> float:
    """Value an attack to the challenger, as a share of the prize, beyond what it has already.

    `win - punishment (1 - win) - content`: denial works through the chance to win, punishment
    through its own term, and a challenger content with the status quo gains less.  Costs of war
    that no plan changes cancel against the reference in `attack_hazard` and are left out.

    Parameters
    ----------
    win : probability
        That the challenger wins.
    punishment, content : share of the prize
        Harm done to it if it does not win; what the status quo already gives it.

    References
    ----------
    Deterrence by denial and by punishment: Snyder (1961); Mearsheimer (1983).

    Examples
    --------
    >>> temptation(0.4, 0.0, 0.0)
    0.4
    """
    return win - punishment * (1.0 - win) - content


@njit(cache=True, error_model="numpy")
def attack_hazard(base: float, slope: float, change: float, treaty: float) -> float:
    """Work out the yearly chance of attack from the change in temptation since the reference.

    Parameters
    ----------
    base : probability a year
        At the reference, where `change` and `treaty` are zero.
    slope : log-odds per share of the prize
        How strongly temptation moves the challenger.
    change : share of the prize
        Temptation less its value at the reference.
    treaty : log-odds
        Direct effect of a change in the alliance treaty.

    Returns
    -------
    float
        Probability a year.

    Examples
    --------
    >>> round(attack_hazard(0.02, 5.0, 0.0, 0.0), 12)
    0.02
    """
    return logistic(log_odds(base) + slope * change + treaty)
