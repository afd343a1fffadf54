"""What can be decided: levers, each with the settings it may take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kedge.core.errors import StudyError
from kedge.strategy.problem import check_name

Kind = Literal["real", "integer", "choice"]


@dataclass(frozen=True)
class Lever:
    """Something that can be decided, as the settings it may take.

    Parameters
    ----------
    name
        Lower-case word, the column's name in tables of candidates.
    low, high : `unit`
        Ends of the range, both allowed.  For `choice` the first and last index.
    kind
        `real`, `integer` (whole numbers from low to high) or `choice`.
    categories
        Names of the alternatives of `choice`, in index order.
    unit, label
        For tables and figures; the label defaults to the name.

    Raises
    ------
    StudyError
        The range is upside down or not finite, or does not fit the kind.

    Examples
    --------
    >>> Lever("height", 0.0, 5.0, unit="m").kind
    'real'
    """

    name: str
    low: float
    high: float
    kind: Kind = "real"
    categories: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        check_name("lever", self.name)
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))
        where = f"lever {self.name!r}"
        if self.kind not in get_args(Kind):
            raise StudyError(f"{where}: kind must be one of {', '.join(get_args(Kind))}; got {self.kind!r}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise StudyError(
                f"{where}: expected finite ends, the low one first, got {self.low} and {self.high}"
            )
        if self.kind == "integer" and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise StudyError(
                f"{where}: ends of an integer lever are whole numbers, got {self.low} and {self.high}"
            )
        self._check_categories(where)

    def _check_categories(self, where: str) -> None:
        if self.kind != "choice":
            if self.categories:
                raise StudyError(f"{where}: categories belong to kind 'choice', not {self.kind!r}")
            return
        count = len(self.categories)
        if not count or len(set(self.categories)) != count:
            raise StudyError(
                f"{where}: a choice needs categories with different names, got {self.categories!r}"
            )
        if (self.low, self.high) != (0, count - 1):
            raise StudyError(
                f"{where}: low and high of a choice are its first and last index, 0 and {count - 1}; "
                f"got {self.low:g} and {self.high:g}"
            )


def lever_choice(name: str, categories: Sequence[str], label: str = "") -> Lever:
    """Declare a lever that takes one of a few named alternatives.

    Examples
    --------
    >>> lever_choice("stance", ["concede", "retaliate"]).high
    1.0
    """
    return Lever(name, 0.0, float(max(len(categories) - 1, 0)), "choice", tuple(categories), label=label)
