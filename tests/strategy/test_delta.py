"""Borgonovo's delta: known values, the same under any rising function, and lumps of equal outcomes."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.stats import norm

from kedge.core.errors import DomainError
from kedge.strategy.copula import correlate, correlation_matrix
from kedge.strategy.delta import DeltaSettings, _places, _with_resamples, borgonovo_delta
from kedge.strategy.problem import Uncertainty, choice
from kedge.strategy.summary import Resampling

FLAT = tuple(Uncertainty(name, 0, 1) for name in ("a", "b", "c", "d"))
QUICK = DeltaSettings(resampling=Resampling(30, 1))


def points(count, seed):
    return np.random.default_rng(seed).random((count, 4))


def normal_delta(correlation):
    """Half the mean area between a normal density and that given a normal input, by quadrature."""
    given = norm.ppf((np.arange(300) + 0.5) / 300)[:, None]
    grid = np.linspace(-8, 8, 4001)
    apart = norm.pdf(grid) - norm.pdf(grid, correlation * given, np.sqrt(1 - correlation**2))
    return 0.5 * np.abs(apart).sum(axis=1).mean() * (grid[1] - grid[0])


def test_delta_of_a_linear_gaussian_model_is_recovered():
    x = points(20_000, 1)
    slopes = np.array([0.8, 0.5, 0.3, 0.0])
    found = borgonovo_delta((norm.ppf(x) @ slopes)[None], x, FLAT, QUICK)
    shares = slopes / np.linalg.norm(slopes)
    known = [normal_delta(share) for share in shares[:3]]
    assert found.delta[0, :3] == pytest.approx(known, abs=0.02)
    assert found.delta[0, 3] < 1.1 * found.noise[0] < found.delta[0, 2] / 2
    assert found.ranked(0) == ("a", "b", "c", "d")
    assert (found.low <= found.delta).all()
    assert (found.delta <= found.high).all()


def test_the_correction_takes_off_part_of_what_chance_gives():
    x = points(500, 1)
    index = np.floor(8 * x.T).astype(np.int16)
    place, atoms = _places(np.random.default_rng(2).random(500))
    raw, drawn = _with_resamples(place, atoms, index, Resampling(100, 1))
    corrected = 2 * raw - drawn.mean(axis=0)
    assert (corrected > -0.02).all()
    assert (corrected < 0.8 * raw).all()


@pytest.mark.parametrize("rising", [np.exp, lambda y: y**3, lambda y: 1000 * y - 7])
def test_a_rising_function_of_the_outcome_changes_nothing(rising):
    x = points(1000, 2)
    outcome = 4 * x[:, 0] + x[:, 1] * x[:, 2]
    plain, bent = (borgonovo_delta(y[None], x, FLAT, QUICK) for y in (outcome, rising(outcome)))
    assert bent.delta == pytest.approx(plain.delta, abs=1e-12)


def test_a_yes_or_no_outcome_has_the_delta_of_its_two_chances():
    x = points(20_000, 3)
    # Known a: sure. So delta is the mean of |1 - p| and |p| over yes and no: 2 p (1 - p).
    found = borgonovo_delta((x[:, 0] < 0.3).astype(float)[None], x, FLAT, DeltaSettings(bins=40))
    assert found.delta[0, 0] == pytest.approx(2 * 0.3 * 0.7, abs=0.01)
    assert found.delta[0, 1:].max() < 0.015


def test_a_heap_of_zeros_beside_a_spread_of_losses_is_seen():
    x = points(5000, 4)
    regret = np.where(x[:, 0] < 0.5, 0.0, x[:, 1])
    found = borgonovo_delta(regret[None], x, FLAT, QUICK)
    assert found.delta[0, 0] == pytest.approx(0.5, abs=0.02)
    assert found.delta[0, 1] > 4 * found.noise[0]


def test_the_number_of_threads_changes_nothing():
    x = points(500, 8)
    outcome = x[:, :1].T ** 2
    threads = numba.get_num_threads()
    several = borgonovo_delta(outcome, x, FLAT, QUICK)
    numba.set_num_threads(1)
    try:
        one = borgonovo_delta(outcome, x, FLAT, QUICK)
    finally:
        numba.set_num_threads(threads)
    assert np.array_equal(one.delta, several.delta)
    assert np.array_equal(one.noise, several.noise)


def test_noise_passes_its_floor_about_as_rarely_as_it_says():
    found = borgonovo_delta(np.random.default_rng(1).random((20, 1000)), points(1000, 5), FLAT, QUICK)
    assert (found.delta > found.noise[:, None]).mean() < 0.2


def test_a_category_is_its_own_bin():
    rng = np.random.default_rng(6)
    futures = np.stack([rng.integers(0, 3, 4000), rng.random(4000)], axis=1).astype(float)
    ranges = (choice("regime", ("a", "b", "c")), Uncertainty("x", 0, 1))
    found = borgonovo_delta((futures[:, 0] == 1).astype(float)[None], futures, ranges, QUICK)
    assert found.delta[0] == pytest.approx([4 / 9, 0.0], abs=0.02)


def test_an_idle_uncertainty_tells_through_the_one_it_is_tied_to():
    tied = correlate(points(5000, 7), correlation_matrix("abcd", {("a", "b"): 0.8}))
    found = borgonovo_delta(tied[:, 0][None], tied, FLAT, QUICK)
    assert found.delta[0, 1] > 5 * found.noise[0]
    assert found.delta[0, 2] < 1.2 * found.noise[0]


@pytest.mark.parametrize("futures", [1, 2, 40])
def test_an_outcome_that_never_varies_is_driven_by_nothing(futures):
    found = borgonovo_delta(np.full((1, futures), 0.1), points(futures, 1), FLAT, QUICK)
    assert found.delta == pytest.approx(0, abs=1e-12)
    assert found.noise == pytest.approx(0, abs=1e-12)


def test_malformed_input_is_refused():
    with pytest.raises(DomainError, match="finite table"):
        borgonovo_delta(np.array([[np.inf]]), points(1, 1), FLAT)
    with pytest.raises(DomainError, match=r"of shape \(5, 4\)"):
        borgonovo_delta(np.ones((1, 5)), points(4, 1), FLAT)
    with pytest.raises(DomainError, match="two bins"):
        DeltaSettings(bins=1)
