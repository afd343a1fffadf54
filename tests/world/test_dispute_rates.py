"""Base rates of disputes between rivals."""

import polars as pl
import pytest

from kedge.core.errors import DomainError
from kedge.world.dispute_rates import count_rivals, rates_of, rival_rates


def made_up():
    disputes = pl.DataFrame({"dispute": [1, 2, 3, 4], "hostility": [3, 5, 4, 4]})
    pairs = pl.DataFrame(
        {
            "dispute": [1, 1, 2, 2, 3, 4],
            "ccode": [2, 20, 20, 2, 2, 2],
            "other": [20, 2, 2, 20, 30, 20],
            "year": [1950, 1950, 1961, 1962, 1955, 1990],
        }
    )
    rivalries = pl.DataFrame(
        {"ccode1": [20, 2], "ccode2": [2, 40], "first_year": [1940, 1950], "last_year": [1969, 1959]}
    )
    return disputes, pairs, rivalries


def test_years_of_rivalry_and_the_disputes_in_them_are_counted_once():
    found = count_rivals(*made_up(), (1946, 2010))
    # Both directions are one dispute; one outside the rivalry and one with a third state do not count.
    assert found.rows() == [(2, 20, 24, 2, 1), (2, 40, 10, 0, 0)]
    rates = dict(rates_of(found).select("what", "rate").rows())
    assert rates["disputes a year"] == pytest.approx(2 / 34)
    assert rates["disputes that became wars"] == pytest.approx(0.5)
    with pytest.raises(DomainError, match="no rival pair"):
        count_rivals(*made_up(), (1990, 2010))


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_rivals_since_1946():
    rates = {row["what"]: row for row in rival_rates().iter_rows(named=True)}
    assert 0.15 < rates["disputes a year"]["rate"] < 0.25
    assert 0.005 < rates["wars a year"]["rate"] < 0.03
    assert 0.05 < rates["disputes that became wars"]["rate"] < 0.15
    for row in rates.values():
        assert row["low"] < row["rate"] < row["high"]
