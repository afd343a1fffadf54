"""Several thresholds, several boxes, the same box again, fresh futures, and stacked dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.strategy import (
    Box,
    Limit,
    PrimSettings,
    Resampling,
    Uncertainty,
    choice,
    find_box,
    in_box,
    mean_interval,
    restriction_frequency,
)
from kedge.strategy.compare import compare_boxes, split_futures
from kedge.strategy.design import prepare_design
from kedge.strategy.levels import find_boxes, find_cover
from kedge.strategy.reproduce import reproduce_box
from kedge.strategy.stacking import StackingSettings, stack_dimensions


def cube(count, columns, seed=0):
    return np.random.default_rng(seed).random((count, columns))


def low_box(column, low):
    return Box((Limit(column, low, None, (), None, None),), 0.0, 0.0, 0.0, 0, 0)


def test_several_thresholds_give_what_each_gives_alone():
    inputs = cube(1500, 5)
    outcome = inputs[:, 1] + 0.2 * inputs[:, 3]
    thresholds = (0.5, 0.8, 1.0, 5.0)
    found = find_boxes(prepare_design(inputs), outcome, thresholds)
    assert found.thresholds == thresholds
    assert found.results[-1] is None
    for threshold, share, result in zip(thresholds[:-1], found.shares, found.results, strict=False):
        assert share == (outcome > threshold).mean()
        assert result.box == find_box(inputs, outcome > threshold).box
    lows = [result.box.limits[0].low for result in found.results[:-1]]
    assert lows == sorted(lows)
    below = find_boxes(inputs, outcome, (0.5,), above=False).results[0]
    assert below.box == find_box(inputs, outcome < 0.5).box


@pytest.mark.parametrize(
    ("outcome", "thresholds", "message"),
    [
        (np.ones(9), (0.5,), "one number for each of 10"),
        (np.full(10, np.nan), (0.5,), "one finite number a future"),
        (np.ones(10), (), "one or more finite numbers"),
    ],
)
def test_malformed_outcomes_are_refused(outcome, thresholds, message):
    with pytest.raises(DomainError, match=message):
        find_boxes(cube(10, 2), outcome, thresholds)


def test_a_second_box_covers_what_the_first_leaves():
    inputs = cube(4000, 6, 3)
    first = (inputs[:, 0] > 0.6) & (inputs[:, 1] > 0.5)
    second = (inputs[:, 2] < 0.3) & (inputs[:, 3] < 0.5)
    holds = np.random.default_rng(1).random(4000) < np.where(first | second, 0.95, 0.02)
    found = find_cover(inputs, holds)
    assert [[limit.column for limit in box.limits] for box in found.boxes[:2]] == [[0, 1], [2, 3]]
    marks = np.stack([in_box(inputs, box) for box in found.boxes])
    assert found.mass == pytest.approx(marks.any(axis=0).mean())
    assert found.coverage == pytest.approx(holds[marks.any(axis=0)].sum() / holds.sum())
    assert found.density == pytest.approx(holds[marks.any(axis=0)].mean())
    assert found.coverage == pytest.approx(sum(box.coverage for box in found.boxes))
    assert found.mass == pytest.approx(sum(box.mass for box in found.boxes))
    alone = find_box(inputs, holds)
    assert found.boxes[0] == alone.box
    rest = ~in_box(inputs, alone.box)
    assert found.results[1].box == find_box(inputs[rest], holds[rest]).box
    assert len(find_cover(inputs, holds, most_boxes=1).boxes) == 1
    with pytest.raises(DomainError, match="one or more"):
        find_cover(inputs, holds, most_boxes=0)


def test_a_floor_that_no_box_meets_gives_no_box():
    inputs = cube(500, 3)
    holds = np.random.default_rng(2).random(500) < 0.3
    found = find_cover(inputs, holds, PrimSettings(density_floor=0.99))
    assert found.boxes == ()
    assert (found.coverage, found.mass, found.density) == (0.0, 0.0, holds.mean())


def test_a_true_box_is_found_again_and_holds_on_the_futures_left_out():
    inputs = cube(2000, 6, 5)
    true = (inputs[:, 1] > 0.5) & (inputs[:, 4] < 0.6)
    holds = np.random.default_rng(3).random(2000) < np.where(true, 0.9, 0.05)
    found = find_box(inputs, holds)
    again = reproduce_box(inputs, holds, found, seed=4, resamples=6)
    for limited in (again.limited, again.limited_at_coverage, again.limited_at_density):
        assert (limited[[1, 4]] == 1).all()
    assert np.array_equal(again.limited, restriction_frequency(inputs, holds, seed=4, resamples=6))
    assert again.density == pytest.approx(np.full(6, found.box.density), abs=0.08)
    assert again.coverage == pytest.approx(np.full(6, found.box.coverage), abs=0.12)
    assert again.overlap.min() > 0.85
    assert again.mass == pytest.approx(np.full(6, found.box.mass), abs=0.05)
    with pytest.raises(DomainError, match="resamples"):
        reproduce_box(inputs, holds, found, resamples=0)


def test_a_box_of_noise_does_not_hold_on_the_futures_left_out():
    inputs = cube(600, 8, 6)
    holds = np.random.default_rng(7).random(600) < 0.3
    asked = PrimSettings(rule="density", significance=1.0)
    found = find_box(inputs, holds, asked)
    again = reproduce_box(inputs, holds, found, asked, resamples=8)
    assert found.box.density > 0.44
    assert np.nanmean(again.density) < 0.36
    assert again.overlap.mean() < 0.6


def test_discovery_and_judgement_share_no_future():
    one, other = split_futures(1001, 0.3, seed=2)
    assert len(one) == 300
    assert np.array_equal(np.sort(np.concatenate([one, other])), np.arange(1001))
    assert np.array_equal(one, split_futures(1001, 0.3, seed=2)[0])
    assert not np.array_equal(one, split_futures(1001, 0.3, seed=3)[0])
    with pytest.raises(DomainError, match="nothing on one side"):
        split_futures(3, 0.1)


def test_boxes_are_judged_by_what_they_hold():
    inputs = cube(800, 2, 8)
    holds = inputs[:, 0] > 0.6
    boxes = [low_box(0, 0.6), low_box(0, 0.8), low_box(1, 0.5), low_box(0, 2.0)]
    found = compare_boxes(boxes, inputs, holds, Resampling(300, 1))
    marks = np.stack([in_box(inputs, box) for box in boxes])
    assert found.coverage.estimate == pytest.approx((marks & holds).sum(axis=1) / holds.sum())
    assert found.mass.estimate == pytest.approx(marks.mean(axis=1))
    assert found.density.estimate[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found.density.estimate[3])
    assert (found.density.low[3], found.density.high[3]) == (0, 1)
    either = (marks[0] | marks[2]).sum()
    assert found.overlap.estimate[0, 2] == pytest.approx((marks[0] & marks[2]).sum() / either)
    assert np.diag(found.overlap.estimate)[:3].tolist() == [1, 1, 1]
    assert found.density_gain.low[0, 2] > 0 > found.density_gain.high[2, 0]
    assert found.density_gain.estimate[0, 1] == 0
    assert (found.base, found.futures) == (holds.mean(), 800)
    for interval in (found.coverage, found.mass):
        assert (interval.low <= interval.estimate).all()
        assert (interval.estimate <= interval.high).all()


def test_intervals_are_those_of_resampled_futures():
    inputs = cube(500, 1, 9)
    found = compare_boxes([low_box(0, 0.5)], inputs, inputs[:, 0] > 0.3, Resampling(2000, 1)).mass
    plain = mean_interval((inputs[:, 0] >= 0.5)[None], Resampling(2000, 2))
    assert found.low[0] == pytest.approx(plain.low[0], abs=0.006)
    assert found.high[0] == pytest.approx(plain.high[0], abs=0.006)


@pytest.mark.parametrize(
    ("boxes", "holds", "message"),
    [
        ([], np.ones(10, dtype=bool), "needs boxes"),
        ([low_box(0, 0.5)], np.zeros(10, dtype=bool), "0 futures of interest"),
        ([low_box(0, 0.5)], np.ones(10), "true or false"),
        ([low_box(7, 0.5)], np.ones(10, dtype=bool), "limits column 7"),
    ],
)
def test_what_cannot_be_compared_is_refused(boxes, holds, message):
    with pytest.raises(DomainError, match=message):
        compare_boxes(boxes, cube(10, 2), holds)


RANGES = [*(Uncertainty(f"u{column}", 0, 1) for column in range(5)), choice("regime", ["a", "b", "c"])]


def stacked(count=3000):
    rng = np.random.default_rng(10)
    inputs = np.column_stack([rng.random((count, 5)), rng.integers(0, 3, count)])
    inputs[:, 4] = inputs[:, 1] + 0.01 * rng.random(count)
    holds = (inputs[:, 1] > 2 / 3) & (inputs[:, 5] != 1) & (inputs[:, 3] < 0.5)
    return inputs, holds


def test_the_telling_uncertainties_are_stacked_and_an_echo_is_not():
    found = stack_dimensions(*stacked(), RANGES, StackingSettings(axes=3, bins=4))
    axes = [found.row_axes[0], found.column_axes[0], found.row_axes[1]]
    assert {axis.uncertainty for axis in axes} == {"u1", "u3", "regime"}
    assert found.alone[4] > 0.05
    assert np.diff([axis.explained for axis in axes]).min() > 0
    assert found.alone[[0, 2]] == pytest.approx([0, 0], abs=0.01)


def test_cells_of_the_table_count_the_futures_in_their_bins():
    inputs, holds = stacked()
    found = stack_dimensions(inputs, holds, RANGES, StackingSettings(bins=3, columns=(5, 0, 1)))
    assert [axis.column for axis in found.row_axes] == [5, 1]
    assert [axis.column for axis in found.column_axes] == [0]
    assert found.counts.sum() == 3000
    assert found.cases.sum() == holds.sum()
    assert found.shares.shape == (9, 3)
    for row, column in ((0, 0), (4, 2), (8, 1)):
        inside = inputs[:, 5] == found.row_bins[row, 0]
        for axis, place in ((found.row_axes[1], found.row_bins[row, 1]), (found.column_axes[0], column)):
            values = inputs[:, axis.column]
            last = place == len(axis.upper) - 1
            inside &= (values >= axis.lower[place]) & ((values < axis.upper[place]) | last)
        assert found.counts[row, column] == inside.sum()
        assert found.cases[row, column] == holds[inside].sum()
        assert found.shares[row, column] == pytest.approx(holds[inside].mean())
    assert found.column_bins.ravel().tolist() == [0, 1, 2]


def test_empty_cells_have_no_share_and_constant_inputs_no_axis():
    inputs = np.repeat(np.eye(2), 20, axis=0)
    ranges = [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)]
    found = stack_dimensions(inputs, inputs[:, 0] > 0.5, ranges, StackingSettings(bins=2, columns=(0, 1)))
    assert np.isnan(found.shares[found.counts == 0]).all()
    still = stack_dimensions(np.ones((20, 2)), np.arange(20) < 5, ranges)
    assert (still.row_axes, still.column_axes) == ((), ())
    assert still.shares.tolist() == [[0.25]]


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"axes": 0}, "an axis or more"),
        ({"bins": 1}, "two bins or more"),
        ({"columns": (1, 1)}, "must differ"),
        ({"columns": (9,)}, "not among the 2"),
    ],
)
def test_malformed_stackings_are_refused(settings_, message):
    inputs = cube(10, 2)
    with pytest.raises(DomainError, match=message):
        stack_dimensions(inputs, inputs[:, 0] > 0.5, RANGES[:2], StackingSettings(**settings_))


def test_marks_that_are_not_true_or_false_are_refused():
    with pytest.raises(DomainError, match="true or false"):
        stack_dimensions(cube(10, 2), np.ones(10), RANGES[:2])
