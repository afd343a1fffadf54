"""Take up a folder of results: its problem, its futures, and what every plan came to in each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kedge.core.errors import OutputError
from kedge.strategy.axes import Futures, Value, Values
from kedge.strategy.declaration import Problem
from kedge.strategy.problem_json import PROBLEM, problem_from_json
from kedge.strategy.results import open_results
from kedge.strategy.robustness import value_of

MOST_READ = 1_000_000
"""Futures that an analysis looks at unless told otherwise."""


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


def read_run(folder: Path | str, most: int = MOST_READ) -> Run:
    """Read a finished run back from its folder, or its first futures.

    Parameters
    ----------
    folder
        As `kedge assess` left it.
    most
        Futures to read; a longer run is cut short, and the first futures of a Sobol sequence cover
        the ranges as evenly as all.

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
    count = min(results.count, most)
    values = np.empty((len(results.plans), count, len(results.measures)))
    futures = np.empty((count, len(results.uncertainties)))
    for block in results.blocks():
        stop = min(block.start + len(block.futures), count)
        values[:, block.start : stop] = block.values[:, : stop - block.start]
        futures[block.start : stop] = block.futures[: stop - block.start]
        if stop == count:
            break
    return Run(problem, futures, values)
