"""Obligations, access, logistics, arms and trade ties between states of the baseline."""

from __future__ import annotations

import polars as pl
from baseline_inputs import Inputs, compiled

ATOP = "atop-5.1-member"
SCHEMA = ["state_a", "state_b", "layer", "type", "name", "since", "depth", "source", "note"]


def build_ties(inputs: Inputs) -> pl.DataFrame:
    """Alliances in force at the end of ATOP, and later ties compiled by hand; groups spelled out as pairs."""
    rows = [*_alliances(inputs), *_by_hand()]
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    table = table.unique(["state_a", "state_b", "name"], keep="first", maintain_order=True)
    return table.sort("state_a", "state_b", "layer", "name")


def _alliances(inputs: Inputs) -> list[tuple]:
    members = inputs.tables[ATOP].filter(pl.col("exit_year").is_null())
    left = {(int(atopid), iso3) for atopid, iso3 in compiled("atop_left").select("atopid", "iso3").rows()}
    rows = []
    for atopid, name, kind, depth, note in compiled("atop_selected").rows():
        entry: dict[str, int] = {}
        for ccode, year in (
            members.filter(pl.col("atopid") == int(atopid)).select("ccode", "entry_year").rows()
        ):
            iso3 = inputs.iso3_of_ccode.get(ccode, "")
            if iso3 in inputs.states and (int(atopid), iso3) not in left:
                entry[iso3] = max(year, entry.get(iso3, 0))
        for a in sorted(entry):
            for b in sorted(entry):
                if a < b:
                    since = str(max(entry[a], entry[b]))
                    rows.append((a, b, "obligation", kind, name, since, float(depth), ATOP, note))
    return rows


def _by_hand() -> list[tuple]:
    groups: dict[str, list[str]] = {}
    for group, iso3 in compiled("groups").rows():
        groups.setdefault(group, []).append(iso3)
    rows = []
    for one, other, *rest in compiled("ties").select(SCHEMA).rows():
        pairs = {
            tuple(sorted((a, b)))
            for a in groups.get(one, [one])
            for b in groups.get(other, [other])
            if a != b
        }
        rest[4] = float(rest[4])
        rows.extend((*pair, *rest) for pair in sorted(pairs))
    return rows
