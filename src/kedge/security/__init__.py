"""Capability, reach, contest, commitment, coalitions, deterrence, and beliefs about the patron.

Scalar functions compiled by numba, so that the joint model can call them inside its loop; each is
callable from Python too.  Beliefs work on arrays of draws instead.
"""

from kedge.security.beliefs import (
    Bands,
    BeliefPaths,
    Forgetting,
    Signals,
    bands_of,
    belief_paths,
    dependence_weights,
    update_beliefs,
)
from kedge.security.capability import initial_stock, next_stock, price_multiplier
from kedge.security.coalition import CoalitionOdds, join_sets, joiner_odds
from kedge.security.commitment import UNBOUND_OFFSET, log_odds, logistic, partner_log_odds
from kedge.security.contest import Balance, outcome_odds
from kedge.security.costly import (
    COST_CLASSES,
    Holding,
    evidence_scale,
    mix_commitment,
    sunk_cost_log_ratio,
    tied_hands,
)
from kedge.security.deterrence import attack_hazard, temptation
from kedge.security.reach import DOMAINS, REACH_RULES, theatre_reach

__all__ = [
    "COST_CLASSES",
    "DOMAINS",
    "REACH_RULES",
    "UNBOUND_OFFSET",
    "Balance",
    "Bands",
    "BeliefPaths",
    "CoalitionOdds",
    "Forgetting",
    "Holding",
    "Signals",
    "attack_hazard",
    "bands_of",
    "belief_paths",
    "dependence_weights",
    "evidence_scale",
    "initial_stock",
    "join_sets",
    "joiner_odds",
    "log_odds",
    "logistic",
    "mix_commitment",
    "next_stock",
    "outcome_odds",
    "partner_log_odds",
    "price_multiplier",
    "sunk_cost_log_ratio",
    "temptation",
    "theatre_reach",
    "tied_hands",
    "update_beliefs",
]
