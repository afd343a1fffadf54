"""What belief about the patron assumes: ranges by name, each with what it rests on."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, get_args

from kedge.core.errors import DomainError, MalformedFile, UnknownName
from kedge.world.parameters import Kind, default_parameters

# Ranges that belief shares with the joint model; they stand in parameters.toml alone.
SHARED = ("restrainer_share", "prioritiser_share", "commitment_engaged", "commitment_restrainer")
OWN = (
    "decay",
    "term_redraw",
    "dependence",
    "shared_reading",
    "talk_weight",
    "hands_size",
    "hands_decay",
    "hands_survival",
)
_UNBOUNDED = ("decay", "hands_size", "hands_decay")
_FILE = "patron.toml"


@dataclass(frozen=True)
class Assumption:
    """A range that one draw takes one value of.

    Parameters
    ----------
    name, label, symbol, unit
        Code name, words, symbol of the docs' equations, unit.
    low, high
        Limits; drawn uniformly between them.
    kind
        `measured`, `published` or `assumed`.
    source
        What the range rests on, in words.
    """

    name: str
    label: str
    symbol: str
    unit: str
    low: float
    high: float
    kind: Kind
    source: str


@dataclass(frozen=True)
class PatronRanges:
    """Every range, by name, and the days on which administrations change."""

    ranges: Mapping[str, Assumption]
    changes: tuple[date, ...]


def patron_ranges(overrides: Mapping[str, float | tuple[float, float]] | None = None) -> PatronRanges:
    """Give the package's ranges, some replaced by a value or a range of the caller's own.

    Raises
    ------
    UnknownName
        No range has that name.
    DomainError
        A range upside down, or beyond what it can mean.

    Examples
    --------
    >>> patron_ranges({"decay": 0.2}).ranges["decay"].high
    0.2
    """
    base = _packaged()
    ranges = dict(base.ranges)
    for name, given in (overrides or {}).items():
        if name not in ranges:
            raise UnknownName("range of belief", name, ranges)
        low, high = given if isinstance(given, tuple) else (given, given)
        ranges[name] = replace(
            ranges[name], low=float(low), high=float(high), kind="assumed", source="Set by the caller"
        )
        problem = _problem(ranges[name])
        if problem:
            raise DomainError(f"{name}: {problem}")
    return PatronRanges(ranges, base.changes)


def read_patron_ranges(text: str) -> PatronRanges:
    """Read a file of ranges in the layout of `patron.toml`.

    Raises
    ------
    MalformedFile
        Not TOML, a range missing or unknown, a field missing, or a number that makes no sense.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MalformedFile(f"{_FILE}: not TOML ({error})") from error
    expected = {"administrations", *OWN}
    odd = sorted(expected ^ set(tables))
    if odd:
        word = "missing" if odd[0] in expected else "unknown"
        raise MalformedFile(f"{_FILE}: table [{odd[0]}] is {word}; expected {', '.join(sorted(expected))}")
    ranges = {name: _assumption(name, tables[name]) for name in OWN}
    shared = {each.name: each for each in default_parameters() if each.name in SHARED}
    for name in SHARED:
        each = shared[name]
        ranges[name] = Assumption(
            name, each.label, each.symbol, each.unit, each.low, each.high, each.kind, each.source
        )
    return PatronRanges(ranges, _changes(tables["administrations"]))


def _assumption(name: str, row: dict[str, Any]) -> Assumption:
    try:
        made = Assumption(name=name, **row)
    except TypeError as error:
        raise MalformedFile(
            f"{_FILE}: [{name}] needs label, symbol, unit, low, high, kind and source, and no more ({error})"
        ) from error
    problem = _problem(made)
    if made.kind not in get_args(Kind):
        problem = f"kind is {made.kind!r}, expected one of {', '.join(get_args(Kind))}"
    if problem:
        raise MalformedFile(f"{_FILE}: [{name}] {problem}")
    return made


def _problem(made: Assumption) -> str:
    if not all(isinstance(each, int | float) for each in (made.low, made.high)):
        return "low and high must be numbers"
    if not made.low <= made.high:
        return f"low {made.low:g} is above high {made.high:g}; swap them"
    most = float("inf") if made.name in _UNBOUNDED else 1.0
    if made.low < 0.0 or made.high > most:
        return f"expected {made.unit} from 0 to {most:g}, got {made.low:g} to {made.high:g}"
    # Every school must be possible, and no commitment certain, or its log-odds have no number.
    if made.name in SHARED and not (made.low > 0.0 and made.high < 1.0):
        return f"expected a {made.unit} strictly between 0 and 1, got {made.low:g} to {made.high:g}"
    return ""


def _changes(row: dict[str, Any]) -> tuple[date, ...]:
    try:
        days = tuple(date.fromisoformat(day) for day in row["changes"])
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedFile(
            f"{_FILE}: [administrations] needs changes, a list of days such as 2025-01-20"
        ) from error
    if list(days) != sorted(set(days)):
        raise MalformedFile(f"{_FILE}: [administrations] changes must run forward in time")
    return days


@cache
def _packaged() -> PatronRanges:
    return read_patron_ranges(importlib.resources.files("kedge.world").joinpath(_FILE).read_text("utf-8"))
