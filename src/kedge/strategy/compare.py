"""Boxes judged side by side on futures that they were not found on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, in_box
from kedge.strategy.intervals import Interval
from kedge.strategy.summary import Resampling


@dataclass(frozen=True)
class BoxComparison:
    """How well boxes describe futures of interest, and how far they are the same box.

    Parameters
    ----------
    coverage, density, mass : share
        By box.  A box without futures has no density: NaN, with the interval from 0 to 1.
    overlap : share
        `[box, other]`: of the futures in either box, those in both; one on the diagonal, and
        NaN between boxes that are both empty.
    density_gain : share
        `[box, other]`: density of the box less that of the other, on the same resamples.
    base : share
        Of all futures, of interest.
    futures
        Judged on.
    """

    coverage: Interval
    density: Interval
    mass: Interval
    overlap: Interval
    density_gain: Interval
    base: float
    futures: int


def split_futures(futures: int, share: float = 0.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw which futures to discover boxes in and which to judge them on.

    Drawn at random, not by even and odd rows: in a Sobol sequence those differ in where they lie.

    Parameters
    ----------
    futures
        Number of futures.
    share
        For discovery.
    seed
        Of the draw.

    Returns
    -------
    tuple
        Rows for discovery and rows for judgement, each in rising order.

    Raises
    ------
    DomainError
        One of the two parts would be empty.

    Examples
    --------
    >>> discovery, judgement = split_futures(5, 0.4)
    >>> len(discovery), sorted([*discovery, *judgement]) == list(range(5))
    (2, True)
    """
    taken = round(share * futures)
    if not 0 < taken < futures:
        raise DomainError(
            f"a share of {share} of {futures} futures leaves nothing on one side; choose one such as 0.5"
        )
    mixed = np.random.default_rng(seed).permutation(futures)
    return np.sort(mixed[:taken]), np.sort(mixed[taken:])


def compare_boxes(
    boxes: Sequence[Box], inputs: Futures, of_interest: OfInterest, resampling: Resampling | None = None
) -> BoxComparison:
    """Judge boxes on fresh futures: coverage, density, mass and overlap, with intervals.

    On the futures that a box was found on, its density flatters it; keep some back with
    `split_futures`.

    Parameters
    ----------
    boxes
        From `find_box`, `refine_box` or the leaves of `grow_tree`.
    inputs
        Physical units, columns as when the boxes were found.
    of_interest
        As in `find_box`.
    resampling
        How intervals are made; all boxes meet the same resamples.

    Raises
    ------
    DomainError
        No box, shapes that do not fit, or no future of interest.

    Examples
    --------
    >>> from kedge.strategy import find_box
    >>> inputs = np.random.default_rng(0).random((2000, 2))
    >>> holds, (one, other) = inputs[:, 0] > 0.7, split_futures(2000)
    >>> box = find_box(inputs[one], holds[one]).box
    >>> compare_boxes([box, box], inputs[other], holds[other]).overlap.estimate[0]
    array([1., 1.])
    """
    boxes, resampling = tuple(boxes), resampling or Resampling()
    inputs, holds = _checked(boxes, inputs, of_interest)
    marks = np.stack([*(in_box(inputs, box) for box in boxes), holds])
    # Futures alike in all marks are interchangeable, so that drawing how often each kind
    # comes is the same as drawing futures.
    kinds, counts = np.unique(marks, axis=1, return_counts=True)
    rng = np.random.default_rng(resampling.seed)
    drawn = rng.multinomial(len(holds), counts / counts.sum(), size=resampling.resamples)
    itself, again = _statistics(kinds, counts[None, :]), _statistics(kinds, drawn)
    least = (0.0, 0.0, 0.0, 0.0, -1.0)
    found = [_interval(*pair, resampling) for pair in zip(itself, again, least, strict=True)]
    return BoxComparison(*found, base=float(holds.mean()), futures=len(holds))


def _checked(boxes: tuple[Box, ...], inputs: Futures, of_interest: OfInterest) -> tuple[Futures, OfInterest]:
    inputs, holds = np.asarray(inputs, dtype=float), np.asarray(of_interest)
    if inputs.ndim != 2 or holds.shape != inputs.shape[:1] or holds.dtype != np.bool_:
        raise DomainError(
            "inputs must be [future, uncertainty] with one mark of interest, true or false, a future; got "
            f"{inputs.shape}, {holds.shape} and {holds.dtype}"
        )
    if not boxes or not holds.any():
        raise DomainError(
            f"a comparison needs boxes and futures of interest, got {len(boxes)} boxes and {holds.sum()} "
            "futures of interest"
        )
    widest = max((limit.column for box in boxes for limit in box.limits), default=0)
    if widest >= inputs.shape[1]:
        raise DomainError(f"a box limits column {widest}, the inputs have {inputs.shape[1]}")
    return inputs, holds


def _statistics(kinds: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Coverage, density, mass, overlap and gain in density for each row of counts."""
    inside, holds = kinds[:-1].astype(np.int64), kinds[-1].astype(np.int64)
    futures, cases = counts @ inside.T, counts @ (inside * holds).T
    both = np.einsum("rk,ik,jk->rij", counts, inside, inside)
    either = futures[:, :, None] + futures[:, None, :] - both
    density = _ratio(cases, futures)
    coverage = _ratio(cases, np.broadcast_to((counts @ holds)[:, None], cases.shape))
    mass = futures / counts.sum(axis=1)[:, None]
    return coverage, density, mass, _ratio(both, either), density[:, :, None] - density[:, None, :]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _interval(itself: np.ndarray, drawn: np.ndarray, least: float, resampling: Resampling) -> Interval:
    """Give percentiles of the resamples in which the statistic exists; all it can be where it never does."""
    known = np.isfinite(drawn)
    none = ~known.any(axis=0)
    ends = []
    for tail, ignorant in zip(resampling.tails, (least, 1.0), strict=True):
        filled = np.where(none, ignorant, drawn)
        ends.append(np.nanquantile(filled, tail, axis=0))
    return Interval(itself[0], ends[0], ends[1], resampling.level)
