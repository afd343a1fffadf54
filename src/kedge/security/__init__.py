"""Capability, reach, contest, commitment, coalitions and deterrence.

Scalar functions compiled by numba, so that the joint model can call them inside its loop; each is
callable from Python too.
"""

from kedge.security.capability import initial_stock, next_stock, price_multiplier
from kedge.security.coalition import CoalitionOdds, join_sets, joiner_odds
from kedge.security.commitment import UNBOUND_OFFSET, log_odds, logistic, partner_log_odds
from kedge.security.contest import Balance, outcome_odds
from kedge.security.deterrence import attack_hazard, temptation
from kedge.security.reach import DOMAINS, REACH_RULES, theatre_reach

__all__ = [
    "DOMAINS",
    "REACH_RULES",
    "UNBOUND_OFFSET",
    "Balance",
    "CoalitionOdds",
    "attack_hazard",
    "initial_stock",
    "join_sets",
    "joiner_odds",
    "log_odds",
    "logistic",
    "next_stock",
    "outcome_odds",
    "partner_log_odds",
    "price_multiplier",
    "temptation",
    "theatre_reach",
]
