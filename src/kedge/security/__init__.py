"""Capability, reach, contest, commitment, coalitions and deterrence.

Scalar functions compiled by numba, so that the joint model can call them inside its loop; each is
callable from Python too.  What estimates them from disputes and wars is looked up when first used:
to run the model is not to load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names
from kedge.security.capability import initial_stock, next_stock, price_multiplier
from kedge.security.coalition import CoalitionOdds, join_sets, joiner_odds
from kedge.security.commitment import UNBOUND_OFFSET, log_odds, logistic, partner_log_odds
from kedge.security.contest import Balance, outcome_odds
from kedge.security.deterrence import attack_hazard, temptation
from kedge.security.reach import DOMAINS, REACH_RULES, theatre_reach

if TYPE_CHECKING:
    from kedge.security.contest_fit import ContestEstimate, fit_by_era, fit_contest
    from kedge.security.dispute_scores import (
        FORECASTS,
        SPECIFICATIONS,
        Score,
        Specification,
        score_forward,
        score_held_out,
    )
    from kedge.security.disputes import DisputeSample, choose_disputes
    from kedge.security.reliability import Rate, ReliabilityLogit, fit_reliability, honour_rates

__all__ = [
    "DOMAINS",
    "FORECASTS",
    "REACH_RULES",
    "SPECIFICATIONS",
    "UNBOUND_OFFSET",
    "Balance",
    "CoalitionOdds",
    "ContestEstimate",
    "DisputeSample",
    "Rate",
    "ReliabilityLogit",
    "Score",
    "Specification",
    "attack_hazard",
    "choose_disputes",
    "fit_by_era",
    "fit_contest",
    "fit_reliability",
    "honour_rates",
    "initial_stock",
    "join_sets",
    "joiner_odds",
    "log_odds",
    "logistic",
    "next_stock",
    "outcome_odds",
    "partner_log_odds",
    "price_multiplier",
    "score_forward",
    "score_held_out",
    "temptation",
    "theatre_reach",
]

__getattr__, _ = late_names(
    __name__,
    {
        "contest_fit": "ContestEstimate fit_by_era fit_contest",
        "dispute_scores": "FORECASTS SPECIFICATIONS Score Specification score_forward score_held_out",
        "disputes": "DisputeSample choose_disputes",
        "reliability": "Rate ReliabilityLogit fit_reliability honour_rates",
    },
)
