"""Answers of a tariff schedule as records: rates with what makes them, timelines, lists of measures."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Any

from kedge.core.errors import UnknownName
from kedge.data.baseline import load_table
from kedge.trade import Due, Provision, Schedule, rates_on, stack_on, status_on, timeline

Record = dict[str, Any]


def exporters_of(schedule: Schedule, importer: str, asked: Sequence[str]) -> list[str]:
    """Give the exporters asked for, groups spelled out; else every state with goods trade.

    Raises
    ------
    UnknownName
        A code that neither the baseline nor the schedule knows.
    """
    economies = load_table("economies").filter(load_table("economies")["kind"] == "state")["iso3"].to_list()
    known = set(load_table("states")["iso3"]) | set(schedule.groups)
    known |= {code for row in schedule.provisions for code in (row.importer, *row.exporters)} - {"*"}
    spelled = [member for code in asked for member in schedule.groups.get(code, (code,))]
    for code in (importer, *asked):
        if code not in known:
            raise UnknownName("state or group", code, known)
    return [code for code in dict.fromkeys(spelled or economies) if code != importer]


def rate_records(
    schedule: Schedule,
    day: datetime.date,
    importer: str,
    exporters: Sequence[str],
    sectors: Sequence[str],
) -> list[Record]:
    """Give one record a pair and sector: rate (a share) and the provisions whose points add up to it."""
    codes = [importer, *exporters]
    rates = rates_on(schedule, day, codes, sectors)
    return [
        {
            "day": day.isoformat(),
            "importer": importer,
            "exporter": exporter,
            "sector": sector,
            "rate": float(rates[at, 0, k]),
            "made_of": [_due(due) for due in stack_on(schedule, day, (importer, exporter), sector)],
        }
        for at, exporter in enumerate(exporters, 1)
        for k, sector in enumerate(sectors)
    ]


def change_records(records: Sequence[Record], others: Sequence[Record]) -> list[Record]:
    """Give the first records with rate and parts of the others, and the change from theirs, in shares."""
    return [
        {
            **new,
            "against": old["day"],
            "rate_before": old["rate"],
            "change": new["rate"] - old["rate"],
            "made_of_before": old["made_of"],
        }
        for new, old in zip(records, others, strict=True)
    ]


def timeline_records(schedule: Schedule, importer: str, exporter: str, sector: str) -> list[Record]:
    """Give one record a change of a pair's rate: day, before, after, what began and what ended."""
    return [
        {
            "day": change.day.isoformat(),
            "importer": importer,
            "exporter": exporter,
            "sector": sector,
            "before": change.before,
            "after": change.after,
            "began": [provision_record(row) for row in change.began],
            "ended": [provision_record(row) for row in change.ended],
        }
        for change in timeline(schedule, (importer, exporter), sector)
    ]


def measure_records(schedule: Schedule, day: datetime.date) -> list[Record]:
    """Give one record a provision, with where it stands that day; those alike but for exporters are one."""
    merged: dict[tuple[Any, ...], Record] = {}
    for row in schedule.provisions:
        record = provision_record(row)
        status = status_on(schedule, row, day)
        alike = {**record, "exporters": "", "note": "", "low": None, "high": None}
        key = (*alike.values(), status)
        if key in merged:
            merged[key]["exporters"] = f"{merged[key]['exporters']} {record['exporters']}"
        else:
            merged[key] = {**record, "status": status}
    return list(merged.values())


def provision_record(row: Provision) -> Record:
    """Give a provision as a record of plain values; what is open or not known is none."""
    return {
        "measure": row.measure,
        "kind": row.kind,
        "importer": row.importer,
        "exporters": " ".join(row.exporters),
        "goods": " ".join(row.goods),
        "rate": row.rate if row.charges else None,
        "coverage": row.coverage,
        "low": _known(row.low),
        "high": _known(row.high),
        "start": None if row.start == datetime.date.min else row.start.isoformat(),
        "end": None if row.end is None else row.end.isoformat(),
        "yields_to": " ".join(row.yields_to),
        "lifts": " ".join(row.lifts),
        "law": row.law,
        "url": row.url,
        "source": row.source,
        "note": row.note,
    }


def _due(due: Due) -> Record:
    row = provision_record(due.provision)
    kept = {key: row[key] for key in ("measure", "kind", "start", "law", "url", "source", "note")}
    return {
        **kept,
        "goods": due.goods or "all others",
        "share": due.share,
        "rate": due.rate,
        "points": due.points,
    }


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
