"""Forecasts use nothing later, sum to one, and are calibrated on what came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.order import ForwardSettings, forecast_votes
from kedge.order.calibration import fit_calibration
from kedge.order.forward import repeated

SMALL = ForwardSettings(dimensions=2, first=3, every=2, sweeps=6)


@pytest.fixture(scope="module")
def calls(simulated):
    return simulated.simulate(5, simulated.Assembly(states=20, sessions=8, calls=12, texts=3))[0]


@pytest.fixture(scope="module")
def found(calls):
    return forecast_votes(calls, SMALL)


@pytest.mark.parametrize("cut", [40, 61, 90])
def test_votes_after_a_day_leave_forecasts_before_it_as_they_were(calls, found, cut: int) -> None:
    votes = calls.votes.copy()
    later = votes[:, cut:]
    later[later >= 0] = np.random.default_rng(0).integers(0, 3, (later >= 0).sum())
    other = forecast_votes(replace(calls, votes=votes), SMALL)
    here = found.call < cut
    assert np.array_equal(found.before[here], other.before[here])
    assert np.array_equal(found.given[here], other.given[here])
    assert not np.array_equal(found.given[~here], other.given[~here])


def test_a_subject_that_comes_back_later_leaves_earlier_forecasts_as_they_were(calls) -> None:
    subject = calls.subject.copy()
    subject[90] = subject[65]
    whole = forecast_votes(replace(calls, subject=subject), SMALL)
    early = forecast_votes(replace(calls, subject=subject).pick(np.arange(80)), SMALL)
    assert np.array_equal(whole.before[whole.call < 80], early.before)


def test_votes_of_the_same_day_are_not_known_before(calls) -> None:
    dates = calls.dates.copy()
    dates[60:70] = dates[60]
    votes = calls.votes.copy()
    votes[:, 60] = np.where(votes[:, 60] >= 0, 2 - votes[:, 60], votes[:, 60])
    one = forecast_votes(replace(calls, dates=dates), SMALL)
    other = forecast_votes(replace(calls, dates=dates, votes=votes), SMALL)
    here = (one.call > 60) & (one.call < 70)
    assert np.array_equal(one.before[here], other.before[here])


def test_forecasts_sum_to_one_and_surprise_is_never_negative(found, calls) -> None:
    for name in ("before", "given"):
        np.testing.assert_allclose(getattr(found, name).sum(1), 1.0, atol=1e-9)
        bits = found.bits(name)
        assert np.array_equal(np.isfinite(bits), found.scored)
        assert (bits[found.scored] >= 0).all()
    assert np.array_equal(found.scored, calls.sessions[found.call] > 3)


def test_the_same_votes_give_the_same_bytes(calls, found) -> None:
    again = forecast_votes(calls, SMALL)
    assert again.before.tobytes() == found.before.tobytes()
    assert again.given.tobytes() == found.given.tobytes()


def test_a_certain_vote_hardly_surprises(simulated) -> None:
    votes = np.tile(np.where(np.arange(20) % 2, 2, 0).astype(np.int8)[:, None], (1, 160))
    found = forecast_votes(simulated.assembly(votes, np.repeat(np.arange(1, 9), 20)), SMALL)
    bits = found.bits("given")
    last = found.call >= 140
    assert bits[last].mean() < 0.05


def test_too_few_sessions_are_refused(calls) -> None:
    with pytest.raises(DomainError, match="more than 8 sessions to start from, found 8"):
        forecast_votes(calls, replace(SMALL, first=8))


def test_calibration_maps_stated_chances_to_those_observed() -> None:
    rng = np.random.default_rng(0)
    true = rng.dirichlet([1.0, 1.0, 2.0], 30_000)
    vote = (rng.random((true.shape[0], 1)) > true.cumsum(1)).sum(1).clip(0, 2)
    stated = np.sqrt(true)
    stated /= stated.sum(1, keepdims=True)
    last = np.full(vote.size, -1)
    fitted = fit_calibration(stated, last, vote).with_tail(stated, last, vote)
    mended = fitted.apply(stated, last)
    np.testing.assert_allclose(mended.sum(1), 1.0, atol=1e-12)
    assert np.abs(mended - true).mean() < 0.1 * np.abs(stated - true).mean()


def test_without_votes_calibration_changes_next_to_nothing() -> None:
    none = fit_calibration(np.empty((0, 3)), np.empty(0, int), np.empty(0, int))
    chances = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(none.apply(chances, np.array([-1])), chances, atol=1e-3)


def test_last_votes_are_forgotten_where_the_text_changed() -> None:
    call = np.repeat([0, 1], 6)
    last = np.array([2, 2, 2, 0, 0, 0, 2, 2, 2, 0, 0, -1])
    vote = np.array([2, 2, 2, 0, 0, 0, 0, 0, 0, 2, 2, 1])
    assert repeated(last, call, vote).tolist() == [2, 2, 2, 0, 0, 0, -1, -1, -1, -1, -1, -1]
