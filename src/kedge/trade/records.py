"""From records of a table or file to provisions, with every fault of a record named."""

from __future__ import annotations

import datetime
import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from kedge.core.errors import DomainError
from kedge.trade.provisions import CHARGES, Provision

LISTS = ("exporters", "goods", "yields_to", "lifts")
NUMBERS = ("rate", "coverage", "low", "high")
DAYS = ("start", "end")
TEXTS = ("measure", "importer", "kind", "status", "law", "url", "source", "note")
FIELDS = (*TEXTS[:2], *LISTS[:2], "rate", "kind", *DAYS, *NUMBERS[1:], *LISTS[2:], *TEXTS[3:])
LONGEST = 2000
MOST_RATE = 3.0
"""Above it a bare rate is taken for a percentage that was meant: higher ones are written with %."""


def read_provisions(records: Iterable[Mapping[str, Any]], where: str = "row") -> tuple[Provision, ...]:
    """Make provisions of records: measure, importer, exporters, goods, rate, kind, start, end and the rest.

    Parameters
    ----------
    records
        Lists as lists or as words with spaces between; days as days or ISO text; empty is left out.
        The importer is the United States unless given.
    where
        What a record is called in messages, which count from 1.

    Raises
    ------
    DomainError
        Names every record and field that is wrong, what was found, and what would be right.

    Examples
    --------
    >>> record = {"measure": "m", "exporters": "JPN KOR", "rate": "0.24", "start": "2025-04-09"}
    >>> read_provisions([record])[0].exporters
    ('JPN', 'KOR')
    """
    made, wrong = [], []
    for number, record in enumerate(records, 1):
        try:
            made.append(provision_of(record))
        except DomainError as error:
            wrong.extend(f"{where} {number}: {line}" for line in str(error).splitlines())
    if wrong:
        more = [f"and {len(wrong) - 10} more"] if len(wrong) > 10 else []
        raise DomainError("\n".join([*wrong[:10], *more]))
    return tuple(made)


def provision_of(record: Mapping[str, Any]) -> Provision:
    """Make one provision of a record; see `read_provisions`.

    Raises
    ------
    DomainError
        One line a fault.
    """
    given = {key: value for key, value in record.items() if value is not None and value != ""}
    wrong = [_unknown(key) for key in given if key not in FIELDS]
    if "measure" not in given:
        wrong.append("measure is missing; give the law or programme a name")
    if "rate" not in given and given.get("kind", "additional") in CHARGES:
        wrong.append("rate is missing; give a share such as 0.25 for 25 %")
    fields: dict[str, Any] = {"importer": "USA"}
    for name in given.keys() & READERS.keys():
        try:
            fields[name] = READERS[name](given[name])
        except ValueError as error:
            wrong.append(f"{name} should be {error}, found {_shown(given[name])}")
    if wrong:
        raise DomainError("\n".join(sorted(wrong)))
    return Provision(**fields)


def _words(value: Any) -> tuple[str, ...]:
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) and word for word in words):
        raise ValueError('names such as "JPN KOR" or ["JPN", "KOR"]')
    return tuple(_text(word) for word in words)


def _number(value: Any) -> float:
    wanted = ValueError("a share such as 0.25 for 25 %")
    if isinstance(value, bool):
        raise wanted
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise wanted from None
    if not math.isfinite(number):
        raise wanted
    return number


def _rate(value: Any) -> float:
    if isinstance(value, str) and value.strip().endswith("%"):
        return _number(value.strip().removesuffix("%")) / 100.0
    number = _number(value)
    if number > MOST_RATE:
        raise ValueError(
            f'a share such as 0.25 for 25 %, or text such as "25 %" (a bare number above {MOST_RATE:g} is '
            "refused: it looks like percent)"
        )
    return number


def _day(value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("a day such as 2025-04-09") from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        raise ValueError("text in one line")
    return value


def _unknown(key: object) -> str:
    near = difflib.get_close_matches(str(key)[:60], FIELDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(FIELDS)}"
    return f"unknown field {_shown(key)}; {hint}"


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a huge number"
    return text if len(text) <= 60 else text[:57] + "…"


READERS = {
    **dict.fromkeys(LISTS, _words),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(DAYS, _day),
    **dict.fromkeys(TEXTS, _text),
    "rate": _rate,
}
