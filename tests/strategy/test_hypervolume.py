"""Hypervolume against inclusion-exclusion, closed forms and its own laws."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.strategy.archive import unbeaten
from kedge.strategy.directions import lattice, reference_directions
from kedge.strategy.volume import estimate_hypervolume, hypervolume


def by_inclusion_exclusion(points, reference):
    total = 0.0
    for size in range(1, len(points) + 1):
        for chosen in itertools.combinations(range(len(points)), size):
            total -= (-1) ** size * np.prod(reference - points[list(chosen)].max(axis=0))
    return total


@st.composite
def sets(draw):
    size = draw(st.integers(1, 5))
    # Few different values, so that ties and equal points are frequent.
    row = st.lists(st.integers(0, 6), min_size=size, max_size=size)
    return np.array(draw(st.lists(row, min_size=1, max_size=7)), dtype=float)


@settings(max_examples=60, deadline=None)
@given(sets())
def test_it_equals_inclusion_and_exclusion(points):
    reference = np.full(points.shape[1], 6.0)
    assert hypervolume(points, reference) == pytest.approx(by_inclusion_exclusion(points, reference))


@settings(max_examples=40, deadline=None)
@given(sets(), st.randoms(use_true_random=False))
def test_order_of_points_and_of_objectives_does_not_matter(points, random):
    reference = np.arange(points.shape[1]) + 5.0
    rows, columns = list(range(len(points))), list(range(points.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    mixed = points[rows][:, columns]
    assert hypervolume(mixed, reference[columns]) == pytest.approx(hypervolume(points, reference))


@settings(max_examples=40, deadline=None)
@given(sets(), st.floats(0.1, 10.0))
def test_another_unit_scales_it_and_a_point_more_never_lowers_it(points, unit):
    reference = np.full(points.shape[1], 6.0)
    whole = hypervolume(points, reference)
    scaled = hypervolume(points * unit, reference * unit)
    assert scaled == pytest.approx(whole * unit ** points.shape[1])
    assert hypervolume(points[1:], reference) <= whole + 1e-9


@pytest.mark.parametrize("size", [3, 4, 5])
def test_random_points_agree_with_the_share_of_sobol_points(size):
    points = np.abs(np.random.default_rng(size).normal(size=(60, size)))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    reference = np.full(size, 1.1)
    exact = hypervolume(points, reference)
    assert estimate_hypervolume(points, reference, samples=2**14) == pytest.approx(exact, rel=0.01)


def test_a_fine_lattice_on_the_sphere_comes_near_the_ball_in_closed_form():
    front = reference_directions(4, 9000)
    exact = 2.0**4 - np.pi**2 / 32
    assert 0.998 < hypervolume(front, np.full(4, 2.0)) / exact < 1.0


def test_points_beyond_the_reference_add_nothing():
    inside = np.array([[0.5, 0.5, 0.5, 0.5]])
    outside = np.array([[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 0.0]])
    both = hypervolume(np.concatenate([inside, outside]), np.ones(4))
    assert both == hypervolume(inside, np.ones(4)) == pytest.approx(0.5**4)
    assert hypervolume(outside, np.ones(4)) == 0.0


@pytest.mark.parametrize(("objectives", "divisions", "count"), [(2, 99, 100), (3, 12, 91), (4, 9, 220)])
def test_a_lattice_has_the_published_number_of_points(objectives, divisions, count):
    weights = lattice(objectives, divisions)
    assert weights.shape == (count, objectives)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert len(np.unique(weights, axis=0)) == count


def test_directions_keep_to_their_limit_and_reach_inside_with_many_objectives():
    directions = reference_directions(8, 156)
    assert len(directions) == 156
    assert (directions > 0).all(axis=1).any()


@settings(max_examples=40, deadline=None)
@given(sets())
def test_unbeaten_points_are_those_that_no_other_dominates(points):
    kept = unbeaten(points)
    for row, point in enumerate(points):
        beaten = ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()
        twin = (points[:row] == point).all(axis=1).any()
        assert kept[row] == (not beaten and not twin)


def test_shapes_and_numbers_that_do_not_fit_are_refused():
    with pytest.raises(DomainError, match=r"one number an objective, got shapes \(1, 2\) and \(3,\)"):
        hypervolume(np.zeros((1, 2)), np.ones(3))
    with pytest.raises(DomainError, match="must be finite"):
        hypervolume(np.full((1, 2), np.nan), np.ones(2))
    with pytest.raises(DomainError, match="needs 2 objectives"):
        lattice(1, 3)
    with pytest.raises(DomainError, match="finite numbers"):
        unbeaten(np.array([[np.inf, 0.0]]))
