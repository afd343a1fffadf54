"""Votes laid out for the published mode: by text, then by vote; what carries no information is counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from kedge.core.errors import DomainError
from kedge.order.roll_calls import ABSTAIN, NO, NOT_A_MEMBER, YES, RollCalls

SMOOTHING = 0.5
LEAST_CALLS = 2


class Ballots(NamedTuple):
    """Votes cast on texts that divided states.

    A *seat* is one state in one session; seats are sorted by state, then session.
    """

    seat: np.ndarray
    """Seat of each vote; votes are sorted by text, and within it yes, abstain, no."""
    bounds: np.ndarray
    """Of each text: where yes, abstain and no begin, and where its votes end."""
    lag: np.ndarray
    """Seat whose mean centres the prior of each seat: the state's last session, for its first the next
    one; -1 where a state has one session alone."""
    variance: np.ndarray
    """Prior variance of each seat around that mean."""
    opening: np.ndarray
    """Seats of session 1."""
    state: np.ndarray
    session: np.ndarray
    cast: np.ndarray
    """Votes of each seat."""
    dropped: dict[str, int]


def lay_out(roll_calls: RollCalls) -> Ballots:
    """Sort the votes by text and seat.

    Raises
    ------
    DomainError
        There is no vote, a vote code is unknown, or no roll call divided the states.
    """
    votes = roll_calls.votes
    if votes.size == 0:
        raise DomainError("there is no roll call to estimate positions from; gather votes first")
    if votes.min() < NOT_A_MEMBER or votes.max() > YES:
        row, column = np.argwhere((votes < NOT_A_MEMBER) | (votes > YES))[0]
        raise DomainError(
            f"votes should be -2 not a member, -1 absent, 0 no, 1 abstain or 2 yes; "
            f"{roll_calls.states[row]} has {votes[row, column]} in roll call {roll_calls.ids[column]}"
        )
    kept, dropped = _informative(roll_calls)
    if not kept.any():
        raise DomainError(
            f"none of the {len(roll_calls)} roll calls divided the states that voted: positions need "
            f"roll calls with at least two different votes, and two of them in a session"
        )
    state, column = np.nonzero((votes >= NO) & kept)
    vote = np.int64(YES) - votes[state, column]
    numbers, session = np.unique(roll_calls.sessions[column], return_inverse=True)
    seats, seat = np.unique(state * numbers.size + session, return_inverse=True)
    texts, item = np.unique(roll_calls.text[column], return_inverse=True)
    order = np.lexsort((seat, vote, item))
    of_state, of_session = seats // numbers.size, seats % numbers.size
    cast = np.bincount(seat, minlength=seats.size)
    lag = _lags(of_state)
    beside = np.where(lag >= 0, cast[lag], cast)
    return Ballots(
        seat=seat[order].astype(np.int32),
        bounds=_bounds(item, vote, texts.size),
        lag=lag,
        variance=SMOOTHING * cast / (cast + beside),
        opening=np.flatnonzero(numbers[of_session] == 1),
        state=of_state,
        session=numbers[of_session],
        cast=cast,
        dropped=dropped,
    )


def _informative(roll_calls: RollCalls) -> tuple[Bool[np.ndarray, " roll_call"], dict[str, int]]:
    votes, text = roll_calls.votes, np.unique(roll_calls.text, return_inverse=True)[1]
    kinds = np.zeros(text.max() + 1, np.int64)
    for code in (NO, ABSTAIN, YES):
        kinds += np.bincount(text, (votes == code).sum(0), minlength=kinds.size) > 0
    numbers, session = np.unique(roll_calls.sessions, return_inverse=True)
    lone = np.bincount(session, minlength=numbers.size)[session] < LEAST_CALLS
    same = ~lone & (kinds[text] < 2)
    counts = {
        "roll calls on which all votes were the same": int(same.sum()),
        "roll calls alone in their session": int(lone.sum()),
        "absences": int((votes == -1).sum()),
    }
    return ~(same | lone), dict(roll_calls.dropped) | counts


def _bounds(item: np.ndarray, vote: np.ndarray, texts: int) -> Int[np.ndarray, "text 4"]:
    sizes = np.bincount(item * 3 + vote, minlength=3 * texts).reshape(texts, 3)
    ends = np.cumsum(sizes.reshape(-1)).reshape(texts, 3)
    return np.column_stack((ends[:, 0] - sizes[:, 0], ends)).astype(np.int64)


def _lags(state: Int[np.ndarray, " seat"]) -> Int[np.ndarray, " seat"]:
    at = np.arange(state.size)
    first = np.append(True, state[1:] != state[:-1])
    alone = first & np.append(first[1:], True)
    return np.where(alone, -1, np.where(first, at + 1, at - 1))


def signs(
    roll_calls: RollCalls, ballots: Ballots, poles: tuple[str, str]
) -> tuple[np.ndarray, Int[np.ndarray, " seat"]]:
    """Say on which side of each text the two poles stood, and which seats are theirs.

    Returns
    -------
    tuple
        One for texts that the first pole opposed more than the second, -1 for the reverse, else 0;
        and 1 for seats of the first pole, -1 for those of the second.

    Raises
    ------
    DomainError
        A pole is not among the states, or the two never voted differently.
    """
    missing = [pole for pole in poles if pole not in roll_calls.states]
    if missing:
        raise DomainError(
            f"the sign of positions is fixed by two states that often differ; {', '.join(missing)} "
            f"cast no vote here: name two others as `poles`"
        )
    where = [roll_calls.states.index(pole) for pole in poles]
    side = np.where(ballots.state == where[0], 1, np.where(ballots.state == where[1], -1, 0))
    texts = ballots.bounds.shape[0]
    starts = ballots.bounds[:, :3].reshape(-1)
    sizes = np.diff(np.append(starts, ballots.bounds[-1, 3]))
    item, vote = np.divmod(np.repeat(np.arange(3 * texts), sizes), 3)
    level = []
    for which in (1, -1):
        mine = side[ballots.seat] == which
        count = np.bincount(item[mine], minlength=texts)
        total = np.bincount(item[mine], vote[mine], minlength=texts)
        level.append(np.where(count > 0, total / np.maximum(count, 1), np.nan))
    gap = np.nan_to_num(level[0] - level[1])
    if not np.any(gap):
        raise DomainError(
            f"{poles[0]} and {poles[1]} never voted differently, so the sign of positions is open: "
            f"name two states that differ as `poles`"
        )
    return np.sign(gap), side
