"""Trade, GDP and tariff files: the 194-economy matrix of 2023, US trade of 2024, OECD flows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import AGAIN, read_csv, require_columns, require_unique, to_numbers, to_years

_THOUSAND = 1000.0


@dataclass(frozen=True)
class LiberationDayData:
    """The inputs of the one-sector model of Ignatenko and others (2025), in US$ and shares.

    Parameters
    ----------
    iso3
        Economies, in the order of every array.
    names
        Their names in the source.
    gdp : current US$
    flows : current US$
        Goods trade of 2023; the diagonal is zero.
    tariff : share, ad valorem
        Additional US rate of 2 April 2025 by exporter, as the source has it (its China
        rate includes the 0.20 already in force).
    """

    iso3: tuple[str, ...]
    names: tuple[str, ...]
    gdp: Float[np.ndarray, " economy"]
    flows: Float[np.ndarray, "exporter importer"]
    tariff: Float[np.ndarray, " exporter"]


def read_liberation_day(labels: Path, gdp: Path, flows: Path, tariffs: Path) -> LiberationDayData:
    """Read the four files of the 2023 matrix and line them up.

    Parameters
    ----------
    labels, gdp, flows, tariffs
        Files of the sources `baci2023-194-labels`, `-gdp`, `-flows` and `liberation-day-tariffs`.

    Raises
    ------
    MalformedFile
        A file has other columns, a cell that is not a number, or another number of rows.

    References
    ----------
    Ignatenko, Lashkaripour, Macedoni & Simonovska (2025), Journal of International Economics.
    """
    names = read_matrix_labels(labels)
    count = names.height
    outputs = read_matrix_gdp(gdp).get_column("gdp").to_numpy()
    rates = read_matrix_tariffs(tariffs).get_column("tariff").to_numpy()
    matrix = read_matrix_flows(flows).to_numpy()
    for path, got in ((gdp, len(outputs)), (tariffs, len(rates)), (flows, len(matrix))):
        if got != count:
            raise MalformedFile(
                f"{path}: expected {count} rows, one for each economy of {labels}, found {got}; {AGAIN}"
            )
    return LiberationDayData(
        iso3=tuple(names.get_column("iso3")),
        names=tuple(names.get_column("name")),
        gdp=outputs.astype(np.float64),
        flows=np.ascontiguousarray(matrix, dtype=np.float64) * _THOUSAND,
        tariff=rates.astype(np.float64),
    )


def read_matrix_labels(path: Path) -> pl.DataFrame:
    """Read the economies of the matrix in order: iso3, name."""
    frame = read_csv(path, ["iso3", "iso_code", "CountryName"]).select("iso3", name="CountryName")
    if not frame.get_column("iso3").str.contains(r"^[A-Z]{3}$").all():
        raise MalformedFile(f"{path}: column 'iso3' should hold codes of three capital letters; {AGAIN}")
    return require_unique(frame, ["iso3"], path)


def read_matrix_gdp(path: Path) -> pl.DataFrame:
    """Read GDP in the order of the labels: gdp (current US$, positive)."""
    frame = to_numbers(read_csv(path, ["gdp"]).select("gdp"), ["gdp"], path)
    if not (frame.get_column("gdp") > 0).all():
        raise MalformedFile(f"{path}: every GDP should be positive; {AGAIN}")
    return frame


def read_matrix_tariffs(path: Path) -> pl.DataFrame:
    """Read US rates in the order of the labels: tariff (share, ad valorem)."""
    frame = to_numbers(read_csv(path, ["applied_tariff"]).select(tariff="applied_tariff"), ["tariff"], path)
    if not frame.get_column("tariff").is_between(0.0, 10.0).all():
        raise MalformedFile(f"{path}: rates should be shares such as 0.24, not percent or negative; {AGAIN}")
    return frame


def read_matrix_flows(path: Path) -> pl.DataFrame:
    """Read the square matrix, thousand US$: row exports, columns `export_ij1`… import; blanks are zero."""
    frame = read_csv(path, ["export_ij1"])
    wanted = [f"export_ij{column}" for column in range(1, frame.height + 1)]
    require_columns(frame.columns, wanted, path)
    if frame.width != frame.height:
        raise MalformedFile(
            f"{path}: expected a square matrix, found {frame.height} rows and {frame.width} columns; {AGAIN}"
        )
    frame = to_numbers(frame.select(wanted), wanted, path, blank_is_null=True).fill_null(0.0)
    matrix = frame.to_numpy()
    if (matrix < 0).any() or np.diagonal(matrix).any():
        raise MalformedFile(f"{path}: flows should not be negative and the diagonal should be zero; {AGAIN}")
    return frame


def read_us_goods_trade(path: Path) -> pl.DataFrame:
    """Read US goods trade of 2024 by partner: partner, exports_musd, imports_musd.

    Two layouts are accepted: the three-column file and the public repository's wider
    one with thousands separators.  Partners printed with a dash by the bureau (names
    ending in `(-)`) have ranks in place of dollars in both and come out as null.
    Footnote stars are taken off the names.

    Raises
    ------
    MalformedFile
        Neither layout, a cell that is not a number, or a partner named twice.
    """
    narrow = ("partner", "us_exports_musd", "us_imports_musd")
    wide = ("Country", "US 2024 Exports", "US 2024 Imports (Customs Basis)")
    frame = read_csv(path, [])
    columns = wide if wide[0] in frame.columns else narrow
    require_columns(frame.columns, columns, path)
    frame = frame.select(partner=columns[0], exports_musd=columns[1], imports_musd=columns[2])
    values = ["exports_musd", "imports_musd"]
    frame = frame.with_columns(pl.col(values).str.replace_all(",", "", literal=True))
    frame = to_numbers(frame, values, path)
    if (frame.select(pl.min_horizontal(values).min()).item() or 0.0) < 0:
        raise MalformedFile(f"{path}: trade should not be negative; {AGAIN}")
    dashed = pl.col("partner").str.ends_with("(-)")
    frame = frame.with_columns(pl.when(~dashed).then(pl.col(name)).alias(name) for name in values)
    frame = frame.with_columns(pl.col("partner").str.replace(r"\s*\(-\)$", "").str.strip_chars_end("*"))
    return require_unique(frame, ["partner"], path)


def read_icio_bilateral(path: Path) -> pl.DataFrame:
    """Read OECD flows by year: year, exporter, importer, goods_musd, services_musd (million US$)."""
    values = ["goods_musd", "services_musd"]
    frame = read_csv(path, ["year", "exporter", "importer", *values])
    frame = to_numbers(to_years(frame, "year", path), values, path)
    frame = frame.select("year", "exporter", "importer", *values)
    return require_unique(frame, ["year", "exporter", "importer"], path)
