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
    from kedge.strategy.binding import LeverModel
    from kedge.strategy.binning import Auc
    from kedge.strategy.boxes import Box, Limit, in_box
    from kedge.strategy.copula import correlation_matrix
    from kedge.strategy.declaration import LeverLimit, Plan, Problem
    from kedge.strategy.dependence import to_futures
    from kedge.strategy.distributions import from_unit
    from kedge.strategy.drivers import Drivers, DriverSettings, find_drivers
    from kedge.strategy.ensemble import EnsembleSettings, Model, run_ensemble, run_in_memory
    from kedge.strategy.flip import FlipGrid, FlipReport, FlipSettings, Separation, Threshold, flip_boundary
    from kedge.strategy.futures import draw_futures
    from kedge.strategy.intervals import (
        Interval,
        best_shares,
        leading_plans,
        mean_interval,
        quantile_interval,
        statistic_interval,
    )
    from kedge.strategy.levers import Lever, lever_choice
    from kedge.strategy.logistic import LinearScore
    from kedge.strategy.metrics import METRICS, Metric, RobustnessTable, score_plans
    from kedge.strategy.outcomes import Outcome, outcome_of
    from kedge.strategy.prim import PrimResult, PrimSettings, Trajectory, find_box, restriction_frequency
    from kedge.strategy.problem import Measure, Uncertainty, choice
    from kedge.strategy.problem_file import DeclaredProblem, load_problem
    from kedge.strategy.problem_json import PROBLEM, problem_from_json, problem_to_json
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
    from kedge.strategy.run_folder import Run, read_run
    from kedge.strategy.store import code_checksum, fingerprint_of
    from kedge.strategy.summary import Resampling
    from kedge.strategy.verdicts import VerdictOptions, Verdicts, judge_plans

__all__ = [
    "METRICS",
    "PROBLEM",
    "Auc",
    "Box",
    "DeclaredProblem",
    "DriverSettings",
    "Drivers",
    "EnsembleSettings",
    "FlipGrid",
    "FlipReport",
    "FlipSettings",
    "Interval",
    "Lever",
    "LeverLimit",
    "LeverModel",
    "Limit",
    "LinearScore",
    "Measure",
    "Metric",
    "Model",
    "Outcome",
    "Plan",
    "PrimResult",
    "PrimSettings",
    "Problem",
    "Resampling",
    "RobustnessSettings",
    "RobustnessTable",
    "Run",
    "Separation",
    "Threshold",
    "Trajectory",
    "Uncertainty",
    "VerdictOptions",
    "Verdicts",
    "best_plan",
    "best_shares",
    "choice",
    "code_checksum",
    "correlation_matrix",
    "dominance",
    "draw_futures",
    "find_box",
    "find_drivers",
    "fingerprint_of",
    "flip_boundary",
    "from_unit",
    "in_box",
    "judge_plans",
    "leading_plans",
    "lever_choice",
    "load_problem",
    "mean_interval",
    "outcome_of",
    "problem_from_json",
    "problem_to_json",
    "quantile_interval",
    "read_run",
    "regret",
    "regret_by_measure",
    "regret_to_reference",
    "restriction_frequency",
    "run_ensemble",
    "run_in_memory",
    "satisficing_radius",
    "satisfied",
    "score_plans",
    "statistic_interval",
    "to_futures",
    "value_of",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "binning": "Auc",
        "binding": "LeverModel",
        "copula": "correlation_matrix",
        "declaration": "LeverLimit Plan Problem",
        "dependence": "to_futures",
        "levers": "Lever lever_choice",
        "problem_file": "DeclaredProblem load_problem",
        "outcomes": "Outcome outcome_of",
        "problem_json": "PROBLEM problem_from_json problem_to_json",
        "run_folder": "Run read_run",
        "boxes": "Box Limit in_box",
        "drivers": "Drivers DriverSettings find_drivers",
        "ensemble": "EnsembleSettings Model run_ensemble run_in_memory",
        "flip": "FlipGrid FlipReport FlipSettings Separation Threshold flip_boundary",
        "distributions": "from_unit",
        "futures": "draw_futures",
        "intervals": "Interval best_shares leading_plans mean_interval quantile_interval statistic_interval",
        "logistic": "LinearScore",
        "metrics": "METRICS Metric RobustnessTable score_plans",
        "prim": "PrimResult PrimSettings Trajectory find_box restriction_frequency",
        "problem": "Measure Uncertainty choice",
        "robustness": (
            "RobustnessSettings best_plan dominance regret regret_by_measure regret_to_reference "
            "satisficing_radius satisfied value_of"
        ),
        "store": "code_checksum fingerprint_of",
        "summary": "Resampling",
        "verdicts": "VerdictOptions Verdicts judge_plans",
    },
)
