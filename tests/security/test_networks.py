"""War-stable networks, against the definition by enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security.networks import network_stability, worst_threat


def open_to_attack(network, strength, target, defence):
    """Try every leader with every subset of its allies."""
    count = strength.size
    for leader in range(count):
        if leader == target:
            continue
        allies = [k for k in range(count) if network[leader, k] and k != target]
        for size in range(len(allies) + 1):
            for chosen in itertools.combinations(allies, size):
                attackers = {leader, *chosen}
                defenders = {target, *(k for k in range(count) if network[target, k] and k not in attackers)}
                if sum(strength[list(attackers)]) > defence * sum(strength[list(defenders)]):
                    return True
    return False


@st.composite
def networks(draw):
    count = draw(st.integers(2, 5))
    upper = draw(
        st.lists(st.booleans(), min_size=count * (count - 1) // 2, max_size=count * (count - 1) // 2)
    )
    network = np.zeros((count, count), dtype=bool)
    network[np.triu_indices(count, 1)] = upper
    strength = np.array(draw(st.lists(st.floats(0.1, 10), min_size=count, max_size=count)))
    return network | network.T, strength


@settings(max_examples=80, deadline=None)
@given(networks(), st.floats(0.5, 3))
def test_the_largest_attack_is_enough(case, defence):
    network, strength = case
    for target in range(strength.size):
        found = worst_threat(network, strength, target, defence)
        assert (found is not None) == open_to_attack(network, strength, target, defence)
        if found is not None:
            assert target in found.defenders
            assert not set(found.attackers) & set(found.defenders)


@settings(max_examples=40, deadline=None)
@given(networks(), st.floats(0.5, 3), st.floats(0.1, 50))
def test_the_unit_of_strength_does_not_matter(case, defence, unit):
    network, strength = case
    strength = np.round(strength, 1)
    assert network_stability(network, strength, defence).holds == (
        network_stability(network, strength * 2.0 ** round(np.log2(unit)), defence).holds
    )


def test_a_strong_state_threatens_a_weak_one_until_it_has_an_ally():
    strength = np.array([3.0, 1.0, 2.5])
    alone = network_stability(np.zeros((3, 3), bool), strength)
    assert {each.target for each in alone.threats} == {1, 2}
    tied = np.zeros((3, 3), bool)
    tied[1, 2] = tied[2, 1] = True
    found = network_stability(tied, strength)
    # The two together threaten the strong one; and the definition lets an ally attack its own ally.
    assert {each.target: each.leader for each in found.threats} == {0: 1, 1: 2}
    assert found.idle == ()


def test_strong_defence_leaves_ties_idle():
    tied = ~np.eye(3, dtype=bool)
    found = network_stability(tied, np.ones(3), defence=3.0)
    assert found.threats == ()
    assert found.idle == ((0, 1), (0, 2), (1, 2))


@pytest.mark.parametrize(
    ("network", "strength", "defence"),
    [
        (np.zeros((2, 3), bool), np.ones(2), 1.0),
        (np.array([[False, True], [False, False]]), np.ones(2), 1.0),
        (np.eye(2, dtype=bool), np.ones(2), 1.0),
        (np.zeros((2, 2), bool), np.array([1.0, -1.0]), 1.0),
        (np.zeros((2, 2), bool), np.ones(2), 0.0),
    ],
)
def test_what_is_no_network_is_refused(network, strength, defence):
    with pytest.raises(DomainError):
        network_stability(network, strength, defence)
