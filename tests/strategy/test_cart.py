"""Trees: the splits are the best there are, leaves share out the futures, pruning is the weakest link."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.strategy import Uncertainty, draw_futures, in_box
from kedge.strategy.cart import TreeSettings, grow_tree
from kedge.strategy.design import prepare_design

PUBLISHED = json.loads((Path(__file__).parent / "tree_splits.json").read_text("utf-8"))
BARE = TreeSettings(pruning="none")


def preorder(nodes, node=0):
    yield node
    if nodes.column[node] >= 0:
        left = int(nodes.left[node])
        yield from preorder(nodes, left)
        yield from preorder(nodes, left + 1)


def test_splits_and_pruning_are_those_of_scikit_learn():
    inputs = np.array(PUBLISHED["columns"], dtype=float).T
    holds = np.array([mark == "1" for mark in PUBLISHED["of_interest"]])
    nodes = grow_tree(inputs, holds, BARE).nodes
    found = list(preorder(nodes))
    assert len(found) == len(PUBLISHED["nodes"])
    for node, (column, threshold, futures, cases) in zip(found, PUBLISHED["nodes"], strict=True):
        assert (nodes.column[node], nodes.futures[node], nodes.cases[node]) == (column, futures, cases)
        if column >= 0:
            assert nodes.left_most[node] == nodes.right_least[node] == threshold
    costs = np.unique(nodes.cost[np.isfinite(nodes.cost)])
    assert costs == pytest.approx(np.unique(np.array(PUBLISHED["costs"]).round(12))[1:])


def gini(*parts):
    return sum(2 * part.sum() * (len(part) - part.sum()) / len(part) for part in parts)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_first_split_is_the_best_of_all_ties_and_choices_included(seed):
    rng = np.random.default_rng(seed)
    inputs = np.column_stack([rng.integers(0, 6, 90) / 5, rng.integers(0, 4, 90), rng.integers(-3, 3, 90)])
    holds = rng.random(90) < 0.2 + 0.5 * np.isin(inputs[:, 1], (0, 3))
    holds[:2] = True, False
    ways = [inputs[:, column] <= cut for column in (0, 2) for cut in np.unique(inputs[:, column])]
    ways += [
        np.isin(inputs[:, 1], chosen)
        for size in (1, 2, 3)
        for chosen in itertools.combinations(range(4), size)
    ]
    best = min(gini(holds[way], holds[~way]) for way in ways if 9 <= way.sum() <= 81)
    found = grow_tree(
        inputs,
        holds,
        TreeSettings(pruning="none", most_depth=1, least_leaf=0.1, integer=(2,), categorical=(1,)),
    )
    parts = [holds[in_box(inputs, leaf)] for leaf in found.leaves]
    assert sum(len(part) for part in parts) == 90
    assert gini(*parts) == pytest.approx(best)


def known(count, seed):
    inputs = draw_futures([Uncertainty(f"u{column}", 0, 1) for column in range(6)], count, seed)
    true = (inputs[:, 1] > 0.6) & (inputs[:, 4] < 0.5)
    return inputs, np.random.default_rng(seed).random(count) < np.where(true, 0.9, 0.05)


def test_leaves_share_out_the_futures_and_hold_what_they_say():
    inputs, holds = known(1000, 1)
    for settings_ in (TreeSettings(least_leaf=0.02), TreeSettings(least_leaf=0.02, pruning="none")):
        found = grow_tree(inputs, holds, settings_)
        inside = np.stack([in_box(inputs, leaf) for leaf in found.leaves])
        assert (inside.sum(axis=0) == 1).all()
        assert inside.sum(axis=1).tolist() == [leaf.futures for leaf in found.leaves]
        assert (inside & holds).sum(axis=1).tolist() == [leaf.cases for leaf in found.leaves]
        assert min(leaf.futures for leaf in found.leaves) >= 20
        sought = inside[np.array(found.of_interest)].any(axis=0)
        assert found.coverage == pytest.approx(holds[sought].sum() / holds.sum())
        assert found.density == pytest.approx(holds[sought].mean())
        assert found.mass == pytest.approx(sought.mean())


def test_cross_validation_cuts_back_to_the_known_box():
    for seed in range(4):
        found = grow_tree(*known(2000, seed))
        limits = found.leaves[0].limits
        assert [limit.column for limit in limits] == [1, 4]
        assert limits[0].low == pytest.approx(0.6, abs=0.02)
        assert limits[1].high == pytest.approx(0.5, abs=0.02)
        assert len(found.leaves) == 3
        assert found.of_interest == (True, False, False)
        assert (np.diff(found.validation.leaves) < 0).all()
        assert found.validation.leaves[-1] == 1


def test_a_smaller_tree_is_chosen_within_one_standard_error():
    inputs, _ = known(800, 6)
    holds = np.random.default_rng(6).random(800) < 0.15 + 0.4 * inputs[:, 1] + 0.3 * inputs[:, 4]
    least, one = (
        grow_tree(inputs, holds, TreeSettings(pruning=pruning, least_leaf=0.01))
        for pruning in ("least_error", "one_error")
    )
    error = least.validation.error
    at = least.validation.cost.tolist().index(least.cost)
    chosen = one.validation.cost.tolist().index(one.cost)
    assert error[at] == error.min()
    assert chosen >= at
    assert error[chosen] <= error[at] + least.validation.spread[at]
    assert len(one.leaves) < len(least.leaves)


def test_noise_is_cut_back_to_the_root():
    rng = np.random.default_rng(2)
    found = grow_tree(rng.random((800, 5)), rng.random(800) < 0.3)
    assert found.leaves[0].limits == ()
    assert found.of_interest == (False,)
    assert np.isnan(found.density)
    assert found.mass == found.coverage == 0


def test_trees_do_not_depend_on_the_order_of_futures_and_are_the_same_twice():
    inputs, holds = known(500, 7)
    mixed = np.random.default_rng(0).permutation(500)
    assert grow_tree(inputs, holds, BARE).leaves == grow_tree(inputs[mixed], holds[mixed], BARE).leaves
    assert grow_tree(inputs, holds).leaves == grow_tree(prepare_design(inputs), holds).leaves


def test_whole_numbers_are_cut_between_and_named_as_they_are():
    whole = np.repeat(np.arange(4.0), 25)[:, None]
    found = grow_tree(whole, whole[:, 0] >= 2, TreeSettings(pruning="none", integer=(0,)))
    assert [(leaf.limits[0].low, leaf.limits[0].high) for leaf in found.leaves] == [(2.0, None), (None, 1.0)]


def test_neighbouring_numbers_with_nothing_between_are_told_apart():
    one = np.nextafter(1.0, 2.0)
    inputs = np.repeat([1.0, one], 20)[:, None]
    found = grow_tree(inputs, inputs[:, 0] > 1, BARE)
    assert [leaf.density for leaf in found.leaves] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"least_leaf": 0.0}, "least_leaf is a share"),
        ({"density_floor": 1.1}, "density_floor is a share"),
        ({"pruning": "x"}, "pruning must be one of"),
        ({"folds": 1}, "two folds"),
        ({"most_depth": 0}, "depth of one"),
    ],
)
def test_malformed_settings_are_refused(settings_, message):
    with pytest.raises(DomainError, match=message):
        TreeSettings(**settings_)


def test_too_few_cases_for_cross_validation_are_refused():
    inputs, holds = known(200, 1)
    holds[np.flatnonzero(holds)[5:]] = False
    with pytest.raises(DomainError, match="in 10 folds"):
        grow_tree(inputs, holds)
    assert grow_tree(inputs, holds, TreeSettings(folds=5)).leaves
