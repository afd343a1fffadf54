"""One table of disputes for the security room: strength, aims and place of both sides."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kedge.security.disputes import COMPONENTS

FILES = (
    "gml-disputes",
    "gml-participants",
    "gml-dyads",
    "cow-nmc-7",
    "cow-contiguity-3.2",
    "cow-majors-2016",
    "thompson-rivalries",
)
APART = 6
"""Contiguity of a pair that shares neither border nor narrow water."""

RAW = {
    "milex": "milex_kusd",
    "milper": "milper_k",
    "iron": "iron_steel_kt",
    "energy": "energy_kt",
    "population": "population_k",
    "urban": "urban_k",
}


@dataclass(frozen=True)
class DisputeSources:
    """The publishers' tables, as their readers in `kedge.data.readers.disputes` and `.security` give them."""

    disputes: pl.DataFrame
    participants: pl.DataFrame
    aims: pl.DataFrame
    capabilities: pl.DataFrame
    contiguity: pl.DataFrame
    majors: pl.DataFrame
    rivalries: pl.DataFrame


def dispute_table() -> pl.DataFrame:
    """Fetch the sources, or take them from the mirror, and join them with `join_disputes`.

    Raises
    ------
    DataError
        A file cannot be had, or is not what the catalogue expects.
    """
    from kedge.data.fetch import read_source

    tables = (read_source(key) for key in FILES)
    return join_disputes(DisputeSources(*tables))


def join_disputes(sources: DisputeSources) -> pl.DataFrame:
    """Give one row a dispute in the columns of `kedge.security.disputes.REQUIRED`.

    Capability is the share of all states' total, a component at a time, in the year before the
    dispute (or its first year where that is all there is), summed over a side: over those there
    from the first day (`milex_a`), and over all who ever came (`milex_all_a`, known only after).
    A component is null where no member of the side has it.  A side's leader is its strongest
    original member by CINC; contiguity, rivalry and aims are those of the two leaders, and so is
    the pair that folds are grouped by.  Disputes with no original member on a side drop out.
    """
    members = _members(sources)
    first = members.filter(pl.col("original") == 1)
    leaders = first.sort("cinc", "ccode", nulls_last=False).group_by("dispute", "side_a").last()
    frame = sources.disputes
    for side, flag in (("a", 1), ("b", 0)):
        leader = leaders.filter(pl.col("side_a") == flag).select(
            "dispute", pl.col("ccode").alias(f"leader_{side}")
        )
        frame = frame.join(leader, on="dispute")
        for who, suffix in ((first, ""), (members, "_all")):
            frame = frame.join(
                _totals(who.filter(pl.col("side_a") == flag), f"{suffix}_{side}"), on="dispute"
            )
    low, high = pl.min_horizontal("leader_a", "leader_b"), pl.max_horizontal("leader_a", "leader_b")
    frame = frame.with_columns(low=low, high=high, dyad=pl.format("{}-{}", low, high))
    frame = _with_place(_with_aims(frame, sources.aims), sources)
    return frame.drop("low", "high").sort("dispute")


def _members(sources: DisputeSources) -> pl.DataFrame:
    """Give one row a participant, with its shares of the world the year before."""
    keys = ["dispute", "ccode"]
    # A state that left and came back, or changed sides, counts where it first stood.
    members = sources.participants.sort(*keys, "start_year").unique(keys, keep="first", maintain_order=True)
    members = members.join(sources.disputes.select("dispute", "year"), on="dispute")
    shares = _shares(sources.capabilities)
    before = shares.with_columns(pl.col("year") + 1)
    members = members.join(before, on=["ccode", "year"], how="left")
    members = members.join(shares, on=["ccode", "year"], how="left", suffix="_same")
    members = members.with_columns(pl.coalesce(name, f"{name}_same").alias(name) for name in COMPONENTS)
    return _during(members, sources.majors, ["ccode"], "major")


def _shares(capabilities: pl.DataFrame) -> pl.DataFrame:
    total = {new: pl.col(raw) / pl.col(raw).sum().over("year") for new, raw in RAW.items()}
    return capabilities.select("ccode", "year", "cinc", **total)


def _totals(members: pl.DataFrame, suffix: str) -> pl.DataFrame:
    known = [
        pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(f"{name}{suffix}")
        for name in COMPONENTS
    ]
    counts = [pl.len().alias(f"states{suffix}"), pl.col("major").max().alias(f"major{suffix}")]
    return members.group_by("dispute").agg(*known, *counts)


def _with_aims(frame: pl.DataFrame, aims: pl.DataFrame) -> pl.DataFrame:
    onset = aims.sort("year").unique(["dispute", "ccode", "other"], keep="first", maintain_order=True)
    for side, other in (("a", "b"), ("b", "a")):
        own = onset.select(
            "dispute",
            pl.col("ccode").alias(f"leader_{side}"),
            pl.col("other").alias(f"leader_{other}"),
            pl.col("revisionist").alias(f"revisionist_{side}"),
            pl.col("aim").alias(f"aim_{side}"),
        )
        frame = frame.join(own, on=["dispute", "leader_a", "leader_b"], how="left")
    return frame


def _with_place(frame: pl.DataFrame, sources: DisputeSources) -> pl.DataFrame:
    borders = sources.contiguity.select(
        "kind",
        "first_year",
        "last_year",
        low=pl.min_horizontal("ccode1", "ccode2"),
        high=pl.max_horizontal("ccode1", "ccode2"),
    ).unique()
    now = frame.select("dispute", "year", "low", "high").join(borders, on=["low", "high"])
    # A year's grace on both sides: disputes often break out over the change itself.
    now = now.filter(pl.col("year").is_between(pl.col("first_year") - 1, pl.col("last_year") + 1))
    nearest = now.group_by("dispute").agg(contiguity=pl.col("kind").min())
    frame = frame.join(nearest, on="dispute", how="left").with_columns(pl.col("contiguity").fill_null(APART))
    rivals = sources.rivalries.select(
        "first_year",
        "last_year",
        low=pl.min_horizontal("ccode1", "ccode2"),
        high=pl.max_horizontal("ccode1", "ccode2"),
    )
    return _during(frame, rivals, ["low", "high"], "rivals")


def _during(frame: pl.DataFrame, spells: pl.DataFrame, keys: list[str], name: str) -> pl.DataFrame:
    """Mark the rows whose year lies in one of the spells."""
    inside = frame.select(*keys, "year").unique().join(spells, on=keys)
    inside = (
        inside.filter(pl.col("year").is_between("first_year", "last_year")).select(*keys, "year").unique()
    )
    frame = frame.join(inside.with_columns(pl.lit(1).alias(name)), on=[*keys, "year"], how="left")
    return frame.with_columns(pl.col(name).fill_null(0))
