"""Tables of burden sharing: efforts, challengers, obligations, distances and US troops, by year."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kedge.core.errors import UnknownName
from kedge.data.baseline import load_table
from kedge.world.state_codes import cow_codes, sipri_by_state

PATRON = "USA"
CHALLENGERS = {"RUS": 365, "CHN": 710, "PRK": 731, "IRN": 630}
"""Whose spending is the threat, **an assumption**; the codes are those of Correlates of War."""
SINCE = {"IRN": 1979}
"""First year as a challenger: Iran was a partner of the United States before 1979."""
DATA = {
    "baseline": "the package's own tables, 2015-2024 (needs no network)",
    "full": "SIPRI, ATOP, NMC, CEPII and US troops, 1950-2024 (fetched once)",
}
ATOP_ENDS = 2018
FILES = (
    "sipri-milex-2024",
    "countrycode-codelist",
    "atop-5.1-member",
    "cepii-distances",
    "cow-nmc-7",
    "us-troops",
)


@dataclass(frozen=True)
class BurdenTables:
    """What the panel is made of.

    Parameters
    ----------
    effort
        iso3, year, share_gdp (percent), gdp_musd (US$ million, constant prices of 2023).
    challengers
        iso3, year, musd (US$ million; constant prices of 2023 in `full`, current in `baseline`).
    pairs
        year, state_a, state_b: bound to defend each other, one row a pair.
    distances
        iso3_a, iso3_b, km, one row a pair and order.
    troops
        iso3, year, personnel.
    allies
        iso3, group, since (year).
    """

    effort: pl.DataFrame
    challengers: pl.DataFrame
    pairs: pl.DataFrame
    distances: pl.DataFrame
    troops: pl.DataFrame
    allies: pl.DataFrame


def burden_tables(data: str = "baseline") -> BurdenTables:
    """Read the tables once: the embedded ones, or the publishers' files.

    Raises
    ------
    UnknownName
        Neither `baseline` nor `full`.
    """
    if data == "baseline":
        return _baseline()
    if data == "full":
        return _full()
    raise UnknownName("set of burden tables", data, DATA)


def _allies() -> pl.DataFrame:
    since = pl.col("since").str.slice(0, 4).cast(pl.Int32, strict=False)
    bound = load_table("allies").filter(pl.col("group").is_in(["nato", "bilateral", "rio"]))
    return bound.select("iso3", "group", since.alias("since"))


def _baseline() -> BurdenTables:
    allies = _allies()
    spending = load_table("military_spending")
    patron = (
        spending.filter(pl.col("iso3") == PATRON)
        .join(load_table("gdp").drop("source"), on=["iso3", "year"], how="left")
        # Current dollars: the dollar's own price level is one factor a year, which year effects take up.
        .select("iso3", "year", "share_gdp", gdp_musd=pl.col("gdp_busd") * 1000.0)
    )
    effort = load_table("ally_effort").select(
        "iso3", "year", "share_gdp", gdp_musd=100.0 * pl.col("musd_real") / pl.col("share_gdp")
    )
    effort = pl.concat([effort, patron]).filter(pl.col("year") >= 2015)
    challengers = spending.filter(pl.col("iso3").is_in(list(CHALLENGERS))).select("iso3", "year", "musd")
    distances = load_table("distances").select("iso3_a", "iso3_b", "km")
    return BurdenTables(
        _usable(effort), challengers.drop_nulls(), _later_pairs(allies, range(2015, 2025)),
        _both_orders(distances), load_table("ally_troops").drop("source"), allies,
    )  # fmt: skip


def _full() -> BurdenTables:
    from kedge.data.fetch import fetch
    from kedge.data.readers.geography import read_codelist, read_distances
    from kedge.data.readers.security import (
        read_atop_members,
        read_nmc,
        read_sipri_milex,
        read_sipri_real,
        read_us_troops,
    )

    paths = {key: fetch(key) for key in FILES}
    codelist = read_codelist(paths["countrycode-codelist"])
    sipri = read_sipri_milex(paths["sipri-milex-2024"]).join(
        read_sipri_real(paths["sipri-milex-2024"]), on=["name", "year"], how="left"
    )
    sipri = sipri_by_state(sipri, codelist)
    effort = sipri.select(
        "iso3", "year", "share_gdp", gdp_musd=100.0 * pl.col("musd_real") / pl.col("share_gdp")
    )
    allies = _allies()
    promised = _atop_pairs(read_atop_members(paths["atop-5.1-member"]), cow_codes(codelist))
    pairs = pl.concat([promised, _later_pairs(allies, range(ATOP_ENDS + 1, 2025))])
    distances = read_distances(paths["cepii-distances"]).select("iso3_a", "iso3_b", "km")
    return BurdenTables(
        _usable(effort), _challengers(read_nmc(paths["cow-nmc-7"]), sipri), pairs,
        _both_orders(distances), read_us_troops(paths["us-troops"]), allies,
    )  # fmt: skip


def _usable(effort: pl.DataFrame) -> pl.DataFrame:
    # Without forces there is no share to take a logarithm of.
    return effort.drop_nulls().filter((pl.col("share_gdp") > 0.0) & pl.col("gdp_musd").is_finite())


def _both_orders(distances: pl.DataFrame) -> pl.DataFrame:
    turned = distances.select(iso3_a="iso3_b", iso3_b="iso3_a", km="km")
    return pl.concat([distances, turned]).unique(["iso3_a", "iso3_b"]).drop_nulls()


def _atop_pairs(members: pl.DataFrame, cow: dict[int, str]) -> pl.DataFrame:
    """Pair the members of one alliance who both promise defence, for every year both are in it."""
    code = pl.col("ccode").replace_strict(cow, default=None, return_dtype=pl.String)
    bound = members.filter(pl.col("defense") == 1).with_columns(
        iso3=code, exit_year=pl.col("exit_year").fill_null(ATOP_ENDS)
    )
    bound = bound.drop_nulls("iso3").select("atopid", "iso3", "entry_year", "exit_year")
    pairs = bound.join(bound, on="atopid", suffix="_b").filter(pl.col("iso3") < pl.col("iso3_b"))
    spans = pairs.select(
        state_a="iso3",
        state_b="iso3_b",
        first=pl.max_horizontal("entry_year", "entry_year_b").clip(lower_bound=1949),
        last=pl.min_horizontal("exit_year", "exit_year_b"),
    ).filter(pl.col("first") <= pl.col("last"))
    years = pl.DataFrame({"year": range(1949, ATOP_ENDS + 1)}, {"year": pl.Int32})
    dated = spans.join_where(years, pl.col("year") >= pl.col("first"), pl.col("year") <= pl.col("last"))
    return dated.select("year", "state_a", "state_b").unique()


def _later_pairs(allies: pl.DataFrame, years: range) -> pl.DataFrame:
    """Pair members of NATO with one another, and every ally with the patron, from the year it joined."""
    nato = allies.filter(pl.col("group") == "nato")
    ends = pl.concat(
        [allies, pl.DataFrame({"iso3": [PATRON], "group": ["patron"], "since": [1949]}, allies.schema)]
    )
    pairs = pl.concat(
        [
            nato.join(nato, how="cross", suffix="_b").filter(pl.col("iso3") < pl.col("iso3_b")),
            allies.join(ends.filter(pl.col("iso3") == PATRON), how="cross", suffix="_b"),
        ]
    )
    dated = pairs.join(pl.DataFrame({"year": list(years)}, {"year": pl.Int32}), how="cross")
    dated = dated.filter(pl.col("year") >= pl.max_horizontal("since", "since_b"))
    return dated.select("year", state_a="iso3", state_b="iso3_b")


def _challengers(nmc: pl.DataFrame, sipri: pl.DataFrame) -> pl.DataFrame:
    """Join SIPRI's spending at constant prices to NMC's before it, scaled where the two first meet."""
    dollar = sipri.filter(pl.col("iso3") == PATRON).select("year", price=pl.col("musd") / pl.col("musd_real"))
    found = []
    for iso3, ccode in CHALLENGERS.items():
        early = nmc.filter((pl.col("ccode") == ccode) & (pl.col("milex_kusd") > 0))
        early = early.join(dollar, on="year").select(
            "year", old=pl.col("milex_kusd") / 1000.0 / pl.col("price")
        )
        late = sipri.filter((pl.col("iso3") == iso3) & (pl.col("musd_real") > 0)).select(
            "year", new="musd_real"
        )
        whole = early.join(late, on="year", how="full", coalesce=True).sort("year")
        ratio = whole.drop_nulls().head(3).select((pl.col("new") / pl.col("old")).mean()).item()
        scaled = pl.coalesce("new", pl.col("old") * (1.0 if ratio is None else ratio))
        every = pl.DataFrame({"year": range(1949, 2025)}, {"year": pl.Int32}).join(
            whole, on="year", how="left"
        )
        # Gaps are bridged evenly, and the last figure is carried on where reports end.
        filled = every.select("year", musd=scaled.interpolate().forward_fill())
        first = SINCE.get(iso3, 1949)
        found.append(
            filled.filter(pl.col("year") >= first).select(pl.lit(iso3).alias("iso3"), "year", "musd")
        )
    return pl.concat(found).drop_nulls()
