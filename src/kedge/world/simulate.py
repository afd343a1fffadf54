"""The joint model: plans and futures in, measures out, in one compiled annual simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from numba import njit, prange

from kedge.core.lanes import LANES, pack
from kedge.world.contingency import (
    contest_alone,
    contest_odds,
    enter_year,
    meet_partners,
    set_commitment,
    set_contest,
    set_maturity,
    set_reference,
)
from kedge.world.course import Course, new_course
from kedge.world.forces import set_forces
from kedge.world.ground import FOCAL, Ground, Levers, Responses
from kedge.world.leanings import set_partners, set_schools
from kedge.world.plan_year import (
    MEASURED,
    STATE,
    SURVIVAL,
    add_up,
    earn,
    follow_curve,
    pay,
    secure,
    set_tariff,
    spend,
)


@njit(cache=True, error_model="numpy")
def divided_differences(
    node: Float[np.ndarray, " node"], value: Float[np.ndarray, " node"]
) -> Float[np.ndarray, " node"]:
    """Coefficients in Newton's form of the polynomial through a few nodes."""
    found = value.copy()
    for order in range(1, node.size):
        for i in range(node.size - 1, order - 1, -1):
            found[i] = (found[i] - found[i - 1]) / (node[i] - node[i - order])
    return found


@njit(cache=True, error_model="numpy")
def newton_value(node: Float[np.ndarray, " node"], form: Float[np.ndarray, " node"], x: float) -> float:
    """Evaluate a polynomial in Newton's form."""
    result = form[node.size - 1]
    for j in range(node.size - 2, -1, -1):
        result = result * (x - node[j]) + form[j]
    return result


@njit(cache=True, error_model="numpy")
def interpolate(node: Float[np.ndarray, " node"], value: Float[np.ndarray, " node"], x: float) -> float:
    """Evaluate the polynomial through a few nodes."""
    return newton_value(node, divided_differences(node, value), x)


@njit(cache=True, error_model="numpy")
def set_economy(responses: Responses, f: int, course: Course, b: int) -> None:
    """Fill in one future's curves of real income, its income without tariffs, and its embargo."""
    for s in range(responses.income.shape[1]):
        form = divided_differences(responses.node, responses.income[f, s])
        for j in range(form.size):
            course.curve[s, j, b] = form[j]
        course.untaxed[s, b] = newton_value(responses.node, form, 1.0)
    course.embargo[b] = responses.embargo[f]


@njit(cache=True, error_model="numpy")
def first_alike(levers: Levers) -> np.ndarray:
    """Index, for each plan, of the first that seeks the same ties and standards by the same year."""
    first = np.arange(levers.strike.size)
    for plan in range(first.size):
        for other in range(plan - 1, -1, -1):
            if (
                (levers.tie[plan] == levers.tie[other]).all()
                and levers.interchange[plan] == levers.interchange[other]
                and levers.mature_year[plan] == levers.mature_year[other]
            ):
                first[plan] = first[other]
                break
    return first


@njit(cache=True, error_model="numpy")
def run_year(
    ground: Ground, levers: Levers, plan: int, future: Any, course: Course, state: Any, t: int
) -> None:
    """Run one plan through one year, its partners having been met."""
    present = course.present[0]
    alliance = levers.alliance[plan, t]
    change = levers.tie[plan].mean() - ground.tie.mean() if ground.partners.size else 0.0
    effort = levers.defence_share[plan, t] - ground.defence_share[FOCAL]
    spend(ground, levers, plan, future, course, state, t)
    set_commitment(future, course, t, (effort, change, alliance - 1.0))
    contest_odds(course, future, state, alliance, stands_aside(ground, levers, plan, t), t)
    secure(ground, levers, plan, future, course, state, t)
    set_tariff(ground, levers, plan, future, present, state, t)
    follow_curve(course.node, course.curve[levers.stance[plan]], present)
    earn(levers, plan, future, course, state, t)
    pay(ground, levers, plan, future, present, state, t)
    add_up(present, state)


@njit(cache=True, error_model="numpy")
def stands_aside(ground: Ground, levers: Levers, plan: int, t: int) -> bool:
    """Say whether the focal state may stay out of the war: only where someone else is attacked."""
    return levers.alliance[plan, t] < 1.0 and ground.proteges.size > 0


@njit(cache=True, error_model="numpy")
def run_alike(
    ground: Ground, levers: Levers, leader: int, future: Any, course: Course, states: np.ndarray, t: int
) -> None:
    """Run plans that seek the same ties as the leader through one year; their partners are met once."""
    set_maturity(ground, levers, leader, future, course.present[0], t)
    meet_partners(ground, levers, leader, future, course, t)
    alone = False
    for plan in range(leader, states.size):
        if course.first[plan] == leader:
            if not alone and stands_aside(ground, levers, plan, t):
                contest_alone(course, t)
                alone = True
            run_year(ground, levers, plan, future, course, states[plan], t)


@njit(cache=True, error_model="numpy")
def new_states(plans: int) -> np.ndarray:
    """Start every plan: nothing bought yet, no attack so far."""
    states = np.zeros(plans, STATE)
    for plan in range(plans):
        states[plan].alive[:] = 1.0
    return states


@njit(cache=True, error_model="numpy")
def run_block(
    ground: Ground, levers: Levers, future: Any, course: Course, states: np.ndarray, kept: np.ndarray
) -> None:
    """Run every plan through a block of futures; `kept[lane, plan, series, year]` for some lanes."""
    present = course.present[0]
    set_forces(ground, future, course)
    set_schools(ground, future, course)
    set_partners(ground, future, course)
    set_contest(future, course)
    set_reference(ground, levers, future, course, states[0])
    present.discount[:] = 1.0
    present.discounts[:] = 0.0
    for t in range(ground.years):
        enter_year(course, t)
        for plan in range(states.size):
            if course.first[plan] == plan:
                run_alike(ground, levers, plan, future, course, states, t)
        for b in range(LANES):
            present.discounts[b] += present.discount[b]
            present.discount[b] /= 1.0 + future.discount_rate[b] / 100.0
        for b in range(kept.shape[0]):
            for plan in range(states.size):
                kept[b, plan, :, t] = states[plan].row[:, b]


@njit(cache=True, error_model="numpy")
def set_values(present: Any, state: Any, values: Float[np.ndarray, "future measure"]) -> None:
    """Condense a plan's sums into measures: discounted yearly means, survival at the end."""
    for b in range(values.shape[0]):
        for k in range(len(MEASURED)):
            values[b, k] = state.sum[k, b] / present.discounts[b]
            if MEASURED[k] == SURVIVAL:
                values[b, k] = state.alive[b]


@njit(cache=True, parallel=True, error_model="numpy")
def _run_blocks(
    ground: Ground,
    levers: Levers,
    blocks: np.ndarray,
    responses: Responses,
    values: np.ndarray,
    paths: np.ndarray,
) -> None:
    first = first_alike(levers)
    for i in prange(blocks.size):
        course = new_course(ground, first, responses.node, responses.income.shape[1])
        states = new_states(levers.strike.size)
        start, end = i * LANES, min((i + 1) * LANES, values.shape[1])
        for b in range(LANES):
            set_economy(responses, min(start + b, end - 1), course, b)
        run_block(ground, levers, blocks[i], course, states, paths[start:end])
        for plan in range(states.size):
            set_values(course.present[0], states[plan], values[plan, start:end])


def simulate(
    ground: Ground,
    levers: Levers,
    futures: np.ndarray,
    responses: Responses,
    values: Float[np.ndarray, "plan future measure"],
    paths: Float[np.ndarray, "kept plan series year"],
) -> None:
    """Run every plan through every future; fill in the measures, and the first futures' yearly series.

    Parameters
    ----------
    ground, levers, responses
        Fixed inputs, plans, and the real-income responses of these futures.
    futures : record array, [future]
        One field a parameter.
    values
        Filled in; measures in the order of `kedge.world.MEASURES`.
    paths
        Filled in for as many of the first futures as it has room for, perhaps none.
    """
    _run_blocks(ground, levers, pack(futures), responses, values, paths)
