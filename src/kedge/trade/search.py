"""The compiled first method: fixed slope with Anderson acceleration."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from kedge.trade.kernels import evaluate, new_work

MEMORY = 6


@njit(cache=True, error_model="numpy")
def _steer(slope_inverse, residual, thin, step):
    """Multiply by the inverse slope (stored by column), in single precision."""
    size = residual.size
    for k in range(size):
        thin[k] = 0.0
    for j in range(0, size, 2):
        r0 = np.float32(residual[j])
        r1 = np.float32(residual[j + 1])
        c0, c1 = slope_inverse[j], slope_inverse[j + 1]
        for k in range(size):
            thin[k] += c0[k] * r0 + c1[k] * r1
    for k in range(size):
        step[k] = -float(thin[k])


@njit(cache=True, error_model="numpy")
def _product(one, other):
    """Scalar product in eight running sums, which the processor can carry at once."""
    sums = np.zeros(8)
    whole = one.size - one.size % 8
    for k in range(0, whole, 8):
        for lane in range(8):
            sums[lane] += one[k + lane] * other[k + lane]
    for k in range(whole, one.size):
        sums[0] += one[k] * other[k]
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))


@njit(cache=True, error_model="numpy")
def _normal_equations(step, changes, used, slot, products, table):
    """Products of past changes of the step with one another and (last column) with the step.

    Only the change in `slot` is new; `products` keeps the others from step to step.
    """
    largest = 0.0
    for a in range(used):
        products[a, slot] = _product(changes[a], changes[slot])
        products[slot, a] = products[a, slot]
    for a in range(used):
        for b in range(used):
            table[a, b] = products[a, b]
        table[a, MEMORY] = _product(changes[a], step)
        largest = max(largest, table[a, a])
    for a in range(used):
        table[a, a] += 1e-14 * largest + 1e-300


@njit(cache=True, error_model="numpy")
def _mix(table, used, weights):
    """Solve the normal equations by elimination: weights on past changes that leave least of the step."""
    for a in range(used):
        for b in range(a + 1, used):
            factor = table[b, a] / table[a, a]
            for c in range(a, MEMORY + 1):
                table[b, c] -= factor * table[a, c]
    for a in range(used - 1, -1, -1):
        total = table[a, MEMORY]
        for c in range(a + 1, used):
            total -= table[a, c] * weights[c]
        weights[a] = total / table[a, a]


@njit(cache=True, error_model="numpy")
def anderson(world, duties, start, slope_inverse, tolerance, most_steps):
    """Search from `start`; return the best point, its largest residual and the steps taken."""
    size = start.size
    work = new_work(world.income.size)
    lines = np.zeros((6, size))
    point, best, residual, step, last_step, last_point = (
        lines[0],
        lines[1],
        lines[2],
        lines[3],
        lines[4],
        lines[5],
    )
    thin, weights = np.zeros(size, np.float32), np.zeros(MEMORY)
    changes, moves = np.zeros((MEMORY, size)), np.zeros((MEMORY, size))
    products, table = np.zeros((MEMORY, MEMORY)), np.zeros((MEMORY, MEMORY + 1))
    best_worst = math.inf
    point[:] = start
    best[:] = start
    for taken in range(most_steps):
        worst = evaluate(world, duties, point, work, residual)
        if worst < best_worst:
            best_worst = worst
            best[:] = point
        if worst <= tolerance or not worst < 1e3 * best_worst:
            return best, best_worst, taken
        _steer(slope_inverse, residual, thin, step)
        used = min(taken, MEMORY)
        if taken > 0:
            slot = (taken - 1) % MEMORY
            changes[slot] = step - last_step
            moves[slot] = point - last_point
            _normal_equations(step, changes, used, slot, products, table)
            _mix(table, used, weights)
        last_step[:] = step
        last_point[:] = point
        point += step
        for a in range(used):
            for k in range(size):
                point[k] -= weights[a] * (moves[a, k] + changes[a, k])
    return best, best_worst, most_steps
