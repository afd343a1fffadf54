"""Split futures in two: a half on which something is chosen, and a half that the choice never saw."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from kedge.core.errors import DomainError

FEWEST = 20
"""Futures below which half of them say nothing."""


def random_halves(
    futures: int, seed: int = 0
) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]:
    """Give the places of the training half and of the held-out half, each in rising order.

    Random, because even and odd rows of a Sobol sequence lie in different places.

    Raises
    ------
    DomainError
        There are fewer than twenty futures.

    Examples
    --------
    >>> training, held_out = random_halves(20, seed=1)
    >>> sorted([*training, *held_out]) == list(range(20))
    True
    """
    if futures < FEWEST:
        raise DomainError(
            f"to choose on one half and judge on the other takes {FEWEST} futures or more, got {futures}"
        )
    order = np.random.default_rng(seed).permutation(futures)
    return np.sort(order[: futures // 2]), np.sort(order[futures // 2 :])
