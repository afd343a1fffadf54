"""Van Dantzig's dike: the closed form, the published height, exact regret, exact and published Sobol indices.

Van Dantzig (1956), Econometrica 24, doi:10.2307/1911632; Oddo et al. (2017), Risk Analysis 40,
doi:10.1111/risa.12888, see data/README.md.
"""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from kedge.strategy import (
    LeverModel,
    draw_futures,
    flip_boundary,
    load_problem,
    regret,
    run_in_memory,
    saltelli_design,
    saltelli_futures,
    sobol_indices,
    value_of,
)
from kedge.strategy.search_settings import Evaluation, SearchSettings
from kedge.strategy.searching import search

HERE = Path(__file__).parent
TUTORIALS = HERE.parents[1] / "docs/tutorials"
NAMES = ("frequency", "steepness", "loss", "discount", "unit_cost", "sinking", "sea_rise")
CONSTANTS = dict(zip(NAMES, (0.0038, 2.6, 20_000.0, 0.02, 42.0, 0.002, 0.008), strict=True))
"""Section 6 of the paper, as Oddo et al. restate them; money in millions of guilders."""


def load_dike():
    spec = importlib.util.spec_from_file_location("dike_tutorial", TUTORIALS / "dike.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dike = load_dike()


@pytest.fixture(scope="module")
def declared():
    return load_problem(TUTORIALS / "dike.toml")


@pytest.fixture(scope="module")
def futures(declared):
    return draw_futures(declared.problem.uncertainties, 2000, seed=3)


def best(futures):
    return dike.best_height(**dict(zip(NAMES, futures.T, strict=True)))


# The closed form.


def test_the_published_height_follows_from_the_published_constants():
    """6.73 m in the paper; the constants at hand are rounded, so a few centimetres may lack."""
    height = dike.van_dantzig_height(0.0038, 2.6, 20_000, 0.02, 42, 0.01)
    assert dike.PRESENT_HEIGHT + height == pytest.approx(6.73, abs=0.05)


def test_without_horizon_or_sinking_it_is_the_first_formula_of_the_paper():
    endless = dike.van_dantzig_height(0.0038, 2.6, 20_000, 1.0, 42, 0.0)
    assert endless == pytest.approx(np.log(0.0038 * 20_000 * 2.6 / (1.0 * 42)) / 2.6, rel=1e-12)


@given(
    st.tuples(
        st.floats(0.0019, 0.0076),
        st.floats(2.3, 2.9),
        st.floats(1e4, 4e4),
        st.floats(0.01, 0.04),
        st.floats(30, 60),
        st.floats(0.001, 0.004),
        st.floats(0.004, 0.016),
    )
)
def test_the_closed_form_is_where_cost_is_lowest(values):
    case = dict(zip(NAMES, values, strict=True))
    found = minimize_scalar(
        lambda x: float(dike.dike(x, **case)["cost"]),
        bounds=(0, 6),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert dike.best_height(**case) == pytest.approx(found.x, abs=1e-5)


def test_no_dike_is_raised_where_a_metre_costs_more_than_it_saves():
    case = {**CONSTANTS, "loss": 1.0}
    assert dike.best_height(**case) == 0.0
    assert dike.dike(0.01, **case)["cost"] > dike.dike(0.0, **case)["cost"]


def test_losses_are_the_sum_over_the_years():
    years = np.arange(76)
    frequency = 0.0038 * np.exp(-2.6 * (2.0 - 0.01 * years))
    found = dike.dike(2.0, **CONSTANTS)
    assert found["losses"] == pytest.approx((frequency * 20_000 * 1.02**-years).sum(), rel=1e-12)
    assert found["flood"] == pytest.approx(frequency.mean(), rel=1e-12)
    assert found["cost"] == found["investment"] + found["losses"] == pytest.approx(84 + found["losses"])


# Regret against the best height of each future, which the closed form knows.


def test_regret_on_a_grid_of_heights_comes_down_to_the_exact_regret(declared, futures):
    problem = declared.problem
    exact = declared.model(np.array([[2.35]]), futures)[0, :, 0] - cost_of(best(futures), futures)
    assert exact.min() >= 0
    errors = []
    for step in (0.1, 0.02):
        heights = np.r_[2.35, np.arange(0, 5.001, step)][:, None]
        value = value_of(declared.model(heights, futures), problem.measures, problem.full_weights())
        errors.append(np.abs(regret(value)[0] - exact).max())
    # Cost is a parabola near its lowest point: a fifth of the step makes a twenty-fifth of the error.
    assert errors[1] < errors[0] / 15
    assert errors[1] < 0.02


def cost_of(heights, futures):
    """Cost of a height of its own in each future."""
    return dike.dike(heights, **dict(zip(NAMES, futures.T, strict=True)))["cost"]


def test_of_two_heights_the_closed_form_says_which_is_better(declared, futures):
    low, high = 2.0, 2.6
    values = declared.model(np.array([[low], [high]]), futures)[:, :, 0]
    width = futures[:, 1] * (high - low)
    even = low + np.log(width / (1 - np.exp(-width))) / futures[:, 1]
    np.testing.assert_array_equal(values[1] < values[0], best(futures) > even)
    assert 0.2 < (values[1] < values[0]).mean() < 0.8


def test_the_flip_between_two_heights_is_found_where_it_is(declared):
    """With all else fixed, low and high cost the same at one loss, in closed form."""
    low, high = 2.0, 2.6
    at = dict(CONSTANTS)
    weight = dike.dike(0.0, **at)["losses"] / at["loss"]
    saved = weight * (np.exp(-2.6 * low) - np.exp(-2.6 * high))
    even = 42.0 * (high - low) / saved
    ranges = tuple(each for each in declared.problem.uncertainties if each.name in ("loss", "sinking"))
    futures = draw_futures(ranges, 4000, seed=2)

    def cost(height):
        return dike.dike(height, **{**at, "loss": futures[:, 0], "sinking": 0.002 + 0 * futures[:, 1]})[
            "cost"
        ]

    report = flip_boundary(cost(low) - cost(high), futures, ranges)
    threshold = report.separations[0].threshold
    assert threshold is not None
    assert threshold.value == pytest.approx(even, rel=0.03)


# Sobol indices.


def test_the_best_height_varies_with_the_logs_of_constants_exactly():
    """With steepness, discount and rise fixed, the best height adds up logs: shares are squared widths."""
    problem = load_problem(TUTORIALS / "dike.toml").problem
    named = {each.name: each for each in problem.uncertainties}
    free = [named[name] for name in ("frequency", "loss", "unit_cost")]
    runs = saltelli_futures(free, 2048, seed=4)
    heights = dike.best_height(**{**CONSTANTS, **dict(zip((u.name for u in free), runs.T, strict=True))})
    assert heights.min() > 0
    found = sobol_indices(heights[None], [u.name for u in free])
    squares = np.array([np.log(u.high / u.low) ** 2 for u in free])
    np.testing.assert_allclose(found.first[0], squares / squares.sum(), atol=0.01)
    np.testing.assert_allclose(found.total[0], squares / squares.sum(), atol=0.01)


def published_futures(unit):
    """Distributions of Oddo et al. (2017): normal and lognormal around the constants."""
    normal = ndtri(unit)
    columns = {
        "frequency": 0.0038 * np.exp(0.25 * normal[:, 0]),
        "steepness": 2.6 + 0.1 * normal[:, 1],
        "loss": 20_000 + 1000 * normal[:, 2],
        "discount": 0.02 * np.exp(0.1 * normal[:, 3]),
        "unit_cost": 42 + 4 * normal[:, 4],
        "sinking": 0.002 * np.exp(0.1 * normal[:, 5]),
        "sea_rise": 0.008 * np.exp(0.1 * normal[:, 6]),
    }
    return np.stack([columns[name] for name in NAMES], axis=1)


NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(12)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
MEAN = {"frequency": 0.0038 * np.exp(0.25**2 / 2), "loss": 20_000.0}
SQUARE = {"frequency": 0.0038**2 * np.exp(2 * 0.25**2), "loss": 20_000.0**2 + 1000.0**2}


def mean(values, axes):
    """Expectation over normal factors, one an axis, by Gauss-Hermite quadrature."""
    for axis in sorted(axes, reverse=True):
        values = np.tensordot(values, WEIGHTS, axes=(axis, 0))
    return values


def loss_factor(height):
    """Losses for a frequency and a loss of one, over steepness, discount, sinking and rise."""
    steepness, discount, sinking, rise = np.meshgrid(
        2.6 + 0.1 * NODES, *(middle * np.exp(0.1 * NODES) for middle in (0.02, 0.002, 0.008)), indexing="ij"
    )
    return dike.dike(height, 1.0, steepness, 1.0, discount, 0.0, sinking, rise)["losses"]


def exact_total_indices(height):
    """Total-order indices of cost and of losses: losses are a product of independent factors."""
    factor = loss_factor(height)
    square = mean(factor**2, range(4))
    both = SQUARE["frequency"] * SQUARE["loss"]
    variance = both * square - (MEAN["frequency"] * MEAN["loss"] * mean(factor, range(4))) ** 2
    parts = {name: (1 - MEAN[name] ** 2 / SQUARE[name]) * both * square for name in ("frequency", "loss")}
    for axis, name in enumerate(("steepness", "discount", "sinking", "sea_rise")):
        parts[name] = both * (square - mean(mean(factor, [axis]) ** 2, range(3)))
    investment = (4.0 * height) ** 2
    losses = np.array([parts.get(name, 0.0) for name in NAMES])
    return np.where(np.array(NAMES) == "unit_cost", investment, losses) / (
        variance + investment
    ), losses / variance


@pytest.fixture(scope="module")
def published_height():
    """Height with the lowest expected cost, on the published grid of 5 cm."""
    expected = {
        height: 42 * height + MEAN["frequency"] * MEAN["loss"] * mean(loss_factor(height), range(4))
        for height in np.arange(2, 3.001, 0.05)
    }
    return min(expected, key=expected.get)


def read_published():
    with (HERE / "data/oddo_2017_sobol_total.csv").open(newline="") as file:
        rows = {row["uncertainty"]: row for row in csv.DictReader(file)}
    return {key: np.array([float(rows[name][key]) for name in NAMES])
            for key in ("cost", "cost_interval", "losses", "losses_interval")}  # fmt: skip


def test_published_total_indices_are_the_exact_ones_within_their_intervals(published_height):
    published = read_published()
    for outcome, exact in zip(("cost", "losses"), exact_total_indices(published_height), strict=True):
        assert (np.abs(published[outcome] - exact) <= published[f"{outcome}_interval"] + 1e-12).all()
        assert np.argsort(-published[outcome]).tolist() == np.argsort(-exact).tolist()


def test_estimated_total_indices_are_the_exact_and_the_published_ones(declared, published_height):
    published = read_published()
    runs = published_futures(saltelli_design(7, 4096, seed=9))
    values = declared.model(np.array([[published_height]]), runs)[0]
    names = declared.problem.names_of("measures")
    outcomes = np.stack([values[:, names.index("cost")], values[:, names.index("losses")]])
    found = sobol_indices(outcomes, NAMES)
    exact = np.stack(exact_total_indices(published_height))
    np.testing.assert_allclose(found.total, exact, atol=0.02)
    for row, outcome in enumerate(("cost", "losses")):
        reach = published[f"{outcome}_interval"] + 0.02
        assert (np.abs(found.total[row] - published[outcome]) < reach).all()
    assert found.ranked(0)[:3] == ("unit_cost", "frequency", "steepness")
    assert found.ranked(1)[:4] == ("frequency", "steepness", "sea_rise", "discount")


# The problem file.


def test_the_problem_file_says_what_the_function_takes(declared):
    assert declared.problem.names_of("uncertainties") == NAMES
    middle = {
        each.name: (each.low + each.high) / 2
        if each.distribution == "uniform"
        else np.sqrt(each.low * each.high)
        for each in declared.problem.uncertainties
    }
    assert middle == pytest.approx(CONSTANTS, rel=0.02)


def test_calling_by_columns_and_by_cases_gives_the_same(declared, futures):
    few = futures[:20]
    by_case = LeverModel(lambda **case: dike.dike(**case), declared.problem, "cases")
    heights = declared.problem.lever_table
    np.testing.assert_allclose(by_case(heights, few), declared.model(heights, few), rtol=1e-12)


def test_plans_run_as_an_ensemble(declared, futures):
    problem = declared.problem
    values = run_in_memory(
        declared.model.of_plans(), futures, problem.names_of("plans"), problem.names_of("measures")
    )
    np.testing.assert_array_equal(values, declared.model(problem.lever_table, futures))


def test_search_finds_the_heights_of_least_mean_and_least_worst_regret(declared, futures):
    few = futures[:500]
    optimal = cost_of(best(few), few)

    def regrets(heights):
        short = declared.model(heights, few)[:, :, 0] - optimal
        return np.stack([short.mean(axis=1), short.max(axis=1)], axis=1)

    grid = np.arange(2.0, 3.5, 0.002)[:, None]
    exact = [grid[column.argmin(), 0] for column in regrets(grid).T]
    assert exact[0] < exact[1], "a dike too low costs more than one too high"
    settings = SearchSettings(evaluations=1000)
    found = search(lambda heights: Evaluation(regrets(heights)), declared.problem.levers, settings).runs[0]
    ends = [found.candidates[column.argmin(), 0] for column in found.objectives.T]
    np.testing.assert_allclose(ends, exact, atol=0.005)
    # Every height between the two trades one regret off against the other, and none outside does.
    assert found.candidates.min() > exact[0] - 0.005
    assert found.candidates.max() < exact[1] + 0.005


def test_the_sum_over_years_is_exact_where_growth_and_discount_cancel():
    assert dike._geometric(1.0) == 76
    assert dike._geometric(1 + 1e-12) == pytest.approx(76, rel=1e-9)
    assert dike._geometric(0.98) == pytest.approx(sum(0.98**year for year in range(76)), rel=1e-13)
