"""The contest: shares add up, scale does not matter, strength never hurts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.security import Balance, outcome_odds

strength = st.floats(1e-3, 1e6)
ratio = st.builds(
    Balance, st.just(0), st.floats(0.05, 1.0), st.floats(1.0, 4.0), st.floats(1.0, 2.5), st.just(1.0)
)
either = st.builds(
    Balance, st.sampled_from([0, 1]), st.floats(0.05, 1.0), st.floats(1.0, 4.0), st.floats(1.0, 2.5), strength
)


@given(strength, strength, either)
def test_chances_are_chances_and_leave_stalemate_the_rest(attack, defence, balance):
    lost, held = outcome_odds(attack, defence, balance)
    assert 0.0 <= lost <= 1.0
    assert 0.0 <= held <= 1.0
    assert lost + held <= 1.0 + 1e-12


@given(strength, strength, st.floats(0.05, 1.0), st.floats(1.0, 4.0))
def test_without_draws_the_two_chances_sum_to_one(attack, defence, decisiveness, advantage):
    lost, held = outcome_odds(attack, defence, Balance(0, decisiveness, advantage, 1.0, 1.0))
    assert math.isclose(lost + held, 1.0, rel_tol=1e-12)


@given(strength, strength, ratio, st.floats(1e-3, 1e3))
def test_the_ratio_form_does_not_depend_on_the_unit_of_strength(attack, defence, balance, unit):
    here = outcome_odds(attack, defence, balance)
    there = outcome_odds(unit * attack, unit * defence, balance)
    assert here == pytest.approx(there, rel=1e-9)


@given(strength, strength, either, st.floats(1.0, 10.0))
def test_a_stronger_defender_never_loses_more(attack, defence, balance, factor):
    weak, strong = outcome_odds(attack, defence, balance), outcome_odds(attack, factor * defence, balance)
    assert strong[0] <= weak[0] + 1e-12
    assert strong[1] >= weak[1] - 1e-12


@given(strength, strength, st.floats(1.0, 2.5))
def test_an_indecisive_contest_ends_in_equal_chances(attack, defence, draw):
    lost, held = outcome_odds(attack, defence, Balance(0, 1e-12, 1.0, draw, 1.0))
    assert lost == pytest.approx(1.0 / (1.0 + draw), abs=1e-9)
    assert held == pytest.approx(lost, abs=1e-9)


def test_chances_by_hand():
    # Twice as strong, m = 1, no advantage, no draws: two to one.
    assert outcome_odds(2.0, 1.0, Balance(0, 1.0, 1.0, 1.0, 1.0)) == pytest.approx((2 / 3, 1 / 3))
    # Jia's draw parameter c = 2 at parity: each wins 1/3, stalemate 1/3.
    assert outcome_odds(1.0, 1.0, Balance(0, 0.4, 1.0, 2.0, 1.0)) == pytest.approx((1 / 3, 1 / 3))
    # Difference form at a gap of one scale: log-odds m.
    assert outcome_odds(0.0, 1.0, Balance(1, 0.7, 1.0, 1.0, 1.0))[1] == pytest.approx(
        1 / (1 + math.exp(-0.7))
    )


def test_nobody_on_one_side_loses():
    assert outcome_odds(0.0, 1.0, Balance(0, 0.3, 1.0, 1.5, 1.0)) == (0.0, 1.0)
    assert outcome_odds(1.0, 0.0, Balance(0, 0.3, 1.0, 1.5, 1.0)) == (1.0, 0.0)
