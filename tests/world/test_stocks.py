"""The table of munitions and its answers."""

import polars as pl
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.world.stocks import StockOptions, munitions, stock_answer, stock_table


@pytest.mark.parametrize("munition", munitions())
def test_every_figure_has_a_range_a_kind_and_a_source(munition):
    row = stock_table()[munition]
    for name in ("transferable", "delay", "correlation", "tail_index"):
        central, low, high = row[name]
        assert low <= central <= high
    assert row["demand_source"].startswith("http")
    for partner in row["partner"]:
        for name in ("stock", "production", "demand"):
            central, low, high = partner[name]
            assert 0 <= low <= central <= high
        assert {partner["stock_kind"], partner["production_kind"]} <= {"assumed", "reported"}
        reported = "reported" in (partner["stock_kind"], partner["production_kind"])
        assert partner["source"].startswith("http") or (
            not reported and partner["source"] == "kedge-assumption"
        )
        assert partner["note"]


@pytest.mark.parametrize("munition", munitions())
def test_a_standard_never_lowers_what_is_met_in_all(munition):
    found = stock_answer(munition, options=StockOptions(draws=500)).results.filter(pl.col("partner") == "all")
    unmet = dict(found.select("standard", "unmet").rows())
    assert unmet["common"] <= unmet["now"] * (1 + 1e-9)
    assert unmet["now"] <= unmet["none"] * (1 + 1e-9)


def test_curves_rise_to_the_odds_of_want():
    found = stock_answer("interceptors", ("JPN", "KOR"), StockOptions(draws=500))
    for standard in ("none", "now", "common"):
        curve = found.curves.filter((pl.col("standard") == standard) & (pl.col("partner") == "JPN"))
        odds = curve["odds"].to_list()
        assert odds == sorted(odds)
        end = found.results.filter((pl.col("standard") == standard) & (pl.col("partner") == "JPN"))
        assert odds[-1] == pytest.approx(end["want_odds"][0])


def test_who_is_not_at_war_needs_nothing_and_helps():
    asked = StockOptions(at_war=("JPN",), draws=500)
    found = stock_answer("interceptors", (), asked).results
    assert found.filter(pl.col("partner") == "USA")["want_odds"].max() == 0.0
    alone = stock_answer("interceptors", ("JPN",), StockOptions(draws=500)).results
    with_friends = found.filter((pl.col("partner") == "JPN") & (pl.col("standard") == "common"))
    assert with_friends["fill_rate"][0] > alone["fill_rate"].max()


def test_one_partner_gains_nothing_from_a_standard():
    found = stock_answer("shells-155", ("DEU",), StockOptions(draws=500)).results
    assert found.filter(pl.col("partner") == "DEU")["fill_rate"].n_unique() == 1


def test_cover_is_stock_over_what_demand_exceeds_output():
    row = stock_answer("shells-155", ("DEU",), StockOptions(draws=10)).partners.row(0, named=True)
    assert row["cover_weeks"] == pytest.approx(60_000 / (53_700 - 6_700))


def test_assumed_stocks_are_named_in_the_notes():
    found = stock_answer("shells-155", ("FRA", "POL"), StockOptions(draws=10))
    assert "the stocks of FRA, POL" in found.notes[0]


@pytest.mark.parametrize(
    ("munition", "partners", "options", "message"),
    [
        ("arrows", (), StockOptions(), "munition"),
        ("interceptors", ("NOR",), StockOptions(), "partner with figures"),
        ("interceptors", ("JPN",), StockOptions(at_war=("KOR",)), "among those asked for"),
        ("interceptors", (), StockOptions(stock_level="huge"), "level"),
        ("interceptors", (), StockOptions(tail="flat"), "tail of demand"),
    ],
)
def test_unknown_names_are_refused(munition, partners, options, message):
    with pytest.raises(UnknownName, match=message):
        stock_answer(munition, partners, options)


def test_another_law_needs_its_spread():
    with pytest.raises(DomainError, match="needs its spread"):
        stock_answer("interceptors", (), StockOptions(tail="lognormal"))
