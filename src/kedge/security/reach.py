"""How much of a state's strength arrives at a theatre, by domain and distance."""

from __future__ import annotations

import math

from numba import njit

from kedge.core.lanes import exp, log

DOMAINS = ("land", "sea", "air", "cyber", "space")
REACH_RULES = ("exponential", "bueno_de_mesquita", "lost_time")

# Land power decays fastest and sea power slowest; cyber and space not at all.  Assumed ratios to
# the sea scale: a land force needs the same lift and then roads, an air force needs tankers.
LAND_SCALE = 0.5
AIR_SCALE = 0.75

# Bueno de Mesquita counts days of march; the sea scale is passed in ten days (about 500 miles a
# day for a scale of 8,000 km, his figure for the years after 1945).
DAYS_PER_SCALE = 10.0


@njit(cache=True, error_model="numpy")
def _decay(distance: float, scale: float, rule: int, share: float) -> float:
    relative = distance / scale
    # All three forms come to one exponential, so that futures with different rules run side by side.
    exponent = -relative
    if rule == 1:
        exponent = log(share) * log(1.0 + DAYS_PER_SCALE / (10.0 - math.e) * relative) / math.log(10.0)
    return 1.0 / (1.0 + relative) if rule == 2 else exp(exponent)


@njit(cache=True, error_model="numpy")
def theatre_reach(distance: float, scale: float, rule: int, share: float, domain: int) -> float:
    """Work out the share of one domain's strength that reaches a theatre.

    Parameters
    ----------
    distance : km
        From the state to the theatre.
    scale : km
        Over which sea power falls to 1/e (exponential) or to one half (lost time).
    rule
        Index into `REACH_RULES`: 0 exponential loss of strength; 1 the form of Bueno de Mesquita,
        strength raised to log10(days + 10 - e), here relative to its value at home; 2 share of
        time on station when transit takes `distance / scale` of it.
    share : share of the contest's total strength, in (0, 1]
        Used by rule 1 alone, which makes the weak lose more with distance than the strong.
    domain
        Index into `DOMAINS`; cyber and space do not lose strength with distance.

    Returns
    -------
    float
        Share in [0, 1]; 1 at distance zero.

    References
    ----------
    Boulding (1962), Conflict and Defense; Bueno de Mesquita (1981), The War Trap; Stokes et al.
    (2025, CNAS) on domains where geography does not limit.

    Examples
    --------
    >>> theatre_reach(8000.0, 8000.0, 2, 0.3, 1)
    0.5
    >>> theatre_reach(8000.0, 8000.0, 0, 0.3, 3)
    1.0
    """
    if domain >= 3:
        return 1.0
    if domain == 0:
        return _decay(distance, LAND_SCALE * scale, rule, share)
    if domain == 2:
        return _decay(distance, AIR_SCALE * scale, rule, share)
    return _decay(distance, scale, rule, share)
