"""Alliances put to the test of war: which treaties applied, and whether they were kept."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import AGAIN, read_bytes, require_columns, require_unique

OBLIGATIONS = ("defense", "offense", "neutral", "nonagg", "consul")
CODINGS = {"leeds": "LLM", "authors": "BF"}
"""Rules of coding and their mark in the file: Leeds, Long & Mitchell's, and the authors' own."""

_MARKS = tuple(f"{each}{mark}" for mark in CODINGS.values() for each in ("honor", "violate", "dna", "consul"))
_FLAGS = ("sample", "multilateral", *OBLIGATIONS, *_MARKS)

WORLD_WARS = {"WorldWarI": 1914, "WorldWarII": 1939}
"""The two wars whose names bear no year."""


def read_reliability(path: Path) -> pl.DataFrame:
    """Read alliances in war, one row an alliance and war.

    Columns: war, war_name, year (in which the war began), atopid, before_1945 (the part of the
    file that redoes Leeds, Long & Mitchell's years), multilateral, the five promises (defense,
    offense, neutral, nonagg, consul), and for each set of rules (`leeds`, `authors`) what the file
    says: applied_R (true where the treaty asked for something in that war) and honoured_R (null
    where it did not apply), consulted_R (true where all it asked for was to consult, which the file
    counts as not applying).  sabrosky: whether members fought together, as Sabrosky (1980) counts
    for the alliances that he lists; null for others.

    Raises
    ------
    MalformedFile
        Not a Stata file or another table; a case both honoured and violated, or neither although it
        applied; a war without a year.
    """
    columns = _read_stata(path)
    require_columns(columns, [*_FLAGS, "warid", "warname", "atopid", "sabhon"], path)
    flags = {name: [each == 1 for each in columns[name]] for name in _FLAGS}
    verdicts = [_verdicts(rule, mark, flags, path) for rule, mark in CODINGS.items()]
    years = [_year_of(str(name), path) for name in columns["warname"]]
    frame = pl.DataFrame(
        {
            "war": [int(each) for each in columns["warid"]],
            "war_name": [str(each) for each in columns["warname"]],
            "year": pl.Series(years, dtype=pl.Int32),
            "atopid": pl.Series([int(each) for each in columns["atopid"]], dtype=pl.Int32),
            "before_1945": flags["sample"],
            "multilateral": flags["multilateral"],
            **{name: flags[name] for name in OBLIGATIONS},
            **verdicts[0],
            **verdicts[1],
            "sabrosky": _sabrosky(columns["sabhon"]),
        }
    )
    return require_unique(frame, ["war", "atopid"], path).sort("year", "war", "atopid")


def _verdicts(rule: str, mark: str, flags: Mapping[str, list[bool]], path: Path) -> dict[str, list[Any]]:
    honoured, violated = flags[f"honor{mark}"], flags[f"violate{mark}"]
    waived = flags[f"dna{mark}"]
    for row, verdict in enumerate(zip(honoured, violated, waived, strict=True)):
        if sum(verdict) != 1:
            raise MalformedFile(
                f"{path}: row {row + 1} should be one of honor{mark}, violate{mark} and dna{mark}, "
                f"it is {sum(verdict)} of them; {AGAIN}"
            )
    return {
        f"applied_{rule}": [not each for each in waived],
        f"honoured_{rule}": [None if none else kept for kept, none in zip(honoured, waived, strict=True)],
        f"consulted_{rule}": flags[f"consul{mark}"],
    }


def _sabrosky(marks: list[float]) -> list[bool | None]:
    return [None if math.isnan(each) else each == 1 for each in marks]


def _year_of(name: str, path: Path) -> int:
    if name in WORLD_WARS:
        return WORLD_WARS[name]
    found = re.search(r"1[89]\d\d|20\d\d", name)
    if found is None:
        raise MalformedFile(f"{path}: expected a war named with its year, found {name!r}; {AGAIN}")
    return int(found.group())


def _read_stata(path: Path) -> dict[str, list[Any]]:
    from pandas.io.stata import StataReader

    raw = read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with StataReader(io.BytesIO(raw), convert_categoricals=False) as file:
                frame = file.read()
    except Exception as error:
        raise MalformedFile(
            f"{path}: not a Stata file ({type(error).__name__}: {str(error)[:160]}); {AGAIN}"
        ) from error
    return {str(name): frame[name].tolist() for name in frame.columns}
