"""The lowest and the highest third of draws, by which answers say what they turn on."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def outer_thirds(column: Float[np.ndarray, " draw"]) -> tuple[Bool[np.ndarray, " draw"], ...]:
    """Mark the draws in the lowest and in the highest third of one assumption; ties count in both.

    Examples
    --------
    >>> [mark.tolist() for mark in outer_thirds(np.array([1.0, 2.0, 3.0]))]
    [[True, False, False], [False, False, True]]
    """
    low, high = np.quantile(column, [1 / 3, 2 / 3])
    return column <= low, column >= high
