"""One lever path in a block of futures, year by year; plans may follow one another on it.

Until ties of a second plan are sought, a year runs through the very functions that static plans
run through.  After that, what has been reached of ties, standards and markets is a mixture: the
new plan's part ripens as in a static plan, and the rest fades from where it stood.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numba import njit, prange

from kedge.core.lanes import LANES, exp
from kedge.security.joiners import meet_joiners
from kedge.world.contingency import (
    TINY,
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
from kedge.world.plan_year import FISCAL, TIE, add_up, earn, follow_curve, pay, secure, set_tariff, spend
from kedge.world.simulate import new_states, run_year, set_economy, set_values, stands_aside

IN = 1


class Turns(NamedTuple):
    """Which row of the levers each path follows in each year, and whose ties it sought since when.

    Parameters
    ----------
    row : row, [path, year]
    turn : index, [path, year]
        Into the next two: how often other ties came to be sought.
    seek : row, [path, turn]
        Whose ties, standards and markets are sought.
    begun : index of a year, [path, turn]
        Since when.
    """

    row: Int[np.ndarray, "path year"]
    turn: Int[np.ndarray, "path year"]
    seek: Int[np.ndarray, "path turn"]
    begun: Int[np.ndarray, "path turn"]


class Lanes(NamedTuple):
    """What lies side by side, and room for what comes out.

    Parameters
    ----------
    path : path, [block]
    where : row of the responses, [block, lane]
    values : units of the measures, [block * lane, measure]
        Filled in.
    series : their own units, [block * lane, series, year]
        Filled in.
    """

    path: Int[np.ndarray, " block"]
    where: Int[np.ndarray, "block lane"]
    values: Float[np.ndarray, "future measure"]
    series: Float[np.ndarray, "future series year"]


class Road(NamedTuple):
    """All that no future changes: ground, levers, the same with diversification one, and turns."""

    ground: Ground
    levers: Levers
    unit: Levers
    turns: Turns


class Reached(NamedTuple):
    """What part of each plan's ties is there, and was there when the present plan began; scratch."""

    part: Float[np.ndarray, "turn lane"]
    stood: Float[np.ndarray, "turn lane"]
    depth: Float[np.ndarray, " lane"]
    deeper: Float[np.ndarray, " lane"]
    diverted: Float[np.ndarray, " lane"]


@njit(cache=True, error_model="numpy")
def make_road(ground: Ground, levers: Levers, turns: Turns) -> Road:
    """Put together what no future changes."""
    unit = Levers(
        levers.defence_share,
        levers.alliance,
        levers.accommodation,
        levers.tie,
        levers.mature_year,
        levers.strike,
        levers.cyber_space,
        levers.research,
        levers.interchange,
        levers.linkage,
        levers.retaliation,
        levers.concession,
        np.ones_like(levers.diversification),
        levers.stance,
    )
    return Road(ground, levers, unit, turns)


@njit(cache=True, error_model="numpy")
def set_reached(road: Road, path: int, future: Any, present: Any, reached: Reached, t: int) -> None:
    """Work out what part of each plan's ties is there in year t."""
    ground, levers, turns = road.ground, road.levers, road.turns
    turn = turns.turn[path, t]
    begun, row = turns.begun[path, turn], turns.seek[path, turn]
    if turn == 0:
        set_maturity(ground, levers, row, future, present, t)
        reached.part[0] = present.mature
        return
    if t == begun:
        reached.stood[:] = reached.part
    span = max(levers.mature_year[row] - ground.first_year, 1.0)
    for b in range(LANES):
        ripe = min(max((t - begun - future.tie_delay[b]) / span, 0.0), 1.0)
        for k in range(turn):
            reached.part[k, b] = (1.0 - ripe) * reached.stood[k, b]
        reached.part[turn, b] = ripe * future.tie_realised[b]


@njit(cache=True, error_model="numpy")
def mix_totals(road: Road, path: int, reached: Reached, t: int) -> None:
    """Add up mean depth, what is deeper than today, and trade diverted, over the plans so far."""
    reached.depth[:] = 0.0
    reached.deeper[:] = 0.0
    reached.diverted[:] = 0.0
    ground, levers = road.ground, road.levers
    partners = ground.partners.size
    for k in range(road.turns.turn[path, t] + 1):
        row = road.turns.seek[path, k]
        change = levers.tie[row].mean() - ground.tie.mean() if partners else 0.0
        deeper = 0.0
        for n in range(partners):
            deeper += max(levers.tie[row, n] - ground.tie[n], 0.0)
        for b in range(LANES):
            part = reached.part[k, b]
            reached.depth[b] += part * change
            reached.deeper[b] += part * deeper
            reached.diverted[b] += part * levers.diversification[row]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def meet_mixed(road: Road, path: int, future: Any, course: Course, reached: Reached, t: int) -> None:
    """Meet the partners as `contingency.meet_partners` does, with ties that several plans have formed."""
    present, joiners, levers = course.present[0], course.joiners, road.levers
    seek, ground = road.turns.seek[path], road.ground
    turns, partners = road.turns.turn[path, t] + 1, ground.partners.size
    for b in range(LANES):
        shared = 0.0
        for k in range(turns if partners else 0):
            shared += reached.part[k, b] * levers.interchange[seek[k]]
        present.pooled[b] = 1.0 + future.interchange_gain[b] * shared
        present.lean[b] = exp(0.5 * future.solidarity[b])
        present.total[b] = TINY
        present.joining_out[b] = 0.0
        present.joining_in[b] = 0.0
    for n in range(partners):
        partner, strength, today = joiners.partner[n], course.partner[t, n], ground.tie[n]
        for b in range(LANES):
            tie = today
            for k in range(turns):
                tie += reached.part[k, b] * (levers.tie[seek[k], n] - today)
            brings = present.pooled[b] * strength[b] * (1.0 - future.coalition_friction[b] * (1.0 - tie))
            against = exp(-(partner.steady[b] + future.tie_slope[b] * tie))
            out = 1.0 / (1.0 + against * present.lean[b])
            come = present.lean[b] / (present.lean[b] + against)
            partner.strength[b], partner.chance[0, b], partner.chance[IN, b] = brings, out, come
            present.total[b] += brings
            present.joining_out[b] += out * brings
            present.joining_in[b] += come * brings
    meet_joiners(joiners, present)


@njit(cache=True, error_model="numpy")
def run_mixed_year(
    road: Road, row: int, future: Any, course: Course, state: Any, reached: Reached, t: int
) -> None:
    """Run one year in which several plans' ties are there together, the partners having been met."""
    ground, levers, present = road.ground, road.levers, course.present[0]
    alliance, effort = levers.alliance[row, t], levers.defence_share[row, t] - ground.defence_share[FOCAL]
    spend(ground, levers, row, future, course, state, t)
    # What ripens enters as `mature` times a lever: here the product is in `mature`, the lever one.
    present.mature[:] = reached.depth
    set_commitment(future, course, t, (effort, 1.0, alliance - 1.0))
    contest_odds(course, future, state, alliance, stands_aside(ground, levers, row, t), t)
    secure(ground, levers, row, future, course, state, t)
    set_tariff(ground, levers, row, future, present, state, t)
    follow_curve(course.node, course.curve[levers.stance[row]], present)
    present.mature[:] = reached.diverted
    earn(road.unit, row, future, course, state, t)
    present.mature[:] = 0.0
    pay(ground, levers, row, future, present, state, t)
    for b in range(LANES):
        state.row[TIE, b] += reached.depth[b]
        state.row[FISCAL, b] += future.public_funds[b] * future.tie_cost[b] * reached.deeper[b]
    add_up(present, state)


@njit(cache=True, error_model="numpy")
def run_path(
    road: Road, path: int, future: Any, course: Course, states: np.ndarray, kept: np.ndarray
) -> None:
    """Run one path through a block of futures; `kept[lane, series, year]` for all that count."""
    present, state = course.present[0], states[0]
    ground, levers, turns = road.ground, road.levers, road.turns
    parts = (turns.seek.shape[1], LANES)
    reached = Reached(np.zeros(parts), np.zeros(parts), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES))
    present.discount[:] = 1.0
    present.discounts[:] = 0.0
    for t in range(ground.years):
        row, mixed = turns.row[path, t], turns.turn[path, t] > 0
        enter_year(course, t)
        set_reached(road, path, future, present, reached, t)
        if mixed:
            mix_totals(road, path, reached, t)
            meet_mixed(road, path, future, course, reached, t)
        else:
            meet_partners(ground, levers, row, future, course, t)
        if stands_aside(ground, levers, row, t):
            contest_alone(course, t)
        if mixed:
            run_mixed_year(road, row, future, course, state, reached, t)
        else:
            run_year(ground, levers, row, future, course, state, t)
        for b in range(LANES):
            present.discounts[b] += present.discount[b]
            present.discount[b] /= 1.0 + future.discount_rate[b] / 100.0
        for b in range(kept.shape[0]):
            kept[b, :, t] = state.row[:, b]


@njit(cache=True, error_model="numpy")
def run_lanes(
    road: Road, i: int, block: Any, responses: Responses, course: Course, states: np.ndarray, lanes: Lanes
) -> None:
    """Run one block through its path; its only state is the first of `states`.

    The array is handed in because a record does not keep alive the array that it lies in.
    """
    for b in range(LANES):
        set_economy(responses, lanes.where[i, b], course, b)
    set_forces(road.ground, block, course)
    set_schools(road.ground, block, course)
    set_partners(road.ground, block, course)
    set_contest(block, course)
    set_reference(road.ground, road.levers, block, course, states[0])
    start, end = i * LANES, (i + 1) * LANES
    run_path(road, lanes.path[i], block, course, states, lanes.series[start:end])
    set_values(course.present[0], states[0], lanes.values[start:end])


@njit(cache=True, parallel=True, error_model="numpy")
def run_paths(
    ground: Ground, levers: Levers, turns: Turns, blocks: np.ndarray, responses: Responses, lanes: Lanes
) -> None:
    """Run each block of futures through its path; fill in measures and yearly series.

    Parameters
    ----------
    ground, levers, turns, responses
        Fixed inputs, stretches of paths, how paths go through them, and real-income responses.
    blocks : record array, [block]
        Futures side by side.
    lanes
        The path of each block, the response of each lane, and room for the results.
    """
    first = np.zeros(1, np.int64)
    for i in prange(blocks.size):
        road = make_road(ground, levers, turns)
        course = new_course(ground, first, responses.node, responses.income.shape[1])
        run_lanes(road, i, blocks[i], responses, course, new_states(1), lanes)
