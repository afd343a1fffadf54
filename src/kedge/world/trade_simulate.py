"""A tariff schedule, or a source's own scenario, on a world of many sectors."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.core.solution import Solution
from kedge.data.readers.sectors import SectorTables
from kedge.trade import (
    Decomposition,
    Schedule,
    SectorEconomy,
    SectorEquilibrium,
    decompose,
    prepare_sectors,
    solve_sectors,
)
from kedge.world.trade_data import sector_world
from kedge.world.trade_rates import schedule_rates

Members = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class SectorRun:
    """What a change of tariffs did to a world of many sectors.

    Parameters
    ----------
    world, names
        The baseline, and names of economies by code.
    added : share, ad valorem
        Tariffs on top of the baseline's, [exporter, importer, sector].
    solution
        The equilibrium, with the solver's account of itself.
    parts
        Real income in parts.
    """

    world: SectorEconomy
    names: dict[str, str]
    added: Float[np.ndarray, "exporter importer sector"]
    solution: Solution[SectorEquilibrium]
    parts: Decomposition

    def table(self) -> pl.DataFrame:
        """Tabulate economies: real income exactly and to first order, and its parts, percent."""
        parts = self.parts
        columns = {
            name: getattr(parts, name)
            for name in (
                "welfare", "terms_of_trade", "volume", "real_wages", "revenue", "transfers", "first_welfare",
                "first_terms_of_trade", "first_volume",
            )
        }  # fmt: skip
        names = [self.names.get(code, code) for code in self.world.iso3]
        return pl.DataFrame({"iso3": self.world.iso3, "name": names, **columns})

    def trade(self) -> pl.DataFrame:
        """Tabulate pairs: exporter, importer, million US$ before, change in percent, added tariff (share)."""
        before, after = (flows.sum(axis=2) for flows in (self.world.flows, self.solution.unwrap().flows))
        weight = self.world.flows
        mean = (self.added * weight).sum(axis=2) / np.where(before > 0, before, 1.0)
        rows = [
            (j, i, before[a, b] / 1e6, 100.0 * (after[a, b] / before[a, b] - 1.0), mean[a, b])
            for a, j in enumerate(self.world.iso3)
            for b, i in enumerate(self.world.iso3)
            if a != b and before[a, b] > 0
        ]
        return pl.DataFrame(rows, schema=["exporter", "importer", "musd", "change", "tariff"], orient="row")


def run_schedule(
    data: str, schedule: Schedule, day: datetime.date, elasticities: str = "", deficits: str = "balanced"
) -> SectorRun:
    """Solve a world of many sectors under the tariffs that a schedule has in force on a day.

    Parameters
    ----------
    data
        A set whose sectors are ISIC's: `sectors`, `icio-2020-linked` or a year of `icio-`.
    schedule, day
        See `kedge.world.trade_schedule`; rates come on top of the applied tariffs of the data.
    elasticities, deficits
        As `sector_world` takes them.

    Raises
    ------
    UnknownName, DomainError
        No such data or elasticities; the set's sectors are not ISIC's.
    NotConverged
        The solver stopped short; nothing is handed out.
    """
    world, tables = sector_world(data, elasticities, deficits)
    return _run(world, tables, sector_rates(schedule, day, data, world))


def run_scenario(data: str, scenario: str, elasticities: str = "", deficits: str = "balanced") -> SectorRun:
    """Solve a world of many sectors under tariffs that come with its source.

    Raises
    ------
    UnknownName
        The set has no such scenario.
    NotConverged
        The solver stopped short.
    """
    world, tables = sector_world(data, elasticities, deficits)
    if scenario not in tables.scenarios:
        raise UnknownName(f"scenario of {data} (or give a day: --on)", scenario, tables.scenarios)
    return _run(world, tables, tables.scenarios[scenario] - world.tariffs)


def sector_rates(
    schedule: Schedule, day: datetime.date, data: str, world: SectorEconomy
) -> Float[np.ndarray, "exporter importer sector"]:
    """Give what a schedule adds on a day to a world's own tariffs, by sector.

    Raises
    ------
    DomainError
        The set's sectors are not ISIC's.
    """
    return schedule_rates(schedule, day, world.iso3, sector_members(data, world.sectors), world.tariffs)


def sector_members(data: str, sectors: tuple[str, ...]) -> Members:
    """Say which ISIC sectors each sector of a set is made of, by share.

    Raises
    ------
    DomainError
        The set's sectors are not ISIC's.
    """
    if not data.startswith(("icio", "sectors")):
        raise DomainError(
            f"schedules name goods by ISIC, and the sectors of {data} are not ISIC's; use sectors, "
            "icio-2020-linked or icio-2022, or a scenario of the set"
        )
    found: dict[str, dict[str, float]] = {code: {} for code in sectors}
    if data == "sectors":
        from kedge.data.baseline import load_table

        for sector, isic, weight in load_table("sector_members").drop("source").rows():
            found[sector][isic] = weight
    else:
        found = {code: {code: 1.0} for code in sectors}
    return {code: _split(members) for code, members in found.items()}


def _split(members: Mapping[str, float]) -> dict[str, float]:
    """Take apart codes that hold two ISIC divisions together, in equal parts; S stands for all services."""
    from kedge.world.trade_linked import FINER, SERVICES

    out: dict[str, float] = {}
    for code, weight in members.items():
        if code == SERVICES:
            out["S"] = out.get("S", 0.0) + weight
            continue
        finer = [] if code in ("C24", "C30") else [each for each, group in FINER.items() if group == code]
        for each in finer or [code]:
            out[each] = out.get(each, 0.0) + weight / max(len(finer), 1)
    return out


def _run(world: SectorEconomy, tables: SectorTables, added: np.ndarray) -> SectorRun:
    solution = solve_sectors(prepare_sectors(world), world.tariffs + added)
    names = dict(zip(tables.iso3, tables.names, strict=True))
    return SectorRun(world, names, added, solution, decompose(solution.unwrap()))
