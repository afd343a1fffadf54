"""Tariff schedules over many draws of what is not known, kept as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, NotConverged
from kedge.strategy import EnsembleSettings, Uncertainty, code_checksum, draw_futures, fingerprint_of
from kedge.strategy.ensemble import run_ensemble, run_in_memory
from kedge.trade import Economy
from kedge.trade.batch import Batch, prepare_batch, solve_batch
from kedge.world.trade_ranges import trade_ranges

DRAWN = ("trade_elasticity", "pass_through", "scale", "labour_supply", "retaliation")
CHUNK = 2048
MOST_DRAWS = 5_000_000
QUANTILES = (0.05, 0.5, 0.95)

Matrix = Float[np.ndarray, "exporter importer"]


@dataclass(frozen=True)
class SweepPlan:
    """What is swept.

    Parameters
    ----------
    countries
        Codes whose real income is kept; the world's, weighted by spending, is kept beside them.
    draws, seed
        How many, and from which seed.
    folder
        Gets `results.parquet`, `futures.parquet` and `run.json`; None keeps nothing on disk.
    restart
        Throw away another sweep's results in that folder instead of refusing.
    """

    countries: tuple[str, ...]
    draws: int = 10_000
    seed: int = 1
    folder: Path | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.draws <= MOST_DRAWS:
            raise DomainError(f"draws should lie between 1 and {MOST_DRAWS:,}, got {self.draws:,}")
        if not self.countries or len(set(self.countries)) != len(self.countries):
            raise DomainError("name at least one country, each once")


@dataclass(frozen=True)
class Sweep:
    """Real income under each schedule in each draw.

    Parameters
    ----------
    schedules
        Names, in the order of the first axis of `values`.
    measures
        Codes of countries, and `world`, in the order of the last axis.
    values : percent
        Change of real income against no added tariffs, [schedule, draw, measure].
    uncertainties, draws
        Ranges, and what was drawn, [draw, uncertainty].
    """

    schedules: tuple[str, ...]
    measures: tuple[str, ...]
    values: Float[np.ndarray, "schedule draw measure"]
    uncertainties: tuple[Uncertainty, ...]
    draws: Float[np.ndarray, "draw uncertainty"]

    def summary(self) -> pl.DataFrame:
        """Tabulate schedule, economy, 5 %, median, 95 % and the share of draws in which it gains."""
        low, middle, high = np.quantile(self.values, QUANTILES, axis=1)
        gains = (self.values > 0).mean(axis=1)
        rows = [
            (name, code, low[s, m], middle[s, m], high[s, m], gains[s, m])
            for s, name in enumerate(self.schedules)
            for m, code in enumerate(self.measures)
        ]
        return pl.DataFrame(
            rows, schema=["schedule", "economy", "low", "middle", "high", "gains"], orient="row"
        )


def sweep_tariffs(
    economy: Economy,
    schedules: Mapping[str, Matrix],
    plan: SweepPlan,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Solve every schedule in every draw; a run that was killed goes on where it was.

    Parameters
    ----------
    economy
        Calibrated one-sector world.
    schedules : share, ad valorem
        Tariffs added to the baseline's, by name.
    plan
    progress
        Told (draws done, draws in all).

    Raises
    ------
    UnknownName
        A country is not in the economy.
    DomainError
        No schedule, or one that the model cannot take.
    NotConverged
        An equilibrium was not found; says which draw.
    OutputError
        The folder cannot be written to, is in use, or holds another sweep.
    """
    if not schedules:
        raise DomainError("name at least one schedule")
    columns = [economy.index(code) for code in plan.countries]
    ranges = trade_ranges(DRAWN)
    draws = draw_futures(ranges, plan.draws, plan.seed)
    batch = prepare_batch(economy, (ranges[0].low, ranges[0].high))
    model = _model(batch, tuple(schedules.values()), columns)
    names, measures = tuple(schedules), (*plan.countries, "world")
    if plan.folder is None:
        values = run_in_memory(model, draws, names, measures, CHUNK)
        return Sweep(names, measures, values, ranges, draws)
    settings = EnsembleSettings(
        folder=plan.folder,
        chunk_size=CHUNK,
        fingerprint=_fingerprint(economy, schedules, plan),
        plans=names,
        measures=measures,
        uncertainties=DRAWN,
        restart=plan.restart,
    )
    values = run_ensemble(model, draws, settings, progress)
    return Sweep(names, measures, values, ranges, draws)


def _model(batch: Batch, schedules: tuple[Matrix, ...], columns: list[int]) -> Callable:
    """Make a block of draws into real incomes [schedule, draw, measure]."""
    spending = batch.economy.expenditure / batch.economy.expenditure.sum()

    def run(block: np.ndarray) -> np.ndarray:
        drawn: dict[str, np.ndarray] = dict(zip(DRAWN, block.T, strict=True))
        answer = drawn.pop("retaliation")
        weights = np.stack([np.ones_like(answer), answer], axis=1)
        out = np.empty((len(schedules), len(block), len(columns) + 1))
        for at, tariffs in enumerate(schedules):
            # Whoever is charged a rate answers with a part of the same rate on what it buys there.
            found = solve_batch(batch, np.stack([tariffs, tariffs.T]), weights, drawn)
            if not found.converged.all():
                worst = int(found.residual.argmax())
                told = ", ".join(
                    f"{name} {value:.3g}" for name, value in zip(DRAWN, block[worst], strict=True)
                )
                raise NotConverged(f"an equilibrium was not found in the draw with {told}", found)
            out[at, :, :-1] = found.welfare[:, columns]
            out[at, :, -1] = found.welfare @ spending
        return out

    return run


def _fingerprint(economy: Economy, schedules: Mapping[str, Matrix], plan: SweepPlan) -> str:
    import hashlib

    arrays = [economy.flows, economy.local_labour, *schedules.values()]
    data = hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in arrays)).hexdigest()
    return fingerprint_of(
        kind="sweep", data=data, schedules=list(schedules), countries=list(plan.countries),
        draws=plan.draws, seed=plan.seed, code=code_checksum("kedge"),
    )  # fmt: skip
