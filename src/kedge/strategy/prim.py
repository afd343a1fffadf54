"""Find a box in the space of uncertainties in which something happens often: PRIM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from kedge.strategy import peel as compiled
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, Limit, in_box, prune, sides_of
from kedge.strategy.design import Design, as_design, check_columns_named
from kedge.strategy.paste import paste
from kedge.strategy.prim_settings import Objective, PrimSettings
from kedge.strategy.refine import RefinedBox, refine_design

__all__ = [
    "Box",
    "Limit",
    "PrimResult",
    "PrimSettings",
    "Trajectory",
    "find_box",
    "in_box",
    "restriction_frequency",
]

MOST_BOXES = 4096
"""Boxes of a trajectory at most; a peel that takes single futures of a huge sample would fill memory."""


@dataclass(frozen=True)
class Trajectory:
    """All boxes from the whole space inward, and outward again where pasting helped.

    Parameters
    ----------
    coverage : share
        Of all futures of interest, in the box.
    density : share
        Of the box's futures, of interest.
    mass : share
        Of all futures, in the box.
    restricted
        Number of uncertainties that the box limits.
    peels
        Boxes 0 to `peels` come from peeling, the others from pasting.
    limits : units of the inputs
        `[box, uncertainty, side]`; for categories the first and last code of all.
    kept
        `[box, uncertainty, code]`: categories still in the box.
    """

    coverage: np.ndarray
    density: np.ndarray
    mass: np.ndarray
    restricted: np.ndarray
    peels: int
    limits: np.ndarray
    kept: np.ndarray

    @property
    def limited(self) -> np.ndarray:
        """Which uncertainties each box limits, `[box, uncertainty]`."""
        return _limited(self.limits, self.kept)


@dataclass(frozen=True)
class PrimResult:
    """The trajectory and the box that the rule chose.

    Parameters
    ----------
    trajectory
        All boxes.
    chosen
        Index of the chosen box in the trajectory.
    box
        The chosen box after dropping limits that chance explains, refined if that was asked.
    floor_met
        Whether the chosen box of the trajectory met all that was asked of density, coverage and
        columns limited.
    refined
        How sure the limits are; None unless refinement was asked.
    """

    trajectory: Trajectory
    chosen: int
    box: Box
    floor_met: bool
    refined: RefinedBox | None = None


def find_box(
    inputs: Futures | Design, of_interest: OfInterest, settings: PrimSettings | None = None
) -> PrimResult:
    """Find a box in which futures of interest are frequent.

    Parameters
    ----------
    inputs
        Physical units, categories as codes; or a design, which saves sorting again for
        another outcome of the same futures.
    of_interest
        Whether a future is one of those to be described, such as a plan's failures.
    settings
        Peeling, pasting and choice.

    Returns
    -------
    PrimResult
        Limits in physical units.  The box describes the sample; its limits are not causes.

    Raises
    ------
    DomainError
        Shapes do not fit, inputs are not finite, or all or none of the futures are of interest.

    References
    ----------
    Friedman & Fisher (1999), Statistics and Computing 9; Bryant & Lempert (2010),
    Technological Forecasting and Social Change 77; Kwakkel & Jaxa-Rozen (2016) for the
    lenient criterion.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((2000, 3))
    >>> found = find_box(inputs, inputs[:, 1] > 0.7)
    >>> [(limit.column, round(limit.low, 1)) for limit in found.box.limits]
    [(1, 0.7)]
    """
    settings = settings or PrimSettings()
    design, holds = as_design(inputs, of_interest, settings.integer, settings.categorical)
    check_columns_named(design, stay_open=settings.stay_open, must_limit=settings.must_limit)
    limits, kept, sizes = _peel(design, holds, settings)
    peels = len(sizes) - 1
    whole = (design.start, design.present)
    rules = (settings.paste_alpha, get_args(Objective).index(settings.objective))
    pasted = paste(design.columns, holds, design.kinds, whole, (limits[-1], kept[-1]), rules)
    limits = np.concatenate([limits, *[box[None] for box, _, _ in pasted]])
    kept = np.concatenate([kept, *[box[None] for _, box, _ in pasted]])
    sizes = np.concatenate([sizes, *[np.array([size]) for _, _, size in pasted]])
    trajectory = _trajectory(limits, kept, sizes, peels)
    chosen, floor_met = _choose(trajectory, settings)
    sides = sides_of(design.kinds, whole, (limits[chosen], kept[chosen]))
    box = prune(design.columns, holds, sides, settings.significance, settings.must_limit)
    if not settings.refine:
        return PrimResult(trajectory, chosen, box, floor_met)
    refined = refine_design(design, holds, box, settings)
    return PrimResult(trajectory, chosen, refined.box, floor_met, refined)


def restriction_frequency(
    inputs: Futures,
    of_interest: OfInterest,
    settings: PrimSettings | None = None,
    *,
    seed: int = 0,
    resamples: int = 10,
) -> np.ndarray:
    """How often each uncertainty is limited when PRIM sees a random half of the futures.

    `reproduce_box` tells more: coverage and density on the futures left out, and what is
    limited at the coverage or density of the chosen box.

    Parameters
    ----------
    inputs, of_interest, settings
        As in `find_box`.
    seed, resamples
        Of the random halves, drawn without replacement, and their number.

    Returns
    -------
    np.ndarray
        Share of resamples, by column.

    References
    ----------
    Bryant & Lempert (2010), §4.3.
    """
    rng = np.random.default_rng(seed)
    half = max(len(inputs) // 2, 1)
    times = np.zeros(inputs.shape[1])
    for _ in range(resamples):
        rows = rng.permutation(len(inputs))[:half]
        found = find_box(inputs[rows], of_interest[rows], settings)
        times[[limit.column for limit in found.box.limits]] += 1
    return times / resamples


def _peel(
    design: Design, holds: OfInterest, settings: PrimSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns, futures = design.columns.shape
    kept = design.present.copy()
    most = int(np.ceil(np.log(settings.least_mass) / np.log1p(-settings.peel_alpha))) + futures
    most = min(most, MOST_BOXES)
    ends = np.tile(np.array([0, futures - 1]), (columns, 1))
    inside = np.ones(futures, dtype=np.uint8)
    limited, shut, must = (np.zeros(columns, dtype=np.bool_) for _ in range(3))
    shut[list(settings.stay_open)] = True
    must[list(settings.must_limit)] = True
    most_limited = columns if settings.most_limited is None else settings.most_limited
    limits_trail = np.empty((most, columns, 2))
    kept_trail = np.empty((most, *kept.shape), dtype=np.bool_)
    sizes = np.zeros((most, 2), dtype=np.int64)
    marks = holds.astype(np.uint8)
    rules = (limited, shut, must)
    objective = get_args(Objective).index(settings.objective)
    boxes = compiled.peel(
        (design.ranked, design.order, design.kinds, marks, design.codes, inside, ends, rules),
        (design.start.copy(), kept),
        (settings.peel_alpha, objective, settings.least_mass, most_limited),
        limits_trail,
        kept_trail,
        sizes,
    )
    return limits_trail[:boxes], kept_trail[:boxes], sizes[:boxes]


def _limited(limits: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return (limits != limits[0]).any(axis=2) | (kept != kept[0]).any(axis=2)


def _trajectory(limits: np.ndarray, kept: np.ndarray, sizes: np.ndarray, peels: int) -> Trajectory:
    futures, cases = sizes[0]
    return Trajectory(
        coverage=sizes[:, 1] / cases,
        density=sizes[:, 1] / sizes[:, 0],
        mass=sizes[:, 0] / futures,
        restricted=_limited(limits, kept).sum(axis=1),
        peels=peels,
        limits=limits,
        kept=kept,
    )


def _choose(trajectory: Trajectory, settings: PrimSettings) -> tuple[int, bool]:
    """Give the best box among those that meet every demand; failing that, the densest that meets most."""
    fits = trajectory.limited[:, list(settings.must_limit)].all(axis=1)
    fits &= trajectory.coverage >= settings.least_coverage
    meets = fits & (trajectory.density >= settings.density_floor)
    if not meets.any():
        among = fits if fits.any() else np.ones(len(fits), dtype=bool)
        return int(np.where(among, trajectory.density, -1.0).argmax()), False
    score = {"coverage": trajectory.coverage, "density": trajectory.density}.get(settings.rule)
    if score is None:
        score = 2 * trajectory.coverage * trajectory.density / (trajectory.coverage + trajectory.density)
    return int(np.where(meets, score, -1.0).argmax()), True
