"""The best mode on all recorded votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.order import fit_positions, gather_roll_calls


@pytest.fixture(scope="module")
def calls(mirror):
    from kedge.data.readers.order import read_ga_voting

    return gather_roll_calls(read_ga_voting(mirror / "un_votes/ga_voting.csv.gz"))


@pytest.mark.mirror
def test_all_votes_since_1946_give_positions_that_a_reader_would_know(calls) -> None:
    solution = fit_positions(calls)
    assert solution.status == "converged"
    positions = solution.value.positions
    row = {name: at for at, name in enumerate(positions.states)}
    column = {int(session): at for at, session in enumerate(positions.sessions)}
    now = positions.mean[:, column[79]]
    assert (now > now[row["USA"]]).sum() <= 5
    assert 0.02 < np.nanmean(positions.sd) < 0.4
    argentina = positions.mean[row["ARG"]]
    assert argentina[column[79]] > argentina[column[77]] + 0.3


@pytest.mark.mirror
def test_hidden_votes_are_told_better_than_by_the_tally(calls) -> None:
    late = calls.pick(calls.sessions >= 40)
    hide = (np.random.default_rng(0).random(late.votes.shape) < 0.05) & (late.votes >= 0)
    fit = fit_positions(replace(late, votes=np.where(hide, -1, late.votes).astype(np.int8))).unwrap()
    of = {name: at for at, name in enumerate(late.ids)}
    truth = late.votes[:, [of[name] for name in fit.calls.ids]]
    hidden = (truth >= 0) & (fit.calls.votes < 0)
    # A state whose only votes of a session are hidden has no position there.
    hidden &= np.isfinite(fit.positions.mean)[:, fit.layout.call_session]
    row, column = np.nonzero(hidden)
    vote = truth[row, column]
    counts = np.stack([(fit.calls.votes == each).sum(0) for each in range(3)], 1) + 0.5
    tally = (counts / counts.sum(1, keepdims=True))[column]
    loss = [-np.log(odds[np.arange(vote.size), vote]).mean() for odds in (fit.odds(row, column), tally)]
    assert loss[0] < 0.7 * loss[1]
