"""What a study's simulation starts from: arrays that no plan and no future changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

FOCAL, PATRON, CHALLENGER = 0, 1, 2
HIGHEST_TARIFF = 0.6  # share; the model's trade responses end here

SERIES = (
    ("defence_share", "Military spending", "percent of GDP"),
    ("tariff", "Patron's additional tariff", "share"),
    ("real_income", "Real income", "percent of GDP"),
    ("fiscal_cost", "Fiscal cost", "percent of GDP"),
    ("patron_commitment", "Chance that the patron comes", "probability"),
    ("tie_depth", "Mean tie depth with partners", "share"),
    ("challenger_wins", "Chance that the challenger would win", "probability"),
    ("attack_hazard", "Chance of attack in the year", "probability"),
    ("survival", "Chance of no attack so far", "probability"),
    ("security_loss", "Expected security loss", "percent of GDP"),
    ("patron_leverage", "Patron's leverage", "percent of GDP"),
    ("coercion_exposure", "Exposure to the challenger's coercion", "percent of GDP"),
    ("network_resilience", "Strength left without the patron", "share"),
)
SERIES_INDEX = {name: k for k, (name, _, _) in enumerate(SERIES)}


class Ground(NamedTuple):
    """A study's fixed inputs, states in the order focal, patron, challenger, then the rest.

    Parameters
    ----------
    spending : billion current US$, [state, past year]
        Military spending of the last years, in time order.
    gdp : billion current US$, [state]
    income_per_head : current US$, [state]
    defence_share : percent of GDP, [state]
        Last observed.
    distance : km, [state]
        To the theatre.
    domain_share : share, [state, domain]
        Rows sum to one.
    domain_weight : share, [domain]
        Sums to one.
    proteges, helpers : state index
        The state attacked if it is not the focal one (none or one); the challenger's partners.
    partners : state index, [partner]
    obligation, tie, stake, ideal_distance : [partner]
        0 to 1, 0 to 1, 0 to 1, units of the ideal-point scale.
    first_year : year
    years : count
    priority : 0 or 1
        Whether the theatre is the one that the patron's prioritisers put first.
    """

    spending: Float[np.ndarray, "state past"]
    gdp: Float[np.ndarray, " state"]
    income_per_head: Float[np.ndarray, " state"]
    defence_share: Float[np.ndarray, " state"]
    distance: Float[np.ndarray, " state"]
    domain_share: Float[np.ndarray, "state domain"]
    domain_weight: Float[np.ndarray, " domain"]
    proteges: np.ndarray
    helpers: np.ndarray
    partners: np.ndarray
    obligation: Float[np.ndarray, " partner"]
    tie: Float[np.ndarray, " partner"]
    stake: Float[np.ndarray, " partner"]
    ideal_distance: Float[np.ndarray, " partner"]
    first_year: int
    years: int
    priority: int


class Levers(NamedTuple):
    """All plans of a study as arrays.

    Parameters
    ----------
    defence_share : percent of GDP, [plan, year]
    alliance, accommodation : 0 to 1, [plan, year]
    tie : 0 to 1, [plan, partner]
        Depth sought.
    mature_year : year, [plan]
        In which ties, standards and diversification are to be mature.
    strike, cyber_space, research : share of spending above today's, [plan]
    interchange, linkage, retaliation, concession, diversification : 0 to 1, [plan]
    stance : index, [plan]
        Into the retaliation levels for which equilibria were solved.
    """

    defence_share: Float[np.ndarray, "plan year"]
    alliance: Float[np.ndarray, "plan year"]
    accommodation: Float[np.ndarray, "plan year"]
    tie: Float[np.ndarray, "plan partner"]
    mature_year: Float[np.ndarray, " plan"]
    strike: Float[np.ndarray, " plan"]
    cyber_space: Float[np.ndarray, " plan"]
    research: Float[np.ndarray, " plan"]
    interchange: Float[np.ndarray, " plan"]
    linkage: Float[np.ndarray, " plan"]
    retaliation: Float[np.ndarray, " plan"]
    concession: Float[np.ndarray, " plan"]
    diversification: Float[np.ndarray, " plan"]
    stance: np.ndarray


class Responses(NamedTuple):
    """Real-income responses of the focal state, from the trade room's equilibria.

    Parameters
    ----------
    node : (1 + tariff) ** -4, [node]
        Positions of the patron's tariffs on the focal state at which equilibria were solved.
    income : percent, [future, stance, node]
        Real income against no additional tariffs.
    embargo : percent of GDP, [future]
        Real income that an embargo by the challenger would take away.
    """

    node: Float[np.ndarray, " node"]
    income: Float[np.ndarray, "future stance node"]
    embargo: Float[np.ndarray, " future"]
