"""Who leans which way in a block of futures, before any plan: the patron's schools, the partners."""

from __future__ import annotations

from typing import Any

from numba import njit

from kedge.core.lanes import LANES
from kedge.security import log_odds, partner_log_odds
from kedge.world.course import Course
from kedge.world.ground import Ground

FIRST_TERM = 2025
TERM = 4
RESTRAINER, PRIORITISER, PRIMACIST = range(3)


@njit(cache=True, error_model="numpy")
def draw_of_term(future: Any, year: int) -> Any:
    """Draws that say who governs the patron in a year; after the last term it stays as it is."""
    term = (year - FIRST_TERM) // TERM
    if term <= 0:
        return future.patron_2025
    if term == 1:
        return future.patron_2029
    return future.patron_2033 if term == 2 else future.patron_2037


@njit(cache=True, error_model="numpy")
def school_commitment(ground: Ground, future: Any, school: int) -> Any:
    """Chance that a patron of one school comes, all else as today."""
    engaged = school == PRIMACIST or (school == PRIORITISER and ground.priority == 1)
    return future.commitment_engaged if engaged else future.commitment_restrainer


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_schools(ground: Ground, future: Any, course: Course) -> None:
    """Fill in the patron's log-odds of coming, year by year, by the school that governs it."""
    restrained = school_commitment(ground, future, RESTRAINER)
    prioritising = school_commitment(ground, future, PRIORITISER)
    engaged = school_commitment(ground, future, PRIMACIST)
    for t in range(ground.years):
        draw, commitment = draw_of_term(future, ground.first_year + t), course.year[t].commitment
        for b in range(LANES):
            restrainer = future.restrainer_share[b]
            prioritiser = (1.0 - restrainer) * future.prioritiser_share[b]
            chance = prioritising[b] if draw[b] < restrainer + prioritiser else engaged[b]
            commitment[b] = log_odds(restrained[b] if draw[b] < restrainer else chance)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_partners(ground: Ground, future: Any, course: Course) -> None:
    """Fill in every partner's log-odds of joining but for its tie and the patron's choice."""
    for n in range(ground.partners.size):
        steady = course.joiners.partner[n].steady
        for b in range(LANES):
            bond = future.tie_slope[b] * (ground.stake[n] - 1.0)
            distance = future.affinity_slope[b] * ground.ideal_distance[n]
            steady[b] = partner_log_odds(future.reliability[b], ground.obligation[n], bond, distance)
