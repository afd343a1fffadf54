"""PRIM: a known box is found, its trajectory is right, and what has no box is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.strategy import PrimSettings, Uncertainty, draw_futures, find_box, in_box, restriction_frequency
from kedge.strategy.design import prepare_design, take_futures

PUBLISHED = json.loads((Path(__file__).parent / "prim_trajectories.json").read_text("utf-8"))["tables"]
TRUE = {2: (0.5, 1.0), 7: (0.2, 0.8), 11: (0.0, 0.55)}


def known_box(count, seed, inside=0.95, outside=0.03, columns=20):
    inputs = draw_futures([Uncertainty(f"u{column}", 0, 1) for column in range(columns)], count, seed)
    holds = np.all(
        [(inputs[:, c] >= low) & (inputs[:, c] <= high) for c, (low, high) in TRUE.items()], axis=0
    )
    chance = np.where(holds, inside, outside)
    return inputs, np.random.default_rng(seed).random(count) < chance


def overlap(box):
    """Intersection over union of the box found and the true one, in the unit cube."""
    found = {
        limit.column: (limit.low or 0.0, 1.0 if limit.high is None else limit.high) for limit in box.limits
    }
    both = one = other = 1.0
    for column in range(20):
        (a, b), (c, d) = found.get(column, (0, 1)), TRUE.get(column, (0, 1))
        both, one, other = both * max(0, min(b, d) - max(a, c)), one * (b - a), other * (d - c)
    return both / (one + other - both)


@pytest.mark.parametrize(("inside", "outside"), [(0.95, 0.03), (1.0, 0.0)])
def test_a_known_box_in_twenty_dimensions_is_recovered(inside, outside):
    for seed in range(8):
        found = find_box(*known_box(2000, seed, inside, outside))
        assert overlap(found.box) >= 0.9
        assert [limit.column for limit in found.box.limits] == list(TRUE)


def slow_quantile(values, share):
    """Quantile as Bryant and Lempert's toolkit takes it: midway to the next different value inward."""
    ordered = np.sort(values) if share <= 0.5 else np.sort(values)[::-1]
    place = (len(values) - 1) * share
    near = int(np.floor(place)) if share <= 0.5 else len(values) - 1 - int(np.ceil(place))
    further = [value for value in ordered[near:] if value != ordered[near]]
    return (ordered[near] + further[0]) / 2 if further else ordered[near]


def slow_peel(inputs, holds, alpha=0.05, least=0.05):
    """The peeling with the lenient criterion, written out plainly: sizes and limits of every box."""
    rows, sizes, limited = np.arange(len(holds)), [], set()
    limits, trail = np.stack([inputs.min(axis=0), inputs.max(axis=0)], axis=1), []
    while True:
        n, k = len(rows), int(holds[rows].sum())
        sizes.append((n, k))
        trail.append(limits.copy())
        options = []
        for column in range(inputs.shape[1]):
            values = inputs[rows, column]
            for side in (1, 0):
                limit = slow_quantile(values, 1 - alpha if side else alpha)
                kept = rows[values <= limit] if side else rows[values >= limit]
                gone = n - len(kept)
                gain = (holds[kept].sum() / len(kept) - k / n) / gone if gone and len(kept) else 0.0
                options.append((gain, column in limited, -len(options), column, side, limit, kept))
        gain, _, _, column, side, limit, kept = max(options, key=lambda option: option[:3])
        if gain <= 0 or len(kept) / len(holds) < least:
            return np.array(sizes), np.array(trail)
        rows = kept
        limits[column, side] = limit
        limited.add(column)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(30, 300), st.sampled_from([0, 3, 10, 1000]))
def test_the_peeling_trajectory_equals_a_plain_one_ties_included(seed, count, steps):
    rng = np.random.default_rng(seed)
    inputs = rng.random((count, 4))
    if steps:
        inputs = np.floor(inputs * steps)
    holds = rng.random(count) < 0.1 + 0.6 * (inputs[:, 1] > inputs[:, 1].mean())
    holds[:2] = True, False
    expected, limits = slow_peel(inputs, holds)
    found = find_box(inputs, holds).trajectory
    peeled = slice(0, found.peels + 1)
    assert found.mass[peeled] == pytest.approx(expected[:, 0] / count)
    assert found.density[peeled] == pytest.approx(expected[:, 1] / expected[:, 0])
    assert np.array_equal(found.limits[peeled], limits)


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table["name"])
def test_the_peeling_trajectory_is_that_of_the_ema_workbench(table):
    kinds = {
        kind: tuple(column for column, one in enumerate(table["kinds"]) if one == kind)
        for kind in ("integer", "categorical")
    }
    asked = {name: table[name] for name in ("objective", "peel_alpha", "least_mass")}
    inputs = np.array(table["columns"], dtype=float).T
    holds = np.array([mark == "1" for mark in table["of_interest"]])
    path = find_box(inputs, holds, PrimSettings(**kinds, **asked)).trajectory
    assert path.peels + 1 == len(table["futures"])
    for box, limits in enumerate(table["limits"]):
        assert path.mass[box] == pytest.approx(table["futures"][box] / len(holds))
        assert path.density[box] == pytest.approx(table["cases"][box] / table["futures"][box])
        for column, (kind, limit) in enumerate(zip(table["kinds"], limits, strict=True)):
            if kind == "categorical":
                assert np.flatnonzero(path.kept[box, column]).tolist() == limit
            else:
                assert path.limits[box, column] == pytest.approx(limit)


def mixed_inputs(seed, count=800):
    rng = np.random.default_rng(seed)
    inputs = np.column_stack(
        [rng.random(count), rng.integers(0, 8, count), rng.integers(0, 4, count), rng.random(count).round(1)]
    ).astype(float)
    return inputs, (inputs[:, 0] > 0.4) & (inputs[:, 2] != 1) & (rng.random(count) < 0.9)


MIXED = {"integer": (1,), "categorical": (2,)}


def test_a_design_serves_several_outcomes():
    inputs, holds = mixed_inputs(1)
    design, settings_ = prepare_design(inputs, **MIXED), PrimSettings(**MIXED)
    for outcome in (holds, ~holds, inputs[:, 1] > 5):
        one, other = find_box(design, outcome, settings_), find_box(inputs, outcome, settings_)
        assert one.box == other.box
        assert np.array_equal(one.trajectory.limits, other.trajectory.limits)
    assert find_box(design, holds).box == find_box(design, holds, settings_).box


def test_part_of_a_design_gives_the_same_boxes_as_those_futures_alone():
    inputs, holds = mixed_inputs(2)
    half = np.random.default_rng(0).random(len(inputs)) < 0.5
    one = find_box(take_futures(prepare_design(inputs, **MIXED), half), holds[half])
    other = find_box(inputs[half], holds[half], PrimSettings(**MIXED))
    assert one.box == other.box
    assert np.array_equal(one.trajectory.density, other.trajectory.density)


def test_a_design_knows_its_kinds_of_column():
    inputs, holds = mixed_inputs(3)
    design = prepare_design(inputs, **MIXED)
    assert (design.integer, design.categorical, design.futures) == ((1,), (2,), 800)
    with pytest.raises(DomainError, match="prepared with"):
        find_box(design, holds, PrimSettings(integer=(3,)))
    with pytest.raises(DomainError, match="both integer and categorical"):
        prepare_design(inputs, integer=(1,), categorical=(1,))
    with pytest.raises(DomainError, match="at least one of 800"):
        take_futures(design, np.zeros(800, dtype=bool))


def test_columns_that_stay_open_are_never_limited():
    inputs, holds = known_box(1000, 1)
    found = find_box(inputs, holds, PrimSettings(stay_open=(2, 5)))
    assert not found.trajectory.limited[:, [2, 5]].any()
    assert {7, 11} <= {limit.column for limit in found.box.limits}


def test_no_more_columns_are_limited_than_allowed():
    inputs, holds = known_box(1000, 2)
    for most in (1, 2):
        found = find_box(inputs, holds, PrimSettings(most_limited=most))
        assert found.trajectory.restricted.max() == most
        assert {limit.column for limit in found.box.limits} < set(TRUE)
    kept = find_box(inputs, holds, PrimSettings(most_limited=1, must_limit=(11,)))
    assert [limit.column for limit in kept.box.limits] == [11]


def test_a_column_that_must_be_limited_is_and_its_limit_is_not_dropped():
    inputs, holds = known_box(400, 3, inside=0.8, outside=0.2)
    plain = find_box(inputs, holds)
    wanted = next(
        column for column in range(20) if column not in {limit.column for limit in plain.box.limits}
    )
    found = find_box(inputs, holds, PrimSettings(must_limit=(wanted,), least_mass=0.02))
    assert found.floor_met
    assert wanted in {limit.column for limit in found.box.limits}


def test_coverage_can_be_demanded_and_what_cannot_be_met_is_said():
    inputs, holds = known_box(1000, 4)
    found = find_box(inputs, holds, PrimSettings(rule="density", least_coverage=0.8))
    path = found.trajectory
    assert found.floor_met
    assert path.coverage[found.chosen] >= 0.8
    assert path.density[found.chosen] == path.density[path.coverage >= 0.8].max()
    both = find_box(inputs, holds, PrimSettings(least_coverage=0.999, density_floor=0.99))
    assert not both.floor_met
    assert both.trajectory.coverage[both.chosen] >= 0.999


def test_every_box_of_the_trajectory_holds_what_it_says():
    inputs, holds = known_box(1000, 3)
    path = find_box(inputs, holds).trajectory
    assert path.mass[0] == path.coverage[0] == 1
    assert path.restricted[0] == 0
    for box, limits in enumerate(path.limits):
        inside = ((inputs >= limits[:, 0]) & (inputs <= limits[:, 1])).all(axis=1)
        assert inside.mean() == pytest.approx(path.mass[box])
        assert holds[inside].mean() == pytest.approx(path.density[box])
        assert holds[inside].sum() / holds.sum() == pytest.approx(path.coverage[box])
    assert (np.diff(path.mass[: path.peels + 1]) < 0).all()
    assert (np.diff(path.mass[path.peels :]) > 0).all()
    assert (np.diff(path.density[path.peels :]) > 0).all()


def test_the_chosen_box_holds_what_it_says():
    inputs, holds = known_box(1000, 4)
    box = find_box(inputs, holds).box
    inside = in_box(inputs, box)
    assert (inside.sum(), (inside & holds).sum()) == (box.futures, box.cases)
    assert box.density == pytest.approx(holds[inside].mean())
    assert box.coverage == pytest.approx(holds[inside].sum() / holds.sum())


def test_units_do_not_matter_and_the_order_of_columns_does_not_change_what_is_limited():
    inputs, holds = known_box(1000, 5)
    plain, scaled = find_box(inputs, holds), find_box(inputs * 1024 - 512, holds)
    assert np.array_equal(plain.trajectory.mass, scaled.trajectory.mass)
    assert scaled.box.limits[0].low == plain.box.limits[0].low * 1024 - 512
    # Peels that gain exactly as much are taken in column order, so paths may differ, but not the finding.
    turned = find_box(inputs[:, ::-1], holds)
    assert [19 - limit.column for limit in turned.box.limits][::-1] == [
        limit.column for limit in plain.box.limits
    ]


def test_the_order_of_futures_does_not_matter():
    inputs, holds = known_box(500, 6)
    inputs = np.round(inputs, 1)
    mixed = np.random.default_rng(0).permutation(500)
    one, other = find_box(inputs, holds).trajectory, find_box(inputs[mixed], holds[mixed]).trajectory
    assert np.array_equal(one.limits, other.limits)
    assert np.array_equal(one.density, other.density)


@pytest.mark.parametrize("objective", ["lenient1", "lenient2", "original"])
def test_every_objective_finds_the_box(objective):
    found = find_box(*known_box(2000, 1), PrimSettings(objective=objective))
    assert {limit.column for limit in found.box.limits} == set(TRUE)


def test_categories_and_whole_numbers_are_limited_in_their_own_terms():
    rng = np.random.default_rng(1)
    inputs = np.column_stack([rng.integers(0, 4, 3000), rng.integers(0, 10, 3000), rng.random(3000)]).astype(
        float
    )
    holds = np.isin(inputs[:, 0], (0, 2)) & (inputs[:, 1] >= 4) & (rng.random(3000) < 0.9)
    found = find_box(inputs, holds, PrimSettings(categorical=(0,), integer=(1,)))
    category, whole = found.box.limits
    assert category.categories == (0, 2)
    assert (whole.low, whole.high) == (4.0, None)
    assert in_box(inputs, found.box).sum() == found.box.futures
    assert found.box.coverage == 1


def test_the_rule_trades_coverage_against_a_density_floor():
    inputs, holds = known_box(2000, 2)
    wide = find_box(inputs, holds, PrimSettings(rule="coverage", density_floor=0.6))
    narrow = find_box(inputs, holds, PrimSettings(rule="coverage", density_floor=0.9))
    path = wide.trajectory
    assert wide.floor_met
    assert path.density[wide.chosen] >= 0.6
    assert path.coverage[wide.chosen] > path.coverage[narrow.chosen]
    noisy = find_box(*known_box(500, 2, inside=0.5, outside=0.1), PrimSettings(density_floor=0.999))
    assert not noisy.floor_met
    assert noisy.chosen == noisy.trajectory.density.argmax()


def test_limits_that_chance_explains_are_dropped():
    inputs, holds = known_box(300, 3, inside=0.8, outside=0.2)
    kept = find_box(inputs, holds, PrimSettings(significance=1.0, rule="coverage", density_floor=0.75))
    dropped = find_box(inputs, holds, PrimSettings(significance=0.01, rule="coverage", density_floor=0.75))
    assert len(dropped.box.limits) < len(kept.box.limits)
    for limit in dropped.box.limits:
        for value in (limit.quasi_p_low, limit.quasi_p_high):
            assert value is None or value <= 0.01


def test_true_limits_come_back_in_every_half_of_the_futures():
    inputs, holds = known_box(2000, 7)
    often = restriction_frequency(inputs, holds, seed=1, resamples=5)
    assert (often[list(TRUE)] == 1).all()
    assert np.delete(often, list(TRUE)).max() < 0.5
    assert np.array_equal(often, restriction_frequency(inputs, holds, seed=1, resamples=5))


@pytest.mark.parametrize(("value", "message"), [(True, "all of the 10"), (False, "none of the 10")])
def test_nothing_to_tell_apart_is_refused(value, message):
    with pytest.raises(DomainError, match=message):
        find_box(np.random.default_rng(0).random((10, 2)), np.full(10, value))


def test_constant_inputs_are_left_alone():
    inputs = np.column_stack([np.full(200, 3.0), np.linspace(0, 1, 200)])
    found = find_box(inputs, inputs[:, 1] > 0.7)
    assert [limit.column for limit in found.box.limits] == [1]
    same = find_box(np.ones((4, 1)), np.array([True, False, True, False]))
    assert (same.box.limits, same.box.mass, same.box.density) == ((), 1.0, 0.5)


@pytest.mark.parametrize(
    ("inputs", "holds", "settings_", "message"),
    [
        (np.ones(4), np.ones(4, dtype=bool), {}, "one mark of interest a future"),
        (np.ones((4, 1)), np.ones(3, dtype=bool), {}, "one mark of interest a future"),
        (np.ones((2, 1)), np.array([0.0, 1.0]), {}, "compare with a threshold"),
        (np.full((2, 1), np.nan), np.array([True, False]), {}, "not finite"),
        (np.full((2, 1), 0.5), np.array([True, False]), {"integer": (0,)}, "whole numbers"),
        (np.full((2, 1), -1.0), np.array([True, False]), {"categorical": (0,)}, "codes from 0"),
        (np.ones((2, 1)), np.array([True, False]), {"integer": (3,)}, "column 3 is not one of the 1"),
    ],
)
def test_malformed_input_is_refused(inputs, holds, settings_, message):
    with pytest.raises(DomainError, match=message):
        find_box(inputs, holds, PrimSettings(**settings_))


@pytest.mark.parametrize(
    "settings_",
    [
        {"peel_alpha": 0.0},
        {"least_mass": 1.0},
        {"density_floor": 2.0},
        {"least_coverage": -0.1},
        {"objective": "x"},
        {"rule": "x"},
        {"stay_open": (1,), "must_limit": (1,)},
        {"most_limited": 0},
        {"most_limited": 1, "must_limit": (1, 2)},
    ],
)
def test_malformed_settings_are_refused(settings_):
    with pytest.raises(DomainError):
        PrimSettings(**settings_)


def test_demands_on_columns_that_are_not_there_are_refused():
    inputs, holds = known_box(100, 0)
    for name in ("stay_open", "must_limit"):
        with pytest.raises(DomainError, match=f"{name}: column 20 is not one of the 20"):
            find_box(inputs, holds, PrimSettings(**{name: (20,)}))
