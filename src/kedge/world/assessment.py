"""What an assessment holds once the futures have been run: inputs, measures, paths and provenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from kedge.strategy import Measure
from kedge.world.parameters import Parameter
from kedge.world.study import Study

MEASURES = (
    Measure("real_income", "Real income", "percent of GDP", "maximise"),
    Measure("fiscal_cost", "Fiscal cost", "percent of GDP", "minimise"),
    Measure("security_loss", "Expected security loss", "percent of GDP", "minimise"),
    Measure("deterrence_holds", "Deterrence holds to the end", "probability", "maximise"),
    Measure("patron_leverage", "Patron's leverage", "percent of GDP", "minimise"),
    Measure("coercion_exposure", "Exposure to the challenger's coercion", "percent of GDP", "minimise"),
    Measure("network_resilience", "Strength left without the patron", "share", "maximise"),
)


@dataclass(frozen=True)
class Series:
    """A quantity followed year by year."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True)
class Paths:
    """Quantiles over futures of each plan's yearly series."""

    years: Int[np.ndarray, " year"]
    series: tuple[Series, ...]
    levels: tuple[float, ...]
    quantiles: Float[np.ndarray, "plan series year level"]
    futures_used: int


@dataclass(frozen=True)
class Provenance:
    """All that a rerun needs: seed, versions, checksums of inputs, and how long it took."""

    seed: int
    versions: dict[str, str]
    data_checksums: dict[str, str]
    study_sha256: str
    started: str
    timings: dict[str, float]
    method: str = "sobol"
    until: dict[str, float | bool] | None = None
    """How well the shares of futures in which each plan is best were to be known, and are; in points."""


@dataclass(frozen=True)
class Assessment:
    """A study's futures run through the joint model.

    Parameters
    ----------
    study
        The study as read.
    parameters
        The uncertainties with this study's overrides, in the column order of `futures`.
    futures
        One row a future, in each parameter's unit; a choice is its index.
    values
        Measures of every plan in every future, in the units of `measures`.
    measures
        Names, units and directions, in the order of the last axis of `values`.
    paths
        Yearly quantiles from a part of the futures.
    provenance
        Seed, versions, checksums, timings.
    facts
        The baseline figures the model started from (state, name, value, unit, year, source key).
    """

    study: Study
    parameters: tuple[Parameter, ...]
    futures: Float[np.ndarray, "future uncertainty"]
    values: Float[np.ndarray, "plan future measure"]
    measures: tuple[Measure, ...]
    paths: Paths
    provenance: Provenance
    facts: tuple[dict[str, Any], ...]
