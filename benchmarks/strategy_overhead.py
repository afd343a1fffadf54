"""CPU that the framework spends on one experiment of a trivial vectorised model, beside EMA workbench.

Run: python benchmarks/strategy_overhead.py [FUTURES]   (needs the `benchmark` extra for the comparison)

An experiment is one plan in one future.  Kedge runs 4 plans x 7 measures; "in memory" is
everything but files (chunks, checks, collecting), "with files" adds parts, checksums, the
joined Parquet files and the lock.  EMA workbench runs its sequential evaluator on as many
scenarios as fit a few seconds, with 4 policies and 7 outcomes, from sampled inputs to the
arrays of outcomes.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from kedge.strategy import EnsembleSettings, Uncertainty, draw_futures, run_ensemble, run_in_memory

PLANS, MEASURES, COLUMNS = 4, 7, 35
NAMES = tuple(f"m{number}" for number in range(MEASURES))
POLICIES = tuple(f"plan_{number}" for number in range(PLANS))


def ready_values(futures):
    return READY[:, : len(futures)]


READY = np.random.default_rng(0).random((PLANS, 8192, MEASURES))


def kedge_seconds(futures):
    """CPU seconds of the runs in memory and with files."""
    warm = futures[:100]
    run_in_memory(ready_values, warm, POLICIES, NAMES)
    start = time.process_time()
    run_in_memory(ready_values, futures, POLICIES, NAMES)
    memory = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        for name, drawn in (("warm", warm), ("run", futures)):
            settings = EnsembleSettings(Path(folder) / name, 8192, "benchmark", POLICIES, NAMES)
            start = time.process_time()
            run_ensemble(ready_values, drawn, settings)
            files = time.process_time() - start
    return memory, files


def ema_seconds(scenarios):
    """CPU seconds of EMA workbench's sequential evaluator."""
    warnings.simplefilter("ignore")
    from ema_workbench import Model, Policy, RealParameter, ScalarOutcome, SequentialEvaluator

    def trivial(**_):
        return dict.fromkeys(NAMES, 1.0)

    model = Model("trivial", function=trivial)
    model.uncertainties = [RealParameter(f"u{number}", 0, 1) for number in range(COLUMNS)]
    model.outcomes = [ScalarOutcome(name) for name in NAMES]
    policies = [Policy(name) for name in POLICIES]
    with SequentialEvaluator(model) as evaluator:
        evaluator.perform_experiments(scenarios=10, policies=policies)
        start = time.process_time()
        evaluator.perform_experiments(scenarios=scenarios, policies=policies)
        return time.process_time() - start


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    futures = draw_futures([Uncertainty(f"u{number}", 0, 1) for number in range(COLUMNS)], count, 1)
    memory, files = kedge_seconds(futures)
    experiments = count * PLANS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"kedge, in memory:  {1e6 * memory / experiments:8.3f} us an experiment ({experiments} experiments)"
    )
    print(f"kedge, with files: {1e6 * files / experiments:8.3f} us an experiment; peak memory {peak:.0f} MiB")
    try:
        scenarios = 1000
        other = ema_seconds(scenarios)
    except ImportError:
        print("EMA workbench is not installed; pip install 'kedge[benchmark]' to compare")
        return
    print(f"EMA workbench:     {1e6 * other / (scenarios * PLANS):8.3f} us an experiment")


if __name__ == "__main__":
    main()
