"""Parts of a change of real income: they add up, and to first order they are the published ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.trade.decompose import decompose
from kedge.trade.sector_calibrate import calibrate_sectors, rebalance
from kedge.trade.sector_solve import prepare_sectors, solve_sectors


def solved(seed, scale=1.0, linked=True):
    rng = np.random.default_rng(seed)
    flows, tariffs = rng.lognormal(0, 1, (4, 4, 3)), rng.uniform(0, 0.3, (4, 4, 3))
    for n in range(4):
        flows[n, n] *= 6
        tariffs[n, n] = 0
    value_added = rng.uniform(0.5, 0.8, (4, 3))
    inputs = rng.dirichlet(np.ones(3), size=(4, 3)).transpose(0, 2, 1) * (1 - value_added)[:, None, :]
    world = calibrate_sectors(
        flows,
        tariffs,
        rng.uniform(2, 9, 3),
        (list("ABCD"), list("xyz")),
        (value_added, inputs) if linked else None,
    )
    tilt = rng.normal(0, 0.05, 4) * world.value
    world = rebalance(world, tilt - tilt.sum() * world.value / world.value.sum())
    after = tariffs + scale * rng.uniform(0, 0.5, flows.shape)
    np.einsum("iik->ik", after)[:] = 0
    return solve_sectors(prepare_sectors(world), after, tolerance=1e-12).unwrap()


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=25)
def test_parts_add_up(seed, linked):
    parts = decompose(solved(seed, linked=linked))
    assert parts.gap < 1e-3
    np.testing.assert_allclose(parts.terms_of_trade + parts.volume, parts.welfare, atol=1e-3)
    np.testing.assert_allclose(parts.real_wages + parts.revenue + parts.transfers, parts.welfare, atol=1e-9)
    np.testing.assert_allclose(parts.partners.sum(axis=1), parts.terms_of_trade, atol=1e-9)
    np.testing.assert_allclose(np.diagonal(parts.partners), 0.0, atol=1e-12)


def test_more_pieces_leave_less_over():
    after = solved(5)
    assert decompose(after, 16).gap < decompose(after, 4).gap / 50


def test_small_changes_are_of_first_order():
    parts = decompose(solved(7, scale=1e-4))
    np.testing.assert_allclose(parts.first_terms_of_trade, parts.terms_of_trade, atol=1e-6)
    np.testing.assert_allclose(parts.first_welfare, parts.welfare, atol=1e-6)


@pytest.mark.parametrize("pieces", [0, 3, -2])
def test_odd_pieces_are_refused(pieces):
    with pytest.raises(DomainError, match="even number"):
        decompose(solved(1), pieces)
