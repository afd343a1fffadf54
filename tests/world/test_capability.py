"""Military stocks of states: by hand, by invariants, and from the publishers' files."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.security import DOMAINS
from kedge.world.capability import (
    Panel,
    arriving,
    by_domain,
    capability_panel,
    capability_stocks,
    check_year,
    distances_to,
    reach_of,
)


def panel(rows, incomes=(("USA", 2000, 50_000.0),)):
    spending = pl.DataFrame(rows, schema=["iso3", "year", "musd"], orient="row")
    income = pl.DataFrame(list(incomes), schema=["iso3", "year", "income"], orient="row")
    return Panel(spending.with_columns(source=pl.lit("sipri")), income, "US$")


def test_a_stock_by_hand():
    table = capability_stocks(panel([("USA", 2000, 1000.0), ("USA", 2001, 1000.0)]))
    # Middle decay of the model's range 5 to 12 percent, two percent of growth before.
    first = 1.0 * 1.02 / (0.085 + 0.02)
    assert table.filter(year=2001)["stock"][0] == pytest.approx(first * 0.915 + 1.0)
    assert table["share"].to_list() == [100.0, 100.0]


def test_lower_incomes_buy_more():
    incomes = [("USA", 2000, 60_000.0), ("CHN", 2000, 6_000.0)]
    table = capability_stocks(panel([("USA", 2000, 1000.0), ("CHN", 2000, 1000.0)], incomes))
    stock = dict(table.select("iso3", "stock").rows())
    assert stock["CHN"] / stock["USA"] == pytest.approx(10.0**0.225)


def test_gaps_are_filled_in_straight_lines_and_said():
    rows = [("USA", 2000, 100.0), ("USA", 2004, 300.0)]
    whole = [("USA", 2000 + k, 100.0 + 50.0 * k) for k in range(5)]
    one, two = capability_stocks(panel(rows)), capability_stocks(panel(whole))
    np.testing.assert_allclose(one["stock"], two["stock"])
    assert one.filter(year=2004)["filled"][0] == pytest.approx(0.6)
    assert two["filled"].max() == 0.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=6), st.floats(0.1, 10))
def test_shares_do_not_depend_on_the_unit_and_add_up(spent, unit):
    states = ["USA", "JPN", "CHN", "RUS", "IND", "GBR"][: len(spent)]
    rows = [(state, 2000, each) for state, each in zip(states, spent, strict=True)]
    one = capability_stocks(panel(rows))
    two = capability_stocks(panel([(state, year, each * unit) for state, year, each in rows]))
    np.testing.assert_allclose(one["share"], two["share"], rtol=1e-9)
    assert one["share"].sum() == pytest.approx(100.0)
    assert (one["share_low"] <= one["share"] + 1e-9).all()
    assert (one["share_high"] >= one["share"] - 1e-9).all()


def test_the_package_s_tables_need_no_network(monkeypatch):
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    table = check_year(capability_stocks(capability_panel()), 2024)
    assert table["iso3"].head(2).to_list() == ["USA", "CHN"]
    spread = by_domain(table)
    np.testing.assert_allclose(spread.select(DOMAINS).sum_horizontal(), spread["stock"])


def test_what_arrives_is_less_than_what_there_is_and_all_of_it_at_home():
    table = check_year(capability_stocks(capability_panel()), 2024)
    found = arriving(table, "TWN", np.array([0.0, 1.0, 0.0, 0.0, 0.0]))
    home = found.filter(iso3="TWN")
    assert home["exponential"][0] == home["lost_time"][0] == home["bueno_de_mesquita"][0]
    assert (found["exponential"] <= found["stock"]).all()
    weightless = arriving(table, "TWN", np.array([0.0, 0.0, 0.0, 0.5, 0.5]))
    np.testing.assert_allclose(weightless["exponential"], weightless["lost_time"])


def test_reach_falls_with_distance_and_names_are_checked():
    far = {iso3: value for iso3, value in reach_of("JPN").rows()}
    assert far["JPN"] == 100.0
    assert far["KOR"] > far["AUS"] > far["BRA"]
    with pytest.raises(UnknownName):
        distances_to("ATL")
    with pytest.raises(UnknownName):
        reach_of("JPN", "sideways")
    with pytest.raises(UnknownName):
        capability_panel("everything")
    with pytest.raises(DomainError, match="2015 to 2024"):
        check_year(capability_stocks(capability_panel()), 1900)


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_all_states_since_1950():
    table = capability_stocks(capability_panel("full"))
    assert table["year"].min() == 1950
    assert table["iso3"].n_unique() > 150
    last = check_year(table, 2024)
    assert last["iso3"].head(2).to_list() == ["USA", "CHN"]
    assert check_year(table, 1985)["iso3"].head(2).to_list() == ["RUS", "USA"]
    # Soviet years are not SIPRI's, and the table says so.
    assert table.filter(iso3="RUS", year=1985)["filled"][0] == 1.0
    assert table.filter(iso3="JPN", year=2024)["filled"][0] == 0.0
