"""How often something happens, how firmly that is known, and when it changed."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kedge.core.errors import DomainError
from kedge.order.changes import Changes, ChangeSettings, find_changes, rate_interval

DAYS_A_YEAR = 365.2425
MOST_CELLS = 240
MONTH = DAYS_A_YEAR / 12.0


@dataclass(frozen=True)
class EventRate:
    """Rate of a Poisson process over a span of time, with its exact posterior interval.

    Parameters
    ----------
    start, end
        First and last day of the span.
    events
        How many fell into it.
    years
        Length of the span.
    rate, low, high : events a year
        Posterior mean, and the ends of the interval.
    level : probability
        Of the interval.
    """

    start: dt.date
    end: dt.date
    events: int
    years: float
    rate: float
    low: float
    high: float
    level: float


@dataclass(frozen=True)
class EventStudy:
    """Rate over the whole span, changes in it, and what was odd about the dates.

    Parameters
    ----------
    overall
        Rate as if it never changed.
    changes
        Posterior of number and places of changes.
    periods
        Rate in each period of the most probable division, in the order of time.
    course
        start, end, events, rate, low, high, change (probability that the rate changed at the start) of
        each cell of time, averaged over all divisions.
    duplicates
        Dates that occur more than once, and how often; all are counted, unless `once` was asked for.
    left_out
        Events outside the span, and repeats left out on request.
    """

    overall: EventRate
    changes: Changes
    periods: tuple[EventRate, ...]
    course: pl.DataFrame
    duplicates: dict[dt.date, int]
    left_out: dict[str, int]


def event_rate(
    events: int, start: dt.date, end: dt.date, *, level: float = 0.9, prior: tuple[float, float] = (0.5, 0.0)
) -> EventRate:
    """Work out the yearly rate of events over a span, both days included.

    With a Gamma(a, b) prior and n events in T years the posterior is Gamma(a + n, b + T), whose
    quantiles are exact.  The default is Jeffreys' prior, whose interval covers the true rate about as
    often as it states, also for few events.

    Parameters
    ----------
    events
        How many happened.
    start, end
        First and last day of observation: state what was watched, not when the first event came.
    level : probability
        Of the interval, equal tails.
    prior : shape; years
        a and b.

    Raises
    ------
    DomainError
        The span is empty, or a number is out of range.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.6; Brown, Cai & DasGupta (2003),
    Statistica Sinica 13, 19-49 (coverage of the Jeffreys interval).

    Examples
    --------
    >>> import datetime as dt
    >>> found = event_rate(10, dt.date(2019, 1, 1), dt.date(2025, 12, 31))
    >>> round(found.rate, 2), round(found.low, 2), round(found.high, 2)
    (1.5, 0.83, 2.33)
    """
    if end < start:
        raise DomainError(f"the span should not end before it starts: {start} to {end}; swap them")
    if events < 0 or not 0.0 < level < 1.0 or prior[0] <= 0.0 or prior[1] < 0.0:
        raise DomainError(
            f"events should not be negative, the level lie between 0 and 1, and the prior be Gamma(a > 0, "
            f"b >= 0); found {events}, {level} and {prior}"
        )
    years = ((end - start).days + 1) / DAYS_A_YEAR
    mean, low, high = rate_interval(events, years, prior, level)
    return EventRate(start, end, events, years, mean, low, high, level)


def study_events(
    dates: Sequence[dt.date],
    span: tuple[dt.date, dt.date] | None = None,
    *,
    settings: ChangeSettings | None = None,
    level: float = 0.9,
    once: bool = False,
) -> EventStudy:
    """Study dated events: rate, changes of the rate, rate by period.

    Time is cut into equal cells of about a month (at most 240), and the rate may change between
    cells; see `kedge.order.changes.find_changes`.

    Parameters
    ----------
    dates
        Day of each event, in any order.
    span
        First and last day of observation; by default the whole calendar years from the first to the
        last event, which overstates the rate if watching began earlier or went on.
    settings
        Priors of rates and changes.
    level : probability
        Of every interval.
    once
        Count each date once: repeats are left out, and their number is given.

    Raises
    ------
    DomainError
        No event, or an empty span.
    """
    if not dates:
        raise DomainError("there is no event; at least one date is needed")
    duplicates = {date: count for date, count in sorted(Counter(dates).items()) if count > 1}
    left_out = {"repeats": len(dates) - len(set(dates))} if once else {"repeats": 0}
    kept = sorted(set(dates) if once else dates)
    start, end = span or (dt.date(kept[0].year, 1, 1), dt.date(kept[-1].year, 12, 31))
    if end < start:
        raise DomainError(f"the span should not end before it starts: {start} to {end}; swap them")
    inside = [date for date in kept if start <= date <= end]
    left_out["outside the span"] = len(kept) - len(inside)
    edges = _cells(start, end)
    counts = _count(inside, edges)
    years = [(later - earlier).days / DAYS_A_YEAR for earlier, later in itertools.pairwise(edges)]
    found = find_changes(counts, years, settings, level)
    return EventStudy(
        overall=event_rate(len(inside), start, end, level=level),
        changes=found,
        periods=_periods(found, edges, inside, level),
        course=_course(found, edges, counts),
        duplicates=duplicates,
        left_out=left_out,
    )


def _cells(start: dt.date, end: dt.date) -> list[dt.date]:
    """First day of every cell, and the day after the last."""
    days = (end - start).days + 1
    number = max(1, min(MOST_CELLS, round(days / MONTH)))
    return [start + dt.timedelta(days=round(days * k / number)) for k in range(number + 1)]


def _count(dates: list[dt.date], edges: list[dt.date]) -> list[int]:
    counts, place = [0] * (len(edges) - 1), 0
    for date in dates:
        while date >= edges[place + 1]:
            place += 1
        counts[place] += 1
    return counts


def _periods(
    found: Changes, edges: list[dt.date], dates: list[dt.date], level: float
) -> tuple[EventRate, ...]:
    bounds = [0, *found.best, len(edges) - 1]
    day = dt.timedelta(days=1)
    periods = []
    for first, last in itertools.pairwise(bounds):
        start, end = edges[first], edges[last] - day
        inside = sum(start <= date <= end for date in dates)
        periods.append(event_rate(inside, start, end, level=level))
    return tuple(periods)


def _course(found: Changes, edges: list[dt.date], counts: list[int]) -> pl.DataFrame:
    day = dt.timedelta(days=1)
    return pl.DataFrame(
        {
            "start": edges[:-1],
            "end": [edge - day for edge in edges[1:]],
            "events": counts,
            "rate": found.rate,
            "low": found.low,
            "high": found.high,
            "change": found.at,
        }
    )
