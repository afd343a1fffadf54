"""What treaties oblige today's states to do for one another, and dated signals of the patron."""

from __future__ import annotations

import polars as pl
from baseline_inputs import Inputs, compiled

ATOP = "atop-5.1-member"
LAST_ATOP_YEAR = 2018
PROMISE = {"mutual_defence": "defense", "consultation": "consul"}
SCHEMA = ["state_a", "state_b", "treaty", "kind", "since", "clause", "scope", "source", "note"]
RANGES = ["cost", "hands", "prioritiser_low", "prioritiser_high", "restrainer_low", "restrainer_high"]


def build_obligations(inputs: Inputs) -> pl.DataFrame:
    """Obligations in force, groups spelled out as pairs; older ones must be in ATOP with their promise."""
    groups: dict[str, dict[str, str]] = {}
    for table in ("ally_groups", "obligation_groups"):
        for group, iso3, since in compiled(table).rows():
            groups.setdefault(group, {})[iso3] = since
    rows = {}
    for one, other, treaty, kind, since, clause, scope, atopid, source, note in compiled(
        "obligations"
    ).rows():
        for a, entered_a in groups.get(one, {one: ""}).items():
            for b, entered_b in groups.get(other, {other: ""}).items():
                pair = tuple(sorted((a, b)))
                if a != b:
                    # A year alone stands before any day of it.
                    begin = max((since, entered_a, entered_b), key=lambda day: day.ljust(10, "-"))
                    rows[*pair, treaty] = (*pair, treaty, kind, begin, clause, scope, source, note)
                    if atopid and int(begin[:4]) <= LAST_ATOP_YEAR:
                        _check_in_atop(inputs, int(atopid), pair, kind)
    return pl.DataFrame(list(rows.values()), schema=SCHEMA, orient="row").sort("state_a", "state_b", "treaty")


def build_patron_signals(_: Inputs) -> pl.DataFrame:
    """Dated signals of the patron with their assumed likelihood ratios."""
    table = compiled("patron_signals")
    numbers = [
        pl.when(pl.col(name) == "").then(None).otherwise(pl.col(name)).cast(pl.Float64).alias(name)
        for name in RANGES
    ]
    return table.with_columns(numbers).sort("date", "name")


def _check_in_atop(inputs: Inputs, atopid: int, pair: tuple[str, ...], kind: str) -> None:
    members = inputs.tables[ATOP].filter((pl.col("atopid") == atopid) & pl.col("exit_year").is_null())
    promised = {
        inputs.iso3_of_ccode.get(ccode, ""): flag
        for ccode, flag in members.select("ccode", PROMISE[kind]).rows()
    }
    missing = [iso3 for iso3 in pair if iso3 not in promised]
    # Where one side alone is bound (Japan, Pakistan), ATOP flags that side.
    if missing or not any(promised[iso3] for iso3 in pair):
        raise SystemExit(f"obligations: ATOP {atopid} has no {kind} of {' and '.join(pair)}; correct the row")
