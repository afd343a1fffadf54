"""Military spending, capabilities, alliances and troops abroad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import (
    AGAIN,
    parse_csv,
    read_bytes,
    read_csv,
    read_rda,
    require_columns,
    require_unique,
    to_numbers,
    to_years,
)

_PERCENT = 100.0
_CURRENT, _SHARE = "Current US$", "Share of GDP"
_REAL = "Constant ("


def read_sipri_milex(path: Path) -> pl.DataFrame:
    """Read military spending: name, year, musd (current US$ million), share_gdp (percent).

    The header row is looked for (the first row whose first cell is `Country`), columns
    count as years by their heading, and the rows of regions, which hold no figures, drop
    out.  Rows without either figure are left out.

    Raises
    ------
    MalformedFile
        Not a workbook, a sheet is missing, no header row, or a cell that is neither a
        number nor one of SIPRI's marks.
    """
    raw = read_bytes(path)
    amounts = _sipri_sheet(raw, path, _CURRENT, "musd")
    shares = _sipri_sheet(raw, path, _SHARE, "share_gdp").with_columns(pl.col("share_gdp") * _PERCENT)
    frame = amounts.join(shares, on=["name", "year"], how="full", coalesce=True)
    return frame.sort("name", "year")


def read_sipri_real(path: Path) -> pl.DataFrame:
    """Read military spending at constant prices: name, year, musd_real (US$ million of the base year).

    The base year is in the name of the workbook's sheet (2023 in the release of April 2025).

    Raises
    ------
    MalformedFile
        As `read_sipri_milex`.
    """
    raw = read_bytes(path)
    return _sipri_sheet(raw, path, _REAL, "musd_real").sort("name", "year")


def read_nmc(path: Path) -> pl.DataFrame:
    """Read National Material Capabilities: ccode, year, six components and their index cinc.

    milex_kusd in thousand current US$; milper_k, population_k and urban_k in thousand persons;
    iron_steel_kt and energy_kt in thousand tons (of coal, for energy).
    """
    columns = read_rda(path, "cow_nmc")
    names = {"milex": "milex_kusd", "milper": "milper_k", "irst": "iron_steel_kt", "pec": "energy_kt"}
    names |= {"tpop": "population_k", "upop": "urban_k", "cinc": "cinc"}
    require_columns(columns, ["ccode", "year", *names], path)
    try:
        frame = pl.DataFrame(
            {name: _numbers(columns[name]) for name in ("ccode", "year", *names)}, strict=True
        )
        frame = frame.rename(names).with_columns(pl.col("ccode", "year").cast(pl.Int32))
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise MalformedFile(f"{path}: a capability is not a number ({error}); {AGAIN}") from error
    cinc = frame.get_column("cinc").drop_nulls()
    if frame.height == 0 or not cinc.is_between(0.0, 1.0).all():
        raise MalformedFile(f"{path}: cinc should be a share of the world between 0 and 1; {AGAIN}")
    return require_unique(frame, ["ccode", "year"], path)


def read_us_troops(path: Path) -> pl.DataFrame:
    """Read US active-duty personnel abroad: iso3, year, personnel; places without a code drop out."""
    frame = read_csv(path, ["iso3c", "year", "troops_ad"]).select("year", iso3="iso3c", personnel="troops_ad")
    missing = pl.col("personnel").str.strip_chars().is_in(["", "NA"])
    frame = frame.filter(pl.col("iso3").str.contains(r"^[A-Z]{3}$") & ~missing)
    frame = to_numbers(to_years(frame, "year", path), ["personnel"], path)
    if (frame.get_column("personnel") < 0).any():
        raise MalformedFile(f"{path}: numbers of personnel should not be negative; {AGAIN}")
    frame = frame.group_by("iso3", "year").agg(pl.col("personnel").sum().cast(pl.Int64))
    return frame.sort("iso3", "year")


def read_atop_alliances(path: Path) -> pl.DataFrame:
    """Read ATOP alliances: atopid, begin_year, end_year (null if in force), and the five promises.

    The promises are flags: defense, offense, neutral, nonagg, consul.
    """
    promises = ["defense", "offense", "neutral", "nonagg", "consul"]
    return _read_atop(
        path, ["atopid", "begyr", "endyr", *promises], {"begyr": "begin_year", "endyr": "end_year"}
    )


def read_atop_members(path: Path) -> pl.DataFrame:
    """Read ATOP members: atopid, ccode, entry_year, exit_year (null if still in), and the five promises."""
    promises = ["defense", "offense", "neutral", "nonagg", "consul"]
    new = {"member": "ccode", "yrent": "entry_year", "yrexit": "exit_year"}
    return _read_atop(path, ["atopid", "member", "yrent", "yrexit", *promises], new)


def _read_atop(path: Path, columns: list[str], new: dict[str, str]) -> pl.DataFrame:
    frame = parse_csv(read_bytes(path), path, columns, encoding="latin-1").select(columns)
    frame = frame.with_columns(pl.col(columns).replace({"NA": "", ".": ""}))
    frame = to_numbers(frame, columns, path, blank_is_null=True)
    years = [name for name in columns if name in {"endyr", "yrexit"}]
    frame = frame.with_columns(pl.when(pl.col(name) > 0).then(pl.col(name)).alias(name) for name in years)
    return frame.with_columns(pl.col(columns).cast(pl.Int32, strict=False)).rename(new)


def _sipri_sheet(raw: bytes, path: Path, sheet: str, value: str) -> pl.DataFrame:
    rows = _sheet_rows(raw, path, sheet)
    header = next((i for i, row in enumerate(rows) if row and row[0].strip() == "Country"), None)
    if header is None:
        raise MalformedFile(f"{path}, sheet {sheet!r}: no header row that begins with 'Country'; {AGAIN}")
    years = {i: int(float(cell)) for i, cell in enumerate(rows[header]) if _is_year(cell)}
    if not years:
        raise MalformedFile(f"{path}, sheet {sheet!r}: the header row holds no years; {AGAIN}")
    found: list[tuple[str, int, float]] = []
    for number, row in enumerate(rows[header + 1 :], header + 2):
        for i, year in years.items():
            cell = row[i].strip()
            if not _is_mark(cell):
                found.append(
                    (row[0].strip(), year, _cell(cell, f"{path}, sheet {sheet!r}, row {number}, {year}"))
                )
    if not found:
        raise MalformedFile(f"{path}, sheet {sheet!r}: no figures; {AGAIN}")
    frame = pl.DataFrame(found, schema={"name": pl.String, "year": pl.Int32, value: pl.Float64}, orient="row")
    return require_unique(frame, ["name", "year"], f"{path}, sheet {sheet!r}")


def _sheet_rows(raw: bytes, path: Path, sheet: str) -> list[list[str]]:
    import fastexcel

    try:
        book = fastexcel.read_excel(raw)
        # The sheet of constant prices bears its base year in its name, so the start must do.
        name = next((each for each in book.sheet_names if each.startswith(sheet)), None)
        if name is None:
            raise MalformedFile(f"{path}: expected a sheet {sheet!r}, found {book.sheet_names}; {AGAIN}")
        frame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except MalformedFile:
        raise
    except BaseException as error:
        # The workbook parser is compiled code: a damaged file may raise its panic, which is no Exception.
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise MalformedFile(
            f"{path}: not a readable workbook ({type(error).__name__}: {error}); {AGAIN}"
        ) from error
    return [[cell or "" for cell in row] for row in frame.rows()]


def _is_mark(cell: str) -> bool:
    # SIPRI: '. .' or '...' not available, 'xxx' no such state in that year.
    return cell == "xxx" or not cell.strip(". ")


def _is_year(cell: str) -> bool:
    text = cell.strip().removesuffix(".0")
    return text.isascii() and text.isdigit() and len(text) == 4


def _cell(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise MalformedFile(f"{where}: expected a number, '. .' or 'xxx', found {text!r}; {AGAIN}") from error
    if not 0.0 <= number < float("inf"):
        raise MalformedFile(f"{where}: expected a non-negative number, found {text!r}; {AGAIN}")
    return number


def _numbers(values: list[Any]) -> list[float | None]:
    found = [None if str(value) in {"<NA>", "nan", "None"} else float(value) for value in values]
    return [None if value is not None and value < 0 else value for value in found]
