"""Second-order check: whether an objective curves down in every direction that is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import eigh_tridiagonal

from kedge.trade.payoff import Look

MOST_DENSE = 24
MOST_PRODUCTS = 48
LARGEST_MOVE = 3e-3
"""Largest change of a rate in a difference of slopes."""


@dataclass(frozen=True)
class Curvature:
    """Largest eigenvalue of the Hessian along free rates, from differences of exact slopes.

    Parameters
    ----------
    largest
        In the coordinates of the search over `Payoff.unit`, so a few units below zero at a top;
        minus infinity where no rate is free, no number where a world near by was not solved.  By
        Lanczos's method it includes the bound on its error.
    free
        Number of free rates.
    method
        `dense` up to 24 free rates, `lanczos` beyond, `none` where no rate is free.
    products
        Worlds solved for it.
    """

    largest: float
    free: int
    method: Literal["dense", "lanczos", "none"]
    products: int

    @property
    def holds(self) -> bool:
        """Whether the point is a strict local maximum along the free rates."""
        return self.largest < 0.0


def curvature(look: Look) -> Curvature:
    """Work out how the objective curves at a point.

    Notes
    -----
    Lanczos's method starts from one seeded random direction; a direction exactly orthogonal to it
    would be missed.
    """
    payoff, levers = look.payoff, look.payoff.levers
    inner = (look.rates > levers.low) & (look.rates < levers.high)
    free = np.flatnonzero(look.is_free & inner)
    if not free.size:
        return Curvature(-np.inf, 0, "none", 0)

    if not look.is_solved:
        return Curvature(np.nan, int(free.size), "none", 0)

    def bend(way: np.ndarray) -> np.ndarray:
        move = np.zeros(len(levers))
        move[free] = way / payoff.scale[free]
        length = LARGEST_MOVE / np.abs(move).max()
        # A difference may reach just past a bound, but not to where tariffs lose their meaning.
        sign = -1.0 if (look.rates + length * move).min() > -0.88 else 1.0
        there = payoff.look(look.rates - sign * length * move, look)
        if not there.is_solved:
            return np.full(free.size, np.nan)
        return -sign * (there.steepest - look.steepest)[free] / length

    if free.size <= MOST_DENSE:
        hessian = np.stack([bend(row) for row in np.eye(free.size)])
        even = (hessian + hessian.T) / 2.0
        largest = float(np.linalg.eigvalsh(even)[-1]) if np.isfinite(even).all() else np.nan
        return Curvature(largest, int(free.size), "dense", int(free.size))
    largest, products = _lanczos(bend, free.size)
    return Curvature(largest, int(free.size), "lanczos", products)


def _lanczos(bend: Callable[[np.ndarray], np.ndarray], size: int) -> tuple[float, int]:
    """Bound the largest eigenvalue of a symmetric operator from above."""
    way = np.random.default_rng(2025).normal(size=size)
    basis = [way / np.linalg.norm(way)]
    main: list[float] = []
    beside: list[float] = []
    top = np.inf
    while len(main) < min(MOST_PRODUCTS, size):
        image = bend(basis[-1])
        if not np.isfinite(image).all():
            return np.nan, len(main) + 1
        main.append(float(basis[-1] @ image))
        known = np.stack(basis)
        image = image - known.T @ (known @ image)
        image -= known.T @ (known @ image)
        length = float(np.linalg.norm(image))
        values, vectors = eigh_tridiagonal(np.array(main), np.array(beside))
        error = length * abs(float(vectors[-1, -1]))
        top = float(values[-1]) + error
        spread = float(np.abs(values).max())
        if length <= 1e-8 * spread or (len(main) >= 8 and error <= 0.02 * abs(float(values[-1]))):
            break
        beside.append(length)
        basis.append(image / length)
    return top, len(main)
