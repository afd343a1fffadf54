"""Treaty allies of the United States: who they are, effort, troops, arms and dated ties; and dated events."""

from __future__ import annotations

import polars as pl
from baseline_inputs import Inputs, compiled
from baseline_states import rounded
from baseline_ties import build_ties

FIRST, LAST = 2010, 2025
SIPRI, ARMS, TROOPS = "sipri-milex-2024", "sipri-arms-2026", "us-troops"
# Below this volume (million trend-indicator values) a year's deliveries are left out: 0.2 % of the total.
SMALLEST = 2.0
# States whose names SIPRI writes in a way that the patterns of the code list do not know.
NAMES = {"Turkiye": "TUR"}
SERIES = {
    "china-russia-patrols": "China-Russia bomber patrols",
    "china-russia-exercises": "China-Russia exercises",
}


def build_allies(_: Inputs) -> pl.DataFrame:
    """Every treaty ally, and the partners that count as the other end of a tie."""
    return compiled("allies").sort("iso3").select("iso3", "group", "treaty", "since", "source", "note")


def build_ally_effort(inputs: Inputs) -> pl.DataFrame:
    """Military spending of treaty allies: share of GDP and level at constant prices."""
    real = inputs.milex_real.select("iso3", "year", "musd_real")
    frame = inputs.milex.select("iso3", "year", "share_gdp").join(
        real, on=["iso3", "year"], how="full", coalesce=True
    )
    # Network partners enter the weights of partners alone, which need levels.
    groups = dict(compiled("allies").select("iso3", "group").rows())
    rows = [
        (iso3, year, None if groups[iso3] == "network" else rounded(share, 3), rounded(level), SIPRI)
        for iso3, year, share, level in frame.select("iso3", "year", "share_gdp", "musd_real").rows()
        if iso3 in groups and FIRST <= year <= LAST and (share is not None or level is not None)
    ]
    schema = ["iso3", "year", "share_gdp", "musd_real", "source"]
    table = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    return table.sort("iso3", "year")


def build_ally_troops(inputs: Inputs) -> pl.DataFrame:
    """US active-duty personnel in each treaty ally by year."""
    allies = _allies("nato", "bilateral", "rio", "partner")
    frame = inputs.tables[TROOPS].filter(pl.col("iso3").is_in(allies) & (pl.col("year") >= FIRST))
    return frame.sort("iso3", "year").select("iso3", "year", "personnel", source=pl.lit(TROOPS))


def build_arms_deliveries(inputs: Inputs) -> pl.DataFrame:
    """Volume of major arms delivered to allies, by supplier and year."""
    allies = _allies("nato", "bilateral", "rio", "partner")
    frame = inputs.arms.filter(pl.col("recipient_iso3").is_in(allies) & (pl.col("year") >= FIRST))
    totals = frame.group_by("supplier_iso3", "recipient_iso3", "year").agg(pl.col("tiv").sum())
    rows = [
        (supplier, recipient, year, rounded(tiv, 3), ARMS)
        for supplier, recipient, year, tiv in totals.sort("supplier_iso3", "recipient_iso3", "year").rows()
        if tiv >= SMALLEST
    ]
    return pl.DataFrame(rows, schema=["supplier", "recipient", "year", "tiv", "source"], orient="row")


def build_ally_ties(inputs: Inputs) -> pl.DataFrame:
    """Dated defence ties of treaty allies that `ties` does not have; groups spelled out as pairs."""
    known = {(a, b, name) for a, b, name in build_ties(inputs).select("state_a", "state_b", "name").rows()}
    groups: dict[str, dict[str, str]] = {}
    for group, iso3, since in compiled("ally_groups").rows():
        groups.setdefault(group, {})[iso3] = since
    rows = {}
    for one, other, layer, kind, name, since, until, depth, source, note in compiled("ally_ties").rows():
        for a, entered_a in groups.get(one, {one: since}).items():
            for b, entered_b in groups.get(other, {other: since}).items():
                pair = tuple(sorted((a, b)))
                if a != b and (*pair, name) not in known:
                    begin = max((since, entered_a, entered_b), key=_sortable)
                    rows[*pair, name] = (*pair, layer, kind, name, begin, until, float(depth), source, note)
    schema = ["state_a", "state_b", "layer", "type", "name", "since", "until", "depth", "source", "note"]
    table = pl.DataFrame(list(rows.values()), schema=schema, orient="row")
    return table.sort("state_a", "state_b", "layer", "name")


def build_events(inputs: Inputs) -> pl.DataFrame:
    """Dated joint activities of China and Russia; each row gives the address of its report."""
    rows = []
    for source, series in SERIES.items():
        for row in inputs.tables[source].iter_rows(named=True):
            patrol = "ordinal_stated_in_source" in row
            name = f"Joint bomber patrol {row['n']}" if patrol else row["name"]
            kind = "bomber patrol" if patrol else row["type"]
            where = row["area"] if patrol else row["location"]
            note = row["note"] if patrol else ""
            dates = (row["date_start"], row["date_end"])
            rows.append((series, *dates, name, kind, where, row["source_url"], source, note))
    schema = ["series", "date_start", "date_end", "name", "kind", "place", "url", "source", "note"]
    return pl.DataFrame(rows, schema=schema, orient="row").sort("series", "date_start")


def _allies(*groups: str) -> list[str]:
    return compiled("allies").filter(pl.col("group").is_in(groups)).get_column("iso3").to_list()


def _sortable(since: str) -> str:
    # A year alone stands before any day of it.
    return since.ljust(10, "-")
