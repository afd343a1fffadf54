"""The pasting of PRIM: give back slabs that peeling took off in vain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kedge.strategy import peel as compiled
from kedge.strategy.axes import OfInterest
from kedge.strategy.boxes import Side, breaks, sides_of, violations

Boxed = tuple[np.ndarray, np.ndarray]


def paste(
    columns: np.ndarray,
    holds: OfInterest,
    kinds: np.ndarray,
    start: Boxed,
    box: Boxed,
    rules: tuple[float, int],
) -> list[tuple[np.ndarray, np.ndarray, tuple[int, int]]]:
    """Widen a box one slab at a time while its density rises.

    Parameters
    ----------
    columns
        Inputs `[uncertainty, future]`.
    holds, kinds
        As peeling has them.
    start, box
        Limits and kept categories of the whole space and of the box to be widened.
    rules
        Share of the neighbouring slab that is added at a time, and the objective.

    Returns
    -------
    list
        Limits, kept categories, and (futures, cases) of each wider box.
    """
    sides = sides_of(kinds, start, box)
    broken = violations(columns, sides)
    limits, kept = box
    found = []
    while True:
        best = _best(columns, holds, sides, broken, rules)
        if best is None:
            return found
        _, row, limit, size = best
        side, limits, kept = sides[row], limits.copy(), kept.copy()
        if side.side < 0:
            kept[side.column, int(limit)] = True
            sides[row] = replace(side, categories=(*side.categories, int(limit)))
        else:
            limits[side.column, side.side] = limit
            sides[row] = replace(side, limit=limit)
        broken[row] = breaks(columns[side.column], sides[row])
        found.append((limits, kept, size))


def _best(
    columns: np.ndarray, holds: OfInterest, sides: list[Side], broken: np.ndarray, rules: tuple[float, int]
) -> tuple[float, int, float, tuple[int, int]] | None:
    """Give gain, side, new limit and (futures, cases) of the best paste that raises the density."""
    alpha, objective = rules
    times = broken.sum(axis=0, dtype=np.int16)
    inside = times == 0
    n, k = int(inside.sum()), int((inside & holds).sum())
    once = np.flatnonzero(times == 1)
    best = None
    for row, side in enumerate(sides):
        slab = once[broken[row, once]]
        if not len(slab):
            continue
        for limit, added in _candidates(columns[side.column, slab], side, alpha):
            new_n, new_k = n + int(added.sum()), k + int((added & holds[slab]).sum())
            found = float(compiled.gain(objective, n, k, new_n, new_k))
            if found > 0 and new_k / new_n > k / n and (best is None or found > best[0]):
                best = (found, row, limit, (new_n, new_k))
    return best


def _candidates(values: np.ndarray, side: Side, alpha: float) -> list[tuple[float, np.ndarray]]:
    """Give each new limit, or category taken in, and which of the slab's futures come with it."""
    if side.side < 0:
        return [(float(code), values == code) for code in np.unique(values)]
    inward = np.sort(values) if side.side == 1 else np.sort(values)[::-1]
    near = int(np.floor((len(inward) - 1) * alpha))
    further = np.flatnonzero(inward[near:] != inward[near])
    limit = (inward[near] + inward[near + further[0]]) / 2 if len(further) else inward[-1]
    return [(float(limit), values <= limit if side.side == 1 else values >= limit)]
