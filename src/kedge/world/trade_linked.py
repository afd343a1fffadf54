"""Trade and tariffs of one OECD table joined with the input-output coefficients of another."""

from __future__ import annotations

import numpy as np

from kedge.data.readers.coefficients import Coefficients
from kedge.data.readers.sectors import REST, SectorTables
from kedge.trade import SectorEconomy, aggregate_elasticity, aggregate_sectors

SERVICES = "SERV"
FINER = {
    "A01": "A01_02", "A02": "A01_02", "B05": "B05_06", "B06": "B05_06", "B07": "B07_08", "B08": "B07_08",
    "C24A": "C24", "C24B": "C24", "C301": "C30", "C302T309": "C30",
}  # fmt: skip
"""Sectors of the trade tables that the coefficients hold together."""


def linked_tables(trade: SectorTables, links: Coefficients) -> SectorTables:
    """Join trade and tariffs with coefficients, at the sectors that both can be brought to.

    Parameters
    ----------
    trade
        An OECD cube of 28 sectors.
    links
        Coefficients of 45 sectors; their services are folded into one, weighted by final spending, which is
        an **assumption** (the archive has no output).  Economies they lack are given those of the rest
        of the world, another one.

    Returns
    -------
    SectorTables
        81 economies, 23 sectors.
    """
    table = {code: FINER.get(code, code) for code in trade.sectors}
    size, count = len(trade.iso3), len(trade.sectors)
    alone = SectorEconomy(
        trade.iso3, trade.sectors, trade.flows, trade.tariffs, np.ones(count),
        np.ones((size, count)), np.zeros((size, count, count)), np.ones((size, count)) / count,
    )  # fmt: skip
    first = aggregate_sectors(alone, sectors=table)
    sets = {name: aggregate_elasticity(alone, values, table) for name, values in trade.elasticities.items()}
    added, inputs = _brought(links, first.sectors)
    at = [links.iso3.index(code if code in links.iso3 else REST) for code in trade.iso3]
    titles = dict(zip(trade.sectors, trade.sector_names, strict=True))
    return SectorTables(
        trade.iso3, trade.names, first.sectors, tuple(titles.get(code, code) for code in first.sectors),
        first.flows, first.tariffs, sets,
        added[at], inputs[at],
    )  # fmt: skip


def _brought(links: Coefficients, sectors: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Bring coefficients to the common sectors: services into one."""
    groups = [code if code in sectors else SERVICES for code in links.sectors]
    pick = np.array([[group == code for group in groups] for code in sectors], float)
    # Weights of using sectors within their group; goods are alone in theirs.
    weight = pick[None] * np.maximum(links.final, 1e-9)[:, None, :]
    weight /= weight.sum(axis=2, keepdims=True)
    added = np.einsum("nck,nk->nc", weight, links.value_added)
    inputs = np.einsum("am,nck,nmk->nac", pick, weight, links.inputs, optimize=True)
    return added, inputs
