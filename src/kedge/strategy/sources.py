"""Choose where a run's futures come from: sampled, every combination of levels, or a table of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kedge.core.errors import StudyError
from kedge.core.files import sha256_of
from kedge.strategy.axes import Futures
from kedge.strategy.copula import Correlation
from kedge.strategy.dependence import check_conditions, keep_conditions
from kedge.strategy.designs import FactorialFutures, FutureSource, SampledFutures
from kedge.strategy.problem import Uncertainty
from kedge.strategy.tables import read_futures

Drawing = Literal["sobol", "lhs", "random", "factorial"]


@dataclass(frozen=True)
class SourceOptions:
    """Where futures come from.

    Parameters
    ----------
    count, seed
        Of sampled futures.
    method
        `sobol`, `lhs`, `random`; or `factorial`, every combination of levels.
    levels
        Of each uncertainty, for `factorial`.
    table
        A Parquet or CSV file of futures, with a column an uncertainty; it takes the place of drawing.

    Raises
    ------
    StudyError
        An unknown method, or options that exclude one another.
    """

    count: int = 10_000
    seed: int = 1
    method: Drawing = "sobol"
    levels: int = 3
    table: Path | None = None

    def __post_init__(self) -> None:
        if self.method not in get_args(Drawing):
            raise StudyError(f"--method should be one of {', '.join(get_args(Drawing))}, got {self.method!r}")

    @property
    def fingerprint(self) -> dict[str, str | int]:
        """What the futures hang on besides the ranges."""
        if self.table is not None:
            return {"table": sha256_of(self.table)}
        if self.method == "factorial":
            return {"method": self.method, "levels": self.levels}
        return {"method": self.method, "seed": self.seed}


@dataclass(frozen=True)
class Conditioned:
    """Futures of another source, in which what does not matter takes its value `otherwise`."""

    source: FutureSource
    uncertainties: Sequence[Uncertainty]

    @property
    def count(self) -> int:
        """Futures in all."""
        return self.source.count

    def rows(self, start: int, stop: int) -> Futures:
        """Futures `start` to `stop`, in physical units."""
        check_conditions(self.uncertainties)
        return keep_conditions(self.source.rows(start, stop).copy(order="F"), self.uncertainties)


def choose_source(
    uncertainties: Sequence[Uncertainty], options: SourceOptions, correlation: Correlation | None = None
) -> FutureSource:
    """Give the futures of a run, a stretch at a time.

    Parameters
    ----------
    uncertainties
        Ranges and shapes, in column order.
    options
        Where they come from.
    correlation : Spearman rank correlation, optional
        Of sampled futures; a factorial and a table have their own.

    Raises
    ------
    StudyError, DomainError, MalformedFile
        As `SampledFutures`, `FactorialFutures` and `read_futures`.
    """
    if options.table is not None:
        return Conditioned(read_futures(options.table, uncertainties), uncertainties)
    if options.method == "factorial":
        if correlation is not None:
            raise StudyError(
                "every combination of levels leaves no room for rank correlations; draw futures by sobol, or "
                "take the correlations out"
            )
        return Conditioned(FactorialFutures(uncertainties, options.levels), uncertainties)
    return SampledFutures(uncertainties, options.count, options.seed, options.method, correlation)
