"""The order room: where states stand in votes, who is tied to whom, and what just moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.order.agreement import MEASURES, Agreement, agree, agree_by_year
    from kedge.order.changes import Changes, ChangeSettings, find_changes
    from kedge.order.comparable import (
        SelectionSettings,
        SelectionWarning,
        compare_matched,
        find_selection_breaks,
        matched_roll_calls,
    )
    from kedge.order.components import COMPONENTS, Component, PostureTables, Windows, measure_changes
    from kedge.order.events import EventRate, EventStudy, event_rate, study_events
    from kedge.order.fit import FitSettings, PositionFit, fit_positions
    from kedge.order.forward import Forecasts, ForwardSettings, forecast_votes
    from kedge.order.layers import (
        LAYERS,
        agreement_edges,
        alliance_edges,
        arms_edges,
        exercise_edges,
        trade_edges,
        treaty_edges,
        troop_edges,
    )
    from kedge.order.positions import Positions
    from kedge.order.posterior import draws_dataset
    from kedge.order.posture import LABELS, Posture, PostureSettings, classify_posture
    from kedge.order.published import Mixing, PublishedFit, estimate_published
    from kedge.order.published_sampler import SamplerPlan
    from kedge.order.published_votes import bridge_texts, gather_published_votes
    from kedge.order.roll_calls import RollCalls, gather_roll_calls
    from kedge.order.stages import VoteModel, fit_votes
    from kedge.order.surprise import RollCallSurprise, by_dimensions, roll_call_bits, surprise_of
    from kedge.order.tie_measures import TieMeasures, betweenness, dependence_interval, measure_ties
    from kedge.order.ties import LAYER_WEIGHTS, TieGraph, build_graph, keep_without, layer_weights, sum_ties
    from kedge.order.warm import StartingPoint, start_from_arrays

__all__ = [
    "COMPONENTS",
    "LABELS",
    "LAYERS",
    "LAYER_WEIGHTS",
    "MEASURES",
    "Agreement",
    "ChangeSettings",
    "Changes",
    "Component",
    "EventRate",
    "EventStudy",
    "FitSettings",
    "Forecasts",
    "ForwardSettings",
    "Mixing",
    "PositionFit",
    "Positions",
    "Posture",
    "PostureSettings",
    "PostureTables",
    "PublishedFit",
    "RollCallSurprise",
    "RollCalls",
    "SamplerPlan",
    "SelectionSettings",
    "SelectionWarning",
    "StartingPoint",
    "TieGraph",
    "TieMeasures",
    "VoteModel",
    "Windows",
    "agree",
    "agree_by_year",
    "agreement_edges",
    "alliance_edges",
    "arms_edges",
    "betweenness",
    "bridge_texts",
    "build_graph",
    "by_dimensions",
    "classify_posture",
    "compare_matched",
    "dependence_interval",
    "draws_dataset",
    "estimate_published",
    "event_rate",
    "exercise_edges",
    "find_changes",
    "find_selection_breaks",
    "fit_positions",
    "fit_votes",
    "forecast_votes",
    "gather_published_votes",
    "gather_roll_calls",
    "keep_without",
    "layer_weights",
    "matched_roll_calls",
    "measure_changes",
    "measure_ties",
    "roll_call_bits",
    "start_from_arrays",
    "study_events",
    "sum_ties",
    "surprise_of",
    "trade_edges",
    "treaty_edges",
    "troop_edges",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "agreement": "MEASURES Agreement agree agree_by_year",
        "changes": "Changes ChangeSettings find_changes",
        "comparable": (
            "SelectionSettings SelectionWarning compare_matched find_selection_breaks matched_roll_calls"
        ),
        "components": "COMPONENTS Component PostureTables Windows measure_changes",
        "events": "EventRate EventStudy event_rate study_events",
        "fit": "FitSettings PositionFit fit_positions",
        "forward": "Forecasts ForwardSettings forecast_votes",
        "layers": (
            "LAYERS agreement_edges alliance_edges arms_edges exercise_edges trade_edges treaty_edges "
            "troop_edges"
        ),
        "positions": "Positions",
        "posterior": "draws_dataset",
        "posture": "LABELS Posture PostureSettings classify_posture",
        "published": "Mixing PublishedFit estimate_published",
        "published_sampler": "SamplerPlan",
        "published_votes": "bridge_texts gather_published_votes",
        "roll_calls": "RollCalls gather_roll_calls",
        "stages": "VoteModel fit_votes",
        "surprise": "RollCallSurprise by_dimensions roll_call_bits surprise_of",
        "tie_measures": "TieMeasures betweenness dependence_interval measure_ties",
        "ties": "LAYER_WEIGHTS TieGraph build_graph keep_without layer_weights sum_ties",
        "warm": "StartingPoint start_from_arrays",
    },
)
