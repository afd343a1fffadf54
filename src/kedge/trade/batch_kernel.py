"""Compiled search for many large worlds that differ in tariffs and parameters."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from kedge.trade.cases_kernel import own, tuned, welfare_at
from kedge.trade.kernels import evaluate, lay, new_work
from kedge.trade.search import anderson

BLOCK = 8
MOST_STEPS = 60


@njit(cache=True, error_model="numpy")
def _mixed(schedules, weights, tariff):
    """Add up weighted schedules."""
    tariff[:] = 0.0
    for s in range(schedules.shape[0]):
        if weights[s] != 0.0:
            for j in range(tariff.shape[0]):
                for i in range(tariff.shape[1]):
                    tariff[j, i] += weights[s] * schedules[s, j, i]


@njit(cache=True, error_model="numpy")
def _nearest(grid, elasticity):
    """Give the place in a sorted grid nearest in logs."""
    best, least = 0, math.inf
    for k in range(grid.size):
        gap = abs(math.log(grid[k] / elasticity))
        if gap < least:
            best, least = k, gap
    return best


@njit(cache=True, parallel=True, error_model="numpy")
def run_batch(share, base, steer, schedules, draws, tolerance, results):
    """Solve every case; unconverged ones get NaN welfare.

    steer: elasticities of the grid, and inverse slopes of the baseline there.  draws: weights
    [case, schedule] and parameters [case, 4]: trade elasticity, pass-through, scale, labour supply.
    results: welfare, residual, steps.
    """
    grid, inverses = steer
    weights, parameters = draws
    welfare, residuals, steps = results
    cases, size = weights.shape[0], share.shape[0]
    for block in prange((cases + BLOCK - 1) // BLOCK):
        table, pairs = np.empty((3, size, size)), size * size
        taxed, treasury = np.empty((pairs, 2), np.int32), np.empty(pairs)
        work, residual, mine = new_work(size), np.empty(2 * size), own(base)
        calm = np.zeros(2 * size)
        for c in range(block * BLOCK, min((block + 1) * BLOCK, cases)):
            elasticity, pass_through, scale, labour = parameters[c]
            world = tuned(mine, elasticity, pass_through, scale, -1.0, labour)
            _mixed(schedules, weights[c], table[2])
            duties = lay(share, table[2], world.exponent, table[0], table[1], taxed, treasury)
            near = inverses[_nearest(grid, elasticity)]
            point, worst, taken = anderson(world, duties, calm, near, tolerance, MOST_STEPS)
            residuals[c] = worst
            steps[c] = taken
            if worst <= tolerance:
                evaluate(world, duties, point, work, residual)
                welfare_at(world, point, work, welfare[c])
            else:
                welfare[c, :] = np.nan
