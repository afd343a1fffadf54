"""Stocks, reach and what each state brings to the theatre, year by year, in one future."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.security import initial_stock, next_stock, price_multiplier, theatre_reach
from kedge.security.contest import Balance
from kedge.world.ground import CHALLENGER, FOCAL, PATRON, Ground

DOMAIN_COUNT = 5
BASE_YEAR = 2024  # of the last observed spending
HORIZON = 16.0  # years over which the parameters "by 2040" unfold from there
FIRST_TERM = 2025
TERM = 4


class Field(NamedTuple):
    """One future's forces in the theatre, before any plan.

    Parameters
    ----------
    challenger, protege : strength, [year]
        With the challenger's partners as far as they help.
    partner : strength, [year, partner]
        Of each partner if it joins, before friction.
    patron_near, patron_far : strength, [year]
        Of the patron's free forces if all worked from the focal state, or from home.
    focal_stock : billion US$, [year]
        What today's share of GDP buys.
    focal_unit, strike_unit, weightless_unit : strength a billion US$
        What ordinary forces, stand-off strike, and cyber and space forces bring.
    balance
        The contest's form and parameters.
    """

    challenger: Float[np.ndarray, " year"]
    protege: Float[np.ndarray, " year"]
    partner: Float[np.ndarray, "year partner"]
    patron_near: Float[np.ndarray, " year"]
    patron_far: Float[np.ndarray, " year"]
    focal_stock: Float[np.ndarray, " year"]
    focal_unit: float
    strike_unit: float
    weightless_unit: float
    balance: Balance


@njit(cache=True, error_model="numpy")
def growth_of(ground: Ground, future: Any, state: int) -> float:
    """Yearly growth factor of a state's GDP in one future: 1.02 is two percent."""
    hostile = state == CHALLENGER
    for helper in ground.helpers:
        hostile = hostile or state == helper
    return 1.0 + (future.challenger_growth if hostile else future.allied_growth) / 100.0


@njit(cache=True, error_model="numpy")
def multiplier_of(ground: Ground, future: Any, state: int) -> float:
    """How much force a US$ buys in a state, the patron being one."""
    income = ground.income_per_head
    return price_multiplier(income[state], income[PATRON], future.price_elasticity)


@njit(cache=True, error_model="numpy")
def effort_change(ground: Ground, future: Any, state: int) -> float:
    """Change of a state's military spending by 2040, percent of GDP; the focal state's is a lever."""
    if state == FOCAL:
        return 0.0
    if state == PATRON:
        return future.patron_effort_change
    if state == CHALLENGER:
        return future.challenger_effort_change
    for helper in ground.helpers:
        if state == helper:
            return 0.0
    return future.partner_effort_change


@njit(cache=True, error_model="numpy")
def unfolded(ground: Ground, t: int) -> float:
    """Share of a change by 2040 that is there in year t of the study."""
    return min(1.0, (ground.first_year + t - BASE_YEAR) / HORIZON)


@njit(cache=True, error_model="numpy")
def stock_paths(ground: Ground, future: Any) -> Float[np.ndarray, "state year"]:
    """Carry every state's military stock forward from its past spending, year by year.

    A study that begins later than the year after the last observed one passes the years between.
    """
    states = ground.gdp.size
    skipped = ground.first_year - BASE_YEAR - 1
    stock = np.zeros((states, ground.years))
    for j in range(states):
        factor = growth_of(ground, future, j)
        multiplier = multiplier_of(ground, future, j)
        change = effort_change(ground, future, j)
        level = multiplier * initial_stock(ground.spending[j], future.depreciation, factor - 1.0)
        gdp = ground.gdp[j]
        for t in range(-skipped, ground.years):
            gdp *= factor
            share = max(ground.defence_share[j] + change * unfolded(ground, t), 0.0)
            level = next_stock(level, future.depreciation, multiplier * share / 100.0 * gdp)
            if t >= 0:
                stock[j, t] = level
    return stock


@njit(cache=True, error_model="numpy")
def domain_weights(ground: Ground, future: Any) -> Float[np.ndarray, " domain"]:
    """Rescale the study's weights so that cyber and space together have this future's weight."""
    weight = ground.domain_weight.copy()
    weightless = weight[3] + weight[4]
    for d in range(DOMAIN_COUNT):
        if d >= 3:
            part = weight[d] / weightless if weightless > 0.0 else 0.5
            weight[d] = future.weightless_weight * part
        elif weightless < 1.0:
            weight[d] *= (1.0 - future.weightless_weight) / (1.0 - weightless)
    return weight


@njit(cache=True, error_model="numpy")
def unit_strength(weight: np.ndarray, mix: np.ndarray, distance: float, share: float, future: Any) -> float:
    """Strength in the theatre of one billion US$ of stock spread over domains by `mix`."""
    strength = 0.0
    for d in range(DOMAIN_COUNT):
        if mix[d] > 0.0:
            reach = theatre_reach(distance, future.reach_km, int(future.reach_rule), share, d)
            strength += weight[d] * mix[d] * reach
    return strength


@njit(cache=True, error_model="numpy")
def school_of_patron(future: Any, year: int) -> int:
    """Say who governs the patron in a year: 0 restrainer, 1 prioritiser, 2 primacist."""
    term = min(max((year - FIRST_TERM) // TERM, 0), 3)
    draw = future.patron_2025
    if term == 1:
        draw = future.patron_2029
    elif term == 2:
        draw = future.patron_2033
    elif term == 3:
        draw = future.patron_2037
    if draw < future.restrainer_share:
        return 0
    if draw < future.restrainer_share + (1.0 - future.restrainer_share) * future.prioritiser_share:
        return 1
    return 2


@njit(cache=True, error_model="numpy")
def school_commitment(ground: Ground, future: Any, school: int) -> float:
    """Chance that a patron of one school comes, all else as today."""
    engaged = school == 2 or (school == 1 and ground.priority == 1)
    return future.commitment_engaged if engaged else future.commitment_restrainer


@njit(cache=True, error_model="numpy")
def build_field(ground: Ground, future: Any) -> Field:
    """Work out one future's forces in the theatre, before any plan."""
    stock = stock_paths(ground, future)
    weight = domain_weights(ground, future)
    total = stock[:, 0].sum()
    unit = np.empty(stock.shape[0])
    for j in range(unit.size):
        share = max(stock[j, 0] / total, 1e-6)
        unit[j] = unit_strength(weight, ground.domain_share[j], ground.distance[j], share, future)

    challenger = future.challenger_available * unit[CHALLENGER] * stock[CHALLENGER]
    for helper in ground.helpers:
        for t in range(ground.years):
            ramp = future.challenger_cooperation * unfolded(ground, t)
            challenger[t] += ramp * unit[helper] * stock[helper, t]
    protege = np.zeros(ground.years)
    for state in ground.proteges:
        protege += unit[state] * stock[state]
    partner = np.empty((ground.years, ground.partners.size))
    for n in range(ground.partners.size):
        state = ground.partners[n]
        partner[:, n] = future.partner_available * unit[state] * stock[state]

    share = max(stock[PATRON, 0] / total, 1e-6)
    near = unit_strength(weight, ground.domain_share[PATRON], ground.distance[FOCAL], share, future)
    free = future.patron_available * stock[PATRON]
    strike = np.array([0.0, 0.5, 0.5, 0.0, 0.0])
    weightless = np.array([0.0, 0.0, 0.0, 0.5, 0.5])
    share = max(stock[FOCAL, 0] / total, 1e-6)
    distance = ground.distance[FOCAL]
    return Field(
        challenger,
        protege,
        partner,
        near * free,
        unit[PATRON] * free,
        stock[FOCAL],
        unit[FOCAL],
        unit_strength(weight, strike, distance, share, future),
        unit_strength(weight, weightless, distance, share, future),
        Balance(
            int(future.contest_form),
            future.decisiveness,
            future.defender_advantage,
            future.draw_width,
            challenger[0],
        ),
    )
