"""Folding a world of many sectors: totals, identity, and folding twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.trade import aggregate_sectors
from kedge.trade.sector_calibrate import calibrate_sectors

ISO3, SECTORS = tuple("ABCDE"), tuple("wxyz")


def make_world(seed):
    rng = np.random.default_rng(seed)
    flows, tariffs = rng.lognormal(0, 1, (5, 5, 4)), rng.uniform(0, 0.4, (5, 5, 4))
    for n in range(5):
        tariffs[n, n] = 0
        flows[n, n] *= 5
    added = rng.uniform(0.5, 0.8, (5, 4))
    inputs = rng.dirichlet(np.ones(4), size=(5, 4)).transpose(0, 2, 1) * (1 - added)[:, None, :]
    return calibrate_sectors(flows, tariffs, rng.uniform(2, 9, 4), (ISO3, SECTORS), (added, inputs))


tables = st.lists(st.integers(0, 2), min_size=5, max_size=5).filter(lambda groups: len(set(groups)) >= 2)


@given(st.integers(0, 10**6), tables, st.lists(st.integers(0, 1), min_size=4, max_size=4))
def test_folding_twice_equals_folding_once(seed, groups, kinds):
    world = make_world(seed)
    economies = {code: f"g{group}" for code, group in zip(ISO3, groups, strict=True)}
    sectors = {code: f"k{kind}" for code, kind in zip(SECTORS, kinds, strict=True)}
    # First only the last group's members and no sectors, then the rest.
    first = {code: group if group == economies["E"] else code for code, group in economies.items()}
    middle = aggregate_sectors(world, first)
    rest = {first[code]: economies[code] for code in ISO3}
    twice = aggregate_sectors(aggregate_sectors(middle, rest), sectors=sectors)
    once = aggregate_sectors(world, economies, sectors)
    assert set(twice.iso3) == set(once.iso3)
    order = [twice.iso3.index(code) for code in once.iso3]
    kinds_at = [twice.sectors.index(code) for code in once.sectors]
    for name in ("flows", "tariffs"):
        np.testing.assert_allclose(
            getattr(twice, name)[np.ix_(order, order, kinds_at)], getattr(once, name), rtol=1e-10, atol=1e-12
        )
    np.testing.assert_allclose(twice.inputs[np.ix_(order, kinds_at, kinds_at)], once.inputs, atol=1e-10)
    np.testing.assert_allclose(twice.value_added[np.ix_(order, kinds_at)], once.value_added, atol=1e-10)
    np.testing.assert_allclose(twice.final[np.ix_(order, kinds_at)], once.final, atol=1e-10)
    np.testing.assert_allclose(twice.elasticity[kinds_at], once.elasticity, rtol=1e-10)


@given(st.integers(0, 10**6), tables)
def test_totals_stay(seed, groups):
    world = make_world(seed)
    folded = aggregate_sectors(world, {code: f"g{g}" for code, g in zip(ISO3, groups, strict=True)})
    assert folded.flows.sum() == pytest.approx(world.flows.sum())
    assert folded.value.sum() == pytest.approx(world.value.sum())
    np.testing.assert_allclose(folded.value_added + folded.inputs.sum(axis=1), 1.0)
    np.testing.assert_allclose(folded.final.sum(axis=1), 1.0)


def test_itself_changes_nothing():
    world = make_world(1)
    same = aggregate_sectors(world)
    for name in ("flows", "tariffs", "inputs", "value_added", "elasticity", "final"):
        np.testing.assert_allclose(getattr(same, name), getattr(world, name), atol=1e-12)


def test_tables_that_do_not_fit_are_refused():
    world = make_world(1)
    with pytest.raises(UnknownName, match="Z"):
        aggregate_sectors(world, {"Z": "g"})
    with pytest.raises(DomainError, match="no group for economy B"):
        aggregate_sectors(world, {"A": "g"})
    with pytest.raises(DomainError, match="two economies"):
        aggregate_sectors(world, dict.fromkeys(ISO3, "g"))
