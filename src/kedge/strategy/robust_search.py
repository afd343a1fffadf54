"""Objectives of a robust search: statistics over futures, and how much they shrink on fresh ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.strategy.archive import unbeaten
from kedge.strategy.axes import Values
from kedge.strategy.problem import Measure
from kedge.strategy.search_axes import Baseline, Objectives, PerObjective

Statistic = Literal["mean", "quantile", "worst", "mean_regret", "worst_regret", "satisficing"]
_REGRETS = ("mean_regret", "worst_regret")


@dataclass(frozen=True)
class RobustObjective:
    """A measure and what to make of its values over futures.

    Parameters
    ----------
    measure
        Name of the measure.
    statistic
        `mean`; `quantile` and `worst`, counted from the bad end; `mean_regret` and
        `worst_regret`, against a baseline that does not move; `satisficing`, the share of
        futures in which the threshold is met.
    level : share
        Of futures that are worse, for `quantile`.
    threshold : unit of the measure
        For `satisficing`: least acceptable value where more is better, greatest where less is.

    Raises
    ------
    StudyError
        The statistic is unknown, or level or threshold do not belong to it.

    Examples
    --------
    >>> RobustObjective("income", "quantile", level=0.1).statistic
    'quantile'
    """

    measure: str
    statistic: Statistic = "mean"
    level: float | None = None
    threshold: float | None = None

    def __post_init__(self) -> None:
        where = f"objective on {self.measure!r}"
        if self.statistic not in get_args(Statistic):
            raise StudyError(
                f"{where}: statistic must be one of {', '.join(get_args(Statistic))}; got {self.statistic!r}"
            )
        if (self.level is not None) != (self.statistic == "quantile"):
            raise StudyError(f"{where}: quantile, and only it, needs a level; got {self.level}")
        if self.level is not None and not 0 <= self.level <= 1:
            raise StudyError(f"{where}: level is a share from 0 to 1, got {self.level}")
        if (self.threshold is not None) != (self.statistic == "satisficing"):
            raise StudyError(f"{where}: satisficing, and only it, needs a threshold; got {self.threshold}")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise StudyError(f"{where}: the threshold must be a finite number, got {self.threshold}")


def objectives_of(
    values: Values,
    measures: Sequence[Measure],
    objectives: Sequence[RobustObjective],
    *,
    baseline: Baseline | None = None,
) -> Objectives:
    """Turn values over futures into objectives to be minimised.

    Parameters
    ----------
    values : units of the measures
        `[candidate, future, measure]`.
    measures
        In the order of the last axis; the direction decides the sign.
    objectives
        In column order of the result.
    baseline : units of the measures
        What regret is measured from in each future: the best value known, or that of a fixed
        plan.  It must stay the same throughout a search: regret against the best of a batch
        would change with the batch.

    Returns
    -------
    Objectives
        Unit of the measure, with the sign turned where more is better; for `satisficing` the
        share of futures that fail, never a probability.

    Raises
    ------
    UnknownName
        An objective on a measure that is not there.
    DomainError
        Shapes do not fit.
    StudyError
        No objective, or regret without a baseline.

    Examples
    --------
    >>> income = [Measure("income", "Income", "%", "maximise")]
    >>> wanted = [RobustObjective("income"), RobustObjective("income", "worst")]
    >>> objectives_of(np.array([[[1.0], [3.0]]]), income, wanted)
    array([[-2., -1.]])
    """
    values = _checked(values, measures, baseline)
    if not objectives:
        raise StudyError("no objective given; name a measure and a statistic")
    names = [measure.name for measure in measures]
    columns = []
    for objective in objectives:
        if objective.measure not in names:
            raise UnknownName("measure", objective.measure, names)
        column = names.index(objective.measure)
        sign = measures[column].sign
        loss = -sign * values[:, :, column]
        if objective.statistic in _REGRETS:
            loss = loss + sign * _base(objective, baseline)[:, column]
        columns.append(_statistic(objective, loss, sign))
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Shrinkage:
    """How a search's candidates fare on futures that it has not seen.

    Parameters
    ----------
    searched, fresh : units of the objectives
        `[candidate, objective]` on the futures of the search, and on fresh ones.
    shrinkage : units of the objectives
        Mean by objective of fresh less searched; above zero where the search was optimistic.
    worse : share
        Of candidates that do worse on fresh futures, by objective.
    kept
        Candidates that no other beats on the fresh futures.
    """

    searched: Objectives
    fresh: Objectives
    shrinkage: PerObjective
    worse: PerObjective
    kept: np.ndarray


def compare_fresh(searched: Objectives, fresh: Objectives) -> Shrinkage:
    """Say how much of what a search found is owed to the futures that it was searched on.

    Who picks the best of many candidates on sampled futures picks luck as well as merit, so
    objectives of an archive are optimistic.  Work them out anew on futures drawn with another
    seed, and publish those.

    Parameters
    ----------
    searched, fresh : units of the objectives
        `[candidate, objective]` of the same candidates, in the same order.

    Raises
    ------
    DomainError
        Shapes differ, or there is no candidate.

    References
    ----------
    The optimizer's curse: Smith & Winkler (2006), Management Science 52(3).

    Examples
    --------
    >>> compare_fresh(np.array([[1.0, 2.0]]), np.array([[1.5, 2.0]])).shrinkage
    array([0.5, 0. ])
    """
    searched, fresh = np.asarray(searched, dtype=float), np.asarray(fresh, dtype=float)
    if searched.shape != fresh.shape or searched.ndim != 2 or not len(searched):
        raise DomainError(
            "searched and fresh must be [candidate, objective] of the same candidates, got shapes "
            f"{searched.shape} and {fresh.shape}"
        )
    change = fresh - searched
    return Shrinkage(searched, fresh, change.mean(axis=0), (change > 0).mean(axis=0), unbeaten(fresh))


def _checked(values: Values, measures: Sequence[Measure], baseline: Baseline | None) -> Values:
    values = np.asarray(values, dtype=float)
    if values.ndim != 3 or values.shape[2] != len(measures) or not values.shape[1]:
        raise DomainError(
            f"values must be [candidate, future, measure] with {len(measures)} measures and a future at "
            f"least, got shape {values.shape}"
        )
    if baseline is not None and np.shape(baseline) != values.shape[1:]:
        raise DomainError(f"the baseline must have shape {values.shape[1:]}, got {np.shape(baseline)}")
    return values


def _base(objective: RobustObjective, baseline: np.ndarray | None) -> np.ndarray:
    if baseline is None:
        raise StudyError(
            f"objective on {objective.measure!r}: regret needs a baseline, the best value known or a fixed "
            "plan's in each future"
        )
    return np.asarray(baseline, dtype=float)


def _statistic(objective: RobustObjective, loss: np.ndarray, sign: float) -> np.ndarray:
    if objective.statistic in ("worst", "worst_regret"):
        return loss.max(axis=1)
    if objective.level is not None:
        return np.quantile(loss, 1 - objective.level, axis=1)
    if objective.threshold is not None:
        return (loss > -sign * objective.threshold).mean(axis=1)
    return loss.mean(axis=1)
