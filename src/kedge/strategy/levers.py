"""What a decision-maker can set: levers, their ranges, and values that fit them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.problem import check_name
from kedge.strategy.search_axes import Candidates

LeverKind = Literal["real", "integer", "choice"]


@dataclass(frozen=True)
class Lever:
    """Something that a decision-maker sets, as a range or a list of alternatives.

    Parameters
    ----------
    name
        Lower-case word, the column's name in tables of candidates.
    low, high : `unit`
        Ends of the range, both within reach; `low == high` fixes the lever.  For `choice`
        they are the first and last index, 0 and the number of categories less one.
    kind
        `real`, `integer` (whole numbers, ends included) or `choice`.
    categories
        Names of the alternatives of `choice`, in index order.
    unit, label
        For tables and figures; the label defaults to the name.

    Raises
    ------
    StudyError
        The name is not a plain word, the range is upside down or not finite, or the kind
        does not fit it.

    Examples
    --------
    >>> Lever("tariff", 0.0, 0.25, unit="share").label
    'tariff'
    """

    name: str
    low: float
    high: float
    kind: LeverKind = "real"
    categories: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        check_name("lever", self.name)
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))
        _check_range(self)
        if self.kind == "choice":
            _check_choice(self)
        elif self.categories:
            raise StudyError(
                f"lever {self.name!r}: categories belong to kind 'choice', not {self.kind!r}; "
                "declare it with lever_choice"
            )

    @property
    def is_categorical(self) -> bool:
        """Whether values are indices of categories rather than amounts."""
        return self.kind == "choice"

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are allowed: an integer, or the index of a category."""
        return self.kind != "real"


def lever_choice(name: str, categories: Sequence[str], label: str = "") -> Lever:
    """Declare a lever that takes one of a few named alternatives.

    Examples
    --------
    >>> lever_choice("regime", ["rules", "deals"]).high
    1.0
    """
    return Lever(
        name=name,
        low=0.0,
        high=float(max(len(categories) - 1, 0)),
        kind="choice",
        categories=tuple(categories),
        label=label,
    )


def check_levers(levers: Sequence[Lever]) -> tuple[Lever, ...]:
    """Give the levers as a tuple if there is one at least and no two share a name.

    Raises
    ------
    StudyError
        There are none, or two have the same name.
    """
    levers = tuple(levers)
    names = [lever.name for lever in levers]
    if not levers:
        raise StudyError("no lever given; a search needs at least one thing to set")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"two levers are called {', '.join(twice)}; names must differ")
    return levers


def check_candidates(candidates: Candidates, levers: Sequence[Lever]) -> Candidates:
    """Give candidates as floats if every value lies within its lever's range.

    Parameters
    ----------
    candidates : the levers' units
        A row each; whole numbers for integers, and indices for choices.
    levers
        In column order.

    Raises
    ------
    DomainError
        The shape does not fit, or a value is out of range, not finite or not whole.
    """
    candidates = np.asarray(candidates, dtype=float)
    if candidates.ndim != 2 or candidates.shape[1] != len(levers):
        raise DomainError(
            f"candidates must be [candidate, lever] with {len(levers)} levers, got shape {candidates.shape}"
        )
    for column, lever in enumerate(levers):
        values = candidates[:, column]
        fits = (values >= lever.low) & (values <= lever.high)
        if lever.is_whole:
            fits &= values == np.rint(values)
        if not fits.all():
            row = int(np.argmin(fits))
            what = "a whole number" if lever.is_whole else "a number"
            raise DomainError(
                f"lever {lever.name!r} must be {what} from {lever.low:g} to {lever.high:g}, "
                f"got {values[row]:g} in row {row}"
            )
    return candidates


def _check_range(lever: Lever) -> None:
    where = f"lever {lever.name!r}"
    if lever.kind not in get_args(LeverKind):
        raise StudyError(f"{where}: kind must be one of {', '.join(get_args(LeverKind))}; got {lever.kind!r}")
    if not (math.isfinite(lever.low) and math.isfinite(lever.high)):
        raise StudyError(f"{where}: low and high must be finite numbers, got {lever.low} and {lever.high}")
    if lever.low > lever.high:
        raise StudyError(
            f"{where}: the range is upside down, low {lever.low:g} is above high {lever.high:g}; swap them"
        )
    if lever.is_whole and (lever.low != round(lever.low) or lever.high != round(lever.high)):
        raise StudyError(
            f"{where}: low and high of kind {lever.kind!r} must be whole numbers, got {lever.low:g} and "
            f"{lever.high:g}; use kind 'real' for amounts in between"
        )


def _check_choice(lever: Lever) -> None:
    where = f"lever {lever.name!r}"
    count = len(lever.categories)
    if not count or len(set(lever.categories)) != count:
        raise StudyError(f"{where}: a choice needs categories with different names, got {lever.categories!r}")
    if (lever.low, lever.high) != (0, count - 1):
        raise StudyError(
            f"{where}: low and high of a choice are its first and last index, 0 and {count - 1}; "
            f"got {lever.low:g} and {lever.high:g}; declare it with lever_choice"
        )
