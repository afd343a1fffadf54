"""The reciprocal formula of 2 April 2025."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.trade import formula_rate, formula_rates

# US Census Bureau, goods trade of 2024 on the customs basis, million US$.
GOODS = {
    "EU": (370189.2, 605760.4, 20),
    "Japan": (79740.8, 148208.6, 24),
    "Korea": (65541.8, 131549.2, 26),
    "China": (143545.7, 438947.4, 34),
    "Iran": (90.8, 6.2, 10),
    "Venezuela": (4232.0, 5987.9, 15),
}


@pytest.mark.parametrize("partner", GOODS)
def test_rates_equal_those_of_april_2025(partner: str) -> None:
    exports, imports, rate = GOODS[partner]
    assert formula_rate(partner, exports, imports).rate == rate


def test_korea_s_rate_says_why_the_chart_read_25() -> None:
    why = formula_rate("Korea, South", *GOODS["Korea"][:2]).explanation
    assert "50.18" in why
    assert "25 %" in why
    assert "Annex I" in why
    assert "Annex" not in formula_rate("Korea, North", 1.0, 2.0).explanation


def test_a_half_that_is_whole_is_not_rounded_up() -> None:
    assert formula_rate("X", 60.0, 100.0).rate == 20
    assert formula_rate("X", 0.3, 0.5).rate == 20
    assert formula_rate("X", 59.9, 100.0).rate == 21


@given(st.floats(0, 1e7), st.floats(0.1, 1e7))
def test_rates_lie_between_the_floor_and_half(exports: float, imports: float) -> None:
    rate = formula_rate("X", exports, imports)
    assert 10 <= rate.rate <= 50
    assert 0 <= rate.rate - rate.half < 1 or rate.rate == 10


@pytest.mark.parametrize(("exports", "imports"), [(-1.0, 5.0), (1.0, 0.0), (float("nan"), 5.0)])
def test_trade_that_cannot_be_divided_is_refused(exports: float, imports: float) -> None:
    with pytest.raises(DomainError, match="Nowhere"):
        formula_rate("Nowhere", exports, imports)


def test_partners_are_found_by_name_code_or_start() -> None:
    goods = pl.DataFrame(
        {
            "partner": ["European Union", "Korea, South", "Japan", "Atlantis"],
            "iso3": ["EU", "KOR", "JPN", None],
            "exports_musd": [370189.2, 65541.8, 79740.8, None],
            "imports_musd": [605760.4, 131549.2, 148208.6, 5.0],
        }
    )
    assert [rate.rate for rate in formula_rates(goods, ["EU", "korea", "JPN"])] == [20, 26, 24]
    assert len(formula_rates(goods)) == 3
    with pytest.raises(UnknownName, match="Japan"):
        formula_rates(goods, ["Japn"])
