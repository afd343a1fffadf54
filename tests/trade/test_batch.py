"""Draws in bulk equal solves one by one, whatever the threads and the order."""

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.trade import Variant, calibrate_economy, outcomes_of, prepare, solve_equilibrium
from kedge.trade.batch import prepare_batch, solve_batch

CODES = ["USA", "CHN", "JPN", "DEU", "XRW"]


@pytest.fixture(scope="module")
def economy():
    rng = np.random.default_rng(1)
    flows = rng.lognormal(0, 1, (5, 5)) * 20
    np.fill_diagonal(flows, 0)
    return calibrate_economy(flows, flows.sum(0) * rng.uniform(3, 9, 5), CODES)


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(2)
    schedules = rng.uniform(0, 1, (2, 5, 5))
    for each in schedules:
        np.fill_diagonal(each, 0)
    parameters = {
        "trade_elasticity": rng.uniform(2, 10, 40),
        "pass_through": rng.uniform(0.25, 1, 40),
        "scale": rng.uniform(0.2, 0.8, 40),
        "labour_supply": rng.uniform(0, 1, 40),
    }
    return schedules, rng.uniform(0, 0.5, (40, 2)), parameters


def test_each_draw_equals_a_solve_of_its_own(economy, draws):
    schedules, weights, parameters = draws
    found = solve_batch(prepare_batch(economy), schedules, weights, parameters)
    assert found.converged.all()
    assert (found.residual <= 1e-10).all()
    for case in range(0, 40, 7):
        variant = Variant(**{name: float(values[case]) for name, values in parameters.items()})
        tariffs = np.einsum("s,sji->ji", weights[case], schedules)
        alone = outcomes_of(solve_equilibrium(prepare(economy, variant), tariffs).unwrap()).welfare
        np.testing.assert_allclose(found.welfare[case], alone, atol=1e-7)


def test_order_and_company_do_not_matter(economy, draws):
    schedules, weights, parameters = draws
    batch = prepare_batch(economy)
    whole = solve_batch(batch, schedules, weights, parameters).welfare
    back = {name: values[::-1] for name, values in parameters.items()}
    assert np.array_equal(solve_batch(batch, schedules, weights[::-1], back).welfare[::-1], whole)
    few = {name: values[3:4] for name, values in parameters.items()}
    assert np.array_equal(solve_batch(batch, schedules, weights[3:4], few).welfare[0], whole[3])


def test_what_the_first_method_leaves_is_tried_again(economy):
    schedules = np.zeros((1, 5, 5))
    schedules[0, 1:, 0] = 1.0
    schedules[0, 0, 1:] = 1.0
    found = solve_batch(prepare_batch(economy, (4.0, 4.0)), schedules, np.array([[30.0], [0.2]]))
    assert np.isfinite(found.welfare[found.converged]).all()
    assert np.isnan(found.welfare[~found.converged]).all()
    assert found.converged[1]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"elasticity": np.ones(40)}, "no parameter 'elasticity'"),
        ({"trade_elasticity": np.full(40, 0.1)}, "trade_elasticity should lie"),
        ({"scale": np.full(40, np.nan)}, "scale should lie"),
        ({"scale": np.ones(3)}, "want 40 values"),
    ],
)
def test_parameters_that_cannot_be_are_refused(economy, draws, parameters, told):
    schedules, weights, _ = draws
    with pytest.raises(DomainError, match=told):
        solve_batch(prepare_batch(economy), schedules, weights, parameters)


def test_schedules_that_cannot_be_are_refused(economy):
    batch = prepare_batch(economy, (4.0, 4.0))
    for schedules, weights, told in (
        (np.zeros((1, 4, 4)), np.ones((1, 1)), "want schedules"),
        (np.zeros((2, 5, 5)), np.ones((1, 1)), "as many weights"),
        (np.ones((1, 5, 5)), np.ones((1, 1)), "own goods"),
        (np.full((1, 5, 5), np.nan), np.ones((1, 1)), "finite"),
        (0.5 * (1 - np.eye(5))[None], np.full((1, 1), -2.0), "above -0.9"),
    ):
        with pytest.raises(DomainError, match=told):
            solve_batch(batch, schedules, weights)
    with pytest.raises(DomainError, match="low to a high"):
        prepare_batch(economy, (5.0, 2.0))
