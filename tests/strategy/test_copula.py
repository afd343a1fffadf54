"""The copula: rank correlations come out as they went in, and what is not tied is not touched."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, qmc, spearmanr

from kedge.core.errors import StudyError
from kedge.strategy.copula import (
    check_correlation,
    condition,
    correlate,
    correlation_matrix,
    latent_correlation,
    to_latent,
    to_unit,
)

NAMES = ("a", "b", "c", "d", "e")
PAIRS = {("a", "c"): 0.7, ("c", "e"): -0.4, ("e", "a"): -0.1}
POINTS = qmc.Sobol(5, rng=np.random.default_rng(1)).random(2**14)


def test_rank_correlations_come_out_as_given():
    matrix = correlation_matrix(NAMES, PAIRS)
    found = spearmanr(correlate(POINTS, matrix)).statistic
    assert found == pytest.approx(matrix, abs=0.003)


def test_columns_that_are_not_tied_keep_every_bit():
    tied = correlate(POINTS, correlation_matrix(NAMES, PAIRS))
    for column in (0, 1, 3):
        assert np.array_equal(tied[:, column], POINTS[:, column])
    assert not np.array_equal(tied[:, 2], POINTS[:, 2])
    assert np.array_equal(correlate(POINTS, np.eye(5)), POINTS)


def test_the_points_handed_in_are_not_changed():
    before = POINTS.copy()
    correlate(POINTS, correlation_matrix(NAMES, PAIRS))
    assert np.array_equal(before, POINTS)


def test_a_row_does_not_depend_on_the_rows_that_follow():
    matrix = correlation_matrix(NAMES, PAIRS)
    assert np.array_equal(correlate(POINTS[:37], matrix), correlate(POINTS, matrix)[:37])


def test_each_uncertainty_keeps_its_own_distribution_and_its_evenness():
    tied = correlate(POINTS, correlation_matrix(NAMES, PAIRS))
    rough = correlate(np.random.default_rng(1).random(POINTS.shape), correlation_matrix(NAMES, PAIRS))
    for column in (2, 4):
        even, random = (kstest(table[:, column], "uniform").statistic for table in (tied, rough))
        assert even < 0.003
        assert even < random / 2


def test_a_point_on_the_edge_stays_in_the_cube():
    edges = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    tied = correlate(edges, correlation_matrix(("a", "b"), {("a", "b"): 0.9}))
    assert np.isfinite(tied).all()
    assert ((tied >= 0) & (tied <= 1)).all()


def test_latent_and_unit_are_each_others_inverse():
    assert to_unit(to_latent(POINTS)) == pytest.approx(POINTS, abs=1e-14)
    assert np.isfinite(to_latent(np.array([[0.0, 1.0]]))).all()


def test_drawing_some_given_others_leads_to_the_same_joint_distribution():
    matrix = correlation_matrix(NAMES, PAIRS)
    rng = np.random.default_rng(3)
    whole = to_latent(correlate(rng.random((40_000, 5)), matrix))
    for known in ([], [2], [4, 0], [0, 1, 2, 3, 4]):
        rest = condition(matrix, known)
        again = rest.complete(whole[:, rest.known], rng.standard_normal((len(whole), len(rest.free))))
        assert np.array_equal(again[:, rest.known], whole[:, rest.known])
        assert np.corrcoef(again.T) == pytest.approx(latent_correlation(matrix), abs=0.02)


def test_the_conditional_spread_is_the_textbook_one():
    latent = latent_correlation(correlation_matrix(NAMES, PAIRS))
    rest = condition(correlation_matrix(NAMES, PAIRS), [0, 1])
    whole = np.linalg.inv(latent)[2:, 2:]
    assert rest.root @ rest.root.T == pytest.approx(np.linalg.inv(whole))


@given(st.lists(st.floats(-0.95, 0.95), min_size=3, max_size=3))
def test_a_matrix_is_either_usable_or_mended_by_the_factor_that_the_refusal_names(values):
    pairs = dict(zip([("a", "b"), ("b", "c"), ("a", "c")], values, strict=True))
    try:
        matrix = correlation_matrix(NAMES, pairs)
    except StudyError as refused:
        factor = float(re.search(r"by (0\.\d\d) or less", str(refused)).group(1))
        matrix = correlation_matrix(NAMES, {pair: factor * value for pair, value in pairs.items()})
        nearly = {pair: min(factor + 0.011, 1) * value for pair, value in pairs.items()}
        with pytest.raises(StudyError, match="joint distribution"):
            correlation_matrix(NAMES, nearly)
    assert np.linalg.eigvalsh(latent_correlation(matrix))[0] > 0


def test_conflicting_pairs_are_named_with_the_ones_left_open():
    with pytest.raises(StudyError, match=r"'a'-'b' 0\.9") as refused:
        correlation_matrix(NAMES, {("a", "b"): 0.9, ("b", "c"): 0.9, ("d", "e"): 0.5})
    assert "smallest eigenvalue is -0.2" in str(refused.value)
    assert "count as zero ('a'-'c')" in str(refused.value)
    assert "'d'" not in str(refused.value)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({("a", "bb"): 0.5}, "no uncertainty is called 'bb'; known: b"),
        ({("a", "a"): 0.5}, "with itself"),
        ({("a", "b"): 0.5, ("b", "a"): 0.5}, "given twice"),
        ({("a", "b"): 1.0}, "between -1 and 1, got 1.0"),
        ({("a", "b"): float("nan")}, "between -1 and 1, got nan"),
        ({"ab": 0.5}, "pair of names"),
    ],
)
def test_a_pair_that_makes_no_sense_is_refused(pairs, message):
    with pytest.raises(StudyError, match=message):
        correlation_matrix(NAMES, pairs)


def test_a_table_that_is_no_correlation_matrix_is_refused():
    with pytest.raises(StudyError, match="2 x 2"):
        check_correlation(np.eye(3), 2)
    with pytest.raises(StudyError, match="symmetric"):
        check_correlation(np.array([[1.0, 0.2], [0.3, 1.0]]), 2)
    with pytest.raises(StudyError, match="'column 0'-'column 1'"):
        correlate(POINTS[:, :3], np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]]))
    with pytest.raises(StudyError, match="different names"):
        correlation_matrix(("a", "a"), {})
