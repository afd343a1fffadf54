"""Read a user's own table of futures, and say exactly what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kedge.core.errors import MalformedFile
from kedge.strategy.axes import PerFuture
from kedge.strategy.designs import GivenFutures
from kedge.strategy.futures import check_names
from kedge.strategy.problem import Uncertainty

_NUMBER = "future"


def read_futures(path: Path, uncertainties: Sequence[Uncertainty]) -> GivenFutures:
    """Read futures from a CSV or Parquet file with one column an uncertainty.

    Parameters
    ----------
    path
        Ends in `.csv` or `.parquet`.  Columns may come in any order; one called `future`,
        as in `futures.parquet`, is passed over.  A `choice` is given by the names of its
        categories or by their indices.
    uncertainties
        Ranges that all rows must keep to, in the order that the futures will have.

    Returns
    -------
    GivenFutures
        In physical units, held in memory.

    Raises
    ------
    MalformedFile
        Not a table that can be read, a column missing, unknown or given twice, or a value
        that is missing, no number, outside its range or no category.  Names file, column and
        row; rows count from 1, without the header.
    StudyError
        No uncertainties, or two with one name.
    """
    path = Path(path)
    check_names([uncertainty.name for uncertainty in uncertainties])
    frame = _read(path)
    _check_columns(path, frame.columns, [uncertainty.name for uncertainty in uncertainties])
    if not len(frame):
        raise MalformedFile(f"{path}: there are no rows; give at least one future")
    columns = [_column(path, frame[each.name], each) for each in uncertainties]
    return GivenFutures(np.stack(columns, axis=1))


def _read(path: Path) -> pl.DataFrame:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise MalformedFile(f"{path}: futures are read from .csv or .parquet files; rename or convert it")
    try:
        if suffix == ".parquet":
            return pl.read_parquet(path)
        _check_header(path)
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise MalformedFile(f"{path}: cannot be read as a table of futures: {error}") from error


def _check_header(path: Path) -> None:
    """Find columns given twice, which the reader of CSV files would rename."""
    header = pl.read_csv(path, has_header=False, n_rows=1, infer_schema=False).row(0)
    twice = sorted({str(name) for name in header if header.count(name) > 1})
    if twice:
        raise MalformedFile(f"{path}: more than one column is called {', '.join(map(repr, twice))}")


def _check_columns(path: Path, found: list[str], wanted: list[str]) -> None:
    missing = [repr(name) for name in wanted if name not in found]
    unknown = [repr(name) for name in found if name not in wanted and name != _NUMBER]
    told = [f"no column for {', '.join(missing)}"] * bool(missing)
    told += [f"nobody knows column {', '.join(unknown)}"] * bool(unknown)
    if told:
        raise MalformedFile(
            f"{path}: {' and '.join(told)}; expected one column an uncertainty: {', '.join(wanted)}"
        )


def _column(path: Path, series: pl.Series, uncertainty: Uncertainty) -> PerFuture:
    """Turn one column into numbers that keep to the range."""
    empty = series.is_null()
    if empty.any():
        raise _wrong(path, uncertainty, empty, "there is no value")
    codes: dict[str, float] = {name: float(code) for code, name in enumerate(uncertainty.categories)}
    if series.dtype.is_numeric():
        numbers = series.cast(pl.Float64)
    else:
        text = series.cast(pl.String).str.strip_chars()
        parsed = text.cast(pl.Float64, strict=False)
        # A category whose name looks like a number is that category.
        named = text.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.Float64)
        numbers = named.fill_null(parsed) if codes else parsed
    value = numbers.fill_null(np.nan).to_numpy()
    low, high = float(uncertainty.low), float(uncertainty.high)
    bad = ~((value >= low) & (value <= high))
    expected = f"a number from {low:g} to {high:g}"
    if uncertainty.is_categorical:
        bad |= value != np.floor(value)
        expected = f"one of {', '.join(codes)}, or an index from 0 to {high:g}"
    if bad.any():
        found = series[int(bad.argmax())]
        raise _wrong(path, uncertainty, pl.Series(bad), f"expected {expected}, got {found!r}")
    return value


def _wrong(path: Path, uncertainty: Uncertainty, bad: pl.Series, what: str) -> MalformedFile:
    row, count = int(bad.arg_max() or 0) + 1, int(bad.sum())
    more = f" ({count} rows are wrong in this column)" if count > 1 else ""
    return MalformedFile(f"{path}, column {uncertainty.name!r}, row {row}: {what}{more}")
