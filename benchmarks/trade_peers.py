"""The trade room beside named peers, in one run: one sector with 194 economies, 40 sectors with 31.

    python benchmarks/trade_peers.py [--quick] [--json]

Needs the `benchmark` extra and the files of the sources (`kedge data fetch`, or KEDGE_MIRROR).

One sector, the tariffs of 2 April 2025.  Kedge's row is the median of many warm solves, up to the
point where the equations hold; the next row also lays that point out as flows and prices, and the
third takes the batch through draws of elasticity, pass-through and the weights of two schedules.
SciPy's solvers get the same compiled equations, the same start and the same largest residual; they
return the point too, and the tariffs are laid on the shares before their clock starts.

gegravity (Herman 2021) solves its own model: Anderson & van Wincoop with one sector, on the same flows
with own trade, sigma = 1 + the trade elasticity.  Tariffs enter as the change of trade costs alone: that
model has no tariff revenue, no labour supply and no scale effects.  So its rows compare the time of one
counterfactual at this size, not results.  Its baseline costs are such that its resistances start at
their solution, and building the baseline is not timed.  Solver and tolerance (1e-8) are its defaults;
a second row lets it use SciPy's Krylov solver.

Many sectors: NAFTA's tariffs as in Caliendo & Parro (2015).  The peer is their published algorithm,
written plainly in NumPy here: an inner loop for prices, one linear system for spending, and damped steps
of wages.  0.2 is the damping of their programs (which stop at 1e-7); larger steps stand beside it.  SciPy's
newton_krylov is tried on its wages, and on Kedge's compiled equations.  All residuals of this part are
those of Kedge's equations.

A search of the package indexes found no other peer: for Python, gegravity is the one general-equilibrium
trade model there; toolkits for computable general equilibrium (cge-modeling, cgelab) bring no world of
trading economies.  Those found for R need R: gravityGE (CRAN) and GEGravity are one-sector models without
revenue, cp2015 is the NAFTA model; the last two are on no index.

Seconds are processor time of the whole process, linear algebra on one thread.  `peak MiB` is what Python
and NumPy allocate in one more run; compiled code's own scratch is not in it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from running import one_thread
from scipy.optimize import NoConvergence, newton_krylov, root

from kedge.trade import Economy, find_scenario, prepare, scenario_tariffs, solve_equilibrium
from kedge.trade.batch import prepare_batch, solve_batch
from kedge.trade.equilibrium import lay_tariffs, residual_at
from kedge.trade.sector_kernels import Flow, Levied, Sectors, evaluate, new_flow
from kedge.trade.sector_solve import levy_tariffs, prepare_sectors, solve_sectors
from kedge.world.trade_data import one_sector_world, sector_world

TOLERANCE = 1e-10
ELASTICITY = 4.0
KRYLOV = ("lgmres", "gmres", "bicgstab", "cgs")
OTHERS = {
    "hybr": {"xtol": 1e-12},
    "anderson": {"fatol": TOLERANCE, "maxiter": 500},
    "broyden1": {"fatol": TOLERANCE, "maxiter": 500},
    "df-sane": {"fatol": TOLERANCE, "ftol": 0.0, "maxfev": 5000},
}
PUBLISHED_DAMPING = 0.2
DAMPINGS = (PUBLISHED_DAMPING, 0.4, 0.5, 0.6, 0.8)
MOST_WAGE_STEPS = 300

Solved = tuple[float, int]
"""Largest residual, and steps or looks at the equations."""


def measure(
    program: str, solve: Callable[[], Solved], repeat: int, *, warm: bool = True, trace: bool = True
) -> dict[str, object]:
    """Time `solve`; `solve.seconds`, if there is one, is the time that it measured itself."""
    if warm:
        solve()
    times, residual, steps = [], np.nan, 0
    for _ in range(repeat):
        started = time.process_time()
        residual, steps = solve()
        spent = time.process_time() - started
        times.append(getattr(solve, "seconds", spent))
    peak = None
    if trace:
        tracemalloc.start()
        solve()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    return {
        "program": program,
        "cpu_s": float(np.median(times)),
        "runs": repeat,
        "residual": float(residual),
        "steps": int(steps),
        "peak_mib": peak,
    }


def attempt(program: str, solve: Callable[[], Solved], repeat: int) -> dict[str, object] | None:
    """Time a solver that may fail; nothing if it does."""
    try:
        residual, _ = solve()
    except (NoConvergence, ValueError, np.linalg.LinAlgError):
        return None
    if not residual <= 10.0 * TOLERANCE:
        return None
    return measure(program, solve, repeat, warm=False)


class Own:
    """A solve that is timed by parts of its own."""

    def __init__(self, solve: Callable[[], tuple[float, int, float]]) -> None:
        self.solve, self.seconds = solve, np.nan

    def __call__(self) -> Solved:
        residual, steps, self.seconds = self.solve()
        return residual, steps


def compare(rows: list[dict[str, object] | None], reference: int = 0) -> list[dict[str, object]]:
    """Drop what failed and add the ratio of times to one row's."""
    kept = [row for row in rows if row is not None]
    for row in kept:
        row["ratio"] = row["cpu_s"] / kept[reference]["cpu_s"]
    return kept


# One sector ---------------------------------------------------------------------------------------


def one_sector(quick: bool) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Time Kedge, SciPy and gegravity on the tariffs of 2 April 2025."""
    economy, announced, _ = one_sector_world("liberation-day-2025")
    scenario = find_scenario("announced")
    tariffs = scenario_tariffs(economy, announced, scenario)
    answered = scenario_tariffs(economy, announced, find_scenario("announced-reciprocal"))
    ready = prepare(economy, scenario.variant)

    def call() -> Solved:
        solution = solve_equilibrium(ready, tariffs, TOLERANCE)
        solution.unwrap()
        return solution.residual, solution.iterations

    def alone() -> tuple[float, int, float]:
        solution = solve_equilibrium(ready, tariffs, TOLERANCE)
        return solution.residual, solution.iterations, solution.cpu_seconds

    many = 300 if quick else 3000
    rows = [
        measure("Kedge, warm solve", Own(alone), many),
        measure("Kedge, with flows and prices", call, many),
        batch_row(economy, tariffs, answered - tariffs, 500 if quick else 10_000),
    ]
    start = np.zeros(2 * len(economy.iso3))
    duties = lay_tariffs(ready.share, tariffs, ready.world)
    peers, failed = scipy_rows(partial(look, ready.world, duties), start, 3 if quick else 9)
    peers.append(gegravity_row(economy, tariffs, "hybr", 1 if quick else 3))
    if not quick:
        peers.append(gegravity_row(economy, tariffs, "krylov", 1))
    rows = compare([*rows, *peers])
    best = min(row["ratio"] for row in rows if "newton_krylov" in str(row["program"]))
    gravity = [row for row in rows if "gegravity" in str(row["program"])]
    facts = {
        "best_krylov_ratio": best,
        "gegravity_ratio": min((row["ratio"] for row in gravity), default=None),
        "failed": failed,
    }
    return rows, facts


def look(world: object, duties: object, point: np.ndarray) -> np.ndarray:
    """Give Kedge's residuals; where an economy cannot pay there are none, and a large number stands."""
    worst, residual = residual_at(world, duties, point)
    return residual if np.isfinite(worst) else np.full(point.size, 1e3)


def batch_row(economy: Economy, schedule: np.ndarray, answer: np.ndarray, draws: int) -> dict[str, object]:
    """Time one draw of many: elasticity, pass-through and both schedules' weights vary."""
    rng = np.random.default_rng(7)
    weights = rng.uniform(0.0, 1.0, (draws, 2))
    drawn = {
        "trade_elasticity": rng.uniform(2.0, 10.0, draws),
        "pass_through": rng.uniform(0.25, 1.0, draws),
    }
    batch, schedules = prepare_batch(economy), np.stack([schedule, answer])
    solve_batch(batch, schedules, weights[:8], {name: each[:8] for name, each in drawn.items()})

    def run() -> tuple[float, int, float]:
        started = time.process_time()
        results = solve_batch(batch, schedules, weights, drawn, TOLERANCE)
        spent = time.process_time() - started
        if not results.converged.all():
            print(f"{(~results.converged).sum()} of {draws} draws did not converge", file=sys.stderr)
        return results.residual.max(), round(results.steps.mean()), spent / draws

    return measure(f"Kedge, batch of {draws}, a draw", Own(run), 1, warm=False)


def scipy_rows(
    residual: Callable[[np.ndarray], np.ndarray], start: np.ndarray, repeat: int
) -> tuple[list[dict[str, object]], list[str]]:
    """Time SciPy's solvers on Kedge's equations; also name those that do not arrive."""
    looks = [0]

    def counted(point: np.ndarray) -> np.ndarray:
        looks[0] += 1
        return residual(point)

    def solved(solver: Callable[[], np.ndarray]) -> Solved:
        looks[0] = 0
        point = solver()
        return float(np.abs(residual(point)).max()), looks[0]

    solvers = {
        f"SciPy newton_krylov, {inner}": partial(
            newton_krylov, counted, start, f_tol=TOLERANCE, method=inner, maxiter=100
        )
        for inner in KRYLOV
    }
    for method, options in OTHERS.items():
        solvers[f"SciPy root, {method}"] = partial(by_root, counted, start, method, options)
    rows, failed = [], []
    for name, solver in solvers.items():
        row = attempt(name, partial(solved, solver), repeat)
        if row is None:
            failed.append(name)
        else:
            rows.append(row)
    return rows, failed


def by_root(
    residual: Callable[[np.ndarray], np.ndarray], start: np.ndarray, method: str, options: dict[str, float]
) -> np.ndarray:
    """Give the point at which `scipy.optimize.root` stops."""
    return root(residual, start, method=method, options=options).x


def gegravity_row(
    economy: Economy, tariffs: np.ndarray, method: str, repeat: int
) -> dict[str, object] | None:
    """Time gegravity from the experiment's data to its results."""
    try:
        import gegravity
        import pandas
    except ImportError:
        print("gegravity is missing; install the `benchmark` extra", file=sys.stderr)
        return None
    flows, code = economy.flows, np.array(economy.iso3)
    exporter, importer = np.divmod(np.arange(flows.size), len(code))
    output, spending = flows.sum(axis=1), flows.sum(axis=0)
    with np.errstate(divide="ignore"):
        cost = np.log(flows * flows.sum() / np.outer(output, spending))
    table = pandas.DataFrame(
        {
            "exporter": code[exporter], "importer": code[importer], "year": "2023",
            "trade": flows.ravel(), "Y": output[exporter], "E": spending[importer],
            "cost": cost.ravel(), "duty": 0.0,
        }
    )  # fmt: skip
    duty = pandas.Series(
        np.log1p(tariffs).ravel(), pandas.MultiIndex.from_arrays([table.exporter, table.importer])
    )
    coefficients = gegravity.CostCoeffs(
        pandas.DataFrame({"name": ["cost", "duty"], "value": [1.0, -ELASTICITY]}), "name", "value"
    )

    def run() -> tuple[float, int, float]:
        baseline = gegravity.BaselineData(
            table.copy(), trade_var_name="trade", expend_var_name="E", output_var_name="Y"
        )
        model = gegravity.OneSectorGE(
            baseline, year="2023", reference_importer="DEU", sigma=1.0 + ELASTICITY,
            cost_variables=["cost", "duty"], cost_coeff_values=coefficients, quiet=True,
        )  # fmt: skip
        model.build_baseline(mr_method=method)
        shock = model.baseline_data.copy()
        shock["duty"] = duty.loc[pandas.MultiIndex.from_frame(shock[["exporter", "importer"]])].to_numpy()
        started = time.process_time()
        model.define_experiment(shock)
        model.simulate(ge_method=method)
        spent = time.process_time() - started
        found = model.solver_diagnostics["full_GE"]
        if not found.success:
            print(f"gegravity: {found.message}", file=sys.stderr)
        return float(np.abs(found.fun).max()), int(found.nfev), spent

    return measure(f"gegravity OneSectorGE, {method}", Own(run), repeat, warm=False, trace=repeat > 1)


# Many sectors -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """What the published algorithm reads: the calibrated world with new tariffs laid on it."""

    world: Sectors
    levied: Levied

    def prices(self, wages: np.ndarray, start: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        """Inner loop: log costs and log prices [sector, economy] at log wages."""
        world, price = self.world, start
        for _ in range(5000):
            costs = world.value_added * wages + np.einsum("nmk,mn->kn", world.inputs, price)
            supply = np.exp(-world.elasticity[:, None] * costs)
            gross = np.einsum("kji,kj->ki", self.levied.kept, supply)
            after = -np.log(np.where(gross > 0.0, gross, 1.0)) / world.elasticity[:, None]
            change = np.abs(after - price).max()
            price = after
            if change <= tolerance:
                break
        return costs, price

    def spending(self, wages: np.ndarray, costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Solve for spending [sector, economy] at once; also what producers pay for value added."""
        world, (sectors, size) = self.world, costs.shape
        supply = np.exp(-world.elasticity[:, None] * costs)[:, :, None]
        gross = (self.levied.kept * supply).sum(axis=1)
        net = self.levied.net * supply / np.where(gross > 0.0, gross, 1.0)[:, None, :]
        taxed = np.where(gross > 0.0, 1.0 - net.sum(axis=1), 0.0)
        matrix = -np.einsum("nmk,kni->mnki", world.inputs, net)
        each = np.arange(size)
        matrix[:, each, :, each] -= np.einsum("mn,kn->nmk", world.final, taxed)
        matrix = matrix.reshape(sectors * size, sectors * size)
        matrix[np.diag_indices_from(matrix)] += 1.0
        money = world.labour * np.exp(wages) + world.transfers
        spent = np.linalg.solve(matrix, (world.final * money).ravel()).reshape(sectors, size)
        output = np.einsum("kji,ki->kj", net, spent)
        return spent, (world.value_added * output).sum(axis=0)

    def gaps(self, wages: np.ndarray, price: np.ndarray, tolerance: float) -> tuple[np.ndarray, ...]:
        """Log gaps of all labour markets, and the point on the way: costs, spending, prices."""
        costs, price = self.prices(wages, price, tolerance)
        spent, earned = self.spending(wages, costs)
        return np.log(earned / self.world.labour) - wages, costs, spent, price

    def fixed_point(self, damping: float) -> tuple[np.ndarray, int]:
        """Run the algorithm; give the point in Kedge's coordinates and the steps of wages."""
        sectors, size = self.world.value_added.shape
        wages, price = np.zeros(size), np.zeros((sectors, size))
        step = 0
        while step < MOST_WAGE_STEPS:
            step += 1
            gap, costs, spent, price = self.gaps(wages, price, 0.1 * TOLERANCE)
            if np.abs(gap).max() <= 0.5 * TOLERANCE or not np.isfinite(gap).all():
                break
            moved = np.exp(wages) * (1.0 + damping * np.expm1(gap))
            if not (moved > 0.0).all():
                break
            wages = np.log(moved / (self.world.labour * moved).sum())
        return np.concatenate([wages, costs.ravel(), (spent / self.world.size).ravel()]), step

    def by_krylov(self) -> tuple[np.ndarray, int]:
        """Find the wages by SciPy instead, all prices and spending settled at each look."""
        sectors, size = self.world.value_added.shape
        looks, nothing = [0], np.zeros((sectors, size))

        def residual(wages: np.ndarray) -> np.ndarray:
            looks[0] += 1
            drift = np.log((self.world.labour * np.exp(wages)).sum())
            return self.gaps(wages, nothing, 1e-13)[0] + drift

        wages = newton_krylov(residual, np.zeros(size), f_tol=0.5 * TOLERANCE, method="lgmres", maxiter=50)
        _, costs, spent, _ = self.gaps(wages, nothing, 1e-13)
        return np.concatenate([wages, costs.ravel(), (spent / self.world.size).ravel()]), looks[0]


def many_sectors(quick: bool) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Time Kedge, the published algorithm and SciPy on NAFTA's tariffs."""
    economy, tables = sector_world("nafta-1993")
    tariffs = tables.scenarios["nafta"]
    ready = prepare_sectors(economy)
    levied = levy_tariffs(ready.world, ready.before, np.ascontiguousarray(np.moveaxis(tariffs, 2, 0)))
    flow = Flow(*new_flow(*ready.world.value_added.shape))

    def residuals(point: np.ndarray) -> np.ndarray:
        residual = np.zeros(point.size)
        worst = evaluate(ready.world, levied, np.ascontiguousarray(point), flow, residual)
        return residual if np.isfinite(worst) else np.full(point.size, 1e3)

    def alone() -> tuple[float, int, float]:
        solution = solve_sectors(ready, tariffs, tolerance=TOLERANCE)
        return solution.residual, solution.iterations, solution.cpu_seconds

    def call() -> Solved:
        solution = solve_sectors(ready, tariffs, tolerance=TOLERANCE)
        solution.unwrap()
        return solution.residual, solution.iterations

    def judged(solver: Callable[[], tuple[np.ndarray, int]]) -> Solved:
        point, steps = solver()
        return float(np.abs(residuals(point)).max()), steps

    def compiled() -> tuple[np.ndarray, int]:
        looks = [0]

        def counted(point: np.ndarray) -> np.ndarray:
            looks[0] += 1
            return residuals(point)

        return newton_krylov(counted, ready.start, f_tol=TOLERANCE, method="lgmres", maxiter=200), looks[0]

    peer, (many, few) = Published(ready.world, levied), (100, 1) if quick else (1000, 3)
    tried = {
        f"Caliendo & Parro's algorithm, damping {damping:g}": (partial(peer.fixed_point, damping), few)
        for damping in (DAMPINGS[:1] if quick else DAMPINGS)
    }
    tried["newton_krylov on its wages"] = (peer.by_krylov, few)
    tried["newton_krylov on Kedge's equations"] = (compiled, 3 * few)
    peers = {name: attempt(name, partial(judged, solver), runs) for name, (solver, runs) in tried.items()}
    own = [
        measure("Kedge, warm solve", Own(alone), many),
        measure("Kedge, with flows and prices", call, many),
    ]
    failed = [name for name, row in peers.items() if row is None]
    return compare([*own, *peers.values()]), {"failed": failed}


def show(title: str, rows: list[dict[str, object]], facts: dict[str, object]) -> None:
    """Print a table, and who did not arrive."""
    print(title)
    heads = ("CPU s", "x Kedge", "residual", "steps", "runs", "peak MiB")
    print(f"{'program':42s}" + "".join(f"{head:>11s}" for head in heads))
    for row in rows:
        peak = "." if row["peak_mib"] is None else f"{row['peak_mib']:.2f}"
        print(
            f"{row['program']:42s}{row['cpu_s']:11.6f}{row['ratio']:11.1f}{row['residual']:11.1e}"
            f"{row['steps']:11d}{row['runs']:11d}{peak:>11s}"
        )
    if facts["failed"]:
        print(f"Did not arrive: {'; '.join(facts['failed'])}.")


def main() -> None:
    """Parse, run, print."""
    one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs, fewer draws")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = {"one_sector": one_sector(chosen.quick), "many_sectors": many_sectors(chosen.quick)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if chosen.json:
        found = {name: {"rows": rows, **facts} for name, (rows, facts) in parts.items()}
        print(json.dumps({**found, "process_peak_mib": peak}))
        return
    one, facts = parts["one_sector"]
    show(f"One sector, 194 economies, tariffs of 2 April 2025, residual {TOLERANCE:g}", one, facts)
    print(f"SciPy's best Krylov solver takes {facts['best_krylov_ratio']:.0f} times Kedge's solve.")
    if facts["gegravity_ratio"]:
        print(f"gegravity takes at least {facts['gegravity_ratio']:.0f} times Kedge's solve.")
    show(f"40 sectors, 31 economies, NAFTA's tariffs, residual {TOLERANCE:g}", *parts["many_sectors"])
    print(f"Peak memory of the whole process {peak:.0f} MiB.")


if __name__ == "__main__":
    main()
