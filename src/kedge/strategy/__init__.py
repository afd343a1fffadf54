"""Decision analysis that knows no domain.

A problem is a set of uncertainties and measures; a model is any function that takes
futures `[future, uncertainty]` and gives values `[plan, future, measure]`.  From there:
ensembles that outlive a killed run, robustness, intervals, where the order of two plans
flips, what drives an outcome, and the box in which it happens.

Names are looked up when they are first used: to declare a problem is not to load what solves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.strategy.binning import Auc
    from kedge.strategy.boxes import Box, Limit, in_box
    from kedge.strategy.drivers import Drivers, DriverSettings, find_drivers
    from kedge.strategy.ensemble import EnsembleSettings, Model, run_ensemble, run_in_memory
    from kedge.strategy.flip import FlipGrid, FlipReport, FlipSettings, Separation, Threshold, flip_boundary
    from kedge.strategy.futures import draw_futures, from_unit
    from kedge.strategy.halves import random_halves
    from kedge.strategy.intervals import (
        Interval,
        best_shares,
        leading_plans,
        mean_interval,
        quantile_interval,
        statistic_interval,
    )
    from kedge.strategy.logistic import LinearScore
    from kedge.strategy.metrics import METRICS, Metric, RobustnessTable, score_plans
    from kedge.strategy.pathway_map import Line, PathwayMap, Station, TippingPoint, draw_map, tipping_points
    from kedge.strategy.pathways import (
        NEVER,
        Action,
        AdaptivePlan,
        LeverPath,
        PathModel,
        PathwayRun,
        PathwayShare,
        Staged,
        Switch,
        pathway_shares,
        run_pathway,
        sunk_cost,
        switch_to,
    )
    from kedge.strategy.prim import PrimResult, PrimSettings, Trajectory, find_box, restriction_frequency
    from kedge.strategy.problem import Measure, Uncertainty, choice
    from kedge.strategy.robustness import (
        RobustnessSettings,
        best_plan,
        dominance,
        regret,
        regret_by_measure,
        regret_to_reference,
        satisficing_radius,
        satisfied,
        value_of,
    )
    from kedge.strategy.signposts import (
        ActingValue,
        Rate,
        SignpostReport,
        SignpostScore,
        SignpostSettings,
        Target,
        score_signposts,
    )
    from kedge.strategy.store import code_checksum, fingerprint_of
    from kedge.strategy.summary import Resampling
    from kedge.strategy.triggers import Condition, Timeline, Trigger
    from kedge.strategy.tune import CRITERIA, Trial, TunedPlan, TuneSettings, tune_triggers

__all__ = [
    "CRITERIA",
    "METRICS",
    "NEVER",
    "ActingValue",
    "Action",
    "AdaptivePlan",
    "Auc",
    "Box",
    "Condition",
    "DriverSettings",
    "Drivers",
    "EnsembleSettings",
    "FlipGrid",
    "FlipReport",
    "FlipSettings",
    "Interval",
    "LeverPath",
    "Limit",
    "Line",
    "LinearScore",
    "Measure",
    "Metric",
    "Model",
    "PathModel",
    "PathwayMap",
    "PathwayRun",
    "PathwayShare",
    "PrimResult",
    "PrimSettings",
    "Rate",
    "Resampling",
    "RobustnessSettings",
    "RobustnessTable",
    "Separation",
    "SignpostReport",
    "SignpostScore",
    "SignpostSettings",
    "Staged",
    "Station",
    "Switch",
    "Target",
    "Threshold",
    "Timeline",
    "TippingPoint",
    "Trajectory",
    "Trial",
    "Trigger",
    "TuneSettings",
    "TunedPlan",
    "Uncertainty",
    "best_plan",
    "best_shares",
    "choice",
    "code_checksum",
    "dominance",
    "draw_futures",
    "draw_map",
    "find_box",
    "find_drivers",
    "fingerprint_of",
    "flip_boundary",
    "from_unit",
    "in_box",
    "leading_plans",
    "mean_interval",
    "pathway_shares",
    "quantile_interval",
    "random_halves",
    "regret",
    "regret_by_measure",
    "regret_to_reference",
    "restriction_frequency",
    "run_ensemble",
    "run_in_memory",
    "run_pathway",
    "satisficing_radius",
    "satisfied",
    "score_plans",
    "score_signposts",
    "statistic_interval",
    "sunk_cost",
    "switch_to",
    "tipping_points",
    "tune_triggers",
    "value_of",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "binning": "Auc",
        "boxes": "Box Limit in_box",
        "drivers": "Drivers DriverSettings find_drivers",
        "ensemble": "EnsembleSettings Model run_ensemble run_in_memory",
        "flip": "FlipGrid FlipReport FlipSettings Separation Threshold flip_boundary",
        "futures": "draw_futures from_unit",
        "intervals": "Interval best_shares leading_plans mean_interval quantile_interval statistic_interval",
        "logistic": "LinearScore",
        "metrics": "METRICS Metric RobustnessTable score_plans",
        "halves": "random_halves",
        "pathway_map": "Line PathwayMap Station TippingPoint draw_map tipping_points",
        "pathways": (
            "NEVER Action AdaptivePlan LeverPath PathModel PathwayRun PathwayShare Staged pathway_shares "
            "Switch run_pathway sunk_cost switch_to"
        ),
        "signposts": "ActingValue Rate SignpostReport SignpostScore SignpostSettings Target score_signposts",
        "triggers": "Condition Timeline Trigger",
        "tune": "CRITERIA Trial TuneSettings TunedPlan tune_triggers",
        "prim": "PrimResult PrimSettings Trajectory find_box restriction_frequency",
        "problem": "Measure Uncertainty choice",
        "robustness": (
            "RobustnessSettings best_plan dominance regret regret_by_measure regret_to_reference "
            "satisficing_radius satisfied value_of"
        ),
        "store": "code_checksum fingerprint_of",
        "summary": "Resampling",
    },
)
