"""Votes, published ideal points and trade agreements."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import (
    AGAIN,
    parse_csv,
    read_bytes,
    read_csv,
    require_columns,
    require_unique,
    to_numbers,
    to_years,
)

VOTES = {"Y": "yes", "N": "no", "A": "abstain", "X": "absent", "": "absent"}
_FIRST_SESSION = 1945


def read_ideal_points(path: Path) -> pl.DataFrame:
    """Read ideal points: iso3, ccode, session, year, ideal_point, q05, q95.

    `year` is the year the session starts (1945 + session).

    References
    ----------
    Bailey, Strezhnev & Voeten (2017), Journal of Conflict Resolution 61(2).
    """
    columns = {"IdealPointAll": "ideal_point", "Q5%All": "q05", "Q95%All": "q95"}
    frame = read_csv(path, ["ccode", "session", "iso3c", *columns])
    frame = frame.select("ccode", "session", iso3="iso3c", **{new: old for old, new in columns.items()})
    frame = to_numbers(frame, ["ccode", "session", *columns.values()], path)
    frame = frame.with_columns(pl.col("ccode", "session").cast(pl.Int32))
    if not (frame.get_column("q05") <= frame.get_column("q95")).all():
        raise MalformedFile(f"{path}: the 5 % quantile should not exceed the 95 % quantile; {AGAIN}")
    frame = frame.with_columns(year=pl.col("session") + _FIRST_SESSION)
    frame = frame.select("iso3", "ccode", "session", "year", "ideal_point", "q05", "q95")
    return require_unique(frame, ["ccode", "session"], path)


def read_ga_voting(path: Path) -> pl.DataFrame:
    """Read roll calls of the UN General Assembly, one row a state and vote.

    Columns: undl_id, iso3, vote (yes, no, abstain, absent), date, session, resolution, title,
    agenda, total_yes, total_no, total_abstentions.  States that were not members have no row.

    Raises
    ------
    MalformedFile
        A column is missing or a vote has an unknown letter.
    """
    totals = ["total_yes", "total_no", "total_abstentions"]
    wanted = ["undl_id", "ms_code", "ms_vote", "date", "session", "resolution", "title", "agenda_title"]
    frame = parse_csv(read_bytes(path), path, [*wanted, *totals], only=True).select(*wanted, *totals)
    letters = frame.get_column("ms_vote").str.strip_chars()
    unknown = set(letters.unique()) - set(VOTES)
    if unknown:
        raise MalformedFile(
            f"{path}: votes should be Y, N, A, X or empty, found {sorted(unknown)[:3]}; {AGAIN}"
        )
    vote = letters.replace_strict(VOTES, return_dtype=pl.String)
    date = frame.get_column("date").str.to_date("%Y-%m-%d", strict=False)
    if date.null_count():
        raise MalformedFile(f"{path}: column 'date' should hold dates such as 2025-02-24; {AGAIN}")
    frame = to_numbers(frame, totals, path, blank_is_null=True).with_columns(pl.col(totals).cast(pl.Int32))
    frame = frame.with_columns(vote.alias("vote"), date.alias("date")).rename(
        {"ms_code": "iso3", "agenda_title": "agenda"}
    )
    return frame.select(
        "undl_id", "iso3", "vote", "date", "session", "resolution", "title", "agenda", *totals
    )


def read_desta(path: Path) -> pl.DataFrame:
    """Read trade agreements: number, name, year, entry_type, members (a list of UN numeric codes).

    Entries without a year of signature (`NA`) are left out.
    """
    frame = read_csv(path, ["number", "name", "entry_type", "year", "c1"], separator=";", encoding="latin-1")
    members = [name for name in frame.columns if name[:1] == "c" and name[1:].isdigit()]
    require_columns(frame.columns, members, path)
    frame = to_years(frame.filter(pl.col("year") != "NA"), "year", path)
    listed = pl.concat_list(members).list.eval(
        pl.element().filter(pl.element().str.contains(r"^\d+$")).cast(pl.Int32, strict=False)
    )
    return frame.select("number", "name", "year", "entry_type", listed.alias("members"))
