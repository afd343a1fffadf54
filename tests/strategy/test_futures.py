"""Futures cover their ranges, keep their shapes, and do not depend on how many follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kedge.core.errors import DomainError, StudyError
from kedge.strategy import Uncertainty, choice, draw_futures, from_unit

RANGES = (
    Uncertainty("flat", -1.0, 3.0),
    Uncertainty("skewed", 0.1, 10.0, "log_uniform"),
    Uncertainty("bell", 0.0, 4.0, "normal", mean=1.0, sd=1.5),
    Uncertainty("peaked", 2.0, 8.0, "triangular", mode=3.0),
    choice("regime", ("a", "b", "c"), (0.2, 0.5, 0.3)),
    Uncertainty("fixed", 5.0, 5.0),
)
EXACT = {
    "flat": stats.uniform(-1, 4),
    "skewed": stats.loguniform(0.1, 10),
    "bell": stats.truncnorm(-1 / 1.5, 3 / 1.5, loc=1, scale=1.5),
    "peaked": stats.triang(1 / 6, loc=2, scale=6),
}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**31), st.sampled_from(["sobol", "random"]))
def test_a_longer_draw_begins_with_the_shorter_one(one, other, seed, method):
    few, many = sorted((one, other))
    assert np.array_equal(
        draw_futures(RANGES, few, seed, method), draw_futures(RANGES, many, seed, method)[:few]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(0, 2**31), st.sampled_from(["sobol", "lhs", "random"]))
def test_futures_stay_in_their_ranges_and_repeat_for_a_seed(count, seed, method):
    drawn = draw_futures(RANGES, count, seed, method)
    assert drawn.shape == (count, len(RANGES))
    assert (drawn >= [u.low for u in RANGES]).all()
    assert (drawn <= [u.high for u in RANGES]).all()
    assert np.array_equal(drawn, draw_futures(RANGES, count, seed, method))


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_futures_have_the_declared_distribution(method):
    drawn = draw_futures(RANGES, 4096, 3, method)
    for column, uncertainty in enumerate(RANGES):
        if uncertainty.name in EXACT:
            distance = stats.kstest(drawn[:, column], EXACT[uncertainty.name].cdf).statistic
            assert distance < (0.03 if method == "random" else 0.002)
    shares = np.bincount(drawn[:, 4].astype(int)) / 4096
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.03 if method == "random" else 0.001)
    assert (drawn[:, 5] == 5).all()


@pytest.mark.parametrize(("low", "high", "mean"), [(8.0, 9.0, 0.0), (-9.0, -8.0, 0.0), (-1.0, 2.0, 0.5)])
def test_a_normal_far_from_its_mean_keeps_its_digits(low, high, mean):
    unit = np.linspace(0.001, 0.999, 50)
    exact = stats.truncnorm.ppf(unit, low - mean, high - mean, loc=mean)
    found = from_unit(unit, Uncertainty("x", low, high, "normal", mean=mean, sd=1.0))
    assert found == pytest.approx(exact, rel=1e-9)


def test_a_range_beyond_all_digits_of_the_normal_stays_a_range():
    found = from_unit(np.array([0.1, 0.9]), Uncertainty("x", 50.0, 51.0, "normal", mean=0.0, sd=1.0))
    assert ((found >= 50) & (found <= 51)).all()


def test_another_seed_gives_other_futures():
    assert not np.array_equal(draw_futures(RANGES, 8, 1), draw_futures(RANGES, 8, 2))


@pytest.mark.parametrize(
    ("count", "seed", "method", "message"),
    [
        (0, 1, "sobol", "one or more, got 0"),
        (2.5, 1, "sobol", "whole number of futures"),
        (True, 1, "sobol", "whole number of futures"),
        (8, -1, "sobol", "zero or more, got -1"),
        (8, 1, "grid", "must be one of sobol, lhs, random"),
        (2**31, 1, "sobol", "use method='random'"),
    ],
)
def test_a_malformed_draw_is_refused(count, seed, method, message):
    with pytest.raises(DomainError, match=message):
        draw_futures(RANGES, count, seed, method)


def test_uncertainties_need_different_names():
    with pytest.raises(StudyError, match="more than once: flat"):
        draw_futures((RANGES[0], RANGES[0]), 4, 1)
    with pytest.raises(StudyError, match="no uncertainties"):
        draw_futures((), 4, 1)
