"""What an analysis looks at: one number a future, of one plan, and which futures of it are bad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy.axes import OfInterest, PerFuture
from kedge.strategy.intervals import leading_plans
from kedge.strategy.robustness import regret, regret_to_reference
from kedge.strategy.run_folder import Run

KINDS = ("regret", "regret_to_reference", "value")


@dataclass(frozen=True)
class Outcome:
    """One number a future for one plan.

    Parameters
    ----------
    row
        In `unit`.
    label, unit
        For tables and figures.
    larger_is_worse
        Whether bad futures lie at the upper end.
    """

    row: PerFuture
    label: str
    unit: str
    larger_is_worse: bool

    def worst(self, share: float) -> OfInterest:
        """Mark the worst share of futures; on a heap of equal values fewer, never more than half of all.

        Raises
        ------
        DomainError
            The share lies outside (0, 1), or the worst futures cannot be told from the rest.
        """
        if not 0 < share < 1:
            raise DomainError(f"a share of futures lies between 0 and 1, such as 0.1; got {share:g}")
        signed = self.row if self.larger_is_worse else -self.row
        held = signed >= np.quantile(signed, 1 - share, method="higher")
        # A heap of equal values at the limit would otherwise be taken as a whole.
        if held.mean() > 2 * share:
            held = signed > signed[held].min()
        if not held.any():
            raise DomainError(
                f"the worst futures of {self.label} are alike, so no share of {share:g} stands out; "
                "give a limit (--above or --below) or look at another plan"
            )
        return held

    def beyond(self, limit: float) -> OfInterest:
        """Mark the futures that are worse than a limit.

        Raises
        ------
        DomainError
            All are, or none is.
        """
        held = self.row > limit if self.larger_is_worse else self.row < limit
        if held.all() or not held.any():
            ends = f"{self.row.min():.6g} to {self.row.max():.6g}"
            raise DomainError(
                f"{'all' if held.all() else 'none'} of the futures are worse than {limit:g}: {self.label} "
                f"runs from {ends} {self.unit}".rstrip()
                + "; choose a limit between"
            )
        return held


def outcome_of(run: Run, plan: str, of: str = "regret") -> Outcome:
    """Take one plan's regret, overall value, or a measure, future by future.

    Parameters
    ----------
    run
        Values and problem.
    plan
        Key of the plan.
    of
        `regret` (against the best of the set), `regret_to_reference`, `value`, or a measure.

    Raises
    ------
    UnknownName
        No such plan or measure.
    """
    problem = run.problem
    plans, measures = problem.names_of("plans"), problem.names_of("measures")
    if plan not in plans:
        raise UnknownName("plan", plan, plans)
    place = plans.index(plan)
    label = problem.plans[place].label
    if of in measures:
        measure = problem.measures[measures.index(of)]
        row = run.values[place, :, measures.index(of)]
        return Outcome(row, f"{measure.label} of {label}", measure.unit, measure.direction == "minimise")
    if of not in KINDS:
        raise UnknownName("outcome", of, (*KINDS, *measures))
    return _overall(run, place, of)


def leading_plan(run: Run) -> str:
    """Give the key of the plan that is best in most futures; of the first, if there is but one."""
    plans = run.problem.names_of("plans")
    return plans[leading_plans(run.value)[0] if len(plans) > 1 else 0]


def _overall(run: Run, place: int, of: str) -> Outcome:
    problem, value = run.problem, run.value
    weights, label = problem.full_weights(), problem.plans[place].label
    unit = common_unit([measure.unit for measure in problem.measures if weights[measure.name]])
    if of == "regret":
        return Outcome(regret(value)[place], f"regret of {label}", unit, True)
    if of == "value":
        return Outcome(value[place], f"value of {label}", unit, False)
    reference = problem.plans[problem.reference_place].label
    row = regret_to_reference(value, problem.reference_place)[place]
    return Outcome(row, f"regret of {label} against {reference}", unit, True)


def common_unit(units: Sequence[str]) -> str:
    """Name the unit that weighted measures share; empty if they do not."""
    return units[0] if len(set(units)) == 1 else ""
