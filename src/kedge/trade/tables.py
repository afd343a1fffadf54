"""From tidy tables to the arrays that the model takes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.schedule import read_rows, tariffs_on

ANNOUNCED = datetime.date(2025, 4, 2)


def flows_from_table(trade: pl.DataFrame, iso3: Sequence[str]) -> Float[np.ndarray, "exporter importer"]:
    """Spread a table (exporter, importer, musd) into a matrix in US$; pairs it lacks are zero.

    Raises
    ------
    UnknownName
        The table names an economy that `iso3` does not.
    """
    position = {code: at for at, code in enumerate(iso3)}
    flows = np.zeros((len(iso3), len(iso3)))
    for exporter, importer, value in trade.select("exporter", "importer", "musd").iter_rows():
        for code in (exporter, importer):
            if code not in position:
                raise UnknownName("economy", code, iso3)
        flows[position[exporter], position[importer]] += value * 1e6
    return flows


def gdp_from_table(gdp: pl.DataFrame, year: int, iso3: Sequence[str]) -> Float[np.ndarray, " economy"]:
    """Pick one year of a table (iso3, year, gdp_busd), in US$.

    Raises
    ------
    DomainError
        An economy has no figure for that year.
    """
    rows = gdp.filter(pl.col("year") == year)
    found = dict(zip(rows.get_column("iso3"), rows.get_column("gdp_busd"), strict=True))
    missing = [code for code in iso3 if code not in found]
    if missing:
        raise DomainError(f"no GDP of {year} for {', '.join(missing)}; choose another year or leave them out")
    return np.array([found[code] for code in iso3]) * 1e9


def rates_from_table(
    tariffs: pl.DataFrame, measure: str, iso3: Sequence[str]
) -> Float[np.ndarray, " exporter"]:
    """Pick one measure of a table (measure, economy, rate), as shares; economies it lacks are zero.

    Raises
    ------
    UnknownName
        The table has no such measure.
    """
    rows = tariffs.filter(pl.col("measure") == measure)
    if rows.is_empty():
        raise UnknownName("tariff measure", measure, tariffs.get_column("measure").unique())
    found = dict(zip(rows.get_column("economy"), rows.get_column("rate"), strict=True))
    return np.array([found.get(code, found.get("*", 0.0)) for code in iso3])


def announced_from_table(tariffs: pl.DataFrame, iso3: Sequence[str]) -> Float[np.ndarray, " exporter"]:
    """Give the rates announced on 2 April 2025 as the source of the model counts them, as shares.

    Those of the measure `announced`; for China also the rate of the measure `opioids` in force on
    that day, which the source adds for China alone.

    Raises
    ------
    UnknownName
        The table has no measure `announced`.
    """
    rates = rates_from_table(tariffs, "announced", iso3)
    before = tariffs.filter((pl.col("measure") == "opioids") & (pl.col("economy") == "CHN"))
    rows = read_rows(before.iter_rows(named=True))
    return rates + tariffs_on(rows, ANNOUNCED, [*iso3, "USA"])[: len(iso3), -1]
