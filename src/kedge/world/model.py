"""The joint model as one function: futures in, measures of every plan out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from kedge.strategy import Model
from kedge.world.assessment import MEASURES, Paths, Series
from kedge.world.economy import solve_responses
from kedge.world.ground import SERIES, Responses
from kedge.world.parameters import Parameter
from kedge.world.setting import Setting
from kedge.world.simulate import simulate

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def as_records(
    parameters: Sequence[Parameter], futures: Float[np.ndarray, "future uncertainty"]
) -> np.ndarray:
    """View futures as a record array with one field a parameter."""
    layout = np.dtype([(parameter.name, np.float64) for parameter in parameters])
    return np.ascontiguousarray(futures, dtype=np.float64).view(layout).reshape(-1)


def solve_income(setting: Setting, records: np.ndarray) -> Responses:
    """Solve the trade equilibria of some futures, which no lever moves but the level of retaliation."""
    return solve_responses(
        setting.market, records["trade_elasticity"], records["tariff_others"], records["tariff_challenger"]
    )


def run_model(
    setting: Setting, records: np.ndarray, kept: int, responses: Responses | None = None
) -> tuple[Float[np.ndarray, "plan future measure"], Float[np.ndarray, "kept plan series year"]]:
    """Run a setting's plans through futures: measures, and yearly series of the first `kept` futures."""
    plans = setting.levers.strike.size
    values = np.empty((plans, records.size, len(MEASURES)))
    rows = np.empty((kept, plans, len(SERIES), setting.ground.years))
    simulate(
        setting.ground, setting.levers, records, responses or solve_income(setting, records), values, rows
    )
    return values, rows


def joint_model(setting: Setting, parameters: Sequence[Parameter]) -> Model:
    """Bind a study's setting into a function of futures alone.

    Returns
    -------
    Model
        `[future, uncertainty]` to `[plan, future, measure]`, measures in the order and units of
        `MEASURES`; every future's values depend on that future alone, so neither chunks nor
        threads change a bit.
    """
    return lambda futures: run_model(setting, as_records(parameters, futures), 0)[0]


def yearly_series(
    setting: Setting, parameters: Sequence[Parameter], futures: Float[np.ndarray, "future uncertainty"]
) -> Float[np.ndarray, "future plan series year"]:
    """Follow every plan year by year through some futures; series in the order of `SERIES`."""
    return run_model(setting, as_records(parameters, futures), len(futures))[1]


def yearly_paths(
    setting: Setting, parameters: Sequence[Parameter], futures: Float[np.ndarray, "future uncertainty"]
) -> Paths:
    """Condense yearly series into quantiles over futures, plan by plan."""
    rows = yearly_series(setting, parameters, futures)
    return Paths(
        years=setting.ground.first_year + np.arange(setting.ground.years),
        series=tuple(Series(*series) for series in SERIES),
        levels=LEVELS,
        quantiles=np.moveaxis(np.quantile(rows, LEVELS, axis=0), 0, -1),
        futures_used=len(futures),
    )
