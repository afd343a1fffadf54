"""Whose rows are whose: ISO codes for the names and numbers that publishers give to states."""

from __future__ import annotations

import polars as pl

COW_HALVES = {260: "DEU", 678: "YEM", 680: "YEM", 345: "SRB"}
"""Halves of states once divided, which are one here: the list of codes knows one number for each."""


def cow_codes(codelist: pl.DataFrame) -> dict[int, str]:
    """Give ISO codes by the Correlates of War project's numbers; `codelist` as `read_codelist` has it."""
    known = {code: iso3 for iso3, code in codelist.select("iso3", "ccode").rows() if code is not None}
    return known | COW_HALVES


def sipri_by_state(frame: pl.DataFrame, codelist: pl.DataFrame) -> pl.DataFrame:
    """Put ISO codes on rows that SIPRI names, one a state and year; names without one drop out.

    The Soviet Union counts as Russia, and as the whole where both have rows (1988-1990).

    Parameters
    ----------
    frame
        name, year and whatever else.
    codelist
        As `read_codelist` has it.
    """
    from kedge.data.readers.geography import match_names

    names = match_names(sorted(set(frame["name"])), codelist) | {"USSR": "RUS"}
    code = pl.col("name").replace_strict(names, default=None, return_dtype=pl.String)
    coded = frame.with_columns(iso3=code).drop_nulls("iso3").sort("iso3", "year", "name")
    return coded.unique(["iso3", "year"], keep="last", maintain_order=True)
