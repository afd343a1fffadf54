"""Futures cover their ranges, keep their shapes, and do not depend on how many follow."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from kedge.core.errors import DomainError, MalformedFile, StudyError, UnknownName
from kedge.strategy import Uncertainty, choice, correlation_matrix, draw_futures, from_unit, points
from kedge.strategy.designs import FactorialFutures, GivenFutures, SampledFutures
from kedge.strategy.points import unit_points
from kedge.strategy.tables import read_futures

RANGES = (
    Uncertainty("flat", -1.0, 3.0),
    Uncertainty("skewed", 0.1, 10.0, "log_uniform"),
    Uncertainty("bell", 0.0, 4.0, "normal", mean=1.0, sd=1.5),
    Uncertainty("peaked", 2.0, 8.0, "triangular", mode=3.0),
    choice("regime", ("a", "b", "c"), (0.2, 0.5, 0.3)),
    Uncertainty("fixed", 5.0, 5.0),
)
EXACT = {
    "flat": stats.uniform(-1, 4),
    "skewed": stats.loguniform(0.1, 10),
    "bell": stats.truncnorm(-1 / 1.5, 3 / 1.5, loc=1, scale=1.5),
    "peaked": stats.triang(1 / 6, loc=2, scale=6),
}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**31), st.sampled_from(["sobol", "random"]))
def test_a_longer_draw_begins_with_the_shorter_one(one, other, seed, method):
    few, many = sorted((one, other))
    assert np.array_equal(
        draw_futures(RANGES, few, seed, method), draw_futures(RANGES, many, seed, method)[:few]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(0, 2**31), st.sampled_from(["sobol", "lhs", "random"]))
def test_futures_stay_in_their_ranges_and_repeat_for_a_seed(count, seed, method):
    drawn = draw_futures(RANGES, count, seed, method)
    assert drawn.shape == (count, len(RANGES))
    assert (drawn >= [u.low for u in RANGES]).all()
    assert (drawn <= [u.high for u in RANGES]).all()
    assert np.array_equal(drawn, draw_futures(RANGES, count, seed, method))


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_futures_have_the_declared_distribution(method):
    drawn = draw_futures(RANGES, 4096, 3, method)
    for column, uncertainty in enumerate(RANGES):
        if uncertainty.name in EXACT:
            distance = stats.kstest(drawn[:, column], EXACT[uncertainty.name].cdf).statistic
            assert distance < (0.03 if method == "random" else 0.002)
    shares = np.bincount(drawn[:, 4].astype(int)) / 4096
    assert shares == pytest.approx([0.2, 0.5, 0.3], abs=0.03 if method == "random" else 0.001)
    assert (drawn[:, 5] == 5).all()


@pytest.mark.parametrize(("low", "high", "mean"), [(8.0, 9.0, 0.0), (-9.0, -8.0, 0.0), (-1.0, 2.0, 0.5)])
def test_a_normal_far_from_its_mean_keeps_its_digits(low, high, mean):
    unit = np.linspace(0.001, 0.999, 50)
    exact = stats.truncnorm.ppf(unit, low - mean, high - mean, loc=mean)
    found = from_unit(unit, Uncertainty("x", low, high, "normal", mean=mean, sd=1.0))
    assert found == pytest.approx(exact, rel=1e-9)


def test_a_range_beyond_all_digits_of_the_normal_stays_a_range():
    found = from_unit(np.array([0.1, 0.9]), Uncertainty("x", 50.0, 51.0, "normal", mean=0.0, sd=1.0))
    assert ((found >= 50) & (found <= 51)).all()


def test_another_seed_gives_other_futures():
    assert not np.array_equal(draw_futures(RANGES, 8, 1), draw_futures(RANGES, 8, 2))


@pytest.mark.parametrize(
    ("count", "seed", "method", "message"),
    [
        (0, 1, "sobol", "one or more, got 0"),
        (2.5, 1, "sobol", "whole number of futures"),
        (True, 1, "sobol", "whole number of futures"),
        (8, -1, "sobol", "zero or more, got -1"),
        (8, 1, "grid", "must be one of sobol, lhs, random"),
        (2**31, 1, "sobol", "use method='random'"),
    ],
)
def test_a_malformed_draw_is_refused(count, seed, method, message):
    with pytest.raises(DomainError, match=message):
        draw_futures(RANGES, count, seed, method)


def test_uncertainties_need_different_names():
    with pytest.raises(StudyError, match="more than once: flat"):
        draw_futures((RANGES[0], RANGES[0]), 4, 1)
    with pytest.raises(StudyError, match="no uncertainties"):
        draw_futures((), 4, 1)


SAMPLED = st.sampled_from(["sobol", "lhs", "random"])


@settings(max_examples=40, deadline=None)
@given(SAMPLED, st.integers(0, 2**31), st.integers(0, 9000), st.integers(0, 9000))
def test_a_future_is_the_same_in_whichever_stretch_it_is_drawn(method, seed, one, other):
    start, stop = sorted((one, other))
    source = SampledFutures(RANGES, 9000, seed, method)
    assert np.array_equal(source.rows(start, stop), draw_futures(RANGES, 9000, seed, method)[start:stop])


def test_points_are_those_that_scipy_draws():
    sequence = qmc.Sobol(d=40, scramble=True, rng=np.random.default_rng(5)).random(2**13)
    assert np.array_equal(unit_points(40, 2**13, 5, "sobol")(0, 2**13), sequence)
    hypercube = qmc.LatinHypercube(d=6, rng=np.random.default_rng(5)).random(1000)
    assert np.array_equal(unit_points(6, 1000, 5, "lhs")(0, 1000), hypercube)
    assert np.array_equal(unit_points(6, 9, 5, "random")(0, 9), np.random.default_rng(5).random((9, 6)))


def test_the_last_sobol_points_are_those_that_scipy_steps_to():
    engine = qmc.Sobol(d=2, scramble=True, rng=np.random.default_rng(3)).fast_forward(2**22 + 5)
    assert np.array_equal(unit_points(2, 2**23, 3, "sobol")(2**22 + 5, 2**22 + 7), engine.random(2))
    assert unit_points(2, 2**30, 3, "sobol")(2**30 - 3, 2**30).shape == (3, 2)


@pytest.mark.parametrize("broken", ["gone", "changed"])
def test_sobol_points_do_not_hang_on_what_scipy_keeps_to_itself(monkeypatch, broken):
    expected = unit_points(3, 5000, 1, "sobol")(4090, 4100)
    first = unit_points(3, 5000, 1, "sobol")(0, 3)
    whole = points._engine

    class Other:
        def __init__(self, engine):
            self.random, self.fast_forward = engine.random, engine.fast_forward
            if broken == "changed":
                self._sv, self._shift = engine._sv ^ 1, engine._shift

    monkeypatch.setattr(points, "_engine", lambda *about: Other(whole(*about)))
    assert np.array_equal(unit_points(3, 5000, 1, "sobol")(4090, 4100), expected)
    assert np.array_equal(unit_points(3, 5000, 1, "sobol")(0, 3), first)


def test_futures_that_hang_together_are_the_same_in_any_stretch():
    ranges = (Uncertainty("a", 0, 1), Uncertainty("b", 10, 20))
    tied = correlation_matrix(("a", "b"), {("a", "b"): 0.8})
    source = SampledFutures(ranges, 9000, 1, correlation=tied)
    whole = draw_futures(ranges, 9000, 1, correlation=tied)
    assert np.array_equal(source.rows(4000, 4200), whole[4000:4200])
    assert np.corrcoef(whole.T)[0, 1] == pytest.approx(0.8, abs=0.01)
    assert np.array_equal(whole[:, 0], draw_futures(ranges, 9000, 1)[:, 0])


def test_a_factorial_has_every_combination_once_and_both_ends():
    grid = FactorialFutures(RANGES, 3)
    drawn = grid.rows(0, grid.count)
    assert grid.count == 3**5 == len(np.unique(drawn, axis=0))
    for column, uncertainty in enumerate(RANGES):
        assert (drawn[:, column].min(), drawn[:, column].max()) == (uncertainty.low, uncertainty.high)
    assert np.array_equal(grid.rows(100, 130), drawn[100:130])


def test_levels_can_differ_by_name_and_one_level_is_the_median():
    ranges = (Uncertainty("a", 0, 1), Uncertainty("b", 1, 100, "log_uniform"), choice("c", ("x", "y")))
    grid = FactorialFutures(ranges, {"a": 2, "b": 1})
    assert grid.rows(0, 4) == pytest.approx(np.array([[0, 10, 0], [0, 10, 1], [1, 10, 0], [1, 10, 1]]))


@pytest.mark.parametrize(
    ("levels", "error", "message"),
    [
        (0, DomainError, "whole number, one or more, got 0"),
        ({"flat": 2}, DomainError, "no number of levels for 'skewed'"),
        ({"flot": 2}, UnknownName, "did you mean flat"),
        (100_000, DomainError, "combinations, more than"),
        ({"regime": 3}, DomainError, "takes all its categories"),
    ],
)
def test_levels_that_make_no_grid_are_refused(levels, error, message):
    with pytest.raises(error, match=message):
        FactorialFutures(RANGES, levels)


def test_a_stretch_that_is_not_there_is_refused():
    for source in (SampledFutures(RANGES, 9, 1), FactorialFutures(RANGES, 2), GivenFutures(np.ones((9, 1)))):
        with pytest.raises(DomainError, match="asked for 3 to 1000"):
            source.rows(3, 1000)


TABLE = (Uncertainty("rate", 0, 1), choice("regime", ("open", "shut")))


def written(folder, text):
    path = folder / "own.csv"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_futures_of_a_table_are_those_that_were_written(tmp_path, kind):
    frame = pl.DataFrame({"future": [0, 1], "regime": ["shut", "open"], "rate": [0.1, 1 / 3]})
    path = tmp_path / f"own.{kind}"
    getattr(frame, f"write_{kind}")(path)
    assert np.array_equal(read_futures(path, TABLE).table, [[0.1, 1.0], [1 / 3, 0.0]])


def test_categories_go_by_name_or_by_index(tmp_path):
    path = written(tmp_path, "rate,regime\n0.5,open\n0.25, 1\n")
    assert np.array_equal(read_futures(path, TABLE).table, [[0.5, 0.0], [0.25, 1.0]])
    numbers = tmp_path / "own.parquet"
    pl.DataFrame({"rate": [0, 1], "regime": [1, 0]}).write_parquet(numbers)
    assert np.array_equal(read_futures(numbers, TABLE).table, [[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rate,regime\n0.5,open\n1.5,shut\n",
            "column 'rate', row 2: expected a number from 0 to 1, got '1.5'",
        ),
        ("rate,regime\nmuch,open\n", "column 'rate', row 1: expected a number from 0 to 1, got 'much'"),
        ("rate,regime\nnan,open\n", "column 'rate', row 1: expected a number"),
        ("rate,regime\n0.5,closed\n", "column 'regime', row 1: expected one of open, shut, or an index"),
        ("rate,regime\n0.5,0.5\n", "column 'regime', row 1"),
        ("rate,regime\n0.5,open\n,open\n,shut\n", r"column 'rate', row 2: there is no value \(2 rows"),
        ("rate\n0.5\n", "no column for 'regime'"),
        ("rate,regime,extra\n0.5,open,1\n", "nobody knows column 'extra'"),
        ("rate,regime,rate\n0.5,open,1\n", "more than one column is called 'rate'"),
        ("rate,regime\n", "there are no rows"),
        ("", "cannot be read as a table"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(MalformedFile, match=message) as caught:
        read_futures(path, TABLE)
    assert str(path) in str(caught.value)


def test_a_table_of_another_kind_or_none_is_refused(tmp_path):
    with pytest.raises(MalformedFile, match=r"\.csv or \.parquet"):
        read_futures(tmp_path / "own.xlsx", TABLE)
    with pytest.raises(MalformedFile, match="cannot be read"):
        read_futures(tmp_path / "none.csv", TABLE)
