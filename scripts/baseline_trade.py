"""Trade and tariff tables of the baseline."""

from __future__ import annotations

import numpy as np
import polars as pl
from baseline_inputs import Inputs, compiled
from baseline_states import rounded

ICIO, US = "icio-bilateral", "us-goods-trade-2024"
BACI, RATES = "baci2023-194-flows", "liberation-day-tariffs"
ICIO_YEAR = 2022
# The matrix counts the 20 % already in force on China's goods; the order of 2 April added 34 %.
CHINA_BEFORE = 0.20
# From the order of 31 July 2025 until collection under IEEPA ended.
IN_FORCE = ("2025-08-07", "2026-02-24")


def build_trade(inputs: Inputs) -> pl.DataFrame:
    """Goods trade of 2023 between economies, million US$; flows inside a region kept."""
    codes = [code for code in inputs.codes if code != "PRK"]
    flows = {**_matrix_flows(inputs, codes), **_taiwan_flows(inputs, codes)}
    rows = []
    for exporter in codes:
        for importer in codes:
            musd, source = flows.get((exporter, importer), (0.0, ""))
            if musd > 0:
                rows.append((exporter, importer, rounded(musd), source))
    return pl.DataFrame(rows, schema=["exporter", "importer", "musd", "source"], orient="row")


def build_us_trade(inputs: Inputs) -> pl.DataFrame:
    """US goods trade of 2024 by partner, as the tariff formula needs it."""
    frame = inputs.us_trade.drop_nulls()
    amounts = {iso3: (exports, imports) for _, exports, imports, iso3 in frame.rows()}
    names = dict(inputs.economies.select("iso3", "name").rows())
    rows = []
    for code in [*inputs.codes, "VEN"]:
        members = inputs.members.get(code, (code,))
        known = [amounts[m] for m in members if m in amounts]
        if known:
            exports, imports = (round(sum(pair[k] for pair in known), 1) for k in (0, 1))
            rows.append((names.get(code, "Venezuela"), code, exports, imports, US))
    union = inputs.tables[US].filter(pl.col("partner") == "European Union")
    rows.append(("European Union", "EU", *union.select("exports_musd", "imports_musd").row(0), US))
    return pl.DataFrame(
        rows, schema=["partner", "iso3", "exports_musd", "imports_musd", "source"], orient="row"
    )


def build_tariffs(inputs: Inputs) -> pl.DataFrame:
    """US tariff measures of 2025: rates announced on 2 April by script, the rest compiled by hand."""
    schema = ["measure", "economy", "sector", "rate", "kind", "start", "end", "source", "note"]
    hand = compiled("tariffs").with_columns(pl.col("rate").cast(pl.Float64)).select(schema)
    decided = set(hand.filter(pl.col("measure") == "announced").get_column("economy"))
    announced = _announced(inputs)
    rows = []
    for code in inputs.codes:
        if code in decided or code == "USA":
            continue
        rate = _weighted(inputs, code, announced)
        single = len(inputs.members[code]) == 1
        note = (
            ""
            if single
            else "mean of the members' rates weighted by their 2023 goods exports to the United States"
        )
        source = RATES if single else f"{BACI}+{RATES}"
        rows.append(
            ("announced", code, "all", round(rate, 4), "additional", "2025-04-09", "2025-04-10", source, note)
        )
    rates = _by_members(inputs, "from_2025-08-07", "eo-14326+learning-resources-2026")
    table = pl.DataFrame([*rows, *rates], schema=schema, orient="row")
    return pl.concat([table, hand]).sort("measure", "economy", "sector", "start")


def build_schedule_table(name: str) -> pl.DataFrame:
    """Dated measures with their rules of stacking, or goods within sectors: compiled by hand."""
    table = compiled(name)
    numbers = [each for each in table.columns if each in ("rate", "coverage", "low", "high", "share")]
    return table.with_columns(pl.col(numbers).replace("", None).cast(pl.Float64))


def _announced(inputs: Inputs) -> dict[str, float]:
    rates = dict(zip(inputs.matrix.iso3, inputs.matrix.tariff.tolist(), strict=True))
    exempt = compiled("announced_exempt").get_column("iso3").to_list()
    rates |= dict.fromkeys(exempt, 0.0)
    rates["CHN"] = rates["CHN"] - CHINA_BEFORE
    return rates


def _by_members(inputs: Inputs, measure: str, source: str) -> list[tuple]:
    frame = compiled("rates_2025-08-07")
    listed = {iso3: float(rate) for iso3, rate in frame.select("iso3", "rate").rows()}
    notes = {iso3: note for iso3, note in frame.select("iso3", "note").rows() if note}
    kinds = {iso3: kind for iso3, kind in frame.select("iso3", "kind").rows()}
    rows = []
    for code in inputs.codes:
        if code in {"USA", "CHN", "CAN", "MEX", "PRK", "RUS"}:
            continue
        members = inputs.members[code]
        single = len(members) == 1
        rate = (
            listed.get(code, 0.10)
            if single
            else _weighted(inputs, code, {m: listed.get(m, 0.10) for m in members})
        )
        kind = "total" if {kinds.get(m) for m in members} == {"total"} else "additional"
        note = (
            notes.get(code, "")
            if single
            else "mean of the members' rates weighted by their 2023 goods exports to the United States"
        )
        keys = source if single else f"{BACI}+{source}"
        rows.append((measure, code, "all", round(rate, 4), kind, *IN_FORCE, keys, note))
    return rows


def _weighted(inputs: Inputs, code: str, rates: dict[str, float]) -> float:
    index = {iso3: i for i, iso3 in enumerate(inputs.matrix.iso3)}
    members = [m for m in inputs.members[code] if m in index]
    weights = np.array([inputs.matrix.flows[index[m], index["USA"]] for m in members])
    return float(weights @ np.array([rates[m] for m in members]) / weights.sum())


def _matrix_flows(inputs: Inputs, codes: list[str]) -> dict[tuple[str, str], tuple[float, str]]:
    economies = [code for code in codes if code != "TWN"]
    member = np.array(
        [[iso3 in inputs.members[code] for iso3 in inputs.matrix.iso3] for code in economies], dtype=float
    )
    grouped = member @ inputs.matrix.flows @ member.T / 1e6
    return {
        (a, b): (float(grouped[i, j]), BACI) for i, a in enumerate(economies) for j, b in enumerate(economies)
    }


def _taiwan_flows(inputs: Inputs, codes: list[str]) -> dict[tuple[str, str], tuple[float, str]]:
    """Taiwan's trade: OECD tables of 2022, and US customs figures of 2024 for the United States."""
    flows: dict[tuple[str, str], tuple[float, str]] = {}
    exports, imports = _icio_of_taiwan(inputs)
    for code in codes:
        if code != "TWN":
            flows["TWN", code] = (sum(exports.get(m, 0.0) for m in inputs.members[code]), ICIO)
            flows[code, "TWN"] = (sum(imports.get(m, 0.0) for m in inputs.members[code]), ICIO)
    us = inputs.us_trade.filter(pl.col("iso3") == "TWN")
    flows["USA", "TWN"] = (us.get_column("exports_musd").item(), US)
    flows["TWN", "USA"] = (us.get_column("imports_musd").item(), US)
    return flows


def _icio_of_taiwan(inputs: Inputs) -> tuple[dict[str, float], dict[str, float]]:
    """Goods to and from each economy; the rest of the world is split by its members' total trade."""
    frame = inputs.tables[ICIO].filter(pl.col("year") == ICIO_YEAR)
    out = dict(frame.filter(pl.col("exporter") == "TWN").select("importer", "goods_musd").rows())
    into = dict(frame.filter(pl.col("importer") == "TWN").select("exporter", "goods_musd").rows())
    rest = [i for i, iso3 in enumerate(inputs.matrix.iso3) if iso3 not in out]
    for table, totals in ((out, inputs.matrix.flows.sum(axis=0)), (into, inputs.matrix.flows.sum(axis=1))):
        amount, weight = table.pop("ROW"), totals[rest].sum()
        table |= {inputs.matrix.iso3[i]: amount * float(totals[i] / weight) for i in rest}
        table.pop("TWN")
    return out, into
