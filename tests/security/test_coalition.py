"""Joiner sets: every one counted, none expected."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.security import Balance, join_sets, joiner_odds, outcome_odds


def sets_of(strength, probability):
    total, weight = np.empty(2 ** len(strength)), np.empty(2 ** len(strength))
    join_sets(np.array(strength, dtype=float), np.array(probability, dtype=float), total, weight)
    return total, weight


def brute_force(attack, core, strength, probability, balance):
    lost = held = 0.0
    for joins in itertools.product([0, 1], repeat=len(strength)):
        chance = np.prod([q if j else 1 - q for j, q in zip(joins, probability, strict=True)])
        here = outcome_odds(attack, core + float(np.dot(joins, strength)), balance)
        lost, held = lost + chance * here[0], held + chance * here[1]
    return lost, held


partners = st.integers(0, 8).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(0.01, 10.0), min_size=k, max_size=k),
        st.lists(st.floats(0.0, 1.0), min_size=k, max_size=k),
    )
)
balances = st.builds(
    Balance,
    st.sampled_from([0, 1]),
    st.floats(0.05, 1.0),
    st.floats(1.0, 4.0),
    st.floats(1.0, 2.5),
    st.floats(1, 50),
)


@settings(deadline=None)
@given(partners, st.floats(0.1, 50.0), st.floats(0.0, 50.0), balances)
def test_odds_equal_the_sum_over_all_sets(joiners, attack, core, balance):
    strength, probability = joiners
    odds = joiner_odds(attack, core, *sets_of(strength, probability), balance)
    assert tuple(odds) == pytest.approx(brute_force(attack, core, strength, probability, balance), abs=1e-6)


@given(partners)
def test_chances_of_all_sets_sum_to_one(joiners):
    _, weight = sets_of(*joiners)
    assert weight.sum() == pytest.approx(1.0)


@settings(deadline=None)
@given(partners, st.floats(0.1, 50.0), st.floats(0.1, 50.0), balances, st.floats(0.01, 10.0))
def test_a_partner_that_never_comes_is_worth_nothing(joiners, attack, core, balance, strength):
    without = joiner_odds(attack, core, *sets_of(*joiners), balance)
    idle = joiner_odds(attack, core, *sets_of([*joiners[0], strength], [*joiners[1], 0.0]), balance)
    assert tuple(idle) == pytest.approx(tuple(without), abs=2e-6)


def test_many_partners_take_the_fast_way_and_agree_with_brute_force():
    rng = np.random.default_rng(7)
    for form in (0, 1):
        for _ in range(40):
            strength, probability = rng.lognormal(size=8), rng.uniform(size=8)
            core = rng.uniform(0.3, 3.0) * strength.sum()
            balance = Balance(
                form, rng.uniform(0.05, 1), rng.uniform(1, 4), rng.uniform(1, 2.5), 1.4 * strength.sum()
            )
            attack = core * 10 ** rng.uniform(-1.5, 1.5)
            odds = joiner_odds(attack, core, *sets_of(strength, probability), balance)
            expected = brute_force(attack, core, strength, probability, balance)
            assert tuple(odds) == pytest.approx(expected, abs=1e-6)
