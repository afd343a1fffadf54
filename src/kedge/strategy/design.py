"""Futures made ready for scenario discovery: each column sorted once, for as many outcomes as wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.peel import CATEGORICAL, INTEGER, REAL


@dataclass(frozen=True)
class Design:
    """Futures by column, with the order in which each column rises.

    Parameters
    ----------
    columns : units of the inputs
        `[uncertainty, future]`.
    ranked : units of the inputs
        Each column in rising order.
    order
        The future that each ranked value belongs to.
    kinds
        0 for real amounts, 1 for whole numbers, 2 for categories.
    codes
        `[uncertainty, future]` for categories, zeros for the rest; one future wide without any.
    start : units of the inputs
        `[uncertainty, side]`: least and greatest value.
    present
        `[uncertainty, code]`: categories that occur.
    """

    columns: np.ndarray
    ranked: np.ndarray
    order: np.ndarray
    kinds: np.ndarray
    codes: np.ndarray
    start: np.ndarray
    present: np.ndarray

    @property
    def futures(self) -> int:
        """Number of futures."""
        return self.columns.shape[1]

    @property
    def integer(self) -> tuple[int, ...]:
        """Columns with whole numbers."""
        return tuple(int(column) for column in np.flatnonzero(self.kinds == INTEGER))

    @property
    def categorical(self) -> tuple[int, ...]:
        """Columns with category codes."""
        return tuple(int(column) for column in np.flatnonzero(self.kinds == CATEGORICAL))


def prepare_design(
    inputs: Futures, *, integer: tuple[int, ...] = (), categorical: tuple[int, ...] = ()
) -> Design:
    """Check and sort futures once, to look for boxes of several outcomes in them.

    Parameters
    ----------
    inputs
        Physical units; categories as codes 0, 1, 2, …
    integer, categorical
        Columns with whole numbers, and with codes.

    Returns
    -------
    Design
        To be handed to `find_box`, `find_boxes`, `refine_box` or `grow_tree` in place of the inputs.

    Raises
    ------
    DomainError
        Inputs are no table, not finite, or not whole where they should be.

    Examples
    --------
    >>> prepare_design(np.array([[0.3, 1.0], [0.1, 0.0]]), categorical=(1,)).order[0]
    array([1, 0], dtype=int32)
    """
    inputs = np.asarray(inputs, dtype=float)
    if inputs.ndim != 2 or not inputs.size:
        raise DomainError(
            f"inputs must be [future, uncertainty] with one mark of interest a future, got {inputs.shape}"
        )
    if not np.isfinite(inputs).all():
        raise DomainError("inputs hold values that are not finite; draw them with draw_futures")
    _check_whole(inputs, integer, categorical)
    columns = np.ascontiguousarray(inputs.T)
    order, ranked = np.empty(columns.shape, dtype=np.int32), np.empty(columns.shape)
    for column, values in enumerate(columns):
        # Ties may come in any order: equal values are always taken together.
        places = np.argsort(values)
        order[column], ranked[column] = places, values[places]
    kinds = np.full(len(columns), REAL)
    kinds[list(integer)] = INTEGER
    kinds[list(categorical)] = CATEGORICAL
    codes = np.zeros((len(columns), len(inputs) if categorical else 1), dtype=np.int64)
    for column in categorical:
        codes[column] = columns[column]
    present = np.zeros((len(columns), int(codes.max()) + 1), dtype=np.bool_)
    for column in categorical:
        present[column, np.unique(codes[column])] = True
    start = np.ascontiguousarray(ranked[:, [0, -1]])
    return Design(columns, ranked, order, kinds, codes, start, present)


def take_futures(design: Design, chosen: OfInterest) -> Design:
    """Keep the marked futures of a design, without sorting again; ends and categories stay the whole's.

    Parameters
    ----------
    design
        From `prepare_design`.
    chosen
        Whether each future stays.

    Raises
    ------
    DomainError
        No future is chosen, or the marks do not fit.
    """
    if chosen.shape != (design.futures,) or chosen.dtype != np.bool_ or not chosen.any():
        raise DomainError(
            f"chosen must mark at least one of {design.futures} futures by true, got {chosen.dtype} of shape "
            f"{chosen.shape}"
        )
    place = np.cumsum(chosen, dtype=np.int32) - np.int32(1)
    shape = (len(design.columns), int(chosen.sum()))
    order, ranked = np.empty(shape, dtype=np.int32), np.empty(shape)
    for column in range(shape[0]):
        stay = chosen[design.order[column]]
        order[column] = place[design.order[column][stay]]
        ranked[column] = design.ranked[column][stay]
    codes = design.codes[:, chosen] if design.categorical else design.codes
    return Design(
        columns=np.ascontiguousarray(design.columns[:, chosen]),
        ranked=ranked,
        order=order,
        kinds=design.kinds,
        codes=np.ascontiguousarray(codes),
        start=design.start,
        present=design.present,
    )


def as_design(
    inputs: Futures | Design,
    of_interest: OfInterest,
    integer: tuple[int, ...] = (),
    categorical: tuple[int, ...] = (),
) -> tuple[Design, OfInterest]:
    """Give a design, made from inputs if need be, and the checked marks of interest.

    Parameters
    ----------
    inputs
        Futures or a design; a design knows its kinds of column, so other kinds are refused.
    of_interest, integer, categorical
        As in `find_box` and `prepare_design`.

    Raises
    ------
    DomainError
        Shapes or kinds do not fit, or all or none of the futures are of interest.
    """
    holds = np.asarray(of_interest)
    shape = (inputs.futures, len(inputs.columns)) if isinstance(inputs, Design) else np.shape(inputs)
    if len(shape) != 2 or holds.shape != shape[:1]:
        raise DomainError(
            "inputs must be [future, uncertainty] with one mark of interest a future, got "
            f"{shape} and {holds.shape}"
        )
    _check_marks(holds)
    if not isinstance(inputs, Design):
        return prepare_design(inputs, integer=integer, categorical=categorical), holds
    for name, asked, have in (
        ("integer", integer, inputs.integer),
        ("categorical", categorical, inputs.categorical),
    ):
        if asked and tuple(sorted(asked)) != have:
            raise DomainError(
                f"the settings call columns {asked} {name}, the design was prepared with {have}; name them "
                "in prepare_design alone"
            )
    return inputs, holds


def check_columns_named(design: Design, **named: tuple[int, ...]) -> None:
    """Refuse column numbers that the design has not.

    Raises
    ------
    DomainError
        With the name under which the column was given.
    """
    for name, columns in named.items():
        for column in columns:
            if not 0 <= column < len(design.columns):
                raise DomainError(f"{name}: column {column} is not one of the {len(design.columns)} inputs")


def _check_marks(holds: np.ndarray) -> None:
    if holds.dtype != np.bool_:
        raise DomainError(
            f"of_interest must be true or false, got values of type {holds.dtype}; compare with a threshold"
        )
    if holds.all() or not holds.any():
        which = "all" if holds.all() else "none"
        raise DomainError(
            f"{which} of the {len(holds)} futures are of interest, so no box tells them apart; "
            "choose a threshold that splits the futures"
        )


def _check_whole(inputs: np.ndarray, integer: tuple[int, ...], categorical: tuple[int, ...]) -> None:
    for column in (*integer, *categorical):
        if not 0 <= column < inputs.shape[1]:
            raise DomainError(f"column {column} is not one of the {inputs.shape[1]} inputs")
        whole = inputs[:, column] == np.floor(inputs[:, column])
        if not whole.all() or (column in categorical and inputs[:, column].min() < 0):
            raise DomainError(f"column {column} must hold whole numbers (codes from 0 for categories)")
    both = set(integer) & set(categorical)
    if both:
        raise DomainError(f"columns {sorted(both)} are named both integer and categorical; choose one")
