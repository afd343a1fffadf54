"""Arms transfers, defence agreements, exercises and alliances by pair of states."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import (
    AGAIN,
    parse_csv,
    read_bytes,
    require_unique,
    to_numbers,
    to_years,
)

_TIV = "SIPRI TIV of delivered weapons"
_DELIVERED = "Year(s) of delivery"
_ENDED = ("", "NA")


def read_arms_deliveries(path: Path) -> pl.DataFrame:
    """Read deliveries of major arms: deal, recipient, supplier, order_year, year, tiv, uncertain.

    One row a deal and year of delivery.  SIPRI gives a deal's volume in total; it is split
    evenly over its years of delivery, which is **an assumption** of this reader.  `deal` counts
    the register's rows from one; `uncertain` is true where SIPRI marks the number delivered or
    the years with a question mark.  Deals without an identified delivery drop out.

    Raises
    ------
    MalformedFile
        No header row that begins with `Recipient,Supplier`, a year or volume that is not one.
    """
    raw = _as_utf8(read_bytes(path))
    start = 0 if raw.startswith(b"Recipient,") else raw.find(b"\nRecipient,") + 1
    if not raw[start:].startswith(b"Recipient,Supplier,Year of order,"):
        raise MalformedFile(f"{path}: no header row that begins with 'Recipient,Supplier'; {AGAIN}")
    # The columns of marks have a blank for a name, three times over: they need names of their own.
    header, rest = raw[start:].split(b"\n", 1)
    names = header.decode("utf-8").strip().split(",")
    marks = [f"mark_{k}" if not name.strip() else name for k, name in enumerate(names)]
    where = f"{path}, from the header row"
    wanted = ["Recipient", "Supplier", "Year of order", _DELIVERED, _TIV]
    frame = parse_csv(",".join(marks).encode() + b"\n" + rest, where, wanted)
    after = [names.index(name) + 1 for name in ("Number delivered",) if name in names]
    marked = [f"mark_{k}" for k in after if f"mark_{k}" in frame.columns]
    frame = frame.with_row_index("deal", 1).select(
        pl.col("deal").cast(pl.Int32),
        recipient="Recipient",
        supplier="Supplier",
        order_year="Year of order",
        years=_DELIVERED,
        tiv=_TIV,
        uncertain=pl.any_horizontal([pl.col(name).str.contains("?", literal=True) for name in marked])
        if marked
        else pl.lit(False),
    )
    frame = to_years(to_numbers(frame, ["tiv"], where, blank_is_null=True), "order_year", where)
    if (frame.get_column("tiv") < 0).any():
        raise MalformedFile(f"{path}: volumes of arms should not be negative; {AGAIN}")
    frame = _by_year(frame, where)
    return frame.select("deal", "recipient", "supplier", "order_year", "year", "tiv", "uncertain")


def read_dcad(path: Path) -> pl.DataFrame:
    """Read defence cooperation agreements: agreement, ccode_a, ccode_b, year, kind, end_year.

    `kind` is the publisher's first category (DCA: a general agreement); `end_year` its own estimate
    of the last year in force, 2010 for those still in force when the data end.

    References
    ----------
    Kinne (2020), Journal of Conflict Resolution 64(4), 729-755.
    """
    columns = {
        "DCAid": "agreement",
        "ccode1": "ccode_a",
        "ccode2": "ccode_b",
        "signYear": "year",
        "category1": "kind",
        "endYearEstimate": "end_year",
    }
    frame = parse_csv(read_bytes(path), path, list(columns), encoding="latin-1").select(list(columns))
    frame = to_numbers(frame.rename(columns), ["ccode_a", "ccode_b", "end_year"], path)
    frame = to_years(frame, "year", path)
    frame = frame.with_columns(pl.col("ccode_a", "ccode_b", "end_year").cast(pl.Int32))
    if (frame.get_column("end_year") < frame.get_column("year")).any():
        row = frame.filter(pl.col("end_year") < pl.col("year")).row(0, named=True)
        raise MalformedFile(f"{path}: agreement {row['agreement']} ends before it was signed; {AGAIN}")
    return require_unique(frame, ["agreement"], path)


def read_exercises(path: Path) -> pl.DataFrame:
    """Read multinational exercises, one row a participant: exercise, name, gwcode, year, country.

    Participants without a code (`NATO`, territories) have a null code and are kept, so that they can
    be counted; a participant listed twice in one exercise is kept once.
    """
    columns = {
        "MMEID": "exercise",
        "Ex_Name": "name",
        "gwcode": "gwcode",
        "year": "year",
        "country": "country",
    }
    frame = parse_csv(read_bytes(path), path, list(columns), encoding="latin-1", only=True)
    frame = frame.select(list(columns)).rename(columns).filter(~pl.col("year").is_in(_ENDED))
    frame = frame.with_columns(pl.col("gwcode").replace("NA", ""))
    frame = to_years(to_numbers(frame, ["gwcode"], path, blank_is_null=True), "year", path)
    frame = frame.with_columns(pl.col("gwcode").cast(pl.Int32))
    return frame.unique(["exercise", "gwcode", "country"], maintain_order=True)


def read_cow_alliances(path: Path) -> pl.DataFrame:
    """Read formal alliances by pair of states: ccode_a, ccode_b, start_year, end_year, and four promises.

    The promises are flags: defense, neutrality, nonaggression, entente; `end_year` is null for an
    alliance in force when the data end (2012).

    References
    ----------
    Gibler (2009), International Military Alliances, 1648-2008; version 4.1.
    """
    promises = ["defense", "neutrality", "nonaggression", "entente"]
    new = {
        "version4id": "alliance",
        "ccode1": "ccode_a",
        "ccode2": "ccode_b",
        "dyad_st_year": "start_year",
        "dyad_end_year": "end_year",
    }
    frame = parse_csv(read_bytes(path), path, [*new, *promises], encoding="latin-1")
    frame = frame.select(*new, *promises).rename(new)
    whole = [*new.values(), *promises]
    frame = to_numbers(frame, whole, path, blank_is_null=True).with_columns(pl.col(whole).cast(pl.Int32))
    if frame.select("ccode_a", "ccode_b", "start_year").null_count().sum_horizontal()[0]:
        raise MalformedFile(f"{path}: every row needs two states and a first year; {AGAIN}")
    return frame


def _by_year(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """Give each deal a row for each year of delivery, with an equal part of its volume."""
    text = frame.get_column("years").str.strip_chars()
    wrong = ~text.str.contains(r"^(\d{4}(; ?\d{4})*)?$")
    if wrong.any():
        row = wrong.arg_max() or 0
        raise MalformedFile(
            f"{where}: row {row + 2} should hold years of delivery, found {text[row]!r}; {AGAIN}"
        )
    frame = frame.filter(text != "")
    listed = [cell.split(";") for cell in frame.get_column("years")]
    places = [place for place, years in enumerate(listed) for _ in years]
    counts = pl.Series("years", [len(years) for years in listed], dtype=pl.Int32)
    year = pl.Series([year for years in listed for year in years], dtype=pl.String)
    frame = frame.with_columns(tiv=pl.col("tiv").fill_null(0.0) / counts)[places].with_columns(year=year)
    return to_years(frame, "year", where)


def _as_utf8(raw: bytes) -> bytes:
    # The publisher's file mixes encodings in its comments; names of states are plain ASCII.
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode("utf-8")
    return raw
