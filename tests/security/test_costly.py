"""Sunk costs tell in proportion to what they cost; tied hands bind whatever the type."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security import Holding, evidence_scale, mix_commitment, sunk_cost_log_ratio, tied_hands

worths = st.lists(st.floats(0.1, 10.0), min_size=2, max_size=4).map(np.array)


@given(st.floats(0.0, 20.0), worths)
def test_what_a_sunk_cost_tells_is_proportional_to_the_cost(cost, worth):
    np.testing.assert_allclose(
        sunk_cost_log_ratio(2 * cost, worth), 2 * sunk_cost_log_ratio(cost, worth), atol=1e-9
    )
    assert (sunk_cost_log_ratio(0.0, worth) == 0.0).all()


def test_a_sunk_cost_tells_what_simulated_senders_show():
    rng = np.random.default_rng(3)
    worth, cost = np.array([2.0, 0.8]), 1.0
    sends = [(rng.exponential(each, 400_000) > cost).mean() for each in worth]
    assert sunk_cost_log_ratio(cost, worth)[1] == pytest.approx(np.log(sends[1] / sends[0]), abs=0.02)


def test_each_class_carries_its_share():
    scale = evidence_scale(
        ["talk", "sunk_cost", "tied_hands"], np.array([1.0, 0.25, 0.7]), np.array([0.0, 0.4])
    )
    np.testing.assert_allclose(scale, [[0.0, 0.25, 1.0], [0.4, 0.25, 1.0]])
    with pytest.raises(DomainError, match="no cost class is called 'hint'"):
        evidence_scale(["hint"], np.array([1.0]), np.array([1.0]))


def test_hands_are_tied_from_the_day_fade_and_shrink_with_a_new_administration():
    at = np.array([2019.0, 2020.0, 2022.0, 2026.0])
    shift = tied_hands(
        np.array([2020.0]), np.array([[0.6], [0.3]]), Holding(0.1, 0.5, (2021.05, 2025.05)), at
    )
    expected = np.array([0.0, 1.0, 0.5 * np.exp(-0.2), 0.25 * np.exp(-0.6)])
    np.testing.assert_allclose(shift, np.outer([0.6, 0.3], expected), atol=1e-12)


def test_hands_tied_on_the_day_of_a_change_belong_to_the_new_administration():
    shift = tied_hands(
        np.array([2021.05]), np.array([[1.0]]), Holding(0.0, 0.0, (2021.05,)), np.array([2021.05, 2023.0])
    )
    np.testing.assert_allclose(shift, [[1.0, 1.0]])


@given(st.floats(-3.0, 3.0), st.floats(0.01, 0.99), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_commitment_lies_between_the_types_and_rises_with_tied_hands(shift, belief, one, other):
    probability = np.array([[[belief, 1.0 - belief]]])
    engaged = np.array([[one, other]])
    free = mix_commitment(probability, engaged, np.zeros((1, 1)))[0, 0]
    assert min(one, other) - 1e-12 <= free <= max(one, other) + 1e-12
    tied = mix_commitment(probability, engaged, np.array([[abs(shift)]]))[0, 0]
    assert tied >= free - 1e-12


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DomainError, match="at least 0"):
        sunk_cost_log_ratio(-1.0, np.array([1.0, 2.0]))
    with pytest.raises(DomainError, match="every worth above 0"):
        sunk_cost_log_ratio(1.0, np.array([1.0, 0.0]))
    with pytest.raises(DomainError, match="survives with a share"):
        tied_hands(np.array([1.0]), np.array([[1.0]]), Holding(0.1, 2.0), np.array([1.0]))
    with pytest.raises(DomainError, match="strictly between"):
        mix_commitment(np.array([[[0.5, 0.5]]]), np.array([[1.0, 0.5]]), np.zeros((1, 1)))
