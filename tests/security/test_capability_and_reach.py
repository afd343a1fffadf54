"""Stocks, prices and the loss of strength with distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.security import DOMAINS, REACH_RULES, initial_stock, next_stock, price_multiplier, theatre_reach

rules = st.sampled_from(range(len(REACH_RULES)))
domains = st.sampled_from(range(len(DOMAINS)))


@given(st.floats(0.03, 0.2), st.floats(0.0, 0.05), st.floats(1.0, 1000.0))
def test_spending_in_steady_state_keeps_its_stock(depreciation, growth, first):
    path = first * (1 + growth) ** np.arange(10)
    stock = initial_stock(path, depreciation, growth)
    assert stock == pytest.approx(path[-1] * (1 + growth) / (depreciation + growth), rel=1e-9)


def test_a_stock_without_spending_decays():
    assert next_stock(100.0, 0.07, 0.0) == pytest.approx(93.0)


@given(st.floats(500, 90_000), st.floats(500, 90_000))
def test_at_market_rates_money_buys_the_same_everywhere(here, there):
    assert price_multiplier(here, there, 0.0) == 1.0


def test_chinese_forces_cost_about_what_robertson_finds():
    # Incomes per head of 2023, about 12,600 and 82,800 US$; Robertson (2022) has about 1.6.
    assert price_multiplier(12_600.0, 82_800.0, 0.25) == pytest.approx(1.6, abs=0.05)


@given(st.floats(0.0, 20_000.0), st.floats(1_000.0, 20_000.0), rules, st.floats(1e-4, 1.0), domains)
def test_reach_is_a_share(distance, scale, rule, share, domain):
    assert 0.0 <= theatre_reach(distance, scale, rule, share, domain) <= 1.0


@given(
    st.floats(0.0, 10_000.0),
    st.floats(1.0, 5_000.0),
    st.floats(1_000.0, 20_000.0),
    rules,
    st.floats(1e-4, 1.0),
)
def test_farther_is_never_stronger(near, more, scale, rule, share):
    for domain in range(len(DOMAINS)):
        here = theatre_reach(near, scale, rule, share, domain)
        assert theatre_reach(near + more, scale, rule, share, domain) <= here + 1e-12


@given(st.floats(1_000.0, 20_000.0), rules, st.floats(1e-4, 1.0), domains)
def test_at_home_all_strength_is_there(scale, rule, share, domain):
    assert theatre_reach(0.0, scale, rule, share, domain) == pytest.approx(1.0)


@given(st.floats(0.0, 20_000.0), st.floats(1_000.0, 20_000.0), rules)
def test_cyber_and_space_do_not_feel_distance(distance, scale, rule):
    assert theatre_reach(distance, scale, rule, 0.1, DOMAINS.index("cyber")) == 1.0
    assert theatre_reach(distance, scale, rule, 0.1, DOMAINS.index("space")) == 1.0


def test_the_three_rules_by_hand():
    assert theatre_reach(8000.0, 8000.0, 0, 0.3, 1) == pytest.approx(np.exp(-1))
    ten_days = 0.3 ** (np.log10(10 + 10 - np.e) - np.log10(10 - np.e))
    assert theatre_reach(8000.0, 8000.0, 1, 0.3, 1) == pytest.approx(ten_days)
    assert theatre_reach(8000.0, 8000.0, 2, 0.3, 1) == pytest.approx(0.5)
