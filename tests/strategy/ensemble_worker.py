"""Run a small ensemble as a process of its own, to be killed: FOLDER, seconds a chunk, chunk size."""

import sys
import time
from pathlib import Path

import numpy as np

from kedge.strategy import EnsembleSettings, Uncertainty, draw_futures, run_ensemble

RANGES = (Uncertainty("a", 0, 1), Uncertainty("b", 1, 2))
FUTURES = 400


def run(folder, pause, chunk):
    def model(futures):
        time.sleep(pause)
        with (Path(folder).parent / "calls.log").open("a") as log:
            log.write(f"{len(futures)}\n")
        total = futures.sum(axis=1)
        return np.stack([np.stack([total, total**2], axis=1), np.stack([-total, np.sin(total)], axis=1)])

    settings = EnsembleSettings(folder, chunk, "same", ("plan_a", "plan_b"), ("m", "n"), ("a", "b"))
    report = lambda done, total: print(done, total, flush=True)  # noqa: E731
    return run_ensemble(model, draw_futures(RANGES, FUTURES, 7), settings, report)


if __name__ == "__main__":
    run(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
