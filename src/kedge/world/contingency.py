"""One year of a block of futures: who would come, how it would end, and what that invites."""

from __future__ import annotations

from typing import Any

from numba import njit

from kedge.core.lanes import LANES, exp
from kedge.security import logistic, temptation
from kedge.security.joiners import Joiners, average_contest, draw_lines, meet_joiners
from kedge.world.course import Course
from kedge.world.ground import Ground, Levers
from kedge.world.leanings import PRIMACIST, PRIORITISER, RESTRAINER, school_commitment

OUT, IN = 0, 1
TINY = 1e-300


@njit(cache=True, error_model="numpy")
def set_contest(future: Any, course: Course) -> None:
    """Fill in the contest's form and parameters; the difference form counts in the first challenger."""
    present = course.present[0]
    present.form[:] = future.contest_form
    present.decisiveness[:] = future.decisiveness
    present.advantage[:] = future.defender_advantage
    present.draw[:] = future.draw_width
    present.scale[:] = course.year[0].challenger


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def enter_year(course: Course, t: int) -> None:
    """Take the year's challenger into the contest."""
    present, year = course.present[0], course.year[t]
    for b in range(LANES):
        present.challenger[b] = year.challenger[b]
    draw_lines(present)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_maturity(ground: Ground, levers: Levers, plan: int, future: Any, present: Any, t: int) -> None:
    """Work out what share of the ties, standards and markets that a plan seeks is there in year t."""
    span = max(levers.mature_year[plan] - ground.first_year, 1.0)
    for b in range(LANES):
        reached = (t - future.tie_delay[b]) / span
        present.mature[b] = future.tie_realised[b] * min(max(reached, 0.0), 1.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def meet_partners(ground: Ground, levers: Levers, plan: int, future: Any, course: Course, t: int) -> None:
    """Work out strength after friction and chance of joining of every partner, for the present ties."""
    present, joiners = course.present[0], course.joiners
    # Common standards are standards in common with someone.
    shared = levers.interchange[plan] if ground.partners.size else 0.0
    for b in range(LANES):
        present.pooled[b] = 1.0 + future.interchange_gain[b] * shared * present.mature[b]
        present.lean[b] = exp(0.5 * future.solidarity[b])
        present.total[b] = TINY
        present.joining_out[b] = 0.0
        present.joining_in[b] = 0.0
    for n in range(ground.partners.size):
        partner, strength = joiners.partner[n], course.partner[t, n]
        today, change = ground.tie[n], levers.tie[plan, n] - ground.tie[n]
        for b in range(LANES):
            tie = today + present.mature[b] * change
            brings = present.pooled[b] * strength[b] * (1.0 - future.coalition_friction[b] * (1.0 - tie))
            # Odds against joining before it is known whether the patron comes.
            against = exp(-(partner.steady[b] + future.tie_slope[b] * tie))
            out = 1.0 / (1.0 + against * present.lean[b])
            come = present.lean[b] / (present.lean[b] + against)
            partner.strength[b], partner.chance[OUT, b], partner.chance[IN, b] = brings, out, come
            present.total[b] += brings
            present.joining_out[b] += out * brings
            present.joining_in[b] += come * brings
    meet_joiners(joiners, present)


@njit(cache=True, error_model="numpy")
def keep_odds(joiners: Joiners, present: Any, focal: int, patron: int) -> None:
    """Average the contest over joiners, for the core strength that is set, and keep both chances."""
    average_contest(joiners, patron, present)
    case = 2 * focal + patron
    for b in range(LANES):
        present.lost_by[case, b], present.held_by[case, b] = present.lost[b], present.held[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def contest_alone(course: Course, t: int) -> None:
    """Work out the odds where neither focal state nor patron fights, which no plan changes."""
    present, year = course.present[0], course.year[t]
    for b in range(LANES):
        present.core[b] = year.protege[b]
    keep_odds(course.joiners, present, OUT, OUT)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def contest_odds(course: Course, future: Any, state: Any, alliance: float, aside: bool, t: int) -> None:
    """Work out the odds with the focal state in, and, if it may stand aside, with the patron alone.

    Without the alliance the patron's bases in the focal state are lost.
    """
    present, year = course.present[0], course.year[t]
    for focal in range(OUT if aside else IN, 2):
        for patron in range(IN if focal == OUT else OUT, 2):
            for b in range(LANES):
                near = future.forward_share[b] * alliance
                coming = near * year.patron_near[b] + (1.0 - near) * year.patron_far[b]
                own = present.pooled[b] * state.strength[b]
                present.core[b] = year.protege[b] + patron * coming + focal * own
            keep_odds(course.joiners, present, focal, patron)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def mean_win(present: Any, b: int, involvement: float, commitment: float) -> float:
    """Chance that the challenger wins, over whether patron and focal state fight."""
    lost = present.lost_by
    inside = commitment * lost[3, b] + (1.0 - commitment) * lost[2, b]
    outside = commitment * lost[1, b] + (1.0 - commitment) * lost[0, b]
    return involvement * inside + (1.0 - involvement) * outside


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def mean_loss(present: Any, b: int, involvement: float, commitment: float, future: Any) -> float:
    """Weigh the loss of a war in percent of one year's GDP; a won war costs half of a drawn one."""
    lost = commitment * present.lost_by[3, b] + (1.0 - commitment) * present.lost_by[2, b]
    held = commitment * present.held_by[3, b] + (1.0 - commitment) * present.held_by[2, b]
    loss = lost * future.defeat_loss[b] + (1.0 - lost - 0.5 * held) * future.war_loss[b]
    return involvement * loss + (1.0 - involvement) * future.bystander_loss[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_reference(ground: Ground, levers: Levers, future: Any, course: Course, state: Any) -> None:
    """Work out temptation if the first year stood still: alliance, ties and effort as they are today.

    The patron's school is not known then, so its commitment is the average over schools.
    """
    present, year = course.present[0], course.year[0]
    enter_year(course, 0)
    for b in range(LANES):
        present.mature[b] = 0.0
        state.strength[b] = present.focal_unit[b] * year.focal_stock[b]
    # Where nothing has matured, what a plan seeks does not matter.
    meet_partners(ground, levers, 0, future, course, 0)
    contest_odds(course, future, state, 1.0, False, 0)
    for b in range(LANES):
        restrainer = future.restrainer_share[b]
        prioritiser = (1.0 - restrainer) * future.prioritiser_share[b]
        commitment = (
            restrainer * school_commitment(ground, future, RESTRAINER)[b]
            + prioritiser * school_commitment(ground, future, PRIORITISER)[b]
            + (1.0 - restrainer - prioritiser) * school_commitment(ground, future, PRIMACIST)[b]
        )
        present.reference[b] = temptation(mean_win(present, b, 1.0, commitment), 0.0, 0.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_commitment(future: Any, course: Course, t: int, change: tuple[float, float, float]) -> None:
    """Work out the patron's chance of coming from changes of own effort, mean tie depth and alliance."""
    present, year = course.present[0], course.year[t]
    effort, depth, alliance = change
    for b in range(LANES):
        shift = future.burden_feedback[b] * effort + future.alliance_logodds[b] * alliance
        shift += future.network_feedback[b] * present.mature[b] * depth
        present.commitment[b] = logistic(year.commitment[b] + shift)
