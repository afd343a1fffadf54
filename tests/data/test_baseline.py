"""Laws of the embedded tables, and that they are what the script makes of the sources."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from kedge.core.errors import MalformedFile, UnknownName
from kedge.data.baseline import (
    SCHEMAS,
    baseline_checksums,
    check_sources,
    load_baseline,
    load_table,
    parse_table,
    state_name,
)

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_baseline.py"
BASE = load_baseline()
DYAD_YEARS = 23_597
"""Pairs of states and years with deliveries in SIPRI's register of 18 May 2026."""
CODES = set(BASE.economies["iso3"])
STATES = set(BASE.economies.filter(pl.col("kind") == "state")["iso3"])


def test_there_are_about_fifty_economies_with_the_g20_in_them() -> None:
    g20 = "ARG AUS BRA CAN CHN DEU FRA GBR IDN IND ITA JPN KOR MEX RUS SAU TUR USA ZAF"
    allies = "BEL CAN DEU DNK ESP FIN FRA GBR GRC ITA JPN KOR NLD NOR NZL PHL POL PRT ROU SWE THA TUR"
    assert 45 <= len(CODES) <= 52
    assert set(g20.split()) | set(allies.split()) | {"TWN", "IRN", "ISR", "UKR", "PAK", "PRK"} <= STATES
    assert BASE.economies.filter(pl.col("iso3").is_in(allies.split()))["us_treaty_ally"].sum() == len(
        allies.split()
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_row_has_a_source_that_is_explained(name: str) -> None:
    if name != "sources":
        check_sources(name, load_table(name), set(BASE.sources["key"]))
    assert load_table(name).height > 0


def test_no_source_is_listed_that_no_row_uses() -> None:
    used = {
        key
        for name in SCHEMAS
        if name != "sources"
        for cell in load_table(name)["source"].unique()
        for key in cell.split("+")
    }
    assert used == set(BASE.sources["key"])


def test_every_code_in_every_table_is_known() -> None:
    known = CODES | set(BASE.states["iso3"])
    places = {
        "gdp": ["iso3"],
        "military_spending": ["iso3"],
        "trade": ["exporter", "importer"],
        "ties": ["state_a", "state_b"],
        "distances": ["iso3_a", "iso3_b"],
        "ideal_points": ["iso3"],
        "roll_call_es11_7": ["iso3"],
        "us_troops": ["iso3"],
        "regions": ["region", "iso3"],
        "allies": ["iso3"],
        "ally_effort": ["iso3"],
        "ally_ties": ["state_a", "state_b"],
        "ally_troops": ["iso3"],
    }
    for name, columns in places.items():
        for column in columns:
            assert set(load_table(name)[column]) <= known, (name, column)
    assert set(BASE.tariffs["economy"]) <= CODES | {"WLD"}
    assert set(BASE.us_trade["iso3"]) <= CODES | {"EU", "VEN"}


def test_each_economy_of_the_matrix_is_counted_once() -> None:
    members = BASE.regions["iso3"].to_list()
    assert len(members) == len(set(members))
    assert not set(members) & STATES
    assert len(members) + len(STATES - {"TWN", "PRK"}) == 194


def test_world_output_and_trade_add_up_to_the_source() -> None:
    from_matrix = BASE.economies.filter(~pl.col("iso3").is_in(["TWN", "PRK"]))
    assert from_matrix["gdp_busd"].sum() == pytest.approx(105_311.556, rel=5e-4)
    trade = BASE.trade.filter((pl.col("exporter") != "TWN") & (pl.col("importer") != "TWN"))
    assert trade["musd"].sum() == pytest.approx(21_749_670.43, rel=1e-4)


def test_only_regions_trade_with_themselves() -> None:
    inner = BASE.trade.filter(pl.col("exporter") == pl.col("importer"))
    assert set(inner["exporter"]) == CODES - STATES


def test_all_amounts_are_positive_and_keys_occur_once() -> None:
    assert (BASE.trade["musd"] > 0).all()
    assert (BASE.economies["gdp_busd"] > 0).all()
    assert BASE.economies["cinc"].is_between(0.0, 1.0).all()
    assert (BASE.military_spending["musd"] > 0).all()
    assert BASE.military_spending["share_gdp"].is_between(0.0, 60.0).all()
    assert BASE.ties["depth"].is_between(0.0, 1.0).all()
    assert BASE.tariffs["rate"].is_between(0.0, 2.0).all()
    for name, key in {
        "trade": ["exporter", "importer"],
        "gdp": ["iso3", "year"],
        "distances": ["iso3_a", "iso3_b"],
    }.items():
        assert not load_table(name).select(key).is_duplicated().any(), name


def test_every_economy_but_north_korea_trades_with_the_united_states() -> None:
    assert set(BASE.trade.filter(pl.col("importer") == "USA")["exporter"]) == CODES - {"PRK", "USA"}


def test_there_are_ten_years_of_output_and_spending() -> None:
    assert set(BASE.gdp.group_by("iso3").len()["len"]) == {10}
    assert set(BASE.military_spending.group_by("iso3").len()["len"]) == {10}
    assert set(BASE.military_spending["iso3"]) == CODES
    assert set(BASE.gdp["iso3"]) == CODES - {"PRK"}


def test_shares_agree_with_amounts() -> None:
    both = BASE.military_spending.join(BASE.gdp, on=["iso3", "year"])
    ratio = both["musd"] / both["gdp_busd"] / 10.0 / both["share_gdp"]
    # Iran, Ukraine's war years and revised GDP series apart, spending over GDP is the share.
    assert ratio.is_between(0.8, 1.25).mean() > 0.97


def test_distances_are_one_a_pair_and_obey_the_triangle_roughly() -> None:
    assert (BASE.distances["iso3_a"] < BASE.distances["iso3_b"]).all()
    assert BASE.distances.height == len(CODES) * (len(CODES) - 1) // 2
    assert BASE.distances["km"].is_between(100, 20_040).all()
    km = {(a, b): d for a, b, d, _ in BASE.distances.rows()}
    assert km["JPN", "TWN"] < km["CHN", "JPN"] + km["CHN", "TWN"]
    assert km["JPN", "TWN"] == pytest.approx(2033, abs=1)


def test_the_roll_call_tallies_as_published() -> None:
    tally = dict(BASE.roll_call_es11_7.group_by("vote").len().rows())
    assert tally == {"yes": 93, "no": 18, "abstain": 65, "absent": 17}
    votes = dict(BASE.roll_call_es11_7.select("iso3", "vote").rows())
    assert (votes["USA"], votes["RUS"], votes["CHN"], votes["JPN"]) == ("no", "no", "abstain", "yes")


def test_the_formulas_inputs_are_the_published_ones() -> None:
    rows = {iso3: (exports, imports) for _, iso3, exports, imports, _ in BASE.us_trade.rows()}
    assert rows["EU"] == (370189.2, 605760.4)
    assert rows["JPN"] == (79740.8, 148208.6)
    assert rows["VEN"] == (4232.0, 5987.9)


def test_the_announced_rates_cover_every_economy_and_both_korean_ones() -> None:
    announced = BASE.tariffs.filter(pl.col("measure") == "announced")
    rates = dict(announced.select("economy", "rate").rows())
    assert set(rates) == CODES - {"USA"}
    assert (rates["JPN"], rates["CHN"], rates["KOR"], rates["DEU"]) == (0.24, 0.34, 0.26, 0.20)
    assert (rates["CAN"], rates["MEX"], rates["RUS"], rates["PRK"]) == (0.0, 0.0, 0.0, 0.0)
    chart = BASE.tariffs.filter((pl.col("measure") == "announced-chart") & (pl.col("economy") == "KOR"))
    assert chart["rate"].to_list() == [0.25]


def test_every_tariff_begins_before_it_ends() -> None:
    dated = BASE.tariffs.filter(pl.col("end") != "")
    assert (dated["start"] <= dated["end"]).all()
    assert BASE.tariffs["start"].str.to_date("%Y-%m-%d").null_count() == 0
    assert set(BASE.tariffs["kind"]) == {"additional", "total"}


def test_ties_after_2018_are_there() -> None:
    names = {(a, b, name) for a, b, name in BASE.ties.select("state_a", "state_b", "name").rows()}
    assert ("AUS", "JPN", "Reciprocal Access Agreement") in names
    assert ("FIN", "USA", "North Atlantic Treaty") in names
    assert ("PRK", "RUS", "Treaty on Comprehensive Strategic Partnership") in names
    assert ("AUS", "GBR", "AUKUS") in names
    assert BASE.ties["state_a"].to_list() < BASE.ties["state_b"].to_list()
    assert (BASE.ties["state_a"] < BASE.ties["state_b"]).all()


def test_a_date_that_was_not_checked_says_so() -> None:
    note = BASE.ties.filter(pl.col("name") == "USMCA")["note"]
    assert note.str.contains("not checked").all()


def test_alliances_of_the_united_states_cover_every_ally() -> None:
    bound = BASE.ties.filter((pl.col("layer") == "obligation") & (pl.col("type") == "mutual_defence"))
    partners = {
        a if b == "USA" else b for a, b in bound.select("state_a", "state_b").rows() if "USA" in (a, b)
    }
    assert set(BASE.economies.filter(pl.col("us_treaty_ally") == 1)["iso3"]) <= partners


def test_the_treaty_allies_are_all_there_and_taiwan_is_none() -> None:
    groups = dict(BASE.allies.select("iso3", "group").rows())
    assert sum(group == "nato" for group in groups.values()) == 31
    assert {iso3 for iso3, group in groups.items() if group == "bilateral"} == {
        "AUS",
        "JPN",
        "KOR",
        "NZL",
        "PHL",
        "THA",
    }
    assert groups["TWN"] == "partner"
    assert set(BASE.economies.filter(pl.col("us_treaty_ally") == 1)["iso3"]) <= {
        iso3 for iso3, group in groups.items() if group in ("nato", "bilateral")
    }


def test_tables_of_allies_hold_one_row_a_key_and_reach_the_years_they_claim() -> None:
    keys = {
        "ally_effort": ["iso3", "year"],
        "ally_troops": ["iso3", "year"],
        "ally_ties": ["state_a", "state_b", "name"],
        "arms_deliveries": ["supplier", "recipient", "year"],
    }
    for name, key in keys.items():
        assert not load_table(name).select(key).is_duplicated().any(), name
    assert (BASE.ally_effort["year"].min(), BASE.ally_effort["year"].max()) == (2010, 2024)
    assert (BASE.ally_troops["year"].min(), BASE.ally_troops["year"].max()) == (2010, 2024)
    assert (BASE.arms_deliveries["year"].min(), BASE.arms_deliveries["year"].max()) == (2010, 2025)
    assert (BASE.ally_ties["state_a"] < BASE.ally_ties["state_b"]).all()
    assert (BASE.arms_deliveries["tiv"] > 0).all()


def test_a_tie_of_allies_stands_in_one_table_only() -> None:
    key = ["state_a", "state_b", "name"]
    assert BASE.ally_ties.join(BASE.ties, on=key, how="semi").height == 0


def test_the_newest_members_of_nato_are_bound_from_their_day() -> None:
    bound = BASE.ally_ties.vstack(
        BASE.ties.with_columns(until=pl.lit("")).select(BASE.ally_ties.columns)
    ).filter(pl.col("name") == "North Atlantic Treaty")
    since = {(a, b): begin for a, b, begin in bound.select("state_a", "state_b", "since").rows()}
    assert since["EST", "FIN"] == "2023-04-04"
    assert since["FIN", "SWE"] == "2024-03-07"
    assert since["MKD", "USA"] == "2020-03-27"
    assert len(since) == 32 * 31 // 2


def test_every_event_has_an_address() -> None:
    assert BASE.events["url"].str.starts_with("http").all()
    assert dict(BASE.events.group_by("series").len().rows()) == {
        "China-Russia bomber patrols": 10,
        "China-Russia exercises": 10,
    }


def test_less_than_a_tenth_of_each_sipri_database_is_embedded() -> None:
    spending = BASE.military_spending.filter(pl.col("source").str.contains("sipri"))
    figures = spending.select("musd", "share_gdp").count().sum_horizontal()[0]
    figures += BASE.ally_effort.select("share_gdp", "musd_real").count().sum_horizontal()[0]
    assert figures < 0.1 * 54_057
    assert BASE.arms_deliveries.height < 0.1 * DYAD_YEARS


@pytest.mark.mirror
def test_sipri_databases_are_as_large_as_stated(mirror: Path) -> None:
    from kedge.data.readers.cooperation import read_arms_deliveries

    arms = read_arms_deliveries(mirror / "cooperation/arms/sipri_trade-register_2026-05-18.csv")
    assert arms.select("supplier", "recipient", "year").unique().height == DYAD_YEARS


def test_names_are_given_for_states_regions_and_voters() -> None:
    assert (state_name("TWN"), state_name("XEU"), state_name("CUB")) == (
        "Taiwan",
        "Rest of the European Union",
        "Cuba",
    )
    with pytest.raises(UnknownName, match="no state is called 'JPX'; did you mean JPN"):
        state_name("JPX")


def test_an_unknown_table_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean trade"):
        load_table("trades")


def test_a_table_that_does_not_fit_is_refused() -> None:
    with pytest.raises(MalformedFile, match="expected column 'musd'"):
        parse_table("trade", b"exporter,importer,usd,source\nA,B,1,x\n")
    with pytest.raises(MalformedFile, match="does not fit its schema"):
        parse_table("trade", b"exporter,importer,musd,source\nA,B,much,x\n")


def test_a_row_without_a_known_source_is_refused() -> None:
    with pytest.raises(MalformedFile, match="source 'hearsay' is not in"):
        check_sources("gdp", pl.DataFrame({"source": ["a+hearsay"]}), {"a"})


def test_checksums_name_every_table() -> None:
    sums = baseline_checksums()
    assert set(sums) == set(SCHEMAS)
    assert all(len(each) == 64 for each in sums.values())


@pytest.mark.mirror
def test_the_script_makes_the_embedded_tables_byte_for_byte(mirror: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "KEDGE_MIRROR": str(mirror),
        "KEDGE_OFFLINE": "1",
        "KEDGE_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(tmp_path / "out")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    embedded = SCRIPT.parents[1] / "src" / "kedge" / "data" / "baseline"
    made = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    kept = {path.name: path.read_bytes() for path in embedded.glob("*.csv")}
    # Estimates are rounded floating-point results: another processor may end on the other side of a half.
    new, old = (parse_table("ideal_points", each.pop("ideal_points.csv")) for each in (made, kept))
    assert made == kept
    key = ["mode", "iso3", "session", "year", "source"]
    assert new.select(key).equals(old.select(key))
    for column in ("ideal_point", "q05", "q95"):
        assert (new[column] - old[column]).abs().max() <= 0.02
