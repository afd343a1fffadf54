"""Compiled Newton search for many small worlds, each on its own."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from kedge.trade.kernels import evaluate, jacobian, weights

BLOCK = 32
MOST_STEPS = 40


@njit(cache=True)
def _reduce(blocks, pivots):
    """Eliminate `output` from the linear system and factorise what is left, in place in block 0.

    Block 1 becomes market-by-output over the diagonal of block 3.  Returns whether it is regular.
    """
    matrix, by_output, labour_cost = blocks[0], blocks[1], blocks[2]
    diagonal = blocks[3, 0]
    size = matrix.shape[0]
    for j in range(size):
        for i in range(size):
            by_output[j, i] /= diagonal[i]
    for j in range(size):
        row = matrix[j]
        for i in range(size):
            factor = by_output[j, i]
            other = labour_cost[i]
            for k in range(size):
                row[k] -= factor * other[k]
    for k in range(size):
        pivot = k
        for j in range(k + 1, size):
            if abs(matrix[j, k]) > abs(matrix[pivot, k]):
                pivot = j
        pivots[k] = pivot
        if not abs(matrix[pivot, k]) > 1e-14:
            return False
        if pivot != k:
            for i in range(size):
                matrix[k, i], matrix[pivot, i] = matrix[pivot, i], matrix[k, i]
        head = matrix[k]
        scale = 1.0 / head[k]
        for j in range(k + 1, size):
            row = matrix[j]
            factor = row[k] * scale
            row[k] = factor
            for i in range(k + 1, size):
                row[i] -= factor * head[i]
    return True


@njit(cache=True)
def _solve_reduced(blocks, pivots, residual, move):
    """Give the Newton move for `residual` from what `_reduce` left."""
    matrix, by_output, labour_cost = blocks[0], blocks[1], blocks[2]
    diagonal = blocks[3, 0]
    size = matrix.shape[0]
    for j in range(size):
        total = -residual[j]
        for i in range(size):
            total += by_output[j, i] * residual[size + i]
        move[j] = total
    for k in range(size):
        pivot = pivots[k]
        if pivot != k:
            move[k], move[pivot] = move[pivot], move[k]
    for k in range(1, size):
        total = move[k]
        for i in range(k):
            total -= matrix[k, i] * move[i]
        move[k] = total
    for k in range(size - 1, -1, -1):
        total = move[k]
        for i in range(k + 1, size):
            total -= matrix[k, i] * move[i]
        move[k] = total / matrix[k, k]
    for i in range(size):
        total = -residual[size + i]
        for k in range(size):
            total -= labour_cost[i, k] * move[k]
        move[size + i] = total / diagonal[i]


@njit(cache=True)
def _newton(world, numbers, lump_sum, kept, turned, taxed, keep, count, point, scratch, tolerance):
    """Search from `point` (changed in place); return the largest residual and the steps taken."""
    work, blocks, pair, pivots, vectors = scratch
    residual, move, trial = vectors[0], vectors[1], vectors[2]
    size = point.size
    worst = evaluate(world, numbers, lump_sum, kept, turned, taxed, keep, count, point, work, residual)
    fresh = False
    for step in range(MOST_STEPS):
        if worst <= tolerance or not worst < math.inf:
            return worst, step
        if not fresh:
            jacobian(
                world, numbers, lump_sum, kept, taxed, keep, count, point, work, blocks, pair[0], pair[1]
            )
            if not _reduce(blocks, pivots):
                return worst, step
        _solve_reduced(blocks, pivots, residual, move)
        longest = 0.0
        for k in range(size):
            longest = max(longest, abs(move[k]))
        damp = 1.0 if longest <= 1.0 else 1.0 / longest
        after = math.inf
        while damp > 1e-4:
            for k in range(size):
                trial[k] = point[k] + damp * move[k]
            after = evaluate(
                world, numbers, lump_sum, kept, turned, taxed, keep, count, trial, work, residual
            )
            if after < worst * (1.0 - 0.1 * damp):
                break
            damp *= 0.5
        if not after < worst:
            if not fresh:
                return worst, step
            worst = evaluate(
                world, numbers, lump_sum, kept, turned, taxed, keep, count, point, work, residual
            )
            fresh = False
            continue
        for k in range(size):
            point[k] = trial[k]
        fresh = after < 0.05 * worst
        worst = after
    return worst, MOST_STEPS


@njit(cache=True)
def _case(share, world, numbers, exponent, lump_sum, duty, point, loaded, scratch, tolerance):
    """Solve one case into `point`; fall back on growing tariffs.  Returns residual and steps."""
    kept, turned, taxed, keep, part = loaded
    size = share.shape[0]
    point[:] = 0.0
    count = _load(share, duty, exponent, loaded)
    worst, steps = _newton(
        world, numbers, lump_sum, kept, turned, taxed, keep, count, point, scratch, tolerance
    )
    if worst <= tolerance:
        return worst, steps
    reached, stride = 0.0, 0.25
    held = np.zeros(point.size)
    while reached < 1.0 and stride > 1e-3:
        aim = min(reached + stride, 1.0)
        for j in range(size):
            for i in range(size):
                part[j, i] = math.expm1(aim * math.log1p(duty[j, i]))
        count = _load(share, part, exponent, loaded)
        point[:] = held
        worst, more = _newton(
            world, numbers, lump_sum, kept, turned, taxed, keep, count, point, scratch, tolerance
        )
        steps += more
        if worst <= tolerance:
            reached = aim
            held[:] = point
            stride *= 1.5
        else:
            stride *= 0.5
    return worst if reached >= 1.0 else math.inf, steps


@njit(cache=True)
def _load(share, duty, exponent, loaded):
    kept, turned, taxed, keep, _ = loaded
    count = weights(share, duty, exponent, kept, taxed, keep)
    size = share.shape[0]
    for j in range(size):
        for i in range(size):
            turned[i, j] = kept[j, i]
    return count


@njit(cache=True)
def _welfare(world, numbers, lump_sum, point, work, out):
    """Percent change of welfare, from the point and what `evaluate` left in `work`."""
    size = world.shape[1]
    elasticity, labour, psi = numbers[0], numbers[1], numbers[2]
    gross, net, after = work[1], work[2], work[3]
    for i in range(size):
        money = after[i] + world[2, i]
        spent = money * gross[i] / net[i]
        tax = 0.0 if lump_sum else (spent - money) / after[i]
        wage = (psi * point[size + i] + point[i]) / (1.0 + psi)
        price = -math.log(gross[i]) / elasticity + world[5, i] * (math.log(spent / world[1, i]) - wage)
        lean = world[1, i] / (world[1, i] - labour * (1.0 - tax) * world[0, i] / (1.0 + labour))
        real = math.exp(-price)
        out[i] = 100.0 * (
            lean * (spent / world[1, i] * real - 1.0)
            + (1.0 - lean) * (math.exp(point[size + i]) * real - 1.0)
        )


@njit(cache=True)
def _tune(world, elasticity, options, numbers, exponent):
    """Set the elasticity and all that follows from it; see `variant.tariff_exponent`."""
    labour, scale, pass_through, fixed_scale = options[0], options[1], options[2], options[3]
    psi = scale / elasticity if fixed_scale < 0.0 else fixed_scale
    numbers[0], numbers[1], numbers[2] = elasticity, labour, psi
    for i in range(world.shape[1]):
        phi = pass_through + (1.0 + psi) / world[3, i] - psi - 1.0
        world[5, i] = 1.0 - phi
        exponent[i] = elasticity * phi


@njit(cache=True, parallel=True)
def run_cases(share, base, elasticities, options, lump_sum, duties, tolerance, welfare, residuals, steps):
    """Solve every case; unconverged ones get NaN welfare.  `base` is `equilibrium.pack`'s world."""
    cases, size = duties.shape[0], share.shape[0]
    blocks = (cases + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        loaded = (
            np.empty((size, size)),
            np.empty((size, size)),
            np.empty((size * size, 2), np.int32),
            np.empty(size * size),
            np.empty((size, size)),
        )
        scratch = (
            np.empty((6, size)),
            np.zeros((4, size, size)),
            np.empty((2, size, size)),
            np.empty(size, np.int64),
            np.empty((3, 2 * size)),
        )
        point, numbers, exponent, world = np.empty(2 * size), np.empty(3), np.empty(size), base.copy()
        for c in range(block * BLOCK, min((block + 1) * BLOCK, cases)):
            _tune(world, elasticities[c], options, numbers, exponent)
            worst, taken = _case(
                share, world, numbers, exponent, lump_sum, duties[c], point, loaded, scratch, tolerance
            )
            residuals[c] = worst
            steps[c] = taken
            if worst <= tolerance:
                _welfare(world, numbers, lump_sum, point, scratch[0], welfare[c])
            else:
                welfare[c, :] = np.nan
