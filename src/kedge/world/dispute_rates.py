"""How often strategic rivals come to blows: base rates that a hazard of attack can be held against."""

from __future__ import annotations

import numpy as np
import polars as pl

from kedge.core.errors import DomainError

FILES = ("gml-disputes", "gml-dyads", "thompson-rivalries")
WAR = 5
"""Highest level of hostility: war."""
DRAWS = 2000


def rival_rates(first: int = 1946, last: int = 2010) -> pl.DataFrame:
    """Fetch the sources, or take them from the mirror, and count disputes between rivals; see `count_rivals`.

    Raises
    ------
    DomainError
        No rival pair in these years.
    FetchFailed, MalformedFile
        A source cannot be had or read.
    """
    from kedge.data.fetch import read_source

    disputes, pairs, rivalries = (read_source(key) for key in FILES)
    return rates_of(count_rivals(disputes, pairs, rivalries, (first, last)))


def count_rivals(
    disputes: pl.DataFrame, pairs: pl.DataFrame, rivalries: pl.DataFrame, span: tuple[int, int]
) -> pl.DataFrame:
    """Count the years in which two states were rivals, and the disputes that began between them then.

    Parameters
    ----------
    disputes, pairs, rivalries
        As `read_disputes`, `read_dispute_aims` and `read_rivalries` give them.
    span
        First and last year.

    Returns
    -------
    DataFrame
        One row a pair: low, high (codes), years, disputes, wars (disputes that reached war).

    Raises
    ------
    DomainError
        No rival pair in these years.

    References
    ----------
    Rivalries: Thompson; disputes: Gibler, Miller & Little.
    """
    first, last = span
    ends = (pl.min_horizontal("ccode1", "ccode2"), pl.max_horizontal("ccode1", "ccode2"))
    spells = rivalries.select(
        low=ends[0], high=ends[1], start=pl.max_horizontal("first_year", pl.lit(first)),
        end=pl.min_horizontal("last_year", pl.lit(last)),
    ).filter(pl.col("end") >= pl.col("start"))  # fmt: skip
    if spells.is_empty():
        raise DomainError(f"no rival pair from {first} to {last}")
    ends = (pl.min_horizontal("ccode", "other"), pl.max_horizontal("ccode", "other"))
    onsets = (
        pairs.select("dispute", "year", low=ends[0], high=ends[1])
        .group_by("dispute", "low", "high").agg(pl.col("year").min())
        .join(disputes.select("dispute", "hostility"), on="dispute")
    )  # fmt: skip
    between = onsets.join(spells, on=["low", "high"]).filter(pl.col("year").is_between("start", "end"))
    fought = between.group_by("low", "high").agg(disputes=pl.len(), wars=(pl.col("hostility") == WAR).sum())
    watched = spells.group_by("low", "high").agg(years=(pl.col("end") - pl.col("start") + 1).sum())
    found = watched.join(fought, on=["low", "high"], how="left").with_columns(
        pl.col("disputes", "wars").fill_null(0)
    )
    return found.sort("low", "high")


def rates_of(counts: pl.DataFrame, seed: int = 1) -> pl.DataFrame:
    """Turn counts into rates, with 95 % intervals from drawing pairs again.

    Returns
    -------
    DataFrame
        what, rate, low, high (a year and pair; the last a share of disputes), events, years, pairs.
    """
    table = counts.select("disputes", "wars", "years").to_numpy().astype(np.float64)
    rng = np.random.default_rng(seed)
    again = table[rng.integers(0, len(table), (DRAWS, len(table)))].sum(axis=1)
    total = table.sum(axis=0)
    rows = []
    for what, above, below in (
        ("disputes a year", 0, 2), ("wars a year", 1, 2), ("disputes that became wars", 1, 0),
    ):  # fmt: skip
        drawn = again[:, above] / np.maximum(again[:, below], 1.0)
        low, high = np.quantile(drawn, [0.025, 0.975])
        rows.append(
            (what, total[above] / total[below], low, high, int(total[above]), int(total[2]), len(table))
        )
    return pl.DataFrame(
        rows, schema=["what", "rate", "low", "high", "events", "years", "pairs"], orient="row"
    )
