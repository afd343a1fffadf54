"""Ignatenko, Lashkaripour, Macedoni & Simonovska (2025), J. International Economics 157, 104138."""

from __future__ import annotations

import csv
import dataclasses
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from kedge.data.readers.trade import LiberationDayData, read_liberation_day
from kedge.trade import (
    calibrate_economy,
    find_scenario,
    formula_tariff,
    outcomes_of,
    prepare,
    scenario_tariffs,
    simulate,
    solve_equilibrium,
)
from kedge.trade.outcomes import MEASURES

HERE = Path(__file__).parent / "data"


def _read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))


PRINTED = _read("ignatenko_2025_us_rows.csv")

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def world(mirror: Path) -> LiberationDayData:
    folder = mirror / "trade_bilateral" / "baci2023_matrix_194"
    files = ("country_labels.csv", "gdp.csv", "trade_cepii.csv", "tariffs_liberation_day.csv")
    return read_liberation_day(*(folder / file for file in files))


@pytest.fixture(scope="module")
def economy(world: LiberationDayData):
    return calibrate_economy(world.flows, world.gdp, world.iso3)


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: row["scenario"])
def test_us_rows_equal_the_printed_tables(row: dict[str, str], economy, world) -> None:
    outcomes = simulate(economy, world.tariff, row["scenario"]).outcomes
    at = economy.index("USA")
    compared = 0
    for measure in MEASURES:
        if row[measure]:
            printed = Decimal(row[measure])
            got = float(getattr(outcomes, measure)[at])
            unit = float(Decimal(1).scaleb(printed.as_tuple().exponent))
            slack = 0.5 * unit * (1.0 + 1e-9)
            assert abs(got - float(printed)) <= slack, (measure, got, row[measure])
            compared += 1
    assert compared >= 4


def test_announced_equals_the_source_for_all_194_economies(economy, world) -> None:
    published = _read("liberation_day_ustr_by_country.csv")
    outcomes = simulate(economy, world.tariff, "announced").outcomes
    assert [row["iso3"] for row in published] == list(outcomes.iso3)
    for measure in MEASURES:
        theirs = np.array([float(row[measure]) for row in published])
        theirs = 100.0 * theirs if measure == "revenue_share" else theirs
        ours = getattr(outcomes, measure)
        miss = np.abs(ours - theirs)
        assert ((miss <= 1e-6 * np.abs(theirs)) | (miss <= 1e-8)).all(), measure


def test_transfers_and_markets_clear_to_machine_precision(economy, world) -> None:
    result = simulate(economy, world.tariff, "announced-reciprocal")
    settled, local = result.solution.value, economy.local_labour
    assert abs(economy.transfers.sum()) < 1e-13 * economy.expenditure.sum()
    sold = settled.flows @ (1 - local) + local * settled.flows.sum(axis=0)
    assert np.abs(sold / settled.income - 1).max() < 1e-11


def test_formula_tariff_depends_on_what_it_divides_by(economy) -> None:
    variant = find_scenario("announced").variant
    assert formula_tariff(economy, "USA", variant, "imports") == pytest.approx(0.2180, abs=5e-4)
    assert formula_tariff(economy, "USA", variant, "foreign_sales") == pytest.approx(0.1854, abs=5e-4)


def test_retaliation_with_one_formula_throughout_differs_as_documented(economy, world) -> None:
    got = []
    for name in ("announced-optimal-retaliation", "optimal-optimal-retaliation"):
        scenario = dataclasses.replace(find_scenario(name), formula_base="imports")
        tariffs = scenario_tariffs(economy, world.tariff, scenario)
        solved = solve_equilibrium(prepare(economy, scenario.variant), tariffs).unwrap()
        got.append(outcomes_of(solved).welfare[economy.index("USA")])
    assert got == pytest.approx([-0.485, 0.026], abs=5e-4)
