"""Shapley effects: closed forms with correlated inputs, by neighbours and by runs; they add up to one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.coalitions import all_coalitions, drawn_coalitions, players_of
from kedge.strategy.copula import correlate, correlation_matrix, latent_correlation
from kedge.strategy.problem import Uncertainty, choice
from kedge.strategy.shapley_data import ShapleySettings, shapley_effects
from kedge.strategy.shapley_runs import shapley_design, shapley_from_runs
from kedge.strategy.summary import Resampling

NAMES = ("a", "b", "c", "d", "e")
FLAT = tuple(Uncertainty(name, 0, 1) for name in NAMES)
CIRCLE = tuple(Uncertainty(name, -np.pi, np.pi) for name in NAMES[:3])
SLOPES = np.array([1.0, 0.8, 0.5, 0.3, 0.0])
TIED = correlation_matrix(NAMES, {("a", "b"): 0.6, ("c", "e"): 0.7, ("b", "d"): -0.3})
ISHIGAMI = np.array([0.3139 + 0.2437 / 2, 0.4424, 0.2437 / 2])
QUICK = Resampling(50, 1)


def ishigami(x):
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def linear(unit):
    return norm.ppf(np.clip(unit, 1e-12, 1 - 1e-12)) @ SLOPES


def explained(slopes, matrix, known):
    """Variance of a linear Gaussian model that known inputs explain, by conditioning."""
    free = [column for column in range(len(slopes)) if column not in known]
    if not free:
        return slopes @ matrix @ slopes
    inner, cross = matrix[np.ix_(known, known)], matrix[np.ix_(known, free)]
    left = matrix[np.ix_(free, free)] - cross.T @ np.linalg.solve(inner, cross)
    return slopes @ matrix @ slopes - slopes[free] @ left @ slopes[free]


def known_shares(slopes, matrix):
    """Mean gain over all orders, straight from the definition."""
    gains = np.zeros(len(slopes))
    orders = list(permutations(range(len(slopes))))
    for order in orders:
        for place, player in enumerate(order):
            after, before = list(order[: place + 1]), list(order[:place])
            gains[player] += explained(slopes, matrix, after) - explained(slopes, matrix, before)
    return gains / len(orders) / (slopes @ matrix @ slopes)


def test_two_correlated_inputs_have_the_published_form():
    # Owen & Prieur (2017) and Iooss & Prieur (2019) have this closed form.
    rho, one, other = 0.5, 1.0, 2.0
    matrix = np.array([[1, rho], [rho, 1]])
    total = one**2 + other**2 + 2 * rho * one * other
    first = (one**2 * (1 - rho**2 / 2) + rho * one * other + other**2 * rho**2 / 2) / total
    assert known_shares(np.array([one, other]), matrix) == pytest.approx([first, 1 - first])
    ranges = FLAT[:2]
    rank = correlation_matrix(NAMES[:2], {("a", "b"): 6 / np.pi * np.arcsin(rho / 2)})
    design = shapley_design(ranges, 4096, 1, rank)
    found = shapley_from_runs((norm.ppf(design.futures) @ [one, other])[None], design, QUICK)
    assert found.effect[0] == pytest.approx([first, 1 - first], abs=0.02)


def test_neighbours_recover_a_correlated_linear_model():
    unit = correlate(np.random.default_rng(1).random((6000, 5)), TIED)
    found = shapley_effects(linear(unit)[None], unit, FLAT)
    known = known_shares(SLOPES, latent_correlation(TIED))
    assert found.effect[0] == pytest.approx(known, abs=0.02)
    assert found.effect.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.rest[0] == 0
    # The last does nothing itself, but tells of the third: an effect beyond what it causes.
    assert found.effect[0, 4] > found.noise[0]
    assert found.ranked(0)[:2] == ("a", "b")


def test_runs_recover_a_correlated_linear_model_without_bias():
    known = known_shares(SLOPES, latent_correlation(TIED))
    found = []
    for seed in range(12):
        design = shapley_design(FLAT, 512, seed, TIED)
        found.append(shapley_from_runs(linear(design.futures)[None], design, Resampling(2)).effect[0])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - known) < 4 * error + 1e-9).all()
    assert np.mean(found, axis=0) == pytest.approx(known, abs=0.02)


def test_ishigami_by_both_ways():
    design = shapley_design(CIRCLE, 8192, 3)
    runs = shapley_from_runs(ishigami(design.futures)[None], design, QUICK)
    assert runs.effect[0] == pytest.approx(ISHIGAMI, abs=0.02)
    x = (2 * np.random.default_rng(4).random((12_000, 3)) - 1) * np.pi
    data = shapley_effects(ishigami(x)[None], x, CIRCLE)
    assert data.effect[0] == pytest.approx(ISHIGAMI, abs=0.03)
    assert data.unresolved[0] < 0.06


def test_idle_inputs_stay_below_the_floor_and_do_not_blur_the_others():
    x = (2 * np.random.default_rng(5).random((4000, 8)) - 1) * np.pi
    ranges = tuple(Uncertainty(f"u{column}", -np.pi, np.pi) for column in range(8))
    found = shapley_effects(ishigami(x)[None], x, ranges)
    assert found.effect[0, :3] == pytest.approx(ISHIGAMI, abs=0.03)
    assert (found.effect[0, 3:] < found.noise[0]).all()


def test_intervals_cover_what_is_known():
    known = known_shares(SLOPES, latent_correlation(TIED))
    covered = np.zeros((2, 5))
    for seed in range(20):
        design = shapley_design(FLAT, 256, seed, TIED)
        runs = shapley_from_runs(linear(design.futures)[None], design, Resampling(200, seed))
        unit = correlate(np.random.default_rng(seed).random((2000, 5)), TIED)
        quick = ShapleySettings(centres=1000, shuffles=1)
        data = shapley_effects(linear(unit)[None], unit, FLAT, settings=quick)
        for row, found in enumerate((runs, data)):
            covered[row] += (found.low[0] <= known + 1e-12) & (known - 1e-12 <= found.high[0])
    assert covered.mean() / 20 > 0.85
    assert covered.min() >= 12


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.integers(2, 4), st.booleans())
def test_effects_and_rest_add_up_to_one(seed, count, leave_out):
    rng = np.random.default_rng(seed)
    ranges, x = FLAT[:count], rng.random((80, count))
    outcomes = np.stack([x @ rng.normal(size=count), rng.random(80), np.sin(9 * x[:, 0]) * x[:, -1]])
    groups = {"some": NAMES[1:count]} if leave_out else None
    quick = ShapleySettings(shuffles=1)
    data = shapley_effects(outcomes, x, ranges, groups, quick)
    assert data.effect.sum(axis=1) + data.rest == pytest.approx(1.0, abs=1e-9)
    design = shapley_design(ranges, 16, seed, players=groups)
    y = np.stack([design.futures @ rng.normal(size=count), np.exp(design.futures[:, 0])])
    runs = shapley_from_runs(y, design, Resampling(4))
    assert runs.effect.sum(axis=1) + runs.rest == pytest.approx(1.0, abs=1e-9)


def test_unit_and_origin_of_an_outcome_do_not_matter():
    unit = correlate(np.random.default_rng(1).random((500, 5)), TIED)
    plain, scaled = (shapley_effects(y[None], unit, FLAT) for y in (linear(unit), 1e3 * linear(unit) + 1e5))
    assert scaled.effect == pytest.approx(plain.effect, abs=1e-6)


def test_a_group_has_the_effect_of_its_members_together():
    matrix = latent_correlation(TIED)
    groups = {"pair": ("a", "b"), "third": ("c",)}
    design = shapley_design(FLAT, 8192, 1, TIED, groups)
    runs = shapley_from_runs(linear(design.futures)[None], design, QUICK)
    unit = correlate(np.random.default_rng(2).random((6000, 5)), TIED)
    data = shapley_effects(linear(unit)[None], unit, FLAT, groups)
    total = explained(SLOPES, matrix, [0, 1, 2, 3, 4])
    pair, third, both = (explained(SLOPES, matrix, known) / total for known in ([0, 1], [2], [0, 1, 2]))
    known = [(pair + both - third) / 2, (third + both - pair) / 2]
    for found in (runs, data):
        assert found.players == ("pair", "third")
        assert found.effect[0] == pytest.approx(known, abs=0.02)
        assert found.rest[0] == pytest.approx(1 - both, abs=0.02)


def test_random_orders_lead_where_all_sets_do():
    unit = correlate(np.random.default_rng(3).random((1500, 5)), TIED)
    y = linear(unit)[None]
    exact = shapley_effects(y, unit, FLAT)
    drawn = shapley_effects(y, unit, FLAT, settings=ShapleySettings(all_sets_up_to=2, orders=64))
    assert drawn.effect == pytest.approx(exact.effect, abs=0.03)
    assert drawn.effect.sum() == pytest.approx(1.0, abs=1e-12)
    assert ((drawn.high - drawn.low) >= 0.9 * (exact.high - exact.low)).all()


def test_categories_take_part():
    rng = np.random.default_rng(6)
    futures = np.stack([rng.integers(0, 3, 3000), rng.random(3000), rng.random(3000)], axis=1).astype(float)
    ranges = (choice("regime", ("a", "b", "c")), Uncertainty("x", 0, 1), Uncertainty("y", 0, 1))
    outcome = (futures[:, 0] == 1) * 1.0 + futures[:, 1]
    found = shapley_effects(outcome[None], futures, ranges)
    assert found.effect[0] == pytest.approx(
        [(2 / 9) / (2 / 9 + 1 / 12), (1 / 12) / (2 / 9 + 1 / 12), 0], abs=0.02
    )


def test_the_design_draws_from_the_joint_distribution_in_every_block():
    design = shapley_design(FLAT, 4096, 2, TIED)
    for block in design.futures.reshape(6, 4096, 5):
        assert spearmanr(block).statistic == pytest.approx(TIED, abs=0.05)
    first, last = design.futures[:4096], design.futures[-4096:]
    assert np.abs(spearmanr(first, last).statistic[:5, 5:]).max() < 0.06
    # One player differs between neighbouring blocks at its own place, and only later ones with it.
    one, two = design.futures[4096 : 2 * 4096], design.futures[2 * 4096 : 3 * 4096]
    kept = design.orders[:, 0]
    assert np.array_equal(one[np.arange(4096), kept], two[np.arange(4096), kept])


def test_an_outcome_that_never_varies_is_divided_among_nobody():
    x = np.random.default_rng(1).random((100, 2))
    data = shapley_effects(np.full((1, 100), 0.1), x, FLAT[:2])
    design = shapley_design(FLAT[:2], 16, 1)
    runs = shapley_from_runs(np.full((1, 48), 0.1), design, QUICK)
    for found in (data, runs):
        assert (found.effect == 0).all()
        assert (found.high == 0).all()
        assert found.rest[0] == 0


def test_the_game_divides_as_shapley_defined_it():
    worth = np.random.default_rng(1).random(16)
    worth[0] = 0
    game = all_coalitions(4)
    number = {tuple(row): value for row, value in zip(game.members, worth, strict=True)}
    known = np.zeros(4)
    for order in permutations(range(4)):
        inside = [False] * 4
        for player in order:
            before = number[tuple(inside)]
            inside[player] = True
            known[player] += (number[tuple(inside)] - before) / 24
    assert game.divide(worth) == pytest.approx(known)
    many = drawn_coalitions(4, 4000, 1)
    drawn = many.divide(np.array([number[tuple(row)] for row in many.members]))
    assert drawn == pytest.approx(known, abs=0.02)
    assert not many.members[0].any()
    assert many.members[-1].all()
    assert len(many.members) == len({row.tobytes() for row in many.members}) == 16


def test_malformed_input_is_refused():
    x = np.random.default_rng(1).random((50, 2))
    with pytest.raises(DomainError, match="finite table"):
        shapley_effects(np.full((1, 50), np.nan), x, FLAT[:2])
    with pytest.raises(DomainError, match="40 futures or more, got 20"):
        shapley_effects(x[:20, :1].T, x[:20], FLAT[:2])
    with pytest.raises(DomainError, match="two neighbours"):
        ShapleySettings(neighbours=1)
    with pytest.raises(StudyError, match="no uncertainty: z"):
        players_of(NAMES, {"group": ("z",)})
    with pytest.raises(StudyError, match="in several: a"):
        players_of(NAMES, {"one": ("a",), "two": ("a", "b")})
    with pytest.raises(StudyError, match="at least one uncertainty"):
        players_of(NAMES, {"one": ()})
    with pytest.raises(DomainError, match="two base rows"):
        shapley_design(FLAT, 1, 1)
    with pytest.raises(DomainError, match="expected 96 runs"):
        shapley_from_runs(np.ones((1, 5)), shapley_design(FLAT, 16, 1))
    with pytest.raises(StudyError, match="5 x 5"):
        shapley_design(FLAT, 16, 1, np.eye(3))
