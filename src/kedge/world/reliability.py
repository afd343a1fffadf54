"""Alliances in war, with who their members were: reliability and treaties joined with capability."""

from __future__ import annotations

import polars as pl

FILES = ("alliance-reliability-2018", "atop-5.1-member", "cow-nmc-7", "cow-majors-2016")
WITH_MEMBERS = ("log_members", "major_members", "log_capability", "largest_share")
"""Columns that `join_members` adds, for `kedge.security.reliability.fit_reliability`."""


def reliability_table() -> pl.DataFrame:
    """Fetch the sources, or take them from the mirror, and join them with `join_members`.

    Raises
    ------
    DataError
        A file cannot be had, or is not what the catalogue expects.
    """
    from kedge.data.fetch import read_source

    return join_members(*(read_source(key) for key in FILES))


def join_members(
    cases: pl.DataFrame, members: pl.DataFrame, capabilities: pl.DataFrame, majors: pl.DataFrame
) -> pl.DataFrame:
    """Add to every alliance in war what its members were when the war began.

    log_members: log of their number; major_members: how many were major powers; log_capability: log
    of the sum of their CINC; largest_share: the strongest one's part of that.  Null where ATOP has no
    member in that year under the alliance's number, as for numbers that changed since 2018.

    Parameters
    ----------
    cases, members, capabilities, majors
        As `read_reliability`, `read_atop_members`, `read_nmc` and `read_majors` give them.
    """
    pairs = cases.select("war", "year", "atopid").join(members, on="atopid")
    there = pl.col("entry_year") <= pl.col("year")
    still = pl.col("exit_year").is_null() | (pl.col("exit_year") >= pl.col("year"))
    pairs = pairs.filter(there & still).unique(["war", "atopid", "ccode"])
    pairs = pairs.join(capabilities.select("ccode", "year", "cinc"), on=["ccode", "year"], how="left")
    great = pairs.join(majors, on="ccode").filter(pl.col("year").is_between("first_year", "last_year"))
    great = great.group_by("war", "atopid").agg(major_members=pl.col("ccode").n_unique())
    sums = pairs.group_by("war", "atopid").agg(
        log_members=pl.len().log(),
        log_capability=pl.when(pl.col("cinc").sum() > 0).then(pl.col("cinc").sum().log()),
        largest_share=pl.when(pl.col("cinc").sum() > 0).then(pl.col("cinc").max() / pl.col("cinc").sum()),
    )
    sums = sums.join(great, on=["war", "atopid"], how="left").with_columns(
        pl.col("major_members").fill_null(0)
    )
    return cases.join(sums, on=["war", "atopid"], how="left").sort("year", "war", "atopid")
