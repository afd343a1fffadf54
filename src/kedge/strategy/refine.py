"""Refine a box: put its limits where the likelihood is highest, and say where else they could lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy import ascent
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.boxes import Box, Side, describe, in_box, sides_of, sides_of_box
from kedge.strategy.design import Design, as_design, check_columns_named
from kedge.strategy.peel import CATEGORICAL
from kedge.strategy.prim_settings import PrimSettings


@dataclass(frozen=True)
class LimitRange:
    """Where else a limit could lie.

    Parameters
    ----------
    column
        Of the inputs.
    end
        Which of the box's two ends.
    value, low, high : unit of the input
        The limit, and the range in which moving it alone costs the log likelihood so little
        that the futures do not speak against it.
    """

    column: int
    end: Literal["low", "high"]
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class RefinedBox:
    """A box at the top of the penalised likelihood.

    Parameters
    ----------
    box
        With coverage, density and quasi-p values on the futures it was refined on.
    ranges
        One for each end of an amount that is limited; categories have none.
    log_likelihood, start_log_likelihood : nats
        Of the outcome with one rate in the box and one outside; after and before.
    score, start_score : nats
        The same less the penalty for each limit; never lower after than before.
    moves
        How often the limits of an uncertainty were moved, dropped or added.
    """

    box: Box
    ranges: tuple[LimitRange, ...]
    log_likelihood: float
    start_log_likelihood: float
    score: float
    start_score: float
    moves: int


def refine_box(
    inputs: Futures | Design,
    of_interest: OfInterest,
    box: Box,
    settings: PrimSettings | None = None,
    level: float = 0.95,
) -> RefinedBox:
    """Move, drop and add limits of a box until none of these raises the penalised likelihood.

    The outcome is taken to hold at one rate in the box and at a lower one outside.  Each
    uncertainty in turn gets the limits that are best while the others are held; this costs
    one reading of its sorted values.  A limit must be worth (log N)/2 + log 2D in log
    likelihood, N being futures and D uncertainties: the extended Bayesian information
    criterion, which allows for there being 2D ends to choose from.  For categories the
    ones named count, be it those kept or those left out, whichever are fewer.

    The rule and density floor of the settings chose the box to start from and play no part
    here; `least_mass`, `stay_open`, `must_limit` and `most_limited` hold.

    Parameters
    ----------
    inputs, of_interest
        As in `find_box`.
    box
        To start from.
    settings
        Kinds of column, and what may be limited.
    level : share
        Of the ranges: each holds the true end in at least about this share of samples if a box
        with two rates made the outcome; the cut is exact for slight differences between the
        rates and cautious for great ones.

    Raises
    ------
    DomainError
        The box holds no future, or all of them by other columns than there are.

    References
    ----------
    Schwarz (1978), Annals of Statistics 6; Chen & Chen (2008), Biometrika 95, for the
    penalty; Fisher (1958), JASA 53, for categories taken by rate; Siegmund (1988),
    International Statistical Review 56, for ranges of a jump's place.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((2000, 3))
    >>> from kedge.strategy import Limit
    >>> holds = inputs[:, 1] > 0.7
    >>> rough = Limit(1, 0.6, None, (), None, None)
    >>> refined = refine_box(inputs, holds, Box((rough,), 0.0, 0.0, 0.0, 0, 0))
    >>> round(refined.box.limits[0].low, 3), refined.box.density
    (0.7, 1.0)
    """
    settings = settings or PrimSettings()
    if not 0 < level < 1:
        raise DomainError(f"level is a share between 0 and 1, such as 0.95; got {level}")
    design, holds = as_design(inputs, of_interest, settings.integer, settings.categorical)
    check_columns_named(
        design,
        box=tuple(limit.column for limit in box.limits),
        stay_open=settings.stay_open,
        must_limit=settings.must_limit,
    )
    if not in_box(design.columns.T, box).any():
        raise DomainError("the box holds none of the futures, so there is nothing to refine; widen it")
    return refine_design(design, holds, box, settings, level)


def refine_design(
    design: Design, holds: OfInterest, box: Box, settings: PrimSettings, level: float = 0.95
) -> RefinedBox:
    """Refine a box on a design and marks that are known to be in order; see `refine_box`."""
    columns, futures = design.columns.shape
    cases = int(holds.sum())
    limits, kept = _bounds(design, box)
    boxed = (limits, kept, _broken(design, limits, kept))
    penalty = np.log(futures) / 2 + np.log(2 * columns)
    shut, must = np.zeros(columns, dtype=np.bool_), np.zeros(columns, dtype=np.bool_)
    shut[list(settings.stay_open)] = True
    must[list(settings.must_limit)] = True
    most = columns if settings.most_limited is None else settings.most_limited
    least = min(int(np.ceil(settings.least_mass * futures)), int((boxed[2] == 0).sum()))
    whole = (design.start, design.present)
    rules = ((futures, cases, max(least, 1)), penalty, shut, must, most)
    state = (design.ranked, design.order, design.kinds, holds.astype(np.uint8))
    before = _height(boxed, holds)
    start_cost = _limits_of(design, limits, kept)
    moves = ascent.ascend(state, boxed, whole, rules)
    after = _height(boxed, holds)
    sides = sides_of(design.kinds, whole, (limits, kept))
    # Two independent exponential excursions, one to each side, bound how far a jump's place strays.
    drop = -np.log1p(-np.sqrt(level))
    return RefinedBox(
        box=describe(design.columns, holds, sides),
        ranges=tuple(_range(side, state, boxed, rules, drop) for side in sides if side.side >= 0),
        log_likelihood=after,
        start_log_likelihood=before,
        score=after - penalty * _limits_of(design, limits, kept),
        start_score=before - penalty * start_cost,
        moves=int(moves),
    )


def _bounds(design: Design, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """Give limits and kept categories as arrays; limits beyond the least or greatest value fall away."""
    limits, kept = design.start.copy(), design.present.copy()
    for side in sides_of_box(box):
        if side.side < 0:
            kept[side.column] &= np.isin(np.arange(kept.shape[1]), side.categories)
        elif side.side == 0:
            limits[side.column, 0] = max(limits[side.column, 0], side.limit)
        else:
            limits[side.column, 1] = min(limits[side.column, 1], side.limit)
    return limits, kept


def _broken(design: Design, limits: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Count the uncertainties whose limits each future breaks."""
    broken = np.zeros(design.futures, dtype=np.int16)
    for column, values in enumerate(design.columns):
        if design.kinds[column] == CATEGORICAL:
            broken += ~kept[column][design.codes[column]]
        else:
            broken += (values < limits[column, 0]) | (values > limits[column, 1])
    return broken


def _height(boxed: tuple[np.ndarray, np.ndarray, np.ndarray], holds: OfInterest) -> float:
    inside = boxed[2] == 0
    counts = int(inside.sum()), int((inside & holds).sum()), len(holds), int(holds.sum())
    return float(ascent.two_rates(*counts))


def _limits_of(design: Design, limits: np.ndarray, kept: np.ndarray) -> int:
    """Count limits as the penalty does."""
    amounts = int((limits != design.start).sum())
    present, left = design.present.sum(axis=1), kept.sum(axis=1)
    return amounts + int(np.minimum(left, present - left).sum())


def _range(side: Side, state: tuple, boxed: tuple, rules: tuple, drop: float) -> LimitRange:
    low, high = ascent.end_range(side.column, side.side == 1, state, boxed, rules, drop)
    end = "high" if side.side == 1 else "low"
    return LimitRange(side.column, end, side.limit, float(low), float(high))
