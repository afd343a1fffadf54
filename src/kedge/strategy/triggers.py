"""What is watched, and when it calls for an action: conditions on yearly signposts.

A signpost is a number seen once a year in each future.  Year t's is seen when t ends, so
an action decided on it can change levers from the year after, at the earliest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from kedge.core.errors import DomainError, UnknownName

Signposts = Float[np.ndarray, "future signpost year"]
Yearly = Float[np.ndarray, "future year"]
Met = Bool[np.ndarray, "future year"]
Side = Literal["above", "below"]


@dataclass(frozen=True)
class Timeline:
    """The years of a staged model, and what it gives in them.

    Parameters
    ----------
    years : year
        Consecutive, in rising order.
    signposts, measures
        Names, in the order of the model's axes.

    Raises
    ------
    DomainError
        Fewer than two years, years not consecutive, or names that are missing or given twice.
    """

    years: tuple[int, ...]
    signposts: tuple[str, ...]
    measures: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.years) < 2 or list(self.years) != list(
            range(self.years[0], self.years[0] + len(self.years))
        ):
            raise DomainError(f"years must be two or more, one after the other, got {self.years[:6]}")
        for kind, names in (("signpost", self.signposts), ("measure", self.measures)):
            if not names or len(set(names)) < len(names):
                raise DomainError(f"{kind}s need names, each its own, got {', '.join(names) or 'none'}")

    @property
    def span(self) -> int:
        """Number of years."""
        return len(self.years)


@dataclass(frozen=True)
class Condition:
    """A signpost beyond a level for some years running.

    Parameters
    ----------
    signpost
        Name.
    side
        `above` or `below`; a number equal to the level is neither.
    level : unit of the signpost
    years
        Running, the present one being the last.
    window : years
        Of the running mean that is compared with the level; one for the raw number.

    Raises
    ------
    DomainError
        Another side, a level that is not finite, or counts below one.
    """

    signpost: str
    side: Side
    level: float
    years: int = 1
    window: int = 1

    def __post_init__(self) -> None:
        if self.side not in ("above", "below") or not np.isfinite(self.level):
            raise DomainError(
                f"a condition on {self.signpost!r} needs a side, above or below, and a finite level; "
                f"got {self.side!r} and {self.level}"
            )
        if min(self.years, self.window) < 1:
            raise DomainError(
                f"a condition on {self.signpost!r} must hold for one year or more and look at a mean of one "
                f"year or more, got {self.years} and {self.window}"
            )


@dataclass(frozen=True)
class Trigger:
    """When an action is called for.

    Parameters
    ----------
    conditions
        One or more.
    join
        `all` of them in the same year, or `any`.
    not_before, not_after : year
        First and last year in which the action may be decided; None for the timeline's ends.

    Raises
    ------
    DomainError
        No condition, another way of joining, or a last year before the first.
    """

    conditions: tuple[Condition, ...]
    join: Literal["all", "any"] = "all"
    not_before: int | None = None
    not_after: int | None = None

    def __post_init__(self) -> None:
        if not self.conditions or self.join not in ("all", "any"):
            raise DomainError(
                f"a trigger needs one condition or more, joined by all or any; got {len(self.conditions)} "
                f"joined by {self.join!r}"
            )
        if self.not_before is not None and self.not_after is not None and self.not_after < self.not_before:
            raise DomainError(
                f"last year {self.not_after} of a trigger lies before its first, {self.not_before}; swap them"
            )


def running_mean(series: Yearly, window: int) -> Yearly:
    """Mean of each year and those before it, `window` in all; NaN where there are not as many yet.

    Examples
    --------
    >>> running_mean(np.array([[1.0, 3.0, 5.0]]), 2)
    array([[nan,  2.,  4.]])
    """
    if window == 1:
        return series
    mean = np.full(series.shape, np.nan)
    total = sum(series[:, lag : series.shape[1] - window + 1 + lag] for lag in range(window))
    mean[:, window - 1 :] = total / window
    return mean


def condition_met(condition: Condition, signposts: Signposts, timeline: Timeline) -> Met:
    """Say in which years of which futures a condition holds.

    Raises
    ------
    UnknownName
        No signpost has the condition's name.

    Examples
    --------
    >>> timeline = Timeline((2025, 2026, 2027), ("trust",), ("value",))
    >>> seen = np.array([[[0.6, 0.3, 0.2]]])
    >>> condition_met(Condition("trust", "below", 0.4, years=2), seen, timeline)
    array([[False, False,  True]])
    """
    if condition.signpost not in timeline.signposts:
        raise UnknownName("signpost", condition.signpost, timeline.signposts)
    series = signposts[:, timeline.signposts.index(condition.signpost)]
    mean = running_mean(series, condition.window)
    beyond = mean > condition.level if condition.side == "above" else mean < condition.level
    met = beyond.copy()
    for lag in range(1, condition.years):
        met[:, lag:] &= beyond[:, : beyond.shape[1] - lag]
        met[:, :lag] = False
    return met


def trigger_met(trigger: Trigger, signposts: Signposts, timeline: Timeline) -> Met:
    """Say in which years of which futures a trigger calls for its action, within its years."""
    each = [condition_met(condition, signposts, timeline) for condition in trigger.conditions]
    join = np.logical_and if trigger.join == "all" else np.logical_or
    years = np.array(timeline.years)
    first = years[0] if trigger.not_before is None else trigger.not_before
    last = years[-1] if trigger.not_after is None else trigger.not_after
    return join.reduce(each) & (years >= first) & (years <= last)


def first_year(met: Met) -> Int[np.ndarray, " future"]:
    """Index of the first year marked in each future; the number of years where none is."""
    return np.where(met.any(axis=1), met.argmax(axis=1), met.shape[1])
