"""Worlds of many sectors: laws that hold for every one of them, and slopes against differences."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.trade.sector_calibrate import calibrate_sectors, rebalance
from kedge.trade.sector_model import SectorModel
from kedge.trade.sector_nash import formula_tariffs, formula_war
from kedge.trade.sector_solve import prepare_sectors, solve_sectors

SIZE, SECTORS = 4, 3


def make_world(seed, *, linked=True, size=SIZE, sectors=SECTORS, deficits="balanced"):
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(0, 1, (size, size, sectors))
    tariffs = rng.uniform(0, 0.3, flows.shape)
    for n in range(size):
        flows[n, n] *= 6.0
        tariffs[n, n] = 0.0
    value_added = rng.uniform(0.5, 0.8, (size, sectors))
    inputs = rng.dirichlet(np.ones(sectors), size=(size, sectors)).transpose(0, 2, 1)
    links = (value_added, inputs * (1.0 - value_added)[:, None, :]) if linked else None
    codes = ([f"C{n}" for n in range(size)], [f"s{k}" for k in range(sectors)])
    elasticity = rng.uniform(1.1, 15.0, sectors)
    world = calibrate_sectors(flows, tariffs, elasticity, codes, links, "balanced")
    if deficits == "balanced":
        return world
    # Deficits of at most a tenth of income: larger fixed ones can leave a world without any equilibrium.
    shift = rng.normal(0, 1, size) * world.value
    shift -= shift.sum() * world.value / world.value.sum()
    return rebalance(world, 0.1 * shift / np.abs(shift / world.value).max())


def shocked(world, seed, top=1.0):
    tariffs = np.random.default_rng(seed).uniform(0.0, top, world.flows.shape)
    np.einsum("iik->ik", tariffs)[:] = 0.0
    return tariffs


worlds = st.builds(
    make_world,
    st.integers(0, 10**6),
    linked=st.booleans(),
    deficits=st.sampled_from(["balanced", "observed"]),
)


@given(worlds)
def test_no_shock_no_change(world):
    solved = solve_sectors(prepare_sectors(world), world.tariffs).unwrap()
    assert np.abs(solved.real_income_hat - 1).max() < 1e-10
    np.testing.assert_allclose(solved.flows, world.flows, rtol=1e-9)


@given(worlds, st.integers(0, 10**6))
def test_markets_clear_and_transfers_sum_to_nothing(world, seed):
    tariffs = shocked(world, seed)
    after = solve_sectors(prepare_sectors(world), tariffs).unwrap()
    flows, whole = after.flows, world.value.sum()
    output = flows.sum(axis=1)
    value = world.value * after.wage_hat
    np.testing.assert_allclose((world.value_added * output).sum(axis=1), value, rtol=1e-10)
    spent = (flows * (1 + tariffs)).sum(axis=0)
    bought = np.einsum("nmk,nk->nm", world.inputs, output)
    np.testing.assert_allclose(spent, world.final * after.income[:, None] + bought, atol=1e-10 * whole)
    net = flows.sum(axis=(0, 2)) - flows.sum(axis=(1, 2))
    np.testing.assert_allclose(net, world.transfers, atol=1e-9 * whole)
    assert abs(net.sum()) < 1e-10 * whole
    assert value.sum() == pytest.approx(whole, rel=1e-10)


@given(worlds, st.integers(0, 10**6))
def test_order_and_currency_do_not_matter(world, seed):
    tariffs = shocked(world, seed)
    plain = solve_sectors(prepare_sectors(world), tariffs).unwrap().real_income_hat
    order, kinds = np.roll(np.arange(SIZE), 1), np.array([2, 0, 1])
    moved = replace(
        world,
        iso3=tuple(world.iso3[n] for n in order),
        sectors=tuple(world.sectors[k] for k in kinds),
        flows=1e3 * world.flows[np.ix_(order, order, kinds)],
        tariffs=world.tariffs[np.ix_(order, order, kinds)],
        elasticity=world.elasticity[kinds],
        value_added=world.value_added[np.ix_(order, kinds)],
        inputs=world.inputs[np.ix_(order, kinds, kinds)],
        final=world.final[np.ix_(order, kinds)],
    )
    again = solve_sectors(prepare_sectors(moved), tariffs[np.ix_(order, order, kinds)]).unwrap()
    np.testing.assert_allclose(again.real_income_hat, plain[order], rtol=1e-9)


@given(worlds, st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 2.0, 10.0, 1e4]))
@settings(max_examples=150)
def test_any_schedule_is_solved_or_refused_never_wrong(world, seed, top):
    tariffs = top * (np.random.default_rng(seed).random(world.flows.shape) < 0.5)
    np.einsum("iik->ik", tariffs)[:] = 0.0
    solved = solve_sectors(prepare_sectors(world), tariffs)
    assert np.isfinite(solved.value.real_income_hat).all()
    if top <= 2.0:
        assert solved.status == "converged"
    if solved.status == "converged":
        earned = (world.value_added * solved.value.flows.sum(axis=1)).sum(axis=1)
        np.testing.assert_allclose(earned, world.value * solved.value.wage_hat, rtol=1e-9)
    else:
        assert solved.residual > 1e-11


@given(st.integers(0, 10**6))
def test_links_of_nothing_change_nothing(seed):
    world = make_world(seed, linked=False)
    tariffs = shocked(world, seed + 1)
    alone = prepare_sectors(world)
    sectors = np.arange(SECTORS)
    # A sector that buys its own good at no cost to anyone: the smallest link there can be.
    inputs = np.zeros_like(world.inputs)
    inputs[:, sectors, sectors] = 1e-12
    linked = prepare_sectors(replace(world, inputs=inputs))
    assert linked.world.linked
    assert not alone.world.linked
    np.testing.assert_allclose(
        solve_sectors(linked, tariffs).unwrap().real_income_hat,
        solve_sectors(alone, tariffs).unwrap().real_income_hat,
        rtol=1e-8,
    )


def test_zero_trade_and_no_own_trade():
    rng = np.random.default_rng(3)
    flows = rng.lognormal(0, 1, (4, 4, 3))
    flows[1, 1, :] = 0.0
    flows[:, :, 2] = np.diag(flows[:, :, 2].sum(axis=0))
    flows[0, :, 0] = 0.0
    codes = (["A", "B", "C", "D"], ["x", "y", "z"])
    world = calibrate_sectors(flows, np.zeros_like(flows), np.array([2.0, 4.0, 8.0]), codes)
    solved = solve_sectors(prepare_sectors(world), shocked(world, 1)).unwrap()
    assert np.isfinite(solved.real_income_hat).all()
    assert (solved.flows[world.flows == 0] == 0).all()


def test_one_economy_unilateral_tariff_moves_terms_of_trade():
    world = make_world(8, linked=False)
    tariffs = world.tariffs.copy()
    tariffs[1:, 0] += 0.05
    after = solve_sectors(prepare_sectors(world), tariffs).unwrap()
    assert after.wage_hat[0] > 1.0


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("deficits", ["balanced", "observed"])
def test_slopes_equal_differences(linked, deficits):
    world = make_world(11, linked=linked, deficits=deficits)
    model = SectorModel(world, tolerance=1e-13)
    tariffs = shocked(world, 5, 0.6)
    near = model.respond(tariffs).unwrap()
    weights = np.array([1.0, 0.3, 0.0, -0.5])
    for importer in (0, 2):
        slope = near.pull(weights, importer)
        assert not slope[importer].any()
        for exporter in (1, 3):
            for sector in range(SECTORS):
                ends = []
                for way in (1, -1):
                    moved = tariffs.copy()
                    moved[exporter, importer, sector] += way * 1e-5
                    ends.append(weights @ model.respond(moved, near).unwrap().welfare)
                assert slope[exporter, sector] == pytest.approx(
                    (ends[0] - ends[1]) / 2e-5, rel=2e-4, abs=1e-5
                )


def test_rebalancing_there_and_back():
    world = make_world(2, deficits="observed")
    flat = rebalance(world, np.zeros(SIZE))
    assert np.abs(flat.transfers).max() < 1e-9 * flat.value.sum()
    back = rebalance(flat, world.transfers / world.value.sum() * flat.value.sum())
    np.testing.assert_allclose(back.flows / back.value.sum(), world.flows / world.value.sum(), rtol=1e-6)


def test_formula_war_meets_its_formula():
    prepared = prepare_sectors(make_world(4, linked=False, size=6))
    war = formula_war(prepared).unwrap()
    np.testing.assert_allclose(formula_tariffs(war.equilibrium), war.tariff, atol=1e-9)
    assert (war.tariff > 0).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"flows": np.full((4, 4, 3), -1.0)}, "not negative"),
        ({"flows": np.full((4, 4, 3), np.nan)}, "finite"),
        ({"flows": np.zeros((4, 4, 3))}, "buy and sell"),
        ({"tariffs": np.full((4, 4, 3), 0.2)}, "its own goods"),
        ({"tariffs": np.full((4, 4, 3), -2.0)}, "shares"),
        ({"elasticity": np.full(2, 4.0)}, "2 elasticities|3 elasticities"),
        ({"elasticity": np.zeros(3)}, "elasticities should lie above 0"),
        ({"links": (np.full((4, 3), 0.5), np.zeros((4, 3, 3)))}, "sum to 1"),
        ({"links": (np.full((4, 2), 0.5), np.zeros((4, 3, 3)))}, "links want"),
    ],
)
def test_what_cannot_be_a_world_is_refused(change, told):
    given_ = {
        "flows": np.ones((4, 4, 3)),
        "tariffs": np.zeros((4, 4, 3)),
        "elasticity": np.full(3, 4.0),
        "codes": (list("ABCD"), list("xyz")),
        **change,
    }
    with pytest.raises(DomainError, match=told):
        calibrate_sectors(**given_)


def test_tariffs_that_cannot_be_are_refused():
    prepared = prepare_sectors(make_world(1))
    for bad in (np.full((4, 4, 3), np.nan), np.full((4, 4, 3), 0.1), np.zeros((4, 4))):
        with pytest.raises(DomainError, match=r"tariffs|own goods"):
            solve_sectors(prepared, bad)
