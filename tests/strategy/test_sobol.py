"""Sobol indices: closed forms are recovered, the law of total variance holds, dependence is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.copula import correlation_matrix
from kedge.strategy.problem import Uncertainty
from kedge.strategy.saltelli import saltelli_design, saltelli_futures
from kedge.strategy.sobol import sobol_indices
from kedge.strategy.summary import Resampling

QUICK = Resampling(resamples=50, seed=1)
CIRCLE = tuple(Uncertainty(name, -np.pi, np.pi) for name in ("a", "b", "c"))
WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def g_function(x, weights=WEIGHTS):
    return np.prod((np.abs(4 * x - 2) + weights) / (1 + weights), axis=1)


def g_shares(weights=WEIGHTS):
    """First, total and pairwise shares: in closed form, by products of 1 + V_i."""
    alone = 1 / (3 * (1 + weights) ** 2)
    every = np.prod(1 + alone)
    whole = every - 1
    return alone / whole, alone * every / (1 + alone) / whole, np.outer(alone, alone) / whole


@pytest.mark.parametrize("second_order", [False, True])
@pytest.mark.parametrize("first_order", ["saltelli", "jansen"])
def test_the_g_function_is_recovered(second_order, first_order):
    outcome = g_function(saltelli_design(5, 4096, 1, second_order))
    found = sobol_indices(outcome[None], tuple("abcde"), second_order, first_order, resampling=QUICK)
    first, total, second = g_shares()
    assert found.first[0] == pytest.approx(first, abs=0.01)
    assert found.total[0] == pytest.approx(total, abs=0.01)
    assert found.variance[0] == pytest.approx(np.prod(1 + 1 / (3 * (1 + WEIGHTS) ** 2)) - 1, rel=0.02)
    if second_order:
        apart = ~np.eye(5, dtype=bool)
        assert found.second[0][apart] == pytest.approx(second[apart], abs=0.02)
        assert np.array_equal(found.second[0][apart], found.second[0].T[apart])
    else:
        assert found.second is None


def test_ishigami_as_published():
    outcome = ishigami(saltelli_futures(CIRCLE, 16384, 2, True))
    found = sobol_indices(outcome[None], tuple("abc"), True, resampling=QUICK)
    assert found.first[0] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert found.total[0] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)
    assert found.second[0][0, 2] == pytest.approx(0.2437, abs=0.02)
    assert found.ranked(0) == ("a", "b", "c")


def test_intervals_cover_what_is_known():
    first, total, second = g_shares()
    covered = np.zeros(3)
    for seed in range(40):
        x = np.random.default_rng(seed).random((1024, 10))
        blocks = [x[:, :5], x[:, 5:]]
        for kept, lent in ((0, 1), (1, 0)):
            for column in range(5):
                block = blocks[kept].copy()
                block[:, column] = blocks[lent][:, column]
                blocks.append(block)
        outcome = g_function(np.concatenate(blocks))[None]
        found = sobol_indices(outcome, tuple("abcde"), True, resampling=Resampling(200, seed))
        covered += [
            found.first_low[0, 1] <= first[1] <= found.first_high[0, 1],
            found.total_low[0, 1] <= total[1] <= found.total_high[0, 1],
            found.second_low[0, 0, 1] <= second[0, 1] <= found.second_high[0, 0, 1],
        ]
    assert (covered >= 34).all()


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_unit_and_origin_of_an_outcome_do_not_matter(slopes, origin, scale):
    x = saltelli_design(len(slopes), 64, 3)
    outcome = x @ np.array(slopes) + x[:, 0] * x[:, 1]
    found = sobol_indices(
        np.stack([outcome, origin + scale * outcome]), tuple("abcde")[: len(slopes)], resampling=QUICK
    )
    assert found.total[1] == pytest.approx(found.total[0], abs=1e-5)
    assert found.first[1] == pytest.approx(found.first[0], abs=1e-5)


def test_an_idle_uncertainty_has_exactly_nothing():
    x = saltelli_design(3, 256, 1, True)
    found = sobol_indices(x[:, 0][None] ** 2, tuple("abc"), True, resampling=QUICK)
    assert (found.first[0, 1:] == 0).all()
    assert (found.total[0, 1:] == 0).all()


def test_an_outcome_that_never_varies_has_no_shares():
    for first_order in ("saltelli", "jansen"):
        found = sobol_indices(np.full((1, 16), 0.1), ("a", "b"), False, first_order, resampling=QUICK)
        assert (found.first == 0).all()
        assert (found.total == 0).all()
        assert (found.total_high == 0).all()


def test_the_blocks_swap_one_column_each():
    points = saltelli_design(3, 16, 5, second_order=True)
    blocks = points.reshape(8, 16, 3)
    for column in range(3):
        others = [other for other in range(3) if other != column]
        assert np.array_equal(blocks[2 + column][:, column], blocks[1][:, column])
        assert np.array_equal(blocks[2 + column][:, others], blocks[0][:, others])
        assert np.array_equal(blocks[5 + column][:, column], blocks[0][:, column])
        assert np.array_equal(blocks[5 + column][:, others], blocks[1][:, others])
    assert np.array_equal(points[:80], saltelli_design(3, 16, 5))


def test_correlated_uncertainties_are_sent_to_shapley_effects():
    outcome = saltelli_design(2, 16, 1)[:, 0][None]
    tied = correlation_matrix(("a", "b"), {("a", "b"): 0.5})
    with pytest.raises(StudyError, match="shapley_effects"):
        sobol_indices(outcome, ("a", "b"), correlation=tied)
    loose = sobol_indices(outcome, ("a", "b"), correlation=np.eye(2), resampling=QUICK)
    assert loose.first[0, 1] == 0


def test_malformed_input_is_refused():
    with pytest.raises(DomainError, match="4 blocks of two base rows or more"):
        sobol_indices(np.ones((1, 9)), ("a", "b"))
    with pytest.raises(DomainError, match="6 blocks"):
        sobol_indices(np.ones((1, 16)), ("a", "b"), second_order=True)
    with pytest.raises(DomainError, match="finite table"):
        sobol_indices(np.full((1, 8), np.nan), ("a", "b"))
    with pytest.raises(DomainError, match="saltelli, jansen"):
        sobol_indices(np.ones((1, 8)), ("a", "b"), first_order="best")
    with pytest.raises(DomainError, match="two base rows"):
        saltelli_design(2, 1, 1)
