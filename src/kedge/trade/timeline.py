"""How a pair's rates moved: changes with dates, and which provisions made them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedge.trade.provisions import EVERYTHING, Provision, Schedule
from kedge.trade.stack import Rates, Sectors, fits_goods, fits_pair, parts_of, rates_on, stack_on

WORDS = {"suspension": "suspended", "annulment": "struck down"}


@dataclass(frozen=True)
class Change:
    """A day on which a rate changed.

    Parameters
    ----------
    day
    before, after : share, ad valorem
    began, ended
        Provisions that came into force or went out of it on that day.
    """

    day: datetime.date
    before: float
    after: float
    began: tuple[Provision, ...]
    ended: tuple[Provision, ...]


def timeline(
    schedule: Schedule, pair: tuple[str, str], sector: str = EVERYTHING, base: float = 0.0
) -> tuple[Change, ...]:
    """List the days on which a pair's rate changed, with what began and what ended.

    Parameters
    ----------
    pair
        Importer, exporter.
    sector, base
        As in `rates_on`.

    Raises
    ------
    UnknownName
        The sector is no code and no group of goods.
    """
    rows = _concerned(schedule, pair, sector)
    dates = {row.start for row in rows} | {row.end for row in rows if row.end is not None}
    changes, before = [], 0.0
    for day in sorted(dates):
        after = sum(due.points for due in stack_on(schedule, day, pair, sector, base))
        if abs(after - before) > 1e-12:
            began = tuple(row for row in rows if row.start == day)
            ended = tuple(row for row in rows if row.end == day)
            changes.append(Change(day, before, after, began, ended))
        before = after
    return tuple(changes)


def _concerned(schedule: Schedule, pair: tuple[str, str], sector: str) -> list[Provision]:
    """Pick the provisions that may touch a pair's rate in a sector on some day."""
    parts = parts_of(schedule, sector)
    return [
        row
        for row in schedule.provisions
        if row.status == "adopted"
        and row.start != row.end
        and fits_pair(schedule, row, pair)
        and any(fits_goods(row, part) is not None for part in parts)
    ]


def change_between(
    schedule: Schedule, days: tuple[datetime.date, datetime.date], iso3: Sequence[str], sectors: Sectors
) -> Rates:
    """Give rates on the later of two days less those on the earlier, as shares; axes as in `rates_on`."""
    first, last = (rates_on(schedule, day, iso3, sectors) for day in days)
    return np.subtract(last, first)


def status_on(schedule: Schedule, row: Provision, day: datetime.date) -> str:
    """Say in words where a provision stands on a day.

    Returns
    -------
    str
        `announced only`, `not yet in force`, `ended`, `in force`, or `suspended by …` and `struck
        down by …` where another measure takes it out of force; `in part` if only for some of its states.

    Examples
    --------
    >>> row = Provision("a", "USA", rate=0.1, start=datetime.date(2025, 4, 5))
    >>> status_on(Schedule((row,)), row, datetime.date(2025, 4, 4))
    'not yet in force'
    """
    if row.status == "announced":
        return "announced only"
    if day < row.start:
        return "not yet in force"
    if row.end is not None and day >= row.end:
        return "ended"
    order = sorted(schedule.provisions, key=lambda each: (each.kind, each.measure))
    return next((words for other in order if (words := _held(schedule, row, other, day))), "in force")


def _held(schedule: Schedule, row: Provision, other: Provision, day: datetime.date) -> str:
    """Say how one provision holds another on that day; nothing if it does not."""
    if other.kind not in WORDS or row.measure not in other.lifts or not other.is_in_force(day):
        return ""
    pairs = [(row.importer, state) for state in row.exporters if not state.startswith("-")]
    reached = sum(fits_pair(schedule, other, pair) for pair in pairs) * other.coverage
    part = "" if reached == len(pairs) else " in part"
    return f"{WORDS[other.kind]}{part} by {other.measure}" if reached else ""
