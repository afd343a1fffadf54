"""The joint model's annual simulation: time a plan-year, memory, and distance from enumeration.

Run: python benchmarks/world_simulation.py [FUTURES [COMPARED [STUDY]]]

A plan-year is one plan in one year of one future; NUMBA_NUM_THREADS=1 gives the time on one core.
Trade is left out: the real-income responses of a few futures are solved and used for all.  The
first COMPARED futures are run once more in a process of its own, in which every set of joiners is
gone through one by one, and the largest difference in each measure and in two yearly series is
printed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kedge.core.compiled import use_own_cache

SOLVED = 256
STUDY = Path(__file__).parents[1] / "studies/japan.toml"


def prepared(count, study_file):
    """Return a study's setting, and its futures with their responses."""
    from kedge.data.baseline import load_baseline
    from kedge.strategy import draw_futures
    from kedge.world import build_setting, load_study, study_parameters
    from kedge.world.economy import solve_responses
    from kedge.world.ground import Responses
    from kedge.world.model import as_records
    from kedge.world.parameters import as_uncertainty

    study = load_study(study_file)
    setting, parameters = build_setting(study, load_baseline()), study_parameters(study)
    futures = as_records(parameters, draw_futures([as_uncertainty(p) for p in parameters], count, 1))
    names = ("trade_elasticity", "tariff_others", "tariff_challenger")
    few = solve_responses(setting.market, *(futures[name][:SOLVED] for name in names))
    income = np.resize(few.income, (count, *few.income.shape[1:]))
    return setting, futures, Responses(few.node, income, np.resize(few.embargo, count))


def run(setting, futures, responses, kept=0):
    """Return the measures, and the yearly series of as many of the first futures as are kept."""
    from kedge.world import MEASURES
    from kedge.world.ground import SERIES
    from kedge.world.simulate import simulate

    plans, years = setting.levers.strike.size, setting.ground.years
    values = np.empty((plans, futures.size, len(MEASURES)))
    paths = np.empty((kept, plans, len(SERIES), years))
    simulate(setting.ground, setting.levers, futures, responses, values, paths)
    return values, paths


def save_enumerated(count, study_file, path):
    """Run futures with no grid ever good enough, and save measures and series."""
    from kedge.security import joiners

    joiners.COARSE_LIMITS = joiners.FINE_LIMITS = joiners.Limits(np.inf, -np.inf, -np.inf)
    values, paths = run(*prepared(count, study_file), kept=count)
    np.savez(path, values=values, paths=paths)


def enumerated(count, study_file):
    """Run the slow way elsewhere, with compiled code of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slow.npz"
        command = [sys.executable, __file__, "--enumerate", str(count), str(study_file), str(path)]
        subprocess.run(command, check=True, env={**os.environ, "NUMBA_CACHE_DIR": folder})
        with np.load(path) as slow:
            return slow["values"], slow["paths"]


def report_distance(setting, futures, responses, study_file):
    from kedge.world import MEASURES
    from kedge.world.ground import SERIES_INDEX

    values, paths = run(setting, futures, responses, kept=futures.size)
    exact, exact_paths = enumerated(futures.size, study_file)
    print(f"largest difference from enumeration, {futures.size} futures:")
    for k, measure in enumerate(MEASURES):
        print(f"  {measure.name:20} {np.abs(values - exact)[..., k].max():9.2e}")
    for name in ("challenger_wins", "attack_hazard"):
        gap = np.abs(paths - exact_paths)[:, :, SERIES_INDEX[name]].max()
        print(f"  {name:20} {gap:9.2e}  (yearly)")


def main():
    if sys.argv[1:2] == ["--enumerate"]:
        save_enumerated(int(sys.argv[2]), sys.argv[3], sys.argv[4])
        return
    use_own_cache()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    compared = min(int(sys.argv[2]) if len(sys.argv) > 2 else 2_000, count)
    study_file = sys.argv[3] if len(sys.argv) > 3 else STUDY
    setting, futures, responses = prepared(count, study_file)
    first = type(responses)(responses.node, responses.income[:1], responses.embargo[:1])
    run(setting, futures[:1], first)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu, wall = time.process_time(), time.perf_counter()
    run(setting, futures, responses)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    plan_years = count * setting.levers.strike.size * setting.ground.years
    print(f"{count} futures, {setting.levers.strike.size} plans, {setting.ground.years} years")
    print(f"CPU {cpu:.2f} s, wall {wall:.2f} s, {1e6 * cpu / plan_years:.3f} us CPU a plan-year")
    print(
        f"peak memory {peak:.0f} MiB, {before:.0f} MiB of it before the run (futures, responses, libraries)"
    )
    if compared:
        rows = slice(compared)
        responses = type(responses)(responses.node, responses.income[rows], responses.embargo[rows])
        report_distance(setting, futures[rows], responses, study_file)


if __name__ == "__main__":
    main()
