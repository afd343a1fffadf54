"""The embedded baseline: small tables that let the main job run without a network."""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass
from importlib import resources

import polars as pl

from kedge.core.errors import MalformedFile, UnknownName
from kedge.data.readers.checks import require_columns

_TEXT, _REAL, _WHOLE = pl.String(), pl.Float64(), pl.Int32()

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "sources": dict.fromkeys(("key", "title", "publisher", "url", "licence", "citation", "retrieved"), _TEXT),
    "economies": {
        "iso3": _TEXT,
        "name": _TEXT,
        "kind": _TEXT,
        "us_treaty_ally": pl.Int8(),
        "gdp_busd": _REAL,
        "gdp_year": _WHOLE,
        "population_m": _REAL,
        "cinc": _REAL,
        "cinc_year": _WHOLE,
        "source": _TEXT,
    },
    "regions": dict.fromkeys(("region", "iso3", "source"), _TEXT),
    "states": dict.fromkeys(("iso3", "name", "source"), _TEXT),
    "gdp": {"iso3": _TEXT, "year": _WHOLE, "gdp_busd": _REAL, "source": _TEXT},
    "military_spending": {"iso3": _TEXT, "year": _WHOLE, "musd": _REAL, "share_gdp": _REAL, "source": _TEXT},
    "trade": {"exporter": _TEXT, "importer": _TEXT, "musd": _REAL, "source": _TEXT},
    "us_trade": {
        "partner": _TEXT,
        "iso3": _TEXT,
        "exports_musd": _REAL,
        "imports_musd": _REAL,
        "source": _TEXT,
    },
    "tariffs": {
        "measure": _TEXT,
        "economy": _TEXT,
        "sector": _TEXT,
        "rate": _REAL,
        "kind": _TEXT,
        "start": _TEXT,
        "end": _TEXT,
        "source": _TEXT,
        "note": _TEXT,
    },
    "tariff_goods": {
        **dict.fromkeys(("goods", "sector"), _TEXT),
        **dict.fromkeys(("share", "low", "high"), _REAL),
        **dict.fromkeys(("source", "note"), _TEXT),
    },
    "tariff_measures": {
        **dict.fromkeys(("measure", "kind", "importer", "exporters", "goods"), _TEXT),
        **dict.fromkeys(("rate", "coverage", "low", "high"), _REAL),
        **dict.fromkeys(("start", "end", "yields_to", "lifts", "status", "source", "note"), _TEXT),
    },
    "sector_elasticities": {
        **dict.fromkeys(("sector", "name", "set"), _TEXT),
        "elasticity": _REAL,
        "source": _TEXT,
    },
    "sector_links": {
        **dict.fromkeys(("iso3", "sector", "input"), _TEXT),
        "share": _REAL,
        "source": _TEXT,
    },
    "sector_members": {"sector": _TEXT, "isic": _TEXT, "weight": _REAL, "source": _TEXT},
    "sector_trade": {
        **dict.fromkeys(("exporter", "importer", "sector"), _TEXT),
        **dict.fromkeys(("musd", "tariff"), _REAL),
        "source": _TEXT,
    },
    "ties": {
        "state_a": _TEXT,
        "state_b": _TEXT,
        "layer": _TEXT,
        "type": _TEXT,
        "name": _TEXT,
        "since": _TEXT,
        "depth": _REAL,
        "source": _TEXT,
        "note": _TEXT,
    },
    "distances": {"iso3_a": _TEXT, "iso3_b": _TEXT, "km": _REAL, "source": _TEXT},
    "map_places": {"iso3": _TEXT, "drawn": _TEXT, "lon": _REAL, "lat": _REAL, "source": _TEXT},
    "ideal_points": {
        "mode": _TEXT,
        "iso3": _TEXT,
        "session": _WHOLE,
        "year": _WHOLE,
        "ideal_point": _REAL,
        "q05": _REAL,
        "q95": _REAL,
        "source": _TEXT,
    },
    "roll_call_es11_7": dict.fromkeys(("iso3", "vote", "source"), _TEXT),
    "us_troops": {"iso3": _TEXT, "year": _WHOLE, "personnel": pl.Int64(), "source": _TEXT},
    "allies": dict.fromkeys(("iso3", "group", "treaty", "since", "source", "note"), _TEXT),
    "ally_effort": {
        "iso3": _TEXT,
        "year": _WHOLE,
        "share_gdp": _REAL,
        "musd_real": _REAL,
        "source": _TEXT,
    },
    "ally_ties": {
        **dict.fromkeys(("state_a", "state_b", "layer", "type", "name", "since", "until"), _TEXT),
        "depth": _REAL,
        "source": _TEXT,
        "note": _TEXT,
    },
    "ally_troops": {"iso3": _TEXT, "year": _WHOLE, "personnel": pl.Int64(), "source": _TEXT},
    "arms_deliveries": {
        "supplier": _TEXT,
        "recipient": _TEXT,
        "year": _WHOLE,
        "tiv": _REAL,
        "source": _TEXT,
    },
    "obligations": dict.fromkeys(
        ("state_a", "state_b", "treaty", "kind", "since", "clause", "scope", "source", "note"), _TEXT
    ),
    "patron_signals": {
        **dict.fromkeys(("date", "counts_from", "kind", "name", "theatre", "favours", "cost_class"), _TEXT),
        **dict.fromkeys(("cost", "hands", "prioritiser_low", "prioritiser_high"), _REAL),
        **dict.fromkeys(("restrainer_low", "restrainer_high"), _REAL),
        **dict.fromkeys(("source", "note"), _TEXT),
    },
    "events": dict.fromkeys(
        ("series", "date_start", "date_end", "name", "kind", "place", "url", "source", "note"), _TEXT
    ),
}


@dataclass(frozen=True)
class Baseline:
    """Every embedded table; columns, units and sources are in docs/data.md.

    Parameters
    ----------
    economies
        One row an economy: a state or a rest-of-world region.
    regions
        Which economies each region stands for.
    states
        Names of states and territories by ISO code.
    gdp, military_spending
        Ten years; US$ billion, US$ million and percent of GDP.
    trade : million US$
        Goods, 2023, between economies; a region's inner trade has exporter == importer.
    us_trade : million US$
        US goods trade of 2024 by partner.
    tariffs : share, ad valorem
        US measures of 2025 and 2026, with dates and legal source.
    tariff_goods : share
        How much of a sector's trade is of a group of goods that measures name.
    tariff_measures : share, ad valorem
        Measures of the United States, China, the European Union and Canada with their rules of stacking.
    sector_trade : million US$ before duty; share
        Trade of 2020 between 21 economies in 17 sectors, own trade included, with applied tariffs.
    sector_links : share of gross output
        What each sector of each economy spends on value added and on each input.
    sector_elasticities
        Trade elasticities of the sectors, by set.
    sector_members : share
        ISIC sectors that each is made of.
    ties
        Obligations, access, logistics, exercises, bases, arms and trade agreements.
    distances : km
        One row a pair, iso3_a < iso3_b.
    map_places : degrees east and north
        How each state is drawn on the map: by its outline, or by a circle at its capital.
    ideal_points
        Kedge's own estimates: best mode since session 46, published mode since session 70.
    roll_call_es11_7
        Votes on UN General Assembly resolution ES-11/7.
    us_troops : persons
    allies
        Treaty allies of the United States by group, and the partners that their ties lead to.
    ally_effort : percent of GDP; million US$ at constant prices
        Military spending of allies, 2010-2024.
    ally_ties
        Dated defence ties of allies beyond those of `ties`.
    ally_troops : persons
        US active-duty personnel by ally and year, 2010-2024.
    arms_deliveries : million trend-indicator values
        Major arms delivered to allies by supplier and year, 2010-2025.
    obligations
        What treaties and declarations in force oblige pairs of states to do, with clause and scope.
    patron_signals
        Dated signals of the patron with assumed likelihood ratios against a primacist.
    events
        Dated joint activities of China and Russia.
    sources
        What stands behind every source key.
    """

    economies: pl.DataFrame
    regions: pl.DataFrame
    states: pl.DataFrame
    gdp: pl.DataFrame
    military_spending: pl.DataFrame
    trade: pl.DataFrame
    us_trade: pl.DataFrame
    tariffs: pl.DataFrame
    tariff_goods: pl.DataFrame
    tariff_measures: pl.DataFrame
    sector_elasticities: pl.DataFrame
    sector_links: pl.DataFrame
    sector_members: pl.DataFrame
    sector_trade: pl.DataFrame
    ties: pl.DataFrame
    distances: pl.DataFrame
    map_places: pl.DataFrame
    ideal_points: pl.DataFrame
    roll_call_es11_7: pl.DataFrame
    us_troops: pl.DataFrame
    allies: pl.DataFrame
    ally_effort: pl.DataFrame
    ally_ties: pl.DataFrame
    ally_troops: pl.DataFrame
    arms_deliveries: pl.DataFrame
    obligations: pl.DataFrame
    patron_signals: pl.DataFrame
    events: pl.DataFrame
    sources: pl.DataFrame


def load_table(name: str) -> pl.DataFrame:
    """Read one embedded table, its columns and types checked.

    Raises
    ------
    UnknownName
        No embedded table is called that.
    MalformedFile
        The table that came with the package has been changed and no longer fits.

    Examples
    --------
    >>> load_table("roll_call_es11_7").group_by("vote").len().sort("len").rows()
    [('absent', 17), ('no', 18), ('abstain', 65), ('yes', 93)]
    """
    if name not in SCHEMAS:
        raise UnknownName("embedded table", name, SCHEMAS)
    return _load(name)


def load_baseline() -> Baseline:
    """Read every embedded table and check that each row's sources are known.

    Raises
    ------
    MalformedFile
        A table does not fit its schema, or a row names a source nobody knows.
    """
    tables = {name: load_table(name) for name in SCHEMAS}
    known = set(tables["sources"].get_column("key"))
    for name, table in tables.items():
        if name != "sources":
            check_sources(name, table, known)
    return Baseline(**tables)


def baseline_checksums() -> dict[str, str]:
    """Hash the bytes of every embedded table (hexadecimal SHA-256), by table name."""
    return {name: hashlib.sha256(_bytes(name)).hexdigest() for name in sorted(SCHEMAS)}


def state_name(iso3: str) -> str:
    """Name a state, territory or region of the baseline by its code.

    Raises
    ------
    UnknownName
        No table knows the code.

    Examples
    --------
    >>> state_name("JPN")
    'Japan'
    """
    names = _names()
    if iso3 not in names:
        raise UnknownName("state", iso3, names)
    return names[iso3]


def parse_table(name: str, raw: bytes) -> pl.DataFrame:
    """Read the bytes of one table as its schema says; see `load_table`."""
    schema = SCHEMAS[name]
    where = f"embedded table {name}.csv"
    try:
        frame = pl.read_csv(io.BytesIO(raw), schema_overrides=schema)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        first = (str(error).splitlines() or [""])[0]
        raise MalformedFile(f"{where}: does not fit its schema ({first}); reinstall the package") from error
    require_columns(frame.columns, schema, where)
    # Polars takes an empty cell for missing; in a text column it is an empty note.
    return frame.select(list(schema)).with_columns(pl.col(pl.String).fill_null(""))


def check_sources(name: str, table: pl.DataFrame, known: set[str]) -> None:
    """Raise unless every key in the `source` column (joined by `+`) is among the known ones."""
    cells = table.get_column("source").unique().to_list()
    unknown = sorted({key for cell in cells for key in (cell or "(none)").split("+")} - known)
    if unknown:
        raise MalformedFile(
            f"embedded table {name}.csv: source {unknown[0]!r} is not in sources.csv; "
            f"rebuild the tables with `make baseline`"
        )


@functools.cache
def _load(name: str) -> pl.DataFrame:
    return parse_table(name, _bytes(name))


@functools.cache
def _names() -> dict[str, str]:
    return dict(load_table("states").select("iso3", "name").rows())


def _bytes(name: str) -> bytes:
    return resources.files("kedge.data").joinpath("baseline", f"{name}.csv").read_bytes()
