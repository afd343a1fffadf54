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
from kedge.strategy import EnsembleSettings, code_checksum, fingerprint_of, run_ensemble
from kedge.strategy.points import Method
from kedge.strategy.precision import BestShares, Until
from kedge.strategy.sources import SourceOptions, choose_source
from kedge.strategy.stream import StreamOptions
from kedge.strategy.workers import cluster
from kedge.world.assessment import MEASURES, Assessment, Provenance
from kedge.world.manifest import drop_documents
from kedge.world.model import joint_model, yearly_paths
from kedge.world.parameters import Parameter, apply_overrides, as_uncertainty, default_parameters
from kedge.world.setting import build_setting
from kedge.world.study import Study, check_overrides, study_fingerprint

CHUNK = 4096
PATH_FUTURES = 4096
MOST_FUTURES = 5_000_000
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
    _check_options(options)
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    parameters = study_parameters(study)
    setting = build_setting(study, load_baseline())
    uncertainties = tuple(as_uncertainty(parameter) for parameter in parameters)
    drawing = SourceOptions(options.futures, options.seed, options.method, table=options.table)
    source = choose_source(uncertainties, drawing)
    until = _until(study, options)
    drawn = time.perf_counter()
    settings = EnsembleSettings(
        folder=options.folder,
        chunk_size=CHUNK,
        fingerprint=run_fingerprint(study, options),
        plans=study.plan_keys,
        measures=tuple(measure.name for measure in MEASURES),
        uncertainties=tuple(parameter.name for parameter in parameters),
        restart=options.restart,
    )
    with contextlib.ExitStack() as stack:
        workers = stack.enter_context(cluster(options.scheduler)) if options.scheduler else None
        values = run_ensemble(
            joint_model(setting, parameters),
            source,
            settings,
            _dropping(options.folder, progress),
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


def _check_options(options: AssessOptions) -> None:
    if not 1 <= options.futures <= MOST_FUTURES:
        raise StudyError(f"--futures should lie between 1 and {MOST_FUTURES}, got {options.futures}")
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


def _dropping(folder: Path, progress: Progress | None) -> Progress:
    """Drop an older run's documents once the folder is ours, which the first report of progress tells."""
    ours = False

    def advance(done: int, total: int) -> None:
        nonlocal ours
        if not ours:
            drop_documents(folder)
            ours = True
        if progress is not None:
            progress(done, total)

    return advance


def run_fingerprint(study: Study, options: AssessOptions) -> str:
    """Hash everything that the values hang on besides the futures themselves."""
    return fingerprint_of(
        study=study_fingerprint(study),
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


__all__ = ["AssessOptions", "assess", "run_fingerprint", "study_parameters", "versions"]
