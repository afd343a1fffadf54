"""Read an assessment's study and futures back from its folder; keep pathways beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import OutputError, StudyError
from kedge.core.files import written_aside
from kedge.strategy import NEVER
from kedge.strategy.store import FUTURES, RESULTS
from kedge.world.assessment import MEASURES
from kedge.world.manifest import MANIFEST, PATHWAYS
from kedge.world.pathways import PathwayAnswer
from kedge.world.run import study_parameters
from kedge.world.study import Study, known_states

ALIKE = 1e-8
"""Differences of values beyond this are another model's, not rounding."""


@dataclass(frozen=True)
class Assessed:
    """What a folder of `kedge assess` holds.

    Parameters
    ----------
    study
        As its manifest has it.
    futures
        In the order of the study's parameters.
    values : units of the measures, [plan, future, measure]
    """

    study: Study
    futures: Float[np.ndarray, "future uncertainty"]
    values: Float[np.ndarray, "plan future measure"]


def read_assessed(folder: Path, most: int) -> Assessed:
    """Read study, the first futures, and the static plans' values.

    Parameters
    ----------
    folder
        Of `kedge assess`, finished.
    most
        Futures read, at most.

    Raises
    ------
    OutputError
        A file is missing, cannot be read, or does not belong to the others.
    """
    missing = [name for name in (MANIFEST, FUTURES, RESULTS) if not (folder / name).is_file()]
    if missing:
        raise OutputError(f"{folder} lacks {', '.join(missing)}; run kedge assess STUDY --out {folder} first")
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if "problem_file" in manifest:
            raise StudyError(f"{folder} holds a problem file's results; pathways need those of a study")
        study = Study.model_validate(manifest["study"], context={"states": known_states()})
        futures = pl.read_parquet(folder / FUTURES, n_rows=most)
        results = pl.read_parquet(folder / RESULTS, n_rows=len(futures) * len(study.plans))
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            f"cannot read the assessment in {folder}: {error}; run kedge assess again"
        ) from error
    names = [parameter.name for parameter in study_parameters(study)]
    measures = [measure.name for measure in MEASURES]
    if set(names) - set(futures.columns) or set(measures) - set(results.columns):
        raise OutputError(f"the files in {folder} are another version's; run kedge assess --restart again")
    values = results.select(measures).to_numpy().reshape(len(futures), len(study.plans), len(measures))
    return Assessed(study, futures.select(names).to_numpy(), np.moveaxis(values, 1, 0))


def check_alike(answer: PathwayAnswer, assessed: Assessed) -> None:
    """Refuse to set pathways beside results that this version would not give.

    Last digits may differ: two compiled functions may round a product and a sum together or apart.

    Raises
    ------
    StudyError
        A static plan's value differs from the folder's by more than that.
    """
    if not np.allclose(answer.values, assessed.values, rtol=ALIKE, atol=ALIKE):
        most = float(np.abs(answer.values - assessed.values).max())
        raise StudyError(
            f"static plans differ from results.parquet by up to {most:.3g}: another version wrote them; "
            "run kedge assess --restart again"
        )


def pathway_frame(answer: PathwayAnswer) -> pl.DataFrame:
    """Lay out pathways future by future: measures, value, and each switch with its year, in order."""
    most = max(len(result.run.actions) for result in answer.results)
    parts = []
    for result in answer.results:
        run = result.run
        order = np.argsort(np.where(run.decided == NEVER, np.iinfo(np.int64).max, run.decided), axis=1)
        years = np.take_along_axis(run.decided, order, axis=1)
        columns: dict[str, pl.Series] = {
            "future": pl.Series(np.arange(len(years), dtype=np.int32)),
            "pathway": pl.Series([result.key] * len(years)),
            **{m.name: pl.Series(run.values[:, k]) for k, m in enumerate(MEASURES)},
            "value": pl.Series(result.value),
        }
        for k in range(most):
            here = years[:, k] if k < years.shape[1] else np.full(len(years), NEVER)
            taken = [run.actions[a] for a in order[:, k]] if k < years.shape[1] else [None] * len(years)
            kept = pl.Series(here != NEVER)
            columns[f"switch_{k + 1}"] = pl.Series(taken, dtype=pl.String).set(~kept, None)
            columns[f"year_{k + 1}"] = pl.Series(here.astype(np.int32)).set(~kept, None)
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def keep_pathways(answer: PathwayAnswer, folder: Path) -> Path:
    """Write `pathways.parquet` into the folder in one atomic move."""
    path = folder / PATHWAYS
    with written_aside(path) as aside:
        pathway_frame(answer).write_parquet(aside)
    return path
