"""Run a study: draw futures, run the joint model, keep the results, and say what went in."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kedge import __version__
from kedge.core.errors import StudyError
from kedge.data.baseline import baseline_checksums, load_baseline
from kedge.strategy import EnsembleSettings, code_checksum, draw_futures, fingerprint_of, run_ensemble
from kedge.world.assessment import MEASURES, Assessment, Provenance
from kedge.world.manifest import drop_documents
from kedge.world.model import joint_model, yearly_paths
from kedge.world.parameters import Parameter, apply_overrides, as_uncertainty, default_parameters
from kedge.world.setting import build_setting
from kedge.world.study import Study, check_overrides, study_fingerprint

CHUNK = 4096
PATH_FUTURES = 4096
MOST_FUTURES = 5_000_000
LIBRARIES = ("numba", "numpy", "polars", "scipy", "altair", "vl-convert-python")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AssessOptions:
    """How a study is run.

    Parameters
    ----------
    futures
        How many; one to five million.
    seed
        Of the scrambled Sobol sequence.
    folder
        Where results go; an unfinished run in it is taken up again.
    restart
        Throw away another run's results in that folder instead of refusing.
    """

    folder: Path
    futures: int = 10_000
    seed: int = 1
    restart: bool = False


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
    if not 1 <= options.futures <= MOST_FUTURES:
        raise StudyError(f"--futures should lie between 1 and {MOST_FUTURES}, got {options.futures}")
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    parameters = study_parameters(study)
    setting = build_setting(study, load_baseline())
    uncertainties = tuple(as_uncertainty(parameter) for parameter in parameters)
    futures = draw_futures(uncertainties, options.futures, options.seed)
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
    values = run_ensemble(
        joint_model(setting, parameters), futures, settings, _dropping(options.folder, progress)
    )
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
    )
    return Assessment(study, parameters, futures, values, MEASURES, paths, provenance, setting.facts)


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
    """Hash everything that the values hang on besides the futures themselves; pathways are not among it."""
    return fingerprint_of(
        study=study_fingerprint(study.model_copy(update={"pathways": {}})),
        plans=study.plan_keys,
        seed=options.seed,
        futures=options.futures,
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
