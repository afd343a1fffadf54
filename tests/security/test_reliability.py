"""Allies in war: the published rates come back, intervals cover, and wars are held out whole."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, MalformedFile, UnknownName
from kedge.data.readers.reliability import read_reliability
from kedge.security import fit_reliability, honour_rates
from kedge.security.reliability import OBLIGATIONS, jeffreys_interval, wilson_interval
from kedge.world.reliability import WITH_MEMBERS, join_members


def made_up(cases=400, seed=0):
    rng = np.random.default_rng(seed)
    flags = {name: rng.random(cases) < 0.5 for name in (*OBLIGATIONS, "before_1945", "multilateral")}
    applied = rng.random(cases) < 0.8
    kept = rng.random(cases) < np.where(flags["offense"], 0.85, 0.25)
    honoured = [bool(k) if a else None for k, a in zip(kept, applied, strict=True)]
    war = rng.integers(0, 60, cases)
    return pl.DataFrame(
        {"war": war, "year": 1900 + war, **flags, "applied_leeds": applied, "honoured_leeds": honoured}
    )


def test_rates_count_only_where_the_treaty_asked_for_something():
    table = made_up()
    (whole,) = honour_rates(table)
    asked = table.filter(pl.col("applied_leeds"))
    assert (whole.cases, whole.honoured) == (asked.height, asked.get_column("honoured_leeds").sum())
    parts = honour_rates(table, "before_1945")
    assert sum(each.cases for each in parts) == whole.cases
    assert [each.group for each in honour_rates(table, "obligation")] == list(OBLIGATIONS)


@given(st.integers(1, 400), st.data())
def test_intervals_hold_the_share_and_stay_within_bounds(cases, data):
    honoured = data.draw(st.integers(0, cases))
    for interval in (wilson_interval, jeffreys_interval):
        low, high = interval(honoured, cases)
        assert 0.0 <= low <= honoured / cases + 1e-12
        assert honoured / cases - 1e-12 <= high <= 1.0
        other = interval(cases - honoured, cases)
        assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("interval", [wilson_interval, jeffreys_interval])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.66])
def test_ninety_five_percent_intervals_cover(interval, share):
    draws = np.random.default_rng(0).binomial(54, share, 4000)
    ends = {kept: interval(int(kept), 54) for kept in np.unique(draws)}
    assert 0.93 <= np.mean([ends[kept][0] <= share <= ends[kept][1] for kept in draws]) <= 0.975


def test_drawing_wars_again_widens_the_interval_where_wars_agree_within():
    table = pl.DataFrame(
        {"war": np.repeat(np.arange(20), 10), "year": 1900, **dict.fromkeys(OBLIGATIONS, True)}
    )
    table = table.with_columns(
        before_1945=True, multilateral=False, applied_leeds=True, honoured_leeds=pl.col("war") < 10
    )
    (cases,), (wars,) = (honour_rates(table, interval=each) for each in ("wilson", "wars"))
    assert wars.high - wars.low > 2 * (cases.high - cases.low)


def test_the_promise_that_matters_is_found():
    found = fit_reliability(made_up())
    slopes = dict(zip(found.names, found.slopes, strict=True))
    assert slopes["offense"] == pytest.approx(np.log(0.85 / 0.15) + np.log(3), abs=0.7)
    assert max(abs(slope) for name, slope in slopes.items() if name != "offense") < 0.6
    assert found.reduction > 0.15


def test_wrong_names_and_tables_are_refused():
    table = made_up()
    with pytest.raises(UnknownName, match="rule of coding"):
        honour_rates(table, rule="llm")
    with pytest.raises(UnknownName, match="interval"):
        honour_rates(table, interval="wald")
    with pytest.raises(DomainError, match="lacks war"):
        honour_rates(table.drop("war"))
    with pytest.raises(DomainError, match="no column 'era'"):
        honour_rates(table, "era")
    with pytest.raises(DomainError, match="asked for anything"):
        honour_rates(table, where=pl.col("year") > 2100)
    with pytest.raises(DomainError, match="lacks capability"):
        fit_reliability(table, also=("capability",))


def stata(tmp_path, **change):
    row = {"sample": 1.0, "warid": 7, "warname": "SevenWeeks1866", "atopid": 1020.0, "multilateral": 0}
    row |= dict.fromkeys(OBLIGATIONS, 1.0) | {"sabhon": np.nan}
    row |= {
        f"{each}{mark}": np.nan for each in ("honor", "violate", "dna", "consul") for mark in ("LLM", "BF")
    }
    frame = pd.DataFrame([row | {"honorLLM": 1.0, "dnaBF": 1.0} | change])
    raw = io.BytesIO()
    frame.to_stata(raw, write_index=False)
    path = tmp_path / "cases.dta"
    path.write_bytes(raw.getvalue())
    return path


def test_a_case_is_read(tmp_path):
    row = read_reliability(stata(tmp_path)).row(0, named=True)
    assert (row["year"], row["atopid"], row["before_1945"]) == (1866, 1020, True)
    assert (row["applied_leeds"], row["honoured_leeds"]) == (True, True)
    assert (row["applied_authors"], row["honoured_authors"]) == (False, None)
    assert row["sabrosky"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [({"violateLLM": 1.0}, "it is 2 of them"), ({"warname": "Troy"}, "named with its year")],
)
def test_a_case_that_contradicts_itself_is_refused(tmp_path, change, message):
    with pytest.raises(MalformedFile, match=message):
        read_reliability(stata(tmp_path, **change))


def test_what_is_no_stata_file_is_refused(tmp_path):
    path = tmp_path / "cases.dta"
    path.write_bytes(b"atopid,warid\n1,2\n")
    with pytest.raises(MalformedFile, match="not a Stata file"):
        read_reliability(path)


def test_members_are_those_of_the_year():
    cases = pl.DataFrame({"war": [1], "year": [1900], "atopid": [5]})
    members = pl.DataFrame(
        {
            "atopid": [5, 5, 5],
            "ccode": [2, 20, 30],
            "entry_year": [1890, 1890, 1901],
            "exit_year": [None, 1900, None],
        }
    )
    capabilities = pl.DataFrame({"ccode": [2, 20], "year": [1900, 1900], "cinc": [0.3, 0.1]})
    majors = pl.DataFrame({"ccode": [2], "first_year": [1898], "last_year": [2016]})
    row = join_members(cases, members, capabilities, majors).row(0, named=True)
    assert row["log_members"] == pytest.approx(np.log(2))
    assert row["major_members"] == 1
    assert row["log_capability"] == pytest.approx(np.log(0.4))
    assert row["largest_share"] == pytest.approx(0.75)


@pytest.fixture(scope="module")
def opportunities(mirror):
    return read_reliability(mirror / "alliances/reliability/BerkemeierFuhrmannRAP2018_0303.dta")


@pytest.mark.mirror
def test_the_rates_of_berkemeier_and_fuhrmann_come_back(opportunities):
    """Abstract, Research & Politics 5(2): 50 %; 66 and 22 %; 41, 74, 78 and 37 %, to the percent."""
    assert opportunities.height == 576

    def percent(by=None):
        return {each.group: round(100 * each.rate) for each in honour_rates(opportunities, by)}

    assert percent() == {"all": 50}
    assert percent("before_1945") == {"False": 22, "True": 66}
    assert percent("obligation") == {"defense": 41, "offense": 74, "neutral": 78, "nonagg": 37, "consul": 39}


@pytest.mark.mirror
def test_under_the_authors_own_rules_the_picture_is_the_same(opportunities):
    rates = {each.group: each.rate for each in honour_rates(opportunities, "before_1945", rule="authors")}
    assert rates["True"] == pytest.approx(0.674, abs=0.001)
    assert rates["False"] == pytest.approx(0.208, abs=0.001)


@pytest.mark.mirror
def test_the_rate_of_leeds_long_and_mitchell_lies_within_what_the_recoded_cases_allow(opportunities):
    """Their 74.5 % is of other files: the same years, coded again in 2018, give 66 %."""
    (before,) = honour_rates(opportunities, where=pl.col("before_1945"))
    assert (before.cases, before.honoured) == (92, 61)
    assert before.low < 0.745 < before.high


@pytest.mark.mirror
def test_promise_and_era_tell_who_honours_in_wars_not_seen(opportunities):
    found = fit_reliability(opportunities)
    assert found.reduction > 0.15
    slopes = dict(zip(found.names, found.slopes, strict=True))
    assert slopes["before_1945"] > 0.0 > slopes["defense"]
    assert set(WITH_MEMBERS).isdisjoint(found.names)


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_the_answer_shows_published_rates_beside_its_own():
    """74.5 % of Leeds, Long & Mitchell comes near only if consulting counts as keeping one's word."""
    from kedge.world.commitment_answer import commitment_answer

    for rule, expected in (("leeds", 0.737), ("authors", 0.750)):
        found = commitment_answer(rule)
        rates = {row["group"]: row for row in found.rates.iter_rows(named=True)}
        assert rates["1816-1944, consultation counted as kept"]["rate"] == pytest.approx(expected, abs=0.001)
        assert found.reduction > 0.1
    rates = {row["group"]: row for row in commitment_answer().rates.iter_rows(named=True)}
    for name in ("all", "1816-1944", "1945-2003", "defence pacts"):
        assert rates[name]["rate"] == pytest.approx(rates[name]["published"], abs=0.005)
