"""Rebuild every embedded table from the catalogue's sources and the hand-compiled rows beside this file.

Usage: python scripts/build_baseline.py [--out FOLDER]

Files come from KEDGE_MIRROR, the cache or their publishers; see docs/data.md.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import polars as pl
from baseline_allies import (
    build_allies,
    build_ally_effort,
    build_ally_ties,
    build_ally_troops,
    build_arms_deliveries,
    build_events,
)
from baseline_inputs import Inputs, compiled, read_inputs
from baseline_obligations import build_obligations, build_patron_signals
from baseline_sectors import build_sector_tables
from baseline_states import (
    build_distances,
    build_economies,
    build_gdp,
    build_ideal_points,
    build_map_places,
    build_military_spending,
    build_regions,
    build_roll_call,
    build_states,
    build_us_troops,
)
from baseline_ties import build_ties
from baseline_trade import build_schedule_table, build_tariffs, build_trade, build_us_trade

from kedge.core.files import write_text
from kedge.data.catalogue import load_catalogue

FOLDER = Path(__file__).parent.parent / "src" / "kedge" / "data" / "baseline"
RETRIEVED = "2026-11-23"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args().out
    tables = build_tables(read_inputs())
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", to_csv(table))
        print(f"{name}.csv  {table.height} rows")


def build_tables(inputs: Inputs) -> dict[str, pl.DataFrame]:
    """Make every table, by file name."""
    gdp = build_gdp(inputs)
    tables = {
        "allies": build_allies(inputs),
        "ally_effort": build_ally_effort(inputs),
        "ally_ties": build_ally_ties(inputs),
        "ally_troops": build_ally_troops(inputs),
        "arms_deliveries": build_arms_deliveries(inputs),
        "distances": build_distances(inputs),
        "economies": build_economies(inputs),
        "events": build_events(inputs),
        "gdp": gdp,
        "ideal_points": build_ideal_points(inputs),
        "map_places": build_map_places(inputs),
        "military_spending": build_military_spending(inputs, gdp),
        "obligations": build_obligations(inputs),
        "patron_signals": build_patron_signals(inputs),
        "regions": build_regions(inputs),
        "roll_call_es11_7": build_roll_call(inputs),
        **build_sector_tables(),
        "states": build_states(inputs),
        "tariffs": build_tariffs(inputs),
        "tariff_goods": build_schedule_table("tariff_goods"),
        "tariff_measures": build_schedule_table("tariff_measures"),
        "ties": build_ties(inputs),
        "trade": build_trade(inputs),
        "us_trade": build_us_trade(inputs),
        "us_troops": build_us_troops(inputs),
    }
    return {**tables, "sources": build_sources(tables)}


def build_sources(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """List every source that a row of any table names, from the catalogue and from the hand-compiled list."""
    used = {
        key
        for table in tables.values()
        for cell in table.get_column("source").unique()
        for key in cell.split("+")
    }
    rows = {row[0]: row for row in compiled("sources").rows()}
    for key, each in load_catalogue().items():
        rows[key] = (key, each.title, each.publisher, each.page, each.licence, each.citation, RETRIEVED)
    schema = ["key", "title", "publisher", "url", "licence", "citation", "retrieved"]
    return pl.DataFrame([rows[key] for key in sorted(used)], schema=schema, orient="row")


def to_csv(table: pl.DataFrame) -> str:
    """Write CSV with plain decimals, so that the bytes do not depend on a library's number format."""
    lines = [",".join(table.columns)]
    lines.extend(",".join(_cell(value) for value in row) for row in table.rows())
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.removesuffix(".0")
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


if __name__ == "__main__":
    main()
