"""The model that predicts votes beats what needs no model, and bridges texts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.order import fit_votes


def log_loss(odds: np.ndarray, vote: np.ndarray) -> float:
    return float(-np.log(odds[np.arange(vote.size), vote]).mean())


def marginals(votes: np.ndarray, column: np.ndarray) -> np.ndarray:
    counts = np.stack([(votes == vote).sum(0) for vote in range(3)], 1) + 0.5
    return (counts / counts.sum(1, keepdims=True))[column]


@pytest.mark.parametrize("dimensions", [1, 3])
def test_hidden_votes_are_predicted_better_than_by_item_marginals(simulated, dimensions: int) -> None:
    calls, _ = simulated.simulate(11)
    hide = (np.random.default_rng(0).random(calls.votes.shape) < 0.1) & (calls.votes >= 0)
    shown = replace(calls, votes=np.where(hide, -1, calls.votes).astype(np.int8))
    row, column = np.nonzero(hide)
    model = fit_votes(shown, dimensions)
    odds = model.odds(row, column)
    np.testing.assert_allclose(odds.sum(1), 1.0, atol=1e-12)
    assert (odds > 0).all()
    vote = calls.votes[row, column]
    assert log_loss(odds, vote) < 0.8 * log_loss(marginals(shown.votes, column), vote)


def test_a_recurring_text_with_all_votes_hidden_is_predicted_from_earlier_ones(simulated) -> None:
    calls, _ = simulated.simulate(12)
    last = np.flatnonzero((calls.sessions == calls.sessions.max()) & (calls.text < 5))
    votes = calls.votes.copy()
    votes[:, last] = np.minimum(votes[:, last], -1)
    hidden = replace(calls, votes=votes)
    row, column = np.nonzero((calls.votes >= 0) & np.isin(np.arange(len(calls)), last))
    vote = calls.votes[row, column]
    alone = np.arange(len(calls)) + 1000
    bridged = fit_votes(hidden, 2).odds(row, column)
    unbridged = fit_votes(replace(hidden, text=alone, subject=alone), 2).odds(row, column)
    assert log_loss(bridged, vote) < 0.9 * log_loss(unbridged, vote)


def test_dimensions_out_of_range_and_states_without_votes_are_refused(simulated) -> None:
    calls, _ = simulated.simulate(13, simulated.Assembly(states=12, sessions=3, calls=8))
    for wrong in (0, 13):
        with pytest.raises(DomainError, match=rf"from 1 to 12 \(states\), not {wrong}"):
            fit_votes(calls, wrong)
    votes = calls.votes.copy()
    votes[4] = -1
    model = fit_votes(replace(calls, votes=votes), 1, sweeps=2)
    with pytest.raises(DomainError, match="S04 casts no vote"):
        model.odds(np.array([4]), np.array([0]))
