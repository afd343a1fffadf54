"""Pooled stocks: closed forms, laws of sharing, and the simulation against both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kedge.core.errors import DomainError
from kedge.security import (
    Stockpile,
    Surge,
    draw_intensity,
    measured_pooling_gain,
    newsvendor_stock,
    normal_pooling_gain,
    normal_shortfall,
    run_stocks,
    stable_pooling_gain,
    stockout_week,
)

AMOUNT = st.floats(0.0, 1e4)


def pile(stock, production, demand, share=1.0, delay=0):
    arrays = (np.asarray(values, dtype=float) for values in (stock, production, demand))
    return Stockpile(*arrays, np.full(len(stock), share), delay)


def test_independent_normal_demand_gains_the_square_root():
    demand = np.random.default_rng(1).normal(100.0, 20.0, (400_000, 9))
    assert measured_pooling_gain(demand, 0.95) == pytest.approx(3.0, rel=0.01)
    assert normal_pooling_gain(9, 0.0) == 3.0


@pytest.mark.parametrize("correlation", [0.2, 0.6])
def test_correlated_normal_demand_gains_what_the_formula_says(correlation):
    rng = np.random.default_rng(2)
    score = np.sqrt(correlation) * rng.normal(size=(400_000, 1))
    score = score + np.sqrt(1 - correlation) * rng.normal(size=(400_000, 5))
    assert measured_pooling_gain(score, 0.9) == pytest.approx(normal_pooling_gain(5, correlation), rel=0.01)


@pytest.mark.parametrize("tail", ["normal", "lognormal", "pareto"])
def test_one_war_for_all_gains_nothing(tail):
    surge = Surge(tail, 1.5 if tail == "pareto" else 0.3, 1.0)
    demand = draw_intensity(surge, 6, 50_000, np.random.default_rng(3))
    assert measured_pooling_gain(demand, 0.95) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("alpha", [1.3, 1.5, 1.8])
def test_stable_demand_gains_what_bimpikis_and_markakis_prove(alpha):
    demand = stats.levy_stable.rvs(alpha, 1.0, size=(400_000, 4), random_state=4)
    # The mean of heavy-tailed draws is too noisy to use; a standard stable law of this kind has mean zero.
    gain = np.quantile(demand, 0.95, axis=0).sum() / np.quantile(demand.sum(axis=1), 0.95)
    assert gain == pytest.approx(stable_pooling_gain(4, alpha), rel=0.03)


def test_heavier_tails_gain_less():
    gains = [stable_pooling_gain(10, alpha) for alpha in (1.01, 1.2, 1.5, 1.8, 2.0)]
    assert gains == sorted(gains)
    assert gains[-1] == pytest.approx(np.sqrt(10.0))


@pytest.mark.parametrize(("tail", "spread"), [("lognormal", 0.8), ("pareto", 2.5), ("normal", 0.2)])
def test_intensity_has_mean_one(tail, spread):
    drawn = draw_intensity(Surge(tail, spread, 0.4), 5, 400_000, np.random.default_rng(5))
    assert drawn.mean() == pytest.approx(1.0, abs=0.01)


def test_newsvendor_and_shortfall_agree_with_draws():
    drawn = np.random.default_rng(6).normal(100.0, 20.0, 1_000_000)
    stock = newsvendor_stock(100.0, 20.0, 0.9)
    assert (drawn <= stock).mean() == pytest.approx(0.9, abs=0.002)
    assert np.maximum(0.0, drawn - stock).mean() == pytest.approx(
        normal_shortfall(100.0, 20.0, stock), rel=0.02
    )


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=5), st.integers(1, 20))
def test_a_full_standard_without_delay_is_one_stock(partners, weeks):
    stock, production, demand = (np.array(column) for column in zip(*partners, strict=True))
    ones = np.ones((1, len(partners)))
    shared = run_stocks(pile(stock, production, demand), ones, 1.0, weeks)
    single = run_stocks(pile([stock.sum()], [production.sum()], [demand.sum()]), ones[:, :1], 0.0, weeks)
    assert shared.served.sum() == pytest.approx(single.served.sum(), rel=1e-9, abs=1e-6)


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=4), st.integers(0, 4))
def test_no_standard_keeps_stocks_apart(partners, delay):
    stock, production, demand = (np.array(column) for column in zip(*partners, strict=True))
    intensity = np.random.default_rng(7).uniform(0.0, 3.0, (5, len(partners)))
    together = run_stocks(pile(stock, production, demand, delay=delay), intensity, 0.0, 12)
    for j in range(len(partners)):
        alone = pile(stock[[j]], production[[j]], demand[[j]], delay=delay)
        apart = run_stocks(alone, np.ascontiguousarray(intensity[:, [j]]), 0.0, 12)
        assert together.served[j] == pytest.approx(apart.served[0])
        assert np.array_equal(together.first_want[:, j], apart.first_want[:, 0])


@given(
    st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT), min_size=2, max_size=4),
    st.integers(0, 3),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
)
def test_nothing_is_made_or_lost_by_sharing_and_it_never_serves_less(partners, delay, share, standard):
    stock, production, demand = (np.array(column) for column in zip(*partners, strict=True))
    intensity = np.random.default_rng(8).uniform(0.0, 3.0, (4, len(partners)))
    sharing = run_stocks(pile(stock, production, demand, share, delay), intensity, standard, 10)
    apart = run_stocks(pile(stock, production, demand, share, delay), intensity, 0.0, 10)
    assert sharing.served.sum() <= stock.sum() + 10 * production.sum() + 1e-6
    assert sharing.served.sum() >= apart.served.sum() - 1e-6
    assert np.all(sharing.served <= sharing.needed + 1e-6)


@pytest.mark.parametrize("delay", [0, 3])
def test_the_answer_is_free_of_scale_and_of_the_order_of_partners(delay):
    stock, production, demand = (
        np.array([900.0, 100.0, 50.0]),
        np.array([9.0, 1.0, 0.0]),
        np.array([20.0, 10.0, 5.0]),
    )
    intensity = draw_intensity(Surge("lognormal", 0.7, 0.3), 3, 2000, np.random.default_rng(9))
    base = run_stocks(pile(stock, production, demand, 0.5, delay), intensity, 0.8, 40)
    larger = run_stocks(pile(7 * stock, 7 * production, 7 * demand, 0.5, delay), intensity, 0.8, 40)
    turned = run_stocks(
        pile(stock[::-1], production[::-1], demand[::-1], 0.5, delay),
        np.ascontiguousarray(intensity[:, ::-1]),
        0.8,
        40,
    )
    assert larger.fill_rate == pytest.approx(base.fill_rate)
    assert turned.fill_rate == pytest.approx(base.fill_rate)
    assert np.array_equal(larger.stockout_odds(), base.stockout_odds())


def test_equal_partners_in_one_war_gain_nothing_from_a_standard():
    equal = pile([100.0] * 4, [2.0] * 4, [10.0] * 4)
    intensity = draw_intensity(Surge("pareto", 1.5, 1.0), 4, 5000, np.random.default_rng(10))
    assert run_stocks(equal, intensity, 1.0, 52).fill_rate == pytest.approx(
        run_stocks(equal, intensity, 0.0, 52).fill_rate
    )


def test_stockout_comes_when_arithmetic_says():
    alone = run_stocks(pile([100.0], [5.0], [15.0]), np.ones((1, 1)), 0.0, 52)
    assert stockout_week(100.0, 5.0, 15.0) == 10.0
    # Ten weeks are covered in full; the eleventh is the first in want.
    assert alone.first_want[0, 0] == 11
    assert alone.stockout_odds()[9:11].tolist() == [0.0, 1.0]


def test_help_in_time_arrives_before_the_want():
    two = pile([1000.0, 60.0], [0.0, 0.0], [0.0, 10.0], delay=4)
    assert run_stocks(two, np.ones((1, 2)), 1.0, 52).fill_rate == 1.0


def test_late_help_leaves_a_gap():
    two = pile([1000.0, 10.0], [0.0, 0.0], [0.0, 10.0], delay=4)
    found = run_stocks(two, np.ones((1, 2)), 1.0, 52)
    assert found.first_want[0, 1] == 2
    assert found.served[1] == pytest.approx(10.0 * 49)


@pytest.mark.parametrize("standard", [-0.1, 1.5])
def test_shares_outside_their_range_are_refused(standard):
    with pytest.raises(DomainError, match="between 0 and 1"):
        run_stocks(pile([1.0], [1.0], [1.0]), np.ones((1, 1)), standard, 4)


def test_a_tail_without_mean_is_refused():
    with pytest.raises(DomainError, match="above 1"):
        draw_intensity(Surge("pareto", 1.0, 0.0), 2, 10, np.random.default_rng(0))
