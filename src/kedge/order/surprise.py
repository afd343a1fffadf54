"""What surprised most in one roll call, and where that day ranks since 1946."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from kedge.core.errors import DomainError
from kedge.order.forward import BEFORE, GIVEN, Forecasts, ForwardSettings, forecast_votes
from kedge.order.roll_calls import ABSENT, RollCalls

VOTE_NAMES = ("no", "abstain", "yes")
BY_DIMENSIONS = (1, 3, 6)


@dataclass(frozen=True)
class Rank:
    """Place of a value among others, 1 for the largest."""

    rank: int
    among: int


@dataclass(frozen=True)
class RollCallSurprise:
    """How one roll call surprised.

    Parameters
    ----------
    id, resolution, date, session, title
        Of the roll call.
    tally
        Votes: yes, no, abstain, absent.
    states : bits
        One row a voter, most surprising first: iso3, vote, chance and surprise given the others' votes
        that day and before any of them, rank among the state's own votes and among all votes of all states.
    mean_bits
        Mean surprise of its votes, by definition.
    rank
        Place of that mean among all scored roll calls, by definition.
    scored
        False in the first sessions, which the model starts from.
    """

    id: str
    resolution: str
    date: str
    session: int
    title: str
    tally: dict[str, int]
    states: pl.DataFrame
    mean_bits: dict[str, float]
    rank: dict[str, Rank]
    scored: bool


def surprise_of(forecasts: Forecasts, resolution: str) -> RollCallSurprise:
    """Say which votes surprised in a roll call, and where it ranks.

    Parameters
    ----------
    forecasts
        Of all roll calls, from `forecast_votes`.
    resolution
        Symbol or id.

    Raises
    ------
    DomainError
        No roll call, or several, have that symbol.
    """
    calls = forecasts.calls
    at = calls.find(resolution)
    here = np.flatnonzero(forecasts.call == at)
    bits = {name: forecasts.bits(name) for name in (GIVEN, BEFORE)}
    means = {name: roll_call_bits(forecasts, name) for name in bits}
    table = pl.DataFrame(
        {
            "iso3": [calls.states[i] for i in forecasts.state[here]],
            "vote": [VOTE_NAMES[v] for v in forecasts.vote[here]],
            **{f"chance_{name}": np.exp2(-b[here]) for name, b in bits.items()},
            **{f"bits_{name}": b[here] for name, b in bits.items()},
            **_ranks(forecasts, bits[GIVEN], here),
        }
    )
    return RollCallSurprise(
        id=calls.ids[at],
        resolution=calls.resolutions[at],
        date=str(calls.dates[at]),
        session=int(calls.sessions[at]),
        title=calls.titles[at],
        tally=tally_of(calls, at),
        states=table.sort(f"bits_{GIVEN}", "iso3", descending=[True, False]),
        mean_bits={name: float(mean[at]) for name, mean in means.items()},
        rank={name: _rank(mean, mean[at]) for name, mean in means.items()},
        scored=bool(forecasts.scored[here].all()) if here.size else False,
    )


def roll_call_bits(forecasts: Forecasts, definition: str = GIVEN) -> np.ndarray:
    """Give the mean surprise of the votes of every roll call, in bits; NaN where it is not scored."""
    bits = forecasts.bits(definition)
    number = np.bincount(forecasts.call, minlength=len(forecasts.calls))
    total = np.bincount(forecasts.call, bits, len(forecasts.calls))
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def tally_of(calls: RollCalls, at: int) -> dict[str, int]:
    """Count the votes of one roll call: yes, no, abstain, absent."""
    votes = calls.votes[:, at]
    counted = {name: int((votes == code).sum()) for code, name in enumerate(VOTE_NAMES)}
    return {name: counted[name] for name in ("yes", "no", "abstain")} | {
        "absent": int((votes == ABSENT).sum())
    }


def by_dimensions(
    calls: RollCalls, resolution: str, dimensions: tuple[int, ...] = BY_DIMENSIONS
) -> pl.DataFrame:
    """Score one roll call in other numbers of dimensions, each learnt from the roll calls before that day.

    Chances are as the model states them: nothing calibrates them here.

    Returns
    -------
    DataFrame
        dimensions, iso3, vote, bits_given, bits_before.
    """
    at = calls.find(resolution)
    earlier = np.flatnonzero(calls.dates < calls.dates[at])
    # One roll call in a session of its own: the model is learnt on the day before it.
    few = calls.pick(np.r_[earlier, at])
    few = replace(few, sessions=np.r_[few.sessions[:-1], few.sessions[-2:-1] + 1])
    before = np.unique(few.sessions).size - 1
    if before < 1:
        raise DomainError(
            f"nothing was voted on before {calls.dates[at]}, so no vote of that day can be scored"
        )
    tables = []
    for number in dimensions:
        found = forecast_votes(few, ForwardSettings(dimensions=number, first=before, every=1))
        here = np.flatnonzero(found.scored)
        tables.append(
            pl.DataFrame(
                {
                    "dimensions": np.full(here.size, number),
                    "iso3": [few.states[i] for i in found.state[here]],
                    "vote": [VOTE_NAMES[v] for v in found.vote[here]],
                    "bits_given": found.bits(GIVEN)[here],
                    "bits_before": found.bits(BEFORE)[here],
                }
            )
        )
    return pl.concat(tables)


def _ranks(forecasts: Forecasts, bits: np.ndarray, here: np.ndarray) -> dict[str, list]:
    sorted_all = np.sort(bits[np.isfinite(bits)])
    own: dict[int, np.ndarray] = {}
    columns: dict[str, list] = {"rank_own": [], "votes_own": [], "rank_all": [], "votes_all": []}
    for n in here:
        state = int(forecasts.state[n])
        if state not in own:
            mine = bits[forecasts.state == state]
            own[state] = np.sort(mine[np.isfinite(mine)])
        for name, among in (("own", own[state]), ("all", sorted_all)):
            above = among.size - np.searchsorted(among, bits[n], side="right")
            columns[f"rank_{name}"].append(int(above) + 1 if np.isfinite(bits[n]) else None)
            columns[f"votes_{name}"].append(int(among.size))
    return columns


def _rank(values: np.ndarray, value: float) -> Rank:
    known = values[np.isfinite(values)]
    return Rank(int((known > value).sum()) + 1, int(known.size))
