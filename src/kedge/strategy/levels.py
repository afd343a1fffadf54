"""Boxes for several thresholds of one outcome, and several boxes for one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, OfInterest, PerFuture
from kedge.strategy.boxes import Box, in_box
from kedge.strategy.design import Design, as_design, prepare_design, take_futures
from kedge.strategy.prim import PrimResult, find_box
from kedge.strategy.prim_settings import PrimSettings


@dataclass(frozen=True)
class Levels:
    """Boxes found at several thresholds of acceptability.

    Parameters
    ----------
    thresholds : unit of the outcome
        In the order given.
    shares : share of futures
        Of interest at each threshold.
    results
        What PRIM found at each; None where all or none of the futures are of interest.
    """

    thresholds: tuple[float, ...]
    shares: np.ndarray
    results: tuple[PrimResult | None, ...]


@dataclass(frozen=True)
class Cover:
    """Boxes found one after another, each on the futures that the earlier ones leave.

    Parameters
    ----------
    boxes
        In the order found; coverage is of all futures of interest and mass of all futures,
        so both add up; density and quasi-p values are those on the futures that were left.
    results
        What PRIM found on the futures left, with trajectories; coverage there is of what was left.
    coverage, density, mass : share
        Of all boxes together.
    """

    boxes: tuple[Box, ...]
    results: tuple[PrimResult, ...]
    coverage: float
    density: float
    mass: float


def find_boxes(
    inputs: Futures | Design,
    outcome: PerFuture,
    thresholds: Sequence[float],
    settings: PrimSettings | None = None,
    *,
    above: bool = True,
) -> Levels:
    """Find a box at each of several thresholds of an outcome, sorting the futures once.

    Parameters
    ----------
    inputs
        As in `find_box`.
    outcome : any unit
        One number a future, such as a plan's regret.
    thresholds : unit of the outcome
        A future is of interest if its outcome is above one, the threshold itself left out.
    settings
        The same at every threshold.
    above
        False if futures below the thresholds are of interest.

    Raises
    ------
    DomainError
        No threshold is given, the outcome is not one finite number a future, or inputs do not fit.

    References
    ----------
    Bryant & Lempert (2010), §3.1, on choosing thresholds; a limit that stays put as the
    threshold moves does not owe to the choice.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((1000, 2))
    >>> found = find_boxes(inputs, inputs[:, 0], (0.5, 0.7, 2.0))
    >>> [result and round(result.box.limits[0].low, 1) for result in found.results]
    [0.5, 0.7, None]
    """
    settings, design = settings or PrimSettings(), inputs
    if not isinstance(design, Design):
        design = prepare_design(design, integer=settings.integer, categorical=settings.categorical)
    outcome = _checked(outcome, thresholds, design)
    marks = [outcome > threshold if above else outcome < threshold for threshold in thresholds]
    return Levels(
        thresholds=tuple(float(threshold) for threshold in thresholds),
        shares=np.array([holds.mean() for holds in marks]),
        results=tuple(
            find_box(design, holds, settings) if 0 < holds.sum() < len(holds) else None for holds in marks
        ),
    )


def _checked(outcome: PerFuture, thresholds: Sequence[float], design: Design) -> PerFuture:
    outcome = np.asarray(outcome, dtype=float)
    if not len(thresholds) or not np.isfinite(thresholds).all():
        raise DomainError(f"thresholds must be one or more finite numbers, got {tuple(thresholds)}")
    if outcome.shape != (design.futures,):
        raise DomainError(
            f"outcome must be one number for each of {design.futures} futures, got {outcome.shape}"
        )
    if not np.isfinite(outcome).all():
        raise DomainError("outcome must be one finite number a future; drop the futures without one")
    return outcome


def find_cover(
    inputs: Futures | Design,
    of_interest: OfInterest,
    settings: PrimSettings | None = None,
    *,
    most_boxes: int = 4,
) -> Cover:
    """Find a box, then another on the futures that it leaves, and so on.

    It ends when a box is no denser than the sample as a whole, limits nothing, does not meet
    what the settings ask, or when no futures of interest are left.

    Parameters
    ----------
    inputs, of_interest, settings
        As in `find_box`; `least_mass` and `least_coverage` are shares of the futures that are left.
    most_boxes
        At most.

    Raises
    ------
    DomainError
        As `find_box` does, or fewer than one box is asked for.

    References
    ----------
    Friedman & Fisher (1999), §6, covering.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((2000, 2))
    >>> found = find_cover(inputs, (inputs[:, 0] > 0.8) | (inputs[:, 1] < 0.2))
    >>> [box.limits[0].column for box in found.boxes], round(found.coverage, 1)
    ([1, 0], 1.0)
    """
    settings = settings or PrimSettings()
    if most_boxes < 1:
        raise DomainError(f"most_boxes must be one or more, got {most_boxes}")
    design, holds = as_design(inputs, of_interest, settings.integer, settings.categorical)
    futures, cases, base = len(holds), int(holds.sum()), float(holds.mean())
    boxes, results = [], []
    left = np.ones(futures, dtype=bool)
    while len(boxes) < most_boxes and 0 < holds[left].sum() < left.sum():
        rest = take_futures(design, left) if boxes else design
        found = find_box(rest, holds[left], settings)
        if not found.box.limits or found.box.density <= base or not found.floor_met:
            break
        boxes.append(_of_all(found.box, futures, cases))
        results.append(found)
        left[np.flatnonzero(left)[in_box(rest.columns.T, found.box)]] = False
    caught = int(holds[~left].sum())
    return Cover(
        boxes=tuple(boxes),
        results=tuple(results),
        coverage=caught / cases,
        density=caught / int((~left).sum()) if boxes else base,
        mass=float(1 - left.mean()),
    )


def _of_all(box: Box, futures: int, cases: int) -> Box:
    return Box(box.limits, box.cases / cases, box.density, box.futures / futures, box.futures, box.cases)
