"""Militarised disputes, who took part, what they wanted, and where states lie to each other."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import AGAIN, read_rda, require_columns, require_unique

UNKNOWN = -9
"""How the Correlates of War project writes what it does not know."""

EPOCH = datetime.date(1970, 1, 1)
LAST_OUTCOME = 9
LAST_HOSTILITY = 5


def read_disputes(path: Path) -> pl.DataFrame:
    """Read disputes: dispute, year (of onset), outcome, hostility, fatality, days, reciprocated.

    Outcome as coded: 1 and 2 victory for side A and B, 3 and 4 yield by side A and B, 5
    stalemate, 6 compromise, 7 released, 8 unclear, 9 joins an ongoing war.  Hostility 2 threat,
    3 display, 4 use of force, 5 war.  What is not known is null.

    Raises
    ------
    MalformedFile
        Not the table, a code outside its range, or a dispute that occurs twice.
    """
    names = {
        "dispnum": "dispute",
        "styear": "year",
        "outcome": "outcome",
        "hostlev": "hostility",
        "fatality": "fatality",
        "mindur": "days",
        "recip": "reciprocated",
    }
    frame = _whole(read_rda(path, "gml_mid_disps"), names, path)
    _require_range(frame, "outcome", 1, LAST_OUTCOME, path)
    _require_range(frame, "hostility", 1, LAST_HOSTILITY, path)
    return require_unique(frame, ["dispute"], path).sort("dispute")


def read_participants(path: Path) -> pl.DataFrame:
    """Read who took part: dispute, ccode, side_a, original (both flags), start_year; spells may repeat.

    Raises
    ------
    MalformedFile
        Not the table, or a flag that is neither 0 nor 1.
    """
    names = {
        "dispnum": "dispute",
        "ccode": "ccode",
        "sidea": "side_a",
        "orig": "original",
        "styear": "start_year",
    }
    frame = _whole(read_rda(path, "gml_part"), names, path)
    for flag in ("side_a", "original"):
        _require_range(frame, flag, 0, 1, path)
    return frame.sort("dispute", "ccode", "start_year")


def read_dispute_aims(path: Path) -> pl.DataFrame:
    """Read what states wanted: dispute, ccode, other, year, revisionist (flag), aim.

    One row a directed pair and year.  Aim: 0 none, 1 territory, 2 policy, 3 regime, 4 other.

    Raises
    ------
    MalformedFile
        Not the table, or a code outside its range.
    """
    names = {
        "dispnum": "dispute",
        "ccode1": "ccode",
        "ccode2": "other",
        "year": "year",
        "revstate1": "revisionist",
        "revtype11": "aim",
    }
    frame = _whole(read_rda(path, "gml_dirdisp"), names, path)
    _require_range(frame, "revisionist", 0, 1, path)
    _require_range(frame, "aim", 0, 4, path)
    return frame.sort("dispute", "ccode", "other", "year")


def read_contiguity(path: Path) -> pl.DataFrame:
    """Read direct contiguity: ccode1, ccode2, kind, first_year, last_year; both directions.

    Kind 1 land border, 2 to 5 water of at most 12, 24, 150 and 400 miles.

    Raises
    ------
    MalformedFile
        Not the table, or a kind outside 0 to 5.
    """
    columns = read_rda(path, "cow_contdir")
    names = {
        "ccode1": "ccode1",
        "ccode2": "ccode2",
        "conttype": "kind",
        "stdate": "first_year",
        "enddate": "last_year",
    }
    require_columns(columns, names, path)
    dated = {
        name: ([_year(each, path) for each in columns[name]] if name.endswith("date") else columns[name])
        for name in names
    }
    frame = _whole(dated, names, path)
    _require_range(frame, "kind", 0, 5, path)
    # Kind 0 marks years in which a pair is known not to touch.
    return frame.filter(pl.col("kind") > 0).sort("ccode1", "ccode2", "first_year")


def read_majors(path: Path) -> pl.DataFrame:
    """Read major powers: ccode, first_year, last_year; a state may have several spells.

    Raises
    ------
    MalformedFile
        Not the table.
    """
    names = {"ccode": "ccode", "styear": "first_year", "endyear": "last_year"}
    return _whole(read_rda(path, "cow_majors"), names, path).sort("ccode", "first_year")


def read_rivalries(path: Path) -> pl.DataFrame:
    """Read strategic rivalries: ccode1, ccode2, first_year, last_year.

    Raises
    ------
    MalformedFile
        Not the table.
    """
    names = {"ccode1": "ccode1", "ccode2": "ccode2", "start": "first_year", "end": "last_year"}
    return _whole(read_rda(path, "tss_rivalries"), names, path).sort("ccode1", "ccode2", "first_year")


def _whole(columns: Mapping[str, Any], names: dict[str, str], path: Path) -> pl.DataFrame:
    """Cast to whole numbers, with what is not known as null."""
    require_columns(columns, names, path)
    found = {}
    for name, new in names.items():
        try:
            numbers = [
                None if str(each) in {"<NA>", "nan", "None"} else float(each) for each in columns[name]
            ]
        except (TypeError, ValueError) as error:
            raise MalformedFile(f"{path}: column {name!r} should hold numbers ({error}); {AGAIN}") from error
        found[new] = [None if each is None or each == UNKNOWN else int(each) for each in numbers]
    frame = pl.DataFrame(found, schema=dict.fromkeys(found, pl.Int32))
    if frame.height == 0:
        raise MalformedFile(f"{path}: has columns but no rows; {AGAIN}")
    return frame


def _year(days: object, path: Path) -> int:
    try:
        return (EPOCH + datetime.timedelta(days=float(str(days)))).year
    except (ValueError, OverflowError) as error:
        raise MalformedFile(f"{path}: expected days since 1970, found {days!r}; {AGAIN}") from error


def _require_range(frame: pl.DataFrame, column: str, low: int, high: int, path: Path) -> None:
    wrong = frame.get_column(column).drop_nulls()
    wrong = wrong.filter(~wrong.is_between(low, high))
    if wrong.len():
        raise MalformedFile(
            f"{path}: column {column!r} should hold codes from {low} to {high}, found {wrong[0]}; {AGAIN}"
        )
