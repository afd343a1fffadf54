"""Tables for the order room: from the embedded baseline, or from the publishers' files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from kedge.core.errors import DomainError, UnknownName
from kedge.data.baseline import load_table
from kedge.data.readers.events import dated
from kedge.order.components import PostureTables
from kedge.order.layers import (
    EDGES,
    agreement_edges,
    alliance_edges,
    arms_edges,
    exercise_edges,
    trade_edges,
    treaty_edges,
    troop_edges,
)
from kedge.order.roll_calls import RollCalls
from kedge.order.ties import TieGraph, build_graph
from kedge.world.state_codes import cow_codes

PATRON = "USA"
BASELINE_ENDS = {
    "obligation": 2026,
    "access": 2026,
    "exercise": 2026,
    "arms": 2025,
    "basing": 2024,
    "trade": 2026,
}
FULL_ENDS = {
    "obligation": 2018,
    "access": 2010,
    "exercise": 2010,
    "arms": 2025,
    "basing": 2024,
    "trade": 2020,
}
"""Last year that the datasets of each layer cover; later ties come from the baseline's dated rows."""
FIRST_YEAR = {"baseline": 2010, "full": 1950}
LAST_YEAR = 2026
FILES = (
    "atop-5.1-member",
    "dcad-1",
    "mme-7",
    "sipri-arms-2026",
    "us-troops",
    "desta",
    "countrycode-codelist",
)


@dataclass(frozen=True)
class TieSources:
    """How to make the edges of any year, from one set of tables.

    Parameters
    ----------
    name
        `baseline` or `full`.
    edges
        From a year to the table of `kedge.order.layers`.
    ends
        Last year of each layer's data.
    """

    name: str
    edges: Callable[[int], pl.DataFrame]
    ends: dict[str, int]

    def graph(self, year: int) -> TieGraph:
        """Build the graph of one year.

        Raises
        ------
        DomainError
            The tables do not reach that far back or forward.
        """
        first = FIRST_YEAR[self.name]
        if not first <= year <= LAST_YEAR:
            other = "; --data full reaches back to 1950" if self.name == "baseline" and year < first else ""
            raise DomainError(f"ties are known from {first} to {LAST_YEAR}, not in {year}{other}")
        return build_graph(self.edges(year), year, ends=self.ends)


def tie_sources(data: str = "baseline") -> TieSources:
    """Read the tables of ties once: the embedded ones, or the publishers' files with them.

    Raises
    ------
    UnknownName
        Neither `baseline` nor `full`.
    """
    if data == "baseline":
        return TieSources(data, _baseline_edges(), BASELINE_ENDS)
    if data == "full":
        return TieSources(data, _full_edges(), FULL_ENDS)
    raise UnknownName("set of tie tables", data, FIRST_YEAR)


def dated_ties() -> pl.DataFrame:
    """Give every dated tie of the baseline: `ties` and `ally_ties` in one table.

    Garrisons of the United States, which `ties` dates by the year of a count, are left out: the
    numbers themselves stand in `ally_troops`.
    """
    ties = load_table("ties").filter(~((pl.col("layer") == "basing") & (pl.col("source") == "us-troops")))
    ties = ties.with_columns(until=pl.lit(""))
    columns = load_table("ally_ties").columns
    return pl.concat([ties.select(columns), load_table("ally_ties")])


def spending_of_states() -> dict[str, float]:
    """Give the military spending of each state of the baseline, latest year, US$ million.

    Current prices; for the small allies that only `ally_effort` has, prices of 2023.
    """
    effort = load_table("ally_effort").drop_nulls("musd_real").sort("year")
    found = dict(effort.select("iso3", "musd_real").rows())
    wider = load_table("military_spending").drop_nulls("musd").sort("year")
    states = load_table("economies").filter(pl.col("kind") == "state").get_column("iso3")
    return found | dict(wider.filter(pl.col("iso3").is_in(states.to_list())).select("iso3", "musd").rows())


def _baseline_edges() -> Callable[[int], pl.DataFrame]:
    ties, troops, arms = _layered(dated_ties()), load_table("ally_troops"), load_table("arms_deliveries")
    here = troops.get_column("year").max()

    def edges(year: int) -> pl.DataFrame:
        return pl.concat(
            [
                treaty_edges(ties, year),
                arms_edges(arms, min(year, BASELINE_ENDS["arms"])),
                troop_edges(troops, min(year, int(str(here)))),
            ]
        )

    return edges


def _full_edges() -> Callable[[int], pl.DataFrame]:
    tables = _full_tables()
    dated = _layered(dated_ties())
    late = {
        layer: dated.filter((pl.col("layer") == layer) & (_begin() > FULL_ENDS.get(layer, 0)))
        for layer in ("obligation", "access", "exercise", "trade")
    }
    basing = dated.filter(pl.col("layer") == "basing")
    later = pl.concat([*late.values(), basing])

    def edges(year: int) -> pl.DataFrame:
        at = {layer: min(year, end) for layer, end in FULL_ENDS.items()}
        return (
            pl.concat(
                [
                    alliance_edges(tables["atop"], at["obligation"]),
                    agreement_edges(tables["dcad"], at["access"]),
                    exercise_edges(tables["mme"], at["exercise"]),
                    arms_edges(tables["arms"], at["arms"]),
                    troop_edges(tables["troops"], at["basing"]),
                    trade_edges(tables["desta"], at["trade"]),
                    treaty_edges(later, year),
                ]
            )
            .cast(pl.Schema(EDGES))
            .filter(pl.col("sender") != pl.col("receiver"))
        )

    return edges


def _layered(ties: pl.DataFrame) -> pl.DataFrame:
    # Co-development of arms is an agreement; the layer of arms is what was delivered.
    return ties.with_columns(layer=pl.col("layer").replace({"arms": "access", "logistics": "access"}))


def _begin() -> pl.Expr:
    return pl.col("since").str.slice(0, 4).cast(pl.Int32)


def _full_tables() -> dict[str, pl.DataFrame]:
    from kedge.data.fetch import fetch
    from kedge.data.readers.cooperation import read_arms_deliveries, read_dcad, read_exercises
    from kedge.data.readers.geography import match_names, read_codelist, read_numeric_codes
    from kedge.data.readers.order import read_desta
    from kedge.data.readers.security import read_atop_members, read_us_troops

    paths = {key: fetch(key) for key in FILES}
    codelist = read_codelist(paths["countrycode-codelist"])
    numeric = read_numeric_codes(paths["countrycode-codelist"])
    cow = cow_codes(codelist)
    gw = {code: iso3 for iso3, _, code in numeric.rows() if code is not None}
    iso = {code: iso3 for iso3, code, _ in numeric.rows() if code is not None}
    arms = read_arms_deliveries(paths["sipri-arms-2026"])
    arms = arms.filter(~pl.col("supplier").str.ends_with("*") & ~pl.col("recipient").str.ends_with("*"))
    names = match_names(sorted({*arms["supplier"], *arms["recipient"]}), codelist)
    names |= {"Soviet Union": "RUS"}
    arms = arms.with_columns(_code("supplier", names), _code("recipient", names))
    desta = read_desta(paths["desta"])
    members = [
        [iso[code] for code in codes if code in iso] for codes in desta.get_column("members").to_list()
    ]
    return {
        "atop": _coded(read_atop_members(paths["atop-5.1-member"]), {"ccode": "iso3"}, cow),
        "dcad": _coded(read_dcad(paths["dcad-1"]), {"ccode_a": "state_a", "ccode_b": "state_b"}, cow),
        "mme": _coded(read_exercises(paths["mme-7"]), {"gwcode": "iso3"}, gw),
        "arms": arms.drop_nulls(["supplier", "recipient"]),
        "troops": read_us_troops(paths["us-troops"]),
        "desta": desta.with_columns(members=pl.Series(members, dtype=pl.List(pl.String))),
    }


def _code(column: str, names: dict[str, str]) -> pl.Expr:
    return pl.col(column).replace_strict(names, default=None, return_dtype=pl.String)


def _coded(frame: pl.DataFrame, columns: dict[str, str], codes: dict[int, str]) -> pl.DataFrame:
    """Turn numeric codes into ISO codes; rows of states without one drop out."""
    for old, new in columns.items():
        code = pl.col(old).replace_strict(codes, default=None, return_dtype=pl.String)
        frame = frame.with_columns(code.alias(new))
    return frame.drop_nulls(list(columns.values()))


def posture_tables() -> PostureTables:
    """Give the embedded tables that posture is read from."""
    return PostureTables(
        allies=load_table("allies"),
        ties=dated_ties(),
        troops=load_table("ally_troops"),
        arms=load_table("arms_deliveries"),
        effort=load_table("ally_effort"),
        patron=PATRON,
    )


def roll_calls() -> RollCalls:
    """Fetch, read and gather every recorded vote of the General Assembly."""
    from kedge.data.fetch import fetch
    from kedge.data.readers.order import read_ga_voting
    from kedge.order.roll_calls import gather_roll_calls

    return gather_roll_calls(read_ga_voting(fetch("un-ga-voting")))


def known_events(series: str) -> pl.DataFrame:
    """Give one series of the embedded events with a column of dates and of their precision.

    Raises
    ------
    UnknownName
        There is no such series.
    """
    table = load_table("events")
    known = sorted(set(table.get_column("series")))
    if series not in known:
        raise UnknownName("series of events", series, known)
    return dated(table.filter(pl.col("series") == series), "date_start", "embedded table events.csv")
