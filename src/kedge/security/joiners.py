"""Odds over every set of partners, for many futures side by side, without going through the sets.

The odds are a smooth function of the strength X that joins.  They are replaced by the polynomial in
`q = exp(-decay X / total)` that meets them at Chebyshev points of q, and the expectation of a power
of q is a product over partners, `E[q^j] = prod_n (1 - p_n + p_n exp(-j decay s_n / total))`, because
partners join independently.  So the work grows with the number of partners, not of their sets.

The error is at most that of the polynomial, whatever the chances.  A coarse grid of points serves
where that is below 1e-7, a fine one where only it is, and everything else is enumerated; a test
holds both limits over dense grids of strengths and parameters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from kedge.core.lanes import LANES, exp, log
from kedge.security.coalition import join_sets, joiner_odds
from kedge.security.contest import Balance

TINY = 1e-300


class Limits(NamedTuple):
    """Where a grid is good enough.

    Parameters
    ----------
    core : share
        Least core strength against all joiners' strength, ratio form.
    steepness : log-odds
        Most that all joiners together may move the defender's log-odds, difference form.
    decisiveness
        Most in the ratio form, whose odds have a pole near the strengths above it.
    """

    core: float
    steepness: float
    decisiveness: float


COARSE_LIMITS = Limits(0.2, 2.0, 1.0)
FINE_LIMITS = Limits(0.07, 4.0, 1.0)


def grid_table(points: int, decay: float) -> np.ndarray:
    """Lay out a grid's constants: one record whose shapes the compiler knows.

    Parameters
    ----------
    points
        How many; the polynomial's degree is one less.
    decay
        Of q over all joiners' strength: more suits a small core, less a steep contest.
    """
    angle = np.pi * (np.arange(points) + 0.5) / points
    least = np.exp(-decay)
    q = 0.5 * (1.0 + least) + 0.5 * (1.0 - least) * np.cos(angle)
    table = np.zeros(
        1,
        np.dtype(
            [
                ("decay", "f8"),
                ("share", "f8", (points,)),
                ("to_mean", "f8", (points, points)),
                ("to_weight", "f8", (points, points)),
            ]
        ),
    )
    table["decay"] = decay
    table["share"] = -np.log(q) / decay
    # Means of Chebyshev polynomials from means of powers, and weights of the points from those; in
    # one matrix, rounding would cost all digits.
    domain = [least, 1.0]
    for degree in range(points):
        row = np.polynomial.Chebyshev.basis(degree, domain).convert(kind=np.polynomial.Polynomial).coef
        table["to_mean"][0, degree, : degree + 1] = row
    table["to_weight"] = 2.0 / points * np.cos(np.outer(angle, np.arange(points)))
    table["to_weight"][0, :, 0] = 1.0 / points
    return table


COARSE = grid_table(12, 1.2)
FINE = grid_table(20, 1.6)


def _scratch(points: int) -> np.dtype:
    block = ("f8", (points, LANES))
    return np.dtype([("power", *block), ("mean", *block), ("weight", "f8", (2, points, LANES))])


COARSE_SCRATCH, FINE_SCRATCH = _scratch(12), _scratch(20)

# One contest a lane: what it is given, and the chances that it fills in.
CONTEST = np.dtype(
    [
        (name, "f8", (LANES,))
        for name in (
            *("form", "decisiveness", "advantage", "draw", "scale"),
            *("challenger", "slope", "shift"),
            *("total", "core", "coarse"),
            *("lost", "held", "coarse_lost", "coarse_held"),
        )
    ]
)


# One partner, lane by lane: what it brings, its log-odds of joining less what its tie adds, and its
# chance of joining with the patron out and in.
PARTNER = np.dtype([("strength", "f8", (LANES,)), ("steady", "f8", (LANES,)), ("chance", "f8", (2, LANES))])


class Joiners(NamedTuple):
    """Partners in one year, lane by lane, and what has been worked out from them.

    Parameters
    ----------
    partner : record array, [partner]
        Of `PARTNER`.
    coarse, fine : record array, [1]
        Scratch of the two grids.
    weighed : [patron]
        Whether the fine grid's weights are those of this year.
    """

    partner: np.ndarray
    coarse: np.ndarray
    fine: np.ndarray
    weighed: np.ndarray


@njit(cache=True, error_model="numpy")
def new_joiners(partners: int) -> Joiners:
    """Make room for a year's partners."""
    return Joiners(
        np.zeros(partners, PARTNER),
        np.zeros(1, COARSE_SCRATCH),
        np.zeros(1, FINE_SCRATCH),
        np.zeros(2, np.bool_),
    )


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def weigh_points(table: Any, scratch: Any, joiners: Joiners, patron: int, contest: Any) -> None:
    """Work out the weight of every point of a grid from the chances of joining."""
    points = table.share.size
    scratch.power[:] = 1.0
    for n in range(joiners.partner.size):
        partner = joiners.partner[n]
        for b in range(LANES):
            chance = partner.chance[patron, b]
            step = exp(-table.decay * partner.strength[b] / contest.total[b])
            q = 1.0
            for j in range(1, points):
                q *= step
                scratch.power[j, b] *= 1.0 - chance * (1.0 - q)
    for i in range(points):
        for b in range(LANES):
            mean = 0.0
            for j in range(points):
                mean += table.to_mean[i, j] * scratch.power[j, b]
            scratch.mean[i, b] = mean
    weight = scratch.weight[patron]
    for k in range(points):
        for b in range(LANES):
            total = 0.0
            for i in range(points):
                total += table.to_weight[k, i] * scratch.mean[i, b]
            weight[k, b] = total


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def draw_lines(contest: Any) -> None:
    """Write the defender's log-odds as `shift + slope log D` (ratio form) or `shift + slope D`."""
    for b in range(LANES):
        ratio = contest.form[b] == 0.0
        m, beta = contest.decisiveness[b], contest.advantage[b]
        # A challenger or a defender without any strength is one with next to none.
        attack = max(contest.challenger[b], TINY)
        contest.slope[b] = m if ratio else m * beta / contest.scale[b]
        contest.shift[b] = m * log(beta / attack) if ratio else -m * contest.challenger[b] / contest.scale[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def suits(contest: Any, b: int, limits: Limits) -> bool:
    """Say whether a grid within these limits is good enough for a lane's contest."""
    ratio = contest.form[b] == 0.0
    near = (
        contest.core[b] >= limits.core * contest.total[b] and contest.decisiveness[b] <= limits.decisiveness
    )
    return near if ratio else contest.slope[b] * contest.total[b] <= limits.steepness


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def average_points(table: Any, weight: np.ndarray, contest: Any) -> None:
    """Average the odds at a grid's points; fill in both chances."""
    for b in range(LANES):
        contest.lost[b] = 0.0
        contest.held[b] = 0.0
    for k in range(table.share.size):
        share, here = table.share[k], weight[k]
        for b in range(LANES):
            strength = contest.core[b] + share * contest.total[b]
            level = log(max(strength, TINY)) if contest.form[b] == 0.0 else strength
            # Log-odds beyond 300 are certainties, and the product below stays finite.
            y = exp(min(max(contest.shift[b] + contest.slope[b] * level, -300.0), 300.0))
            draw = contest.draw[b]
            behind, ahead = y + draw, 1.0 + draw * y
            part = here[b] / (behind * ahead)
            contest.lost[b] += part * behind
            contest.held[b] += part * y * ahead


@njit(cache=True, error_model="numpy")
def meet_joiners(joiners: Joiners, contest: Any) -> None:
    """Take note of a year's partners, once their strengths, chances and total are filled in."""
    for patron in range(2):
        weigh_points(COARSE[0], joiners.coarse[0], joiners, patron, contest)
        joiners.weighed[patron] = False


@njit(cache=True, error_model="numpy")
def enumerate_lane(joiners: Joiners, patron: int, contest: Any, b: int) -> None:
    """Go through all sets of joiners in one lane; fill in both chances."""
    partners = joiners.partner.size
    strength, chance = np.empty(partners), np.empty(partners)
    for n in range(partners):
        strength[n] = joiners.partner[n].strength[b]
        chance[n] = joiners.partner[n].chance[patron, b]
    total, weight = np.empty(1 << partners), np.empty(1 << partners)
    join_sets(strength, chance, total, weight)
    balance = Balance(
        int(contest.form[b]),
        contest.decisiveness[b],
        contest.advantage[b],
        contest.draw[b],
        contest.scale[b],
    )
    odds = joiner_odds(contest.challenger[b], contest.core[b], total, weight, balance)
    contest.lost[b], contest.held[b] = odds.challenger, odds.defender


@njit(cache=True, error_model="numpy")
def average_rest(joiners: Joiners, patron: int, contest: Any) -> None:
    """Average the contest with care where the coarse grid is not good enough."""
    if not joiners.weighed[patron]:
        weigh_points(FINE[0], joiners.fine[0], joiners, patron, contest)
        joiners.weighed[patron] = True
    for b in range(LANES):
        contest.coarse_lost[b], contest.coarse_held[b] = contest.lost[b], contest.held[b]
    average_points(FINE[0], joiners.fine[0].weight[patron], contest)
    for b in range(LANES):
        if contest.coarse[b] != 0.0:
            contest.lost[b], contest.held[b] = contest.coarse_lost[b], contest.coarse_held[b]
        elif not suits(contest, b, FINE_LIMITS):
            enumerate_lane(joiners, patron, contest, b)


@njit(cache=True, error_model="numpy")
def average_contest(joiners: Joiners, patron: int, contest: Any) -> None:
    """Average the contest over all sets of joiners in every lane; fill in both chances.

    What a lane gets depends on that lane alone, whatever grid its neighbours need.
    """
    average_points(COARSE[0], joiners.coarse[0].weight[patron], contest)
    good = 0.0
    for b in range(LANES):
        contest.coarse[b] = suits(contest, b, COARSE_LIMITS)
        good += contest.coarse[b]
    if good < LANES:
        average_rest(joiners, patron, contest)
