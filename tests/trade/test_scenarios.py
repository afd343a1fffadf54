"""Named scenarios and the tables they are fed with."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import kedge.trade
from kedge.core.errors import DomainError, UnknownName
from kedge.trade import (
    aggregate_flows,
    announced_from_table,
    calibrate_economy,
    find_scenario,
    flows_from_table,
    gdp_from_table,
    rates_from_table,
    scenario_tariffs,
    scenarios,
)

CODES = ("USA", "CHN", "XRW")
FLOWS = np.array([[0.0, 20.0, 90.0], [60.0, 0.0, 80.0], [120.0, 70.0, 0.0]])
GDP = np.array([900.0, 700.0, 1500.0])


def test_public_names_are_sorted_and_exist() -> None:
    assert kedge.trade.__all__ == sorted(kedge.trade.__all__)
    assert all(hasattr(kedge.trade, name) for name in kedge.trade.__all__)


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_taxes_no_one_s_own_goods_and_only_across_home_s_border(name: str) -> None:
    economy = calibrate_economy(FLOWS, GDP, CODES)
    tariffs = scenario_tariffs(economy, np.array([0.0, 0.34, 0.05]), find_scenario(name))
    assert not np.diag(tariffs).any()
    assert not tariffs[1:, 1:].any()
    assert (tariffs[1:, 0] >= 0.1).all()
    assert tariffs[0, 1:].any() == (find_scenario(name).retaliation != "none")


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="announced-reciprocal"):
        find_scenario("announced-reciprocl")


def test_announced_tariffs_of_another_length_are_refused() -> None:
    with pytest.raises(DomainError, match="3 economies"):
        scenario_tariffs(calibrate_economy(FLOWS, GDP, CODES), np.zeros(2), find_scenario("announced"))


def test_tables_become_arrays() -> None:
    trade = pl.DataFrame({"exporter": ["USA", "CHN"], "importer": ["CHN", "USA"], "musd": [2.0, 3.0]})
    flows = flows_from_table(trade, CODES)
    assert flows[0, 1] == 2e6
    assert flows[1, 0] == 3e6
    with pytest.raises(UnknownName, match="CHN"):
        flows_from_table(trade, ("USA",))
    gdp = pl.DataFrame(
        {"iso3": ["USA", "USA", "CHN"], "year": [2022, 2023, 2023], "gdp_busd": [1.0, 2.0, 3.0]}
    )
    assert gdp_from_table(gdp, 2023, ("CHN", "USA")).tolist() == [3e9, 2e9]
    with pytest.raises(DomainError, match="no GDP of 2022 for CHN"):
        gdp_from_table(gdp, 2022, ("USA", "CHN"))


def test_china_s_announced_rate_counts_what_was_already_in_force() -> None:
    table = pl.DataFrame(
        {
            "measure": ["announced", "announced", "opioids", "opioids", "opioids"],
            "economy": ["CHN", "JPN", "CHN", "CHN", "CAN"],
            "rate": [0.34, 0.24, 0.10, 0.20, 0.25],
            "start": ["2025-04-09", "2025-04-09", "2025-02-04", "2025-03-04", "2025-03-04"],
            "end": ["2025-04-10", "2025-04-10", "2025-03-04", "2025-11-10", ""],
        }
    )
    got = announced_from_table(table, ("USA", "CHN", "JPN", "CAN"))
    np.testing.assert_allclose(got, [0.0, 0.54, 0.24, 0.0])
    with pytest.raises(UnknownName, match="measure"):
        rates_from_table(table, "anounced", CODES)


def test_aggregation_adds_up_and_names_what_it_lacks() -> None:
    flows, gdp, names = aggregate_flows(FLOWS, GDP, CODES, {"USA": "USA"}, rest="OTH")
    assert names == ("USA", "OTH")
    assert flows.sum() == FLOWS.sum()
    assert gdp.tolist() == [900.0, 2200.0]
    with pytest.raises(DomainError, match="XRW"):
        aggregate_flows(FLOWS, GDP, CODES, {"USA": "USA", "CHN": "CHN"})
    with pytest.raises(UnknownName, match="ZZZ"):
        aggregate_flows(FLOWS, GDP, CODES, {"ZZZ": "USA"}, rest="OTH")
