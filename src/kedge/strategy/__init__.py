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
    from kedge.strategy.agreement import Agreement, agree
    from kedge.strategy.binding import LeverModel
    from kedge.strategy.binning import Auc
    from kedge.strategy.boxes import Box, Limit, in_box
    from kedge.strategy.cart import Tree, TreeSettings, grow_tree
    from kedge.strategy.compare import BoxComparison, compare_boxes, split_futures
    from kedge.strategy.copula import correlate, correlation_matrix
    from kedge.strategy.declaration import LeverLimit, Plan, Problem
    from kedge.strategy.delta import DeltaIndices, DeltaSettings, borgonovo_delta
    from kedge.strategy.dependence import to_futures
    from kedge.strategy.design import Design, prepare_design
    from kedge.strategy.designs import FactorialFutures, FutureSource, GivenFutures, SampledFutures
    from kedge.strategy.discovery import Discovery, DiscoveryOptions, Found, discover, limit_words
    from kedge.strategy.distributions import from_unit
    from kedge.strategy.drivers import Drivers, DriverSettings, find_drivers
    from kedge.strategy.ensemble import run_ensemble, run_in_memory
    from kedge.strategy.flip import FlipGrid, FlipReport, FlipSettings, Separation, Threshold, flip_boundary
    from kedge.strategy.futures import draw_futures
    from kedge.strategy.halves import random_halves
    from kedge.strategy.intervals import (
        Interval,
        best_shares,
        leading_plans,
        mean_interval,
        quantile_interval,
        statistic_interval,
    )
    from kedge.strategy.levels import Cover, Levels, find_boxes, find_cover
    from kedge.strategy.levers import Lever, lever_choice
    from kedge.strategy.logistic import LinearScore
    from kedge.strategy.metrics import METRICS, Metric, RobustnessTable, score_plans
    from kedge.strategy.outcomes import Outcome, leading_plan, outcome_of
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
    from kedge.strategy.plan_search import (
        Bound,
        FoundPlans,
        SearchGround,
        Sought,
        objective_name,
        parse_bound,
        parse_objective,
        search_plans,
        usual_objectives,
    )
    from kedge.strategy.precision import BestShares, Until
    from kedge.strategy.prim import PrimResult, Trajectory, find_box, restriction_frequency
    from kedge.strategy.prim_settings import PrimSettings
    from kedge.strategy.problem import Measure, Uncertainty, choice
    from kedge.strategy.problem_file import DeclaredProblem, load_problem
    from kedge.strategy.problem_json import MANIFEST, PROBLEM, problem_from_json, problem_to_json
    from kedge.strategy.problem_run import ProblemOptions, read_manifest, run_problem, same_problem
    from kedge.strategy.refine import LimitRange, RefinedBox, refine_box
    from kedge.strategy.reproduce import Reproducibility, reproduce_box
    from kedge.strategy.results import Results, open_results
    from kedge.strategy.robust_search import RobustObjective, Shrinkage, compare_fresh, objectives_of
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
    from kedge.strategy.saltelli import saltelli_design, saltelli_futures
    from kedge.strategy.search_settings import Evaluation, SearchProgress, SearchSettings
    from kedge.strategy.searching import SearchResult, SearchRun, SearchTrace, search
    from kedge.strategy.sensitivity import Sensitivities, SensitivitySettings, find_sensitivities
    from kedge.strategy.shapley_data import ShapleyEffects, ShapleySettings, shapley_effects
    from kedge.strategy.shapley_runs import ShapleyDesign, shapley_design, shapley_from_runs
    from kedge.strategy.signposts import (
        ActingValue,
        Rate,
        SignpostReport,
        SignpostScore,
        SignpostSettings,
        Target,
        score_signposts,
    )
    from kedge.strategy.sobol import SobolIndices, sobol_indices
    from kedge.strategy.sobol_runs import sobol_by_runs
    from kedge.strategy.sources import SourceOptions, choose_source
    from kedge.strategy.stacking import StackAxis, Stacking, StackingSettings, stack_dimensions
    from kedge.strategy.store import code_checksum, fingerprint_of
    from kedge.strategy.stream import EnsembleSettings, StreamOptions, stream_ensemble
    from kedge.strategy.summary import Resampling
    from kedge.strategy.tables import read_futures
    from kedge.strategy.triggers import Condition, Timeline, Trigger
    from kedge.strategy.tune import CRITERIA, Trial, TunedPlan, TuneSettings, tune_triggers
    from kedge.strategy.verdicts import VerdictOptions, Verdicts, judge_plans
    from kedge.strategy.volume import estimate_hypervolume, hypervolume
    from kedge.strategy.workers import Model, cluster, processes, threads

# fmt: off
__all__ = [
    "CRITERIA", "MANIFEST", "METRICS", "NEVER", "PROBLEM", "ActingValue", "Action", "AdaptivePlan",
    "Agreement", "Auc", "BestShares", "Bound", "Box", "BoxComparison", "Condition", "Cover",
    "DeclaredProblem", "DeltaIndices", "DeltaSettings", "Design", "Discovery", "DiscoveryOptions",
    "DriverSettings", "Drivers", "EnsembleSettings", "Evaluation", "FactorialFutures", "FlipGrid",
    "FlipReport", "FlipSettings", "Found", "FoundPlans", "FutureSource", "GivenFutures", "Interval",
    "Levels", "Lever", "LeverLimit", "LeverModel", "LeverPath", "Limit", "LimitRange", "Line",
    "LinearScore", "Measure", "Metric", "Model", "Outcome", "PathModel", "PathwayMap", "PathwayRun",
    "PathwayShare", "Plan", "PrimResult", "PrimSettings", "Problem", "ProblemOptions", "Rate",
    "RefinedBox", "Reproducibility", "Resampling", "Results", "RobustObjective", "RobustnessSettings",
    "RobustnessTable", "Run", "SampledFutures", "SearchGround", "SearchProgress", "SearchResult",
    "SearchRun", "SearchSettings", "SearchTrace", "Sensitivities", "SensitivitySettings", "Separation",
    "ShapleyDesign", "ShapleyEffects", "ShapleySettings", "Shrinkage", "SignpostReport",
    "SignpostScore", "SignpostSettings", "SobolIndices", "Sought", "SourceOptions", "StackAxis",
    "Stacking", "StackingSettings", "Staged", "Station", "StreamOptions", "Switch", "Target",
    "Threshold", "Timeline", "TippingPoint", "Trajectory", "Tree", "TreeSettings", "Trial", "Trigger",
    "TuneSettings", "TunedPlan", "Uncertainty", "Until", "VerdictOptions", "Verdicts", "agree",
    "best_plan", "best_shares", "borgonovo_delta", "choice", "choose_source", "cluster",
    "code_checksum", "compare_boxes", "compare_fresh", "correlate", "correlation_matrix", "discover",
    "dominance", "draw_futures", "draw_map", "estimate_hypervolume", "find_box", "find_boxes",
    "find_cover", "find_drivers", "find_sensitivities", "fingerprint_of", "flip_boundary", "from_unit",
    "grow_tree", "hypervolume", "in_box", "judge_plans", "leading_plan", "leading_plans",
    "lever_choice", "limit_words", "load_problem", "mean_interval", "objective_name", "objectives_of",
    "open_results", "outcome_of", "parse_bound", "parse_objective", "pathway_shares", "prepare_design",
    "problem_from_json", "problem_to_json", "processes", "quantile_interval", "random_halves",
    "read_futures", "read_manifest", "read_run", "refine_box", "regret", "regret_by_measure",
    "regret_to_reference", "reproduce_box", "restriction_frequency", "run_ensemble", "run_in_memory",
    "run_pathway", "run_problem", "saltelli_design", "saltelli_futures", "same_problem",
    "satisficing_radius", "satisfied", "score_plans", "score_signposts", "search", "search_plans",
    "shapley_design", "shapley_effects", "shapley_from_runs", "sobol_by_runs", "sobol_indices",
    "split_futures", "stack_dimensions", "statistic_interval", "stream_ensemble", "sunk_cost",
    "switch_to", "threads", "tipping_points", "to_futures", "tune_triggers", "usual_objectives",
    "value_of",
]
# fmt: on

__getattr__, __dir__ = late_names(
    __name__,
    {
        "agreement": "Agreement agree",
        "binding": "LeverModel",
        "binning": "Auc",
        "boxes": "Box Limit in_box",
        "cart": "Tree TreeSettings grow_tree",
        "compare": "BoxComparison compare_boxes split_futures",
        "copula": "correlate correlation_matrix",
        "declaration": "LeverLimit Plan Problem",
        "delta": "DeltaIndices DeltaSettings borgonovo_delta",
        "dependence": "to_futures",
        "design": "Design prepare_design",
        "designs": "FactorialFutures FutureSource GivenFutures SampledFutures",
        "discovery": "Discovery DiscoveryOptions Found discover limit_words",
        "distributions": "from_unit",
        "drivers": "DriverSettings Drivers find_drivers",
        "ensemble": "run_ensemble run_in_memory",
        "flip": "FlipGrid FlipReport FlipSettings Separation Threshold flip_boundary",
        "futures": "draw_futures",
        "halves": "random_halves",
        "intervals": (
            "Interval best_shares leading_plans mean_interval quantile_interval statistic_interval"
        ),
        "levels": "Cover Levels find_boxes find_cover",
        "levers": "Lever lever_choice",
        "logistic": "LinearScore",
        "metrics": "METRICS Metric RobustnessTable score_plans",
        "outcomes": "Outcome leading_plan outcome_of",
        "pathway_map": "Line PathwayMap Station TippingPoint draw_map tipping_points",
        "pathways": (
            "NEVER Action AdaptivePlan LeverPath PathModel PathwayRun PathwayShare Staged Switch "
            "pathway_shares run_pathway sunk_cost switch_to"
        ),
        "plan_search": (
            "Bound FoundPlans SearchGround Sought objective_name parse_bound parse_objective "
            "search_plans usual_objectives"
        ),
        "precision": "BestShares Until",
        "prim": "PrimResult Trajectory find_box restriction_frequency",
        "prim_settings": "PrimSettings",
        "problem": "Measure Uncertainty choice",
        "problem_file": "DeclaredProblem load_problem",
        "problem_json": "MANIFEST PROBLEM problem_from_json problem_to_json",
        "problem_run": "ProblemOptions read_manifest run_problem same_problem",
        "refine": "LimitRange RefinedBox refine_box",
        "reproduce": "Reproducibility reproduce_box",
        "results": "Results open_results",
        "robust_search": "RobustObjective Shrinkage compare_fresh objectives_of",
        "robustness": (
            "RobustnessSettings best_plan dominance regret regret_by_measure regret_to_reference "
            "satisficing_radius satisfied value_of"
        ),
        "run_folder": "Run read_run",
        "saltelli": "saltelli_design saltelli_futures",
        "search_settings": "Evaluation SearchProgress SearchSettings",
        "searching": "SearchResult SearchRun SearchTrace search",
        "sensitivity": "Sensitivities SensitivitySettings find_sensitivities",
        "shapley_data": "ShapleyEffects ShapleySettings shapley_effects",
        "shapley_runs": "ShapleyDesign shapley_design shapley_from_runs",
        "signposts": (
            "ActingValue Rate SignpostReport SignpostScore SignpostSettings Target score_signposts"
        ),
        "sobol": "SobolIndices sobol_indices",
        "sobol_runs": "sobol_by_runs",
        "sources": "SourceOptions choose_source",
        "stacking": "StackAxis Stacking StackingSettings stack_dimensions",
        "store": "code_checksum fingerprint_of",
        "stream": "EnsembleSettings StreamOptions stream_ensemble",
        "summary": "Resampling",
        "tables": "read_futures",
        "triggers": "Condition Timeline Trigger",
        "tune": "CRITERIA Trial TuneSettings TunedPlan tune_triggers",
        "verdicts": "VerdictOptions Verdicts judge_plans",
        "volume": "estimate_hypervolume hypervolume",
        "workers": "Model cluster processes threads",
    },
)
