"""CPU of the analyses that a brief needs; scenario discovery has its own script.

Run: python benchmarks/strategy_analysis.py [FUTURES]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from kedge.strategy import (
    Uncertainty,
    best_shares,
    draw_futures,
    find_drivers,
    flip_boundary,
    leading_plans,
    quantile_interval,
    regret,
    score_plans,
)

COLUMNS = 35


def timed(label, call, *arguments):
    start = time.process_time()
    found = call(*arguments)
    print(f"{label:45s} {time.process_time() - start:8.3f} s CPU")
    return found


def analyse(value, futures, ranges, say):
    first, second = leading_plans(value)
    say("13 robustness metrics, 200 resamples", score_plans, value)
    say("best shares, 200 resamples", best_shares, value)
    say("5 quantiles a plan, 200 resamples", quantile_interval, regret(value), (0.05, 0.25, 0.5, 0.75, 0.95))
    say("flip boundary", flip_boundary, value[first] - value[second], futures, ranges)
    say("drivers of regret", find_drivers, regret(value), futures, ranges)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ranges = [Uncertainty(f"u{column}", 0, 1) for column in range(COLUMNS)]
    futures = timed(f"draw {count} x {COLUMNS} Sobol futures", draw_futures, ranges, count, 1)
    value = np.stack([np.sin(3 * futures[:, plan]) + futures[:, plan + 1] for plan in range(4)])
    analyse(value[:, :1000], futures[:1000], ranges, lambda _, call, *arguments: call(*arguments))
    analyse(value, futures, ranges, timed)


if __name__ == "__main__":
    main()
