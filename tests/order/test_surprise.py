"""Tallies and ranks of surprise, and the vote of 24 February 2025."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.order import ForwardSettings, by_dimensions, forecast_votes, gather_roll_calls, surprise_of
from kedge.order.surprise import tally_of


@pytest.fixture(scope="module")
def found(simulated):
    calls, _ = simulated.simulate(6, simulated.Assembly(states=18, sessions=6, calls=10, texts=2))
    return forecast_votes(calls, ForwardSettings(dimensions=2, first=2, every=2, sweeps=5))


def test_the_tally_counts_every_member(found) -> None:
    votes = found.calls.votes[:, 50]
    tally = tally_of(found.calls, 50)
    assert tally["absent"] == (votes == -1).sum()
    assert sum(tally.values()) == (votes != -2).sum()


def test_the_largest_surprise_has_rank_one(found) -> None:
    bits = found.bits()
    at = int(np.nanargmax(bits))
    top = surprise_of(found, found.calls.ids[found.call[at]])
    assert top.states["rank_all"][0] == 1
    assert top.states["rank_own"][0] == 1
    assert top.states["iso3"][0] == found.calls.states[found.state[at]]
    assert top.states["votes_all"][0] == np.isfinite(bits).sum()
    assert top.states["bits_given"].is_sorted(descending=True)


def test_ties_share_a_rank(found) -> None:
    even = replace(found, given=np.full_like(found.given, 0.25))
    shown = surprise_of(even, "50")
    assert set(shown.states["rank_all"]) == {1}
    assert shown.rank["given"].rank == 1
    assert shown.rank["given"].among == 40


def test_the_first_sessions_are_not_scored(found) -> None:
    first = surprise_of(found, "3")
    assert not first.scored
    assert np.isnan(first.mean_bits["given"])
    assert first.states["rank_all"].null_count() == first.states.height


def test_other_dimensions_need_an_earlier_day(found) -> None:
    with pytest.raises(DomainError, match="nothing was voted on before"):
        by_dimensions(found.calls, "0", (1,))
    beside = by_dimensions(found.calls, "50", (1, 2))
    assert set(beside["dimensions"]) == {1, 2}
    assert beside.height == 2 * (found.calls.votes[:, 50] >= 0).sum()


@pytest.mark.mirror
def test_the_vote_of_february_2025_is_tallied_and_explained(mirror) -> None:
    from kedge.data.readers.order import read_ga_voting

    calls = gather_roll_calls(read_ga_voting(mirror / "un_votes/ga_voting.csv.gz"))
    at = calls.find("A/RES/ES-11/7")
    assert calls.sessions[at] == 79
    assert tally_of(calls, at) == {"yes": 93, "no": 18, "abstain": 65, "absent": 17}
    against = {calls.states[i] for i in np.flatnonzero(calls.votes[:, at] == 0)}
    assert {"USA", "RUS"} < against
    assert len(against - {"USA", "RUS"}) == 16


@pytest.mark.mirror
def test_one_dimension_finds_no_company_for_the_no_of_the_united_states(mirror) -> None:
    from kedge.data.readers.order import read_ga_voting

    calls = gather_roll_calls(read_ga_voting(mirror / "un_votes/ga_voting.csv.gz"))
    beside = by_dimensions(calls.pick(calls.sessions >= 70), "A/RES/ES-11/7", (1,))
    usa = dict(zip(beside["iso3"], beside["bits_given"], strict=True))["USA"]
    assert usa >= 8
