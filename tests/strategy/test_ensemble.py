"""An ensemble's results do not depend on chunks, threads, or how often it was killed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, OutputError, StudyError
from kedge.strategy import (
    EnsembleSettings,
    Uncertainty,
    code_checksum,
    draw_futures,
    fingerprint_of,
    run_ensemble,
    run_in_memory,
)
from kedge.strategy.ledger import read_journal
from kedge.strategy.lock import LOCK_NAME, locked_folder
from kedge.strategy.parquet import TableLayout

FUTURES = draw_futures((Uncertainty("a", 0, 1), Uncertainty("b", 1, 2)), 100, 1)


def model(futures):
    total = futures.sum(axis=1)
    return np.stack([np.stack([total, total * 2], axis=1), np.stack([total, -total], axis=1)])


def settings_for(folder, **changes):
    plain = EnsembleSettings(folder, 16, "print", ("plan_a", "plan_b"), ("m", "n"), ("a", "b"))
    return replace(plain, **changes)


def digests(folder):
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("results.parquet", "futures.parquet")
    }


def interrupt(folder, after):
    """Run until so many futures are done, then fail; gives the chunks left behind."""

    def stop(done, total):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_ensemble(model, FUTURES, settings_for(folder), stop)
    return read_journal(folder)


def test_the_tables_hold_what_the_model_gave(tmp_path):
    values = run_ensemble(model, FUTURES, settings_for(tmp_path))
    assert np.array_equal(values, model(FUTURES))
    results = pl.read_parquet(tmp_path / "results.parquet")
    assert results.columns == ["future", "plan", "m", "n"]
    assert results.schema["future"] == pl.Int32
    assert results["future"].to_list()[:4] == [0, 0, 1, 1]
    assert results["plan"].to_list()[:4] == ["plan_a", "plan_b", "plan_a", "plan_b"]
    assert np.array_equal(results.filter(pl.col("plan") == "plan_b")["n"].to_numpy(), values[1, :, 1])
    drawn = pl.read_parquet(tmp_path / "futures.parquet")
    assert drawn.columns == ["future", "a", "b"]
    assert np.array_equal(drawn.select("a", "b").to_numpy(), FUTURES)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "futures.parquet",
        "results.parquet",
        "run.json",
    ]


def test_values_in_memory_equal_those_on_disk(tmp_path):
    on_disk = run_ensemble(model, FUTURES, settings_for(tmp_path))
    assert np.array_equal(run_in_memory(model, FUTURES, ("plan_a", "plan_b"), ("m", "n"), 7), on_disk)


@pytest.mark.parametrize("chunk", [1, 7, 100, 1000])
def test_bytes_do_not_depend_on_the_chunk_size(tmp_path, chunk):
    run_ensemble(model, FUTURES, settings_for(tmp_path / "one"))
    run_ensemble(model, FUTURES, settings_for(tmp_path / "other", chunk_size=chunk))
    assert digests(tmp_path / "one") == digests(tmp_path / "other")


@pytest.mark.parametrize("after", [0, 16, 48, 100])
def test_an_interrupted_run_resumes_without_computing_twice(tmp_path, after):
    run_ensemble(model, FUTURES, settings_for(tmp_path / "whole"))
    chunks = interrupt(tmp_path / "cut", after)
    seen = []

    def counted(futures):
        seen.append(len(futures))
        return model(futures)

    values = run_ensemble(counted, FUTURES, settings_for(tmp_path / "cut"))
    assert sum(seen) == 100 - sum(chunk.stop - chunk.start for chunk in chunks)
    assert np.array_equal(values, model(FUTURES))
    assert digests(tmp_path / "cut") == digests(tmp_path / "whole")


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage", ["values cut off", "a value changed", "a future changed", "values moved", "journal torn"]
)
def test_a_damaged_chunk_is_computed_again(tmp_path, damage):
    interrupt(tmp_path, 48)
    results, futures, journal = (
        tmp_path / name for name in ("results.parquet.running", "futures.parquet.running", "run.chunks")
    )
    layout = TableLayout(("m", "n"), 100, ("plan_a", "plan_b"))
    place = layout.number_places(0)[1] + 40 * 2 * 8
    if damage == "values cut off":
        results.write_bytes(results.read_bytes()[:place])
    elif damage == "a value changed":
        flip(results, place)
    elif damage == "a future changed":
        flip(futures, TableLayout(("a", "b"), 100).number_places(0)[0] + 47 * 8)
    elif damage == "values moved":
        lines = journal.read_text().splitlines()
        journal.write_text("\n".join([*lines[:2], "32 48 " + lines[1].split()[2]]))
    else:
        journal.write_text(journal.read_text()[:-30])
    seen = []

    def counted(futures):
        seen.append(futures.copy())
        return model(futures)

    run_ensemble(counted, FUTURES, settings_for(tmp_path))
    assert len(np.concatenate(seen)) == 100 - 48 + 16
    assert np.array_equal(run_ensemble(model, FUTURES, settings_for(tmp_path)), model(FUTURES))


def test_a_resumed_run_keeps_the_chunk_size_it_began_with(tmp_path):
    interrupt(tmp_path, 48)
    run_ensemble(model, FUTURES, settings_for(tmp_path, chunk_size=5))
    assert json.loads((tmp_path / "run.json").read_text())["chunk_size"] == 16


def test_a_finished_folder_is_read_back_and_verified(tmp_path):
    first = run_ensemble(model, FUTURES, settings_for(tmp_path))

    def never(futures):
        raise AssertionError

    seen = []
    again = run_ensemble(
        never, FUTURES, settings_for(tmp_path), lambda done, total: seen.append((done, total))
    )
    assert np.array_equal(first, again)
    assert seen == [(100, 100)]
    results = tmp_path / "results.parquet"
    before = results.read_bytes()
    results.write_bytes(before[:-1])
    assert np.array_equal(run_ensemble(model, FUTURES, settings_for(tmp_path)), first)
    assert results.read_bytes() == before


@pytest.mark.parametrize("name", ["results.parquet", "futures.parquet"])
@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.999])
def test_any_damage_of_a_finished_table_is_mended(tmp_path, name, share):
    run_ensemble(model, FUTURES, settings_for(tmp_path))
    path = tmp_path / name
    before, seen = path.read_bytes(), []
    flip(path, int(share * len(before)))

    def counted(futures):
        seen.append(len(futures))
        return model(futures)

    assert np.array_equal(run_ensemble(counted, FUTURES, settings_for(tmp_path)), model(FUTURES))
    assert path.read_bytes() == before
    assert sum(seen) <= 16


def test_a_finished_table_that_is_gone_is_made_again(tmp_path):
    run_ensemble(model, FUTURES, settings_for(tmp_path))
    before = digests(tmp_path)
    (tmp_path / "futures.parquet").unlink()
    run_ensemble(model, FUTURES, settings_for(tmp_path))
    assert digests(tmp_path) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fingerprint": "other"}, "study, data or code"),
        ({"plans": ("plan_a", "plan_c")}, "plans"),
        ({"measures": ("m", "o")}, "measures"),
    ],
)
def test_another_run_in_the_folder_is_refused_or_thrown_away(tmp_path, changes, said):
    interrupt(tmp_path, 48)
    with pytest.raises(OutputError, match=f"holds another run, which differs in {said}"):
        run_ensemble(model, FUTURES, settings_for(tmp_path, **changes))
    values = run_ensemble(
        lambda futures: model(futures) + 1, FUTURES, settings_for(tmp_path, restart=True, **changes)
    )
    assert np.array_equal(values, model(FUTURES) + 1)


def test_other_futures_are_another_run(tmp_path):
    interrupt(tmp_path, 48)
    with pytest.raises(OutputError, match=r"the futures \(seed or ranges\)"):
        run_ensemble(model, FUTURES + 0.5, settings_for(tmp_path))


@pytest.mark.parametrize("ledger", ["", "{", "[]", '{"chunk_size": "many"}'])
def test_a_broken_ledger_is_not_trusted(tmp_path, ledger):
    interrupt(tmp_path, 48)
    (tmp_path / "run.json").write_text(ledger)
    with pytest.raises(OutputError, match="holds another run"):
        run_ensemble(model, FUTURES, settings_for(tmp_path))


def test_chunks_without_a_ledger_are_not_trusted(tmp_path):
    interrupt(tmp_path, 48)
    (tmp_path / "run.json").unlink()
    values = run_ensemble(lambda futures: model(futures) + 1, FUTURES, settings_for(tmp_path))
    assert np.array_equal(values, model(FUTURES) + 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(tmp_path, bad):
    def broken(futures):
        values = model(futures)
        values[1, futures[:, 0] == FUTURES[37, 0], 1] = bad
        return values

    with pytest.raises(DomainError, match=f"gave {bad} for plan 'plan_b', future 37, measure 'n'"):
        run_ensemble(broken, FUTURES, settings_for(tmp_path))
    assert not (tmp_path / "results.parquet").exists()


def test_finite_values_whose_sum_overflows_are_accepted():
    huge = run_in_memory(lambda futures: np.full((1, len(futures), 1), 1e308), FUTURES, ("p",), ("m",))
    assert huge.max() == 1e308


def test_a_model_of_the_wrong_shape_is_refused(tmp_path):
    with pytest.raises(DomainError, match=r"of shape \(2, 16, 2\), got \(2, 16, 1\)"):
        run_ensemble(lambda futures: model(futures)[:, :, :1], FUTURES, settings_for(tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measures": ("m", "plan")}, "column 'plan' of their own"),
        ({"uncertainties": ("a", "future")}, "column 'future' of their own"),
        ({"chunk_size": 0}, "one or more futures, got 0"),
        ({"plans": ()}, "plans must be"),
        ({"measures": ("m", "m")}, "measures must be"),
        ({"uncertainties": ("a", "a")}, "uncertainties must be"),
    ],
)
def test_malformed_settings_are_refused(tmp_path, changes, message):
    with pytest.raises(StudyError, match=message):
        settings_for(tmp_path, **changes)


def test_names_must_fit_the_futures(tmp_path):
    with pytest.raises(DomainError, match="2 columns, but 1 uncertainties"):
        run_ensemble(model, FUTURES, settings_for(tmp_path, uncertainties=("a",)))
    with pytest.raises(DomainError, match="at least one row"):
        run_ensemble(model, FUTURES[:0], settings_for(tmp_path))


def test_two_runs_do_not_mix_in_one_folder(tmp_path):
    with locked_folder(tmp_path), pytest.raises(OutputError, match="another run is writing to"):
        run_ensemble(model, FUTURES, settings_for(tmp_path))
    run_ensemble(model, FUTURES, settings_for(tmp_path))
    assert not (tmp_path / LOCK_NAME).exists()


def test_a_lock_left_by_a_killed_run_is_taken_over(tmp_path):
    (tmp_path / LOCK_NAME).write_text("")
    assert np.array_equal(run_ensemble(model, FUTURES, settings_for(tmp_path)), model(FUTURES))


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another folder with --out"):
        run_ensemble(model, FUTURES, settings_for(tmp_path / "file" / "below"))


def test_fingerprints_tell_contents_apart():
    assert fingerprint_of(a=1, b=2) != fingerprint_of(a=2, b=1)
    assert len(code_checksum("kedge.strategy")) == 64
    with pytest.raises(OutputError, match="cannot find the source files"):
        code_checksum("json.decoder")
