"""Sensitivity indices beside SALib's on the same runs, and Shapley effects beside their closed form.

Run: python benchmarks/strategy_sensitivity.py [BASE]   (pip install SALib for the comparison)
"""

from __future__ import annotations

import resource
import sys
import time
import warnings

import numpy as np
from scipy.stats import norm

from kedge.strategy.coalitions import all_coalitions
from kedge.strategy.copula import correlate, correlation_matrix, latent_correlation
from kedge.strategy.delta import DeltaSettings, borgonovo_delta
from kedge.strategy.problem import Uncertainty
from kedge.strategy.saltelli import blocks_of, saltelli_design
from kedge.strategy.sensitivity import find_sensitivities
from kedge.strategy.shapley_data import shapley_effects
from kedge.strategy.shapley_runs import shapley_design, shapley_from_runs
from kedge.strategy.sobol import sobol_indices
from kedge.strategy.summary import Resampling

SEEDS = 20
G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def g_function(unit, weights=G_WEIGHTS):
    return np.prod((np.abs(4 * unit - 2) + weights) / (1 + weights), axis=1)


def g_shares(weights=G_WEIGHTS):
    alone = 1 / (3 * (1 + weights) ** 2)
    every = np.prod(1 + alone)
    return alone / (every - 1), alone * every / (1 + alone) / (every - 1)


def ishigami(unit):
    a, b, c = (2 * unit[:, :3].T - 1) * np.pi
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


ISHIGAMI = np.array([0.31390519, 0.44241114, 0.0]), np.array([0.55758886, 0.44241114, 0.24368366])


def names_of(count):
    return [f"u{column}" for column in range(count)]


def ranges_of(count):
    return [Uncertainty(name, 0, 1) for name in names_of(count)]


def peer():
    try:
        from SALib.analyze import delta, sobol
    except ImportError:
        print("SALib is not installed; pip install SALib to compare")
        return None
    return sobol, delta


def problem(count):
    return {"num_vars": count, "names": names_of(count), "bounds": [[0, 1]] * count}


def spent(call, *arguments, **named):
    start = time.process_time()
    found = call(*arguments, **named)
    return found, time.process_time() - start


def as_salib_lays_out(outcome, count, second_order):
    """A, then the swapped blocks, then B, row by row."""
    blocks = outcome.reshape(blocks_of(count, second_order), -1)
    return np.concatenate([blocks[:1], blocks[2:], blocks[1:2]]).T.ravel()


def compare_sobol_cost(base, salib):
    for second_order in (False, True):
        outcome = g_function(saltelli_design(20, base, 1, second_order), np.r_[G_WEIGHTS, [99.0] * 12])
        few = outcome.reshape(-1, base)[:, :4].ravel()
        sobol_indices(few[None], names_of(20), second_order)
        found, ours = spent(sobol_indices, outcome[None], names_of(20), second_order)
        label = f"Sobol, 20 x {base}, 1,000 resamples{', pairs' if second_order else ''}"
        print(f"{label:52s} {ours:8.2f} s CPU")
        if salib and not second_order:
            runs = as_salib_lays_out(outcome, 20, second_order)
            other, theirs = spent(
                salib[0].analyze,
                problem(20),
                runs,
                calc_second_order=second_order,
                num_resamples=1000,
                seed=1,
            )
            apart = max(
                np.abs(other["S1"] - found.first[0]).max(), np.abs(other["ST"] - found.total[0]).max()
            )
            wide = np.median((found.total_high - found.total_low)[0] / 2 / other["ST_conf"])
            print(f"{'  SALib':52s} {theirs:8.2f} s CPU, ratio {theirs / ours:.0f}")
            print(f"  largest difference {apart:.1e}; width of our intervals over SALib's {wide:.2f}")


def compare_sobol_error(base, salib):
    for label, model, count, known in (
        ("g-function", g_function, 8, g_shares()),
        ("Ishigami", ishigami, 3, ISHIGAMI),
    ):
        for second_order in (False, True):
            errors = []
            for seed in range(SEEDS):
                outcome = model(saltelli_design(count, base, seed, second_order))
                found = sobol_indices(outcome[None], names_of(count), second_order, resampling=Resampling(2))
                row = [np.abs(found.first[0] - known[0]).mean(), np.abs(found.total[0] - known[1]).mean()]
                if salib:
                    runs = as_salib_lays_out(outcome, count, second_order)
                    other = salib[0].analyze(
                        problem(count), runs, calc_second_order=second_order, num_resamples=2, seed=1
                    )
                    row += [np.abs(other[key] - k).mean() for key, k in zip(("S1", "ST"), known, strict=True)]
                errors.append(row)
            means = np.mean(errors, axis=0)
            design = "A, B, AB, BA" if second_order else "A, B, AB"
            print(
                f"{label}, {design}, {base} base: mean error first {means[0]:.5f}, total {means[1]:.5f}"
                + (f"; SALib {means[2]:.5f}, {means[3]:.5f}" if salib else "")
            )


def known_delta(share):
    given = norm.ppf((np.arange(400) + 0.5) / 400)[:, None]
    grid = np.linspace(-9, 9, 9001)
    apart = norm.pdf(grid) - norm.pdf(grid, share * given, np.sqrt(1 - share**2))
    return 0.5 * np.abs(apart).sum(axis=1).mean() * (grid[1] - grid[0])


def compare_delta(count, salib):
    slopes = np.array([0.8, 0.5, 0.3, 0.15])
    slopes = slopes / np.linalg.norm(slopes)
    known = np.array([known_delta(share) for share in slopes])
    settings = DeltaSettings(resampling=Resampling(100))
    errors, costs = [], np.zeros(2)
    for seed in range(3):
        unit = np.random.default_rng(seed).random((count, 5))
        outcome = norm.ppf(unit[:, :4]) @ slopes
        if seed == 0:
            borgonovo_delta(outcome[None, :50], unit[:50], ranges_of(5), settings)
        found, ours = spent(borgonovo_delta, outcome[None], unit, ranges_of(5), settings)
        row = [np.abs(found.delta[0, :4] - known).mean(), found.delta[0, 4]]
        if salib:
            other, theirs = spent(salib[1].analyze, problem(5), unit, outcome, seed=1, method="delta")
            # SALib works out three variants; the one that answers the same question is a third.
            costs += [ours, theirs / 3]
            row += [np.abs(other["delta_raw"][:4] - known).mean(), other["delta_raw"][4]]
            row += [np.abs(other["delta_raw"] - found.delta[0]).max()]
        errors.append(row)
    means = np.mean(errors, axis=0)
    print(f"delta, {count} futures: mean error {means[0]:.4f}, of an idle input {means[1]:.4f}")
    if salib:
        print(f"  SALib (raw): mean error {means[2]:.4f}, of an idle input {means[3]:.4f}")
        print(
            f"  largest difference {means[4]:.3f}; CPU {costs[0]:.2f} s, SALib {costs[1]:.2f} s (a third of"
        )
        print(f"  its three variants), ratio {costs[1] / costs[0]:.0f}")
        with np.errstate(all="ignore"):
            heavy = salib[1].analyze(problem(5), unit, np.exp(4 * outcome), seed=1, method="delta")
        bent = borgonovo_delta(np.exp(4 * outcome)[None], unit, ranges_of(5), settings)
        print(f"  of exp(4 y), the same by definition: ours {bent.delta[0].round(3)}")
        print(f"  SALib's {np.array(heavy['delta_raw']).round(3)}")


def known_shares(slopes, matrix):
    game, worth = all_coalitions(len(slopes)), []
    whole = slopes @ matrix @ slopes
    for inside in game.members:
        inner, cross = matrix[np.ix_(inside, inside)], matrix[np.ix_(inside, ~inside)]
        left = matrix[np.ix_(~inside, ~inside)] - cross.T @ np.linalg.solve(inner, cross)
        worth.append(whole - slopes[~inside] @ left @ slopes[~inside])
    return game.divide(np.array(worth)) / whole


def measure_shapley():
    slopes = np.array([1.0, 0.8, 0.5, 0.3, 0.0, 0.0, 0.2, 0.1])
    names, ranges = names_of(8), ranges_of(8)
    rank = correlation_matrix(names, {("u0", "u1"): 0.6, ("u2", "u7"): 0.7})
    known = known_shares(slopes, latent_correlation(rank))
    for count in (1000, 4000, 10_000):
        errors, cost = [], 0.0
        for seed in range(5):
            unit = correlate(np.random.default_rng(seed).random((count, 8)), rank)
            outcome = norm.ppf(unit) @ slopes
            found, took = spent(shapley_effects, outcome[None], unit, ranges)
            cost += took / 5
            errors.append(found.effect[0] - known)
        root = np.sqrt(np.mean(np.square(errors)))
        print(f"Shapley, 8 correlated inputs, {count} futures at hand: error {root:.4f}, {cost:.2f} s CPU")
    errors, cost = [], 0.0
    for seed in range(SEEDS):
        design, took = spent(shapley_design, ranges, 1024, seed, rank)
        outcome = norm.ppf(np.clip(design.futures, 1e-12, 1 - 1e-12)) @ slopes
        found, more = spent(shapley_from_runs, outcome[None], design)
        cost += (took + more) / SEEDS
        errors.append(found.effect[0] - known)
    root, bias = np.sqrt(np.mean(np.square(errors))), np.abs(np.mean(errors, axis=0)).max()
    print(
        f"  by {len(design.futures)} runs: error {root:.4f}, largest mean error {bias:.4f}, {cost:.2f} s CPU"
    )


def measure_table(count):
    unit = np.random.default_rng(1).random((count, 35))
    outcomes = np.stack([unit[:, k] + unit[:, k + 1] * unit[:, k + 2] for k in range(4)])
    find_sensitivities(outcomes[:, :300], unit[:300], ranges_of(35))
    found, took = spent(find_sensitivities, outcomes, unit, ranges_of(35))
    print(f"table of 4 outcomes x 35 inputs, {count} futures: {took:.2f} s CPU; {found.shapley.players}")


def main():
    warnings.simplefilter("ignore")
    base = int(sys.argv[1]) if len(sys.argv) > 1 else 8192
    salib = peer()
    compare_sobol_cost(base, salib)
    compare_sobol_error(1024, salib)
    compare_delta(2000, salib)
    measure_shapley()
    measure_table(10_000)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, all included")


if __name__ == "__main__":
    main()
