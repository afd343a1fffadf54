"""Run a problem file's plans through futures, and keep what a rerun needs beside the results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge import __version__
from kedge.core.errors import OutputError, StudyError
from kedge.core.files import sha256_of, write_text
from kedge.strategy.ensemble import EnsembleSettings, run_ensemble
from kedge.strategy.futures import draw_futures
from kedge.strategy.ledger import FUTURES, RESULTS
from kedge.strategy.points import Method
from kedge.strategy.problem_file import DeclaredProblem
from kedge.strategy.problem_json import PROBLEM, problem_to_json
from kedge.strategy.run_folder import Run
from kedge.strategy.store import code_checksum, fingerprint_of

MANIFEST = "manifest.json"
CHUNK = 8192


@dataclass(frozen=True)
class ProblemOptions:
    """How a problem is run.

    Parameters
    ----------
    folder
        Where results go; an unfinished run in it is taken up again.
    futures, seed, method
        As in `draw_futures`.
    restart
        Throw away another run's results in that folder instead of refusing.
    """

    folder: Path
    futures: int = 10_000
    seed: int = 1
    method: Method = "sobol"
    restart: bool = False


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
        Folder, futures, seed.
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
    problem = declared.problem
    model = declared.model.of_plans()
    futures = draw_futures(
        problem.uncertainties, options.futures, options.seed, options.method, problem.correlation
    )
    settings = EnsembleSettings(
        folder=options.folder,
        chunk_size=CHUNK,
        fingerprint=fingerprint_of(
            content=declared.content,
            seed=options.seed,
            method=options.method,
            code=code_checksum("kedge.strategy"),
        ),
        plans=problem.names_of("plans"),
        measures=problem.names_of("measures"),
        uncertainties=problem.names_of("uncertainties"),
        restart=options.restart,
    )
    values = run_ensemble(model, futures, settings, _dropping(options.folder, progress))
    write_text(options.folder / PROBLEM, problem_to_json(problem))
    _write_manifest(declared, file, options)
    return Run(problem, futures, values)


def content_checksum(declared: DeclaredProblem) -> str:
    """Hash a problem file and its model's file."""
    return hashlib.sha256("\0".join(declared.content).encode()).hexdigest()


def _dropping(folder: Path, progress: Callable[[int, int], None] | None) -> Callable[[int, int], None]:
    """Drop an older run's documents once the folder is ours, which the first report of progress tells."""
    ours = False

    def advance(done: int, total: int) -> None:
        nonlocal ours
        if not ours:
            for name in (MANIFEST, PROBLEM):
                (folder / name).unlink(missing_ok=True)
            ours = True
        if progress is not None:
            progress(done, total)

    return advance


def _write_manifest(declared: DeclaredProblem, file: Path, options: ProblemOptions) -> None:
    manifest = {
        "problem_file": str(file),
        "content_sha256": content_checksum(declared),
        "seed": options.seed,
        "futures": options.futures,
        "method": options.method,
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
