"""The compiled first method: fixed slope with Anderson acceleration."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from kedge.trade.kernels import evaluate

MEMORY = 6


@njit(cache=True)
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


@njit(cache=True)
def _mix(step, steps, changes, used, weights):
    """Find the weights on past changes of the step that leave least of it (normal equations)."""
    size = step.size
    table = np.zeros((MEMORY, MEMORY + 1))
    for a in range(used):
        for b in range(a, used):
            total = 0.0
            for k in range(size):
                total += changes[a, k] * changes[b, k]
            table[a, b] = total
            table[b, a] = total
        total = 0.0
        for k in range(size):
            total += changes[a, k] * step[k]
        table[a, MEMORY] = total
    ridge = 0.0
    for a in range(used):
        ridge = max(ridge, table[a, a])
    for a in range(used):
        table[a, a] += 1e-14 * ridge + 1e-300
    for a in range(used):
        for b in range(a + 1, used):
            factor = table[b, a] / table[a, a]
            for c in range(a, used):
                table[b, c] -= factor * table[a, c]
            table[b, MEMORY] -= factor * table[a, MEMORY]
    for a in range(used - 1, -1, -1):
        total = table[a, MEMORY]
        for c in range(a + 1, used):
            total -= table[a, c] * weights[c]
        weights[a] = total / table[a, a]


@njit(cache=True)
def anderson(
    world,
    numbers,
    lump_sum,
    kept,
    kept_by_importer,
    taxed,
    keep,
    count,
    slope_inverse,
    work,
    tolerance,
    most_steps,
):
    """Search from the baseline; return the best point, its largest residual and the steps taken."""
    size = 2 * world.shape[1]
    point, step = np.zeros(size), np.zeros(size)
    residual, thin = np.zeros(size), np.zeros(size, np.float32)
    last_step, last_point = np.zeros(size), np.zeros(size)
    changes, moves = np.zeros((MEMORY, size)), np.zeros((MEMORY, size))
    weights = np.zeros(MEMORY)
    best, best_worst = point.copy(), math.inf
    for count_steps in range(most_steps):
        worst = evaluate(
            world, numbers, lump_sum, kept, kept_by_importer, taxed, keep, count, point, work, residual
        )
        if worst < best_worst:
            best_worst = worst
            best[:] = point
        if worst <= tolerance or not worst < 1e3 * best_worst:
            return best, best_worst, count_steps
        _steer(slope_inverse, residual, thin, step)
        used = min(count_steps, MEMORY)
        if count_steps > 0:
            slot = (count_steps - 1) % MEMORY
            for k in range(size):
                changes[slot, k] = step[k] - last_step[k]
                moves[slot, k] = point[k] - last_point[k]
            _mix(step, moves, changes, used, weights)
        for k in range(size):
            last_step[k] = step[k]
            last_point[k] = point[k]
            point[k] += step[k]
        for a in range(used):
            for k in range(size):
                point[k] -= weights[a] * (moves[a, k] + changes[a, k])
    return best, best_worst, most_steps
