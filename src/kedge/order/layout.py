"""Votes laid out for the estimators: roll call by roll call, each vote pointing at its state-session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from kedge.core.errors import DomainError
from kedge.order.roll_calls import RollCalls


@dataclass(frozen=True)
class Layout:
    """Where every vote and every state-session lies.

    A state has a slot in every session from its first vote to its last, also in those where it cast
    none (South Africa 1974-94), so that neighbours in time are always one session with votes apart.

    Parameters
    ----------
    sessions
        Sessions with a roll call, ascending.
    state, session
        State and place in `sessions` of each slot; slots are ordered by state, then session.
    first
        First slot of each state, and the number of slots at the end.
    gap : sessions
        Since the slot before of the same state.
    start
        First vote of each roll call, and the number of votes at the end.
    slot, vote
        Slot and vote (0 no, 1 abstain, 2 yes) of every vote cast.
    cast
        Votes cast in each slot.
    text
        Number of the recurring text of each roll call, -1 where a text was voted on once.
    subject
        Number of the subject of each roll call, -1 where one was voted on once.
    call_session
        Place in `sessions` of each roll call.
    """

    sessions: Int[np.ndarray, " session"]
    state: Int[np.ndarray, " slot"]
    session: Int[np.ndarray, " slot"]
    first: Int[np.ndarray, " state_and_end"]
    gap: Float[np.ndarray, " slot"]
    start: Int[np.ndarray, " roll_call_and_end"]
    slot: Int[np.ndarray, " vote"]
    vote: Int[np.ndarray, " vote"]
    cast: Int[np.ndarray, " slot"]
    text: Int[np.ndarray, " roll_call"]
    subject: Int[np.ndarray, " roll_call"]
    call_session: Int[np.ndarray, " roll_call"]

    @property
    def call(self) -> Int[np.ndarray, " vote"]:
        """Roll call of each vote."""
        return np.repeat(np.arange(self.start.size - 1), np.diff(self.start))

    @property
    def texts(self) -> int:
        """Number of recurring texts."""
        return int(self.text.max(initial=-1)) + 1


def lay_out(calls: RollCalls, *, empty: bool = False) -> Layout:
    """Lay votes out for estimation.

    Parameters
    ----------
    calls
        Roll calls.
    empty
        Allow roll calls without a vote.

    Raises
    ------
    DomainError
        There is no vote at all, or a roll call without one.
    """
    at, state = np.nonzero(calls.votes.T >= 0)
    if at.size == 0:
        raise DomainError("nobody voted in these roll calls; at least one yes, no or abstention is needed")
    start = np.searchsorted(at, np.arange(len(calls) + 1))
    if not empty and (np.diff(start) == 0).any():
        silent = calls.ids[int(np.argmin(np.diff(start)))]
        raise DomainError(f"roll call {silent} holds no vote; drop it with `informative` first")
    sessions, place = np.unique(calls.sessions, return_inverse=True)
    count = np.zeros((calls.votes.shape[0], sessions.size), np.int64)
    np.add.at(count, (state, place[at]), 1)
    seen = count > 0
    between = np.maximum.accumulate(seen, axis=1) & np.maximum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    slot_state, slot_session = np.nonzero(between)
    slot_of = np.full(between.shape, -1, np.int64)
    slot_of[slot_state, slot_session] = np.arange(slot_state.size)
    gap = np.ones(slot_state.size)
    gap[1:] = np.where(slot_state[1:] == slot_state[:-1], np.diff(sessions[slot_session]), 1)
    return Layout(
        sessions=sessions,
        state=slot_state,
        session=slot_session,
        first=np.searchsorted(slot_state, np.arange(calls.votes.shape[0] + 1)),
        gap=gap,
        start=start,
        slot=slot_of[state, place[at]],
        vote=calls.votes.T[at, state].astype(np.int64),
        cast=count[slot_state, slot_session],
        text=recurring(calls.text),
        subject=recurring(calls.subject),
        call_session=place,
    )


def places_in(order: Int[np.ndarray, " row"]) -> Int[np.ndarray, " slot"]:
    """Give the row of each slot where `order` gives the slot of each row."""
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return place


def recurring(text: Int[np.ndarray, " roll_call"]) -> Int[np.ndarray, " roll_call"]:
    """Renumber texts that were voted on more than once from 0; -1 for the others."""
    _, where, count = np.unique(text, return_inverse=True, return_counts=True)
    number = np.cumsum(count > 1) - 1
    return np.where(count[where] > 1, number[where], -1)
