"""Joint products: best responses, equilibrium and withdrawal; reaction functions recovered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security import (
    ReactionPanel,
    alliance_effort,
    autonomous_effort,
    estimate_reaction,
    implied_private_share,
    reaction_slope,
    row_normalised,
    withdrawal_effort,
)

MEMBERS = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0.0, 100.0), min_size=n, max_size=n),
        st.lists(st.floats(-0.99, 0.0), min_size=n, max_size=n),
    )
)


@given(MEMBERS, st.floats(0.0, 50.0))
def test_every_member_is_at_its_best_response(members, outside):
    autonomous, slope = (np.array(values) for values in members)
    found = alliance_effort(autonomous, slope, outside)
    others = found.effort.sum() - found.effort + outside
    assert found.effort == pytest.approx(np.maximum(0.0, autonomous + slope * others), abs=1e-7)
    assert found.total == pytest.approx(found.effort.sum() + outside)


def test_the_equilibrium_solves_the_linear_system():
    autonomous, slope = np.array([30.0, 19.0, 8.0]), np.array([-0.2, -0.3, -0.1])
    system = np.eye(3) - slope[:, None] * (1.0 - np.eye(3))
    assert alliance_effort(autonomous, slope).effort == pytest.approx(np.linalg.solve(system, autonomous))


def test_the_best_response_maximises_utility():
    income, need, s, theta, spill = 100.0, 1.0, 0.9, 0.3, 4.0
    q = np.linspace(0.0, 30.0, 300_001)
    service = q + (1 - theta) * spill - need
    utility = s * np.log(income - q) + (1 - s) * np.log(np.where(service > 0, service, 1e-300))
    alone = autonomous_effort(np.array([income]), np.array([need]), np.array([s]))[0]
    assert q[utility.argmax()] == pytest.approx(alone + reaction_slope(s, theta) * spill, abs=1e-3)


@given(MEMBERS, st.floats(0.0, 1.0))
def test_allies_never_cut_when_the_patron_withdraws_and_never_make_it_good(members, kept):
    autonomous, slope = (np.array(values) for values in members)
    before, after = alliance_effort(autonomous, slope), withdrawal_effort(autonomous, slope, 0, kept)
    assert np.all(after.effort[1:] >= before.effort[1:] - 1e-7)
    assert after.total <= before.total + 1e-7


def test_a_pure_public_good_is_carried_by_the_largest():
    slope = np.full(3, reaction_slope(0.98, 0.0))
    found = alliance_effort(np.array([100.0, 10.0, 10.0]), slope).effort
    assert found == pytest.approx([100.0, 0.0, 0.0])


def test_private_share_undoes_the_slope():
    assert implied_private_share(reaction_slope(0.97, 0.4), 0.97) == pytest.approx(0.4)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_shares_outside_their_range_are_refused(share):
    with pytest.raises(DomainError, match="between 0 and 1"):
        reaction_slope(share, 0.5)


def test_slopes_of_minus_one_are_refused():
    with pytest.raises(DomainError, match="-1 leaves who pays undecided"):
        alliance_effort(np.ones(2), np.array([-1.0, -0.5]))


def simulated(rng, slope, lag=0.6, states=24, years=40):
    place = rng.uniform(0.0, 1.0, (states, 2))
    gap = np.linalg.norm(place[:, None] - place[None], axis=2) + 0.02
    weights = np.repeat((1.0 / gap**2)[None], years, axis=0)
    known = np.ones((states, years), dtype=bool)
    scaled = row_normalised(weights, known)[0]
    drivers = np.cumsum(rng.normal(0.0, 0.3, (2, states, years)), axis=2)
    common, own = rng.normal(0.0, 0.3, years), rng.normal(0.0, 0.5, states)
    spread = np.linalg.inv(np.eye(states) - slope * scaled)
    effort = np.zeros((states, years))
    before = own
    for t in range(years):
        noise = rng.normal(0.0, 0.2, states)
        before = spread @ (
            lag * before + 0.5 * drivers[0, :, t] - 0.4 * drivers[1, :, t] + common[t] + own + noise
        )
        effort[:, t] = before
    return ReactionPanel(effort, weights, drivers, ("threat", "gdp"), ("threat", "gdp"), known)


@pytest.mark.parametrize("slope", [-0.4, 0.3])
def test_a_known_slope_is_recovered_with_the_stated_coverage(slope):
    rng = np.random.default_rng(3)
    found = [estimate_reaction(simulated(rng, slope)) for _ in range(150)]
    slopes, errors = np.array([r.slope for r in found]), np.array([r.slope_error for r in found])
    assert slopes.mean() == pytest.approx(slope, abs=0.02)
    assert np.mean(np.abs(slopes - slope) < 2.07 * errors) > 0.89
    inside = [r.fit.robust[0] <= slope <= r.fit.robust[1] for r in found]
    assert np.mean(inside) > 0.87
    assert np.mean([r.fit.coefficients[1] for r in found]) == pytest.approx(0.6, abs=0.03)


def test_least_squares_takes_mutual_influence_for_more_than_it_is():
    rng = np.random.default_rng(5)
    found = [estimate_reaction(simulated(rng, 0.4)) for _ in range(60)]
    by_instruments = np.mean([r.slope for r in found])
    by_least_squares = np.mean([r.ols[0] for r in found])
    assert abs(by_instruments - 0.4) < 0.02
    assert abs(by_least_squares - 0.4) > 2 * abs(by_instruments - 0.4)


def test_slopes_do_not_depend_on_the_unit_of_effort_or_the_order_of_states():
    panel = simulated(np.random.default_rng(1), -0.3)
    turn = np.random.default_rng(2).permutation(panel.effort.shape[0])
    turned = ReactionPanel(
        panel.effort[turn] + np.log(100.0),
        panel.weights[:, turn][:, :, turn],
        panel.drivers[:, turn],
        panel.names,
        panel.spatial,
        panel.sample[turn],
    )
    one, two = estimate_reaction(panel), estimate_reaction(turned)
    assert one.slope == pytest.approx(two.slope, abs=1e-8)
    assert one.fit.covariance == pytest.approx(two.fit.covariance, abs=1e-8)


def test_useless_instruments_are_told():
    panel = simulated(np.random.default_rng(1), -0.3)
    noise = np.random.default_rng(2).normal(size=panel.drivers.shape)
    useless = ReactionPanel(panel.effort, panel.weights, noise, panel.names, panel.spatial, panel.sample)
    found = estimate_reaction(useless)
    assert any("weakly identified" in text for text in found.caution)


def test_too_few_rows_are_refused():
    panel = simulated(np.random.default_rng(1), -0.3, states=3, years=5)
    with pytest.raises(DomainError, match="too few"):
        estimate_reaction(panel)
