"""Sweeps of schedules: equal to single solves, kept whole when a run stops, refused when they cannot be."""

import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, OutputError, UnknownName
from kedge.trade import Variant, outcomes_of, prepare, solve_equilibrium
from kedge.world.trade_data import one_sector_world
from kedge.world.trade_ranges import trade_ranges
from kedge.world.trade_sweep import DRAWN, SweepPlan, sweep_tariffs

COUNTRIES = ("USA", "JPN")


@pytest.fixture(scope="module")
def economy():
    return one_sector_world("baseline")[0]


@pytest.fixture(scope="module")
def schedules(economy):
    _, announced, _ = one_sector_world("baseline")
    us, size = economy.index("USA"), len(economy.iso3)
    tariffs = np.zeros((size, size))
    tariffs[:, us] = announced
    tariffs[us, us] = 0
    return {"announced": tariffs, "half": 0.5 * tariffs}


@pytest.fixture(scope="module")
def whole(economy, schedules):
    return sweep_tariffs(economy, schedules, SweepPlan(COUNTRIES, 3000))


def test_a_draw_equals_a_solve_of_its_own(economy, schedules, whole):
    drawn = dict(zip(DRAWN, whole.draws[17], strict=True))
    answer = drawn.pop("retaliation")
    tariffs = schedules["half"] + answer * schedules["half"].T
    variant = Variant(**{name: float(value) for name, value in drawn.items()})
    alone = outcomes_of(solve_equilibrium(prepare(economy, variant), tariffs).unwrap())
    at = [economy.index(code) for code in COUNTRIES]
    np.testing.assert_allclose(whole.values[1, 17, :2], alone.welfare[at], atol=1e-7)
    spending = economy.expenditure
    assert whole.values[1, 17, 2] == pytest.approx(spending @ alone.welfare / spending.sum(), abs=1e-7)


def test_draws_lie_in_their_ranges_and_summary_counts_them(whole):
    for column, each in enumerate(trade_ranges(DRAWN)):
        assert whole.draws[:, column].min() >= each.low
        assert whole.draws[:, column].max() <= each.high
    row = whole.summary().filter((pl.col("schedule") == "announced") & (pl.col("economy") == "JPN"))
    values = whole.values[0, :, 1]
    assert row["middle"][0] == pytest.approx(np.median(values))
    assert row["gains"][0] == pytest.approx((values > 0).mean())


def test_a_stopped_sweep_goes_on_where_it_was(economy, schedules, whole, tmp_path):
    def stop(done, total):
        if 0 < done < total:
            raise KeyboardInterrupt

    plan = SweepPlan(COUNTRIES, 3000, folder=tmp_path / "sweep")
    with pytest.raises(KeyboardInterrupt):
        sweep_tariffs(economy, schedules, plan, stop)
    seen = []
    again = sweep_tariffs(economy, schedules, plan, lambda done, total: seen.append(done))
    assert seen[0] > 0
    assert np.array_equal(again.values, whole.values)
    assert {"results.parquet", "futures.parquet"} <= {each.name for each in plan.folder.iterdir()}
    with pytest.raises(OutputError):
        sweep_tariffs(economy, schedules, SweepPlan(COUNTRIES, 3000, seed=2, folder=plan.folder))


def test_more_draws_begin_with_the_same_ones(economy, schedules, whole):
    few = sweep_tariffs(economy, schedules, SweepPlan(COUNTRIES, 100))
    assert np.array_equal(few.values, whole.values[:, :100])


def test_what_cannot_be_swept_is_refused(economy, schedules):
    with pytest.raises(UnknownName):
        sweep_tariffs(economy, schedules, SweepPlan(("ZZZ",), 10))
    with pytest.raises(DomainError, match="schedule"):
        sweep_tariffs(economy, {}, SweepPlan(("USA",), 10))
    with pytest.raises(DomainError, match="draws"):
        SweepPlan(("USA",), 0)
    with pytest.raises(DomainError, match="each once"):
        SweepPlan(("USA", "USA"), 10)
    with pytest.raises(UnknownName):
        trade_ranges(["nothing"])
