"""World Bank series, in the packaged long layout or the publisher's own wide one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import (
    AGAIN,
    parse_csv,
    read_bytes,
    require_columns,
    require_unique,
    to_numbers,
    to_years,
)

_LONG = ("Country Code", "Year", "Value")
_REPACKED = ("CountryCode_ISO3", "Year", "GDP_constant2015USD")
_WIDE = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")


def read_gdp_current(path: Path) -> pl.DataFrame:
    """Read GDP: iso3, year, gdp_usd (current US$); aggregates such as `EUU` included."""
    return _read_series(path, "gdp_usd", "NY.GDP.MKTP.CD")


def read_gdp_constant(path: Path) -> pl.DataFrame:
    """Read real GDP: iso3, year, gdp_usd (constant 2015 US$); aggregates included."""
    return _read_series(path, "gdp_usd", "NY.GDP.MKTP.KD")


def read_population(path: Path) -> pl.DataFrame:
    """Read population: iso3, year, persons; aggregates included."""
    return _read_series(path, "persons", "SP.POP.TOTL")


def _read_series(path: Path, value: str, indicator: str) -> pl.DataFrame:
    raw = _unzip(read_bytes(path), path)
    if raw.removeprefix(b"\xef\xbb\xbf").startswith(b'"Data Source"'):
        start = max(raw.find(b'"Country Name",'), 0)
        frame = _from_wide(parse_csv(raw[start:], path, _WIDE), path, indicator)
    else:
        frame = parse_csv(raw, path, ())
        columns = _REPACKED if _REPACKED[0] in frame.columns else _LONG
        require_columns(frame.columns, columns, path)
        frame = frame.select(iso3=columns[0], year=columns[1], value=columns[2])
    frame = frame.filter(pl.col("iso3").str.contains(r"^[A-Z]{3}$"))
    frame = to_numbers(to_years(frame, "year", path), ["value"], path)
    if (frame.get_column("value") < 0).any():
        raise MalformedFile(f"{path}: values of {indicator} should not be negative; {AGAIN}")
    frame = require_unique(frame.rename({"value": value}), ["iso3", "year"], path)
    return frame.sort("iso3", "year")


def _from_wide(frame: pl.DataFrame, path: Path, indicator: str) -> pl.DataFrame:
    if set(frame.get_column("Indicator Code")) != {indicator}:
        raise MalformedFile(f"{path}: expected indicator {indicator}; this is another series; {AGAIN}")
    years = [name for name in frame.columns if name.isdigit()]
    long = frame.unpivot(on=years, index="Country Code", variable_name="year", value_name="value")
    return long.filter(pl.col("value").str.strip_chars() != "").rename({"Country Code": "iso3"})


def _unzip(raw: bytes, path: Path) -> bytes:
    if raw[:2] != b"PK":
        return raw
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [name for name in archive.namelist() if name.startswith("API_") and name.endswith(".csv")]
            if len(names) != 1 or archive.getinfo(names[0]).file_size > 1 << 28:
                raise MalformedFile(
                    f"{path}: expected one file API_*.csv in the zip, found {names[:3]}; {AGAIN}"
                )
            return archive.read(names[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise MalformedFile(f"{path}: damaged zip archive ({error}); {AGAIN}") from error
