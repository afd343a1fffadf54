"""Output, population, capability, spending, troops, votes and distances of the baseline's economies."""

from __future__ import annotations

import json
import math
from pathlib import Path

import polars as pl
from baseline_inputs import FIRST_YEAR, LAST_YEAR, Inputs, compiled

from kedge.order import estimate_published, fit_positions, gather_roll_calls

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
MATRIX_YEAR = 2023
ES11_7 = "4076672"
WORLD_MAP = Path(__file__).parent.parent / "src" / "kedge" / "data" / "baseline" / "world_map.json"
WB, SIPRI, NMC = "worldbank-gdp-current", "sipri-milex-2024", "cow-nmc-7"
REAL = "worldbank-gdp-constant"


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Round to significant digits."""
    if value is None or value == 0.0:
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def build_economies(inputs: Inputs) -> pl.DataFrame:
    """One row an economy; GDP of the trade year, so that GDP and trade belong together."""
    gdp = dict(zip(inputs.matrix.iso3, inputs.matrix.gdp / 1e9, strict=True))
    people = _latest(inputs.tables["worldbank-population"], "persons")
    cinc = _cinc(inputs)
    rows = []
    for iso3, name, kind, ally in inputs.economies.rows():
        members = inputs.members[iso3]
        busd, population, source = _outputs(inputs, iso3, gdp, people)
        shares = [cinc[m] for m in members if m in cinc]
        rows.append(
            (
                iso3,
                name,
                kind,
                ally,
                rounded(busd),
                MATRIX_YEAR,
                rounded(population),
                rounded(sum(shares)),
                2022,
                source,
            )
        )
    schema = [
        "iso3",
        "name",
        "kind",
        "us_treaty_ally",
        "gdp_busd",
        "gdp_year",
        "population_m",
        "cinc",
        "cinc_year",
    ]
    return pl.DataFrame(rows, schema=[*schema, "source"], orient="row")


def build_gdp(inputs: Inputs) -> pl.DataFrame:
    """Ten years of GDP; the last one from the growth SIPRI's own figures imply."""
    series = {
        iso3: _gdp_series(inputs, iso3) for iso3 in sorted({m for ms in inputs.members.values() for m in ms})
    }
    rows = []
    for code in inputs.codes:
        known = [series[m] for m in inputs.members[code] if series[m]]
        for year in YEARS:
            values = [_at(each, year) for each in known]
            if values:
                rows.append((code, year, rounded(sum(values)), _gdp_source(code, year)))
    return pl.DataFrame(rows, schema=["iso3", "year", "gdp_busd", "source"], orient="row")


def build_military_spending(inputs: Inputs, gdp: pl.DataFrame) -> pl.DataFrame:
    """Ten years of military spending; regions are sums over members that report."""
    sipri = {(iso3, year): (musd, share) for iso3, year, musd, share in _sipri_rows(inputs)}
    nmc = _nmc_spending(inputs)
    output = {(iso3, year): busd for iso3, year, busd, _ in gdp.rows()}
    hand = {row[0]: row for row in compiled("military_spending_by_hand").rows()}
    rows = []
    for code in inputs.codes:
        if code in hand:
            _, musd, share, source = hand[code]
            rows.extend((code, year, float(musd), float(share), source) for year in YEARS)
            continue
        members = inputs.members[code]
        for year in YEARS:
            found = [_spending(m, year, sipri, nmc) for m in members]
            known = [each for each in found if each is not None]
            if not known:
                rows.append((code, year, None, None, SIPRI))
                continue
            musd = sum(amount for amount, _ in known)
            share = sipri.get((code, year), (None, None))[1] or _share(musd, output.get((code, year)))
            source = "+".join(sorted({source for _, source in known}))
            rows.append((code, year, rounded(musd), rounded(share, 3), source))
    return pl.DataFrame(
        rows, schema=["iso3", "year", "musd", "share_gdp", "source"], orient="row", infer_schema_length=None
    )


def build_us_troops(inputs: Inputs) -> pl.DataFrame:
    """US active-duty personnel in each state of the baseline, latest year."""
    frame = inputs.tables["us-troops"].filter(pl.col("iso3").is_in(inputs.states))
    frame = frame.filter(pl.col("year") == pl.col("year").max()).sort("iso3")
    return frame.select("iso3", "year", "personnel", source=pl.lit("us-troops"))


def build_ideal_points(inputs: Inputs) -> pl.DataFrame:
    """Estimate where states stand, in both modes, from all recorded votes."""
    calls = gather_roll_calls(inputs.tables["un-ga-voting"])
    best = fit_positions(calls).unwrap().positions.table()
    published = estimate_published(calls).table()
    tables = (("best", 46, best), ("published", 70, published))
    points = ["ideal_point", "q05", "q95"]
    rows = [
        table.filter(pl.col("session") >= first).select(
            pl.lit(mode).alias("mode"),
            "iso3",
            pl.col("session", "year").cast(pl.Int32),
            *(pl.col(p).round(2) for p in points),
            source=pl.lit("kedge-ideal-points"),
        )
        for mode, first, table in tables
    ]
    return pl.concat(rows).sort("mode", "iso3", "session")


def build_roll_call(inputs: Inputs) -> pl.DataFrame:
    """How each member voted on resolution ES-11/7 of 24 February 2025."""
    frame = inputs.tables["un-ga-voting"].filter(pl.col("undl_id") == ES11_7).sort("iso3")
    return frame.select("iso3", "vote", source=pl.lit("un-ga-voting"))


def build_states(inputs: Inputs) -> pl.DataFrame:
    """Names of every state and territory that any table mentions."""
    names = dict(zip(inputs.matrix.iso3, inputs.matrix.names, strict=True))
    sources = dict.fromkeys(names, "baci2023-194-labels")
    for iso3, name in compiled("states").rows():
        names[iso3], sources[iso3] = name, "kedge-compiled"
    for iso3, name in inputs.economies.select("iso3", "name").rows():
        names[iso3], sources[iso3] = name, "kedge-compiled"
    rows = [(iso3, names[iso3], sources[iso3]) for iso3 in sorted(names)]
    return pl.DataFrame(rows, schema=["iso3", "name", "source"], orient="row")


def build_map_places(inputs: Inputs) -> pl.DataFrame:
    """How each state is drawn: by its outline in world_map.json, else as a circle at its capital."""
    outlines = [feature["id"] for feature in json.loads(WORLD_MAP.read_text("utf-8"))["features"]]
    rows = {iso3: (iso3, "outline", None, None, "natural-earth-110m") for iso3 in outlines}
    places = {iso3: (lon, lat, "cepii-places") for iso3, _, lon, lat in inputs.tables["cepii-places"].rows()}
    # By hand: what CEPII lacks, and Samoa, which it has in the wrong hemisphere.
    for iso3, _, lon, lat in compiled("map_places").rows():
        places[iso3] = (float(lon), float(lat), "kedge-compiled")
    for iso3 in build_states(inputs).get_column("iso3"):
        if iso3 not in rows and iso3 in places:
            lon, lat, source = places[iso3]
            rows[iso3] = (iso3, "circle", round(lon, 2), round(lat, 2), source)
    schema = ["iso3", "drawn", "lon", "lat", "source"]
    return pl.DataFrame([rows[iso3] for iso3 in sorted(rows)], schema=schema, orient="row")


def build_regions(_: Inputs) -> pl.DataFrame:
    """Which economies each region stands for."""
    return compiled("regions").sort("region", "iso3").with_columns(source=pl.lit("baci2023-194-labels"))


def build_distances(inputs: Inputs) -> pl.DataFrame:
    """Distance between economies, population-weighted; members of regions weighted by population."""
    pairs = {}
    for a, b, km, weighted in inputs.tables["cepii-distances"].rows():
        pairs[a, b] = weighted if weighted is not None else km
    people = _latest(inputs.tables["worldbank-population"], "persons")
    rows = []
    for a in sorted(inputs.codes):
        for b in sorted(inputs.codes):
            if a < b:
                rows.append(
                    (
                        a,
                        b,
                        round(_mean_distance(inputs.members[a], inputs.members[b], pairs, people)),
                        "cepii-distances",
                    )
                )
    return pl.DataFrame(rows, schema=["iso3_a", "iso3_b", "km", "source"], orient="row")


def _mean_distance(one: tuple[str, ...], other: tuple[str, ...], pairs: dict, people: dict) -> float:
    total = weight = 0.0
    for a in one:
        for b in other:
            if (a, b) in pairs:
                w = people.get(a, 1e6) * people.get(b, 1e6)
                total, weight = total + w * pairs[a, b], weight + w
    return total / weight


def _outputs(inputs: Inputs, iso3: str, gdp: dict, people: dict) -> tuple[float, float, str]:
    hand = {row[0]: row for row in compiled("economies_by_hand").rows()}
    if iso3 in hand:
        _, busd, population, source = hand[iso3]
        return float(busd), float(population), f"{source}+{NMC}"
    if iso3 == "TWN":
        return _sipri_gdp(inputs, "TWN")[MATRIX_YEAR], _taiwan_population(inputs), f"{SIPRI}+{NMC}"
    members = inputs.members[iso3]
    population = sum(people.get(m, 0.0) for m in members) / 1e6
    return sum(gdp[m] for m in members), population, f"baci2023-194-gdp+worldbank-population+{NMC}"


def _taiwan_population(inputs: Inputs) -> float:
    frame = inputs.tables[NMC].filter((pl.col("ccode") == 713) & (pl.col("year") == 2022))
    return frame.get_column("population_k").item() / 1e3


def _cinc(inputs: Inputs) -> dict[str, float]:
    frame = inputs.tables[NMC].filter(pl.col("year") == 2022)
    codes = inputs.iso3_of_ccode
    return {
        codes[ccode]: cinc
        for ccode, cinc in frame.select("ccode", "cinc").rows()
        if ccode in codes and cinc is not None
    }


def _latest(frame: pl.DataFrame, value: str) -> dict[str, float]:
    return dict(frame.sort("year").group_by("iso3", maintain_order=True).last().select("iso3", value).rows())


def _sipri_rows(inputs: Inputs) -> list[tuple[str, int, float, float]]:
    frame = inputs.milex.filter(pl.col("year").is_between(FIRST_YEAR - 1, LAST_YEAR))
    return frame.select("iso3", "year", "musd", "share_gdp").rows()


def _sipri_gdp(inputs: Inputs, iso3: str) -> dict[int, float]:
    frame = (
        inputs.milex.filter(pl.col("iso3") == iso3)
        .drop_nulls(["musd", "share_gdp"])
        .filter(pl.col("share_gdp") > 0)
    )
    return {
        year: musd / share / 10.0 for year, musd, share in frame.select("year", "musd", "share_gdp").rows()
    }


def _gdp_series(inputs: Inputs, iso3: str) -> dict[int, float]:
    implied = _sipri_gdp(inputs, iso3)
    if iso3 == "TWN":
        return implied
    bank = inputs.tables[WB].filter((pl.col("iso3") == iso3) & (pl.col("year") <= MATRIX_YEAR))
    series = {year: value / 1e9 for year, value in bank.select("year", "gdp_usd").rows()}
    if MATRIX_YEAR in series and {MATRIX_YEAR, LAST_YEAR} <= set(implied):
        series[LAST_YEAR] = series[MATRIX_YEAR] * implied[LAST_YEAR] / implied[MATRIX_YEAR]
    elif MATRIX_YEAR in series:
        series[LAST_YEAR] = series[MATRIX_YEAR] * _real_growth(inputs, iso3)
    return series


def _real_growth(inputs: Inputs, iso3: str) -> float:
    """Growth at constant prices, for the few states whose current GDP SIPRI does not imply."""
    frame = inputs.tables[REAL].filter(
        (pl.col("iso3") == iso3) & pl.col("year").is_in([MATRIX_YEAR, LAST_YEAR])
    )
    levels = dict(frame.select("year", "gdp_usd").rows())
    return levels[LAST_YEAR] / levels[MATRIX_YEAR] if len(levels) == 2 else 1.0


def _at(series: dict[int, float], year: int) -> float:
    earlier = [each for each in series if each <= year]
    return series[max(earlier)] if earlier else series[min(series)]


def _gdp_source(code: str, year: int) -> str:
    if code == "TWN":
        return SIPRI
    if year <= MATRIX_YEAR:
        return WB
    return {"VNM": f"{REAL}+{WB}"}.get(code, f"{SIPRI}+{WB}" if code[0] != "X" else f"{SIPRI}+{REAL}+{WB}")


def _nmc_spending(inputs: Inputs) -> dict[tuple[str, int], float]:
    frame = inputs.tables[NMC].filter(pl.col("milex_kusd").is_not_null())
    codes = inputs.iso3_of_ccode
    return {
        (codes[c], year): kusd / 1e3
        for c, year, kusd in frame.select("ccode", "year", "milex_kusd").rows()
        if c in codes
    }


def _spending(iso3: str, year: int, sipri: dict, nmc: dict) -> tuple[float, str] | None:
    """SIPRI; else NMC; else the last NMC figure carried forward (states SIPRI has no recent figure for)."""
    amount = sipri.get((iso3, year), (None, None))[0]
    if amount is not None:
        return amount, SIPRI
    for earlier in range(year, FIRST_YEAR - 1, -1):
        if (iso3, earlier) in nmc:
            return nmc[iso3, earlier], NMC
    return None


def _share(musd: float, busd: float | None) -> float | None:
    return musd / busd / 10.0 if busd else None
