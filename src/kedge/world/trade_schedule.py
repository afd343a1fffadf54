"""The schedule of the package's own tables, and schedules that users write."""

from __future__ import annotations

import csv
import datetime
import io
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kedge.core.errors import DomainError, ScheduleError, UnknownName
from kedge.core.fields import nearest_hint
from kedge.data.baseline import load_table
from kedge.trade import GoodsShare, Schedule, check_schedule, read_provisions
from kedge.trade.levers import EUROPEAN_UNION, GROUPS

KNOWN_UNTIL = datetime.date(2026, 8, 10)
"""Last day whose law the package's table was compiled from."""
MOST_BYTES = 1024 * 1024
MOST_DOTS_A_LINE = 200
KEYS = ("measure", "goods", "groups")


def shipped_schedule() -> Schedule:
    """Give the package's schedule: measures of 2025 and 2026 with legal sources.

    Raises
    ------
    MalformedFile
        A table that came with the package has been changed and no longer fits.
    """
    sources = {key: (title, url) for key, title, _, url, *_ in load_table("sources").rows()}
    records = [
        {**record, **_law(record["source"], sources)}
        for row in load_table("tariff_measures").iter_rows(named=True)
        for record in _spread(row)
    ]
    goods = tuple(GoodsShare(**row) for row in load_table("tariff_goods").iter_rows(named=True))
    members: dict[str, tuple[str, ...]] = dict(GROUPS)
    for region, iso3, _ in load_table("regions").rows():
        members[region] = (*members.get(region, ()), iso3)
    return check_schedule(Schedule(read_provisions(records), goods, members), known_states())


def known_states() -> set[str]:
    """Give the codes of states, and of the regions of the package's own tables."""
    return {*load_table("states")["iso3"], *load_table("economies")["iso3"], *EUROPEAN_UNION}


def load_schedule(path: Path, *, extend: bool = False) -> Schedule:
    """Read a user's schedule from TOML or CSV.

    Parameters
    ----------
    path
        A `.toml` file with `[[measure]]` tables, and `[goods]` and `[groups]` if wanted; or a `.csv`
        file with one provision a row.  Fields are those of `kedge.trade.Provision`.
    extend
        Add the measures to the package's own; else they stand alone, on the package's goods and groups.

    Raises
    ------
    ScheduleError
        Names file, measure or row, field, what was found and what would be right.
    """
    shipped = shipped_schedule()
    text = _text(Path(path))
    try:
        records, goods, groups = _table(text, Path(path).suffix.lower())
        where = "row" if Path(path).suffix.lower() == ".csv" else "measure"
        own = read_provisions(records, where)
        kept = tuple(each for each in shipped.goods if each.goods not in {new.goods for new in goods})
        before = shipped.provisions if extend else ()
        made = Schedule((*before, *own), (*kept, *goods), {**shipped.groups, **groups})
        return check_schedule(made, known_states())
    except (DomainError, UnknownName) as error:
        raise ScheduleError(_located(str(path), str(error))) from error


def _located(name: str, text: str) -> str:
    lines = text.splitlines()
    return f"{name}: {text}" if len(lines) == 1 else "\n  ".join([f"{name}: {len(lines)} problems", *lines])


def _text(path: Path) -> str:
    if path.suffix.lower() not in (".toml", ".csv"):
        raise ScheduleError(f"{path}: expected a file that ends in .toml or .csv")
    try:
        if not path.is_file():
            near = nearest_hint(path.name, [each.name for each in path.parent.glob(f"*{path.suffix}")][:500])
            raise ScheduleError(f"{path}: no such file{near}; docs/trade-schedules.md shows the layout")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleError(f"{path}: not UTF-8 text (position {error.start}); save it as UTF-8") from error
    except (OSError, ValueError) as error:
        raise ScheduleError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > MOST_BYTES or "\0" in text:
        raise ScheduleError(f"{path}: expected a text file of at most 1 MiB")
    return text


Parsed = tuple[list[Mapping[str, Any]], tuple[GoodsShare, ...], dict[str, tuple[str, ...]]]


def _table(text: str, ending: str) -> Parsed:
    return (_rows(text), (), {}) if ending == ".csv" else _toml(text)


def _rows(text: str) -> list[Mapping[str, Any]]:
    try:
        read = [line for line in csv.reader(io.StringIO(text), strict=True) if any(map(str.strip, line))]
    except csv.Error as error:
        raise DomainError(f"not a CSV table: {error}; quote cells that hold commas") from error
    if len(read) < 2:
        raise DomainError("no rows; expected a header such as measure,exporters,rate and a row a provision")
    head, *lines = [[cell.strip() for cell in line] for line in read]
    if len(set(head)) < len(head):
        twice = max(head, key=head.count)
        raise DomainError(f"column {twice!r} occurs twice; name each column once")
    for number, line in enumerate(lines, 1):
        if len(line) != len(head):
            raise DomainError(f"row {number}: expected {len(head)} cells as in the header, found {len(line)}")
    return [dict(zip(head, line, strict=True)) for line in lines]


def _toml(text: str) -> Parsed:
    # tomllib's time grows with the square of the parts of a dotted key.
    if any(line.count(".") > MOST_DOTS_A_LINE for line in text.splitlines()):
        raise DomainError(f"a line with more than {MOST_DOTS_A_LINE} dots; break it up")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DomainError(f"not valid TOML: {str(error)[:300]}") from error
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise DomainError(f"unknown key {unknown[0][:60]!r}{nearest_hint(unknown[0], KEYS)}")
    records = table.get("measure")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise DomainError("expected [[measure]] tables, one a provision")
    return records, tuple(_goods(table.get("goods", {}))), _groups(table.get("groups", {}))


def _goods(table: Any) -> Iterable[GoodsShare]:
    right = "goods should be written as [goods] chips = { C26 = 0.2 }: shares of sectors"
    if not isinstance(table, dict) or not all(isinstance(shares, dict) for shares in table.values()):
        raise DomainError(right)
    for name, shares in table.items():
        for sector, share in shares.items():
            if isinstance(share, bool) or not isinstance(share, int | float):
                raise DomainError(f"{right}; found {name}.{sector} = {share!r}")
            yield GoodsShare(name, sector, float(share))


def _groups(table: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict) or not all(
        isinstance(members, list) and all(isinstance(each, str) for each in members)
        for members in table.values()
    ):
        raise DomainError('groups should be written as [groups] CPTPP = ["AUS", "JPN"]')
    return {name: tuple(members) for name, members in table.items()}


def _spread(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Replace `@name` by the economies and rates that the table of tariffs has under that measure."""
    exporters = row["exporters"].split()
    if not exporters[0].startswith("@"):
        return [row]
    out = {entry[1:] for entry in exporters[1:]}
    name = exporters[0][1:]
    rows = load_table("tariffs").select("measure", "economy", "rate", "kind", "note").iter_rows()
    return [
        {**row, "exporters": economy, "rate": rate, "kind": kind, "note": note or row["note"]}
        for measure, economy, rate, kind, note in rows
        if measure == name and economy not in out and rate > 0.0
    ]


def _law(keys: str, sources: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    found = [sources[key] for key in keys.split("+")]
    return {"law": "; ".join(title for title, _ in found), "url": found[0][1]}
