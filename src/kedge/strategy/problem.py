"""What a decision problem is made of: uncertainties that a future sets, measures that judge a plan."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kedge.core.errors import StudyError

Distribution = Literal["uniform", "log_uniform", "normal", "triangular", "choice"]
Direction = Literal["maximise", "minimise"]

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Uncertainty:
    """Something that nobody knows, as a range with a shape.

    Parameters
    ----------
    name
        Lower-case word, the column's name in `futures.parquet`.
    low, high : `unit`
        Ends of the range; `low == high` fixes the value.  For `choice` they are
        the first and last index, 0 and the number of categories less one.
    distribution
        `uniform`, `log_uniform` (both ends above zero), `normal` (truncated to
        the range), `triangular` or `choice`.
    mode : `unit`, optional
        Peak of `triangular`; the middle of the range if not given.
    mean, sd : `unit`, optional
        Of `normal` before truncation.  If not given: the middle of the range, and a
        quarter of its width, which is an assumption (the range spans two sd each way).
    categories
        Names of the alternatives of `choice`, in index order.
    weights
        Relative weights of the categories; equal if not given.
    unit, label
        For tables and figures; the label defaults to the name.
    only_when
        Conditions under which this matters at all: names of `choice` uncertainties, each with the
        categories that count; all must hold.  Elsewhere it takes the value `otherwise`.
    otherwise : `unit`
        Value where a condition fails; needed with `only_when`, and may lie outside the range.

    Raises
    ------
    StudyError
        The range is upside down or not finite, or the shape does not fit it.

    Examples
    --------
    >>> Uncertainty("elasticity", 2.0, 8.0, "log_uniform").distribution
    'log_uniform'
    """

    name: str
    low: float
    high: float
    distribution: Distribution = "uniform"
    mode: float | None = None
    mean: float | None = None
    sd: float | None = None
    categories: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    unit: str = ""
    label: str = ""
    only_when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    otherwise: float | None = None

    def __post_init__(self) -> None:
        check_name("uncertainty", self.name)
        _check_condition(self)
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))
        _check_range(self)
        if self.distribution == "choice":
            _check_choice(self)
        else:
            _check_shape(self)

    @property
    def is_categorical(self) -> bool:
        """Whether values are indices of categories rather than amounts."""
        return self.distribution == "choice"


@dataclass(frozen=True)
class Measure:
    """One yardstick for a plan in a future.

    Parameters
    ----------
    name
        Lower-case word, the column's name in `results.parquet`.
    label, unit
        For tables and figures.
    direction
        Whether more is better (`maximise`) or worse (`minimise`).

    Raises
    ------
    StudyError
        The name is not a plain word or the direction is neither of the two.

    Examples
    --------
    >>> Measure("cost", "Cost", "% of GDP", "minimise").sign
    -1.0
    """

    name: str
    label: str
    unit: str
    direction: Direction

    def __post_init__(self) -> None:
        check_name("measure", self.name)
        if self.direction not in get_args(Direction):
            raise StudyError(
                f"measure {self.name!r}: direction must be 'maximise' or 'minimise', got {self.direction!r}"
            )

    @property
    def sign(self) -> float:
        """One if more is better, minus one if less is."""
        return 1.0 if self.direction == "maximise" else -1.0


def choice(
    name: str, categories: Sequence[str], weights: Sequence[float] = (), label: str = ""
) -> Uncertainty:
    """Declare an uncertainty that takes one of a few named alternatives.

    Examples
    --------
    >>> choice("regime", ["rules", "deals"]).high
    1.0
    """
    return Uncertainty(
        name=name,
        low=0.0,
        high=float(max(len(categories) - 1, 0)),
        distribution="choice",
        categories=tuple(categories),
        weights=tuple(weights),
        label=label,
    )


def check_name(kind: str, name: str) -> None:
    """Refuse a name that cannot be a column's, by `StudyError`."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise StudyError(
            f"{kind} name must be lower-case letters, digits and underscores, starting with a letter; "
            f"got {name!r}"
        )


def _check_condition(uncertainty: Uncertainty) -> None:
    where, otherwise = f"uncertainty {uncertainty.name!r}", uncertainty.otherwise
    if bool(uncertainty.only_when) != (otherwise is not None):
        raise StudyError(f"{where}: only_when and otherwise belong together; give both or neither")
    if otherwise is not None and not math.isfinite(otherwise):
        raise StudyError(f"{where}: otherwise must be a finite number, got {otherwise}")
    if uncertainty.only_when and uncertainty.distribution == "choice":
        raise StudyError(
            f"{where}: a choice has no number to take elsewhere; add a category for it instead of only_when"
        )


def _check_range(uncertainty: Uncertainty) -> None:
    where = f"uncertainty {uncertainty.name!r}"
    if uncertainty.distribution not in get_args(Distribution):
        raise StudyError(
            f"{where}: distribution must be one of {', '.join(get_args(Distribution))}; "
            f"got {uncertainty.distribution!r}"
        )
    low, high = uncertainty.low, uncertainty.high
    if not (math.isfinite(low) and math.isfinite(high)):
        raise StudyError(f"{where}: low and high must be finite numbers, got {low} and {high}")
    if low > high:
        raise StudyError(f"{where}: the range is upside down, low {low:g} is above high {high:g}; swap them")


def _check_shape(uncertainty: Uncertainty) -> None:
    where = f"uncertainty {uncertainty.name!r}"
    low, high, shape = uncertainty.low, uncertainty.high, uncertainty.distribution
    if uncertainty.categories or uncertainty.weights:
        raise StudyError(f"{where}: categories and weights belong to distribution 'choice', not {shape!r}")
    if shape == "log_uniform" and low <= 0:
        raise StudyError(
            f"{where}: log_uniform needs both ends above zero, got low {low:g}; use uniform instead"
        )
    if uncertainty.mode is not None and (shape != "triangular" or not low <= uncertainty.mode <= high):
        raise StudyError(
            f"{where}: mode belongs to triangular and lies between {low:g} and {high:g}, got "
            f"{uncertainty.mode:g}"
        )
    _check_bell(where, shape, uncertainty.mean, uncertainty.sd)


def _check_bell(where: str, shape: Distribution, mean: float | None, sd: float | None) -> None:
    if (mean is not None or sd is not None) and shape != "normal":
        raise StudyError(f"{where}: mean and sd belong to distribution 'normal', not {shape!r}")
    if mean is not None and not math.isfinite(mean):
        raise StudyError(f"{where}: mean must be a finite number, got {mean}")
    if sd is not None and not (math.isfinite(sd) and sd > 0):
        raise StudyError(f"{where}: sd must be above zero, got {sd}; set low = high to fix a value")


def _check_choice(uncertainty: Uncertainty) -> None:
    where = f"uncertainty {uncertainty.name!r}"
    count = len(uncertainty.categories)
    if not count or len(set(uncertainty.categories)) != count:
        raise StudyError(
            f"{where}: a choice needs categories with different names, got {uncertainty.categories!r}"
        )
    if (uncertainty.low, uncertainty.high) != (0, count - 1):
        raise StudyError(
            f"{where}: low and high of a choice are its first and last index, 0 and {count - 1}; "
            f"got {uncertainty.low:g} and {uncertainty.high:g}"
        )
    weights = uncertainty.weights
    if not weights:
        return
    if len(weights) != count:
        raise StudyError(f"{where}: expected {count} weights, one a category, got {len(weights)}")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or sum(weights) <= 0:
        raise StudyError(f"{where}: weights must be zero or more with a sum above zero, got {weights!r}")
