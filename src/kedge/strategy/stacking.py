"""Dimension stacking: shares of futures of interest in nested bins of the most telling uncertainties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.binning import Bins, bin_column, check_columns, explained_share
from kedge.strategy.problem import Uncertainty


@dataclass(frozen=True)
class StackingSettings:
    """How many uncertainties to stack, and how finely.

    Parameters
    ----------
    axes
        Uncertainties stacked at most.
    bins
        Of about equal count for each; a category is its own bin.
    columns
        To be stacked, outermost first; empty to let what they tell decide.

    Raises
    ------
    DomainError
        No axis, fewer than two bins, or a column named twice.
    """

    axes: int = 4
    bins: int = 3
    columns: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.axes < 1 or self.bins < 2:
            raise DomainError(
                f"stacking needs an axis or more and two bins or more, got {self.axes} and {self.bins}"
            )
        if len(set(self.columns)) != len(self.columns):
            raise DomainError(f"columns must differ, got {self.columns}")


@dataclass(frozen=True)
class StackAxis:
    """One stacked uncertainty.

    Parameters
    ----------
    column, uncertainty
        Of the inputs, and its name.
    lower, upper : unit of the uncertainty
        Ends of the bins, or the code of each category twice.
    explained : share
        Of the variance of being of interest, that all axes up to and with this one explain
        together, less what chance gives.
    """

    column: int
    uncertainty: str
    lower: np.ndarray
    upper: np.ndarray
    explained: float


@dataclass(frozen=True)
class Stacking:
    """A table of nested bins, ready to be drawn.

    Parameters
    ----------
    row_axes, column_axes
        Outermost first.  The most telling uncertainty is the outermost of the rows, the
        second the outermost of the columns, and so on in turn.
    shares : share of futures
        Of interest in each cell, `[row, column]`; NaN where no future fell.
    counts, cases
        Futures in each cell, and of interest among them.
    row_bins, column_bins
        Bin of each axis, `[row, axis]` and `[column, axis]`; the last axis turns fastest.
    alone : share
        By column of the inputs: of the variance of being of interest that it explains alone.
    """

    row_axes: tuple[StackAxis, ...]
    column_axes: tuple[StackAxis, ...]
    shares: np.ndarray
    counts: np.ndarray
    cases: np.ndarray
    row_bins: np.ndarray
    column_bins: np.ndarray
    alone: np.ndarray


def stack_dimensions(
    inputs: Futures,
    of_interest: OfInterest,
    uncertainties: Sequence[Uncertainty],
    settings: StackingSettings | None = None,
) -> Stacking:
    """Show where futures of interest lie in nested bins of the uncertainties that tell most.

    Uncertainties are taken one by one: the next is the one that, nested in those taken so far,
    explains most of the variance of being of interest, corrected for the number of cells.
    That is what the finished table shows, so a pair that matters only together is seen once
    one of the two is in, and one that repeats what another says is not.  A pair of which
    neither tells anything alone can be missed; name it in the settings.

    Parameters
    ----------
    inputs
        Physical units; categories as codes.
    of_interest
        As in `find_box`.
    uncertainties
        In column order.
    settings
        Axes and bins.

    Raises
    ------
    DomainError
        Shapes do not fit, or a column named in the settings is not there.

    References
    ----------
    LeBlanc, Ward & Wittels (1990), Visualization '90; Suzuki, Stern & Manzocchi (2015), SPE
    Journal 20; Kelley (1935) for the correction.

    Examples
    --------
    >>> inputs = np.random.default_rng(0).random((2000, 2))
    >>> holds = (inputs[:, 1] > 2 / 3) & (inputs[:, 0] < 1 / 3)
    >>> found = stack_dimensions(inputs, holds, [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)])
    >>> [axis.uncertainty for axis in (*found.row_axes, *found.column_axes)], found.shares.round(1)[2]
    (['b', 'a'], array([1., 0., 0.]))
    """
    settings, uncertainties = settings or StackingSettings(), tuple(uncertainties)
    inputs, holds = _checked(inputs, of_interest, uncertainties, settings)
    size = min(settings.bins, len(holds))
    bins = [
        bin_column(inputs[:, column], uncertainty, size) for column, uncertainty in enumerate(uncertainties)
    ]
    outcome = holds.astype(float)
    alone = np.array([_explained([one], outcome) for one in bins])
    order = list(settings.columns) or _rank(bins, outcome, settings.axes)
    axes = _axes(order, bins, uncertainties, outcome)
    rows, row_bins = _nest([bins[column] for column in order[::2]], len(holds))
    columns, column_bins = _nest([bins[column] for column in order[1::2]], len(holds))
    shape = (len(row_bins), len(column_bins))
    cell = rows * shape[1] + columns
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    cases = np.bincount(cell, outcome, minlength=shape[0] * shape[1]).astype(np.int64)
    shares = np.divide(cases, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return Stacking(
        row_axes=axes[::2],
        column_axes=axes[1::2],
        shares=shares.reshape(shape),
        counts=counts.reshape(shape),
        cases=cases.reshape(shape),
        row_bins=row_bins,
        column_bins=column_bins,
        alone=alone,
    )


def _checked(
    inputs: Futures,
    of_interest: OfInterest,
    uncertainties: tuple[Uncertainty, ...],
    settings: StackingSettings,
) -> tuple[Futures, OfInterest]:
    holds = np.asarray(of_interest)
    if holds.dtype != np.bool_ or holds.ndim != 1:
        raise DomainError(
            f"of_interest must be one true or false a future, got {holds.dtype} of shape {holds.shape}"
        )
    inputs = check_columns(inputs, uncertainties, len(holds))
    strangers = [column for column in settings.columns if not 0 <= column < len(uncertainties)]
    if strangers:
        raise DomainError(f"columns {strangers} are not among the {len(uncertainties)} inputs")
    return inputs, holds


def _axes(
    order: list[int], bins: list[Bins], uncertainties: tuple[Uncertainty, ...], outcome: np.ndarray
) -> tuple[StackAxis, ...]:
    return tuple(
        StackAxis(
            column=column,
            uncertainty=uncertainties[column].name,
            lower=bins[column].lower,
            upper=bins[column].upper,
            explained=_explained([bins[other] for other in order[: place + 1]], outcome),
        )
        for place, column in enumerate(order)
    )


def _rank(bins: list[Bins], outcome: np.ndarray, axes: int) -> list[int]:
    """Take the columns that tell most given those taken before, until there are enough axes."""
    order: list[int] = []
    open_columns = [column for column, one in enumerate(bins) if len(one.counts) > 1]
    while open_columns and len(order) < axes:
        taken = [bins[column] for column in order]
        scores = [_explained([*taken, bins[column]], outcome) for column in open_columns]
        order.append(open_columns.pop(int(np.argmax(scores))))
    return order


def _explained(nested: list[Bins], outcome: np.ndarray) -> float:
    index, _ = _nest(nested, len(outcome))
    counts = np.bincount(index)
    filled = np.cumsum(counts > 0) - 1
    return explained_share(filled[index], counts[counts > 0], outcome)


def _nest(nested: list[Bins], futures: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the nested cell of each future, and the bin of each axis in each cell."""
    index, sizes = np.zeros(futures, dtype=np.int64), [len(one.counts) for one in nested]
    for one, size in zip(nested, sizes, strict=True):
        index = index * size + one.index
    return index, np.indices(sizes).reshape(len(sizes), int(np.prod(sizes))).T
