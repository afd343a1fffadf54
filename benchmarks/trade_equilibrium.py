"""One solve of the 194-economy model: Kedge beside SciPy's fsolve and newton_krylov, same equations, one run.

    python benchmarks/trade_equilibrium.py [--scenario NAME] [--repeat N] [--json]

Needs the files of the source (`kedge data fetch`, or KEDGE_MIRROR).  Every method starts from the
baseline and solves the same compiled residual function to the same largest residual.  Seconds are
processor time of the whole process; linear algebra is held to one thread.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from running import one_thread
from scipy.optimize import fsolve, newton_krylov

from kedge.data.fetch import fetch
from kedge.data.readers.trade import read_liberation_day
from kedge.trade import calibrate_economy, find_scenario, prepare, scenario_tariffs, solve_equilibrium
from kedge.trade.equilibrium import lay_tariffs, residual_at, slope_at

TOLERANCE = 1e-10
KEYS = ("baci2023-194-labels", "baci2023-194-gdp", "baci2023-194-flows", "liberation-day-tariffs")


def measure(name: str, solve: Callable[[], tuple[float, int]], repeat: int) -> dict[str, object]:
    """Time `solve`, which returns its residual and how often it looked at the equations."""
    solve()
    times = []
    for _ in range(repeat):
        started = time.process_time()
        residual, looks = solve()
        times.append(time.process_time() - started)
    tracemalloc.start()
    solve()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "method": name,
        "cpu_ms": 1e3 * float(np.mean(times)),
        "residual": residual,
        "evaluations_or_steps": looks,
        "python_peak_mib": peak / 2**20,
    }


def run(scenario_name: str, repeat: int) -> list[dict[str, object]]:
    """Solve one scenario by each method."""
    data = read_liberation_day(*(fetch(key) for key in KEYS))
    economy, scenario = calibrate_economy(data.flows, data.gdp, data.iso3), find_scenario(scenario_name)
    tariffs = scenario_tariffs(economy, data.tariff, scenario)
    ready = prepare(economy, scenario.variant)
    start = np.zeros(2 * len(economy.iso3))
    duties = lay_tariffs(ready.share, tariffs, ready.world)
    looks = [0]

    def residual(point: np.ndarray) -> np.ndarray:
        looks[0] += 1
        return residual_at(ready.world, duties, point)[1]

    def slope(point: np.ndarray) -> np.ndarray:
        return slope_at(ready.world, duties, point)[1]

    def counted(solve: Callable[[], np.ndarray]) -> Callable[[], tuple[float, int]]:
        def once() -> tuple[float, int]:
            looks[0] = 0
            point = solve()
            return float(np.abs(residual(point)).max()), looks[0]

        return once

    def kedge() -> tuple[float, int]:
        solution = solve_equilibrium(ready, tariffs, TOLERANCE)
        solution.unwrap()
        return solution.residual, solution.iterations

    rows = [
        measure("kedge solve_equilibrium", kedge, 50 * repeat),
        measure(
            "scipy fsolve, our Jacobian",
            counted(lambda: fsolve(residual, start, fprime=slope, xtol=1e-12)),
            repeat,
        ),
        measure("scipy fsolve", counted(lambda: fsolve(residual, start, xtol=1e-12)), repeat),
        measure(
            "scipy newton_krylov",
            counted(lambda: newton_krylov(residual, start, f_tol=TOLERANCE, method="lgmres")),
            repeat,
        ),
    ]
    for row in rows:
        row["times_kedge"] = row["cpu_ms"] / rows[0]["cpu_ms"]
    return rows


def main() -> None:
    """Parse, run, print."""
    one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", default="announced")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = run(chosen.scenario, chosen.repeat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if chosen.json:
        print(json.dumps({"scenario": chosen.scenario, "methods": rows, "process_peak_mib": peak}))
        return
    print(f"194 economies, scenario {chosen.scenario}, largest residual wanted {TOLERANCE:g}")
    print(f"{'method':28s}{'CPU ms':>10s}{'residual':>11s}{'steps':>8s}{'x kedge':>9s}{'peak MiB':>10s}")
    for row in rows:
        print(
            f"{row['method']:28s}{row['cpu_ms']:10.2f}{row['residual']:11.1e}"
            f"{row['evaluations_or_steps']:8d}{row['times_kedge']:9.0f}{row['python_peak_mib']:10.2f}"
        )
    print(f"Peak memory of the whole process {peak:.0f} MiB; `peak MiB` is what one solve allocates.")
    print(
        "kedge's step is one look at the equations; its inverse slope is made once by `prepare`, not timed."
    )


if __name__ == "__main__":
    main()
