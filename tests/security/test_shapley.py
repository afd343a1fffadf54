"""Shapley values: the axioms, brute force over orders, domains, sampling."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security import Balance, outcome_odds
from kedge.security.shapley import (
    Coalition,
    coalition_worth,
    domain_values,
    led_worth,
    pivot_shares,
    sampled_values,
    shapley_values,
)

BALANCE = Balance(0, 0.5, 1.5, 1.4, 1.0)
members = st.integers(1, 6)


def games(count):
    entry = st.floats(-10, 10, allow_subnormal=False)
    return st.lists(entry, min_size=1 << count, max_size=1 << count).map(np.array)


def over_orders(worth, count):
    """Average contributions over every order: the definition."""
    value = np.zeros(count)
    for order in itertools.permutations(range(count)):
        seen = 0
        for n in order:
            value[n] += worth[seen | (1 << n)] - worth[seen]
            seen |= 1 << n
    return value / math.factorial(count)


@settings(max_examples=60, deadline=None)
@given(members.flatmap(games))
def test_values_are_mean_contributions_and_add_up(worth):
    count = worth.size.bit_length() - 1
    value = shapley_values(worth)
    np.testing.assert_allclose(value, over_orders(worth, count), atol=1e-12)
    assert value.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6).flatmap(lambda n: st.tuples(games(n), games(n), st.permutations(range(n)))))
def test_additivity_and_symmetry(case):
    one, two, order = case
    both = shapley_values(one + two)
    np.testing.assert_allclose(both, shapley_values(one) + shapley_values(two), atol=1e-12)
    moved = np.empty_like(one)
    for s in range(one.size):
        moved[sum(1 << order[n] for n in range(len(order)) if s >> n & 1)] = one[s]
    np.testing.assert_allclose(shapley_values(moved)[list(order)], shapley_values(one), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6).flatmap(lambda n: st.tuples(games(n), st.integers(0, n - 1), st.floats(-5, 5))))
def test_a_dummy_gets_what_it_brings_alone(case):
    worth, n, alone = case
    bit = 1 << n
    for s in range(worth.size):
        if s & bit:
            worth[s] = worth[s ^ bit] + alone
    assert shapley_values(worth)[n] == pytest.approx(alone, abs=1e-12)


def test_twenty_members_add_up():
    rng = np.random.default_rng(1)
    worth = coalition_worth(20.0, 5.0, rng.random(20), rng.random(20), BALANCE)
    assert shapley_values(worth).sum() == pytest.approx(worth[-1] - worth[0], abs=1e-12)


@pytest.mark.parametrize("worth", [np.zeros(3), np.zeros((2, 2)), np.array([0.0, np.nan])])
def test_what_is_no_game_is_refused(worth):
    with pytest.raises(DomainError):
        shapley_values(worth)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 1)), min_size=1, max_size=5))
def test_worth_is_the_mean_over_who_comes(joiners):
    strength, chance = np.array(joiners).T
    worth = coalition_worth(4.0, 2.0, strength, chance, BALANCE)
    for coalition in range(worth.size):
        inside = [n for n in range(strength.size) if coalition >> n & 1]
        mean = 0.0
        for come in itertools.product((0, 1), repeat=len(inside)):
            weight = math.prod(chance[n] if c else 1 - chance[n] for n, c in zip(inside, come, strict=True))
            total = 2.0 + sum(strength[n] * c for n, c in zip(inside, come, strict=True))
            mean += weight * (1 - outcome_odds(4.0, total, BALANCE)[0])
        assert worth[coalition] == pytest.approx(mean, abs=1e-12)


def random_coalition(rng, members, domains=3):
    strength = rng.random((members, domains)) * (rng.random((members, domains)) > 0.3) * 3
    alone = rng.random(members)
    led = np.minimum(alone + 0.3, 1.0)
    return Coalition(strength, alone, led, rng.random(domains) * 4, float(rng.random()))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_domains_add_up_to_members(members, seed):
    coalition = random_coalition(np.random.default_rng(seed), members)
    found = domain_values(5.0, 1.0, coalition, BALANCE)
    whole = shapley_values(led_worth(5.0, 1.0, coalition, BALANCE))
    np.testing.assert_allclose(found.member.sum(axis=1), whole[:-1], atol=1e-12)
    assert found.patron.sum() + found.leading == pytest.approx(whole[-1], abs=1e-12)
    np.testing.assert_array_equal(found.near, found.member)
    assert np.abs(found.member[coalition.strength == 0.0]).max(initial=0.0) < 1e-15


def held(coalition, core, parts, patron):
    """Chance that an attack of strength 5 fails when these parts of members, and maybe the patron, are in."""
    members, mean = coalition.strength.shape[0], 0.0
    for comes, weight in (
        ((True, coalition.comes), (False, 1 - coalition.comes)) if patron else ((False, 1.0),)
    ):
        chance = coalition.led if comes else coalition.alone
        for come in itertools.product((0, 1), repeat=members):
            odds = math.prod(chance[n] if c else 1 - chance[n] for n, c in enumerate(come))
            total = core + sum(coalition.strength[n, d] for n, d in parts if come[n])
            total += coalition.patron.sum() if comes else 0.0
            mean += weight * odds * (1 - outcome_odds(5.0, total, BALANCE)[0])
    return mean


def test_domains_equal_a_game_of_blocks_in_every_order():
    coalition = random_coalition(np.random.default_rng(7), 2, 2)
    value = np.zeros((2, 2))
    within = list(itertools.permutations(range(2)))
    blocks = list(itertools.permutations(("patron", 0, 1)))
    for order in blocks:
        for inner in itertools.product(within, repeat=2):
            seen: list[tuple[int, int]] = []
            patron = False
            for block in order:
                if block == "patron":
                    patron = True
                    continue
                for d in inner[block]:
                    more = held(coalition, 1.0, [*seen, (block, d)], patron)
                    value[block, d] += more - held(coalition, 1.0, seen, patron)
                    seen.append((block, d))
    value /= len(blocks) * len(within) ** 2
    np.testing.assert_allclose(domain_values(5.0, 1.0, coalition, BALANCE).member, value, atol=1e-12)


def test_strength_near_by_is_valued_one_member_at_a_time():
    coalition = random_coalition(np.random.default_rng(3), 4)
    nearby = coalition.strength * 2.0
    found = domain_values(5.0, 1.0, coalition, BALANCE, nearby)
    for n in range(4):
        strength = coalition.strength.copy()
        strength[n] = nearby[n]
        moved = domain_values(5.0, 1.0, coalition._replace(strength=strength), BALANCE)
        np.testing.assert_allclose(found.near[n], moved.member[n], atol=1e-12)


def test_a_patron_that_never_comes_and_partners_that_never_join_are_worth_nothing():
    coalition = random_coalition(np.random.default_rng(5), 3)
    nobody = coalition._replace(comes=0.0)
    found = domain_values(5.0, 1.0, nobody, BALANCE)
    assert found.leading == 0.0
    assert not found.patron.any()
    idle = coalition._replace(alone=np.zeros(3), led=np.zeros(3))
    assert not domain_values(5.0, 1.0, idle, BALANCE).member.any()


def test_too_many_members_are_refused():
    coalition = random_coalition(np.random.default_rng(5), 17)
    with pytest.raises(DomainError, match="16 members"):
        domain_values(5.0, 1.0, coalition, BALANCE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sampling_is_within_its_error(seed):
    rng = np.random.default_rng(seed)
    strength, chance = rng.random(12) * 2, rng.random(12)
    exact = shapley_values(coalition_worth(8.0, 3.0, strength, chance, BALANCE))
    found = sampled_values(8.0, 3.0, strength, chance, BALANCE, orders=20_000, seed=seed)
    assert (np.abs(found.value - exact) < 3.5 * found.error).all()
    assert (np.abs(found.value - exact) / found.error).mean() < 1.6
    assert found.error.max() < 1e-3


def test_pivots_sum_to_one_where_the_threshold_is_reached():
    worth = coalition_worth(
        6.0, 1.0, np.array([3.0, 2.0, 1.0, 0.0]), np.ones(4), Balance(0, 1.0, 1.0, 1.0, 1.0)
    )
    shares = pivot_shares(worth, 0.5)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[3] == 0.0
    assert pivot_shares(worth, 0.99).sum() == 0.0
