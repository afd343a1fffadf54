"""Distances, places of capitals, and the codes and names that lead from one dataset to another."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import AGAIN, read_csv, read_rda, require_columns, require_unique

# CEPII kept codes that ISO 3166 has since replaced.
_OLD_CODES = {"ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "YUG": "SRB", "PAL": "PSE"}
_GLEDITSCH_WARD = {"SRB": 340, "VNM": 816, "YEM": 678}


def read_distances(path: Path) -> pl.DataFrame:
    """Read CEPII distances in both orders: iso3_a, iso3_b, km (between main cities), km_weighted.

    `km_weighted` weights the cities of both states by population (harmonic-free mean,
    CEPII's `distw`) and is null where CEPII has none.

    References
    ----------
    Mayer & Zignago (2011), CEPII Working Paper 2011-25.
    """
    columns = read_rda(path, "dist_cepii")
    require_columns(columns, ["iso_o", "iso_d", "dist", "distw"], path)
    try:
        frame = pl.DataFrame(
            {
                "iso3_a": [_OLD_CODES.get(str(code), str(code)) for code in columns["iso_o"]],
                "iso3_b": [_OLD_CODES.get(str(code), str(code)) for code in columns["iso_d"]],
                "km": [_number(each) for each in columns["dist"]],
                "km_weighted": [_number(each) for each in columns["distw"]],
            },
            schema={"iso3_a": pl.String, "iso3_b": pl.String, "km": pl.Float64, "km_weighted": pl.Float64},
        )
    except ValueError as error:
        raise MalformedFile(f"{path}: a distance is not a number ({error}); {AGAIN}") from error
    if frame.height == 0 or not frame.get_column("km").is_between(0.0, 20100.0).fill_null(False).all():
        raise MalformedFile(f"{path}: distances should lie between 0 and 20,100 km; {AGAIN}")
    return require_unique(frame, ["iso3_a", "iso3_b"], path)


def read_places(path: Path) -> pl.DataFrame:
    """Read where the capital of each state lies: iso3, city, lon, lat (degrees east and north).

    The capital of the Netherlands Antilles, which are no more, stands for Curaçao, where it lies.

    References
    ----------
    Mayer & Zignago (2011), CEPII Working Paper 2011-25.
    """
    columns = read_rda(path, "geo_cepii")
    require_columns(columns, ["iso3", "city_en", "lon", "lat", "cap"], path)
    codes = _OLD_CODES | {"ANT": "CUW"}
    try:
        frame = pl.DataFrame(
            {
                "iso3": [codes.get(str(code), str(code)) for code in columns["iso3"]],
                "city": [str(each) for each in columns["city_en"]],
                "lon": [_number(each) for each in columns["lon"]],
                "lat": [_number(each) for each in columns["lat"]],
                "capital": [_number(each) == 1.0 for each in columns["cap"]],
            }
        )
    except ValueError as error:
        raise MalformedFile(f"{path}: a place is not a number ({error}); {AGAIN}") from error
    frame = frame.filter("capital").drop("capital")
    inside = pl.col("lon").is_between(-180.0, 180.0) & pl.col("lat").is_between(-90.0, 90.0)
    if frame.height == 0 or not frame.select(inside.fill_null(False).all()).item():
        raise MalformedFile(f"{path}: places should lie within 180 degrees east and 90 north; {AGAIN}")
    return require_unique(frame, ["iso3"], path)


def read_codelist(path: Path) -> pl.DataFrame:
    """Read the codes of states: iso3, ccode (Correlates of War, null if none), name, pattern.

    Serbia, which the list leaves without a code of its own, gets 345 (Yugoslavia) as the
    Correlates of War project has it.
    """
    frame = read_csv(path, ["iso3c", "cown", "country.name.en", "country.name.en.regex"])
    frame = frame.select(
        iso3="iso3c", ccode="cown", name="country.name.en", pattern="country.name.en.regex"
    ).filter(pl.col("iso3").str.contains(r"^[A-Z]{3}$"))
    code = frame.get_column("ccode").cast(pl.Int32, strict=False)
    code = code.set(frame.get_column("iso3") == "SRB", 345)
    frame = frame.with_columns(code.alias("ccode"))
    for pattern in frame.get_column("pattern"):
        try:
            re.compile(pattern)
        except re.error as error:
            raise MalformedFile(
                f"{path}: {pattern!r} is not a regular expression ({error}); {AGAIN}"
            ) from error
    return require_unique(frame, ["iso3"], path)


def read_numeric_codes(path: Path) -> pl.DataFrame:
    """Read numeric codes: iso3, iso_numeric (ISO 3166), gwcode (Gleditsch & Ward); null if none."""
    frame = read_csv(path, ["iso3c", "iso3n", "gwn"]).select(iso3="iso3c", iso_numeric="iso3n", gwcode="gwn")
    frame = frame.filter(pl.col("iso3").str.contains(r"^[A-Z]{3}$"))
    frame = frame.with_columns(pl.col("iso_numeric", "gwcode").cast(pl.Int32, strict=False))
    # States that the list leaves without a code of this kind, or with that of their predecessor.
    known = pl.col("iso3").replace_strict(_GLEDITSCH_WARD, default=None, return_dtype=pl.Int32)
    frame = frame.with_columns(gwcode=pl.coalesce(known, "gwcode"))
    return require_unique(frame, ["iso3"], path)


def match_names(names: Iterable[str], codelist: pl.DataFrame) -> dict[str, str]:
    """Find the ISO code of each name by the patterns of `read_codelist`; names without one are left out."""
    patterns = [
        (re.compile(pattern, re.IGNORECASE), iso3)
        for pattern, iso3 in codelist.select("pattern", "iso3").rows()
    ]
    found: dict[str, str] = {}
    for name in names:
        codes = {iso3 for pattern, iso3 in patterns if pattern.search(name)}
        if len(codes) == 1:
            found[name] = codes.pop()
    return found


def _number(value: object) -> float | None:
    text = str(value)
    if text in {"NA", "nan", "<NA>", "None", "", "."}:
        return None
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
