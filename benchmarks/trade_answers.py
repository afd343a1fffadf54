"""Optimal tariffs and tariff wars: processor time, beside SciPy on the same worlds without slopes.

    python benchmarks/trade_answers.py [--quick] [--json]

Needs the files of the sources (`kedge data fetch`, or KEDGE_MIRROR).  The peers get the same solver of
the world and look for the same tariffs by differences: SciPy's bounded scalar search for one rate, and
L-BFGS-B with finite differences for rates by partner (held to a few iterations: one already takes as
many worlds as there are partners).  Seconds are processor time, linear algebra on one thread.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from running import one_thread
from scipy.optimize import minimize, minimize_scalar

from kedge.trade import SectorModel, formula_war, one_sector, prepare_sectors, solve_sectors
from kedge.trade.levers import make_levers
from kedge.trade.nash import nash_tariffs
from kedge.trade.optimal import best_tariff
from kedge.world.trade_data import one_sector_world, sector_world


def measure(name: str, work: Callable[[], str], repeat: int = 3) -> dict[str, object]:
    """Time `work`, which says what it found; the first run loads what is compiled."""
    work()
    times, told = [], ""
    for _ in range(repeat):
        began = time.process_time()
        told = work()
        times.append(time.process_time() - began)
    row = {"what": name, "cpu_s": float(np.median(times)), "found": told}
    print(f"{name:58s}{row['cpu_s']:10.4f} s   {told}")
    sys.stdout.flush()
    return row


def one_sector_rows(quick: bool) -> list[dict[str, object]]:
    """Measure slopes and best tariffs at 194 economies."""
    economy, _, _ = one_sector_world("liberation-day-2025")
    model, home = one_sector(economy), economy.index("USA")
    weights = np.zeros(len(economy.iso3))
    weights[home] = 1.0

    def slopes() -> str:
        return f"{model.respond(model.tariffs).unwrap().pull(weights, home).size} slopes"

    def best(levers: str) -> Callable[[], str]:
        def work() -> str:
            found = best_tariff(model, "USA", levers)  # pyright: ignore[reportArgumentType]
            return f"{100 * found.value.rates.mean():.2f} % in the mean, slope {found.residual:.0e}"

        return work

    uniform, partner = (make_levers(model, "USA", kind) for kind in ("uniform", "partner"))

    def welfare(rates: np.ndarray, levers: object) -> float:
        tariffs = levers.lay(np.atleast_1d(rates), model.tariffs)  # pyright: ignore[reportAttributeAccessIssue]
        return -float(model.respond(tariffs).value.welfare[home])

    def scalar() -> str:
        found = minimize_scalar(welfare, bounds=(0, 2), args=(uniform,), method="bounded")
        return f"{100 * found.x:.2f} % by bounded search, {found.nfev} worlds"

    def differences() -> str:
        start = np.full(len(partner), 0.25)
        found = minimize(
            welfare, start, (partner,), "L-BFGS-B", bounds=[(0, 2)] * start.size, options={"maxiter": 3}
        )
        return f"{found.nfev} worlds in {found.nit} iterations, not yet converged"

    rows = [
        measure("slopes of one economy (with its solve), 194 economies", slopes, 15),
        measure("best uniform tariff with scan, 194 economies", best("uniform"), 7),
        measure("  peer: SciPy bounded search without scan", scalar, 3),
        measure("best tariffs by partner, 194 economies", best("partner"), 3),
    ]
    if not quick:
        rows.append(measure("  peer: SciPy L-BFGS-B by differences, 3 iterations", differences, 1))
    return rows


def sector_rows(quick: bool) -> list[dict[str, object]]:
    """Measure solves and wars of many sectors."""
    world, tables = sector_world("nafta-1993")
    ready = prepare_sectors(world)

    def nafta() -> str:
        found = solve_sectors(ready, tables.scenarios["nafta"], tolerance=1e-10)
        return f"{found.status}, residual {found.residual:.0e}, {found.iterations} passes"

    rows = [measure("31 economies x 40 sectors with links, NAFTA", nafta, 15)]
    for data in ("wiod-2013",) if quick else ("wiod-2013", "icio-2022"):
        model = SectorModel(sector_world(data)[0])
        size = len(model.iso3)

        def formula(model: SectorModel = model) -> str:
            found = formula_war(model.prepared)
            return f"{found.status}, gap {found.residual:.0e}, {found.iterations} rounds"

        def exact(model: SectorModel = model, size: int = size) -> str:
            found = nash_tariffs(model, list(model.iso3), starts=[[0.3] * size], check=False)
            return f"{found.status}, slope {found.residual:.0e}, {found.iterations} worlds"

        rows += [
            measure(f"war of all by the formula, {data}", formula, 5),
            measure(f"exact war of all, {data}, one start", exact, 1),
        ]
    return rows


def main() -> None:
    """Parse, run, print."""
    one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = one_sector_rows(chosen.quick) + sector_rows(chosen.quick)
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if chosen.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
