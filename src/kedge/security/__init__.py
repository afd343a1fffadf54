"""Capability, reach, contest, commitment, coalitions, deterrence; beliefs, burden sharing and stocks.

The parts that the joint model calls inside its loop are scalar functions compiled by numba, each
callable from Python too; beliefs, burden sharing and stocks answer questions of their own.
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
from kedge.security.burden import (
    AllianceEffort,
    alliance_effort,
    autonomous_effort,
    implied_private_share,
    reaction_slope,
    withdrawal_effort,
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
from kedge.security.instruments import Clusters, Instrumented, fit_instrumented
from kedge.security.pooling import (
    measured_pooling_gain,
    newsvendor_stock,
    normal_pooling_gain,
    normal_shortfall,
    stable_pooling_gain,
    stockout_week,
)
from kedge.security.reach import DOMAINS, REACH_RULES, theatre_reach
from kedge.security.reaction import (
    Reaction,
    ReactionPanel,
    estimate_one,
    estimate_reaction,
    row_normalised,
    spatial_lag,
)
from kedge.security.response import HORIZONS, Impulse, Response, effort_response
from kedge.security.stocks import Depletion, Stockpile, Surge, draw_intensity, run_stocks

__all__ = [
    "COST_CLASSES",
    "DOMAINS",
    "HORIZONS",
    "REACH_RULES",
    "UNBOUND_OFFSET",
    "AllianceEffort",
    "Balance",
    "Bands",
    "BeliefPaths",
    "Clusters",
    "CoalitionOdds",
    "Depletion",
    "Forgetting",
    "Holding",
    "Impulse",
    "Instrumented",
    "Reaction",
    "ReactionPanel",
    "Response",
    "Signals",
    "Stockpile",
    "Surge",
    "alliance_effort",
    "attack_hazard",
    "autonomous_effort",
    "bands_of",
    "belief_paths",
    "dependence_weights",
    "draw_intensity",
    "effort_response",
    "estimate_one",
    "estimate_reaction",
    "evidence_scale",
    "fit_instrumented",
    "implied_private_share",
    "initial_stock",
    "join_sets",
    "joiner_odds",
    "log_odds",
    "logistic",
    "measured_pooling_gain",
    "mix_commitment",
    "newsvendor_stock",
    "next_stock",
    "normal_pooling_gain",
    "normal_shortfall",
    "outcome_odds",
    "partner_log_odds",
    "price_multiplier",
    "reaction_slope",
    "row_normalised",
    "run_stocks",
    "spatial_lag",
    "stable_pooling_gain",
    "stockout_week",
    "sunk_cost_log_ratio",
    "temptation",
    "theatre_reach",
    "tied_hands",
    "update_beliefs",
    "withdrawal_effort",
]
