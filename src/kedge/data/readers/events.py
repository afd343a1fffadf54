"""Dated events from any CSV file that has a column of dates."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile, UnknownName
from kedge.data.readers.checks import read_csv

_DATE = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")
DATE_COLUMNS = ("date", "date_start", "start", "day", "event_date")


def read_events(path: Path, column: str = "") -> pl.DataFrame:
    """Read events: date, precision (day, month or year), row (of the file), and every column as text.

    A month without a day stands at its middle day, a year at 2 July; `precision` says so.  Rows
    with the same content are kept: what to do with them is the caller's choice.

    Parameters
    ----------
    path
        CSV file with a header, in UTF-8.
    column
        Name of the column with dates such as 2025-02-24, 2025-02 or 2025; by default the first
        that is called date, date_start, start, day or event_date.

    Raises
    ------
    MalformedFile
        No such table, or a cell that is not a date; the message names file, row and value.
    UnknownName
        The file has no such column.
    """
    frame = read_csv(path, [])
    name = column or next((each for each in DATE_COLUMNS if each in frame.columns), "")
    if name not in frame.columns:
        raise UnknownName("column of dates", name or "(none given)", frame.columns)
    return dated(frame, name, path)


def dated(frame: pl.DataFrame, column: str, where: object) -> pl.DataFrame:
    """Turn a text column into dates; see `read_events`."""
    parsed = [
        parse_date(cell.strip(), f"{where}, row {row}, column {column!r}")
        for row, cell in enumerate(frame.get_column(column), 2)
    ]
    return frame.with_columns(
        pl.Series("date", [date for date, _ in parsed], dtype=pl.Date),
        pl.Series("precision", [precision for _, precision in parsed], dtype=pl.String),
        pl.Series("row", range(2, frame.height + 2), dtype=pl.Int32),
    )


def parse_date(text: str, where: str) -> tuple[dt.date, str]:
    """Read a date of day, month or year precision.

    Raises
    ------
    MalformedFile
        Not a date of the calendar.

    Examples
    --------
    >>> parse_date("2024-07", "a file")
    (datetime.date(2024, 7, 16), 'month')
    """
    found = _DATE.match(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part or 0) for part in found.groups())
        if found[3]:
            return dt.date(year, month, day), "day"
        if found[2]:
            return dt.date(year, month, calendar.monthrange(year, month)[1] // 2 + 1), "month"
        return dt.date(year, 7, 2), "year"
    except (ValueError, IndexError) as error:
        raise MalformedFile(
            f"{where}: expected a date such as 2025-02-24, 2025-02 or 2025, found {text!r}; "
            f"correct the cell, or name another column"
        ) from error
