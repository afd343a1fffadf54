"""Run something in a process of its own, and say what it cost."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from kedge.order.fit import PositionFit, fit_positions
from kedge.order.roll_calls import RollCalls
from kedge.order.stages import fit_votes
from voting.data import Split, divided


def peak_mib() -> float:
    """Give the largest memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(work: Callable, *given: object) -> dict:
    """Do `work(*given)` in a new process, which sends back a dictionary."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def kedge_positions(split: Split) -> dict:
    """Fit positions in one dimension; chances of the votes hidden, cost, fit."""
    warm_up(split.shown, 0)
    cpu, wall = time.process_time(), time.perf_counter()
    solution = fit_positions(split.shown)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    fit: PositionFit = solution.value
    odds = fit.odds(split.state, split.call)
    cost = {"cpu": cpu, "wall": wall, "mib": peak_mib(), "note": solution.status}
    return {"odds": odds, "positions": fit.positions.mean, "sd": fit.positions.sd, **cost}


def kedge_votes(split: Split, dimensions: int, sweeps: int = 25) -> dict:
    """Fit the model of votes; chances of the votes hidden, cost."""
    warm_up(split.shown, min(dimensions, 2))
    cpu, wall = time.process_time(), time.perf_counter()
    model = fit_votes(split.shown, dimensions, sweeps=sweeps)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "odds": model.odds(split.state, split.call), "cpu": cpu, "wall": wall, "mib": peak_mib(), "note": "",
    }  # fmt: skip


def warm_up(calls: RollCalls, dimensions: int) -> None:
    """Load compiled code, so that it is not timed."""
    few = divided(calls)
    few = few.pick(np.arange(max(len(few) - 60, 0), len(few)))
    with threadpool_limits(1, "blas"):
        if dimensions:
            fit_votes(few, dimensions, sweeps=4)
        else:
            fit_positions(few)
