"""Run a problem file's plans through futures, and keep what a rerun needs beside the results."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kedge import __version__
from kedge.core.errors import OutputError, StudyError
from kedge.core.files import sha256_of, write_text
from kedge.strategy.axes import Futures, Values
from kedge.strategy.ensemble import EnsembleSettings, Model, run_ensemble
from kedge.strategy.ledger import FUTURES, RESULTS
from kedge.strategy.precision import BestShares, Until
from kedge.strategy.problem_file import DeclaredProblem, load_problem
from kedge.strategy.problem_json import MANIFEST, PROBLEM, problem_to_json
from kedge.strategy.run_folder import Run
from kedge.strategy.sources import SourceOptions, choose_source
from kedge.strategy.store import code_checksum, fingerprint_of
from kedge.strategy.stream import StreamOptions, dropping
from kedge.strategy.workers import Workers, cluster, processes

CHUNK = 8192


@dataclass(frozen=True)
class ProblemOptions:
    """How a problem is run.

    Parameters
    ----------
    folder
        Where results go; an unfinished run in it is taken up again.
    source
        Where futures come from.
    restart
        Throw away another run's results in that folder instead of refusing.
    until : points of a hundred
        Add futures until the share in which each plan is best by the weighted value is known to so
        much either way; None runs all.
    scheduler
        Address of a Dask scheduler whose workers compute; None computes here.
    workers
        Processes that compute side by side; one computes in this process.

    Raises
    ------
    StudyError
        Options that exclude one another.
    """

    folder: Path
    source: SourceOptions = field(default_factory=SourceOptions)
    restart: bool = False
    until: float | None = None
    scheduler: str | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if self.scheduler and self.workers > 1:
            raise StudyError("give --scheduler or --workers, not both")
        if self.until is not None and not 0 < self.until < 50:
            raise StudyError(f"--until is in points of a hundred, above 0 and below 50, got {self.until:g}")
        if self.until is not None and (self.source.table or self.source.method in ("lhs", "factorial")):
            raise StudyError("--until adds futures, which only sobol and random can; choose one of them")


@dataclass(frozen=True)
class FromFile:
    """A problem file's plans as a model that each process reads for itself, once."""

    file: Path

    def __call__(self, futures: Futures) -> Values:
        """Evaluate the plans in futures, `[plan, future, measure]`."""
        return _loaded(self.file)(futures)


@functools.cache
def _loaded(file: Path) -> Model:
    return load_problem(file).model.of_plans()


def run_problem(
    declared: DeclaredProblem,
    file: Path,
    options: ProblemOptions,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Run every plan of a problem through futures and keep the results in a folder.

    Parameters
    ----------
    declared
        From `load_problem`.
    file
        Where it was read from, for the manifest.
    options
        Folder, futures, workers.
    progress
        Called with (futures done, futures in all).

    Returns
    -------
    Run
        Also in the folder: `results.parquet`, `futures.parquet`, `problem.json`, `manifest.json`.

    Raises
    ------
    DomainError
        The problem has no plan, or its model gives something that is no finite number a measure.
    OutputError
        The folder cannot be written to, is in use, or holds another run.
    """
    problem, model = declared.problem, declared.model.of_plans()
    source = choose_source(problem.uncertainties, options.source, problem.correlation)
    settings = EnsembleSettings(
        folder=options.folder,
        chunk_size=CHUNK,
        fingerprint=fingerprint_of(
            content=declared.content, code=code_checksum("kedge.strategy"), **options.source.fingerprint
        ),
        plans=problem.names_of("plans"),
        measures=problem.names_of("measures"),
        uncertainties=problem.names_of("uncertainties"),
        restart=options.restart,
    )
    until = None
    if options.until is not None:
        until = Until(BestShares(problem.measures, problem.full_weights()), options.until / 100)
    older = [options.folder / name for name in (MANIFEST, PROBLEM)]
    with contextlib.ExitStack() as stack:
        stream = StreamOptions(workers=_workers(stack, options), until=until)
        # A function of a file that is no module cannot be sent; each process reads the file itself.
        shipped = FromFile(file.resolve()) if options.workers > 1 else model
        values = run_ensemble(shipped, source, settings, dropping(older, progress), stream)
    run = Run(problem, np.ascontiguousarray(source.rows(0, values.shape[1])), values)
    write_text(options.folder / PROBLEM, problem_to_json(problem))
    _write_manifest(declared, file, options, len(run.futures))
    return run


def _workers(stack: contextlib.ExitStack, options: ProblemOptions) -> Workers | None:
    if options.scheduler:
        return stack.enter_context(cluster(options.scheduler))
    return stack.enter_context(processes(options.workers)) if options.workers > 1 else None


def content_checksum(declared: DeclaredProblem) -> str:
    """Hash a problem file and its model's file."""
    return hashlib.sha256("\0".join(declared.content).encode()).hexdigest()


def _write_manifest(declared: DeclaredProblem, file: Path, options: ProblemOptions, futures: int) -> None:
    manifest = {
        "problem_file": str(file),
        "content_sha256": content_checksum(declared),
        "futures": futures,
        "source": options.source.fingerprint,
        "versions": {"kedge": __version__},
        "files": {name: sha256_of(options.folder / name) for name in (RESULTS, FUTURES, PROBLEM)},
    }
    write_text(options.folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest that an assessment left in its folder.

    Raises
    ------
    OutputError
        It is not there or not readable.
    """
    try:
        return json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{folder / MANIFEST} is missing or damaged; run `kedge assess … --out {folder}` again"
        ) from error


def same_problem(declared: DeclaredProblem, manifest: dict[str, Any], file: Path) -> None:
    """Refuse a problem file that is no longer the one that a folder's results came from.

    Raises
    ------
    StudyError
        The file, or its model's, was changed since.
    """
    if content_checksum(declared) != manifest.get("content_sha256"):
        raise StudyError(
            f"{file}: it or its model was changed since the results were made; run `kedge assess` again"
        )
