"""Best mode: truth recovered, spreads that cover as stated, one polarity, no silent drop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.order import FitSettings, draws_dataset, fit_positions, start_from_arrays

ASSEMBLIES, Z90 = 24, 1.6449
ANCHORED = FitSettings(positive="S00")


@pytest.fixture(scope="module")
def drawn(simulated):
    return simulated.simulate(1)


@pytest.fixture(scope="module")
def found(drawn):
    return fit_positions(drawn[0], ANCHORED).unwrap()


@pytest.fixture(scope="module")
def many(simulated):
    """Fits of many assemblies, with the truth on the scale of each."""
    out = []
    for seed in range(ASSEMBLIES):
        rng = np.random.default_rng(seed)
        plan = simulated.Assembly(
            states=int(rng.integers(30, 81)),
            sessions=int(rng.integers(6, 21)),
            missing=float(rng.uniform(0.1, 0.35)),
        )
        calls, truth = simulated.simulate(seed, plan)
        positions = fit_positions(calls).unwrap().positions
        out.append((positions, simulated.scaled(truth, positions.mean)))
    return out


def test_true_positions_are_recovered(many) -> None:
    for positions, truth in many:
        here = np.isfinite(positions.mean)
        assert np.corrcoef(positions.mean[here], truth[here])[0, 1] > 0.95


def test_ninety_percent_intervals_cover_ninety_percent(many) -> None:
    shares = []
    for positions, truth in many:
        here = np.isfinite(positions.mean)
        shares.append(np.mean(np.abs(positions.mean - truth)[here] < Z90 * positions.sd[here]))
    assert 0.87 <= np.mean(shares) <= 0.93


def test_polarity_never_flips_between_sessions(many) -> None:
    for positions, truth in many:
        for estimate, real in zip(positions.mean.T, truth.T, strict=True):
            here = np.isfinite(estimate)
            assert np.corrcoef(estimate[here], real[here])[0, 1] > 0.8


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_polarity_follows_the_anchor_even_when_all_votes_are_turned_round(simulated, seed: int) -> None:
    calls, truth = simulated.simulate(seed)
    anchor = int(np.argmax(np.abs(truth.mean(1))))
    side = FitSettings(positive=calls.states[anchor])
    plain = fit_positions(calls, side).unwrap().positions.mean
    turned = np.where(calls.votes >= 0, 2 - calls.votes, calls.votes).astype(np.int8)
    mirrored = fit_positions(replace(calls, votes=turned), side).unwrap().positions.mean
    assert np.nanmean(plain[anchor]) > 0
    assert np.nanmean(mirrored[anchor]) > 0
    here = np.isfinite(plain)
    assert np.corrcoef(plain[here], mirrored[here])[0, 1] > 0.99


@settings(max_examples=4)
@given(st.integers(0, 10_000))
def test_order_of_states_does_not_matter(simulated, drawn, found, seed: int) -> None:
    rows = np.random.default_rng(seed).permutation(len(drawn[0].states))
    again = fit_positions(simulated.reordered(drawn[0], rows), ANCHORED).unwrap().positions
    np.testing.assert_allclose(again.mean, found.positions.mean[rows], atol=0.01)
    np.testing.assert_allclose(again.sd, found.positions.sd[rows], atol=0.01)


def test_order_of_roll_calls_within_a_session_does_not_matter(drawn, found) -> None:
    calls = drawn[0]
    mixed = np.lexsort((np.random.default_rng(0).random(len(calls)), calls.sessions))
    again = fit_positions(calls.pick(mixed), ANCHORED).unwrap().positions
    np.testing.assert_allclose(again.mean, found.positions.mean, atol=0.01)


def test_a_fit_that_starts_from_a_fit_stays_there(drawn, found) -> None:
    again = fit_positions(drawn[0], ANCHORED, start=found.starting_point()).unwrap().positions
    np.testing.assert_allclose(again.mean, found.positions.mean, atol=0.01)
    np.testing.assert_allclose(again.sd, found.positions.sd, atol=0.02)


def test_new_votes_carried_over_agree_with_a_fit_anew(drawn, found) -> None:
    calls = drawn[0]
    early = fit_positions(calls.pick(np.arange(len(calls) - 3)), ANCHORED).unwrap()
    later = fit_positions(calls, ANCHORED, start=early.starting_point()).unwrap().positions.mean
    here = np.isfinite(later)
    assert np.corrcoef(later[here], found.positions.mean[here])[0, 1] > 0.999


def test_a_starting_point_survives_being_kept_as_arrays(drawn, found, tmp_path) -> None:
    start = found.starting_point()
    np.savez(tmp_path / "fit.npz", **start.arrays())
    with np.load(tmp_path / "fit.npz", allow_pickle=False) as kept:
        back = start_from_arrays(dict(kept))
    assert all(
        np.array_equal(value, back.arrays()[name], equal_nan=value.dtype.kind == "f")
        for name, value in start.arrays().items()
    )
    one, other = (fit_positions(drawn[0], ANCHORED, start=each).unwrap() for each in (start, back))
    assert np.array_equal(one.positions.mean, other.positions.mean, equal_nan=True)


def test_damaged_starting_points_are_refused(found) -> None:
    arrays = found.starting_point().arrays()
    with pytest.raises(DomainError, match="not an earlier fit: w missing"):
        start_from_arrays({name: value for name, value in arrays.items() if name != "w"})
    with pytest.raises(DomainError, match="prior_walk missing"):
        start_from_arrays({name: value for name, value in arrays.items() if name != "prior_walk"})
    with pytest.raises(DomainError, match="do not fit one another"):
        start_from_arrays(arrays | {"x": arrays["x"][:-1]})
    with pytest.raises(DomainError, match="do not fit one another"):
        start_from_arrays(arrays | {"w": arrays["w"][:-1]})


def test_roll_calls_that_divide_nobody_are_dropped_and_counted(drawn) -> None:
    calls = drawn[0]
    votes = calls.votes.copy()
    votes[:, 10] = np.where(votes[:, 10] >= 0, 2, votes[:, 10])
    votes[:, 11] = np.minimum(votes[:, 11], -1)
    before = fit_positions(calls).unwrap()
    fit = fit_positions(replace(calls, votes=votes, dropped={"repeated rows": 4})).unwrap()
    assert fit.dropped["roll calls in which nobody voted"] == 1
    unanimous = "roll calls without a dissenting vote"
    assert fit.dropped[unanimous] == before.dropped[unanimous] + 1
    assert fit.dropped["repeated rows"] == 4
    assert len(fit.calls) + fit.dropped[unanimous] + 1 == len(calls)
    assert not {"10", "11"} & set(fit.items()["id"])


def test_unanimous_votes_alone_and_unknown_anchors_are_refused(drawn) -> None:
    calls = drawn[0]
    with pytest.raises(DomainError, match=f"none of the {len(calls)} roll calls divides the states"):
        fit_positions(replace(calls, votes=np.full_like(calls.votes, 2)))
    with pytest.raises(DomainError, match="'ZZZ' casts no vote"):
        fit_positions(calls, FitSettings(positive="ZZZ"))


def test_little_evidence_gives_a_wide_interval_and_no_vote_gives_none(drawn) -> None:
    calls, _ = drawn
    votes, last = calls.votes.copy(), int(calls.sessions.max())
    votes[30] = -1
    votes[30, :5] = calls.votes[0, :5].clip(0)
    keep = (calls.sessions < last) | (np.arange(len(calls)) == np.flatnonzero(calls.sessions == last)[0])
    fit = fit_positions(replace(calls, votes=votes).pick(keep)).unwrap()
    positions = fit.positions
    assert positions.votes[30].tolist()[:2] == [5, 0]
    assert np.isfinite(positions.mean[30]).tolist() == (positions.votes[30] > 0).tolist()
    assert positions.sd[30, 0] > 1.5 * np.nanmedian(positions.sd[:, 0])
    assert np.nanmedian(positions.sd[:, -1]) > np.nanmedian(positions.sd[:, 3])
    assert (positions.votes[:, -1] <= 1).all()


def test_a_state_that_vanishes_and_returns_has_positions_only_where_it_voted(drawn, found) -> None:
    calls, _ = drawn
    cast = np.stack([(calls.votes[:, calls.sessions == s] >= 0).any(1) for s in found.positions.sessions], 1)
    gone = [row for row in cast if (np.diff(np.flatnonzero(row)) > 1).any()]
    assert gone
    assert np.array_equal(np.isfinite(found.positions.mean), cast)
    assert np.array_equal(np.isfinite(found.positions.sd), cast)


def test_scale_is_mean_zero_and_expected_variance_one(found) -> None:
    here = np.isfinite(found.positions.mean)
    mean, sd = found.positions.mean[here], found.positions.sd[here]
    assert abs(mean.mean()) < 1e-9
    assert mean.var() + (sd**2).mean() == pytest.approx(1.0, abs=0.03)


def test_draws_have_the_stated_spread_and_gaps(found) -> None:
    draws = found.draws(3000, np.random.default_rng(0))
    here = np.isfinite(found.positions.mean)
    assert np.array_equal(np.isfinite(draws), np.broadcast_to(here, draws.shape))
    spread = draws[:, here].std(0)
    np.testing.assert_allclose(spread, found.positions.sd[here], rtol=0.08)
    np.testing.assert_allclose(draws[:, here].mean(0), found.positions.mean[here], atol=0.04)
    assert np.array_equal(draws, found.draws(3000, np.random.default_rng(0)), equal_nan=True)


def test_a_dataset_of_draws_names_chain_draw_state_and_session(found) -> None:
    data = draws_dataset(found, 7, np.random.default_rng(0))
    assert data["ideal_point"].dims == ("chain", "draw", "state", "session")
    assert data["ideal_point"].shape == (1, 7, *found.positions.mean.shape)
    assert data["state"].values.tolist() == list(found.positions.states)
    assert data["session"].values.tolist() == found.positions.sessions.tolist()


def test_odds_sum_to_one_and_need_a_position(found) -> None:
    row, column = np.nonzero(found.calls.votes >= 0)
    odds = found.odds(row, column)
    np.testing.assert_allclose(odds.sum(1), 1.0, atol=1e-12)
    assert (odds > 0).all()
    assert np.log(odds[np.arange(row.size), found.calls.votes[row, column]]).mean() > np.log(1 / 3)
    late = int(np.flatnonzero(np.isnan(found.positions.mean[:, 0]))[0])
    with pytest.raises(DomainError, match=f"{found.calls.states[late]} has no position"):
        found.odds(np.array([late]), np.array([0]))
