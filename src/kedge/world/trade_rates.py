"""What a schedule charges economies that stand for many states: regions, and the rest of a data set."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from kedge.data.baseline import load_table
from kedge.trade import Schedule, rates_on
from kedge.trade.provisions import EVERYTHING
from kedge.trade.stack import Rates, Sectors

REST = "XRW"


def schedule_rates(
    schedule: Schedule,
    day: datetime.date,
    iso3: Sequence[str],
    sectors: Sectors = (EVERYTHING,),
    base: Rates | None = None,
) -> Rates:
    """Work out what each pair pays on one day; a region, or the rest of the world, pays its members' mean.

    Parameters
    ----------
    schedule, day, sectors, base
        As `rates_on` takes them.
    iso3
        States, regions of the package's tables, and `XRW` for every state that is in none of the others.

    Returns
    -------
    Rates
        Shares, on top of the ordinary duty; zero on the diagonal.

    Raises
    ------
    UnknownName, DomainError
        As `rates_on`.

    Notes
    -----
    Members count by trade of 2023 in the package's table; within its regions, which that table does not
    split, all alike (an assumption).
    """
    members = [_members(code, iso3) for code in iso3]
    if all(each == [code] for each, code in zip(members, iso3, strict=True)):
        return rates_on(schedule, day, iso3, sectors, base)
    fine = [code for each in members for code in each]
    into = np.repeat(np.arange(len(iso3)), [len(each) for each in members])
    spread = None if base is None else base[np.ix_(into, into)]
    rates = rates_on(schedule, day, fine, sectors, spread)
    return _folded(rates, _weights(fine), into, len(iso3))


def headline_rates(
    schedule: Schedule, day: datetime.date, iso3: Sequence[str]
) -> Float[np.ndarray, "exporter importer"]:
    """Give what measures on all goods alone add up to; see `schedule_rates`."""
    return schedule_rates(schedule, day, iso3)[:, :, 0]


def _members(code: str, iso3: Sequence[str]) -> list[str]:
    """Give the states that a code stands for; those that have their own place are left out."""
    named = set(iso3)
    rows = load_table("regions").select("region", "iso3").rows()
    within = [state for region, state in rows if region == code]
    if code == REST:
        regions = {region for region, _ in rows} & named
        placed = {state for region, state in rows if region in regions}
        states = [*load_table("economies").filter(load_table("economies")["kind"] == "state")["iso3"]]
        within = [state for state in (*states, *(state for _, state in rows)) if state not in placed]
    return [state for state in dict.fromkeys(within) if state not in named] or [code]


def _weights(fine: Sequence[str]) -> Float[np.ndarray, "exporter importer"]:
    """Give trade between states, million US$: a region's is split evenly among its members here."""
    home = {state: region for region, state in load_table("regions").select("region", "iso3").rows()}
    places = [home.get(code, code) for code in fine]
    count = {place: places.count(place) for place in set(places)}
    order = {place: at for at, place in enumerate(count)}
    table = np.zeros((len(order), len(order)))
    for exporter, importer, musd in load_table("trade").select("exporter", "importer", "musd").iter_rows():
        if exporter in order and importer in order:
            table[order[exporter], order[importer]] += musd
    at = np.array([order[place] for place in places])
    many = np.array([count[place] for place in places], dtype=np.float64)
    return table[np.ix_(at, at)] / np.outer(many, many)


def _folded(rates: Rates, weights: np.ndarray, into: Int[np.ndarray, " state"], count: int) -> Rates:
    """Average over members; pairs of economies without recorded trade get the plain mean."""
    pick = np.zeros((count, into.size))
    pick[into, np.arange(into.size)] = 1.0
    total, plain = pick @ weights @ pick.T, np.outer(pick.sum(axis=1), pick.sum(axis=1))
    known = (total > 0.0)[np.ix_(into, into)]
    share = np.where(known, weights, 1.0) / np.where(total > 0.0, total, plain)[np.ix_(into, into)]
    folded = np.einsum("aj,jis,bi->abs", pick, rates * share[:, :, None], pick, optimize=True)
    folded[np.arange(count), np.arange(count)] = 0.0
    return folded
