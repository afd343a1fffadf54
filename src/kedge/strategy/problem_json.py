"""A problem as JSON, kept beside the results that it gave, and read back."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from kedge.core.errors import OutputError, StudyError, UnknownName
from kedge.strategy.declaration import Problem

PROBLEM, MANIFEST = "problem.json", "manifest.json"
"""Names of files beside the results: what was run, and what went into it."""


def problem_to_json(problem: Problem) -> str:
    """Write a problem as JSON text; `problem_from_json` gives back an equal one."""
    return TypeAdapter(Problem).dump_json(problem, indent=1).decode() + "\n"


def problem_from_json(text: str, name: str = "problem.json") -> Problem:
    """Read a problem from JSON text; `name` is what messages call it.

    Raises
    ------
    OutputError
        The text is not what `problem_to_json` writes.

    Examples
    --------
    >>> from kedge.strategy.problem import Measure, Uncertainty
    >>> one = Problem("Coin", (Uncertainty("heads", 0, 1),), (Measure("win", "Win", "USD", "maximise"),))
    >>> problem_from_json(problem_to_json(one)) == one
    True
    """
    try:
        return TypeAdapter(Problem).validate_json(text)
    except (ValidationError, StudyError, UnknownName) as error:
        raise OutputError(
            f"{name} is not a problem that this version of Kedge wrote ({str(error).splitlines()[0]}); "
            "run `kedge assess` again"
        ) from error
