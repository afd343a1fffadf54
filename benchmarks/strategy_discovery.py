"""Scenario discovery beside EMA workbench's PRIM and scikit-learn's tree, and recovery of a known box.

Run: python benchmarks/strategy_discovery.py [FUTURES]   (needs the `benchmark` extra for the comparisons)

The known box limits 3 of 20 uncertainties at 4 ends.  Recovery is the volume of the true box
and the found one that both share, over the volume that either has, worked out from the limits.
"""

from __future__ import annotations

import logging
import resource
import sys
import time
import warnings

import numpy as np

from kedge.strategy import PrimSettings, Uncertainty, draw_futures, find_box
from kedge.strategy.cart import TreeSettings, grow_tree
from kedge.strategy.design import prepare_design
from kedge.strategy.refine import refine_box

LIMITS = {2: (0.5, 1.0), 7: (0.2, 0.8), 11: (0.0, 0.55)}
ENDS = {(2, "low"), (7, "low"), (7, "high"), (11, "high")}
COLUMNS = 20


def timed(label, call, *arguments):
    start = time.process_time()
    found = call(*arguments)
    spent = time.process_time() - start
    print(f"{label:55s} {spent:8.3f} s CPU")
    return found, spent


def known_box(count, seed=1, rates=(0.95, 0.03)):
    inputs = draw_futures([Uncertainty(f"u{column}", 0, 1) for column in range(COLUMNS)], count, seed)
    holds = np.all(
        [(inputs[:, c] >= low) & (inputs[:, c] <= high) for c, (low, high) in LIMITS.items()], axis=0
    )
    return inputs, np.random.default_rng(seed).random(count) < np.where(holds, *rates)


def overlap(box):
    found = {
        limit.column: (limit.low or 0.0, 1.0 if limit.high is None else limit.high) for limit in box.limits
    }
    both = one = other = 1.0
    for column in range(COLUMNS):
        (a, b), (c, d) = found.get(column, (0, 1)), LIMITS.get(column, (0, 1))
        both, one, other = both * max(0, min(b, d) - max(a, c)), one * (b - a), other * (d - c)
    return both / (one + other - both)


def ends_of(box):
    return {
        (limit.column, end)
        for limit in box.limits
        for end in ("low", "high")
        if getattr(limit, end) is not None
    }


def recover(count, rates, seeds):
    """Recovery by PRIM, refinement, and the best leaf of a tree; and how often ranges hold the truth."""
    shares, exact, held = {"PRIM": [], "refined": [], "tree": []}, 0, []
    for seed in range(seeds):
        design, holds = known_box(count, seed, rates)
        design = prepare_design(design)
        box = find_box(design, holds).box
        refined = refine_box(design, holds, box)
        shares["PRIM"].append(overlap(box))
        shares["refined"].append(overlap(refined.box))
        shares["tree"].append(overlap(grow_tree(design, holds).leaves[0]))
        exact += ends_of(refined.box) == ENDS
        held += [
            one.low <= LIMITS[one.column][one.end == "high"] <= one.high
            for one in refined.ranges
            if (one.column, one.end) in ENDS
        ]
    text = ", ".join(f"{name} {np.median(one):.3f} (worst {min(one):.3f})" for name, one in shares.items())
    print(
        f"{count:6d} futures, rates {rates}: IoU {text}; true ends alone in {exact} of {seeds}; "
        f"95 % ranges hold {np.mean(held):.3f}"
    )


def compare_prim(count):
    inputs, holds = known_box(count)
    (found, ours) = timed(f"PRIM, {count} x {COLUMNS}", find_box, inputs, holds)
    try:
        warnings.simplefilter("ignore")
        import pandas as pd
        from ema_workbench.analysis import prim
    except ImportError:
        print("EMA workbench is not installed; pip install 'kedge[benchmark]' to compare")
        return
    logging.disable(logging.CRITICAL)
    names = [f"u{column}" for column in range(COLUMNS)]
    other = prim.Prim(pd.DataFrame(inputs, columns=names), holds, threshold=0.5)
    box, theirs = timed(f"PRIM of EMA workbench, {count} x {COLUMNS}", other.find_box)
    path, boxes = box.peeling_trajectory, found.trajectory.peels + 1
    same = np.allclose(path["mass"][:boxes], found.trajectory.mass[:boxes]) and np.allclose(
        path["density"][:boxes], found.trajectory.density[:boxes]
    )
    limits = np.stack([lims[names].to_numpy(dtype=float).T for lims in box.box_lims[:boxes]])
    same = same and np.allclose(limits, found.trajectory.limits[:boxes])
    print(f"{'':55s} {theirs / ours:8.1f} times ours; same masses, densities and limits: {same}")


def compare_tree(count):
    inputs, holds = known_box(count)
    # The peer keeps inputs in single precision; with these values both see the same numbers.
    inputs = inputs.astype(np.float32).astype(float)
    bare = TreeSettings(pruning="none", most_depth=1000)
    found, ours = timed(f"tree, {count} x {COLUMNS}", grow_tree, inputs, holds, bare)
    timed(f"tree cut back by 10-fold cross-validation, {count}", grow_tree, inputs, holds)
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        print("scikit-learn is not installed; pip install 'kedge[benchmark]' to compare")
        return
    other, theirs = timed(
        f"tree of scikit-learn, {count} x {COLUMNS}",
        DecisionTreeClassifier(min_samples_leaf=bare.least_leaf, random_state=0).fit,
        inputs,
        holds,
    )
    cuts = [np.sort(one[one > -1]) for one in (found.nodes.left_most, other.tree_.threshold)]
    same = len(cuts[0]) == len(cuts[1]) and np.allclose(*cuts)
    print(f"{'':55s} {theirs / ours:8.1f} times ours; same thresholds: {same}")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    warm = known_box(1000)
    find_box(*warm, PrimSettings(refine=True))
    grow_tree(*warm)
    for size in (10_000, 100_000):
        inputs, holds = known_box(size)
        timed(f"PRIM from raw inputs, {size} x {COLUMNS}", find_box, inputs, holds)
        design, _ = timed(f"design, {size} x {COLUMNS}", prepare_design, inputs)
        found, _ = timed(f"PRIM, next outcome of the design, {size}", find_box, design, holds)
        timed(f"refinement, {size}", refine_box, design, holds, found.box)
    compare_prim(count)
    compare_tree(count)
    compare_tree(100_000)
    for rates in ((0.95, 0.03), (0.9, 0.05)):
        for size, seeds in ((500, 40), (2000, 40), (10_000, 20)):
            recover(size, rates, seeds)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
