"""Hypervolume and CPU overhead of the search on four-objective DTLZ2, beside Platypus.

Run: python benchmarks/strategy_search.py [SEEDS] [EVALUATIONS]   (needs platypus-opt for the comparison)

DTLZ2 (Deb et al. 2002) with 10 distance variables, 13 levers in all.  Hypervolume of the archive is
given as a share of (a) the continuous front's, which is known in closed form, from the reference
points 1.1 and 2; and (b) that of Das-Dennis lattices on the true front.  Overhead is CPU beyond
what the evaluations themselves take, warm, with a trace of exact hypervolume and without.  How
much of (a) any 10,000 points can reach is shown by a lattice of 8,436 points on the true front.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from kedge.strategy.directions import reference_directions
from kedge.strategy.levers import Lever
from kedge.strategy.search_settings import Evaluation, SearchSettings
from kedge.strategy.searching import search
from kedge.strategy.volume import hypervolume

SIZE, LEVERS = 4, 13
BALL = np.pi**2 / 32
LATTICES = (120, 220, 455, 969, 1771, 8436)


def dtlz2(x):
    """Objectives `[candidate, objective]`."""
    angle = x[:, : SIZE - 1] * (np.pi / 2)
    cosines, sines = np.cos(angle), np.sin(angle)
    height = 1 + ((x[:, SIZE - 1 :] - 0.5) ** 2).sum(axis=1)
    columns = [height * cosines.prod(axis=1)]
    for number in range(1, SIZE):
        last = SIZE - 1 - number
        columns.append(height * cosines[:, :last].prod(axis=1) * sines[:, last])
    return np.stack(columns, axis=1)


class Timed:
    """A function that keeps the CPU it spends."""

    def __init__(self, function):
        self.function, self.seconds = function, 0.0

    def __call__(self, *given):
        start = time.process_time()
        result = self.function(*given)
        self.seconds += time.process_time() - start
        return result


def kedge_run(seed, evaluations, reference):
    """Objectives found and CPU overhead."""
    timed = Timed(lambda x: Evaluation(dtlz2(x)))
    levers = [Lever(f"x{number}", 0.0, 1.0) for number in range(LEVERS)]
    settings = SearchSettings(evaluations=evaluations, seeds=(seed,), reference=reference)
    start = time.process_time()
    result = search(timed, levers, settings)
    return result.runs[0].objectives, time.process_time() - start - timed.seconds


def platypus_run(name, seed, evaluations):
    """Objectives found and CPU overhead of one of Platypus's algorithms."""
    import random

    import platypus

    timed = Timed(lambda given: dtlz2(np.array([given]))[0].tolist())
    problem = platypus.Problem(LEVERS, SIZE)
    problem.types[:] = platypus.Real(0, 1)
    problem.function = timed
    random.seed(seed)
    if name == "NSGA-III":
        algorithm = platypus.NSGAIII(problem, divisions_outer=9)
    else:
        algorithm = platypus.EpsMOEA(problem, epsilons=[0.1])
    start = time.process_time()
    algorithm.run(evaluations)
    spent = time.process_time() - start - timed.seconds
    best = platypus.nondominated(algorithm.result)
    return np.array([list(one.objectives) for one in best]), spent


def shares(objectives):
    """Share of the continuous front's hypervolume, from 1.1 and from 2."""
    ends = (1.1, 2.0)
    return [hypervolume(objectives, np.full(SIZE, end)) / (end**SIZE - BALL) for end in ends]


def report(name, runs):
    rows = np.array([[*shares(found), len(found), spent] for found, spent in runs])
    least, mean = rows.min(axis=0), rows.mean(axis=0)
    print(
        f"{name:18s} (a) 1.1: mean {mean[0]:.4f} least {least[0]:.4f};  (a) 2: mean {mean[1]:.4f} "
        f"least {least[1]:.4f};  archive {mean[2]:.0f};  CPU mean {mean[3]:.2f} most {rows[:, 3].max():.2f} s"
    )
    return rows


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    evaluations = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    lattices = {count: shares(reference_directions(SIZE, count)) for count in LATTICES}
    print(f"DTLZ2, {SIZE} objectives, {LEVERS} levers, {evaluations} evaluations, {seeds} seeds")
    for count, given in lattices.items():
        print(f"lattice of {count:5d} on the front: (a) 1.1: {given[0]:.4f};  (a) 2: {given[1]:.4f}")
    for warm in ((), (1.1,) * SIZE):
        kedge_run(0, evaluations, warm)
    report("kedge, no trace", [kedge_run(seed, evaluations, ()) for seed in range(seeds)])
    rows = report("kedge, traced", [kedge_run(seed, evaluations, (1.1,) * SIZE) for seed in range(seeds)])
    for count, given in lattices.items():
        ratio = rows[:, :2].min(axis=0) / given
        print(
            f"(b) least of the seeds over the lattice of {count:5d}: 1.1: {ratio[0]:.4f};  2: {ratio[1]:.4f}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    try:
        for name in ("NSGA-III", "eps-MOEA"):
            report(
                f"Platypus {name}", [platypus_run(name, seed, evaluations) for seed in range(min(seeds, 2))]
            )
    except ImportError:
        print("platypus-opt is not installed; pip install platypus-opt to compare")


if __name__ == "__main__":
    main()
