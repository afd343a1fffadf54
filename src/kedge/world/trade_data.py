"""Trade worlds by name, from the package's tables or the publishers' files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.core.errors import UnknownName

if TYPE_CHECKING:
    from kedge.trade import Economy

ONE_SECTOR = {
    "liberation-day-2025": "194 economies, trade and GDP of 2023, tariffs of 2 April 2025 (fetched once)",
    "baseline": "the economies of the package's own tables (needs no network)",
}


def one_sector_world(data: str) -> tuple[Economy, Any, dict[str, str]]:
    """Give a calibrated one-sector economy, the announced US tariffs by exporter, and names by code.

    Raises
    ------
    UnknownName
        No such data set; `ONE_SECTOR` lists them.
    """
    from kedge.trade import calibrate_economy

    if data == "liberation-day-2025":
        from kedge.data.fetch import fetch
        from kedge.data.readers.trade import read_liberation_day

        keys = ("baci2023-194-labels", "baci2023-194-gdp", "baci2023-194-flows", "liberation-day-tariffs")
        read = read_liberation_day(*(fetch(key) for key in keys))
        economy = calibrate_economy(read.flows, read.gdp, read.iso3)
        return economy, read.tariff, dict(zip(read.iso3, read.names, strict=True))
    if data == "baseline":
        return _baseline()
    raise UnknownName("data set", data, ONE_SECTOR)


def _baseline() -> tuple[Economy, Any, dict[str, str]]:
    """Calibrate on the package's tables; economies without GDP or trade figures are left out."""
    import polars as pl

    from kedge.data.baseline import load_table
    from kedge.trade import announced_from_table, calibrate_economy, flows_from_table, gdp_from_table

    states, gdp, trade = load_table("economies"), load_table("gdp"), load_table("trade")
    year = 2023  # the year of the trade matrix
    known = set(gdp.filter(pl.col("year") == year).get_column("iso3")) & set(trade.get_column("exporter"))
    states = states.filter(pl.col("iso3").is_in(sorted(known)))
    iso3 = tuple(states.get_column("iso3"))
    within = pl.col("exporter").is_in(iso3) & pl.col("importer").is_in(iso3)
    flows = flows_from_table(trade.filter(within), iso3)
    economy = calibrate_economy(flows, gdp_from_table(gdp, year, iso3), iso3)
    announced = announced_from_table(load_table("tariffs"), iso3)
    return economy, announced, dict(zip(iso3, states.get_column("name"), strict=True))
