"""The votes behind the published estimates: two sources joined, and texts bridged between sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl
from jaxtyping import Int

from kedge.core.errors import DomainError
from kedge.order.roll_calls import NO, RollCalls, gather_roll_calls, plain_title, regular_sessions

AGREEMENT = 0.9
LAST_EARLY_SESSION = 74
PARAGRAPHS_UNTIL = 1989
_LEAST_VOTERS = 10
_IDENTITY = "roll_call"
# Published series run through these changes of name.
_SERIES = {"SCG": "SRB", "YUG": "SRB"}


def gather_published_votes(
    votes: pl.DataFrame, calls: pl.DataFrame, later: pl.DataFrame, last_early: int = LAST_EARLY_SESSION
) -> RollCalls:
    """Join the R package's roll calls with the UN's own file for the sessions after it ends.

    As the authors do, paragraph votes and amendments after 1989 are left out.  Texts are not bridged
    yet: see `bridge_texts`.

    Parameters
    ----------
    votes
        Of the R package: roll_call, iso3, vote.
    calls
        Its roll calls: roll_call, session, date, resolution, title, amendment, paragraph.
    later
        Of the UN's file: undl_id, iso3, vote, date, session, resolution, title.
    last_early
        Last session taken from the R package.

    Raises
    ------
    DomainError
        As `gather_roll_calls`; or a vote belongs to a roll call that is not listed.
    """
    part = (pl.col("date").dt.year() > PARAGRAPHS_UNTIL) & (pl.col("amendment") | pl.col("paragraph"))
    taken = calls.filter(pl.col("session") <= last_early)
    whole = taken.filter(~part.fill_null(value=False))
    unknown = votes.join(calls, on=_IDENTITY, how="anti")
    if unknown.height:
        raise DomainError(
            f"{unknown.height} votes belong to roll calls that are not listed, such as "
            f"{unknown.get_column(_IDENTITY)[0]}; take votes and roll calls of one release"
        )
    wanted = [_IDENTITY, "iso3", "vote", "date", "session", "resolution", "title"]
    early = votes.join(whole, on=_IDENTITY).with_columns(pl.col("session").cast(pl.String))
    early = early.with_columns(pl.col(_IDENTITY).cast(pl.String)).select(wanted)
    late = later.with_columns(pl.col("undl_id").cast(pl.String).alias(_IDENTITY)).select(wanted)
    late = _after(late, last_early).filter(pl.col("vote") != "absent")
    both = pl.concat((early, late)).with_columns(pl.col("iso3").replace(_SERIES))
    joined = gather_roll_calls(both, _IDENTITY)
    left = {"paragraphs and amendments after 1989": taken.height - whole.height}
    return replace(joined, text=np.arange(len(joined)), dropped=joined.dropped | left)


def _after(frame: pl.DataFrame, session: int) -> pl.DataFrame:
    calls = frame.unique(_IDENTITY, keep="first", maintain_order=True).sort("date", _IDENTITY)
    dates = calls.get_column("date").to_numpy().astype("datetime64[D]")
    numbers = regular_sessions(calls.get_column("session").cast(pl.String).to_list(), dates)
    numbered = calls.select(_IDENTITY, pl.lit(pl.Series("number", numbers)))
    frame = frame.join(numbered, on=_IDENTITY).filter(pl.col("number") > session)
    return frame.with_columns(pl.col("number").cast(pl.String).alias("session")).drop("number")


def bridge_texts(
    roll_calls: RollCalls, pairs: Iterable[tuple[str, str]] = (), agreement: float = AGREEMENT
) -> RollCalls:
    """Let roll calls share item parameters where a session votes again on the last session's text.

    Pairs say so for the sessions they reach; from the last of these on, two roll calls of sessions in
    a row are paired if they alone bear their title in either session and the states that voted in
    both gave the same vote nearly always.

    Parameters
    ----------
    roll_calls
        Votes, in the order of time.
    pairs
        Ids of earlier and later roll call.  Pairs with an unknown id are counted in `dropped`.
    agreement : share
        Of equal votes from which two roll calls of one title are taken for one text.

    Raises
    ------
    DomainError
        The agreement is not a share.
    """
    if not 0.0 <= agreement <= 1.0:
        raise DomainError(f"agreement should be a share from 0 to 1, found {agreement}")
    place = {name: at for at, name in enumerate(roll_calls.ids)}
    pairs = list(pairs)
    known = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    reach = max((int(roll_calls.sessions[b]) for _, b in known), default=-1)
    # A text matched twice belongs to the earliest.
    earlier: dict[int, int] = {}
    for a, b in [*known, *_by_title(roll_calls, reach, agreement)]:
        earlier[b] = min(a, earlier.get(b, a))
    text = np.arange(len(roll_calls))
    for b in sorted(earlier):
        text[b] = text[earlier[b]]
    left = {"pairs of texts with an unknown roll call": len(pairs) - len(known)} if pairs else {}
    return replace(roll_calls, text=text, dropped=roll_calls.dropped | left)


def _by_title(roll_calls: RollCalls, reach: int, agreement: float) -> list[tuple[int, int]]:
    named: dict[tuple[str, int], list[int]] = {}
    for at, (title, session) in enumerate(zip(roll_calls.titles, roll_calls.sessions, strict=True)):
        if session >= reach:
            named.setdefault((plain_title(title), int(session)), []).append(at)
    found = []
    for (title, session), here in named.items():
        again = named.get((title, session + 1), [])
        if (
            title
            and len(here) == len(again) == 1
            and _agree(roll_calls.votes, here[0], again[0]) >= agreement
        ):
            found.append((here[0], again[0]))
    return found


def _agree(votes: Int[np.ndarray, "state roll_call"], a: int, b: int) -> float:
    both = (votes[:, a] >= NO) & (votes[:, b] >= NO)
    if both.sum() < _LEAST_VOTERS:
        return 0.0
    return float((votes[both, a] == votes[both, b]).mean())
