"""The compiled first method for many sectors: one pass a step, steered for wages, with Anderson mixing."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from kedge.trade.mixing import weigh
from kedge.trade.sector_kernels import SUMS, evaluate, new_flow

MEMORY = 10


@njit(cache=True, error_model="numpy", fastmath=SUMS)
def _move(point, step, weights, moves, changes, used):
    """Step, less the weighted past moves and changes."""
    point += step
    for a in range(used):
        weight, move, change = weights[a], moves[a], changes[a]
        for k in range(point.size):
            point[k] -= weight * (move[k] + change[k])


@njit(cache=True, error_model="numpy")
def _steer(steer, residual, step):
    """Turn a residual into a step: wages by the inverse slope of the baseline, all else as it is."""
    size = steer.shape[0]
    step[:] = residual
    for i in range(size):
        total = 0.0
        for j in range(size):
            total -= steer[i, j] * residual[j]
        step[i] = total


@njit(cache=True, error_model="numpy")
def search(world, levied, start, steer, limits):
    """Search from a point; return the best one, its largest residual and the steps taken.

    limits: tolerance, most steps, and whether wages are held, so that markets need not clear.
    """
    tolerance, most_steps, held = limits
    size = start.size
    flow = new_flow(world.share.shape[0], world.share.shape[1])
    lines = np.zeros((6, size))
    point, best, residual, step, last_step, last_point = (
        lines[0],
        lines[1],
        lines[2],
        lines[3],
        lines[4],
        lines[5],
    )
    changes, moves = np.zeros((MEMORY, size)), np.zeros((MEMORY, size))
    products, table = np.zeros((MEMORY, MEMORY)), np.zeros((MEMORY, MEMORY + 1))
    weights = np.zeros(MEMORY)
    point[:] = start
    best[:] = start
    best_worst = math.inf
    for taken in range(most_steps):
        worst = evaluate(world, levied, point, flow, residual)
        if held and worst < math.inf:
            residual[: steer.shape[0]] = 0.0
            worst = np.abs(residual).max()
        if worst < best_worst:
            best_worst = worst
            best[:] = point
        if worst <= tolerance or not worst < 1e3 * best_worst:
            return best, best_worst, taken
        _steer(steer, residual, step)
        used = min(taken, MEMORY)
        if taken > 0:
            slot = (taken - 1) % MEMORY
            changes[slot] = step - last_step
            moves[slot] = point - last_point
            weigh(step, changes, used, slot, products, table, weights)
        last_step[:] = step
        last_point[:] = point
        _move(point, step, weights, moves, changes, used)
    return best, best_worst, most_steps
