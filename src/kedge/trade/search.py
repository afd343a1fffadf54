"""The compiled first method: fixed slope with Anderson acceleration."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from kedge.trade.kernels import evaluate, new_work
from kedge.trade.mixing import weigh

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
            weigh(step, changes, used, slot, products, table, weights)
        last_step[:] = step
        last_point[:] = point
        point += step
        for a in range(used):
            for k in range(size):
                point[k] -= weights[a] * (moves[a, k] + changes[a, k])
    return best, best_worst, most_steps
