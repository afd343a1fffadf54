"""A run's plans judged: every robustness metric, both kinds of regret, and where the verdicts part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from kedge.core.errors import UnknownName
from kedge.strategy.axes import Holds, Value
from kedge.strategy.intervals import Interval, best_shares, quantile_interval
from kedge.strategy.metrics import RobustnessTable, score_plans
from kedge.strategy.outcomes import common_unit
from kedge.strategy.problem import Measure
from kedge.strategy.robustness import (
    RobustnessSettings,
    dominance,
    regret,
    regret_to_reference,
    satisficing_radius,
    satisfied,
    value_of,
)
from kedge.strategy.run_folder import Run
from kedge.strategy.summary import Resampling


@dataclass(frozen=True)
class VerdictOptions:
    """What plans are judged by.

    Parameters
    ----------
    measure
        One measure instead of the weighted value; empty for the value.
    weights : overall units per unit of the measure
        Changes to the problem's weights.
    thresholds : unit of the measure
        What a plan must reach in a future, by measure; left out, the problem's own.
    reference
        Plan for the second kind of regret; empty for the problem's own.
    settings, resampling
        Judgements of the metrics, and how intervals are made.
    """

    measure: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    reference: str = ""
    settings: RobustnessSettings = field(default_factory=RobustnessSettings)
    resampling: Resampling = field(default_factory=Resampling)


@dataclass(frozen=True)
class Verdicts:
    """Plans judged in every way.

    Parameters
    ----------
    subject, unit
        What was judged, in words, and its unit.
    plans, labels
        Keys and labels, in the order of the tables' columns.
    reference
        Label of the fixed plan.
    futures
        How many.
    robustness
        Scores of all metrics with intervals.
    best : share of futures
        In which each plan is best, with intervals.
    regret, against_reference : unit
        Median and 90th percentile over futures by plan, with intervals: `[plan, level]`.
    dominance : share of futures
        In which the plan of the row is strictly better than that of the column.
    radius : share of the range
        How far from the middle of all ranges each plan holds its thresholds; None without thresholds.
    thresholds : unit of the measure
        That were used.
    """

    subject: str
    unit: str
    plans: tuple[str, ...]
    labels: tuple[str, ...]
    reference: str
    futures: int
    robustness: RobustnessTable
    best: Interval
    regret: Interval
    against_reference: Interval
    dominance: np.ndarray
    radius: np.ndarray | None
    thresholds: Mapping[str, float]

    @property
    def judged(self) -> tuple[int, ...]:
        """Metrics that say something, as rows of `robustness`: satisficing needs thresholds."""
        metrics = self.robustness.metrics
        return tuple(r for r, m in enumerate(metrics) if self.thresholds or m.name != "satisficing")

    def table(self) -> pl.DataFrame:
        """Every score of every plan as one row: metric, unit, plan, score, low, high, chosen, shares."""
        found = self.robustness
        rows = [
            {
                "metric": metric.name,
                "label": metric.label,
                "unit": {"value": self.unit, "share": "share"}.get(metric.unit, ""),
                "larger_is_better": bool(found.larger_is_better[row]),
                "plan": plan,
                "score": float(found.scores[row, column]),
                "low": float(found.low[row, column]),
                "high": float(found.high[row, column]),
                "chosen": bool(found.chosen[row, column]),
                "chosen_share": float(found.chosen_share[row, column]),
                "flips": float(found.flips[row]),
            }
            for row, metric in ((row, found.metrics[row]) for row in self.judged)
            for column, plan in enumerate(self.plans)
        ]
        return pl.DataFrame(rows)


REGRET_LEVELS = (0.5, 0.9)


def judge_plans(run: Run, options: VerdictOptions | None = None) -> Verdicts:
    """Judge a run's plans by the whole family of robustness metrics.

    Parameters
    ----------
    run
        From `read_run`.
    options
        What they are judged by.

    Returns
    -------
    Verdicts
        With resampling intervals.

    Raises
    ------
    UnknownName
        A measure or plan that is not there.
    StudyError
        Weights are malformed, or none is above zero.

    References
    ----------
    McPhail et al. (2018), Earth's Future 6; Savage (1951) for regret; Ben-Haim (2006) for the radius.
    """
    options, problem = options or VerdictOptions(), run.problem
    plans = problem.names_of("plans")
    subject, unit, raw, measure = _subject(run, options)
    better = raw if measure is None or measure.direction == "maximise" else -raw
    fixed = options.reference or plans[problem.reference_place]
    place = plans.index(_known("plan", fixed, plans))
    thresholds = dict(options.thresholds or problem.thresholds)
    held = satisfied(run.values, problem.measures, thresholds) if thresholds else None
    resampling = options.resampling
    return Verdicts(
        subject=subject,
        unit=unit,
        plans=plans,
        labels=tuple(plan.label for plan in problem.plans),
        reference=problem.plans[place].label,
        futures=len(run.futures),
        robustness=score_plans(
            raw,
            options.settings,
            resampling,
            direction="maximise" if measure is None else measure.direction,
            held=held,
        ),
        best=best_shares(better, resampling),
        regret=quantile_interval(regret(better), REGRET_LEVELS, resampling),
        against_reference=quantile_interval(regret_to_reference(better, place), REGRET_LEVELS, resampling),
        dominance=dominance(better),
        radius=None if held is None else _radius(run, held),
        thresholds=thresholds,
    )


def _subject(run: Run, options: VerdictOptions) -> tuple[str, str, Value, Measure | None]:
    problem, names = run.problem, run.problem.names_of("measures")
    if options.measure:
        column = names.index(_known("measure", options.measure, names))
        measure = problem.measures[column]
        return measure.label, measure.unit, np.ascontiguousarray(run.values[:, :, column]), measure
    weights = problem.full_weights() | dict(options.weights)
    counted = [measure for measure in problem.measures if weights[measure.name]]
    return (
        "Overall value",
        common_unit([measure.unit for measure in counted]),
        value_of(run.values, problem.measures, weights),
        None,
    )


def _radius(run: Run, held: Holds) -> np.ndarray:
    ranges = run.problem.uncertainties
    centre = np.array([each.low if each.is_categorical else (each.low + each.high) / 2 for each in ranges])
    return satisficing_radius(held, run.futures, centre, ranges)


def _known(kind: str, name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise UnknownName(kind, name, known)
    return name
