"""Stocks, reach and what each state brings to the theatre, year by year, in a block of futures."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.core.lanes import LANES, pack
from kedge.security import next_stock, price_multiplier, theatre_reach
from kedge.security.capability import steady_stock
from kedge.world.course import FORCE, Course
from kedge.world.ground import CHALLENGER, FOCAL, PATRON, Ground

DOMAIN_COUNT = 5
BASE_YEAR = 2024  # of the last observed spending
HORIZON = 16.0  # years over which the parameters "by 2040" unfold from there
STRIKE_MIX = np.array([0.0, 0.5, 0.5, 0.0, 0.0])
WEIGHTLESS_MIX = np.array([0.0, 0.0, 0.0, 0.5, 0.5])
LEAST_SHARE = 1e-6  # of all stocks, so that a state without forces has a reach


@njit(cache=True, error_model="numpy")
def is_among(states: np.ndarray, state: int) -> bool:
    """Say whether a state is one of some."""
    found = False
    for other in states:
        found = found or state == other
    return found


@njit(cache=True, error_model="numpy")
def is_hostile(ground: Ground, state: int) -> bool:
    """Say whether a state is the challenger or one of its partners."""
    return state == CHALLENGER or is_among(ground.helpers, state)


@njit(cache=True, error_model="numpy")
def effort_change(ground: Ground, future: Any, state: int) -> tuple[float, Any]:
    """Change of a state's military spending by 2040, percent of GDP, and whether (1 or 0) it has one.

    The focal state's is a lever, and the challenger's partners keep theirs.
    """
    if state == PATRON:
        return 1.0, future.patron_effort_change
    if state == CHALLENGER:
        return 1.0, future.challenger_effort_change
    moves = 0.0 if state == FOCAL or is_hostile(ground, state) else 1.0
    return moves, future.partner_effort_change


@njit(cache=True, error_model="numpy")
def unfolded(ground: Ground, t: int) -> float:
    """Share of a change by 2040 that is there in year t of the study."""
    return min(1.0, (ground.first_year + t - BASE_YEAR) / HORIZON)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def start_stock(ground: Ground, future: Any, state: int, force: Any) -> None:
    """Work out a state's stock at the end of the last observed year, and what it grows by."""
    growth = future.challenger_growth if is_hostile(ground, state) else future.allied_growth
    income, spending = ground.income_per_head, ground.spending[state]
    for b in range(LANES):
        force.factor[b] = 1.0 + growth[b] / 100.0
        force.gdp[b] = ground.gdp[state]
        force.price[b] = price_multiplier(income[state], income[PATRON], future.price_elasticity[b])
        force.level[b] = steady_stock(spending[0], future.depreciation[b], growth[b] / 100.0)
    for spent in spending[1:]:
        for b in range(LANES):
            force.level[b] = next_stock(force.level[b], future.depreciation[b], spent)
    for b in range(LANES):
        force.level[b] *= force.price[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def follow_stock(
    ground: Ground, future: Any, state: int, force: Any, stock: Float[np.ndarray, "year lane"]
) -> None:
    """Carry a state's military stock forward year by year; fill in the study's years.

    A study that begins later than the year after the last observed one passes the years between.
    """
    start_stock(ground, future, state, force)
    moves, change = effort_change(ground, future, state)
    today = ground.defence_share[state]
    for t in range(BASE_YEAR + 1 - ground.first_year, ground.years):
        part = moves * unfolded(ground, t)
        for b in range(LANES):
            force.gdp[b] *= force.factor[b]
            share = max(today + part * change[b], 0.0)
            spent = force.price[b] * share / 100.0 * force.gdp[b]
            force.level[b] = next_stock(force.level[b], future.depreciation[b], spent)
        if t >= 0:
            stock[t] = force.level


def stock_paths(ground: Ground, future: np.void) -> Float[np.ndarray, "state year"]:
    """Follow every state's military stock through one future, year by year."""
    block = pack(np.array([future]))[0]
    stock = np.empty((ground.gdp.size, ground.years, LANES))
    force = np.zeros(1, FORCE)[0]
    for state in range(ground.gdp.size):
        follow_stock(ground, block, state, force, stock[state])
    return stock[:, :, 0]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_unit(
    ground: Ground, mix: Float[np.ndarray, " domain"], distance: float, future: Any, force: Any
) -> None:
    """Work out the strength in the theatre of one billion US$ of stock spread over domains by `mix`.

    The study's weights are rescaled so that cyber and space together have the future's weight.
    """
    weight = ground.domain_weight
    weightless = weight[3] + weight[4]
    force.unit[:] = 0.0
    for d in range(DOMAIN_COUNT):
        if mix[d] <= 0.0:
            continue
        light = d >= 3
        part = 0.5 if light else weight[d]
        if light and weightless > 0.0:
            part = weight[d] / weightless
        elif not light and weightless < 1.0:
            part = weight[d] / (1.0 - weightless)
        for b in range(LANES):
            all_of = future.weightless_weight[b] if light else 1.0 - future.weightless_weight[b]
            reach = theatre_reach(distance, future.reach_km[b], int(future.reach_rule[b]), force.share[b], d)
            force.unit[b] += part * mix[d] * all_of * reach


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_share(stock: Float[np.ndarray, "year lane"], force: Any) -> None:
    """Work out a state's share of all stocks in the first year."""
    for b in range(LANES):
        force.share[b] = max(stock[0, b] / force.total[b], LEAST_SHARE)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_strength(part: float, free: Any, force: Any, stock: Any, strength: Any) -> None:
    """Add what a state brings in one year to a side's strength: part of the share that is free."""
    for b in range(LANES):
        strength[b] += part * free[b] * force.unit[b] * stock[b]


@njit(cache=True, error_model="numpy")
def set_state(
    ground: Ground, state: int, future: Any, course: Course, force: Any, stock: Float[np.ndarray, "year lane"]
) -> None:
    """Add a state's strength to the side that it is on."""
    set_unit(ground, ground.domain_share[state], ground.distance[state], future, force)
    helps, attacked = is_among(ground.helpers, state), is_among(ground.proteges, state)
    for t in range(ground.years):
        year = course.year[t]
        if state == CHALLENGER:
            set_strength(1.0, future.challenger_available, force, stock[t], year.challenger)
        if helps:
            part = unfolded(ground, t)
            set_strength(part, future.challenger_cooperation, force, stock[t], year.challenger)
        if attacked:
            set_strength(1.0, force.whole, force, stock[t], year.protege)
        if state == PATRON:
            set_strength(1.0, future.patron_available, force, stock[t], year.patron_far)
        for n in range(ground.partners.size):
            if ground.partners[n] == state:
                set_strength(1.0, future.partner_available, force, stock[t], course.partner[t, n])


@njit(cache=True, error_model="numpy")
def set_forward(
    ground: Ground, future: Any, course: Course, force: Any, stock: Float[np.ndarray, "year lane"]
) -> None:
    """Fill in what the patron's forces would bring from bases in the focal state."""
    set_unit(ground, ground.domain_share[PATRON], ground.distance[FOCAL], future, force)
    for t in range(ground.years):
        set_strength(1.0, future.patron_available, force, stock[t], course.year[t].patron_near)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_focal(
    ground: Ground, future: Any, course: Course, force: Any, stock: Float[np.ndarray, "year lane"]
) -> None:
    """Fill in the focal state's stock, a percent of its GDP, and what kinds of forces bring."""
    present, distance = course.present[0], ground.distance[FOCAL]
    set_unit(ground, ground.domain_share[FOCAL], distance, future, force)
    present.focal_unit[:] = force.unit
    set_unit(ground, STRIKE_MIX, distance, future, force)
    present.strike_unit[:] = force.unit
    set_unit(ground, WEIGHTLESS_MIX, distance, future, force)
    present.weightless_unit[:] = force.unit
    start_stock(ground, future, FOCAL, force)
    for t in range(BASE_YEAR + 1 - ground.first_year, ground.years):
        for b in range(LANES):
            force.gdp[b] *= force.factor[b]
        if t >= 0:
            year = course.year[t]
            year.focal_stock[:] = stock[t]
            for b in range(LANES):
                year.point[b] = force.price[b] * force.gdp[b] / 100.0


@njit(cache=True, error_model="numpy")
def set_forces(ground: Ground, future: Any, course: Course) -> None:
    """Work out a block's forces in the theatre, before any plan."""
    force = course.force[0]
    force.total[:] = 0.0
    force.whole[:] = 1.0
    stock = course.stock
    for state in range(ground.gdp.size):
        follow_stock(ground, future, state, force, stock[state])
        first = stock[state, 0]
        for b in range(LANES):
            force.total[b] += first[b]
    for state in range(ground.gdp.size):
        set_share(stock[state], force)
        set_state(ground, state, future, course, force, stock[state])
        if state == PATRON:
            set_forward(ground, future, course, force, stock[state])
        if state == FOCAL:
            set_focal(ground, future, course, force, stock[state])
