"""Who computes the chunks changes no value, and whoever cannot is told why."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from kedge.core.errors import DomainError, OutputError, StudyError
from kedge.strategy import EnsembleSettings, Uncertainty, workers
from kedge.strategy.designs import SampledFutures
from kedge.strategy.stream import StreamOptions, stream_ensemble
from kedge.strategy.workers import Shipped, Task, Workers, cluster, compute, processes, threads

SOURCE = SampledFutures((Uncertainty("a", 0, 1),), 100, 1)


def model(futures):
    return np.stack([futures, -futures])


def settings_for(folder):
    return EnsembleSettings(folder, 8, "print", ("one", "two"), ("m",), ("a",))


def tasks():
    return (
        Task(SOURCE.rows(start, start + 10), start, ("one", "two"), ("m",)) for start in range(0, 100, 10)
    )


def test_threads_give_the_bytes_of_one(tmp_path):
    stream_ensemble(model, SOURCE, settings_for(tmp_path / "one"))
    with threads(3) as pool:
        stream_ensemble(model, SOURCE, settings_for(tmp_path / "many"), StreamOptions(workers=pool))
    for name in ("results.parquet", "futures.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


def test_no_more_chunks_are_in_flight_than_allowed():
    running, most, lock = set(), [], threading.Lock()

    def counted():
        for task in tasks():
            with lock:
                running.add(task.start)
                most.append(len(running))
            yield task

    with threads(2) as pool:
        for task, _ in compute(model, counted(), pool):
            with lock:
                running.discard(task.start)
    # One more is drawn than handed out while the one that came back is being written.
    assert len(most) == 10
    assert max(most) <= pool.in_flight + 1


def test_a_model_that_fails_on_a_thread_fails_the_run(tmp_path):
    with threads(2) as pool, pytest.raises(DomainError, match="gave nan for plan 'one', future "):
        stream_ensemble(
            lambda block: model(block) * np.nan, SOURCE, settings_for(tmp_path), StreamOptions(workers=pool)
        )
    stream_ensemble(model, SOURCE, settings_for(tmp_path))


@pytest.mark.parametrize("error", [CancelledError(), BrokenProcessPool("gone")])
def test_lost_workers_are_told_from_a_failing_model(error):
    def submit(*_):
        lost = Future()
        lost.set_exception(error)
        return lost

    with pytest.raises(OutputError, match="the workers were lost"):
        list(compute(model, tasks(), Workers(submit, 2)))
    error = FileNotFoundError("the model's own")
    with pytest.raises(FileNotFoundError):
        list(compute(model, tasks(), Workers(submit, 2)))


def test_a_model_that_cannot_be_sent_is_refused():
    with processes(1) as pool, pytest.raises(StudyError, match="cannot be sent to other processes"):
        list(compute(lambda block: block, tasks(), pool))


def test_a_worker_with_other_code_is_refused():
    with pytest.raises(OutputError, match="a worker runs another version of kedge"):
        workers._evaluate_shipped(Shipped(b"", "kedge 0123"), next(tasks()))


def test_one_worker_is_the_least():
    with pytest.raises(StudyError, match="one worker or more, got 0"), threads(0):
        pass


def test_a_cluster_that_does_not_answer_is_a_clear_error():
    with pytest.raises(OutputError, match=r"no Dask scheduler with workers answers at 'tcp:"):
        cluster("tcp://127.0.0.1:9", patience=0.5).__enter__()


def test_a_cluster_without_its_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(StudyError, match=r"pip install 'kedge\[cluster\]'"):
        cluster("tcp://127.0.0.1:9", patience=0.5).__enter__()
