"""Tables of many sectors: 21 economies and 16 sectors with links, folded from the OECD's tables of 2020."""

from __future__ import annotations

import numpy as np
import polars as pl

from kedge.trade import SectorEconomy, aggregate_elasticity, aggregate_sectors
from kedge.world.trade_data import sector_tables

TRADE, LINKS = "icio-2020", "icio-2020-coefficients"
KEPT = [
    "USA",
    "CHN",
    "JPN",
    "KOR",
    "TWN",
    "IND",
    "AUS",
    "IDN",
    "PHL",
    "VNM",
    "DEU",
    "FRA",
    "ITA",
    "POL",
    "GBR",
    "CHE",
    "CAN",
    "MEX",
    "BRA",
    "RUS",
]
LEAST_SHARE = 0.0005
"""Inputs below this are left to value added."""
GROUPS = {
    "AGR": ("Agriculture, forestry, fishing", ("A01_02", "A03")),
    "MIN": ("Mining and energy extraction", ("B05_06", "B07_08", "B09")),
    "C10T12": ("Food, beverages, tobacco", ("C10T12",)),
    "C13T15": ("Textiles, clothing, leather", ("C13T15",)),
    "WOOD": ("Wood, paper, printing", ("C16", "C17_18")),
    "C19": ("Refined petroleum", ("C19",)),
    "CHEM": ("Chemicals, plastics, minerals", ("C20", "C22", "C23")),
    "C21": ("Pharmaceuticals", ("C21",)),
    "C24": ("Basic metals", ("C24",)),
    "C25": ("Metal products", ("C25",)),
    "C26": ("Computers, electronics", ("C26",)),
    "C27": ("Electrical equipment", ("C27",)),
    "C28": ("Machinery", ("C28",)),
    "C29": ("Motor vehicles", ("C29",)),
    "C30": ("Other transport equipment", ("C30",)),
    "C31T33": ("Other manufacturing", ("C31T33",)),
    "SERV": ("Services", ("SERV",)),
}


def build_sector_tables() -> dict[str, pl.DataFrame]:
    """Make the four tables, by file name."""
    tables = sector_tables("icio-2020-linked")
    economies = {code: code if code in KEPT else "XRW" for code in tables.iso3}
    sectors = {code: name for name, (_, codes) in GROUPS.items() for code in codes}
    observed = SectorEconomy(
        tables.iso3, tables.sectors, tables.flows, tables.tariffs, np.ones(len(tables.sectors)),
        tables.value_added, tables.inputs, np.ones_like(tables.value_added) / len(tables.sectors),
    )  # fmt: skip
    world = aggregate_sectors(observed, economies, sectors)
    sets = {name: aggregate_elasticity(observed, of, sectors) for name, of in tables.elasticities.items()}
    return {
        "sector_trade": _trade(world),
        "sector_links": _links(world),
        "sector_elasticities": _elasticities(world.sectors, sets),
        "sector_members": _members(tables, sectors),
    }


def _trade(world: SectorEconomy) -> pl.DataFrame:
    rows = [
        (
            exporter,
            importer,
            sector,
            round(world.flows[j, i, k] / 1e6, 1),
            round(world.tariffs[j, i, k], 4),
            TRADE,
        )
        for j, exporter in enumerate(world.iso3)
        for i, importer in enumerate(world.iso3)
        for k, sector in enumerate(world.sectors)
        if world.flows[j, i, k] >= 5e4
    ]
    return pl.DataFrame(
        rows, schema=["exporter", "importer", "sector", "musd", "tariff", "source"], orient="row"
    )


def _links(world: SectorEconomy) -> pl.DataFrame:
    """Shares of gross output by using sector: one row an input, and `value added`."""
    rows = []
    for n, iso3 in enumerate(world.iso3):
        for k, sector in enumerate(world.sectors):
            rows.append((iso3, sector, "value_added", round(world.value_added[n, k], 5), LINKS))
            for m, spent in enumerate(world.sectors):
                share = round(world.inputs[n, m, k], 5)
                if share >= LEAST_SHARE:
                    rows.append((iso3, sector, spent, share, LINKS))
    return pl.DataFrame(rows, schema=["iso3", "sector", "input", "share", "source"], orient="row")


def _elasticities(sectors: tuple[str, ...], sets: dict[str, np.ndarray]) -> pl.DataFrame:
    rows = [
        (sector, GROUPS[sector][0], source, round(float(value), 3), "icio-2020")
        for source, values in sorted(sets.items())
        for sector, value in zip(sectors, values, strict=True)
    ]
    return pl.DataFrame(rows, schema=["sector", "name", "set", "elasticity", "source"], orient="row")


def _members(tables, sectors: dict[str, str]) -> pl.DataFrame:
    """Which ISIC sectors each is made of, by their share of its cross-border trade."""
    size = len(tables.iso3)
    abroad = (tables.flows * (1 - np.eye(size))[:, :, None]).sum(axis=(0, 1))
    rows = []
    for k, code in enumerate(tables.sectors):
        group = sectors[code]
        whole = sum(abroad[m] for m, other in enumerate(tables.sectors) if sectors[other] == group)
        rows.append((group, code, round(float(abroad[k] / whole), 4), "icio-2020"))
    return pl.DataFrame(rows, schema=["sector", "isic", "weight", "source"], orient="row")
