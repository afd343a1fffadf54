"""Sobol indices of a problem's outcome by runs laid out for them."""

from __future__ import annotations

import numpy as np
import polars as pl

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.declaration import Problem
from kedge.strategy.ensemble import Model, run_in_memory
from kedge.strategy.outcomes import outcome_of
from kedge.strategy.run_folder import Run
from kedge.strategy.saltelli import saltelli_futures
from kedge.strategy.sobol import SobolIndices, sobol_indices

MOST_RUNS = 2_000_000


def sobol_by_runs(
    problem: Problem, model: Model, what: tuple[str, str], base: int, seed: int
) -> tuple[Run, pl.DataFrame]:
    """Run a problem's plans through a Saltelli design and give first-order and total shares.

    Parameters
    ----------
    problem
        Its uncertainties are taken as independent; those that are fixed get no index.
    model
        From futures to `[plan, future, measure]`.
    what
        Plan and outcome, as in `outcome_of`.
    base, seed
        Base rows of the design; it has two more blocks of them than there are uncertainties.

    Returns
    -------
    Run, pl.DataFrame
        The runs; and a row an uncertainty and index: name, index, value, low, high, noise (none),
        stands_out (the interval leaves zero).

    Raises
    ------
    StudyError
        Uncertainties are correlated or conditional, for which the shares do not add up.
    DomainError
        The design is too large.
    """
    if problem.correlations or any(each.only_when for each in problem.uncertainties):
        raise StudyError(
            "Sobol indices need independent uncertainties, and some of these are correlated or conditional; "
            "leave out --runs and rank by Shapley effects (--by shapley)"
        )
    places = [k for k, each in enumerate(problem.uncertainties) if each.low < each.high]
    free = [problem.uncertainties[k] for k in places]
    runs = base * (len(free) + 2)
    if runs > MOST_RUNS:
        raise DomainError(f"{base} base rows make {runs} futures, more than {MOST_RUNS}; take fewer")
    futures = np.tile([each.low for each in problem.uncertainties], (runs, 1))
    futures[:, places] = saltelli_futures(free, base, seed)
    values = run_in_memory(model, futures, problem.names_of("plans"), problem.names_of("measures"))
    run = Run(problem, futures, values)
    outcome = outcome_of(run, *what)
    found = sobol_indices(outcome.row[None], [each.name for each in free])
    return run, _table(found)


def _table(found: SobolIndices) -> pl.DataFrame:
    parts = [
        pl.DataFrame(
            {"name": found.uncertainties, "index": index, "value": value[0], "low": low[0], "high": high[0]}
        )
        for index, value, low, high in (
            ("first_order", found.first, found.first_low, found.first_high),
            ("total", found.total, found.total_low, found.total_high),
        )
    ]
    noise = pl.lit(None, pl.Float64).alias("noise")
    return pl.concat(parts).with_columns(noise, (pl.col("low") > 0).alias("stands_out"))
