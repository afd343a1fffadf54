"""Laws of the one-sector equilibrium."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from kedge.core.errors import DomainError, NotConverged
from kedge.trade import (
    Economy,
    Variant,
    aggregate_economy,
    aggregate_flows,
    calibrate_economy,
    outcomes_of,
    prepare,
    simulate,
    solve_cases,
    solve_equilibrium,
)
from kedge.trade.equilibrium import lay_tariffs, residual_at, slope_at

CODES = ("USA", "CHN", "JPN", "DEU", "GBR", "XRW")
LAWS = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
variants = st.builds(
    Variant,
    trade_elasticity=st.floats(2.0, 10.0),
    labour_supply=st.floats(0.0, 1.5),
    scale=st.floats(0.0, 0.8),
    pass_through=st.sampled_from([0.25, 0.5, 1.0]),
    revenue=st.sampled_from(["income_tax", "lump_sum"]),
)


def make_world(seed: int, codes: tuple[str, ...] = CODES) -> Economy:
    rng = np.random.default_rng(seed)
    gdp = rng.lognormal(0.0, 1.0, len(codes)) * 1e12
    flows = 0.12 * np.outer(gdp, gdp) / gdp.sum() * rng.lognormal(0.0, 0.5, (len(codes),) * 2)
    np.fill_diagonal(flows, 0.0)
    return calibrate_economy(flows, gdp, codes)


def make_tariffs(seed: int, size: int, high: float = 0.6) -> np.ndarray:
    rng = np.random.default_rng(seed + 1)
    tariffs = rng.uniform(0.0, high, (size, size)) * (rng.random((size, size)) < 0.6)
    np.fill_diagonal(tariffs, 0.0)
    return tariffs


@LAWS
@given(seeds, variants)
def test_no_shock_changes_nothing(seed: int, variant: Variant) -> None:
    world = make_world(seed)
    got = solve_equilibrium(prepare(world, variant), np.zeros((6, 6))).unwrap()
    for hat in (got.wage_hat, got.employment_hat, got.price_hat, got.spending_hat):
        np.testing.assert_allclose(hat, 1.0, atol=1e-11)
    np.testing.assert_allclose(got.flows, world.flows, rtol=1e-10)


@LAWS
@given(seeds, variants)
def test_markets_budgets_and_labour_hold_as_the_paper_writes_them(seed: int, variant: Variant) -> None:
    world, tariffs = make_world(seed), make_tariffs(seed, 6)
    got = solve_equilibrium(prepare(world, variant), tariffs).unwrap()
    nu, psi, elasticity = world.local_labour, variant.unit_cost_scale(), variant.trade_elasticity
    phi = 1.0 - prepare(world, variant).world.wedge
    bids = world.expenditure_share * (got.wage_hat * got.employment_hat**-psi)[:, None] ** -elasticity
    bids = bids * (1 + tariffs) ** (-elasticity * phi)
    spending = got.spending_hat * world.expenditure
    flows = bids / bids.sum(axis=0) * spending / (1 + tariffs)
    np.testing.assert_allclose(got.flows, flows, rtol=1e-9)
    np.testing.assert_allclose(flows @ (1 - nu) + nu * flows.sum(axis=0), got.income, rtol=1e-9)
    transfers = world.transfers * got.income.sum() / world.income.sum()
    np.testing.assert_allclose(got.income + got.revenue + transfers, spending, rtol=1e-9)
    price = (got.spending_hat / got.wage_hat) ** (1 - phi) * bids.sum(axis=0) ** (-1 / elasticity)
    np.testing.assert_allclose(got.price_hat, price, rtol=1e-9)
    relief = got.revenue / got.income if variant.revenue == "income_tax" else 0.0
    supply = (got.wage_hat / price / (1 - relief)) ** variant.labour_supply
    np.testing.assert_allclose(got.employment_hat, supply, rtol=1e-9)
    assert abs(world.expenditure @ (price - 1)) < 1e-9 * world.expenditure.sum()


@LAWS
@given(seeds)
def test_transfers_sum_to_zero(seed: int) -> None:
    world = make_world(seed)
    assert abs(world.transfers.sum()) < 1e-14 * world.expenditure.sum()


@LAWS
@given(seeds, st.floats(1e-6, 1e6))
def test_the_currency_does_not_matter(seed: int, rate: float) -> None:
    world, tariffs = make_world(seed), make_tariffs(seed, 6)
    dear = dataclasses.replace(world, flows=world.flows * rate)
    one = outcomes_of(solve_equilibrium(prepare(world), tariffs).unwrap())
    two = outcomes_of(solve_equilibrium(prepare(dear), tariffs).unwrap())
    np.testing.assert_allclose(one.welfare, two.welfare, atol=1e-8)
    np.testing.assert_allclose(one.prices, two.prices, atol=1e-8)


@LAWS
@given(seeds, st.permutations(range(6)))
def test_the_order_of_economies_does_not_matter(seed: int, order: list[int]) -> None:
    world, tariffs = make_world(seed), make_tariffs(seed, 6)
    codes = tuple(CODES[k] for k in order)
    moved = Economy(codes, world.flows[np.ix_(order, order)], world.local_labour[order])
    one = outcomes_of(solve_equilibrium(prepare(world), tariffs).unwrap())
    two = outcomes_of(solve_equilibrium(prepare(moved), tariffs[np.ix_(order, order)]).unwrap())
    np.testing.assert_allclose(one.welfare[order], two.welfare, atol=1e-8)


@LAWS
@given(seeds)
def test_calibration_and_aggregation_commute(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gdp = rng.lognormal(0.0, 1.0, 6) * 1e12
    flows = 0.1 * np.outer(gdp, gdp) / gdp.sum()
    np.fill_diagonal(flows, 0.0)
    groups = {"USA": "USA", "DEU": "XEU", "GBR": "XEU"}
    fine = aggregate_economy(calibrate_economy(flows, gdp, CODES), groups, rest="XRW")
    coarse = calibrate_economy(*aggregate_flows(flows, gdp, CODES, groups, rest="XRW"))
    assert fine.iso3 == coarse.iso3
    np.testing.assert_allclose(fine.local_labour, coarse.local_labour, rtol=1e-9)
    np.testing.assert_allclose(fine.flows, coarse.flows, rtol=1e-9)


@LAWS
@given(seeds)
def test_two_halves_of_an_economy_fare_as_the_whole(seed: int) -> None:
    world = make_world(seed)
    variant = Variant(scale=0.0)  # with increasing returns size itself matters
    split = np.vstack([np.eye(6), np.eye(6)[5]]) * np.r_[np.ones(5), 0.5, 0.5][:, None]
    halves = Economy(
        (*CODES, "XTW"), split @ world.flows @ split.T, world.local_labour[[0, 1, 2, 3, 4, 5, 5]]
    )
    tariffs = make_tariffs(seed, 6)
    doubled = tariffs[np.ix_([0, 1, 2, 3, 4, 5, 5], [0, 1, 2, 3, 4, 5, 5])]
    one = outcomes_of(solve_equilibrium(prepare(world, variant), tariffs).unwrap()).welfare
    two = outcomes_of(solve_equilibrium(prepare(halves, variant), doubled).unwrap()).welfare
    np.testing.assert_allclose(two, one[[0, 1, 2, 3, 4, 5, 5]], atol=1e-8)


@LAWS
@given(seeds, variants)
def test_the_analytic_slope_equals_finite_differences(seed: int, variant: Variant) -> None:
    world = make_world(seed)
    ready = prepare(world, variant)
    duties = lay_tariffs(ready.share, make_tariffs(seed, 6), ready.world)
    rng = np.random.default_rng(seed)
    point, way, step = rng.normal(0, 0.05, 12), rng.normal(0, 1, 12), 1e-6
    ahead, back = (residual_at(ready.world, duties, point + sign * step * way)[1] for sign in (1, -1))
    _, slope = slope_at(ready.world, duties, point)
    np.testing.assert_allclose(
        slope @ way, (ahead - back) / (2 * step), atol=2e-8 * (1 + np.abs(slope @ way).max())
    )


@LAWS
@given(seeds, variants)
def test_another_solver_finds_the_same_point(seed: int, variant: Variant) -> None:
    ready, tariffs = prepare(make_world(seed), variant), make_tariffs(seed, 6)
    duties = lay_tariffs(ready.share, tariffs, ready.world)
    other = root(lambda point: residual_at(ready.world, duties, point)[1], np.zeros(12), tol=1e-13)
    got = solve_equilibrium(ready, tariffs).unwrap()
    np.testing.assert_allclose(
        np.log(got.employment_hat), (other.x[6:] - other.x[:6]) / (1 + ready.world.psi), atol=1e-9
    )


@LAWS
@given(seeds, variants)
def test_cases_equal_the_solver_of_one_world(seed: int, variant: Variant) -> None:
    world = make_world(seed)
    tariffs = np.stack([make_tariffs(seed + k, 6) for k in range(4)])
    tariffs[3, 1, 2] = tariffs[3, 2, 1] = 3.0
    elasticity = np.linspace(2.0, 10.0, 4)
    many = solve_cases(world, tariffs, elasticity, variant)
    assert many.converged.all()
    for case in range(4):
        alone = dataclasses.replace(variant, trade_elasticity=float(elasticity[case]))
        one = outcomes_of(solve_equilibrium(prepare(world, alone), tariffs[case]).unwrap())
        np.testing.assert_allclose(many.welfare[case], one.welfare, atol=1e-8)


def test_cases_do_not_depend_on_threads_or_on_their_neighbours() -> None:
    import numba

    world = make_world(3)
    tariffs = np.stack([make_tariffs(k, 6) for k in range(200)])
    elasticity = np.random.default_rng(1).uniform(2, 10, 200)
    before = numba.get_num_threads()
    whole = solve_cases(world, tariffs, elasticity).welfare
    try:
        numba.set_num_threads(1)
        alone = np.concatenate(
            [solve_cases(world, tariffs[k : k + 7], elasticity[k : k + 7]).welfare for k in range(0, 200, 7)]
        )
    finally:
        numba.set_num_threads(before)
    assert whole.tobytes() == alone.tobytes()


def test_embargoes_and_high_elasticities_converge() -> None:
    world = make_world(5)
    tariffs = np.stack([make_tariffs(k, 6) for k in range(300)])
    tariffs[:, 1, 2] = tariffs[:, 2, 1] = 3.0
    got = solve_cases(world, tariffs, np.random.default_rng(2).uniform(2, 10, 300))
    assert got.converged.all()
    assert np.isfinite(got.welfare).all()


def test_unconverged_cases_carry_no_welfare() -> None:
    got = solve_cases(make_world(5), make_tariffs(0, 6)[None], np.array([4.0]), tolerance=0.0)
    assert not got.converged.any()
    assert np.isnan(got.welfare).all()


def test_an_unconverged_equilibrium_is_refused() -> None:
    solution = solve_equilibrium(prepare(make_world(5)), make_tariffs(0, 6), tolerance=0.0)
    assert solution.status != "converged"
    with pytest.raises(NotConverged, match="residual"):
        solution.unwrap()


def test_the_second_resort_solves_what_the_first_does_not() -> None:
    ready, tariffs = prepare(make_world(7)), make_tariffs(7, 6)
    blind = dataclasses.replace(ready, slope_inverse=np.zeros_like(ready.slope_inverse))
    np.testing.assert_allclose(
        solve_equilibrium(blind, tariffs, most_steps=30).unwrap().wage_hat,
        solve_equilibrium(ready, tariffs).unwrap().wage_hat,
        atol=1e-10,
    )


def test_a_tariff_on_one_s_own_goods_is_refused() -> None:
    ready = prepare(make_world(1))
    with pytest.raises(DomainError, match="own goods"):
        solve_equilibrium(ready, np.full((6, 6), 0.1))
    with pytest.raises(DomainError, match="own goods"):
        solve_cases(ready.economy, np.full((1, 6, 6), 0.1), np.array([4.0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_impossible_tariffs_are_refused(bad: float) -> None:
    world, tariffs = make_world(1), np.zeros((6, 6))
    tariffs[1, 0] = bad
    with pytest.raises(DomainError, match="tariffs"):
        solve_equilibrium(prepare(world), tariffs)
    with pytest.raises(DomainError, match="tariffs"):
        solve_cases(world, tariffs[None], np.array([4.0]))


def test_wrong_shapes_are_refused() -> None:
    world = make_world(1)
    with pytest.raises(DomainError, match="6 x 6"):
        solve_equilibrium(prepare(world), np.zeros((5, 5)))
    with pytest.raises(DomainError, match="one elasticity a case"):
        solve_cases(world, np.zeros((2, 6, 6)), np.array([4.0]))
    with pytest.raises(DomainError, match="elasticities"):
        solve_cases(world, np.zeros((1, 6, 6)), np.array([np.nan]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trade_elasticity", 0.0),
        ("scale", 1.5),
        ("labour_supply", -1.0),
        ("pass_through", np.nan),
        ("revenue", "x"),
    ],
)
def test_a_variant_outside_its_range_is_refused(field: str, value: object) -> None:
    with pytest.raises(DomainError, match=field):
        Variant(**{field: value})


def test_calibration_refuses_what_it_cannot_use() -> None:
    flows, gdp = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([10.0, 10.0])
    with pytest.raises(DomainError, match="GDP"):
        calibrate_economy(flows, np.array([10.0, 0.0]), ("USA", "XRW"))
    with pytest.raises(DomainError, match="flows"):
        calibrate_economy(-flows, gdp, ("USA", "XRW"))
    with pytest.raises(DomainError, match="codes"):
        calibrate_economy(flows, gdp, ("USA", "USA"))
    with pytest.raises(DomainError, match="2 x 2"):
        calibrate_economy(flows, gdp[:1], ("USA", "XRW"))


def test_a_tariff_without_answer_moves_the_target_more_than_the_rest() -> None:
    world = make_world(11)
    announced = np.array([0.0, 0.5, 0.1, 0.1, 0.1, 0.1])
    losses = simulate(world, announced, "announced").outcomes.welfare
    assert losses[1] == losses.min()
