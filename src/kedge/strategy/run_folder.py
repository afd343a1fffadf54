"""Take up a folder of results: its problem, its futures, and what every plan came to in each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kedge.core.errors import OutputError
from kedge.strategy.axes import Futures, Value, Values
from kedge.strategy.declaration import Problem
from kedge.strategy.problem_json import PROBLEM, problem_from_json
from kedge.strategy.results import open_results
from kedge.strategy.robustness import value_of


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
    if not folder.is_dir():
        raise OutputError(f"{folder}: no such folder; name one that `kedge assess` wrote, such as runs/japan")
    results = open_results(folder)
    if not (folder / PROBLEM).is_file():
        raise OutputError(
            f"{folder} lacks {PROBLEM}: its run was made by an older Kedge or stopped before its end; "
            f"run `kedge assess … --out {folder}` again"
        )
    problem = problem_from_json((folder / PROBLEM).read_text("utf-8"), str(folder / PROBLEM))
    values = np.empty((len(results.plans), results.count, len(results.measures)))
    futures = np.empty((results.count, len(results.uncertainties)))
    for block in results.blocks():
        stop = block.start + len(block.futures)
        values[:, block.start : stop], futures[block.start : stop] = block.values, block.futures
    return Run(problem, futures, values)


def some_futures(run: Run, most: int) -> Run:
    """Keep the first futures of a run, of which Sobol's are as even as all are; all if there are no more."""
    return replace(run, futures=run.futures[:most], values=run.values[:, :most])
