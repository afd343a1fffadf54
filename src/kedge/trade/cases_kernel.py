"""Compiled Newton search for many small worlds, each on its own."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from kedge.trade.kernels import World, evaluate, jacobian, lay, new_slope, new_work

BLOCK = 32
MOST_STEPS = 40


@njit(cache=True, error_model="numpy")
def _eliminate(slope):
    """Take `output` out of the linear system; `market_cost` is left to be solved."""
    matrix, by_output, labour_cost = slope.market_cost, slope.market_output, slope.labour_cost
    diagonal = slope.labour_output[0]
    size = matrix.shape[0]
    for j in range(size):
        row = matrix[j]
        for i in range(size):
            by_output[j, i] /= diagonal[i]
            factor = by_output[j, i]
            other = labour_cost[i]
            for k in range(size):
                row[k] -= factor * other[k]


@njit(cache=True, error_model="numpy")
def _factorise(matrix, pivots):
    """LU with row pivots, in place; returns whether the matrix is regular."""
    size = matrix.shape[0]
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
        for j in range(k + 1, size):
            row = matrix[j]
            factor = row[k] / head[k]
            row[k] = factor
            for i in range(k + 1, size):
                row[i] -= factor * head[i]
    return True


@njit(cache=True, error_model="numpy")
def _back(matrix, pivots, move):
    """Solve with the factors, in place, for the first half of `move`."""
    size = matrix.shape[0]
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


@njit(cache=True, error_model="numpy")
def _newton_move(slope, pivots, residual, move):
    """Give the Newton move for `residual`, by what `_eliminate` and `_factorise` left."""
    size = pivots.size
    by_output, labour_cost, diagonal = slope.market_output, slope.labour_cost, slope.labour_output[0]
    for j in range(size):
        total = -residual[j]
        for i in range(size):
            total += by_output[j, i] * residual[size + i]
        move[j] = total
    _back(slope.market_cost, pivots, move)
    for i in range(size):
        total = -residual[size + i]
        for k in range(size):
            total -= labour_cost[i, k] * move[k]
        move[size + i] = total / diagonal[i]


@njit(cache=True, error_model="numpy")
def _damped(world, duties, point, worst, room):
    """Walk along the move until the residual falls enough; `trial` holds where that is."""
    work, _, _, residual, move, trial = room
    longest = 0.0
    for k in range(point.size):
        longest = max(longest, abs(move[k]))
    damp = 1.0 if longest <= 1.0 else 1.0 / longest
    after = math.inf
    while damp > 1e-4:
        for k in range(point.size):
            trial[k] = point[k] + damp * move[k]
        after = evaluate(world, duties, trial, work, residual)
        if after < worst * (1.0 - 0.1 * damp):
            break
        damp *= 0.5
    return after


@njit(cache=True, error_model="numpy")
def _newton(world, duties, point, room, tolerance):
    """Search from `point` (changed in place); return the largest residual and the steps taken.

    A slope that cut the residual twentyfold is used again.
    """
    work, slope, pivots, residual, move, trial = room
    worst = evaluate(world, duties, point, work, residual)
    reuse = False
    for step in range(MOST_STEPS):
        if worst <= tolerance or not worst < math.inf:
            return worst, step
        if not reuse:
            jacobian(world, duties, work, slope)
            _eliminate(slope)
            if not _factorise(slope.market_cost, pivots):
                return worst, step
        _newton_move(slope, pivots, residual, move)
        after = _damped(world, duties, point, worst, room)
        if after < worst:
            point[:] = trial
            reuse = after < 0.05 * worst
            worst = after
        elif reuse:
            worst = evaluate(world, duties, point, work, residual)
            reuse = False
        else:
            return worst, step
    return worst, MOST_STEPS


@njit(cache=True, error_model="numpy")
def _case(share, world, tariff, point, laid, room, tolerance):
    """Solve one case into `point`, along growing tariffs if need be; return residual and steps."""
    kept, turned, taxed, treasury, part = laid
    point[:] = 0.0
    duties = lay(share, tariff, world.exponent, kept, turned, taxed, treasury)
    worst, steps = _newton(world, duties, point, room, tolerance)
    if worst <= tolerance:
        return worst, steps
    reached, stride = 0.0, 0.25
    held = np.zeros(point.size)
    while reached < 1.0 and stride > 1e-3:
        aim = min(reached + stride, 1.0)
        for j in range(share.shape[0]):
            for i in range(share.shape[0]):
                part[j, i] = tariff[j, i] if aim == 1.0 else math.expm1(aim * math.log1p(tariff[j, i]))
        duties = lay(share, part, world.exponent, kept, turned, taxed, treasury)
        point[:] = held
        worst, more = _newton(world, duties, point, room, tolerance)
        steps += more
        if worst <= tolerance:
            reached = aim
            held[:] = point
            stride *= 1.5
        else:
            stride *= 0.5
    return worst, steps


@njit(cache=True, error_model="numpy")
def welfare_at(world, point, work, out):
    """Percent change of welfare, from a point and what `evaluate` left there."""
    income, spending, transfers, labour = world.income, world.spending, world.transfers, world.labour
    output, gross, net, price, relief = work.output, work.gross, work.net, work.price, work.relief
    size = income.size
    for i in range(size):
        spent = (output[i] + transfers[i]) * gross[i] / net[i] / spending[i]
        lean = spending[i] / (spending[i] - labour * (1.0 - relief[i]) * income[i] / (1.0 + labour))
        earned = math.exp(point[size + i])
        out[i] = 100.0 * ((lean * spent + (1.0 - lean) * earned) * math.exp(-price[i]) - 1.0)


@njit(cache=True, error_model="numpy")
def tuned(world, elasticity, pass_through, scale, fixed_scale, labour):
    """Set elasticities and what follows from them, as `variant.tariff_exponent` does."""
    psi = scale / elasticity if fixed_scale < 0.0 else fixed_scale
    for i in range(world.income.size):
        phi = pass_through + (1.0 + psi) / (1.0 - world.local[i]) - psi - 1.0
        world.wedge[i] = 1.0 - phi
        world.exponent[i] = elasticity * phi
    return World(
        world.income,
        world.spending,
        world.transfers,
        world.local,
        world.wedge,
        world.exponent,
        elasticity,
        labour,
        psi,
        world.lump_sum,
    )


@njit(cache=True, error_model="numpy")
def own(world):
    """Copy what `tuned` writes to, so that blocks of cases do not share it."""
    return World(
        world.income,
        world.spending,
        world.transfers,
        world.local,
        world.wedge.copy(),
        world.exponent.copy(),
        world.elasticity,
        world.labour,
        world.psi,
        world.lump_sum,
    )


@njit(cache=True, parallel=True, error_model="numpy")
def run_cases(share, base, options, elasticities, tariffs, tolerance, results):
    """Solve every case; unconverged ones get NaN welfare.

    `options`: pass-through, scale, fixed scale elasticity or -1.  `results`: welfare, residual, steps.
    """
    welfare, residuals, steps = results
    pass_through, scale, fixed_scale = options
    cases, size = tariffs.shape[0], share.shape[0]
    for block in prange((cases + BLOCK - 1) // BLOCK):
        table, pairs = np.empty((3, size, size)), size * size
        laid = (table[0], table[1], np.empty((pairs, 2), np.int32), np.empty(pairs), table[2])
        lines = np.empty((4, 2 * size))
        work = new_work(size)
        room = (work, new_slope(size), np.empty(size, np.int64), lines[0], lines[1], lines[2])
        point, mine = lines[3], own(base)
        for c in range(block * BLOCK, min((block + 1) * BLOCK, cases)):
            world = tuned(mine, elasticities[c], pass_through, scale, fixed_scale, base.labour)
            worst, taken = _case(share, world, tariffs[c], point, laid, room, tolerance)
            residuals[c] = worst
            steps[c] = taken
            if worst <= tolerance:
                welfare_at(world, point, work, welfare[c])
            else:
                welfare[c, :] = np.nan
