"""A study as a decision problem that the strategy room's tools can take up."""

from __future__ import annotations

from collections.abc import Sequence

from kedge.strategy import Plan, Problem
from kedge.world.assessment import MEASURES
from kedge.world.parameters import Parameter, as_uncertainty
from kedge.world.study import Study


def study_problem(study: Study, parameters: Sequence[Parameter]) -> Problem:
    """Say what a study's results are made of, in the words of decision analysis.

    Parameters
    ----------
    study
        As read.
    parameters
        Its uncertainties, in column order.

    Returns
    -------
    Problem
        Plans by their keys; their levers are paths over years and stay in the study.
    """
    return Problem(
        title=study.title,
        uncertainties=tuple(as_uncertainty(parameter) for parameter in parameters),
        measures=MEASURES,
        plans=tuple(Plan(key, (), plan.label, plan.description) for key, plan in study.plans.items()),
        weights=study.weights.model_dump(),
        reference=study.reference_plan,
    )
