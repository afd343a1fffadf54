"""Hypervolume: how much of the space of objectives a set of candidates dominates."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from kedge.core.errors import DomainError
from kedge.strategy.archive import unbeaten
from kedge.strategy.hypervolume_kernels import volume_of
from kedge.strategy.search_axes import Objectives, PerObjective

# Beyond this many objectives the exact volume of a large archive takes too long to trace.
MOST_EXACT = 4


def hypervolume(points: Objectives, reference: PerObjective) -> float:
    """Work out exactly how much volume points dominate, up to a reference point.

    Parameters
    ----------
    points
        All to be minimised, each in its own unit.  What is not better than the reference
        in every objective adds nothing.
    reference
        In the units of the points.

    Returns
    -------
    float
        Product of the objectives' units.

    Raises
    ------
    DomainError
        Shapes do not fit, or values are not finite.

    References
    ----------
    While, Bradstreet & Barone (2012), IEEE Transactions on Evolutionary Computation 16(1),
    for five objectives and more; in four, the sweep of Guerreiro & Fonseca (2018), same
    journal, 22(3).  Time rises with the square of the points in four objectives, and faster beyond.

    Examples
    --------
    >>> hypervolume(np.array([[0.0, 0.5], [0.5, 0.0]]), np.array([1.0, 1.0]))
    0.75
    """
    points, reference = _checked(points, reference)
    inside = points[(points < reference).all(axis=1)]
    # The sweeps pass over dominated points in no time; the slices are better off without them.
    if len(reference) > MOST_EXACT:
        inside = inside[unbeaten(inside)]
    return float(volume_of(np.ascontiguousarray(inside), reference))


def estimate_hypervolume(
    points: Objectives, reference: PerObjective, *, samples: int = 4096, seed: int = 0
) -> float:
    """Estimate the hypervolume by the share of a box's Sobol points that are dominated.

    Parameters
    ----------
    points, reference
        As in `hypervolume`.
    samples : count
        Drawn between the points' ideal and the reference; the error is at most about
        half the box over their square root, for one standard deviation.
    seed
        Of the scrambling.

    Returns
    -------
    float
        Product of the objectives' units.

    Examples
    --------
    >>> corners = np.array([[0.0, 0.5], [0.5, 0.0]])
    >>> round(estimate_hypervolume(corners, np.array([1.0, 1.0])), 2)
    0.75
    """
    points, reference = _checked(points, reference)
    inside = points[(points < reference).all(axis=1)]
    if not len(inside):
        return 0.0
    ideal = inside.min(axis=0)
    sampler = qmc.Sobol(len(reference), rng=np.random.default_rng(seed))
    left = ideal + sampler.random_base2(int(np.ceil(np.log2(samples)))) * (reference - ideal)
    total = len(left)
    for point in inside[unbeaten(inside)]:
        left = left[(left < point).any(axis=1)]
    return float((1 - len(left) / total) * np.prod(reference - ideal))


def measure_hypervolume(points: Objectives, reference: PerObjective) -> float:
    """Give the exact hypervolume in up to four objectives, and an estimate beyond."""
    exact = len(reference) <= MOST_EXACT
    return hypervolume(points, reference) if exact else estimate_hypervolume(points, reference)


def _checked(points: Objectives, reference: PerObjective) -> tuple[np.ndarray, np.ndarray]:
    points, reference = np.asarray(points, dtype=float), np.asarray(reference, dtype=float)
    if points.ndim != 2 or reference.ndim != 1 or points.shape[1] != len(reference) or not len(reference):
        raise DomainError(
            "points must be [candidate, objective] and the reference one number an objective, got shapes "
            f"{points.shape} and {reference.shape}"
        )
    if not (np.isfinite(points).all() and np.isfinite(reference).all()):
        raise DomainError("points and reference must be finite; leave out candidates that were not evaluated")
    return points, reference
