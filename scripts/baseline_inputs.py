"""Everything the baseline is made from, read once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import polars as pl

from kedge.data.catalogue import find_source, load_catalogue
from kedge.data.fetch import fetch
from kedge.data.readers.geography import match_names
from kedge.data.readers.security import read_sipri_real
from kedge.data.readers.trade import LiberationDayData, read_liberation_day

COMPILED = Path(__file__).parent / "compiled"
FIRST_YEAR, LAST_YEAR = 2015, 2024
UNUSED = ("desta", "dcad-1", "mme-7", "cow-alliances-4.1")
MATRIX = ("baci2023-194-labels", "baci2023-194-gdp", "baci2023-194-flows", "liberation-day-tariffs")


@dataclass(frozen=True)
class Inputs:
    """Tables of the sources, and which economies and regions the baseline has."""

    economies: pl.DataFrame
    members: dict[str, tuple[str, ...]]
    matrix: LiberationDayData
    tables: dict[str, pl.DataFrame]
    iso3_of_ccode: dict[int, str]
    milex: pl.DataFrame
    milex_real: pl.DataFrame
    arms: pl.DataFrame
    us_trade: pl.DataFrame

    @property
    def states(self) -> list[str]:
        return self.economies.filter(pl.col("kind") == "state").get_column("iso3").to_list()

    @property
    def codes(self) -> list[str]:
        return self.economies.get_column("iso3").to_list()


def read_inputs() -> Inputs:
    """Fetch (mirror, cache or publisher) and read every source."""
    paths = {key: fetch(key) for key in load_catalogue() if key not in UNUSED}
    tables = {key: _read(key, path) for key, path in paths.items() if key not in MATRIX}
    codelist = tables["countrycode-codelist"]
    milex = tables["sipri-milex-2024"].filter(pl.col("name") != "USSR")
    real = read_sipri_real(paths["sipri-milex-2024"]).filter(pl.col("name") != "USSR")
    us_trade = tables["us-goods-trade-2024"]
    economies = compiled("economies").with_columns(pl.col("us_treaty_ally").cast(pl.Int8))
    states = economies.filter(pl.col("kind") == "state").get_column("iso3")
    members = {code: (code,) for code in states}
    for region, *_ in compiled("regions").unique("region").sort("region").rows():
        members[region] = tuple(compiled("regions").filter(pl.col("region") == region).get_column("iso3"))
    return Inputs(
        economies=economies,
        members=members,
        matrix=read_liberation_day(*(paths[key] for key in MATRIX)),
        tables=tables,
        iso3_of_ccode={
            ccode: iso3 for iso3, ccode in codelist.select("iso3", "ccode").rows() if ccode is not None
        },
        milex=_with_iso3(milex, "name", codelist),
        milex_real=_with_iso3(real, "name", codelist),
        arms=_arms(tables["sipri-arms-2026"], codelist),
        us_trade=_with_iso3(us_trade, "partner", codelist),
    )


def compiled(name: str) -> pl.DataFrame:
    """Read one hand-compiled table, every column text."""
    return pl.read_csv(COMPILED / f"{name}.csv", infer_schema=False).fill_null("")


def _read(key: str, path: Path) -> pl.DataFrame:
    module, function = find_source(key).reader.split(":")
    return getattr(import_module(module), function)(path)


def _with_iso3(frame: pl.DataFrame, column: str, codelist: pl.DataFrame) -> pl.DataFrame:
    names = sorted(set(frame.get_column(column)))
    found = match_names(names, codelist) | {"Micronesia": "FSM"}
    codes = pl.col(column).replace_strict(found, default=None, return_dtype=pl.String)
    return frame.with_columns(iso3=codes).filter(pl.col("iso3").is_not_null())


def _arms(frame: pl.DataFrame, codelist: pl.DataFrame) -> pl.DataFrame:
    """Give suppliers and recipients their codes; rebels, groups of states and the unknown drop out."""
    # `Soviet Union` and the like are other states than those of the years that the baseline has.
    frame = frame.filter(pl.col("year") >= 2010)
    for side in ("supplier", "recipient"):
        frame = frame.filter(~pl.col(side).str.ends_with("*"))
        frame = _with_iso3(frame, side, codelist).rename({"iso3": f"{side}_iso3"})
    return frame
