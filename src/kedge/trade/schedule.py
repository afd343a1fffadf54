"""Tariff schedules as data: rows of measures with dates, turned into a matrix for one day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName

EVERYONE = "*"


@dataclass(frozen=True)
class TariffRow:
    """One rate of one measure on one pair, for some time.

    Parameters
    ----------
    measure
        Name of the law or order; rows of one measure that name a state go before its `*` rows.
    importer, exporter
        Codes; `*` is everyone else.
    rate : share, ad valorem
    kind
        `additional` comes on top of other measures; `total` is all there is to pay, and only
        additional rows that start later come on top of it.
    start, end
        First day in force, and first day no longer in force (None: still in force).
    stacking
        `add`: adds to the others.  `highest`: of all such rows on a pair only the largest counts.
        `exempt`: the pair pays nothing under this measure.
    """

    measure: str
    importer: str
    exporter: str
    rate: float
    kind: Literal["additional", "total"] = "additional"
    start: datetime.date = datetime.date.min
    end: datetime.date | None = None
    stacking: Literal["add", "highest", "exempt"] = "add"

    def __post_init__(self) -> None:
        where = f"{self.measure}, {self.importer} on {self.exporter}"
        if not -0.9 < self.rate < 100.0:
            raise DomainError(f"{where}: rate should be a share (0.25 is 25 %), got {self.rate}")
        if self.end is not None and self.end < self.start:
            raise DomainError(
                f"{where}: ends on {self.end}, before it starts on {self.start}; swap the dates"
            )
        if self.kind not in ("additional", "total"):
            raise DomainError(f"{where}: kind should be additional or total, got {self.kind!r}")
        if self.stacking not in ("add", "highest", "exempt"):
            raise DomainError(f"{where}: stacking should be add, highest or exempt, got {self.stacking!r}")

    def is_in_force(self, day: datetime.date) -> bool:
        """Say whether the row counts on that day."""
        return self.start <= day and (self.end is None or day < self.end)


def read_rows(table: Iterable[Mapping[str, Any]], importer: str = "USA") -> tuple[TariffRow, ...]:
    """Make rows of a table's records: measure, economy or exporter, rate, and the rest where given.

    Parameters
    ----------
    table
        Records such as `frame.iter_rows(named=True)`; dates as dates, ISO text, or empty.
        Those with a sector other than `all` are passed over: a one-sector matrix has no place for them.
    importer
        For records that have none.

    Raises
    ------
    DomainError
        A rate or date cannot be read.

    Examples
    --------
    >>> read_rows([{"measure": "m", "economy": "JPN", "rate": 0.24, "start": "2025-04-09"}])[0].exporter
    'JPN'
    """
    return tuple(_row(record, importer) for record in table if (record.get("sector") or "all") == "all")


def _row(record: Mapping[str, Any], importer: str) -> TariffRow:
    try:
        return TariffRow(
            measure=str(record["measure"]),
            importer=str(record.get("importer") or importer),
            exporter=str(record.get("exporter") or record.get("economy") or ""),
            rate=float(record["rate"]),
            kind=record.get("kind") or "additional",
            start=_day(record.get("start")) or datetime.date.min,
            end=_day(record.get("end")),
            stacking=record.get("stacking") or "add",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DomainError(
            f"tariff row {dict(record)} lacks or garbles a field ({error}); measure, economy, rate and "
            "dates such as 2025-04-09 are wanted"
        ) from error


def tariffs_on(
    rows: Sequence[TariffRow], day: datetime.date, iso3: Sequence[str]
) -> Float[np.ndarray, "exporter importer"]:
    """Work out what each pair pays on one day.

    Parameters
    ----------
    rows
        The schedule.  Order does not matter.
    iso3
        Axes of the result; rows on others are left out.

    Returns
    -------
    Float[np.ndarray, "exporter importer"]
        Shares, ad valorem; zero on the diagonal.

    Examples
    --------
    >>> rows = [TariffRow("a", "USA", "*", 0.1), TariffRow("b", "USA", "CHN", 0.2)]
    >>> tariffs_on(rows, datetime.date(2025, 4, 9), ["USA", "CHN", "JPN"])[:, 0].round(2)
    array([0. , 0.3, 0.1])
    """
    tariffs = np.zeros((len(iso3), len(iso3)))
    live = [row for row in rows if row.is_in_force(day)]
    for i, importer in enumerate(iso3):
        mine = [row for row in live if row.importer in (importer, EVERYONE)]
        for j, exporter in enumerate(iso3):
            if i != j and mine:
                tariffs[j, i] = _due([row for row in mine if row.exporter in (exporter, EVERYONE)])
    return tariffs


def exempt(rows: Sequence[TariffRow], measure: str, exporters: Iterable[str]) -> tuple[TariffRow, ...]:
    """Give the schedule with some exporters freed of one measure, for as long as it lasts.

    Raises
    ------
    UnknownName
        No row has that measure.
    """
    touched = [row for row in rows if row.measure == measure]
    if not touched:
        raise UnknownName("tariff measure", measure, {row.measure for row in rows})
    first, end = _span(touched)
    importers = sorted({row.importer for row in touched})
    freed = tuple(
        TariffRow(measure, importer, exporter, 0.0, "additional", first, end, "exempt")
        for importer in importers
        for exporter in exporters
    )
    return (*rows, *freed)


def _span(rows: Sequence[TariffRow]) -> tuple[datetime.date, datetime.date | None]:
    """Give the first day on which any of the rows is in force, and the day from which none is."""
    ends = [row.end for row in rows if row.end is not None]
    return min(row.start for row in rows), max(ends) if len(ends) == len(rows) else None


def _due(rows: Sequence[TariffRow]) -> float:
    """Add up the rows of one pair on one day."""
    measures = sorted({row.measure for row in rows})
    chosen = [row for measure in measures for row in _of_measure(rows, measure)]
    base, added = _total_and_added(chosen)
    competing = [row.rate for row in added if row.stacking == "highest"]
    return base + sum(row.rate for row in added if row.stacking == "add") + max(competing, default=0.0)


def _of_measure(rows: Sequence[TariffRow], measure: str) -> list[TariffRow]:
    """Pick a measure's rows that count: those that name the state before those on all, none if exempt."""
    of_measure = [row for row in rows if row.measure == measure]
    named = [row for row in of_measure if row.exporter != EVERYONE] or of_measure
    return [] if any(row.stacking == "exempt" for row in named) else named


def _total_and_added(rows: list[TariffRow]) -> tuple[float, list[TariffRow]]:
    """Split rows into the latest total, if there is one, and the rows that come on top of it."""
    totals = [row for row in rows if row.kind == "total"]
    if not totals:
        return 0.0, rows
    last = max(row.start for row in totals)
    rate = max(row.rate for row in totals if row.start == last)
    return rate, [row for row in rows if row.kind == "additional" and row.start > last]


def _day(value: object) -> datetime.date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    return datetime.date.fromisoformat(str(value))
