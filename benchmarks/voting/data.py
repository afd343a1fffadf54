"""Votes for the benchmarks, and votes hidden from the methods."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from kedge.core.errors import KedgeError
from kedge.data.fetch import fetch
from kedge.data.readers.checks import read_rda
from kedge.data.readers.order import read_ga_voting
from kedge.order.roll_calls import RollCalls, gather_roll_calls

PACKAGE = "un_votes/voeten_unvotes_R"
HIDDEN = -1


@dataclass(frozen=True)
class Split:
    """Votes shown to a method, and those hidden from it: rows, columns and values."""

    shown: RollCalls
    state: np.ndarray
    call: np.ndarray
    vote: np.ndarray


def load_bulk() -> RollCalls:
    """Read the UN's own bulk file: whole texts, 1946 until today."""
    return gather_roll_calls(read_ga_voting(fetch("un-ga-voting")))


def load_package() -> RollCalls | None:
    """Read the R package's roll calls (paragraphs and amendments too), 1946-2019; None if not at hand."""
    folder = Path(os.environ.get("KEDGE_MIRROR", ".")) / PACKAGE
    if not (folder / "un_votes.rda").exists():
        return None
    try:
        votes = read_rda(folder / "un_votes.rda", "un_votes")
        calls = read_rda(folder / "un_roll_calls.rda", "un_roll_calls")
    except KedgeError as error:
        print(f"The R package's votes cannot be read: {error}")
        return None
    cast = pl.DataFrame({name: votes[name] for name in ("rcid", "country", "vote")}, strict=False)
    cast = cast.with_columns(pl.col("rcid").cast(pl.Int64), pl.col("country", "vote").cast(pl.String))
    listed = pl.DataFrame(
        {
            "rcid": [int(each) for each in calls["rcid"]],
            "session": [str(int(each)) for each in calls["session"]],
            "date": [np.datetime64(int(each), "D").item() for each in calls["date"]],
            "title": [_words(each) for each in calls["descr"]],
            "resolution": [_words(each) for each in calls["unres"]],
        }
    )
    listed = listed.with_columns(_symbol("resolution")).join(_bulk_titles(), on="symbol", how="left")
    listed = listed.with_columns(title=pl.coalesce("known", "title")).select(
        "rcid", "session", "date", "title", "resolution"
    )
    # The package names states, not their codes; for these benchmarks any name of the seat will do.
    return gather_roll_calls(cast.rename({"country": "iso3"}).join(listed, on="rcid"), "rcid")


def _symbol(column: str) -> pl.Expr:
    """Strip a symbol to what both sources write alike: R/66/12 and A/RES/66/12."""
    bare = pl.col(column).str.to_uppercase().str.replace(r"^A/RES/", "R/").str.replace_all(r"[^0-9A-Z/]", "")
    return pl.when(bare != "").then(bare).alias("symbol")


def _bulk_titles() -> pl.DataFrame:
    """Give the titles of the UN's bulk file by symbol: the package's own descriptions do not name texts."""
    votes = read_ga_voting(fetch("un-ga-voting"))
    return votes.select(_symbol("resolution"), known="title").unique("symbol", keep="first")


def divided(calls: RollCalls) -> RollCalls:
    """Leave out roll calls in which all votes shown are alike."""
    kinds = sum((calls.votes == vote).any(axis=0).astype(int) for vote in range(3))
    return calls.pick(kinds > 1)


def hide(calls: RollCalls, hidden: np.ndarray) -> Split:
    """Hide votes by a mask of states and roll calls."""
    state, call = np.nonzero(hidden & (calls.votes >= 0))
    votes = calls.votes.copy()
    votes[state, call] = HIDDEN
    return Split(replace(calls, votes=votes), state, call, calls.votes[state, call].astype(np.int64))


def hide_share(calls: RollCalls, share: float, seed: int) -> Split:
    """Hide a share of all votes at random; roll calls still divided and states still seen are scored."""
    mask = np.random.default_rng(seed).random(calls.votes.shape) < share
    split = hide(calls, mask)
    shown = split.shown.votes
    kinds = sum((shown == vote).any(axis=0).astype(int) for vote in range(3))
    kept = np.flatnonzero(kinds > 1)
    place = np.full(len(calls), -1)
    place[kept] = np.arange(kept.size)
    pick = split.shown.pick(kept)
    ok = (place[split.call] >= 0) & has_place(pick)[split.state, np.maximum(place[split.call], 0)]
    return Split(pick, split.state[ok], place[split.call[ok]], split.vote[ok])


def has_place(calls: RollCalls) -> np.ndarray:
    """Tell which states are, in the session of each roll call, between their first and last votes shown."""
    sessions, place = np.unique(calls.sessions, return_inverse=True)
    seen = np.zeros((len(calls.states), sessions.size), bool)
    for at in range(sessions.size):
        seen[:, at] = (calls.votes[:, place == at] >= 0).any(axis=1)
    before = np.maximum.accumulate(seen, axis=1)
    return (before & np.maximum.accumulate(seen[:, ::-1], axis=1)[:, ::-1])[:, place]


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
