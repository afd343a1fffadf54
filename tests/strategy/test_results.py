"""A finished ensemble is read back as it was run, in whole or in part, or refused."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import OutputError, UnknownName
from kedge.strategy import EnsembleSettings, Uncertainty, parquet, run_ensemble
from kedge.strategy.designs import SampledFutures
from kedge.strategy.parquet import TableLayout
from kedge.strategy.results import open_results
from kedge.strategy.stream import StreamOptions, stream_ensemble

SOURCE = SampledFutures((Uncertainty("a", 0, 1), Uncertainty("b", 1, 2)), 100, 1)
PLANS, MEASURES = ("one", "two", "three"), ("m", "n")


def model(futures):
    total = futures.sum(axis=1)
    return np.stack([np.stack([total + plan, total * plan], axis=1) for plan in range(3)])


def settings_for(folder, chunk=16):
    return EnsembleSettings(folder, chunk, "print", PLANS, MEASURES, ("a", "b"))


@pytest.fixture
def finished(tmp_path):
    run_ensemble(model, SOURCE, settings_for(tmp_path))
    return tmp_path


def test_names_and_counts_are_known_without_reading_values(finished):
    found = open_results(finished)
    assert (found.plans, found.measures, found.uncertainties, found.count) == (
        PLANS,
        MEASURES,
        ("a", "b"),
        100,
    )


def test_what_is_read_is_what_was_run(finished):
    found, values, futures = open_results(finished), model(SOURCE.rows(0, 100)), SOURCE.rows(0, 100)
    assert np.array_equal(found.values(), values)
    assert np.array_equal(found.values(["three", "one"], ["n"]), values[[2, 0]][:, :, [1]])
    assert np.array_equal(found.futures(), futures)
    assert np.array_equal(found.futures(["b"]), futures[:, [1]])
    blocks = list(found.blocks(measures=["n"]))
    assert [block.start for block in blocks] == list(range(0, 100, 16))
    assert np.array_equal(np.concatenate([block.values for block in blocks], axis=1), values[:, :, [1]])


def test_a_damaged_block_is_refused_when_it_is_read(finished):
    path = finished / "results.parquet"
    content = bytearray(path.read_bytes())
    content[TableLayout(MEASURES, 100, PLANS).number_places(0)[1] + 3 * 8 * 40] ^= 1
    path.write_bytes(content)
    found = open_results(finished)
    with pytest.raises(OutputError, match=r"futures 32 to 48 in .* are damaged"):
        found.values()
    assert next(found.blocks()).start == 0


def test_what_is_not_there_is_refused(finished, tmp_path):
    with pytest.raises(UnknownName, match="no plan is called 'ohne'"):
        open_results(finished).values(["ohne"])
    with pytest.raises(OutputError, match="holds no run"):
        open_results(tmp_path / "nothing")
    content = (finished / "futures.parquet").read_bytes()
    (finished / "futures.parquet").write_bytes(content[:-1])
    with pytest.raises(OutputError, match=r"futures\.parquet is missing or damaged"):
        open_results(finished)
    ledger = json.loads((finished / "run.json").read_text())
    del ledger["finished"]
    (finished / "run.json").write_text(json.dumps(ledger))
    with pytest.raises(OutputError, match="is not finished"):
        open_results(finished)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(1, 7), st.integers(1, 30), st.sampled_from([8, 32, 2**15]))
def test_a_polars_user_reads_what_was_written_whatever_the_groups(
    tmp_path_factory, count, plans, chunk, rows
):
    folder, names = tmp_path_factory.mktemp("any"), tuple(f"plan {number}" for number in range(plans))
    source = SampledFutures((Uncertainty("a", 0, 1),), count, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "GROUP_ROWS", rows)
        parquet._pages.cache_clear()
        about = EnsembleSettings(folder, chunk, "print", names, ("m",), ("a",))
        stream_ensemble(lambda block: np.stack([block + plan for plan in range(plans)]), source, about)
        parquet._pages.cache_clear()
    drawn, frame = source.rows(0, count)[:, 0], pl.read_parquet(folder / "results.parquet")
    assert frame.schema == {"future": pl.Int32, "plan": pl.Enum(names), "m": pl.Float64}
    assert frame["plan"].to_list() == list(names) * count
    assert frame["future"].to_list() == [future for future in range(count) for _ in names]
    assert np.array_equal(frame["m"].to_numpy(), (drawn[:, None] + np.arange(plans)).ravel())
    last = pl.scan_parquet(folder / "results.parquet").filter(pl.col("future") == count - 1).collect()
    assert len(last) == plans
    assert np.array_equal(pl.read_parquet(folder / "futures.parquet")["a"].to_numpy(), drawn)


def test_every_chunk_is_handed_over_once_whether_computed_or_read(tmp_path):
    seen = {}

    def keep(start, values, futures):
        assert start not in seen
        seen[start] = values

    for _ in range(2):
        seen.clear()
        stream_ensemble(model, SOURCE, settings_for(tmp_path, 30), StreamOptions(keep=keep))
        assert np.array_equal(
            np.concatenate([seen[start] for start in sorted(seen)], axis=1), model(SOURCE.rows(0, 100))
        )
