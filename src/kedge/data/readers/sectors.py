"""Trade of many sectors: OECD and WIOD cubes, the NAFTA data of Caliendo & Parro, seven regions of 2017."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import MalformedFile
from kedge.data.readers.checks import read_csv, to_numbers

MILLION = 1e6
REST = "XRW"

DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError)
"""What h5py raises on damaged files."""


@dataclass(frozen=True)
class SectorTables:
    """What is observed of a world of many sectors.

    Parameters
    ----------
    iso3, names
        Economies, in the order of every axis; the rest of the world is `XRW`.
    sectors, sector_names
    flows : current US$
        At the seller's prices, before duty; own trade on the diagonal.
    tariffs : share, ad valorem
        Applied; zero on the diagonal.
    elasticities
        Trade elasticity of each sector, by source.
    value_added, inputs : share of gross output
        Where the source has input-output links, else None; [economy, sector], [economy, input, sector].
    scenarios : share, ad valorem
        Other tariffs that come with the source, by name.
    """

    iso3: tuple[str, ...]
    names: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_names: tuple[str, ...]
    flows: Float[np.ndarray, "exporter importer sector"]
    tariffs: Float[np.ndarray, "exporter importer sector"]
    elasticities: Mapping[str, Float[np.ndarray, " sector"]]
    value_added: Float[np.ndarray, "economy sector"] | None = None
    inputs: Float[np.ndarray, "economy input sector"] | None = None
    scenarios: Mapping[str, Float[np.ndarray, "exporter importer sector"]] = field(default_factory=dict)

    @property
    def links(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Value added and inputs together, where the source has both."""
        both = (self.value_added, self.inputs)
        return None if both[0] is None or both[1] is None else (both[0], both[1])


WIOD_NAMES = {
    4: "Wood and its products", 5: "Paper and printing", 6: "Coke and refined petroleum",
    7: "Chemicals, pharmaceuticals", 8: "Rubber and plastics", 9: "Non-metallic minerals",
    10: "Basic and fabricated metals", 11: "Electronic, optical and electrical equipment",
}  # fmt: skip
"""What flows of WIOD's cubes hold at these places, whatever the cubes call them."""
WIOD_LABELS = {4: (4,), 5: (4,), 6: (5,), 7: (6,), 8: (7,), 9: (7,), 10: (8, 9), 11: (10, 11)}
"""Where the cubes keep the tariffs and elasticities of the same goods."""
WIOD_MARK = "Wood, paper, printing"
IN_ORDER_OF_FLOWS = ("IS",)


def read_cube(path: Path) -> SectorTables:
    """Read a cube of the package tariffwar: OECD ICIO 2011-2022 or WIOD 2000-2014.

    Parameters
    ----------
    path
        MATLAB file of version 7.3 (HDF5): million US$, shares; stored as [sector, importer, exporter].

    Raises
    ------
    MalformedFile
        The file is not HDF5, lacks a part, or its parts do not fit one another.

    Notes
    -----
    WIOD's cubes name sectors 5 to 12, and keep tariffs and elasticities, by another list than their
    flows (docs/trade-sectors.md says how that shows); here all follow the flows, and goods that
    the labels split get the plain mean of both.

    References
    ----------
    Lashkaripour (2021), J. International Economics 131; OECD ICIO 2023 edition; WIOD 2016 release
    (Timmer et al. 2015); tariffs: Teti (2024).
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            data = _part(path, file, "data")
            flows, tariffs = (np.asarray(_part(path, data, name)) for name in ("Xjik_3D", "tjik_3D"))
            codes, sectors = (
                _words(path, file, _part(path, data, name)) for name in ("countries", "sectors")
            )
            sigma = _part(path, data, "sigma")
            elasticities = {
                name: np.asarray(_part(path, sigma[name], "epsilon_S"), np.float64).ravel() for name in sigma
            }
    except DAMAGE as error:
        raise MalformedFile(
            f"{path}: not a MATLAB 7.3 (HDF5) file, or damaged ({error}); fetch it anew"
        ) from error
    iso3 = tuple(REST if code == "ROW" else code for code in codes)
    short = _sector_codes(sectors)
    found = SectorTables(
        iso3, iso3, short, sectors,
        np.ascontiguousarray(flows.transpose(2, 1, 0)) * MILLION,
        np.ascontiguousarray(tariffs.transpose(2, 1, 0)),
        elasticities,
    )  # fmt: skip
    return check_tables(path, _realigned(found) if found.sector_names[4:5] == (WIOD_MARK,) else found)


def _realigned(found: SectorTables) -> SectorTables:
    """Bring names, tariffs and elasticities of a WIOD cube to the order of its flows."""
    from_labels = [WIOD_LABELS.get(k, (k,)) for k in range(len(found.sectors))]

    def moved(values: np.ndarray) -> np.ndarray:
        return np.stack([values[..., list(at)].mean(axis=-1) for at in from_labels], axis=-1)

    sets = {
        name: values if name in IN_ORDER_OF_FLOWS else moved(values)
        for name, values in found.elasticities.items()
    }
    names = tuple(WIOD_NAMES.get(k, name) for k, name in enumerate(found.sector_names))
    return replace(found, sector_names=names, tariffs=moved(found.tariffs), elasticities=sets)


def _part(path: Path, group: Any, name: str) -> Any:
    if name not in group:
        raise MalformedFile(f"{path}: lacks {name!r}; is it a cube of the package tariffwar?")
    return group[name]


def _words(path: Path, file: Any, references: Any) -> tuple[str, ...]:
    """Read a MATLAB cell array of strings."""
    try:
        return tuple("".join(map(chr, np.asarray(file[each]).ravel())) for each in references[0])
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise MalformedFile(f"{path}: names of economies or sectors cannot be read ({error})") from error


def _sector_codes(names: tuple[str, ...]) -> tuple[str, ...]:
    """Give short codes: the OECD's own, or W01 to W15; services are SERV."""
    return tuple(
        "SERV"
        if name.startswith("Services")
        else (name if " " not in name and len(name) <= 8 else f"W{k:02d}")
        for k, name in enumerate(names, 1)
    )


# fmt: off
NAFTA = (
    "ARG", "AUS", "AUT", "BRA", "CAN", "CHL", "CHN", "DNK", "FIN", "FRA", "DEU", "GRC", "HUN", "IND",
    "IDN", "IRL", "ITA", "JPN", "KOR", "MEX", "NLD", "NZL", "NOR", "PRT", "ZAF", "ESP", "SWE", "TUR",
    "GBR", "USA", "XRW",
)
# fmt: on
# fmt: off
NAFTA_SECTORS = (
    "Agriculture", "Mining", "Food", "Textile", "Wood", "Paper", "Petroleum", "Chemicals", "Plastic",
    "Minerals", "Basic metals", "Metal products", "Machinery n.e.c.", "Office", "Electrical",
    "Communication", "Medical", "Auto", "Other transport", "Other", "Electricity", "Construction",
    "Retail", "Hotels", "Land transport", "Water transport", "Air transport", "Aux transport", "Post",
    "Finance", "Real estate", "Renting machinery", "Computer", "R&D", "Other business", "Public",
    "Education", "Health", "Other services", "Private",
)
# fmt: on
TRADED = 20
SERVICES_ELASTICITY = 8.22


def read_nafta(files: Mapping[str, Path]) -> SectorTables:
    """Read the inputs of Caliendo & Parro (2015): 31 economies, 20 traded sectors and 20 that are not.

    Parameters
    ----------
    files
        Paths by name: `xbilat1993` (thousand US$, rows sector by importer, columns exporters),
        `tariffs1993`, `tariffs2005` (percent, likewise), `IO` (shares of inputs, rows economy by input),
        `B` (value added over gross output), `GO` (gross output, US$), `T` (trade elasticities).

    Returns
    -------
    SectorTables
        Gross output is raised to exports where the source has less; own trade is what is left.  The
        scenario `nafta` has the tariffs of 2005 among Canada, Mexico and the United States.

    Raises
    ------
    MalformedFile
        A file has another shape, or a cell that is not a number.

    References
    ----------
    Caliendo & Parro (2015), Review of Economic Studies 82(1), and its replication files.
    """
    size, count = len(NAFTA), len(NAFTA_SECTORS)
    shapes = {
        "xbilat1993": (TRADED * size, size), "tariffs1993": (TRADED * size, size),
        "tariffs2005": (TRADED * size, size), "IO": (size * count, count), "B": (count, size),
        "GO": (count, size), "T": (TRADED, 1),
    }  # fmt: skip
    read = {name: _table(files[name], shape) for name, shape in shapes.items()}
    flows, before, after = (
        _traded(read[name], size, count) for name in ("xbilat1993", "tariffs1993", "tariffs2005")
    )
    flows *= 1000.0
    output = np.maximum(read["GO"].T, flows.sum(axis=1))
    at = np.arange(size)
    flows[at, at] = output - flows.sum(axis=1)
    tariffs = before / 100.0
    members = [NAFTA.index(code) for code in ("CAN", "MEX", "USA")]
    nafta = tariffs.copy()
    nafta[np.ix_(members, members)] = after[np.ix_(members, members)] / 100.0
    nafta[at, at] = 0.0
    added = read["B"].T
    inputs = read["IO"].reshape(size, count, count) * (1.0 - added)[:, None, :]
    theta = np.concatenate([read["T"].ravel(), np.full(count - TRADED, SERVICES_ELASTICITY)])
    codes = tuple(f"S{k:02d}" for k in range(1, count + 1))
    found = SectorTables(
        NAFTA, NAFTA, codes, NAFTA_SECTORS, flows, tariffs, {"CP": theta}, added,
        inputs, {"nafta": nafta},
    )  # fmt: skip
    return check_tables(files["xbilat1993"], found)


def read_numbers(path: Path) -> Float[np.ndarray, "row column"]:
    """Read a bare table of finite numbers.

    Raises
    ------
    MalformedFile
        It is empty, ragged, or a cell is not a finite number.
    """
    try:
        if not path.read_bytes().strip():
            raise MalformedFile(f"{path}: is empty; expected rows of numbers")
        found = np.loadtxt(path, ndmin=2)
    except (ValueError, OSError) as error:
        raise MalformedFile(f"{path}: expected rows of numbers, all of one length ({error})") from error
    if not np.isfinite(found).all():
        raise MalformedFile(f"{path}: a cell is not a finite number")
    return found


def _table(path: Path, shape: tuple[int, int]) -> np.ndarray:
    found = read_numbers(path)
    if found.shape != shape:
        raise MalformedFile(f"{path}: expected {shape[0]} rows of {shape[1]} numbers, found {found.shape}")
    return found


def _traded(table: np.ndarray, size: int, count: int) -> np.ndarray:
    """Turn rows of sector by importer into [exporter, importer, sector], with nothing traded in services."""
    out = np.zeros((size, size, count))
    out[:, :, :TRADED] = table.reshape(TRADED, size, size).transpose(2, 1, 0)
    return out


def read_seven(files: Mapping[str, Path]) -> SectorTables:
    """Read the teaching set of 2017: seven regions, 44 sectors, US and Chinese trade-war tariffs.

    Parameters
    ----------
    files
        Paths by name: `TradeFlow2017` (million US$), `tariff_prewar2017` (shares), `IOshare`, `vashare`,
        `cal_elasticities`, `tariff_Trump`, `tariff_China`.

    Returns
    -------
    SectorTables
        Scenarios `us` (US on China) and `war` (and China on the US); the rates come on top.

    Raises
    ------
    MalformedFile
        A column is missing, a cell is not a number, or a pair is missing.
    """
    codes = ("BRA", "CHN", "EU", "IND", "JPN", "ROW", "USA")
    trade = _long(files["TradeFlow2017"], ("iso_o", "iso_d", "indcode"), "tradevalue")
    count = int(trade["indcode"].cast(pl.Int64).max() or 0)  # pyright: ignore[reportArgumentType]
    spread = _Spread(codes, count)
    flows = spread.pairs(files["TradeFlow2017"], trade, "tradevalue") * MILLION
    before = _long(files["tariff_prewar2017"], ("iso_o", "iso_d", "indcode"), "AHS_simple")
    tariffs = spread.pairs(files["tariff_prewar2017"], before, "AHS_simple")
    tariffs[np.arange(len(codes)), np.arange(len(codes))] = 0.0
    added = spread.own(files["vashare"], _long(files["vashare"], ("iso_o", "indcode"), "vashare"), "vashare")
    shares = spread.links(
        files["IOshare"], _long(files["IOshare"], ("iso_o", "input_ind", "output_ind"), "valueshare")
    )
    shares /= np.where(shares.sum(axis=1) > 0, shares.sum(axis=1), 1.0)[:, None, :]
    scenarios = _war(files, tariffs, codes)
    theta = _elasticities(files["cal_elasticities"], count)
    iso3 = tuple({"EU": "XEU", "ROW": REST}.get(code, code) for code in codes)
    names = tuple(f"S{k:02d}" for k in range(1, count + 1))
    found = SectorTables(
        iso3, iso3, names, names, flows, tariffs, {"calibrated": theta}, added,
        shares * (1.0 - added)[:, None, :], scenarios,
    )  # fmt: skip
    return check_tables(files["TradeFlow2017"], found)


@dataclass(frozen=True)
class _Spread:
    """Spreads long tables over economies and sectors."""

    codes: tuple[str, ...]
    count: int

    def _at(self, path: Path, table: pl.DataFrame, columns: tuple[str, ...]) -> tuple[np.ndarray, ...]:
        out = []
        for column in columns:
            if column.startswith("iso"):
                place = {code: k for k, code in enumerate(self.codes)}
                found = [place.get(code, -1) for code in table[column].to_list()]
            else:
                found = [int(value) - 1 for value in table[column].to_list()]
            at = np.array(found)
            limit = len(self.codes) if column.startswith("iso") else self.count
            if ((at < 0) | (at >= limit)).any():
                wrong = table[column].to_list()[int(((at < 0) | (at >= limit)).argmax())]
                raise MalformedFile(f"{path}: column {column}: {wrong!r} is no code of this set")
            out.append(at)
        return tuple(out)

    def pairs(self, path: Path, table: pl.DataFrame, value: str) -> np.ndarray:
        """Spread over exporter, importer, sector."""
        at = self._at(path, table, ("iso_o", "iso_d", "indcode"))
        out = np.zeros((len(self.codes), len(self.codes), self.count))
        out[at] = table[value].to_numpy()
        return out

    def own(self, path: Path, table: pl.DataFrame, value: str) -> np.ndarray:
        """Spread over economy, sector."""
        out = np.ones((len(self.codes), self.count))
        out[self._at(path, table, ("iso_o", "indcode"))] = table[value].to_numpy()
        return out

    def links(self, path: Path, table: pl.DataFrame) -> np.ndarray:
        """Spread over economy, input, using sector."""
        out = np.zeros((len(self.codes), self.count, self.count))
        out[self._at(path, table, ("iso_o", "input_ind", "output_ind"))] = table["valueshare"].to_numpy()
        return out


def read_by_sector(path: Path) -> pl.DataFrame:
    """Read one table of the set of 2017 as it is: text keys, the last column a number or blank.

    Raises
    ------
    MalformedFile
        Not a table, or a value that is not a number.
    """
    table = read_csv(path, ())
    return to_numbers(table, (table.columns[-1],), path, blank_is_null=True)


def _long(path: Path, keys: tuple[str, ...], value: str) -> pl.DataFrame:
    table = read_csv(path, (*keys, value))
    return to_numbers(table.select(*keys, value), (value,), path)


def _elasticities(path: Path, count: int) -> np.ndarray:
    table = read_csv(path, ())
    columns = [name for name in table.columns if "theta" in name]
    if not columns or table.height < count:
        raise MalformedFile(f"{path}: expected {count} rows with a column theta")
    try:
        return np.array([float(each) for each in table[columns[0]].to_list()[:count]])
    except ValueError as error:
        raise MalformedFile(f"{path}: column theta: {error}") from error


def _war(files: Mapping[str, Path], tariffs: np.ndarray, codes: tuple[str, ...]) -> dict[str, np.ndarray]:
    us, china = codes.index("USA"), codes.index("CHN")
    count = tariffs.shape[2]
    rates = {name: _rates(files[name], count) for name in ("tariff_Trump", "tariff_China")}
    one = tariffs.copy()
    for sector, rate in rates["tariff_Trump"].items():
        one[china, us, sector - 1] += rate
    both = one.copy()
    for sector, rate in rates["tariff_China"].items():
        both[us, china, sector - 1] += rate
    return {"us": one, "war": both}


def _rates(path: Path, count: int) -> dict[int, float]:
    """Read a table of rates by sector; a blank is none."""
    table = read_csv(path, ("indcode",))
    value = next((column for column in table.columns if column != "indcode"), "indcode")
    kept = to_numbers(table.filter(pl.col(value).str.strip_chars() != ""), ("indcode", value), path)
    found = {int(k): rate for k, rate in kept.select("indcode", value).iter_rows()}
    if not all(1 <= k <= count for k in found):
        raise MalformedFile(f"{path}: column indcode should hold sectors from 1 to {count}")
    return found


def check_tables(path: Path, found: SectorTables) -> SectorTables:
    """Refuse tables that cannot be a world.

    Raises
    ------
    MalformedFile
        Shapes do not fit, a number is missing or negative, a code stands twice, or an economy neither
        buys nor sells.
    """
    size, count = len(found.iso3), len(found.sectors)
    shape = (size, size, count)
    for name, values in (("flows", found.flows), ("tariffs", found.tariffs), *found.scenarios.items()):
        if values.shape != shape:
            raise MalformedFile(
                f"{path}: {name} should be {shape} (exporter, importer, sector), found {values.shape}"
            )
        if not np.isfinite(values).all():
            raise MalformedFile(f"{path}: {name} hold a cell that is not a finite number")
        if (values < 0).any():
            raise MalformedFile(f"{path}: {name} hold a negative number")
    _check_codes(path, found)
    return found


def _check_codes(path: Path, found: SectorTables) -> None:
    if len(set(found.iso3)) != len(found.iso3) or len(set(found.sectors)) != len(found.sectors):
        raise MalformedFile(f"{path}: a code of an economy or a sector stands twice")
    if np.einsum("iik->ik", found.tariffs).any():
        raise MalformedFile(f"{path}: an economy taxes its own goods")
    for name, values in found.elasticities.items():
        if values.shape != (len(found.sectors),) or not (values > 0).all():
            raise MalformedFile(
                f"{path}: elasticities {name} should be {len(found.sectors)} numbers above zero"
            )
