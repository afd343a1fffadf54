"""The joint model once more, slowly, from docs/model.md: every joiner set enumerated, no compiled code."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np

LAND, SEA, AIR, CYBER, SPACE = range(5)
FOCAL, PATRON, CHALLENGER = range(3)
SCALE = {LAND: 0.5, SEA: 1.0, AIR: 0.75}


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


# ---- 1. forces --------------------------------------------------------------------------------


def growth(ground, f, state: int) -> float:
    hostile = {CHALLENGER, *ground.helpers}
    return (f.challenger_growth if state in hostile else f.allied_growth) / 100.0


def price(ground, f, state: int) -> float:
    return (ground.income_per_head[PATRON] / ground.income_per_head[state]) ** f.price_elasticity


def effort(ground, f, state: int, year: int) -> float:
    """Percent of GDP in a year; the focal state's is a lever and stays as it is here."""
    change = {FOCAL: 0.0, PATRON: f.patron_effort_change, CHALLENGER: f.challenger_effort_change}
    change |= dict.fromkeys(ground.helpers, 0.0)
    part = min((year - 2024) / (2040 - 2024), 1.0)
    return max(ground.defence_share[state] + part * change.get(state, f.partner_effort_change), 0.0)


def output(ground, f, state: int, year: int) -> float:
    return ground.gdp[state] * (1.0 + growth(ground, f, state)) ** (year - 2024)


def stocks(ground, f, state: int, years) -> dict[int, float]:
    """Perpetual inventory: K' = (1 - delta) K + eta m Y."""
    first, *later = ground.spending[state]
    steady = first / (1.0 - (1.0 - f.depreciation) / (1.0 + growth(ground, f, state)))
    stock = price(ground, f, state) * steady
    for spent in later:
        stock = (1.0 - f.depreciation) * stock + price(ground, f, state) * spent
    path = {}
    for year in range(2025, years[-1] + 1):
        spent = effort(ground, f, state, year) / 100.0 * output(ground, f, state, year)
        path[year] = stock = (1.0 - f.depreciation) * stock + price(ground, f, state) * spent
    return path


def reach(f, domain: int, distance: float, share: float) -> float:
    """Boulding; Bueno de Mesquita relative to home, the scale taking ten days; time on station."""
    if domain in (CYBER, SPACE):
        return 1.0
    d = distance / (f.reach_km * SCALE[domain])
    if f.reach_rule == 0:
        return math.exp(-d)
    if f.reach_rule == 1:
        return share ** math.log10((10.0 * d + 10.0 - math.e) / (10.0 - math.e))
    return 1.0 / (1.0 + d)


def theatre_weights(ground, f) -> list[float]:
    given = list(ground.domain_weight)
    physical = sum(given[:CYBER])
    light = sum(given[CYBER:])
    return [w / physical * (1.0 - f.weightless_weight) for w in given[:CYBER]] + [
        w / light * f.weightless_weight for w in given[CYBER:]
    ]


def forces(ground, f, years) -> SimpleNamespace:
    """Strength in the theatre by year, before plans."""
    states = range(len(ground.gdp))
    stock = {j: stocks(ground, f, j, years) for j in states}
    everyone = sum(stock[j][years[0]] for j in states)
    weight = theatre_weights(ground, f)

    def unit(state: int, mix, distance: float) -> float:
        share = stock[state][years[0]] / everyone
        return sum(weight[d] * mix[d] * reach(f, d, distance, share) for d in range(5))

    own = [unit(j, ground.domain_share[j], ground.distance[j]) for j in states]
    here = ground.distance[FOCAL]
    patron = {t: f.patron_available * stock[PATRON][t] for t in years}
    near = unit(PATRON, ground.domain_share[PATRON], here)
    challenger = {}
    for t in years:
        help_ = f.challenger_cooperation * min((t - 2024) / 16, 1.0)
        challenger[t] = f.challenger_available * own[CHALLENGER] * stock[CHALLENGER][t]
        challenger[t] += sum(help_ * own[h] * stock[h][t] for h in ground.helpers)
    return SimpleNamespace(
        challenger=challenger,
        protege={t: sum(own[j] * stock[j][t] for j in ground.proteges) for t in years},
        partner={t: [f.partner_available * own[j] * stock[j][t] for j in ground.partners] for t in years},
        patron_near={t: near * patron[t] for t in years},
        patron_far={t: own[PATRON] * patron[t] for t in years},
        focal_stock=stock[FOCAL],
        ordinary_unit=own[FOCAL],
        strike_unit=unit(FOCAL, (0, 0.5, 0.5, 0, 0), here),
        light_unit=unit(FOCAL, (0, 0, 0, 0.5, 0.5), here),
    )


def own_forces(ground, f, plan, years, field) -> dict[int, tuple[float, float, float]]:
    """Strength, strike forces and research stock (both percent of GDP) under a plan, by year."""
    keep = 1.0 - f.depreciation
    today = ground.defence_share[FOCAL]
    first_spent = price(ground, f, FOCAL) * today / 100 * output(ground, f, FOCAL, years[0])
    ordinary = field.focal_stock[years[0]] - first_spent
    strike = light = research = 0.0
    path = {}
    for i, t in enumerate(years):
        point = price(ground, f, FOCAL) * output(ground, f, FOCAL, t) / 100.0
        buys = point / (1.0 + f.independence_premium * (1.0 - plan.alliance[i]))
        extra = max(plan.defence_share[i] - today, 0.0)
        rest = 1.0 - plan.strike - plan.cyber_space - plan.research
        if i:
            ordinary *= keep
        ordinary += buys * (min(plan.defence_share[i], today) + rest * extra)
        strike = keep * strike + buys * plan.strike * extra
        light = keep * light + buys * plan.cyber_space * extra
        research = 0.9 * research + plan.research * extra
        strength = field.ordinary_unit * ordinary + field.strike_unit * strike + field.light_unit * light
        path[t] = strength, strike / point, research
    return path


# ---- 2. who comes -----------------------------------------------------------------------------


def engaged(ground, f, school: str) -> float:
    yes = school == "primacist" or (school == "prioritiser" and ground.priority)
    return f.commitment_engaged if yes else f.commitment_restrainer


def school_of(f, year: int) -> str:
    draw = (f.patron_2025, f.patron_2029, f.patron_2033, f.patron_2037)[min((year - 2025) // 4, 3)]
    if draw < f.restrainer_share:
        return "restrainer"
    return "prioritiser" if draw < 1 - (1 - f.restrainer_share) * (1 - f.prioritiser_share) else "primacist"


def join_chances(ground, f, tie, patron_comes: bool) -> list[float]:
    lean = f.solidarity / 2 * (1 if patron_comes else -1)
    rows = zip(tie, ground.stake, ground.obligation, ground.ideal_distance, strict=True)
    return [
        logistic(
            logit(f.reliability)
            - 1.6 * (1 - bound)
            + f.tie_slope * (depth + stake - 1)
            - f.affinity_slope * apart
            + lean
        )
        for depth, stake, bound, apart in rows
    ]


# ---- 3. contest -------------------------------------------------------------------------------


def outcome(f, challenger: float, defender, scale: float):
    """Chances that the challenger and that the defender wins."""
    if f.contest_form == 0:
        x = f.decisiveness * np.log(f.defender_advantage * defender / challenger)
    else:
        x = f.decisiveness * (f.defender_advantage * defender - challenger) / scale
    return 1 / (1 + f.draw_width * np.exp(x)), 1 / (1 + f.draw_width * np.exp(-x))


def coalition(f, challenger: float, core: float, strengths, chances, scale: float) -> tuple[float, float]:
    """Average the outcome over every set of joiners."""
    members = np.array(list(itertools.product((0, 1), repeat=len(strengths))))
    weight = np.prod(np.where(members == 1, chances, 1 - np.array(chances)), axis=1)
    won, held = outcome(f, challenger, core + members @ np.array(strengths), scale)
    return float(weight @ won), float(weight @ held)


# ---- 4. deterrence and loss -------------------------------------------------------------------


def war(ground, f, field, year: int, stance) -> dict[bool, tuple[float, float]]:
    """Chance that the challenger wins and expected loss, without and with the patron."""
    scale = field.challenger[ground.first_year]
    result = {}
    for comes in (False, True):
        chances = join_chances(ground, f, stance.tie, comes)
        core = field.protege[year] + comes * stance.patron
        enemy = field.challenger[year]
        lost, held = coalition(f, enemy, core + stance.focal, stance.partner, chances, scale)
        out = 0.0
        if stance.away:
            out, _ = coalition(f, enemy, core, stance.partner, chances, scale)
        drawn = 1 - lost - held
        loss = lost * f.defeat_loss + drawn * f.war_loss + held * f.war_loss / 2
        result[comes] = (
            (1 - stance.away) * lost + stance.away * out,
            (1 - stance.away) * loss + stance.away * f.bystander_loss,
        )
    return result


def mixed(with_and_without, chance: float, part: int) -> float:
    return chance * with_and_without[True][part] + (1 - chance) * with_and_without[False][part]


def stance_in(ground, f, field, year: int, tie, alliance: float, pooled: float = 1.0) -> SimpleNamespace:
    """Who stands where, but for the focal state's own strength."""
    near = f.forward_share * alliance
    return SimpleNamespace(
        tie=tie,
        patron=near * field.patron_near[year] + (1 - near) * field.patron_far[year],
        partner=[
            pooled * s * (1 - f.coalition_friction * (1 - g))
            for s, g in zip(field.partner[year], tie, strict=True)
        ],
        away=f.stay_out * (1 - alliance) if len(ground.proteges) else 0.0,
    )


def reference_temptation(ground, f, field) -> float:
    """The first year as it would be today, the patron's commitment averaged over schools."""
    year = ground.first_year
    stance = stance_in(ground, f, field, year, list(ground.tie), 1.0)
    stance.focal = field.ordinary_unit * field.focal_stock[year]
    r, q = f.restrainer_share, f.prioritiser_share
    shares = {"restrainer": r, "prioritiser": (1 - r) * q, "primacist": (1 - r) * (1 - q)}
    chance = sum(share * engaged(ground, f, school) for school, share in shares.items())
    return mixed(war(ground, f, field, year, stance), chance, 0)


def strength_left(ground, f, field, year: int, stance, commitment: float) -> float:
    fixed = field.protege[year] + (1 - stance.away) * stance.focal
    expected = {
        comes: sum(np.multiply(stance.partner, join_chances(ground, f, stance.tie, comes)))
        for comes in (False, True)
    }
    whole = fixed + commitment * (stance.patron + expected[True]) + (1 - commitment) * expected[False]
    return (fixed + expected[False]) / whole


# ---- 5. income and cost -----------------------------------------------------------------------


def tariff_in(ground, f, plan, i: int) -> float:
    tariff = f.tariff_first_term if ground.first_year + i <= 2028 else f.tariff_later
    tariff -= f.linkage_points * plan.linkage * max(plan.defence_share[i] - ground.defence_share[FOCAL], 0)
    tariff += f.retaliation_response * plan.retaliation - f.concession_points * plan.concession
    return float(np.clip(tariff + f.loosening_points * (1 - plan.alliance[i]), 0, 0.6))


def economy(ground, f, plan, i: int, mature: float, income, embargo: float) -> tuple[float, float, float]:
    """Real income without research, fiscal cost and exposure; `income` maps a tariff to percent."""
    moved = f.diversification_shift * plan.diversification * mature
    effect = income(tariff_in(ground, f, plan, i)) - income(0.0)
    gain = income(0.0) + (1 - moved) * effect - f.accommodation_price * plan.accommodation[i]
    deeper = sum(max(mature * (new - old), 0) for new, old in zip(plan.tie, ground.tie, strict=True))
    cost = plan.defence_share[i] - ground.defence_share[FOCAL] + f.tie_cost * deeper
    cost += f.host_support * plan.alliance[i]
    cost += f.diversification_cost * plan.diversification + f.concession_cost * plan.concession
    exposure = embargo * (1 - moved + f.diversification_shift * plan.accommodation[i])
    return gain, f.public_funds * cost, exposure


# ---- 6. measures ------------------------------------------------------------------------------


def measures(ground, f, plan, income, embargo: float) -> list[float]:
    """Seven measures of one plan in one future, in the order of kedge.world.MEASURES."""
    years = range(ground.first_year, ground.first_year + ground.years)
    field = forces(ground, f, years)
    own = own_forces(ground, f, plan, years, field)
    base = reference_temptation(ground, f, field)
    alive, rows = 1.0, []
    for i, t in enumerate(years):
        alliance, (strength, strike, research) = plan.alliance[i], own[t]
        ripening = (i - f.tie_delay) / max(plan.mature_year - ground.first_year, 1)
        mature = f.tie_realised * min(max(ripening, 0), 1)
        tie = [old + mature * (new - old) for old, new in zip(ground.tie, plan.tie, strict=True)]
        pooled = 1 + (f.interchange_gain * plan.interchange * mature if tie else 0.0)
        stance = stance_in(ground, f, field, t, tie, alliance, pooled)
        stance.focal = pooled * strength
        shift = f.burden_feedback * (plan.defence_share[i] - ground.defence_share[FOCAL])
        shift += f.network_feedback * (np.mean(tie) - np.mean(ground.tie)) if tie else 0.0
        shift -= f.alliance_logodds * (1 - alliance)
        commitment = logistic(logit(engaged(ground, f, school_of(f, t))) + shift)
        outcomes = war(ground, f, field, t, stance)

        def expected(comes, treaty, outcomes=outcomes, strike=strike, i=i):
            """Chance of attack and loss if attacked."""
            win = mixed(outcomes, comes, 0)
            tempted = win - f.punishment_effect * strike * (1 - win)
            tempted -= f.accommodation_effect * plan.accommodation[i]
            odds = logit(f.base_hazard) + f.deterrence_slope * (tempted - base)
            return logistic(odds + f.treaty_effect * (treaty - 1)), mixed(outcomes, comes, 1)

        hazard, loss = expected(commitment, alliance)
        hazard_alone, loss_alone = expected(0.0, 0.0)
        gain, cost, exposure = economy(ground, f, plan, i, mature, income, embargo)
        first = alive * hazard * loss
        alive *= 1 - hazard
        lever = max(hazard_alone * loss_alone - hazard * loss, 0.0)
        left = strength_left(ground, f, field, t, stance, commitment)
        rows.append([gain + f.research_spillover * research, cost, first, alive, lever, exposure, left])
    discount = [(1 + f.discount_rate / 100) ** -i for i in range(len(rows))]
    result = np.average(rows, axis=0, weights=discount)
    result[3] = alive
    return list(result)
