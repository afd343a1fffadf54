"""One plan, one year, one future: who would come, how it would end, and what that invites."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.security import attack_hazard, join_sets, joiner_odds, log_odds, logistic, temptation
from kedge.world.forces import Field


class Stand(NamedTuple):
    """How the defence stands in one year.

    Parameters
    ----------
    year
        Index of the year.
    focal, patron : strength in the theatre
    partner : strength, [partner]
        After friction between forces that are not knit together.
    partner_odds : log-odds, [partner]
        Of joining, before it is known whether the patron comes.
    commitment : probability
        That the patron comes.
    involvement : probability
        That the focal state is in the war if one comes.
    punishment, content : share of the prize
        As in `temptation`.
    treaty : log-odds
        Direct effect of a loosened treaty on the chance of attack.
    """

    year: int
    focal: float
    patron: float
    partner: Float[np.ndarray, " partner"]
    partner_odds: Float[np.ndarray, " partner"]
    commitment: float
    involvement: float
    punishment: float
    content: float
    treaty: float


class Odds(NamedTuple):
    """Chance that the challenger and that the defender wins, [focal out or in, patron out or in]."""

    lost: Float[np.ndarray, "focal patron"]
    held: Float[np.ndarray, "focal patron"]


class Prospect(NamedTuple):
    """What a year holds: chances as probabilities, losses in percent of one year's GDP if attacked."""

    win: float
    hazard: float
    loss: float
    hazard_alone: float
    loss_alone: float
    resilience: float


@njit(cache=True, error_model="numpy")
def contest_odds(field: Field, stand: Stand, solidarity: float) -> Odds:
    """Average the contest over all joiner sets, with and without the patron and the focal state."""
    sets = 1 << stand.partner.size
    total, weight = np.empty(sets), np.empty(sets)
    chance = np.empty(stand.partner.size)
    lost, held = np.zeros((2, 2)), np.zeros((2, 2))
    challenger = field.challenger[stand.year]
    first = 1 if stand.involvement >= 1.0 else 0
    for patron in range(2):
        lean = (patron - 0.5) * solidarity
        for n in range(chance.size):
            chance[n] = logistic(stand.partner_odds[n] + lean)
        join_sets(stand.partner, chance, total, weight)
        for focal in range(first, 2):
            core = field.protege[stand.year] + patron * stand.patron + focal * stand.focal
            odds = joiner_odds(challenger, core, total, weight, field.balance)
            lost[focal, patron], held[focal, patron] = odds.challenger, odds.defender
    return Odds(lost, held)


@njit(cache=True, error_model="numpy")
def mean_win(odds: Odds, involvement: float, commitment: float) -> float:
    """Chance that the challenger wins, over whether patron and focal state fight."""
    inside = commitment * odds.lost[1, 1] + (1.0 - commitment) * odds.lost[1, 0]
    outside = commitment * odds.lost[0, 1] + (1.0 - commitment) * odds.lost[0, 0]
    return involvement * inside + (1.0 - involvement) * outside


@njit(cache=True, error_model="numpy")
def mean_loss(odds: Odds, involvement: float, commitment: float, future: Any) -> float:
    """Weigh the loss of a war in percent of one year's GDP; a won war costs half of a drawn one."""
    loss = 0.0
    for patron in range(2):
        chance = commitment if patron == 1 else 1.0 - commitment
        lost, held = odds.lost[1, patron], odds.held[1, patron]
        drawn = 1.0 - lost - held
        loss += chance * (lost * future.defeat_loss + (drawn + 0.5 * held) * future.war_loss)
    return involvement * loss + (1.0 - involvement) * future.bystander_loss


@njit(cache=True, error_model="numpy")
def strength_without_patron(field: Field, stand: Stand, solidarity: float) -> float:
    """Share of the expected strength in the theatre that is left if the patron's is taken away."""
    rest = field.protege[stand.year] + stand.involvement * stand.focal
    kept = rest
    for n in range(stand.partner.size):
        with_patron = logistic(stand.partner_odds[n] + 0.5 * solidarity)
        without = logistic(stand.partner_odds[n] - 0.5 * solidarity)
        kept += without * stand.partner[n]
        rest += (stand.commitment * with_patron + (1.0 - stand.commitment) * without) * stand.partner[n]
    return kept / (rest + stand.commitment * stand.patron)


@njit(cache=True, error_model="numpy")
def assess_year(field: Field, stand: Stand, future: Any, reference: float) -> Prospect:
    """Work out the year's chance of attack and its loss, as things stand and with the patron gone.

    Parameters
    ----------
    field, stand
        Forces of the future; how this plan stands in this year.
    future
        Record of the future's parameters.
    reference : share of the prize
        Temptation in the reference state, at which the chance of attack is the base hazard.
    """
    odds = contest_odds(field, stand, future.solidarity)
    win = mean_win(odds, stand.involvement, stand.commitment)
    tempt = temptation(win, stand.punishment, stand.content)
    hazard = attack_hazard(future.base_hazard, future.deterrence_slope, tempt - reference, stand.treaty)
    win_alone = mean_win(odds, stand.involvement, 0.0)
    tempt = temptation(win_alone, stand.punishment, stand.content)
    alone = attack_hazard(
        future.base_hazard, future.deterrence_slope, tempt - reference, -future.treaty_effect
    )
    return Prospect(
        win,
        hazard,
        mean_loss(odds, stand.involvement, stand.commitment, future),
        alone,
        mean_loss(odds, stand.involvement, 0.0, future),
        strength_without_patron(field, stand, future.solidarity),
    )


@njit(cache=True, error_model="numpy")
def shifted(probability: float, shift: float) -> float:
    """Move a probability by log-odds."""
    return logistic(log_odds(probability) + shift)
