"""Military capability of states since 1950: stocks at purchasing power, by domain, and what arrives where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.data.baseline import load_baseline, load_table
from kedge.security import DOMAINS, REACH_RULES, initial_stock, next_stock, price_multiplier, theatre_reach
from kedge.world import lookups
from kedge.world.parameters import default_parameters
from kedge.world.setting import domain_share
from kedge.world.state_codes import cow_codes, sipri_by_state

FIRST_YEAR = 1950
GROWTH = 0.02
"""Growth of spending before the first year on record, share a year: it sets the first stock (assumed)."""
REFERENCE = "USA"
DATA = ("baseline", "full")
SEA = DOMAINS.index("sea")


@dataclass(frozen=True)
class Panel:
    """Military spending and incomes of states by year, as observed.

    Parameters
    ----------
    spending
        iso3, year, musd (million US$ of one base year, or current US$), source.
    income
        iso3, year, income (current US$ a head).
    unit
        Of `musd`, in words.
    """

    spending: pl.DataFrame
    income: pl.DataFrame
    unit: str


def capability_panel(data: str = "baseline") -> Panel:
    """Join spending and incomes.

    Parameters
    ----------
    data
        `baseline`: the package's tables, ten years, current US$ (no network).  `full`: SIPRI at constant
        prices since 1949, filled from National Material Capabilities where SIPRI has no figure.

    Raises
    ------
    UnknownName
        No such data.
    FetchFailed, MalformedFile
        As the sources' readers.
    """
    if data not in DATA:
        raise UnknownName("data set", data, DATA)
    return _baseline_panel() if data == "baseline" else _full_panel()


def capability_stocks(panel: Panel) -> pl.DataFrame:
    """Accumulate spending into stocks at purchasing power, with the range that decay and prices leave.

    Returns
    -------
    DataFrame
        iso3, year, filled (share of years so far whose spending is not SIPRI's own), stock, low, high
        (billion US$ at the United States' prices), share, share_low, share_high (percent of all states).

    References
    ----------
    Perpetual inventory; purchasing power: Robertson (2022), "The real military balance", Review of
    Income and Wealth.

    Notes
    -----
    Gaps between years are filled in straight lines.  The first stock is that which the first year's
    spending would keep if it had grown by two percent a year.  Lows and highs are the least and the
    most at the ends of the ranges of decay and of the price elasticity.
    """
    known = {each.name: (each.low, each.high) for each in default_parameters()}
    decays, prices = known["depreciation"], known["price_elasticity"]
    middle = (sum(decays) / 2.0, sum(prices) / 2.0)
    corners = [(decay, price) for decay in decays for price in prices]
    incomes = _incomes(panel)
    frames = []
    for (iso3,), rows in panel.spending.sort("year").group_by("iso3", maintain_order=True):
        observed = rows["year"].to_numpy()
        years = np.arange(observed[0], observed[-1] + 1)
        spent = np.interp(years, observed, rows["musd"].to_numpy() / 1e3)
        own = np.isin(years, observed[rows["source"].to_numpy() == "sipri"])
        buys = _relative_income(incomes, str(iso3), years)
        columns = {"iso3": [iso3] * years.size, "year": years.astype(np.int32)}
        columns |= {"filled": 1.0 - np.cumsum(own) / np.arange(1, years.size + 1)}
        for k, each in enumerate((middle, *corners)):
            columns[f"at {k}"] = _stock_path(spent, buys, *each)
        frames.append(pl.DataFrame(columns))
    return _with_shares(pl.concat(frames).filter(pl.col("year") >= FIRST_YEAR), len(corners))


def _with_shares(table: pl.DataFrame, corners: int) -> pl.DataFrame:
    """Turn stocks at the middle and at the corners of the ranges into shares with their ends."""
    names = [f"at {k}" for k in range(corners + 1)]
    share = [100.0 * pl.col(name) / pl.col(name).sum().over("year") for name in names]
    return table.select(
        "iso3", "year", "filled", stock=pl.col(names[0]), low=pl.min_horizontal(names),
        high=pl.max_horizontal(names), share=share[0], share_low=pl.min_horizontal(share),
        share_high=pl.max_horizontal(share),
    ).sort("year", "stock", descending=[False, True])  # fmt: skip


def by_domain(table: pl.DataFrame) -> pl.DataFrame:
    """Spread stocks over domains (billion US$), by the shares of `domains.toml`: all assumed."""
    mix = np.array([domain_share(iso3) for iso3 in table["iso3"]])
    return table.with_columns(
        (pl.col("stock") * pl.Series(mix[:, d])).alias(domain) for d, domain in enumerate(DOMAINS)
    )


def arriving(table: pl.DataFrame, location: str, weights: Float[np.ndarray, " domain"]) -> pl.DataFrame:
    """Say what of each state's stock arrives at a place, by three rules of the loss of strength.

    Parameters
    ----------
    table
        One year of `capability_stocks`.
    location
        State in the package's table of distances; states that it lacks are left out.
    weights : share, [domain]
        What each domain counts for; they sum to one.

    Returns
    -------
    DataFrame
        iso3, km, stock, then `exponential`, `bueno_de_mesquita` and `lost_time`: weighed strength,
        billion US$.

    Raises
    ------
    UnknownName
        The table has no such place.
    """
    distances = distances_to(location)
    scale = {each.name: each for each in default_parameters()}["reach_km"]
    middle, total = float(np.sqrt(scale.low * scale.high)), float(table["stock"].sum())
    rows = []
    for iso3, stock in table.select("iso3", "stock").rows():
        if iso3 not in distances:
            continue
        unit = weights * np.array(domain_share(iso3))
        km, share = distances[iso3], max(stock / total, 1e-6)
        arrives = [
            sum(unit[d] * theatre_reach(km, middle, rule, share, d) for d in range(len(DOMAINS)))
            for rule in range(len(REACH_RULES))
        ]
        rows.append((iso3, km, stock, *(stock * float(each) for each in arrives)))
    return pl.DataFrame(rows, schema=["iso3", "km", "stock", *REACH_RULES], orient="row").sort(
        REACH_RULES[0], descending=True
    )


def reach_of(state: str, rule: str = REACH_RULES[0], share: float = 0.3) -> pl.DataFrame:
    """Say how much of a state's sea power arrives in every other state, percent; for maps.

    Parameters
    ----------
    state
        In the package's table of distances.
    rule
        One of `REACH_RULES`.
    share : share of all strength
        The state's, which the rule of Bueno de Mesquita uses.

    Raises
    ------
    UnknownName
        No such state or rule.
    """
    if rule not in REACH_RULES:
        raise UnknownName("rule of reach", rule, REACH_RULES)
    scale = {each.name: each for each in default_parameters()}["reach_km"]
    middle = float(np.sqrt(scale.low * scale.high))
    rows = [
        (iso3, 100.0 * theatre_reach(km, middle, REACH_RULES.index(rule), share, SEA))
        for iso3, km in distances_to(state).items()
    ]
    return pl.DataFrame(rows, schema=["iso3", "value"], orient="row")


def distances_to(location: str) -> dict[str, float]:
    """Give the distance of every state and region to a place, km; zero at home.

    Raises
    ------
    UnknownName
        The package's table of distances has no such place.
    """
    table = load_table("distances")
    known = {*table["iso3_a"], *table["iso3_b"]}
    if location not in known:
        raise UnknownName("place with distances", location, known)
    found = {location: 0.0}
    for a, b, km in table.select("iso3_a", "iso3_b", "km").rows():
        if location in (a, b):
            found[b if a == location else a] = float(km)
    return found


def check_year(table: pl.DataFrame, year: int) -> pl.DataFrame:
    """Give one year of a table of stocks.

    Raises
    ------
    DomainError
        The table has no such year.
    """
    found = table.filter(pl.col("year") == year)
    if found.is_empty():
        first, last = table["year"].min(), table["year"].max()
        raise DomainError(f"no stocks of {year}; the data run from {first} to {last}")
    return found


def _stock_path(
    spent: Float[np.ndarray, " year"], relative: Float[np.ndarray, " year"], decay: float, price: float
) -> Float[np.ndarray, " year"]:
    buys = np.array([price_multiplier(each, 1.0, price) for each in relative])
    stock = np.empty(spent.size)
    stock[0] = initial_stock(spent[:1] * buys[0], decay, GROWTH)
    for year in range(1, spent.size):
        stock[year] = next_stock(stock[year - 1], decay, buys[year] * spent[year])
    return stock


Incomes = dict[str, tuple[np.ndarray, np.ndarray]]


def _incomes(panel: Panel) -> Incomes:
    return {
        str(iso3): (rows["year"].to_numpy(), rows["income"].to_numpy())
        for (iso3,), rows in panel.income.sort("year").group_by("iso3", maintain_order=True)
    }


def _relative_income(incomes: Incomes, iso3: str, years: np.ndarray) -> Float[np.ndarray, " year"]:
    """Income a head relative to the United States'; years beyond the record have its nearest ratio."""
    if iso3 not in incomes or iso3 == REFERENCE:
        return np.ones(years.size)
    known, income = incomes[iso3]
    ratio = income / np.interp(known, *incomes[REFERENCE])
    return np.interp(years, known, ratio)


def _baseline_panel() -> Panel:
    baseline = load_baseline()
    states = baseline.economies.filter(pl.col("kind") == "state")["iso3"]
    spending = baseline.military_spending.filter(pl.col("iso3").is_in(states.implode())).drop_nulls("musd")
    rows = []
    for iso3 in states:
        gdp, people = lookups.economy(baseline, iso3, [])
        rows.append((iso3, 2024, gdp * 1000.0 / people))
    income = pl.DataFrame(rows, schema=["iso3", "year", "income"], orient="row")
    spending = spending.select("iso3", "year", "musd", source=pl.lit("sipri"))
    return Panel(spending, income, "current US$")


def _full_panel() -> Panel:
    from kedge.data.fetch import fetch
    from kedge.data.readers.geography import read_codelist
    from kedge.data.readers.security import read_nmc, read_sipri_milex, read_sipri_real
    from kedge.data.readers.world_bank import read_gdp_current, read_population

    path, codes = fetch("sipri-milex-2024"), read_codelist(fetch("countrycode-codelist"))
    real = sipri_by_state(read_sipri_real(path).filter(pl.col("musd_real") > 0), codes)
    current = sipri_by_state(read_sipri_milex(path).filter(pl.col("musd") > 0), codes)
    older = _at_prices_of(real, current, _from_nmc(read_nmc(fetch("cow-nmc-7")), codes))
    own = real.select("iso3", "year", musd="musd_real", source=pl.lit("sipri"))
    filled = older.join(own, on=["iso3", "year"], how="anti").with_columns(source=pl.lit("nmc"))
    spending = pl.concat([own, filled.select(own.columns).cast({"year": own.schema["year"]})])
    people = read_population(fetch("worldbank-population"))
    income = read_gdp_current(fetch("worldbank-gdp-current")).join(people, on=["iso3", "year"])
    income = income.select("iso3", "year", income=pl.col("gdp_usd") / pl.col("persons")).drop_nulls()
    return Panel(spending.sort("iso3", "year"), _with_missing(income), "constant US$ of SIPRI's base year")


def _from_nmc(frame: pl.DataFrame, codelist: pl.DataFrame) -> pl.DataFrame:
    """Give current million US$ by ISO code; of a divided state the half that spent more counts."""
    code = pl.col("ccode").replace_strict(cow_codes(codelist), default=None, return_dtype=pl.String)
    coded = frame.with_columns(iso3=code)
    known = coded.drop_nulls(["iso3", "milex_kusd"]).filter(pl.col("milex_kusd") > 0)
    rows = known.select("iso3", "year", musd=pl.col("milex_kusd") / 1e3)
    return rows.sort("musd", descending=True).unique(["iso3", "year"], keep="first", maintain_order=True)


def _at_prices_of(real: pl.DataFrame, current: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Bring current dollars to constant ones by what the United States' own figures imply of prices."""
    home = real.filter(iso3=REFERENCE).join(current.filter(iso3=REFERENCE), on="year")
    price = home.select("year", factor=pl.col("musd_real") / pl.col("musd"))
    return other.join(price, on="year").with_columns(musd=pl.col("musd") * pl.col("factor")).drop("factor")


def _with_missing(income: pl.DataFrame) -> pl.DataFrame:
    """Add the package's own incomes of states that the World Bank leaves out (Taiwan, North Korea)."""
    own = _baseline_panel().income
    missing = own.filter(~pl.col("iso3").is_in(income["iso3"].unique().implode()))
    return pl.concat([income, missing.cast({"year": income.schema["year"]})])
