"""CPU of the analyses that a brief needs, and PRIM beside EMA workbench's.

Run: python benchmarks/strategy_analysis.py [FUTURES]   (needs the `benchmark` extra for the comparison)
"""

from __future__ import annotations

import logging
import sys
import time
import warnings

import numpy as np

from kedge.strategy import (
    Uncertainty,
    best_shares,
    draw_futures,
    find_box,
    find_drivers,
    flip_boundary,
    leading_plans,
    quantile_interval,
    regret,
    score_plans,
)

COLUMNS = 35
LIMITS = {2: (0.5, 1.0), 7: (0.2, 0.8), 11: (0.0, 0.55)}


def timed(label, call, *arguments):
    start = time.process_time()
    found = call(*arguments)
    print(f"{label:45s} {time.process_time() - start:8.3f} s CPU")
    return found


def known_box(count, seed=1):
    inputs = draw_futures([Uncertainty(f"u{column}", 0, 1) for column in range(20)], count, seed)
    holds = np.all(
        [(inputs[:, c] >= low) & (inputs[:, c] <= high) for c, (low, high) in LIMITS.items()], axis=0
    )
    return inputs, np.random.default_rng(seed).random(count) < np.where(holds, 0.95, 0.03)


def analyse(value, futures, ranges, say):
    first, second = leading_plans(value)
    say("13 robustness metrics, 200 resamples", score_plans, value)
    say("best shares, 200 resamples", best_shares, value)
    say("5 quantiles a plan, 200 resamples", quantile_interval, regret(value), (0.05, 0.25, 0.5, 0.75, 0.95))
    say("flip boundary", flip_boundary, value[first] - value[second], futures, ranges)
    say("drivers of regret", find_drivers, regret(value), futures, ranges)


def compare_prim(count):
    inputs, holds = known_box(count)
    found = timed(f"PRIM, {count} x 20", find_box, inputs, holds)
    try:
        warnings.simplefilter("ignore")
        import pandas as pd
        from ema_workbench.analysis import prim
    except ImportError:
        print("EMA workbench is not installed; pip install 'kedge[benchmark]' to compare")
        return
    logging.disable(logging.CRITICAL)
    other = prim.Prim(
        pd.DataFrame(inputs, columns=[f"u{column}" for column in range(20)]), holds, threshold=0.5
    )
    path = timed(f"PRIM of EMA workbench, {count} x 20", other.find_box).peeling_trajectory
    boxes = found.trajectory.peels + 1
    same = np.allclose(path["mass"][:boxes], found.trajectory.mass[:boxes]) and np.allclose(
        path["density"][:boxes], found.trajectory.density[:boxes]
    )
    print(f"{'':45s} same peeling trajectory ({boxes} boxes): {same}")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ranges = [Uncertainty(f"u{column}", 0, 1) for column in range(COLUMNS)]
    futures = timed(f"draw {count} x {COLUMNS} Sobol futures", draw_futures, ranges, count, 1)
    value = np.stack([np.sin(3 * futures[:, plan]) + futures[:, plan + 1] for plan in range(4)])
    analyse(value[:, :1000], futures[:1000], ranges, lambda _, call, *arguments: call(*arguments))
    analyse(value, futures, ranges, timed)
    find_box(*known_box(1000))
    timed("PRIM, 100000 x 20", find_box, *known_box(100_000))
    compare_prim(10_000)


if __name__ == "__main__":
    main()
