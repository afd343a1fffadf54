"""Capability, reach, contest, commitment, coalitions, deterrence; beliefs, burden sharing and stocks.

What the joint model calls inside its loop are scalar functions compiled by numba, each callable from
Python too.  Everything else is looked up when first used: to run the model is not to load it.
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
    from kedge.security.contest_fit import ContestEstimate, fit_by_era, fit_contest
    from kedge.security.costly import (
        COST_CLASSES,
        Holding,
        evidence_scale,
        mix_commitment,
        sunk_cost_log_ratio,
        tied_hands,
    )
    from kedge.security.dispute_scores import (
        FORECASTS,
        SPECIFICATIONS,
        Score,
        Specification,
        score_forward,
        score_held_out,
    )
    from kedge.security.disputes import DisputeSample, choose_disputes
    from kedge.security.instruments import Clusters, Instrumented, fit_instrumented
    from kedge.security.networks import Stability, Threat, network_stability, worst_threat
    from kedge.security.pooling import (
        measured_pooling_gain,
        newsvendor_stock,
        normal_pooling_gain,
        normal_shortfall,
        stable_pooling_gain,
        stockout_week,
    )
    from kedge.security.reaction import (
        Reaction,
        ReactionPanel,
        estimate_one,
        estimate_reaction,
        row_normalised,
        spatial_lag,
    )
    from kedge.security.reliability import Rate, ReliabilityLogit, fit_reliability, honour_rates
    from kedge.security.response import HORIZONS, Impulse, Response, effort_response
    from kedge.security.shapley import (
        Coalition,
        DomainValues,
        Sampled,
        coalition_worth,
        domain_values,
        led_worth,
        pivot_shares,
        sampled_values,
        shapley_values,
    )
    from kedge.security.stocks import Depletion, Stockpile, Surge, draw_intensity, run_stocks

__all__ = [
    "COST_CLASSES",
    "DOMAINS",
    "FORECASTS",
    "HORIZONS",
    "REACH_RULES",
    "SPECIFICATIONS",
    "UNBOUND_OFFSET",
    "AllianceEffort",
    "Balance",
    "Bands",
    "BeliefPaths",
    "Clusters",
    "Coalition",
    "CoalitionOdds",
    "ContestEstimate",
    "Depletion",
    "DisputeSample",
    "DomainValues",
    "Forgetting",
    "Holding",
    "Impulse",
    "Instrumented",
    "Rate",
    "Reaction",
    "ReactionPanel",
    "ReliabilityLogit",
    "Response",
    "Sampled",
    "Score",
    "Signals",
    "Specification",
    "Stability",
    "Stockpile",
    "Surge",
    "Threat",
    "alliance_effort",
    "attack_hazard",
    "autonomous_effort",
    "bands_of",
    "belief_paths",
    "choose_disputes",
    "coalition_worth",
    "dependence_weights",
    "domain_values",
    "draw_intensity",
    "effort_response",
    "estimate_one",
    "estimate_reaction",
    "evidence_scale",
    "fit_by_era",
    "fit_contest",
    "fit_instrumented",
    "fit_reliability",
    "honour_rates",
    "implied_private_share",
    "initial_stock",
    "join_sets",
    "joiner_odds",
    "led_worth",
    "log_odds",
    "logistic",
    "measured_pooling_gain",
    "mix_commitment",
    "network_stability",
    "newsvendor_stock",
    "next_stock",
    "normal_pooling_gain",
    "normal_shortfall",
    "outcome_odds",
    "partner_log_odds",
    "pivot_shares",
    "price_multiplier",
    "reaction_slope",
    "row_normalised",
    "run_stocks",
    "sampled_values",
    "score_forward",
    "score_held_out",
    "shapley_values",
    "spatial_lag",
    "stable_pooling_gain",
    "stockout_week",
    "sunk_cost_log_ratio",
    "temptation",
    "theatre_reach",
    "tied_hands",
    "update_beliefs",
    "withdrawal_effort",
    "worst_threat",
]

__getattr__, _ = late_names(
    __name__,
    {
        "beliefs": (
            "Bands BeliefPaths Forgetting Signals bands_of belief_paths dependence_weights update_beliefs"
        ),
        "burden": (
            "AllianceEffort alliance_effort autonomous_effort implied_private_share "
            "reaction_slope withdrawal_effort"
        ),
        "contest_fit": "ContestEstimate fit_by_era fit_contest",
        "costly": "COST_CLASSES Holding evidence_scale mix_commitment sunk_cost_log_ratio tied_hands",
        "dispute_scores": "FORECASTS SPECIFICATIONS Score Specification score_forward score_held_out",
        "disputes": "DisputeSample choose_disputes",
        "instruments": "Clusters Instrumented fit_instrumented",
        "networks": "Stability Threat network_stability worst_threat",
        "pooling": (
            "measured_pooling_gain newsvendor_stock normal_pooling_gain normal_shortfall "
            "stable_pooling_gain stockout_week"
        ),
        "reaction": "Reaction ReactionPanel estimate_one estimate_reaction row_normalised spatial_lag",
        "reliability": "Rate ReliabilityLogit fit_reliability honour_rates",
        "response": "HORIZONS Impulse Response effort_response",
        "shapley": "Coalition DomainValues Sampled coalition_worth domain_values led_worth pivot_shares "
        "sampled_values shapley_values",
        "stocks": "Depletion Stockpile Surge draw_intensity run_stocks",
    },
)
