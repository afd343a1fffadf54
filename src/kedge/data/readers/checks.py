"""What every reader shares: open the bytes, refuse what is not the table, cast with a located error."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kedge.core.errors import MalformedFile

AGAIN = "fetch it again with `kedge data fetch`, or report a changed layout if the publisher has a new file"
_LARGEST = 1 << 30


def read_bytes(path: Path) -> bytes:
    """Read a file whole, unpacking gzip (by its first bytes, whatever the name says).

    Raises
    ------
    MalformedFile
        The file cannot be read, is empty, is a cut-off gzip stream, unpacks to more
        than 1 GiB, or is a web page.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise MalformedFile(f"cannot read {path}: {error.strerror or error}; {AGAIN}") from error
    if raw[:2] == b"\x1f\x8b":
        raw = _gunzip(raw, path)
    if not raw.strip():
        raise MalformedFile(f"{path} is empty, a table was expected; {AGAIN}")
    refuse_html(raw[:2048], path)
    return raw


def refuse_html(head: bytes, where: object) -> None:
    """Raise if the first bytes are those of a web page.

    Raises
    ------
    MalformedFile
        The text starts as HTML does: usually a login, error or cookie page.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if (
        start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml version"))
        and b"<html" in head.lower()
    ):
        raise MalformedFile(
            f"{where} holds a web page where a data file was expected; the address answered with an error, "
            f"login or consent page: open it in a browser, or take the file from a mirror (KEDGE_MIRROR)"
        )


def read_csv(
    path: Path,
    required: Iterable[str],
    *,
    separator: str = ",",
    encoding: Literal["utf-8", "latin-1"] = "utf-8",
) -> pl.DataFrame:
    """Read a CSV file as text, every column a string and nothing taken for missing.

    Codes such as `NA` (Namibia) and `NAM` are data; an empty cell is an empty string.

    Raises
    ------
    MalformedFile
        Not text in that encoding, not a rectangular table, or a column is missing.
    """
    return parse_csv(read_bytes(path), path, required, separator=separator, encoding=encoding)


def parse_csv(
    raw: bytes,
    where: object,
    required: Iterable[str],
    *,
    separator: str = ",",
    encoding: Literal["utf-8", "latin-1"] = "utf-8",
    only: bool = False,
) -> pl.DataFrame:
    """Read CSV bytes as `read_csv` does; `where` names the file in errors.

    With `only`, columns that are not required are not parsed, which saves time on large files.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if encoding != "utf-8":
        raw = raw.decode(encoding).encode("utf-8")
    if b"\x00" in raw:
        raise MalformedFile(f"{where}: expected text, found a NUL byte at byte {raw.index(0)}; {AGAIN}")
    required = list(required)
    header = raw.split(b"\n", 1)[0].decode("utf-8", "replace").strip().replace('"', "").split(separator)
    columns = required if only and set(required) <= set(header) else None
    try:
        frame = pl.read_csv(raw, separator=separator, infer_schema=False, columns=columns)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
        raise MalformedFile(
            f"{where}: not a rectangular CSV table ({_first_line(error)}); {AGAIN}"
        ) from error
    require_columns(frame.columns, required, where)
    if frame.height == 0:
        raise MalformedFile(f"{where}: has a header but no rows; {AGAIN}")
    # Polars takes an empty cell for missing; here it is an empty string (and `NA` is data).
    return frame.fill_null("")


def require_columns(columns: Iterable[str], required: Iterable[str], where: object) -> None:
    """Raise unless every required column is there, naming what is missing and what came.

    Raises
    ------
    MalformedFile
        A column is missing or renamed.
    """
    columns = list(columns)
    missing = [name for name in required if name not in columns]
    if missing:
        shown = ", ".join(map(repr, columns[:12])) + (", …" if len(columns) > 12 else "")
        raise MalformedFile(
            f"{where}: expected column {', '.join(map(repr, missing))}, found {shown}; "
            f"the publisher may have renamed it, or this is another file"
        )


def to_numbers(
    frame: pl.DataFrame, columns: Iterable[str], where: object, *, blank_is_null: bool = False
) -> pl.DataFrame:
    """Cast text columns to finite Float64.

    Raises
    ------
    MalformedFile
        A cell is not a finite number; the message names file, column, row and value.
    """
    for name in columns:
        text = frame.get_column(name).str.strip_chars()
        if blank_is_null:
            text = text.set(text == "", None)
        number = text.cast(pl.Float64, strict=False)
        wrong = text.is_not_null() & ~(number.is_finite().fill_null(False))
        if wrong.any():
            row = wrong.arg_max() or 0
            raise MalformedFile(
                f"{where}: column {name!r} should hold numbers, row {row + 2} holds {text[row]!r}; {AGAIN}"
            )
        frame = frame.with_columns(number.alias(name))
    return frame


def to_years(frame: pl.DataFrame, column: str, where: object) -> pl.DataFrame:
    """Cast a text column to calendar years (Int32).

    Raises
    ------
    MalformedFile
        A cell is not a whole number from 1000 to 2999.
    """
    text = frame.get_column(column).str.strip_chars()
    year = text.cast(pl.Int32, strict=False)
    wrong = ~(year.is_between(1000, 2999).fill_null(False))
    if wrong.any():
        row = wrong.arg_max() or 0
        raise MalformedFile(
            f"{where}: column {column!r} should hold years, row {row + 2} holds {text[row]!r}; {AGAIN}"
        )
    return frame.with_columns(year.alias(column))


def require_unique(frame: pl.DataFrame, columns: list[str], where: object) -> pl.DataFrame:
    """Raise if two rows share the values of `columns`; hand the frame back otherwise.

    Raises
    ------
    MalformedFile
        A key occurs twice.
    """
    twice = frame.filter(pl.struct(columns).is_duplicated())
    if twice.height:
        raise MalformedFile(
            f"{where}: {columns} should be unique, {twice.select(columns).row(0)} occurs twice; {AGAIN}"
        )
    return frame


def read_rda(path: Path, name: str) -> dict[str, Any]:
    """Read one R data frame from an .rda file as a dictionary of columns.

    Raises
    ------
    MalformedFile
        Not an R data file, or the object is not in it.
    """
    import warnings

    import pandas as pd
    import rdata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            objects = rdata.conversion.convert(rdata.parser.parse_data(Path(path).read_bytes()))
    except Exception as error:
        raise MalformedFile(
            f"{path}: not an R data file ({type(error).__name__}: {_first_line(error)}); {AGAIN}"
        ) from error
    frame = objects.get(name) if isinstance(objects, Mapping) else None
    if not isinstance(frame, pd.DataFrame):
        raise MalformedFile(f"{path}: expected an R data frame called {name!r}; {AGAIN}")
    return {str(column): frame[column].tolist() for column in frame.columns}


def _gunzip(raw: bytes, path: object) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            data = file.read(_LARGEST + 1)
    except EOFError as error:
        raise MalformedFile(
            f"{path}: the gzip stream is cut off (a download that stopped early); {AGAIN}"
        ) from error
    except (OSError, zlib.error) as error:
        raise MalformedFile(f"{path}: damaged gzip stream ({error}); {AGAIN}") from error
    if len(data) > _LARGEST:
        raise MalformedFile(f"{path}: unpacks to more than 1 GiB, far beyond any table here; {AGAIN}")
    return data


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
