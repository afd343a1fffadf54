"""Real processes, really killed: a run ends with the same bytes and computes nothing written again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kedge.strategy.ledger import read_journal

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="signals of this kind are POSIX only; run on Linux or macOS"
)

WORKER = Path(__file__).parent / "ensemble_worker.py"
FUTURES, CHUNK, KILLS = 400, 8, 10
TABLES = ("results.parquet", "futures.parquet")


def start(folder, workers, pause=0.02, chunk=CHUNK):
    command = [sys.executable, str(WORKER), str(folder), str(pause), str(chunk), workers]
    few = dict.fromkeys(("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | few
    )


def finish(folder, workers, **changes):
    run = start(folder, workers, **changes)
    output, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    return output


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    finish(folder, "here", pause=0.0, chunk=60)
    return {name: (folder / name).read_bytes() for name in TABLES}


def same(folder, undisturbed):
    return {name: (folder / name).read_bytes() for name in TABLES} == undisturbed


def calls(folder):
    """Give the first futures of the chunks that the model was called for, and in which process."""
    log = folder.parent / "calls.log"
    rows = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(int(first), int(process)) for first, _, process in rows]


def kill_at_random_moments(folder, workers, rng, kind=signal.SIGKILL):
    """Start and kill, over and over; what the journal holds must never be computed again."""
    for _ in range(KILLS):
        written, known = {chunk.start for chunk in read_journal(folder)}, len(calls(folder))
        run = start(folder, workers)
        lines = int(rng.integers(1, 5))
        for _ in range(lines):
            run.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        run.send_signal(kind)
        assert run.wait(60) != 0, run.stderr.read()
        run.communicate()
        assert written <= {chunk.start for chunk in read_journal(folder)}
        assert not written & {first for first, _ in calls(folder)[known:]}
    return {chunk.start for chunk in read_journal(folder)}


def end_as_if_undisturbed(folder, workers, undisturbed):
    written, known = {chunk.start for chunk in read_journal(folder)}, len(calls(folder))
    assert written
    finish(folder, workers)
    assert same(folder, undisturbed)
    computed = [first for first, _ in calls(folder)[known:]]
    assert sorted({*computed} | written) == list(range(0, FUTURES, CHUNK))
    assert not written & {*computed}
    assert sorted(path.name for path in folder.iterdir()) == sorted([*TABLES, "run.json"])


def test_a_run_on_threads_survives_ten_kills(tmp_path, undisturbed):
    folder = tmp_path / "out"
    kill_at_random_moments(folder, "threads:2", np.random.default_rng(1))
    end_as_if_undisturbed(folder, "threads:2", undisturbed)


def test_an_interrupted_run_is_taken_up_by_another_number_of_workers(tmp_path, undisturbed):
    folder = tmp_path / "out"
    run = start(folder, "here")
    for line in run.stdout:
        if line.split()[0] == "80":
            run.send_signal(signal.SIGINT)
            break
    assert run.wait(60) != 0
    run.communicate()
    end_as_if_undisturbed(folder, "threads:3", undisturbed)


def test_a_full_disk_keeps_what_was_written(tmp_path, undisturbed):
    folder = tmp_path / "out"
    run = start(folder, "limit:9000", pause=0.0)
    _, errors = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "OutputError: cannot write to" in errors
    assert "File too large; free space" in errors
    assert 0 < len(read_journal(folder)) < FUTURES // CHUNK
    end_as_if_undisturbed(folder, "here", undisturbed)


def test_a_disk_that_is_full_at_the_very_end_costs_no_chunk(tmp_path, undisturbed):
    folder, size = tmp_path / "out", len(undisturbed["results.parquet"])
    run = start(folder, f"limit:{size - 1}", pause=0.0)
    _, errors = run.communicate(timeout=60)
    assert "File too large" in errors
    assert len(read_journal(folder)) == FUTURES // CHUNK
    known = len(calls(folder))
    finish(folder, "here")
    assert len(calls(folder)) == known
    assert same(folder, undisturbed)


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """Give a scheduler on loopback with two workers, and a way to start another."""
    place = tmp_path_factory.mktemp("dask")
    about, running = place / "scheduler.json", []

    def launch(*command):
        with (place / f"{len(running)}.log").open("w") as log:
            running.append(
                subprocess.Popen([sys.executable, "-m", *command], stdout=log, stderr=log, cwd=place)
            )
        return running[-1]

    def worker():
        return launch(
            *("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"),
            *("--host", "127.0.0.1", "--local-directory", str(place), "--memory-limit", "0"),
        )

    try:
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about)]
        launch("distributed.cli.dask_scheduler", *options)
        deadline = time.monotonic() + 60
        while not about.exists() or not about.read_text().strip():
            assert time.monotonic() < deadline, "no scheduler in a minute"
            time.sleep(0.05)
        address = json.loads(about.read_text())["address"]
        worker(), worker()
        yield address, worker
    finally:
        for each in reversed(running):
            each.kill()
            each.wait()


def test_a_cluster_gives_the_bytes_of_one_machine(tmp_path, undisturbed, dask):
    folder = tmp_path / "out"
    finish(folder, dask[0])
    assert same(folder, undisturbed)
    processes = {process for _, process in calls(folder)}
    assert len(processes) == 2


def test_a_run_on_a_cluster_survives_ten_kills(tmp_path, undisturbed, dask):
    folder = tmp_path / "out"
    kill_at_random_moments(folder, dask[0], np.random.default_rng(2))
    end_as_if_undisturbed(folder, dask[0], undisturbed)


def test_the_chunk_of_a_killed_worker_is_computed_elsewhere(tmp_path, undisturbed, dask):
    folder, (address, worker) = tmp_path / "out", dask
    run = start(folder, address, pause=0.3, chunk=25)
    deadline = time.monotonic() + 60
    while len(calls(folder)) < 4:
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < deadline, "no chunk in a minute"
        time.sleep(0.01)
    chunk, victim = calls(folder)[-1]
    os.kill(victim, signal.SIGKILL)
    worker()
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    assert same(folder, undisturbed)
    firsts = [first for first, _ in calls(folder)]
    assert firsts.count(chunk) == 2
    assert {process for first, process in calls(folder) if first == chunk} != {victim}
