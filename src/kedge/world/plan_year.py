"""One plan in one year of a block of futures: its forces, its security and its economy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from kedge.core.lanes import LANES
from kedge.security import attack_hazard, next_stock, temptation
from kedge.world.contingency import mean_loss, mean_win
from kedge.world.course import Course
from kedge.world.ground import FOCAL, HIGHEST_TARIFF, SERIES_INDEX, Ground, Levers

RESEARCH_DECAY = 0.1  # a year; usual for R&D stocks in national accounts
TERM_END = 2029

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

# In the order of `kedge.world.MEASURES`; of survival the last year counts, not the mean.
MEASURED = (INCOME, FISCAL, LOSS, SURVIVAL, LEVERAGE, EXPOSURE, RESILIENCE)

# A plan's stocks (billion US$; research in percent of GDP), what they bring, its series in the
# present year, and their discounted sums so far.
STATE = np.dtype(
    [
        *((name, "f8", (LANES,)) for name in ("ordinary", "striking", "weightless", "learnt")),
        *((name, "f8", (LANES,)) for name in ("strength", "strike", "alive")),
        ("row", "f8", (SERIES_COUNT, LANES)),
        ("sum", "f8", (len(MEASURED), LANES)),
    ]
)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def spend(ground: Ground, levers: Levers, plan: int, future: Any, course: Course, state: Any, t: int) -> None:
    """Turn a year's spending into strength in the theatre, strike forces and a research stock.

    Spending above today's share is split by the plan's mix; spending below it, and the extra cost
    of forces without the patron's equipment, come out of ordinary forces.  Strike and research are
    in percent of GDP.
    """
    present, year = course.present[0], course.year[t]
    share, alliance = levers.defence_share[plan, t], levers.alliance[plan, t]
    base = ground.defence_share[FOCAL]
    extra = max(share - base, 0.0)
    striking, weightless = levers.strike[plan] * extra, levers.cyber_space[plan] * extra
    learning = levers.research[plan] * extra
    ordinary = share - striking - weightless - learning
    for b in range(LANES):
        point, decay = year.point[b], future.depreciation[b]
        yields = point / (1.0 + future.independence_premium[b] * (1.0 - alliance))
        state.ordinary[b] = next_stock(state.ordinary[b], decay, ordinary * yields - base * point)
        state.striking[b] = next_stock(state.striking[b], decay, striking * yields)
        state.weightless[b] = next_stock(state.weightless[b], decay, weightless * yields)
        state.learnt[b] = next_stock(state.learnt[b], RESEARCH_DECAY, learning)
        strength = present.focal_unit[b] * max(year.focal_stock[b] + state.ordinary[b], 0.0)
        strength += present.strike_unit[b] * state.striking[b]
        state.strength[b] = strength + present.weightless_unit[b] * state.weightless[b]
        state.strike[b] = state.striking[b] / point


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def secure(
    ground: Ground, levers: Levers, plan: int, future: Any, course: Course, state: Any, t: int
) -> None:
    """Fill in the security side of a plan's year: its chance of attack and its loss, and both alone."""
    present, year = course.present[0], course.year[t]
    alliance, accommodation = levers.alliance[plan, t], levers.accommodation[plan, t]
    # Staying out is an option only where someone else is attacked.
    loose = 1.0 - alliance if ground.proteges.size else 0.0
    for b in range(LANES):
        commitment, involvement = present.commitment[b], 1.0 - future.stay_out[b] * loose
        punishment = future.punishment_effect[b] * state.strike[b]
        content = future.accommodation_effect[b] * accommodation
        slope, reference = future.deterrence_slope[b], present.reference[b]
        base, treaty = future.base_hazard[b], future.treaty_effect[b]
        win = mean_win(present, b, involvement, commitment)
        change = temptation(win, punishment, content) - reference
        hazard = attack_hazard(base, slope, change, treaty * (alliance - 1.0))
        loss = hazard * mean_loss(present, b, involvement, commitment, future)
        change = temptation(mean_win(present, b, involvement, 0.0), punishment, content) - reference
        hazard_alone = attack_hazard(base, slope, change, -treaty)
        loss_alone = hazard_alone * mean_loss(present, b, involvement, 0.0, future)

        near = future.forward_share[b] * alliance
        coming = near * year.patron_near[b] + (1.0 - near) * year.patron_far[b]
        rest = year.protege[b] + involvement * present.pooled[b] * state.strength[b]
        kept = rest + present.joining_out[b]
        joining = commitment * (present.joining_in[b] + coming)
        joining += (1.0 - commitment) * present.joining_out[b]

        state.row[COMMITMENT, b], state.row[WIN, b], state.row[HAZARD, b] = commitment, win, hazard
        state.row[LOSS, b] = state.alive[b] * loss
        state.row[LEVERAGE, b] = max(loss_alone - loss, 0.0)
        state.row[RESILIENCE, b] = kept / (rest + joining)
        state.alive[b] *= 1.0 - hazard
        state.row[SURVIVAL, b] = state.alive[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def set_tariff(
    ground: Ground, levers: Levers, plan: int, future: Any, present: Any, state: Any, t: int
) -> None:
    """Work out the patron's additional tariff, after what the plan does about it, and its node."""
    gain = levers.linkage[plan] * max(levers.defence_share[plan, t] - ground.defence_share[FOCAL], 0.0)
    concession, retaliation = levers.concession[plan], levers.retaliation[plan]
    loose = 1.0 - levers.alliance[plan, t]
    first = ground.first_year + t < TERM_END
    for b in range(LANES):
        tariff = (
            (future.tariff_first_term[b] if first else future.tariff_later[b])
            - future.linkage_points[b] * gain
            - future.concession_points[b] * concession
            + future.retaliation_response[b] * retaliation
            + future.loosening_points[b] * loose
        )
        tariff = min(max(tariff, 0.0), HIGHEST_TARIFF)
        state.row[TARIFF, b] = tariff
        square = 1.0 / ((1.0 + tariff) * (1.0 + tariff))
        present.node[b] = square * square


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def follow_curve(node: np.ndarray, curve: np.ndarray, present: Any) -> None:
    """Evaluate the polynomial of real income at every lane's tariff (Newton's form)."""
    for b in range(LANES):
        present.income[b] = curve[node.size - 1, b]
    for j in range(node.size - 2, -1, -1):
        here, at = curve[j], node[j]
        for b in range(LANES):
            present.income[b] = present.income[b] * (present.node[b] - at) + here[b]


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def earn(levers: Levers, plan: int, future: Any, course: Course, state: Any, t: int) -> None:
    """Fill in real income and exposure, once the tariff's income is known."""
    diversification, yielded = levers.diversification[plan], levers.accommodation[plan, t]
    present, untaxed, embargo = course.present[0], course.untaxed[levers.stance[plan]], course.embargo
    for b in range(LANES):
        moved = future.diversification_shift[b] * diversification * present.mature[b]
        change = (1.0 - moved) * (present.income[b] - untaxed[b])
        research = future.research_spillover[b] * state.learnt[b]
        state.row[INCOME, b] = untaxed[b] + change + research - future.accommodation_price[b] * yielded
        dependence = 1.0 - moved + future.diversification_shift[b] * yielded
        state.row[EXPOSURE, b] = embargo[b] * max(dependence, 0.0)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def pay(ground: Ground, levers: Levers, plan: int, future: Any, present: Any, state: Any, t: int) -> None:
    """Fill in spending, mean tie depth and the fiscal cost."""
    share, alliance = levers.defence_share[plan, t], levers.alliance[plan, t]
    effort = share - ground.defence_share[FOCAL]
    diversification, concession = levers.diversification[plan], levers.concession[plan]
    partners = ground.partners.size
    today = ground.tie.mean() if partners else 0.0
    change = levers.tie[plan].mean() - today if partners else 0.0
    deeper = 0.0
    for n in range(partners):
        deeper += max(levers.tie[plan, n] - ground.tie[n], 0.0)
    for b in range(LANES):
        mature = present.mature[b]
        state.row[DEFENCE, b] = share
        state.row[TIE, b] = today + mature * change
        state.row[FISCAL, b] = future.public_funds[b] * (
            effort
            + future.tie_cost[b] * (mature * deeper)
            + future.host_support[b] * alliance
            + future.diversification_cost[b] * diversification
            + future.concession_cost[b] * concession
        )


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def add_up(present: Any, state: Any) -> None:
    """Add the year's series, discounted, to the sums that measures are made of."""
    for k in range(len(MEASURED)):
        for b in range(LANES):
            state.sum[k, b] += present.discount[b] * state.row[MEASURED[k], b]
