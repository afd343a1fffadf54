"""Tariff schedules."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.trade import TariffRow, exempt, read_rows, tariffs_on

DAY = datetime.date(2025, 4, 9)
CODES = ("USA", "CHN", "JPN", "CAN")


def due(*rows: TariffRow, day: datetime.date = DAY) -> dict[str, float]:
    return dict(zip(CODES, tariffs_on(rows, day, CODES)[:, 0].round(12).tolist(), strict=True))


def test_a_named_row_goes_before_everyone_s_in_the_same_measure() -> None:
    got = due(TariffRow("a", "USA", "*", 0.10), TariffRow("a", "USA", "JPN", 0.24))
    assert got == {"USA": 0.0, "CHN": 0.10, "JPN": 0.24, "CAN": 0.10}


def test_measures_add_up() -> None:
    got = due(TariffRow("a", "USA", "*", 0.10), TariffRow("b", "USA", "CHN", 0.20))
    assert got["CHN"] == 0.30


def test_of_competing_rows_the_highest_counts() -> None:
    rows = [
        TariffRow(name, "USA", "CHN", rate, stacking="highest") for name, rate in (("a", 0.25), ("b", 0.5))
    ]
    assert due(*rows, TariffRow("c", "USA", "CHN", 0.1))["CHN"] == 0.60


def test_a_total_replaces_what_came_before_and_not_what_comes_after() -> None:
    before = TariffRow("a", "USA", "*", 0.24)
    deal = TariffRow("deal", "USA", "JPN", 0.15, kind="total", start=datetime.date(2025, 4, 1))
    later = TariffRow("b", "USA", "JPN", 0.05, start=datetime.date(2025, 4, 5))
    assert due(before, deal)["JPN"] == 0.15
    assert due(before, deal, later)["JPN"] == 0.20
    assert due(before, deal)["CHN"] == 0.24
    same_day = TariffRow("c", "USA", "JPN", 0.07, start=deal.start)
    assert due(before, deal, same_day)["JPN"] == 0.15


def test_the_last_day_is_the_first_out_of_force() -> None:
    row = TariffRow("a", "USA", "*", 0.1, start=DAY, end=datetime.date(2025, 4, 10))
    assert due(row)["JPN"] == 0.1
    assert due(row, day=datetime.date(2025, 4, 10))["JPN"] == 0.0
    assert due(row, day=datetime.date(2025, 4, 8))["JPN"] == 0.0


def test_the_exempt_pay_nothing_of_that_measure_alone() -> None:
    rows = (TariffRow("a", "USA", "*", 0.1), TariffRow("b", "USA", "*", 0.2))
    assert due(*exempt(rows, "a", ["CAN"])) == {"USA": 0.0, "CHN": 0.3, "JPN": 0.3, "CAN": 0.2}
    with pytest.raises(UnknownName, match="measure"):
        exempt(rows, "c", ["CAN"])


@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = (
        TariffRow("a", "USA", "*", 0.1),
        TariffRow("a", "USA", "CHN", 0.34),
        TariffRow("b", "USA", "CHN", 0.2),
        TariffRow("deal", "USA", "JPN", 0.15, kind="total"),
    )
    np.testing.assert_array_equal(
        tariffs_on(rows, DAY, CODES), tariffs_on([rows[k] for k in order], DAY, CODES)
    )


def test_records_are_read_with_their_defaults() -> None:
    record = {
        "measure": "m",
        "economy": "JPN",
        "rate": "0.24",
        "start": "2025-04-09",
        "end": "",
        "sector": "all",
    }
    (row,) = read_rows([record, {**record, "sector": "steel"}])
    assert (row.importer, row.exporter, row.rate, row.start, row.end) == ("USA", "JPN", 0.24, DAY, None)


@pytest.mark.parametrize(
    "change",
    [{"rate": "abc"}, {"rate": 25000}, {"start": "9 April"}, {"kind": "half"}, {"end": "2024-01-01"}],
)
def test_garbled_records_are_refused(change: dict) -> None:
    with pytest.raises(DomainError):
        read_rows([{"measure": "m", "economy": "JPN", "rate": 0.24, "start": "2025-04-09", **change}])
