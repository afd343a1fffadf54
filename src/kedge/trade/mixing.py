"""Anderson mixing: the step that past steps, weighed to cancel best, would take.

The compiled functions serve the searches for an equilibrium, `mixed_step` those for tariffs.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numba import njit


@njit(cache=True, error_model="numpy")
def product(one, other):
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
def weigh(step, changes, used, slot, products, table, weights):
    """Give the weights on past changes of the step that leave least of it, by the normal equations.

    Only the change in `slot` is new; `products` keeps the others from step to step, and `table` has
    room for one column more than changes are kept.
    """
    last, largest = table.shape[1] - 1, 0.0
    for a in range(used):
        products[a, slot] = product(changes[a], changes[slot])
        products[slot, a] = products[a, slot]
    for a in range(used):
        for b in range(used):
            table[a, b] = products[a, b]
        table[a, last] = product(changes[a], step)
        largest = max(largest, table[a, a])
    for a in range(used):
        table[a, a] += 1e-14 * largest + 1e-300
    for a in range(used):
        for b in range(a + 1, used):
            factor = table[b, a] / table[a, a]
            for c in range(a, last + 1):
                table[b, c] -= factor * table[a, c]
    for a in range(used - 1, -1, -1):
        total = table[a, last]
        for c in range(a + 1, used):
            total -= table[a, c] * weights[c]
        weights[a] = total / table[a, a]


def mixed_step(
    points: list[np.ndarray], steps: list[np.ndarray], scale: Float[np.ndarray, " unknown"] | float = 1.0
) -> Float[np.ndarray, " unknown"]:
    """Give the next step from the last few points and the plain steps from each.

    Parameters
    ----------
    points, steps
        Oldest first; the last step is the one to be bettered.
    scale
        Lengths are measured in unknowns times this.

    References
    ----------
    Anderson (1965), J. ACM 12(4); Walker & Ni (2011), SIAM J. Numerical Analysis 49(4).
    """
    last = steps[-1]
    if len(steps) == 1:
        return last
    moved, changed = np.diff(np.stack(points), axis=0).T, np.diff(np.stack(steps), axis=0).T
    measure = np.broadcast_to(scale, last.shape)
    weights = np.linalg.lstsq(changed * measure[:, None], last * measure, rcond=1e-10)[0]
    return last - (moved + changed) @ weights
