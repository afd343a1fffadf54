"""Search for better plans of a problem: settings of its levers that do well over many futures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import polars as pl

from kedge.core.errors import StudyError, UnknownName
from kedge.strategy.agreement import Agreement, agree
from kedge.strategy.axes import Futures, Values
from kedge.strategy.declaration import LeverTable, Problem, lever_violations
from kedge.strategy.outcomes import common_unit
from kedge.strategy.problem import Measure
from kedge.strategy.robust_search import RobustObjective, Shrinkage, Statistic, compare_fresh, objectives_of
from kedge.strategy.robustness import value_of
from kedge.strategy.search_settings import Evaluation, SearchSettings, State, Watch
from kedge.strategy.searching import SearchResult, search

VALUE = "value"
"""Name by which the weighted overall value is meant among the measures."""

_OBJECTIVE = re.compile(r"\s*([a-z_]+)\s*:\s*([a-z][a-z0-9_]*)\s*(?:@\s*([-+.\deE]+))?\s*\Z")

Model = Callable[[LeverTable, Futures], Values]


@dataclass(frozen=True)
class Bound:
    """A limit that every plan found must keep: a statistic of a measure, at most or at least a number.

    Parameters
    ----------
    objective
        Measure and statistic.
    limit : unit of the measure, or share for `satisficing`
        Largest value where less is better, least where more is.
    """

    objective: RobustObjective
    limit: float


@dataclass(frozen=True)
class Sought:
    """What plans are searched for.

    Parameters
    ----------
    objectives
        Two or more.
    bounds
        Limits on statistics; the problem's limits on levers hold besides.
    """

    objectives: tuple[RobustObjective, ...]
    bounds: tuple[Bound, ...] = ()

    def __post_init__(self) -> None:
        if len(self.objectives) < 2:
            raise StudyError(
                f"a search trades off two objectives or more, got {len(self.objectives)}; add another"
            )


@dataclass(frozen=True)
class FoundPlans:
    """Plans that no other found beats, judged on futures that the search did not see.

    Parameters
    ----------
    problem
        That was searched.
    sought
        Objectives and bounds.
    result
        Runs by seed, with traces and the state to go on from.
    agreement
        Merged front, and how many seeds reach each part of it.
    shrinkage
        How much better plans looked on the futures of the search.
    present : units of the objectives
        The problem's own plans on the fresh futures, `[plan, objective]`.
    """

    problem: Problem
    sought: Sought
    result: SearchResult
    agreement: Agreement
    shrinkage: Shrinkage
    present: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """Objectives as they are written."""
        return tuple(objective_name(objective) for objective in self.sought.objectives)

    def outstanding(self) -> dict[int, str]:
        """Name candidates worth a look: best by an objective on fresh futures, or nearest to best in all."""
        fresh = self.shrinkage.fresh
        width = np.ptp(fresh, axis=0)
        scaled = (fresh - fresh.min(axis=0)) / np.where(width > 0, width, 1.0)
        reasons: dict[int, list[str]] = {}
        for k, name in enumerate(self.names):
            reasons.setdefault(int(scaled[:, k].argmin()), []).append(f"best {name}")
        reasons.setdefault(int(np.linalg.norm(scaled, axis=1).argmin()), []).append("nearest to best in all")
        return {row: ", ".join(said) for row, said in reasons.items()}

    def of_present(self, plans: Sequence[str]) -> pl.DataFrame:
        """Give the problem's own plans a row each: objectives on the fresh futures, in their own sense."""
        signs = objective_signs(self.problem, self.sought.objectives)
        columns = {
            name: told(self.present[:, k], self.sought.objectives[k], signs[k])
            for k, name in enumerate(self.names)
        }
        return pl.DataFrame({"plan": list(plans)[: len(self.present)], **columns})

    def compared(self, plans: Sequence[str]) -> pl.DataFrame:
        """List the outstanding plans, then those there are, with objectives in their own sense."""
        signs, reasons = objective_signs(self.problem, self.sought.objectives), self.outstanding()
        rows, labels = list(reasons), list(reasons.values())
        fresh = self.shrinkage.fresh[rows]
        columns = {
            name: told(fresh[:, k], self.sought.objectives[k], signs[k]) for k, name in enumerate(self.names)
        }
        found = pl.DataFrame({"plan": labels, **columns, "reached": self.agreement.reached[rows].astype(int)})
        return pl.concat([found, self.of_present(plans)], how="diagonal")

    def lost(self) -> list[float]:
        """How much worse plans do on fresh futures, on average, in each objective's own sense."""
        signs = objective_signs(self.problem, self.sought.objectives)
        return [float(-sign * each) for sign, each in zip(signs, self.shrinkage.shrinkage, strict=True)]

    def beaten(self, plans: Sequence[str]) -> list[str]:
        """Plans of the problem that some plan found beats in every objective at once."""
        fresh = self.shrinkage.fresh
        return [
            plan for plan, own in zip(plans, self.present, strict=False) if (fresh < own).all(axis=1).any()
        ]

    def table(self) -> pl.DataFrame:
        """One row a plan: levers, objectives in their own sense on fresh and on searched futures, seeds."""
        signs = objective_signs(self.problem, self.sought.objectives)
        columns: dict[str, np.ndarray] = {
            lever.name: self.agreement.candidates[:, k] for k, lever in enumerate(self.problem.levers)
        }
        for k, objective in enumerate(self.sought.objectives):
            name = objective_name(objective)
            columns[name] = told(self.shrinkage.fresh[:, k], objective, signs[k])
            columns[f"{name} (searched)"] = told(self.shrinkage.searched[:, k], objective, signs[k])
        columns["kept"] = self.shrinkage.kept
        columns["seeds_reaching"] = self.agreement.reached
        return pl.DataFrame(columns).sort(objective_name(self.sought.objectives[0]), descending=signs[0] < 0)


def parse_objective(text: str) -> RobustObjective:
    """Read an objective such as `mean:income`, `quantile:value@0.1` or `satisficing:cost@2`.

    Raises
    ------
    StudyError
        It is malformed, or level and statistic do not go together.

    Examples
    --------
    >>> parse_objective("quantile:value@0.1").level
    0.1
    """
    found = _OBJECTIVE.match(text)
    number = None
    if found and found[3] is not None:
        try:
            number = float(found[3])
        except ValueError:
            found = None
    if not found:
        raise StudyError(
            f"an objective looks like mean:income, quantile:value@0.1 or satisficing:cost@2, found {text!r}; "
            f"statistics: {', '.join(get_args(Statistic))}"
        )
    threshold = found[1] == "satisficing"
    return RobustObjective(found[2], found[1], None if threshold else number, number if threshold else None)  # pyright: ignore[reportArgumentType]


def parse_bound(text: str) -> Bound:
    """Read a bound such as `mean:cost<=2` or `quantile:income@0.1>=-3`.

    Raises
    ------
    StudyError
        It is malformed.
    """
    parts = re.split(r"<=|>=", text)
    try:
        limit = float(parts[1])
    except (IndexError, ValueError) as error:
        raise StudyError(f"a limit looks like mean:cost<=2 or mean:income>=-1, found {text!r}") from error
    return Bound(parse_objective(parts[0]), limit)


def usual_objectives(problem: Problem) -> tuple[RobustObjective, ...]:
    """Mean and lower decile of the weighted value; without weights the mean of every measure."""
    if problem.weights:
        return RobustObjective(VALUE), RobustObjective(VALUE, "quantile", 0.1)
    return tuple(RobustObjective(measure.name) for measure in problem.measures)


@dataclass(frozen=True)
class SearchGround:
    """What a search stands on.

    Parameters
    ----------
    problem
        Levers, limits on them, measures and weights.
    model
        From settings of the levers and futures to `[plan, future, measure]`.
    searched, fresh
        Futures searched on, and those that the plans found are judged on.
    present
        Values of the problem's own plans on both, one after the other along futures; for regret
        and comparison.  None if it has no plans.
    """

    problem: Problem
    model: Model
    searched: Futures
    fresh: Futures
    present: Values | None = None


def search_plans(
    ground: SearchGround,
    sought: Sought,
    settings: SearchSettings | None = None,
    *,
    state: State | None = None,
    watch: Watch | None = None,
) -> FoundPlans:
    """Search a problem's levers for plans that trade the objectives off best, and judge them afresh.

    Parameters
    ----------
    ground
        Problem, model and futures.
    sought
        Objectives and bounds.
    settings, state, watch
        As in `search`.

    Returns
    -------
    FoundPlans
        The best found; nothing says that there are no better ones.

    Raises
    ------
    StudyError
        There is nothing to decide, or no candidate keeps the limits.
    UnknownName
        An objective on a measure that is not there.
    """
    problem, on, present = ground.problem, ground.searched, ground.present
    if not problem.levers:
        raise StudyError("the problem has no levers to search over; declare them under [levers]")
    measures = _measures(problem)
    _check_measures(sought, measures)
    own = None if present is None else _with_value(present, problem)
    judge = _judge(problem, ground.model, sought)
    best = _best(own, measures)
    before, after = (None, None) if best is None else (best[: len(on)], best[len(on) :])
    result = search(
        lambda levers: judge(levers, on, before), problem.levers, settings, state=state, watch=watch
    )
    merged = agree(result)
    if not len(merged.candidates) or max(float(run.violations.min()) for run in result.runs) > 0:
        raise StudyError(
            "no setting of the levers was found that keeps all limits; loosen one, or search longer"
        )
    again = judge(merged.candidates, ground.fresh, after).objectives
    of_present = np.empty((0, len(sought.objectives)))
    if own is not None:
        of_present = objectives_of(own[:, len(on) :], measures, sought.objectives, baseline=after)
    return FoundPlans(problem, sought, result, merged, compare_fresh(merged.objectives, again), of_present)


def objective_signs(problem: Problem, objectives: Sequence[RobustObjective]) -> list[float]:
    """Minus one for each objective that is maximised in its own sense, one for each that is minimised."""
    direction = {measure.name: measure.direction for measure in _measures(problem)}
    return [
        1.0 if "regret" in each.statistic or (each.statistic != "satisficing" and
                                              direction[each.measure] == "minimise") else -1.0
        for each in objectives
    ]  # fmt: skip


def objective_name(objective: RobustObjective) -> str:
    """Write an objective as `parse_objective` reads it."""
    number = objective.level if objective.threshold is None else objective.threshold
    return f"{objective.statistic}:{objective.measure}" + ("" if number is None else f"@{number:g}")


def told(column: np.ndarray, objective: RobustObjective, sign: float) -> np.ndarray:
    """Give an objective in its own sense: not turned for minimising, and shares that satisfy."""
    return 1.0 - column if objective.statistic == "satisficing" else sign * column + 0.0


def _judge(problem: Problem, model: Model, sought: Sought) -> Callable[..., Evaluation]:
    measures = _measures(problem)
    bounds = [bound.objective for bound in sought.bounds]
    signs = objective_signs(problem, bounds)

    def judge(levers: LeverTable, futures: Futures, baseline: np.ndarray | None) -> Evaluation:
        values = _with_value(model(levers, futures), problem)
        objectives = objectives_of(values, measures, sought.objectives, baseline=baseline)
        broken = [lever_violations(levers, problem)]
        if bounds:
            found = objectives_of(values, measures, bounds, baseline=baseline)
            for k, bound in enumerate(sought.bounds):
                share = bound.objective.statistic == "satisficing"
                limit = 1.0 - bound.limit if share else signs[k] * bound.limit
                broken.append(np.maximum(found[:, k : k + 1] - limit, 0.0))
        return Evaluation(objectives, np.concatenate(broken, axis=1))

    return judge


def _measures(problem: Problem) -> tuple[Measure, ...]:
    if not problem.weights:
        return problem.measures
    unit = common_unit([each.unit for each in problem.measures if problem.full_weights()[each.name]])
    return (*problem.measures, Measure(VALUE, "Overall value", unit, "maximise"))


def _with_value(values: Values, problem: Problem) -> Values:
    if not problem.weights:
        return values
    value = value_of(values, problem.measures, problem.full_weights())
    return np.concatenate([values, value[:, :, None]], axis=2)


def _best(own: Values | None, measures: Sequence[Measure]) -> np.ndarray | None:
    """Best value of the problem's own plans in each future, by measure: what regret is measured from."""
    if own is None:
        return None
    signs = np.array([measure.sign for measure in measures])
    return (own * signs).max(axis=0) * signs


def _check_measures(sought: Sought, measures: tuple[Measure, ...]) -> None:
    known = [measure.name for measure in measures]
    for each in (*sought.objectives, *(bound.objective for bound in sought.bounds)):
        if each.measure not in known:
            raise UnknownName("measure", each.measure, known)
