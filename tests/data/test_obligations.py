"""Laws of the tables of obligations and of the patron's signals, and that ATOP knows the older treaties."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import polars as pl
import pytest

from kedge.data.baseline import load_table

OBLIGATIONS = load_table("obligations")
SIGNALS = load_table("patron_signals")
STATES = set(load_table("states")["iso3"])
THEATRES = {"europe", "asia", "all"}
KINDS = {"vote", "tariff", "statement", "nomination", "deployment", "aid", "treaty", "spending"}
ATOP = {
    "US-Japan Treaty of Mutual Cooperation and Security": 3375,
    "US-Korea Mutual Defense Treaty": 3240,
    "US-Philippines Mutual Defense Treaty": 3210,
    "ANZUS Treaty, United States and Australia": 3215,
    "China-North Korea treaty of 1961": 3445,
    "Treaty of Good-Neighbourliness and Friendly Cooperation, China and Russia": 4980,
    "Treaty of Friendship, India and Russia": 4415,
    "Friendship treaty, Russia and Viet Nam": 4605,
    "Treaty on the Creation of a Union State": 4865,
    "Agreement on Strategic Partnership and Mutual Support": 6035,
    "US-Pakistan agreement of cooperation of 1959": 3355,
}
GROUPS = {
    "North Atlantic Treaty": 3180,
    "EU Treaty, article 42.7": 4175,
    "Collective Security Treaty": 4220,
    "Inter-American Treaty of Reciprocal Assistance": 3150,
}


def kind_of(state_a: str, state_b: str) -> set[tuple[str, str]]:
    rows = OBLIGATIONS.filter((pl.col("state_a") == state_a) & (pl.col("state_b") == state_b))
    return set(rows.select("treaty", "kind").rows())


def test_obligations_are_one_row_a_pair_and_treaty_between_known_states() -> None:
    assert (OBLIGATIONS["state_a"] < OBLIGATIONS["state_b"]).all()
    assert set(OBLIGATIONS["state_a"]) | set(OBLIGATIONS["state_b"]) <= STATES
    assert not OBLIGATIONS.select("state_a", "state_b", "treaty").is_duplicated().any()
    assert set(OBLIGATIONS["kind"]) == {"mutual_defence", "consultation", "neutrality", "none"}
    assert (OBLIGATIONS["scope"] != "").all()
    assert OBLIGATIONS["since"].str.contains(r"^\d{4}(-\d{2}-\d{2})?$").all()


def test_groups_are_spelled_out_in_full() -> None:
    size = dict(OBLIGATIONS.group_by("treaty").len().rows())
    assert size["North Atlantic Treaty"] == 32 * 31 // 2
    assert size["EU Treaty, article 42.7"] == 27 * 26 // 2
    assert size["Collective Security Treaty"] == 6 * 5 // 2
    assert size["Five Power Defence Arrangements"] == 10


def test_promises_are_told_from_what_promises_nothing() -> None:
    treaty = "US-Japan Treaty of Mutual Cooperation and Security"
    assert kind_of("JPN", "USA") == {
        (treaty, "mutual_defence"),
        ("Camp David commitment to consult", "consultation"),
    }
    assert kind_of("TWN", "USA") == {("Taiwan Relations Act", "none")}
    assert ("AUKUS", "none") in kind_of("AUS", "GBR")
    assert kind_of("IRN", "RUS") == {("Treaty on Comprehensive Strategic Partnership", "neutrality")}
    assert kind_of("PRK", "RUS") == {("Treaty on Comprehensive Strategic Partnership", "mutual_defence")}
    row = OBLIGATIONS.filter(pl.col("treaty") == treaty).row(0, named=True)
    assert row["clause"] == "V"
    assert "administration" in row["scope"]


def test_obligations_of_the_newest_members_date_from_their_day() -> None:
    nato = OBLIGATIONS.filter(pl.col("treaty") == "North Atlantic Treaty")
    since = {(a, b): begin for a, b, begin in nato.select("state_a", "state_b", "since").rows()}
    assert since["FIN", "SWE"] == "2024-03-07"
    assert since["MKD", "USA"] == "2020-03-27"
    assert since["CAN", "USA"] == "1949-08-24"


def test_every_mutual_defence_tie_of_the_tables_of_ties_is_an_obligation() -> None:
    pairs = set(OBLIGATIONS.select("state_a", "state_b").rows())
    for name in ("ties", "ally_ties"):
        bound = load_table(name).filter(
            (pl.col("layer") == "obligation") & (pl.col("type") == "mutual_defence")
        )
        assert set(bound.select("state_a", "state_b").rows()) <= pairs, name


@pytest.mark.mirror
def test_atop_knows_the_older_treaties_with_their_promise_and_year(mirror: Path) -> None:
    from kedge.data.readers.security import read_atop_members

    codes = {
        iso3: ccode
        for iso3, ccode in {
            "USA": 2, "JPN": 740, "KOR": 732, "PHL": 840, "AUS": 900, "CHN": 710, "PRK": 731, "RUS": 365,
            "IND": 750, "VNM": 816, "BLR": 370, "AZE": 373, "TUR": 640, "PAK": 770,
        }.items()
    }  # fmt: skip
    members = read_atop_members(mirror / "alliances/atop51/atop5_1m.csv").filter(
        pl.col("exit_year").is_null()
    )
    flag = {"mutual_defence": "defense", "consultation": "consul"}
    for treaty, atopid in ATOP.items():
        row = OBLIGATIONS.filter(pl.col("treaty") == treaty).row(0, named=True)
        found = members.filter(
            (pl.col("atopid") == atopid)
            & pl.col("ccode").is_in([codes[row["state_a"]], codes[row["state_b"]]])
        )
        assert found.height == 2, treaty
        assert found[flag[row["kind"]]].max() == 1, treaty
        # ATOP counts from signature, this table from entry into force.
        assert 0 <= int(row["since"][:4]) - found["entry_year"].min() <= 1, treaty
    for treaty, atopid in GROUPS.items():
        rows = OBLIGATIONS.filter((pl.col("treaty") == treaty) & (pl.col("since") < "2019"))
        inside = {state for pair in rows.select("state_a", "state_b").rows() for state in pair}
        of_group = members.filter(pl.col("atopid") == atopid)
        assert len(inside) <= of_group.height, treaty
        assert of_group["defense"].min() == 1, treaty


def test_signals_are_dated_sourced_and_of_known_kinds() -> None:
    days = SIGNALS["date"].str.to_date("%Y-%m-%d")
    assert days.is_sorted()
    assert days.min() < datetime.date(2015, 1, 1)
    assert 30 <= SIGNALS.height <= 60
    assert set(SIGNALS["kind"]) <= KINDS
    assert set(SIGNALS["theatre"]) == THEATRES
    assert not SIGNALS.select("date", "name").is_duplicated().any()
    later = SIGNALS.filter(pl.col("counts_from") != "")
    assert (later["counts_from"] > later["date"]).all()


def test_each_cost_class_has_its_own_size_and_no_other() -> None:
    sunk, tied = SIGNALS["cost_class"] == "sunk_cost", SIGNALS["cost_class"] == "tied_hands"
    assert SIGNALS.filter(sunk)["cost"].is_between(0.05, 1.0).all()
    assert SIGNALS.filter(~sunk)["cost"].null_count() == (~sunk).sum()
    assert SIGNALS.filter(tied)["hands"].is_between(-1.0, 1.0).all()
    assert SIGNALS.filter(~tied)["hands"].null_count() == (~tied).sum()
    assert set(SIGNALS["cost_class"]) == {"talk", "sunk_cost", "tied_hands"}


def test_likelihood_ranges_are_ranges_and_favour_whom_they_say() -> None:
    for row in SIGNALS.iter_rows(named=True):
        middle = {"primacist": 1.0}
        for type_ in ("prioritiser", "restrainer"):
            low, high = row[f"{type_}_low"], row[f"{type_}_high"]
            assert 0.1 <= low < high <= 10.0, row["name"]
            middle[type_] = math.sqrt(low * high)
        if row["favours"] == "none":
            assert all(abs(math.log(each)) < 0.05 for each in middle.values()), row["name"]
        else:
            assert row["favours"] == max(middle, key=lambda each: middle[each]), row["name"]


def test_signals_cut_both_ways_in_both_theatres() -> None:
    restrainer = SIGNALS.with_columns(
        middle=(pl.col("restrainer_low") * pl.col("restrainer_high")).sqrt().log()
    )
    for theatre in ("europe", "asia"):
        here = restrainer.filter(pl.col("theatre") == theatre)["middle"]
        assert (here > 0.05).any()
        assert (here < -0.05).any()


def test_the_signals_of_the_source_essay_are_there() -> None:
    of_day = {day: name for day, name in SIGNALS.select("date", "name").rows()}
    for day, word in {
        "2025-02-24": "ES-11/7",
        "2025-04-02": "Reciprocal tariffs",
        "2025-03-26": "cars",
        "2025-02-10": "Steel",
        "2024-02-10": "Russia",
        "2025-03-13": "bases",
        "2025-06-05": "supreme commander",
    }.items():
        assert word in of_day[day]
