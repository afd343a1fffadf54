"""The joint model: plans and futures in, measures out, in one compiled annual simulation."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit, prange

from kedge.security import next_stock, partner_log_odds, temptation
from kedge.world.contingency import Stand, assess_year, contest_odds, mean_win, shifted
from kedge.world.forces import (
    BASE_YEAR,
    Field,
    build_field,
    growth_of,
    multiplier_of,
    school_commitment,
    school_of_patron,
)
from kedge.world.ground import FOCAL, HIGHEST_TARIFF, SERIES_INDEX, Ground, Levers, Responses

RESEARCH_DECAY = 0.1  # a year; usual for R&D stocks in national accounts

DEFENCE = SERIES_INDEX["defence_share"]
TARIFF = SERIES_INDEX["tariff"]
INCOME = SERIES_INDEX["real_income"]
FISCAL = SERIES_INDEX["fiscal_cost"]
COMMITMENT = SERIES_INDEX["patron_commitment"]
TIE = SERIES_INDEX["tie_depth"]
WIN = SERIES_INDEX["challenger_wins"]
HAZARD = SERIES_INDEX["attack_hazard"]
SURVIVAL = SERIES_INDEX["survival"]
LOSS = SERIES_INDEX["security_loss"]
LEVERAGE = SERIES_INDEX["patron_leverage"]
EXPOSURE = SERIES_INDEX["coercion_exposure"]
RESILIENCE = SERIES_INDEX["network_resilience"]
SERIES_COUNT = len(SERIES_INDEX)


class Own(NamedTuple):
    """The focal state's own forces under one plan, [year]."""

    strength: Float[np.ndarray, " year"]
    strike: Float[np.ndarray, " year"]
    research: Float[np.ndarray, " year"]


@njit(cache=True, error_model="numpy")
def own_forces(ground: Ground, field: Field, levers: Levers, plan: int, future: Any) -> Own:
    """Turn a plan's spending into strength in the theatre, strike forces and a research stock.

    Spending above today's share is split by the plan's mix; spending below it, and the extra cost
    of forces without the patron's equipment, come out of ordinary forces.  Strike and research are
    in percent of GDP.
    """
    strength, strike = np.empty(ground.years), np.empty(ground.years)
    research = np.empty(ground.years)
    factor, multiplier = growth_of(ground, future, FOCAL), multiplier_of(ground, future, FOCAL)
    ordinary = striking = weightless = learnt = 0.0
    gdp = ground.gdp[FOCAL] * factor ** (ground.first_year - BASE_YEAR - 1)
    base = ground.defence_share[FOCAL]
    for t in range(ground.years):
        gdp *= factor
        per_point = multiplier * gdp / 100.0
        share = levers.defence_share[plan, t]
        yields = 1.0 / (1.0 + future.independence_premium * (1.0 - levers.alliance[plan, t]))
        extra = max(share - base, 0.0)
        special = levers.strike[plan] + levers.cyber_space[plan] + levers.research[plan]
        added = yields * (share - special * extra) - base
        ordinary = next_stock(ordinary, future.depreciation, added * per_point)
        striking = next_stock(striking, future.depreciation, yields * levers.strike[plan] * extra * per_point)
        weightless = next_stock(
            weightless, future.depreciation, yields * levers.cyber_space[plan] * extra * per_point
        )
        learnt = next_stock(learnt, RESEARCH_DECAY, levers.research[plan] * extra)
        stock = max(field.focal_stock[t] + ordinary, 0.0)
        strength[t] = (
            field.focal_unit * stock + field.strike_unit * striking + field.weightless_unit * weightless
        )
        strike[t] = striking / (multiplier * gdp) * 100.0
        research[t] = learnt
    return Own(strength, strike, research)


@njit(cache=True, error_model="numpy")
def maturity(ground: Ground, levers: Levers, plan: int, future: Any, t: int) -> float:
    """Share of what a plan seeks in ties, standards and markets that is there in year t."""
    span = max(levers.mature_year[plan] - ground.first_year, 1.0)
    reached = (t - future.tie_delay) / span
    return future.tie_realised * min(max(reached, 0.0), 1.0)


@njit(cache=True, error_model="numpy")
def reference_temptation(ground: Ground, field: Field, future: Any) -> float:
    """Temptation if the first year stood still: alliance, ties and effort as they are today.

    The patron's school is not known then, so its commitment is the average over schools.
    """
    restrainer = future.restrainer_share
    prioritiser = (1.0 - restrainer) * future.prioritiser_share
    commitment = (
        restrainer * school_commitment(ground, future, 0)
        + prioritiser * school_commitment(ground, future, 1)
        + (1.0 - restrainer - prioritiser) * school_commitment(ground, future, 2)
    )
    strength, odds = partner_stand(ground, field, future, ground.tie, 0)
    stand = Stand(
        0,
        field.focal_unit * field.focal_stock[0],
        patron_strength(field, future, 1.0, 0),
        strength,
        odds,
        commitment,
        1.0,
        0.0,
        0.0,
        0.0,
    )
    return temptation(mean_win(contest_odds(field, stand, future.solidarity), 1.0, commitment), 0.0, 0.0)


@njit(cache=True, error_model="numpy")
def patron_strength(field: Field, future: Any, alliance: float, t: int) -> float:
    """Strength the patron brings; without the alliance its bases in the focal state are lost."""
    near = future.forward_share * alliance
    return near * field.patron_near[t] + (1.0 - near) * field.patron_far[t]


@njit(cache=True, error_model="numpy")
def partner_stand(
    ground: Ground, field: Field, future: Any, tie: Float[np.ndarray, " partner"], t: int
) -> tuple[np.ndarray, np.ndarray]:
    """Strength after friction and log-odds of joining of every partner, for given tie depths."""
    strength = np.empty(tie.size)
    odds = np.empty(tie.size)
    for n in range(tie.size):
        strength[n] = field.partner[t, n] * (1.0 - future.coalition_friction * (1.0 - tie[n]))
        bond = future.tie_slope * (tie[n] + ground.stake[n] - 1.0)
        distance = future.affinity_slope * ground.ideal_distance[n]
        odds[n] = partner_log_odds(future.reliability, ground.obligation[n], bond, distance)
    return strength, odds


@njit(cache=True, error_model="numpy")
def interpolate(node: Float[np.ndarray, " node"], value: Float[np.ndarray, " node"], x: float) -> float:
    """Evaluate the polynomial through a few nodes (Lagrange form)."""
    result = 0.0
    for i in range(node.size):
        part = value[i]
        for j in range(node.size):
            if j != i:
                part *= (x - node[j]) / (node[i] - node[j])
        result += part
    return result


@njit(cache=True, error_model="numpy")
def tariff_of(ground: Ground, levers: Levers, plan: int, future: Any, t: int) -> float:
    """Patron's additional tariff on the focal state in year t, after what the plan does about it."""
    base = future.tariff_first_term if ground.first_year + t < 2029 else future.tariff_later
    gain = max(levers.defence_share[plan, t] - ground.defence_share[FOCAL], 0.0)
    tariff = (
        base
        - future.linkage_points * levers.linkage[plan] * gain
        - future.concession_points * levers.concession[plan]
        + future.retaliation_response * levers.retaliation[plan]
        + future.loosening_points * (1.0 - levers.alliance[plan, t])
    )
    return min(max(tariff, 0.0), HIGHEST_TARIFF)


@njit(cache=True, error_model="numpy")
def run_plan(
    ground: Ground, field: Field, levers: Levers, plan: int, future: Any, reference: float, row: np.ndarray
) -> None:
    """Fill in the security side of one plan's yearly series, `row[series, year]`."""
    own = own_forces(ground, field, levers, plan, future)
    tie = np.empty(ground.partners.size)
    today = ground.tie.mean() if tie.size else 0.0
    alive = 1.0
    for t in range(ground.years):
        alliance = levers.alliance[plan, t]
        mature = maturity(ground, levers, plan, future, t)
        for n in range(tie.size):
            tie[n] = ground.tie[n] + mature * (levers.tie[plan, n] - ground.tie[n])
        depth = tie.mean() if tie.size else 0.0
        strength, odds = partner_stand(ground, field, future, tie, t)
        # Common standards are standards in common with someone.
        shared = levers.interchange[plan] if tie.size else 0.0
        pooled = 1.0 + future.interchange_gain * shared * mature
        school = school_of_patron(future, ground.first_year + t)
        shift = (
            future.burden_feedback * (levers.defence_share[plan, t] - ground.defence_share[FOCAL])
            + future.network_feedback * (depth - today)
            - future.alliance_logodds * (1.0 - alliance)
        )
        commitment = shifted(school_commitment(ground, future, school), shift)
        # Staying out is an option only where someone else is attacked.
        away = future.stay_out * (1.0 - alliance) if ground.proteges.size else 0.0
        stand = Stand(
            t,
            pooled * own.strength[t],
            patron_strength(field, future, alliance, t),
            pooled * strength,
            odds,
            commitment,
            1.0 - away,
            future.punishment_effect * own.strike[t],
            future.accommodation_effect * levers.accommodation[plan, t],
            future.treaty_effect * (alliance - 1.0),
        )
        prospect = assess_year(field, stand, future, reference)
        row[COMMITMENT, t], row[TIE, t] = commitment, depth
        row[WIN, t], row[HAZARD, t] = prospect.win, prospect.hazard
        row[LOSS, t] = alive * prospect.hazard * prospect.loss
        gone = prospect.hazard_alone * prospect.loss_alone
        row[LEVERAGE, t] = max(gone - prospect.hazard * prospect.loss, 0.0)
        row[RESILIENCE, t] = prospect.resilience
        alive *= 1.0 - prospect.hazard
        row[SURVIVAL, t] = alive
        row[INCOME, t] = future.research_spillover * own.research[t]


@njit(cache=True, error_model="numpy")
def run_economy(
    ground: Ground,
    levers: Levers,
    plan: int,
    future: Any,
    income: np.ndarray,
    economy: tuple[np.ndarray, float],
    row: np.ndarray,
) -> None:
    """Fill in the economic side of one plan's yearly series; real income adds to what is there."""
    node, embargo = economy
    for t in range(ground.years):
        mature = maturity(ground, levers, plan, future, t)
        moved = future.diversification_shift * levers.diversification[plan] * mature
        tariff = tariff_of(ground, levers, plan, future, t)
        curve = income[levers.stance[plan]]
        untaxed = interpolate(node, curve, 1.0)
        change = interpolate(node, curve, (1.0 + tariff) ** -4.0) - untaxed
        yielded = levers.accommodation[plan, t]
        row[TARIFF, t] = tariff
        row[INCOME, t] += untaxed + (1.0 - moved) * change - future.accommodation_price * yielded
        share = levers.defence_share[plan, t]
        deepened = 0.0
        for n in range(ground.partners.size):
            deepened += max(mature * (levers.tie[plan, n] - ground.tie[n]), 0.0)
        row[DEFENCE, t] = share
        row[FISCAL, t] = future.public_funds * (
            share
            - ground.defence_share[FOCAL]
            + future.tie_cost * deepened
            + future.host_support * levers.alliance[plan, t]
            + future.diversification_cost * levers.diversification[plan]
            + future.concession_cost * levers.concession[plan]
        )
        row[EXPOSURE, t] = embargo * max(1.0 - moved + future.diversification_shift * yielded, 0.0)


@njit(cache=True, error_model="numpy")
def measures_of(row: np.ndarray, discount_rate: float, out: Float[np.ndarray, " measure"]) -> None:
    """Condense yearly series into measures: flows as discounted yearly means, survival at the end."""
    years = row.shape[1]
    weight = np.empty(years)
    for t in range(years):
        weight[t] = (1.0 + discount_rate / 100.0) ** -t
    weight /= weight.sum()
    order = (INCOME, FISCAL, LOSS, SURVIVAL, LEVERAGE, EXPOSURE, RESILIENCE)
    for k in range(len(order)):
        mean = 0.0
        for t in range(years):
            mean += weight[t] * row[order[k], t]
        out[k] = mean
    out[3] = row[SURVIVAL, years - 1]


@njit(cache=True, error_model="numpy")
def run_future(
    ground: Ground, levers: Levers, future: Any, income: np.ndarray, economy: tuple, rows: np.ndarray
) -> None:
    """Run every plan through one future; fill in `rows[plan, series, year]`."""
    field = build_field(ground, future)
    reference = reference_temptation(ground, field, future)
    for plan in range(rows.shape[0]):
        run_plan(ground, field, levers, plan, future, reference, rows[plan])
        run_economy(ground, levers, plan, future, income, economy, rows[plan])


@njit(cache=True, parallel=True, error_model="numpy")
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
    plans = levers.strike.size
    for f in prange(futures.size):
        rows = np.zeros((plans, SERIES_COUNT, ground.years))
        economy = (responses.node, responses.embargo[f])
        run_future(ground, levers, futures[f], responses.income[f], economy, rows)
        for plan in range(plans):
            measures_of(rows[plan], futures[f].discount_rate, values[plan, f])
        if f < paths.shape[0]:
            paths[f] = rows
