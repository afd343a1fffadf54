"""CPU time a case of `solve_cases`, by number of economies.

    python benchmarks/trade_cases.py [--cases N] [--json]

Worlds are drawn at random: gravity trade, lognormal GDP, tariffs up to 60 % by and on one economy,
elasticities 2 to 10, and in half of the rows an embargo (300 %) on one pair.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from kedge.trade import Economy, calibrate_economy, solve_cases


def draw_world(size: int) -> Economy:
    """Make a world of gravity trade."""
    rng = np.random.default_rng(size)
    gdp = rng.lognormal(0.0, 1.0, size) * 1e12
    flows = 0.12 * np.outer(gdp, gdp) / gdp.sum() * rng.lognormal(0.0, 0.5, (size, size))
    np.fill_diagonal(flows, 0.0)
    return calibrate_economy(flows, gdp, ["USA", *(f"X{k:02d}" for k in range(1, size))])


def run(cases: int) -> list[dict[str, float | int | bool]]:
    """Time every row."""
    rows = []
    for size in (8, 12, 14, 16):
        world, rng = draw_world(size), np.random.default_rng(1)
        tariffs = np.zeros((cases, size, size))
        tariffs[:, 1:, 0] = rng.uniform(0.0, 0.6, (cases, size - 1))
        tariffs[:, 0, 1:] = rng.uniform(0.0, 0.6, (cases, size - 1)) * (rng.random((cases, 1)) < 0.5)
        elasticity = rng.uniform(2.0, 10.0, cases)
        solve_cases(world, tariffs[:64], elasticity[:64])
        for embargo in (False, True):
            if embargo:
                tariffs[:, 1, 2] = tariffs[:, 2, 1] = 3.0
            started, wall = time.process_time(), time.perf_counter()
            got = solve_cases(world, tariffs, elasticity)
            spent, wall = time.process_time() - started, time.perf_counter() - wall
            rows.append(
                {
                    "economies": size,
                    "embargo": embargo,
                    "cpu_us_a_case": 1e6 * spent / cases,
                    "wall_us_a_case": 1e6 * wall / cases,
                    "converged": float(got.converged.mean()),
                    "mean_steps": float(got.steps.mean()),
                }
            )
    return rows


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = run(chosen.cases)
    if chosen.json:
        print(json.dumps({"cases": chosen.cases, "rows": rows}))
        return
    print(f"{'economies':>9s}{'embargo':>9s}{'CPU us':>9s}{'wall us':>9s}{'converged':>11s}{'steps':>7s}")
    for row in rows:
        print(
            f"{row['economies']:9d}{row['embargo']!s:>9s}{row['cpu_us_a_case']:9.1f}{row['wall_us_a_case']:9.1f}"
            f"{row['converged']:11.4f}{row['mean_steps']:7.2f}"
        )


if __name__ == "__main__":
    main()
