"""From a folder of results back to the model that made them, for analyses that need new runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from kedge.core.errors import OutputError
from kedge.data.baseline import load_baseline
from kedge.strategy import Model, Problem, load_problem, read_manifest, same_problem
from kedge.world.decision import study_problem
from kedge.world.model import joint_model
from kedge.world.run import study_parameters
from kedge.world.setting import build_setting
from kedge.world.study import Study, load_study
from kedge.world.study_levers import search_problem, setting_of, study_lever_model

LeverFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Rerun:
    """A problem whose model can be run again.

    Parameters
    ----------
    problem
        With the plans that are compared.
    model
        Of those plans, from futures.
    searched
        The same problem as a search sees it: with levers.
    lever_model
        From settings of the levers and futures.
    as_plan
        How a setting of the levers is written as a plan of the file: from levers to its table.
    """

    problem: Problem
    model: Model
    searched: Problem
    lever_model: LeverFunction
    as_plan: Callable[[np.ndarray], dict[str, Any]]


def rerun_of(source: Path | str) -> Rerun:
    """Make ready to run a study, a problem file, or whatever a folder's results came from.

    Parameters
    ----------
    source
        A folder that `kedge assess` wrote, a study file, or a problem file.

    Raises
    ------
    OutputError
        The folder holds no manifest, or one of another version.
    StudyError
        The file cannot be read, or was changed since the folder's results were made.
    """
    source = Path(source)
    if not source.is_dir():
        return _of_problem(source) if names_model(source) else _of_study(load_study(source))
    manifest = read_manifest(source)
    if "problem_file" in manifest:
        file = Path(manifest["problem_file"])
        return _of_problem(file, manifest)
    try:
        return _of_study(Study.model_validate(manifest["study"]))
    except (KeyError, ValidationError) as error:
        raise OutputError(
            f"{source} holds the results of another version of Kedge; run `kedge assess` again"
        ) from error


def names_model(file: Path) -> bool:
    """Whether a file is a problem file rather than a study: its text names a model."""
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.replace(" ", "").startswith("model=") for line in lines)


def _of_problem(file: Path, manifest: dict[str, Any] | None = None) -> Rerun:
    declared = load_problem(file)
    if manifest is not None:
        same_problem(declared, manifest, file)
    problem, model = declared.problem, declared.model

    def as_plan(levers: np.ndarray) -> dict[str, Any]:
        named = {
            lever.name: lever.categories[int(value)] if lever.categories else float(value)
            for lever, value in zip(problem.levers, levers, strict=True)
        }
        return {"label": "searched", "levers": named}

    plans = model.of_plans() if problem.plans else _without_plans
    return Rerun(problem, plans, problem, model, as_plan)


def _without_plans(futures: np.ndarray) -> np.ndarray:
    return np.empty((0, len(futures), 0))


def _of_study(study: Study) -> Rerun:
    parameters, setting = study_parameters(study), build_setting(study, load_baseline())
    return Rerun(
        problem=study_problem(study, parameters),
        model=joint_model(setting, parameters),
        searched=search_problem(study, parameters, setting),
        lever_model=study_lever_model(study, parameters, setting),
        as_plan=lambda levers: setting_of(levers, study, setting).model_dump(
            mode="json", exclude_defaults=True
        ),
    )
