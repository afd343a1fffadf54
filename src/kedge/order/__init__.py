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
    from kedge.order.posture import LABELS, Posture, PostureSettings, classify_posture
    from kedge.order.published import Mixing, PublishedFit, estimate_published
    from kedge.order.published_sampler import SamplerPlan
    from kedge.order.published_votes import bridge_texts, gather_published_votes
    from kedge.order.roll_calls import RollCalls, gather_roll_calls
    from kedge.order.tie_measures import TieMeasures, betweenness, dependence_interval, measure_ties
    from kedge.order.ties import LAYER_WEIGHTS, TieGraph, build_graph, layer_weights

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
    "Mixing",
    "Positions",
    "Posture",
    "PostureSettings",
    "PostureTables",
    "PublishedFit",
    "RollCalls",
    "SamplerPlan",
    "SelectionSettings",
    "SelectionWarning",
    "TieGraph",
    "TieMeasures",
    "Windows",
    "agree",
    "agree_by_year",
    "agreement_edges",
    "alliance_edges",
    "arms_edges",
    "betweenness",
    "bridge_texts",
    "build_graph",
    "classify_posture",
    "compare_matched",
    "dependence_interval",
    "estimate_published",
    "event_rate",
    "exercise_edges",
    "find_changes",
    "find_selection_breaks",
    "gather_published_votes",
    "gather_roll_calls",
    "layer_weights",
    "matched_roll_calls",
    "measure_changes",
    "measure_ties",
    "study_events",
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
        "layers": (
            "LAYERS agreement_edges alliance_edges arms_edges exercise_edges trade_edges treaty_edges "
            "troop_edges"
        ),
        "positions": "Positions",
        "posture": "LABELS Posture PostureSettings classify_posture",
        "published": "Mixing PublishedFit estimate_published",
        "published_sampler": "SamplerPlan",
        "published_votes": "bridge_texts gather_published_votes",
        "roll_calls": "RollCalls gather_roll_calls",
        "tie_measures": "TieMeasures betweenness dependence_interval measure_ties",
        "ties": "LAYER_WEIGHTS TieGraph build_graph layer_weights",
    },
)
