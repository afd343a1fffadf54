"""Trade worlds by name, from the package's tables or the publishers' files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kedge.core.errors import UnknownName

if TYPE_CHECKING:
    from kedge.data.readers.sectors import SectorTables
    from kedge.trade import Economy, SectorEconomy, TradeModel

ONE_SECTOR = {
    "liberation-day-2025": "194 economies, trade and GDP of 2023, tariffs of 2 April 2025 (fetched once)",
    "baseline": "the economies of the package's own tables (needs no network)",
}

NAFTA_FILES = ("xbilat1993", "tariffs1993", "tariffs2005", "IO", "B", "GO", "T")
SEVEN_FILES = (
    "TradeFlow2017", "tariff_prewar2017", "IOshare", "vashare", "cal_elasticities", "tariff_Trump",
    "tariff_China",
)  # fmt: skip
MANY_SECTORS = {
    "sectors": "21 economies, 17 sectors with input-output links, 2020 (needs no network)",
    **{f"icio-{year}": f"81 economies, 28 sectors, {year} (fetched once)" for year in range(2011, 2023)},
    **{f"wiod-{year}": f"44 economies, 16 sectors, {year} (fetched once)" for year in range(2000, 2015)},
    "icio-2020-linked": "81 economies, 23 sectors with input-output links, 2020 (fetched once)",
    "nafta-1993": "31 economies, 40 sectors with input-output links, 1993 (fetched once)",
    "seven-2017": "seven regions, 44 sectors with input-output links, 2017 (fetched once)",
}


def sector_tables(data: str) -> SectorTables:
    """Read what is observed of a world of many sectors.

    Raises
    ------
    UnknownName
        No such data set; `MANY_SECTORS` lists them.
    """
    from kedge.data.fetch import fetch
    from kedge.data.readers.sectors import read_cube, read_nafta, read_seven

    if data not in MANY_SECTORS:
        raise UnknownName("data set of many sectors", data, MANY_SECTORS)
    if data == "sectors":
        return _embedded()
    if data == "nafta-1993":
        return read_nafta({name: fetch(f"nafta-{name.lower()}") for name in NAFTA_FILES})
    if data == "seven-2017":
        return read_seven({name: fetch(f"seven-{name.lower().replace('_', '-')}") for name in SEVEN_FILES})
    if data == "icio-2020-linked":
        from kedge.data.readers.coefficients import read_coefficients
        from kedge.world.trade_linked import linked_tables

        return linked_tables(
            read_cube(fetch("icio-2020")), read_coefficients(fetch("icio-2020-coefficients"))
        )
    return read_cube(fetch(data))


def _embedded() -> SectorTables:
    """Spread the package's own tables of many sectors."""
    import numpy as np

    from kedge.data.baseline import load_table
    from kedge.data.readers.sectors import SectorTables

    trade, links, sets = (
        load_table(name) for name in ("sector_trade", "sector_links", "sector_elasticities")
    )
    iso3 = tuple(trade["exporter"].unique(maintain_order=True))
    titles = dict(sets.select("sector", "name").rows())
    sectors = tuple(titles)
    state, kind = ({code: k for k, code in enumerate(codes)} for codes in (iso3, sectors))
    flows = np.zeros((len(iso3), len(iso3), len(sectors)))
    tariffs = np.zeros_like(flows)
    for exporter, importer, sector, musd, tariff in trade.drop("source").rows():
        at = state[exporter], state[importer], kind[sector]
        flows[at], tariffs[at] = musd * 1e6, tariff
    added, inputs = np.ones(flows.shape[1:]), np.zeros((len(iso3), len(sectors), len(sectors)))
    for code, sector, spent, share in links.drop("source").rows():
        if spent == "value_added":
            added[state[code], kind[sector]] = share
        else:
            inputs[state[code], kind[spent], kind[sector]] = share
    elasticities = {
        name[0]: np.array(rows["elasticity"]) for name, rows in sets.group_by("set", maintain_order=True)
    }
    names = dict(load_table("states").select("iso3", "name").rows())
    # Shares are rounded: what is left over goes to value added.
    added = np.where(inputs.any(axis=1), 1.0 - inputs.sum(axis=1), added)
    return SectorTables(
        iso3, tuple(names.get(code, "Rest of the world") for code in iso3), sectors, tuple(titles.values()),
        flows, tariffs, elasticities, added, inputs,
    )  # fmt: skip


def sector_world(
    data: str, elasticities: str = "", deficits: str = "balanced"
) -> tuple[SectorEconomy, SectorTables]:
    """Calibrate a world of many sectors.

    Parameters
    ----------
    data
        A name of `MANY_SECTORS`.
    elasticities
        Source of the trade elasticities; by default 4 everywhere, or the data set's only one.
    deficits
        As `calibrate_sectors` takes them.

    Raises
    ------
    UnknownName
        No such data set, or it has no elasticities of that source.
    """
    import numpy as np

    from kedge.trade import calibrate_sectors

    tables = sector_tables(data)
    source = _source_of(tables, elasticities)
    flows = tables.flows.copy()
    # An economy that makes nothing of a good may still begin to: as the package does, one million US$.
    own = np.einsum("iik->ik", flows)
    if tables.inputs is None:
        own[own <= 0] = 1e6
    links = (
        None if tables.inputs is None or tables.value_added is None else (tables.value_added, tables.inputs)
    )
    codes = (tables.iso3, tables.sectors)
    world = calibrate_sectors(flows, tables.tariffs, tables.elasticities[source], codes, links, deficits)
    return world, tables


def _source_of(tables: SectorTables, elasticities: str) -> str:
    source = elasticities or ("U4" if "U4" in tables.elasticities else next(iter(tables.elasticities)))
    if source not in tables.elasticities:
        raise UnknownName("source of elasticities", source, tables.elasticities)
    return source


def elasticities_told(data: str, elasticities: str = "") -> str:
    """Say in a sentence which trade elasticities an answer rests on, and which others there are.

    Raises
    ------
    UnknownName
        No such data set or elasticities.
    """
    tables = sector_tables(data)
    source = _source_of(tables, elasticities)
    low, high = float(tables.elasticities[source].min()), float(tables.elasticities[source].max())
    size = f"{low:g} in every sector" if low == high else f"{low:.2g} to {high:.2g} by sector"
    others = [name for name in tables.elasticities if name != source]
    more = f"; others change sizes and signs: --elasticities {', '.join(others)}" if others else ""
    return f"Trade elasticity: {size} (set {source}{more})."


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


def trade_model(data: str, elasticities: str = "") -> tuple[TradeModel, dict[str, str]]:
    """Give a world that answers tariffs, of one sector or many, and names by code.

    Raises
    ------
    UnknownName
        No such data set or elasticities.
    """
    from kedge.trade import SectorModel, one_sector

    if data in MANY_SECTORS:
        world, tables = sector_world(data, elasticities)
        return cast("TradeModel", SectorModel(world)), dict(zip(tables.iso3, tables.names, strict=True))
    if data not in ONE_SECTOR:
        raise UnknownName("data set", data, ONE_SECTOR | MANY_SECTORS)
    economy, _, names = one_sector_world(data)
    return cast("TradeModel", one_sector(economy)), names
