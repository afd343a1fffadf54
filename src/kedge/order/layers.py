"""From tables of treaties, deliveries, troops and exercises to edges between states in a year.

Every function gives one table with the columns layer, sender, receiver, weight; weights run from
0 to 1 within a layer.  An undirected tie has one row, sender before receiver.
"""

from __future__ import annotations

import math

import polars as pl

from kedge.core.errors import DomainError

EDGES = {"layer": pl.String, "sender": pl.String, "receiver": pl.String, "weight": pl.Float64}

OBLIGATION = {"defense": 1.0, "offense": 1.0, "consul": 0.4, "neutral": 0.2, "nonagg": 0.1}
"""Weight of the strongest promise of an alliance, **an assumption** that follows the rule of depth in
docs/data.md."""

LAYERS = ("obligation", "access", "exercise", "arms", "basing", "trade")
"""Layers, in the order of a graph."""

DIRECTED = frozenset({"arms", "basing"})
"""Layers with a direction: from supplier to recipient, from sender of troops to host."""


def treaty_edges(ties: pl.DataFrame, year: int, layers: tuple[str, ...] = LAYERS) -> pl.DataFrame:
    """Give dated ties in force in a year; several ties of a pair in one layer knit to `1 - prod(1 - depth)`.

    Parameters
    ----------
    ties
        state_a, state_b, layer, since, depth and, if there is one, until: dates such as 2023,
        2023-08 or 2023-08-13.  Rows of the layer `logistics` count as access.
    year
        Year looked at.
    layers
        Layers wanted.

    Raises
    ------
    DomainError
        A date does not begin with a year.
    """
    begin = _year_of(ties, "since")
    end = _year_of(ties, "until") if "until" in ties.columns else pl.Series([9999] * ties.height)
    frame = ties.filter((begin <= year) & (end.fill_null(9999) >= year))
    frame = frame.with_columns(layer=pl.col("layer").replace({"logistics": "access"}))
    frame = frame.filter(pl.col("layer").is_in(layers)).select(
        "layer",
        sender=pl.min_horizontal("state_a", "state_b"),
        receiver=pl.max_horizontal("state_a", "state_b"),
        apart=1.0 - pl.col("depth"),
    )
    knit = frame.group_by("layer", "sender", "receiver").agg(
        (1.0 - pl.col("apart").product()).alias("weight")
    )
    return _edges(knit)


def alliance_edges(members: pl.DataFrame, year: int) -> pl.DataFrame:
    """Give obligations between members of alliances in a year, by the strongest promise both made.

    Parameters
    ----------
    members
        atopid, iso3, entry_year, exit_year (null: still in) and the flags of `OBLIGATION`.
    year
        Year looked at.
    """
    present = members.filter(
        (pl.col("entry_year") <= year) & (pl.col("exit_year").is_null() | (pl.col("exit_year") >= year))
    )
    strength = pl.max_horizontal([pl.col(name) * weight for name, weight in OBLIGATION.items()])
    present = present.with_columns(strength=strength.cast(pl.Float64)).select("atopid", "iso3", "strength")
    present = present.group_by("atopid", "iso3").agg(pl.col("strength").max())
    pairs = present.join(present, on="atopid", suffix="_other").filter(pl.col("iso3") < pl.col("iso3_other"))
    best = pairs.group_by(sender="iso3", receiver="iso3_other").agg(
        pl.min_horizontal("strength", "strength_other").max().alias("weight")
    )
    return _edges(best.with_columns(layer=pl.lit("obligation")))


def agreement_edges(
    agreements: pl.DataFrame, year: int, layer: str = "access", full: int = 3
) -> pl.DataFrame:
    """Count the agreements of each pair in force in a year; `full` of them weigh 1.

    Parameters
    ----------
    agreements
        state_a, state_b, year (of signature), end_year (null: in force).
    year
        Year looked at.
    layer
        Layer they belong to.
    full : agreements
        Number that weighs 1; more weigh no more.
    """
    present = agreements.filter(
        (pl.col("year") <= year) & (pl.col("end_year").is_null() | (pl.col("end_year") >= year))
    )
    return _counted(present, layer, full)


def exercise_edges(participants: pl.DataFrame, year: int, window: int = 5, full: int = 10) -> pl.DataFrame:
    """Count the exercises of each pair in the `window` years that end in a year; `full` of them weigh 1.

    Parameters
    ----------
    participants
        exercise, iso3, year.
    year, window
        Last year, and how many.
    full : exercises
        Number that weighs 1.
    """
    present = participants.filter((pl.col("year") > year - window) & (pl.col("year") <= year))
    present = present.select("exercise", "iso3").unique()
    pairs = present.join(present, on="exercise", suffix="_other")
    pairs = pairs.select(state_a="iso3", state_b="iso3_other").filter(pl.col("state_a") < pl.col("state_b"))
    return _counted(pairs, "exercise", full)


def arms_edges(deliveries: pl.DataFrame, year: int, window: int = 5) -> pl.DataFrame:
    """Give each supplier's share of what a recipient was delivered in the `window` years to a year.

    Parameters
    ----------
    deliveries
        supplier, recipient, year, tiv (million trend-indicator values).
    year, window
        Last year, and how many: deliveries are lumpy.
    """
    present = deliveries.filter((pl.col("year") > year - window) & (pl.col("year") <= year))
    sums = present.group_by("supplier", "recipient").agg(pl.col("tiv").sum())
    share = sums.with_columns(weight=pl.col("tiv") / pl.col("tiv").sum().over("recipient"))
    return _edges(
        share.select(layer=pl.lit("arms"), sender="supplier", receiver="recipient", weight="weight")
    )


def troop_edges(troops: pl.DataFrame, year: int, sender: str = "USA", full: float = 50_000.0) -> pl.DataFrame:
    """Weigh the troops of one state in others: `log(1 + n / 100) / log(1 + full / 100)`, at most 1.

    Parameters
    ----------
    troops : persons
        iso3 (host), year, personnel.
    year
        Year looked at.
    sender
        Whose troops they are.
    full : persons
        Number that weighs 1.
    """
    here = troops.filter((pl.col("year") == year) & (pl.col("personnel") > 0) & (pl.col("iso3") != sender))
    weight = (pl.col("personnel") / 100.0 + 1.0).log() / math.log(1.0 + full / 100.0)
    return _edges(
        here.select(
            layer=pl.lit("basing"),
            sender=pl.lit(sender),
            receiver="iso3",
            weight=weight.clip(upper_bound=1.0),
        )
    )


def trade_edges(agreements: pl.DataFrame, year: int, weight: float = 0.8) -> pl.DataFrame:
    """Mark pairs bound by a trade agreement signed by a year.

    Parameters
    ----------
    agreements
        number, year, members (lists of ISO codes).
    year
        Year looked at.
    weight : 0-1
        What an agreement weighs.
    """
    pairs = {
        (a, b)
        for members in agreements.filter(pl.col("year") <= year).get_column("members").to_list()
        for a in members
        for b in members
        if a < b
    }
    rows = [("trade", a, b, weight) for a, b in sorted(pairs)]
    return pl.DataFrame(rows, schema=EDGES, orient="row")


def _counted(pairs: pl.DataFrame, layer: str, full: int) -> pl.DataFrame:
    ordered = pairs.select(
        sender=pl.min_horizontal("state_a", "state_b"), receiver=pl.max_horizontal("state_a", "state_b")
    )
    counts = ordered.group_by("sender", "receiver").len()
    weight = (pl.col("len") / full).clip(upper_bound=1.0)
    return _edges(counts.with_columns(layer=pl.lit(layer), weight=weight))


def _edges(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(list(EDGES)).cast(pl.Schema(EDGES)).sort("layer", "sender", "receiver")


def _year_of(ties: pl.DataFrame, column: str) -> pl.Series:
    text = ties.get_column(column).cast(pl.String).fill_null("")
    year = text.str.slice(0, 4).cast(pl.Int32, strict=False)
    wrong = year.is_null() & (text != "")
    if wrong.any():
        raise DomainError(
            f"ties: column {column!r} should begin with a year, found {text[wrong.arg_max() or 0]!r}"
        )
    return year
