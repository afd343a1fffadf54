"""Who comes, and what tempts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.security import UNBOUND_OFFSET, attack_hazard, log_odds, logistic, partner_log_odds, temptation

probability = st.floats(1e-6, 1 - 1e-6)
odds = st.floats(-30, 30)


@given(probability)
def test_log_odds_and_logistic_undo_one_another(p):
    assert logistic(log_odds(p)) == pytest.approx(p, rel=1e-9)


@given(st.floats(-800, 800))
def test_logistic_never_overflows(x):
    assert 0.0 <= logistic(x) <= 1.0


@given(probability, odds, st.floats(0, 5))
def test_a_partner_bound_to_defend_comes_likelier_than_one_that_is_not(p, bond, distance):
    gap = partner_log_odds(p, 1.0, bond, distance) - partner_log_odds(p, 0.0, bond, distance)
    assert gap == pytest.approx(-UNBOUND_OFFSET)


@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5))
def test_punishment_and_contentment_never_tempt(win, punishment, content):
    assert temptation(win, punishment, content) <= temptation(win, 0.0, 0.0) + 1e-12


@given(st.floats(1e-4, 0.2), st.floats(0.5, 10), st.floats(-0.5, 0.5))
def test_the_reference_has_the_base_rate_and_temptation_raises_it(base, slope, change):
    assert attack_hazard(base, slope, 0.0, 0.0) == pytest.approx(base, rel=1e-9)
    moved = attack_hazard(base, slope, change, 0.0)
    assert (moved - base) * change >= -1e-15


def test_hazard_by_hand():
    expected = 1 / (1 + math.exp(-(math.log(0.02 / 0.98) + 5 * 0.1 - 0.3)))
    assert attack_hazard(0.02, 5.0, 0.1, -0.3) == pytest.approx(expected)
