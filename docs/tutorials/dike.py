"""How high should a dike be?  What van Dantzig (1956) worked out after the flood of 1953, in closed form.

A dike raised by `x` metres is overtopped in a year with frequency `p0 exp(-alpha x)`.  The land sinks and the
sea rises, so that the frequency grows over the horizon of 75 years; what lies behind the dike is lost with
each flood, and losses are discounted.  After Oddo et al. (2017), losses are summed up year by year:

    cost = k x + V p0 exp(-alpha x) S,   S = sum over t = 0..75 of exp(alpha rise t) / (1 + discount)^t

whose lowest point is `x* = ln(alpha p0 V S / k) / alpha`, and zero if that is below zero.
"""

from __future__ import annotations

import numpy as np

HORIZON = 75
"""Years until the dike is looked at again."""

PRESENT_HEIGHT = 4.25
"""Metres above Amsterdam's datum: the dike of 1953, on which `x` is put."""


def dike(height, frequency, steepness, loss, discount, unit_cost, sinking, sea_rise):  # noqa: PLR0913 - the problem's own names
    """Judge one heightening in many futures; what dike.toml names as its model.

    Parameters
    ----------
    height : m
        How much the dike is raised.
    frequency : a year
        With which the dike of today is overtopped.
    steepness : 1/m
        How fast that falls with height.
    loss : million guilders
        Per flood.
    discount : share a year
        Net of growth.
    unit_cost : million guilders a metre
        Of raising the dike.
    sinking, sea_rise : m a year
        Of land and sea.

    Returns
    -------
    dict
        `cost`, `investment` and `losses` in million guilders, `flood` a year, averaged over the horizon.
    """
    rise = sinking + sea_rise
    left = frequency * np.exp(-steepness * height)
    losses = loss * left * _geometric(np.exp(steepness * rise) / (1 + discount))
    investment = unit_cost * height + 0 * left
    flood = left * _geometric(np.exp(steepness * rise)) / (HORIZON + 1)
    return {"cost": investment + losses, "investment": investment, "losses": losses, "flood": flood}


def best_height(frequency, steepness, loss, discount, unit_cost, sinking, sea_rise):
    """Heightening with the lowest cost in each future, in metres, by the closed form."""
    weight = _geometric(np.exp(steepness * (sinking + sea_rise)) / (1 + discount))
    return np.maximum(np.log(steepness * frequency * loss * weight / unit_cost) / steepness, 0.0)


def van_dantzig_height(frequency, steepness, loss, discount, unit_cost, rise):
    """Heightening by van Dantzig's equation 6: in continuous time, with the dike raised every 75 years."""
    horizon, pull = HORIZON, discount - steepness * rise
    lost = frequency * loss * steepness * (1 - np.exp(-pull * horizon)) / pull
    return np.log(lost / (unit_cost * (1 - np.exp(-discount * horizon)))) / steepness


def _geometric(ratio):
    """Sum of `ratio^t` over t = 0 to the horizon, exact to the last digits about a ratio of one."""
    log = np.log(ratio)
    some = np.where(log == 0, 1.0, log)
    return np.where(log == 0, HORIZON + 1.0, np.expm1((HORIZON + 1) * some) / np.expm1(some))
