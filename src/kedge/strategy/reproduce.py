"""Whether a box would be found again: PRIM on random halves of the futures, judged on the other half."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import in_box
from kedge.strategy.design import Design, as_design, take_futures
from kedge.strategy.prim import PrimResult, find_box
from kedge.strategy.prim_settings import PrimSettings


@dataclass(frozen=True)
class Reproducibility:
    """What PRIM finds on random halves of the futures.

    Parameters
    ----------
    limited : share of resamples
        By column: limited by the box that the rule chooses on the half.
    limited_at_coverage, limited_at_density : share of resamples
        By column: limited by the box on the half's trajectory whose coverage, or density, is
        nearest to that of the box in question.
    coverage, density, mass : share
        By resample: of the half's chosen box on the futures left out; density is NaN where
        none of them lies in it.
    overlap : share
        By resample: of the futures in either box, the original or the half's, those in both.
    """

    limited: np.ndarray
    limited_at_coverage: np.ndarray
    limited_at_density: np.ndarray
    coverage: np.ndarray
    density: np.ndarray
    mass: np.ndarray
    overlap: np.ndarray


def reproduce_box(
    inputs: Futures | Design,
    of_interest: OfInterest,
    found: PrimResult,
    settings: PrimSettings | None = None,
    *,
    seed: int = 0,
    resamples: int = 10,
) -> Reproducibility:
    """Look for the box again in random halves of the futures.

    Parameters
    ----------
    inputs, of_interest, settings
        As in `find_box`.
    found
        What `find_box` gave for them.
    seed, resamples
        Of the random halves, drawn without replacement, and their number.

    Raises
    ------
    DomainError
        As `find_box` does, fewer than one resample, or halves in which none or all are of interest.

    References
    ----------
    Bryant & Lempert (2010), §4.3: the resampling test at the box's coverage and at its density.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((1000, 3))
    >>> holds = inputs[:, 1] > 0.7
    >>> again = reproduce_box(inputs, holds, find_box(inputs, holds), resamples=4)
    >>> again.limited_at_coverage, bool(again.coverage.min() > 0.9)
    (array([0., 1., 0.]), True)
    """
    settings = settings or PrimSettings()
    if resamples < 1:
        raise DomainError(f"resamples must be one or more, got {resamples}")
    design, holds = as_design(inputs, of_interest, settings.integer, settings.categorical)
    rng = np.random.default_rng(seed)
    table, path, chosen = design.columns.T, found.trajectory, found.chosen
    original = in_box(table, found.box)
    times, outside = np.zeros((3, len(design.columns))), np.empty((4, resamples))
    for resample in range(resamples):
        half = np.zeros(len(holds), dtype=bool)
        half[rng.permutation(len(holds))[: max(len(holds) // 2, 1)]] = True
        again = find_box(take_futures(design, half), holds[half], settings)
        limited = again.trajectory.limited
        times[0, [limit.column for limit in again.box.limits]] += 1
        trail = again.trajectory
        times[1] += limited[_nearest(trail.coverage, path.coverage[chosen], trail.density)]
        times[2] += limited[_nearest(trail.density, path.density[chosen], trail.coverage)]
        inside = in_box(table, again.box)
        outside[:, resample] = _judge(inside, original, holds, ~half)
    coverage, density, mass, overlap = outside
    return Reproducibility(
        limited=times[0] / resamples,
        limited_at_coverage=times[1] / resamples,
        limited_at_density=times[2] / resamples,
        coverage=coverage,
        density=density,
        mass=mass,
        overlap=overlap,
    )


def _nearest(values: np.ndarray, wanted: float, other: np.ndarray) -> int:
    """Give the box with the nearest value; of several as near, the best by the other yardstick."""
    return int(np.lexsort((-other, np.abs(values - wanted)))[0])


def _judge(
    inside: OfInterest, original: OfInterest, holds: OfInterest, left_out: OfInterest
) -> tuple[float, float, float, float]:
    """Coverage, density and mass on the futures left out, and overlap on all."""
    cases = int((inside & holds & left_out).sum())
    held, futures = int((holds & left_out).sum()), int((inside & left_out).sum())
    either = int((inside | original).sum())
    return (
        cases / held if held else np.nan,
        cases / futures if futures else np.nan,
        futures / int(left_out.sum()),
        int((inside & original).sum()) / either if either else np.nan,
    )
