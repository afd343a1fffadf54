"""A run goes on until a number is known well enough, and then is as if that many had been asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, OutputError
from kedge.strategy import EnsembleSettings, Measure, Uncertainty, best_shares, run_ensemble
from kedge.strategy.designs import SampledFutures
from kedge.strategy.precision import BestShares, Until
from kedge.strategy.results import open_results
from kedge.strategy.stream import StreamOptions, stream_ensemble
from kedge.strategy.workers import threads

RANGES = (Uncertainty("a", 0, 1), Uncertainty("b", 0, 1))
MEASURES = (Measure("m", "M", "", "maximise"), Measure("n", "N", "", "minimise"))
SHARES = BestShares(MEASURES, {"m": 1.0, "n": 0.5})
MOST = 20_000


def model(futures):
    a, b = futures.T
    return np.stack([np.stack([a, b], axis=1), np.stack([b, a], axis=1), np.full((len(a), 2), 0.3)])


def settings_for(folder, chunk=300):
    return EnsembleSettings(folder, chunk, "print", ("one", "two", "three"), ("m", "n"), ("a", "b"))


def source(count=MOST):
    return SampledFutures(RANGES, count, 1)


def until(precision, first=64):
    return StreamOptions(until=Until(SHARES, precision, first))


@pytest.mark.parametrize(
    ("precision", "first", "chunk"), [(0.05, 64, 300), (0.02, 100, 77), (0.012, 1024, 4096)]
)
def test_a_run_that_stops_itself_equals_one_asked_for_that_many(tmp_path, precision, first, chunk):
    end = stream_ensemble(model, source(), settings_for(tmp_path / "until", chunk), until(precision, first))
    assert end.is_reached
    assert end.half_width <= precision
    assert first < end.futures < MOST
    stream_ensemble(model, source(end.futures), settings_for(tmp_path / "asked"))
    for name in ("results.parquet", "futures.parquet"):
        assert (tmp_path / "until" / name).read_bytes() == (tmp_path / "asked" / name).read_bytes()
    assert open_results(tmp_path / "until").count == end.futures


def test_it_stops_at_the_first_look_that_is_good_enough(tmp_path):
    end = stream_ensemble(model, source(), settings_for(tmp_path), until(0.02))
    values = open_results(tmp_path).values()
    half = end.futures // 2
    assert SHARES.half_width(SHARES.summarise(values), end.futures) == end.half_width <= 0.02
    assert SHARES.half_width(SHARES.summarise(values[:, :half]), half) > 0.02


def test_it_stops_at_the_most_and_says_that_it_was_not_reached(tmp_path):
    end = stream_ensemble(model, source(500), settings_for(tmp_path), until(0.001))
    assert (end.futures, end.is_reached) == (500, False)
    assert end.half_width > 0.001


def test_a_finished_run_is_read_back_with_what_it_reached(tmp_path):
    first = stream_ensemble(model, source(), settings_for(tmp_path), until(0.02))

    def never(futures):
        raise AssertionError

    assert stream_ensemble(never, source(), settings_for(tmp_path), until(0.02)) == first
    values = run_ensemble(never, source(), settings_for(tmp_path), options=until(0.02))
    assert np.array_equal(values, model(source().rows(0, first.futures)))
    with pytest.raises(OutputError, match="the rule that stops it"):
        stream_ensemble(never, source(), settings_for(tmp_path), until(0.01))


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_stopped_run_stops_itself_where_it_would_have(tmp_path, after):
    whole = stream_ensemble(model, source(), settings_for(tmp_path / "whole"), until(0.02))
    calls = []

    def failing(block):
        calls.append(len(block))
        if len(calls) > after:
            raise KeyboardInterrupt
        return model(block)

    with pytest.raises(KeyboardInterrupt):
        stream_ensemble(failing, source(), settings_for(tmp_path / "cut"), until(0.02))
    seen = []

    def counted(block):
        seen.append(len(block))
        return model(block)

    with threads(2) as pool:
        options = StreamOptions(workers=pool, until=until(0.02).until)
        assert stream_ensemble(counted, source(), settings_for(tmp_path / "cut", 500), options) == whole
    assert sum(seen) == whole.futures - sum(calls[:after])
    for name in ("results.parquet", "futures.parquet"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes()


def test_damage_after_the_stop_is_mended(tmp_path):
    end = stream_ensemble(model, source(), settings_for(tmp_path), until(0.02))
    path = tmp_path / "results.parquet"
    before = path.read_bytes()
    path.write_bytes(before[:400] + b"\xff" + before[401:])
    assert stream_ensemble(model, source(), settings_for(tmp_path), until(0.02)) == end
    assert path.read_bytes() == before


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 60), st.integers(1, 5), st.integers(0, 2**20), st.floats(0, 1))
def test_totals_of_blocks_are_the_totals_of_the_whole_and_tell_the_shares(futures, plans, seed, cut):
    values = np.random.default_rng(seed).integers(0, 3, (plans, futures, 2)).astype(float)
    cut = 1 + int(cut * (futures - 2))
    whole = SHARES.summarise(values)
    assert np.array_equal(SHARES.summarise(values[:, :cut]) + SHARES.summarise(values[:, cut:]), whole)
    value = values[:, :, 0] - 0.5 * values[:, :, 1]
    shares = whole @ (1 / np.arange(1, plans + 1)) / futures
    assert shares == pytest.approx(best_shares(value).estimate)


@pytest.mark.parametrize(
    ("won", "futures", "expected"),
    # Wilson's interval for 0 of 10 is 0 to 0.2775, for 50 of 100 0.4038 to 0.5962, and for 81 of 263
    # 0.2553 to 0.3662 (Newcombe 1998, table I, method 3, for the last).
    [(0, 10, 0.1388), (50, 100, 0.0962), (81, 263, 0.0554)],
)
def test_half_widths_are_those_of_wilson(won, futures, expected):
    totals = np.array([[won], [won]])
    assert SHARES.half_width(totals, futures) == pytest.approx(expected, abs=1e-4)


def test_a_plan_that_always_won_is_not_known_exactly():
    assert SHARES.half_width(np.array([[64], [0]]), 64) > 0.02


@pytest.mark.parametrize("precision", [0, -1, np.nan, np.inf])
def test_a_precision_that_means_nothing_is_refused(precision):
    with pytest.raises(DomainError, match="precision must be above zero"):
        Until(SHARES, precision)


def test_other_settings_that_mean_nothing_are_refused():
    with pytest.raises(DomainError, match="one future or more"):
        Until(SHARES, 0.1, 0)
    with pytest.raises(DomainError, match="between zero and one"):
        BestShares(MEASURES, {}, 1.0)
