"""Find a box in the space of uncertainties in which something happens often: PRIM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy import peel as compiled
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, Limit, in_box, prune, sides_of
from kedge.strategy.paste import paste

Objective = Literal["lenient1", "lenient2", "original"]
Rule = Literal["f1", "coverage"]
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


@dataclass(frozen=True)
class PrimSettings:
    """How PRIM peels, pastes and chooses.

    Parameters
    ----------
    peel_alpha, paste_alpha : share
        Of the box's futures taken off, or of the neighbouring slab's added, at a time.
    least_mass : share
        Of all futures that a box must hold.
    objective
        `lenient1`: gain in density by futures taken off (EMA workbench's default);
        `lenient2`: the same times the futures left (Friedman & Fisher, eq. 14.6), for
        categories of uneven size; `original`: density alone.
    rule
        `f1`: the box with the highest harmonic mean of coverage and density;
        `coverage`: the one with the highest coverage; both among boxes whose density is
        at or above `density_floor`.
    density_floor : share
        If no box reaches it, the densest is chosen and the result says so.
    significance : share
        Limits of the chosen box with a higher quasi-p value are dropped, the weakest first.
    integer, categorical
        Columns with whole numbers, or with category codes 0, 1, 2, …

    Raises
    ------
    DomainError
        A share outside its range, or an unknown objective or rule.
    """

    peel_alpha: float = 0.05
    paste_alpha: float = 0.05
    least_mass: float = 0.05
    objective: Objective = "lenient1"
    rule: Rule = "f1"
    density_floor: float = 0.0
    significance: float = 0.05
    integer: tuple[int, ...] = ()
    categorical: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("peel_alpha", "paste_alpha", "least_mass"):
            if not 0 < getattr(self, name) < 1:
                raise DomainError(f"{name} is a share between 0 and 1, got {getattr(self, name)}")
        for name in ("density_floor", "significance"):
            if not 0 <= getattr(self, name) <= 1:
                raise DomainError(f"{name} is a share from 0 to 1, got {getattr(self, name)}")
        for name, kinds in (("objective", Objective), ("rule", Rule)):
            if getattr(self, name) not in get_args(kinds):
                raise DomainError(
                    f"{name} must be one of {', '.join(get_args(kinds))}; got {getattr(self, name)!r}"
                )


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
        The chosen box after dropping limits that chance explains.
    floor_met
        Whether the chosen box's density reached the floor.
    """

    trajectory: Trajectory
    chosen: int
    box: Box
    floor_met: bool


def find_box(inputs: Futures, of_interest: OfInterest, settings: PrimSettings | None = None) -> PrimResult:
    """Find a box in which futures of interest are frequent.

    Parameters
    ----------
    inputs
        Physical units; categories as codes.
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
    inputs, holds = _checked(inputs, of_interest, settings)
    kinds, codes = _kinds(inputs, settings)
    start = np.stack([inputs.min(axis=0), inputs.max(axis=0)], axis=1)
    columns = np.ascontiguousarray(inputs.T)
    limits, kept, sizes = _peel(columns, holds, kinds, codes, start, settings)
    peels = len(sizes) - 1
    whole, marks = (start, kept[0]), holds.astype(bool)
    rules = (settings.paste_alpha, get_args(Objective).index(settings.objective))
    pasted = paste(columns, marks, kinds, whole, (limits[-1], kept[-1]), rules)
    limits = np.concatenate([limits, *[box[None] for box, _, _ in pasted]])
    kept = np.concatenate([kept, *[box[None] for _, box, _ in pasted]])
    sizes = np.concatenate([sizes, *[np.array([size]) for _, _, size in pasted]])
    trajectory = _trajectory(limits, kept, sizes, peels)
    chosen, floor_met = _choose(trajectory, settings)
    sides = sides_of(kinds, whole, (limits[chosen], kept[chosen]))
    box = prune(columns, marks, sides, settings.significance)
    return PrimResult(trajectory, chosen, box, floor_met)


def restriction_frequency(
    inputs: Futures,
    of_interest: OfInterest,
    settings: PrimSettings | None = None,
    *,
    seed: int = 0,
    resamples: int = 10,
) -> np.ndarray:
    """How often each uncertainty is limited when PRIM sees a random half of the futures.

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


def _checked(
    inputs: Futures, of_interest: OfInterest, settings: PrimSettings
) -> tuple[np.ndarray, np.ndarray]:
    inputs, holds = np.asarray(inputs, dtype=float), np.asarray(of_interest)
    if inputs.ndim != 2 or not inputs.size or holds.shape != inputs.shape[:1]:
        raise DomainError(
            "inputs must be [future, uncertainty] with one mark of interest a future, got "
            f"{inputs.shape} and {holds.shape}"
        )
    _check_marks(holds)
    if not np.isfinite(inputs).all():
        raise DomainError("inputs hold values that are not finite; draw them with draw_futures")
    _check_split(holds)
    _check_whole(inputs, settings)
    return inputs, holds.astype(np.uint8)


def _check_marks(holds: np.ndarray) -> None:
    if holds.dtype != np.bool_:
        raise DomainError(
            f"of_interest must be true or false, got values of type {holds.dtype}; compare with a threshold"
        )


def _check_split(holds: np.ndarray) -> None:
    if holds.all() or not holds.any():
        which = "all" if holds.all() else "none"
        raise DomainError(
            f"{which} of the {len(holds)} futures are of interest, so no box tells them apart; "
            "choose a threshold that splits the futures"
        )


def _check_whole(inputs: np.ndarray, settings: PrimSettings) -> None:
    for column in (*settings.integer, *settings.categorical):
        if not 0 <= column < inputs.shape[1]:
            raise DomainError(f"column {column} is not one of the {inputs.shape[1]} inputs")
        whole = inputs[:, column] == np.floor(inputs[:, column])
        if not whole.all() or (column in settings.categorical and inputs[:, column].min() < 0):
            raise DomainError(f"column {column} must hold whole numbers (codes from 0 for categories)")


def _kinds(inputs: Futures, settings: PrimSettings) -> tuple[np.ndarray, np.ndarray]:
    kinds = np.full(inputs.shape[1], compiled.REAL)
    kinds[list(settings.integer)] = compiled.INTEGER
    kinds[list(settings.categorical)] = compiled.CATEGORICAL
    codes = np.zeros((inputs.shape[1], len(inputs) if settings.categorical else 1), dtype=np.int64)
    for column in settings.categorical:
        codes[column] = inputs[:, column].astype(np.int64)
    return kinds, codes


def _peel(
    by_column: np.ndarray,
    holds: np.ndarray,
    kinds: np.ndarray,
    codes: np.ndarray,
    start: np.ndarray,
    settings: PrimSettings,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns, futures = by_column.shape
    order, ranked = np.empty(by_column.shape, dtype=np.int32), np.empty(by_column.shape)
    for column in range(columns):
        # Ties may come in any order: equal values are always taken together.
        places = np.argsort(by_column[column])
        order[column], ranked[column] = places, by_column[column][places]
    kept = np.zeros((columns, int(codes.max()) + 1), dtype=np.bool_)
    for column in settings.categorical:
        kept[column, np.unique(codes[column])] = True
    most = int(np.ceil(np.log(settings.least_mass) / np.log1p(-settings.peel_alpha))) + futures
    most = min(most, 4096)
    ends = np.tile(np.array([0, futures - 1]), (columns, 1))
    inside = np.ones(futures, dtype=np.uint8)
    objective = get_args(Objective).index(settings.objective)
    limits_trail = np.empty((most, columns, 2))
    kept_trail = np.empty((most, *kept.shape), dtype=np.bool_)
    sizes = np.zeros((most, 2), dtype=np.int64)
    boxes = compiled.peel(
        (ranked, order, kinds, holds, codes, inside, ends, start),
        (start.copy(), kept),
        (settings.peel_alpha, objective, settings.least_mass),
        limits_trail,
        kept_trail,
        sizes,
    )
    return limits_trail[:boxes], kept_trail[:boxes], sizes[:boxes]


def _trajectory(limits: np.ndarray, kept: np.ndarray, sizes: np.ndarray, peels: int) -> Trajectory:
    futures, cases = sizes[0]
    limited = (limits != limits[0]).any(axis=2) | (kept != kept[0]).any(axis=2)
    return Trajectory(
        coverage=sizes[:, 1] / cases,
        density=sizes[:, 1] / sizes[:, 0],
        mass=sizes[:, 0] / futures,
        restricted=limited.sum(axis=1),
        peels=peels,
        limits=limits,
        kept=kept,
    )


def _choose(trajectory: Trajectory, settings: PrimSettings) -> tuple[int, bool]:
    dense = trajectory.density >= settings.density_floor
    if not dense.any():
        return int(trajectory.density.argmax()), False
    score = trajectory.coverage
    if settings.rule == "f1":
        score = 2 * trajectory.coverage * trajectory.density / (trajectory.coverage + trajectory.density)
    return int(np.where(dense, score, -1.0).argmax()), True
