"""Take up a folder of results: its problem, its futures, and what every plan came to in each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from kedge.core.errors import OutputError
from kedge.core.files import sha256_of
from kedge.strategy.axes import Futures, Value, Values
from kedge.strategy.declaration import Problem
from kedge.strategy.problem_json import PROBLEM, problem_from_json
from kedge.strategy.robustness import value_of
from kedge.strategy.store import FUTURES, RESULTS, read_ledger


@dataclass(frozen=True)
class Run:
    """A finished ensemble with the problem that it belongs to.

    Parameters
    ----------
    problem
        Names, units, directions, weights.
    futures
        Physical units; a choice is the index of its category.
    values
        In the measures' units.
    """

    problem: Problem
    futures: Futures
    values: Values

    @property
    def value(self) -> Value:
        """Overall value by the problem's weights, more being better.

        Raises
        ------
        StudyError
            The problem weighs no measure.
        """
        return value_of(self.values, self.problem.measures, self.problem.full_weights())


def read_run(folder: Path | str) -> Run:
    """Read a finished run back from its folder.

    Parameters
    ----------
    folder
        As `kedge assess` left it.

    Raises
    ------
    OutputError
        No finished run lies there, or a file is not the one that the run wrote.
    """
    folder = Path(folder)
    _check_finished(folder)
    problem = problem_from_json((folder / PROBLEM).read_text("utf-8"), str(folder / PROBLEM))
    futures = pl.read_parquet(folder / FUTURES, columns=list(problem.names_of("uncertainties"))).to_numpy()
    frame = pl.read_parquet(folder / RESULTS, columns=list(problem.names_of("measures")))
    shape = (len(futures), len(problem.plans), len(problem.measures))
    values = frame.to_numpy().reshape(shape).transpose(1, 0, 2)
    return Run(problem, np.ascontiguousarray(futures), np.ascontiguousarray(values))


def _check_finished(folder: Path) -> None:
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder; name one that `kedge assess` wrote, such as runs/japan")
    finished = (read_ledger(folder) or {}).get("finished")
    if not finished:
        raise OutputError(f"{folder} holds no finished run; run `kedge assess … --out {folder}` to its end")
    for name, checksum in finished.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != checksum:
            raise OutputError(
                f"{folder / name} is missing or not what the run wrote; run `kedge assess` again"
            )
    if not (folder / PROBLEM).is_file():
        raise OutputError(
            f"{folder} lacks {PROBLEM}: its run was made by an older Kedge or stopped before its end; "
            f"run `kedge assess … --out {folder}` again"
        )
