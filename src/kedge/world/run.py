"""Run a study: draw futures, run the joint model, keep the results, and say what went in."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from kedge import __version__
from kedge.core.errors import StudyError
from kedge.core.files import sha256_of
from kedge.data.baseline import baseline_checksums, load_baseline
from kedge.strategy import EnsembleSettings, Model, code_checksum, fingerprint_of, run_ensemble
from kedge.strategy.designs import FutureSource
from kedge.strategy.points import Method
from kedge.strategy.precision import BestShares, Until
from kedge.strategy.sources import SourceOptions, choose_source
from kedge.strategy.stream import StreamOptions, dropping, stream_ensemble
from kedge.strategy.workers import Workers, cluster
from kedge.world.assessment import MEASURES, Assessment, Provenance
from kedge.world.manifest import documents, write_problem, write_study_alone
from kedge.world.model import joint_model, yearly_paths
from kedge.world.parameters import Parameter, apply_overrides, as_uncertainty, default_parameters
from kedge.world.setting import Setting, build_setting
from kedge.world.study import Study, check_overrides, study_fingerprint

CHUNK = 4096
PATH_FUTURES = 4096
MOST_FUTURES = 5_000_000
"""Held in memory, as a brief needs them."""

MOST_STREAMED = 100_000_000
FIRST_LOOK = 1024
LIBRARIES = ("numba", "numpy", "polars", "scipy", "altair", "vl-convert-python")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AssessOptions:
    """How a study is run.

    Parameters
    ----------
    futures
        How many, or at most, if `until` stops the run; one to five million.
    seed
        Of the futures.
    folder
        Where results go; an unfinished run in it is taken up again.
    restart
        Throw away another run's results in that folder instead of refusing.
    method
        How futures are sampled; see `draw_futures`.
    until : points of a hundred
        Add futures until the share in which each plan is best is known to so much either
        way; None runs all.
    scheduler
        Address of a Dask scheduler whose workers compute; None computes here.
    table
        File of futures to run instead of drawing any; see `read_futures`.
    """

    folder: Path
    futures: int = 10_000
    seed: int = 1
    restart: bool = False
    method: Method = "sobol"
    until: float | None = None
    scheduler: str | None = None
    table: Path | None = None


def study_parameters(study: Study) -> tuple[Parameter, ...]:
    """List the model's uncertainties with the study's overrides, in model order.

    Raises
    ------
    StudyError
        The study overrides a parameter that does not exist, or turns a range upside down.
    """
    defaults = default_parameters()
    problems = check_overrides(study, [parameter.name for parameter in defaults])
    if problems:
        raise StudyError("\n".join(problems))
    return apply_overrides(defaults, study.overrides)


def assess(study: Study, options: AssessOptions, progress: Progress | None = None) -> Assessment:
    """Run every plan of a study through futures and gather what a brief needs.

    Parameters
    ----------
    study
        From `load_study`.
    options
        Count, seed and folder.
    progress
        Called with (futures done, futures in all).

    Returns
    -------
    Assessment
        Values, yearly paths and provenance; `results.parquet` and `futures.parquet` lie in the folder.

    Raises
    ------
    StudyError
        The study names something that the baseline or the model does not have.
    OutputError
        The folder cannot be written to, is in use, or holds another run.
    """
    _check_options(options, MOST_FUTURES)
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    plan = _plan_run(study, options)
    setting, parameters, source, until = plan.setting, plan.parameters, plan.source, plan.until
    drawn = time.perf_counter()
    with _workers(options) as workers:
        values = run_ensemble(
            plan.model,
            source,
            plan.settings,
            dropping(documents(options.folder), progress),
            StreamOptions(workers=workers, until=until),
        )
    futures = np.ascontiguousarray(source.rows(0, values.shape[1]))
    simulated = time.perf_counter()
    paths = yearly_paths(setting, parameters, futures[:PATH_FUTURES])
    timings = {
        "prepare_s": round(drawn - clock, 3),
        "simulate_s": round(simulated - drawn, 3),
        "paths_s": round(time.perf_counter() - simulated, 3),
    }
    provenance = Provenance(
        seed=options.seed,
        versions=versions(),
        data_checksums=baseline_checksums(),
        study_sha256=study_fingerprint(study),
        started=started.isoformat(timespec="seconds"),
        timings=timings,
        method=options.method,
        until=_reached(until, values),
    )
    return Assessment(study, parameters, futures, values, MEASURES, paths, provenance, setting.facts)


def stream_study(study: Study, options: AssessOptions, progress: Progress | None = None) -> int:
    """Run every plan of a study through futures straight to disk, never all in memory; no brief.

    Parameters
    ----------
    study, options, progress
        As in `assess`, with up to a hundred million futures.

    Returns
    -------
    int
        Futures that were run; `results.parquet`, `futures.parquet` and `problem.json` lie in the folder.

    Raises
    ------
    StudyError, OutputError
        As in `assess`.
    """
    _check_options(options, MOST_STREAMED)
    plan = _plan_run(study, options)
    with _workers(options) as workers:
        stream = StreamOptions(
            progress=dropping(documents(options.folder), progress), workers=workers, until=plan.until
        )
        end = stream_ensemble(plan.model, plan.source, plan.settings, stream)
    write_problem(study, plan.parameters, options.folder)
    write_study_alone(study, options.folder)
    return end.futures


@dataclass(frozen=True)
class _RunPlan:
    """What a run needs, however its values are kept."""

    setting: Setting
    parameters: tuple[Parameter, ...]
    source: FutureSource
    until: Until | None
    settings: EnsembleSettings

    @property
    def model(self) -> Model:
        return joint_model(self.setting, self.parameters)


def _plan_run(study: Study, options: AssessOptions) -> _RunPlan:
    parameters = study_parameters(study)
    uncertainties = tuple(as_uncertainty(parameter) for parameter in parameters)
    drawing = SourceOptions(options.futures, options.seed, options.method, table=options.table)
    settings = EnsembleSettings(
        folder=options.folder,
        chunk_size=CHUNK,
        fingerprint=run_fingerprint(study, options),
        plans=study.plan_keys,
        measures=tuple(measure.name for measure in MEASURES),
        uncertainties=tuple(parameter.name for parameter in parameters),
        restart=options.restart,
    )
    return _RunPlan(
        build_setting(study, load_baseline()),
        parameters,
        choose_source(uncertainties, drawing),
        _until(study, options),
        settings,
    )


def _workers(options: AssessOptions) -> contextlib.AbstractContextManager[Workers | None]:
    return cluster(options.scheduler) if options.scheduler else contextlib.nullcontext()


def _check_options(options: AssessOptions, most: int) -> None:
    if not 1 <= options.futures <= most:
        more = f"; with --no-brief up to {MOST_STREAMED}" if most < MOST_STREAMED else ""
        raise StudyError(f"--futures should lie between 1 and {most}, got {options.futures}{more}")
    if options.method not in get_args(Method):
        raise StudyError(f"--method should be one of {', '.join(get_args(Method))}, got {options.method!r}")
    if options.until is None:
        return
    if not 0 < options.until < 50:
        raise StudyError(f"--until is in points of a hundred, above 0 and below 50, got {options.until:g}")
    if options.method == "lhs":
        raise StudyError("--until adds futures, and a Latin hypercube is laid out for its number; use sobol")


def _until(study: Study, options: AssessOptions) -> Until | None:
    if options.until is None:
        return None
    return Until(BestShares(MEASURES, study.weights.model_dump()), options.until / 100, FIRST_LOOK)


def _reached(until: Until | None, values: np.ndarray) -> dict[str, float | bool] | None:
    """Say how well the shares are known at the end, in points."""
    if until is None:
        return None
    width = until.statistic.half_width(until.statistic.summarise(values), values.shape[1])
    return {
        "asked_points": round(until.precision * 100, 9),
        "half_width_points": round(width * 100, 4),
        "reached": width <= until.precision,
    }


def run_fingerprint(study: Study, options: AssessOptions) -> str:
    """Hash everything that the values hang on besides the futures themselves; pathways are not among it."""
    return fingerprint_of(
        study=study_fingerprint(study.model_copy(update={"pathways": {}})),
        plans=study.plan_keys,
        seed=options.seed,
        futures=options.futures,
        method=options.method,
        table=sha256_of(options.table) if options.table else "",
        data=baseline_checksums(),
        code=code_checksum("kedge"),
    )


def versions() -> dict[str, str]:
    """List the versions that a rerun needs: Kedge, Python and the numerical libraries."""
    found = {"kedge": __version__, "python": platform.python_version(), "platform": platform.machine()}
    for library in LIBRARIES:
        found[library] = importlib.metadata.version(library)
    return found


__all__ = ["AssessOptions", "assess", "run_fingerprint", "stream_study", "study_parameters", "versions"]
