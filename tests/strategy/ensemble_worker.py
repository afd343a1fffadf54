"""Run a small ensemble as a process of its own, to be killed: FOLDER, seconds a chunk, chunk size, workers.

Workers are `here`, `threads:2`, or a scheduler's address; `limit:BYTES` computes here, on a disk that takes
no file larger than that.  Beside the folder, `calls.log` gets a line a call of the model: the first future's
number in its table, the futures handed over, and the process.
"""

import contextlib
import os
import sys
import time
from pathlib import Path

import numpy as np

from kedge.strategy import EnsembleSettings, Uncertainty, parquet, run_ensemble
from kedge.strategy.designs import SampledFutures
from kedge.strategy.stream import StreamOptions
from kedge.strategy.workers import cluster, threads

FUTURES = 400
SOURCE = SampledFutures((Uncertainty("a", 0, 1), Uncertainty("b", 1, 2)), FUTURES, 7)


class Model:
    """Slow, and known to whoever reads its log."""

    def __init__(self, log, pause):
        self.log, self.pause = str(log), pause
        self.numbers = {first: number for number, first in enumerate(SOURCE.rows(0, FUTURES)[:, 0].tolist())}

    def __call__(self, futures):
        line = f"{self.numbers[futures[0, 0]]} {len(futures)} {os.getpid()}\n"
        with open(self.log, "a") as log:
            log.write(line)
        time.sleep(self.pause)
        total = futures.sum(axis=1)
        return np.stack([np.stack([total, total**2], axis=1), np.stack([-total, np.sin(total)], axis=1)])


def run(folder, pause, chunk, workers="here"):
    settings = EnsembleSettings(folder, chunk, "same", ("plan_a", "plan_b"), ("m", "n"), ("a", "b"))
    report = lambda done, total: print(done, total, flush=True)  # noqa: E731
    kind, _, number = workers.partition(":")
    with contextlib.ExitStack() as stack:
        chosen = None
        if kind == "threads":
            chosen = stack.enter_context(threads(int(number)))
        elif kind == "limit":
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (int(number), int(number)))
        elif kind == "tcp":
            chosen = stack.enter_context(cluster(workers))
        options = StreamOptions(workers=chosen)
        return run_ensemble(
            Model(Path(folder).parent / "calls.log", pause), SOURCE, settings, report, options
        )


if __name__ == "__main__":
    # So small that a run crosses several groups of rows; here alone, since a module that is
    # merely collected must not change the layout for all other tests.
    parquet.GROUP_ROWS = 64
    run(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
