"""`kedge trade schedule`: which tariff measures are in force on a day, and what they add up to."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Json, day_of, emit, names_of, taking
from kedge.cli.trade_options import Measures, changes_of, remark, remarks_on, schedule_of

if TYPE_CHECKING:
    import numpy as np

    from kedge.trade import Schedule

MOST_SHOWN = 60
WHAT = {
    "rates": "Tariffs on top of the ordinary duty, percent",
    "change": "Change of tariffs, percentage points",
}


@dataclass(frozen=True)
class Question(Measures):
    """What `kedge trade schedule` is asked; each field is an option."""

    on: Annotated[str, typer.Option(help="Day, such as 2025-04-09; today if left out.")] = ""
    against: Annotated[str, typer.Option(help="Earlier day to compare with.")] = ""
    importer: Annotated[str, typer.Option(help="State that charges.")] = "USA"
    exporter: Annotated[list[str] | None, typer.Option(help="State or group (EU) that pays; repeat.")] = None
    sectors: Annotated[str, typer.Option(help="Codes or goods: C24,C29,steel; all: the headline.")] = "all"
    timeline: Annotated[bool, typer.Option("--timeline", help="Every change of one pair's rate.")] = False
    listed: Annotated[bool, typer.Option("--list", help="Every measure and where it stands.")] = False
    as_json: Json = False
    csv_file: Csv = None


@taking(Question)
def schedule(asked: Question) -> None:
    """Say which tariffs apply on a day, by exporter and sector, and which measures make them.

    Example: kedge trade schedule --on 2025-05-01 --exporter JPN --sectors all,C24,C29 --without pause
    """
    day, found = day_of(asked.on, "--on"), schedule_of(asked)
    if asked.listed:
        _answer_list(asked, found, day)
    elif asked.timeline:
        _answer_timeline(asked, found)
    else:
        _answer_rates(asked, found, day)


def _answer_rates(asked: Question, found: Schedule, day: datetime.date) -> None:
    from kedge.world.trade_answers import change_records, exporters_of, rate_records

    exporters = exporters_of(found, asked.importer, asked.exporter or ())
    sectors = _sectors(asked.sectors)
    records = rate_records(found, day, asked.importer, exporters, sectors)
    if asked.against:
        earlier = day_of(asked.against, "--against")
        if earlier >= day:
            raise typer.BadParameter(f"--against should be a day before {day}, found {earlier}")
        records = change_records(records, rate_records(found, earlier, asked.importer, exporters, sectors))
    spelled = ("made_of", "made_of_before")
    flat = [{**each, **{key: _made_of(each[key]) for key in spelled if key in each}} for each in records]
    if not _emit(asked, {"units": "share", "rates": records}, flat):
        _print_rates(asked, records, day)
        _warn_of_late_days(asked, day)

        def rates(schedule: Schedule) -> np.ndarray:
            return _rates(rate_records(schedule, day, asked.importer, exporters, sectors))

        remark(remarks_on(asked, _rates(records), rates, day))


def _rates(records: list[dict[str, Any]]) -> np.ndarray:
    import numpy as np

    return np.array([row["rate"] for row in records])


def _answer_timeline(asked: Question, found: Schedule) -> None:
    from kedge.world.trade_answers import exporters_of, timeline_records

    exporters, sectors = exporters_of(found, asked.importer, asked.exporter or ()), _sectors(asked.sectors)
    if len(exporters) != 1 or len(sectors) != 1:
        raise typer.BadParameter("--timeline is of one pair and one sector: --exporter JPN --sectors C29")
    records = timeline_records(found, asked.importer, exporters[0], sectors[0])
    flat = [{**each, **{key: _names(each[key]) for key in ("began", "ended")}} for each in records]
    if not _emit(asked, {"units": "share", "changes": records}, flat):
        _print_timeline(asked, records, exporters[0])


def _answer_list(asked: Question, found: Schedule, day: datetime.date) -> None:
    from kedge.world.trade_answers import measure_records

    records = measure_records(found, day)
    if not _emit(asked, {"day": day, "measures": records}, records):
        _print_list(records, day)
        _warn_of_late_days(asked, day)


def _emit(asked: Question, result: dict[str, Any], flat: list[dict[str, Any]]) -> bool:
    import polars as pl

    table = pl.DataFrame(flat, infer_schema_length=None)
    return emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=(None, None, ""))


def _sectors(text: str) -> list[str]:
    found = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not found:
        raise typer.BadParameter("--sectors should be codes such as C24,C29, or all")
    return found


def _names(rows: list[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(row["measure"] for row in rows))


def _made_of(dues: list[dict[str, Any]]) -> str:
    return "; ".join(
        f"{due['measure']} {100 * due['rate']:.3g} % on {100 * due['share']:.3g} % ({due['goods']}): "
        f"{due['law']}"
        for due in dues
    )


def _print_rates(asked: Question, records: list[dict[str, Any]], day: datetime.date) -> None:
    names, sectors = names_of(), _sectors(asked.sectors)
    column, made_of = ("change", f"made of on {day}") if asked.against else ("rate", "made of")
    table = _table(_title(asked, day), ("exporter", *sectors, made_of), right=sectors)
    by_exporter: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_exporter.setdefault(record["exporter"], []).append(record)
    shown = sorted(by_exporter.values(), key=lambda rows: -abs(rows[0][column]))[:MOST_SHOWN]
    for rows in shown:
        code = rows[0]["exporter"]
        cells = (f"{100 * row[column]:.1f}" for row in rows)
        table.add_row(names.get(code, code), *cells, _names(_dues(rows)))
    _print(table)
    if len(shown) < len(by_exporter):
        _say(f"The {len(shown)} largest of {len(by_exporter)} exporters; --csv and --json have all.")
    if len(by_exporter) == 1:
        _print_sums(records)
    _print_laws([due for rows in shown for due in _dues(rows)])


def _title(asked: Question, day: datetime.date) -> str:
    what = WHAT["change" if asked.against else "rates"]
    than = f" against {asked.against}" if asked.against else ""
    if_so = f" ({changes_of(asked)})" if asked.changed else ""
    return f"{what}: {names_of().get(asked.importer, asked.importer)}, {day}{than}{if_so}"


def _dues(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [due for row in rows for due in row["made_of"]]


def _print_sums(records: list[dict[str, Any]]) -> None:
    for row in records:
        on = f" on {row['day']}" if "against" in row else ""
        _say(f"{row['sector']}{on}: {100 * row['rate']:.1f} % = {_sum(row['made_of'])}")
        if "against" in row:
            before = f"{100 * row['rate_before']:.1f} % = {_sum(row['made_of_before'])}"
            _say(f"{row['sector']} on {row['against']}: {before}")


def _sum(dues: list[dict[str, Any]]) -> str:
    parts = (
        f"{due['measure']} {100 * due['rate']:.3g} on {100 * due['share']:.3g} % of trade ({due['goods']})"
        for due in dues
    )
    return " + ".join(parts) or "nothing"


def _print_timeline(asked: Question, records: list[dict[str, Any]], exporter: str) -> None:
    names = names_of()
    who = f"{names.get(asked.importer, asked.importer)} on {names.get(exporter, exporter)}"
    title = f"{WHAT['rates']}: {who}, {asked.sectors}"
    table = _table(title, ("day", "before", "after", "began", "ended"), right=("before", "after"))
    for row in records:
        table.add_row(
            row["day"],
            f"{100 * row['before']:.1f}",
            f"{100 * row['after']:.1f}",
            _names(row["began"]),
            _names(row["ended"]),
        )
    _print(table)
    _print_laws([each for row in records for key in ("began", "ended") for each in row[key]])


def _print_list(records: list[dict[str, Any]], day: datetime.date) -> None:
    heads = ("measure", "importer", "exporters", "goods", "rate, %", "from", "to", f"on {day}")
    table = _table("Tariff measures", heads, right=("rate, %",))
    for row in records:
        table.add_row(
            row["measure"],
            row["importer"],
            row["exporters"],
            row["goods"],
            row["kind"] if row["rate"] is None else f"{100 * row['rate']:.3g}",
            row["start"] or "",
            row["end"] or "",
            row["status"],
        )
    _print(table)
    _print_laws(records)


def _warn_of_late_days(asked: Question, day: datetime.date) -> None:
    from kedge.world.trade_schedule import KNOWN_UNTIL

    own = asked.file is not None and not asked.extend
    if day > KNOWN_UNTIL and not own:
        _say(f"The package's table was compiled from the law up to {KNOWN_UNTIL}; later days carry it on.")


def _print_laws(rows: list[dict[str, Any]]) -> None:
    """Name the law behind every measure shown, with its address and what to be careful with."""
    laws: dict[tuple[str, str], str] = {}
    for row in rows:
        note = f" Note: {row['note']}." if row["note"] else ""
        laws.setdefault((row["measure"], row["law"]), f"{row['measure']}: {row['law']} {row['url']}{note}")
    for line in laws.values():
        _say(line.replace(" .", "."))


def _table(title: str, heads: tuple[str, ...], right: Collection[str]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left")
    return table


def _print(table: Any) -> None:
    from rich.console import Console

    Console().print(table)


def _say(text: str) -> None:
    from rich.console import Console

    Console().print(text, soft_wrap=True, highlight=False, markup=False)
