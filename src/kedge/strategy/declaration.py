"""A decision problem as a whole: what is uncertain, what can be done, and what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from kedge.core.errors import StudyError, UnknownName
from kedge.strategy.copula import Correlation, correlation_matrix
from kedge.strategy.dependence import check_conditions
from kedge.strategy.levers import Lever
from kedge.strategy.problem import Measure, Uncertainty, check_name

LeverTable = Float[np.ndarray, "plan lever"]


@dataclass(frozen=True)
class Plan:
    """A setting of every lever.

    Parameters
    ----------
    key
        Lower-case word, the plan's name in `results.parquet`.
    levers : unit of each lever
        In lever order; a choice as the index of its category.
    label, description
        For tables and figures; the label defaults to the key.

    Raises
    ------
    StudyError
        The key is not a plain word.
    """

    key: str
    levers: tuple[float, ...] = ()
    label: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        check_name("plan", self.key)
        if not self.label:
            object.__setattr__(self, "label", self.key.replace("_", " "))


@dataclass(frozen=True)
class LeverLimit:
    """A linear limit on levers, such as a budget or the people at hand.

    Parameters
    ----------
    label
        For tables.
    weights : units of the limit a unit of the lever
        By lever name; what is left out does not count.
    at_most : units of the limit
        Largest weighted sum allowed.

    Raises
    ------
    StudyError
        No lever counts.
    """

    label: str
    weights: tuple[tuple[str, float], ...]
    at_most: float

    def __post_init__(self) -> None:
        if not any(weight for _, weight in self.weights):
            raise StudyError(f"limit {self.label!r} weighs no lever; name at least one")


@dataclass(frozen=True)
class Problem:
    """A decision problem in the vocabulary of robust decision making: X, L, and M (R is the model).

    Parameters
    ----------
    title
        For tables and figures.
    uncertainties, levers, measures
        In column order.
    plans
        Settings of the levers that are compared; may be empty where plans are only searched for.
    correlations : Spearman rank correlation
        By pairs of uncertainties; pairs left out are independent.
    weights : overall units per unit of the measure
        By measure; measures left out count for nothing.  Empty: the plans are judged measure by measure.
    thresholds : unit of the measure
        Least acceptable value of a measure to be maximised, greatest of one to be minimised.
    reference
        Key of the fixed plan for regret; empty for the first plan.
    limits
        Linear limits that every searched setting of the levers must keep.

    Raises
    ------
    StudyError
        Names are doubled, a plan does not fit the levers, or correlations or conditions cannot be.
    UnknownName
        A weight, threshold, limit or reference names what is not there.

    References
    ----------
    XLRM: Lempert, Popper & Bankes (2003), "Shaping the Next One Hundred Years".

    Examples
    --------
    >>> coin = Problem("Coin", (Uncertainty("heads", 0, 1),), (Measure("win", "Win", "USD", "maximise"),))
    >>> coin.names_of("measures")
    ('win',)
    """

    title: str
    uncertainties: tuple[Uncertainty, ...]
    measures: tuple[Measure, ...]
    levers: tuple[Lever, ...] = ()
    plans: tuple[Plan, ...] = ()
    correlations: tuple[tuple[str, str, float], ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    reference: str = ""
    limits: tuple[LeverLimit, ...] = ()

    def __post_init__(self) -> None:
        for kind, parts in (("uncertainty", self.uncertainties), ("measure", self.measures)):
            if not parts:
                raise StudyError(f"a problem needs one {kind} at least; declare it")
        for kind in ("uncertainties", "measures", "levers", "plans"):
            _refuse_doubles(kind, self.names_of(kind))
        _refuse_doubles("uncertainties and levers", self.names_of("uncertainties") + self.names_of("levers"))
        check_conditions(self.uncertainties)
        self.correlation  # noqa: B018 - conflicts are told when the problem is declared
        for plan in self.plans:
            check_setting(plan, self.levers)
        self._check_judgement()

    def _check_judgement(self) -> None:
        _check_names("measure", (*self.weights, *self.thresholds), self.names_of("measures"))
        _check_names("plan", [self.reference] if self.reference else [], self.names_of("plans"))
        for limit in self.limits:
            _check_names("lever", [name for name, _ in limit.weights], self.names_of("levers"))
        negative = [name for name, weight in self.weights.items() if not weight >= 0]
        if negative:
            raise StudyError(
                f"the weight of {negative[0]!r} must be zero or more, got {self.weights[negative[0]]}; "
                "the measure's direction already carries the sign"
            )

    def names_of(self, kind: str) -> tuple[str, ...]:
        """List the names of `uncertainties`, `levers`, `measures` or `plans`, in order."""
        return tuple(part.key if isinstance(part, Plan) else part.name for part in getattr(self, kind))

    @property
    def correlation(self) -> Correlation | None:
        """Rank correlations as a matrix; None if all uncertainties are independent."""
        if not self.correlations:
            return None
        pairs = {(one, other): value for one, other, value in self.correlations}
        if len(pairs) < len(self.correlations):
            raise StudyError("a pair of uncertainties has two correlations; keep one")
        return correlation_matrix(self.names_of("uncertainties"), pairs)

    @property
    def lever_table(self) -> LeverTable:
        """Settings of the plans, one row a plan."""
        return np.array([plan.levers for plan in self.plans], dtype=float).reshape(
            len(self.plans), len(self.levers)
        )

    @property
    def reference_place(self) -> int:
        """Index of the reference plan."""
        return self.names_of("plans").index(self.reference) if self.reference else 0

    def full_weights(self) -> dict[str, float]:
        """Weights of all measures, zero where none is given; all of a single measure."""
        if not self.weights and len(self.measures) == 1:
            return {self.measures[0].name: 1.0}
        return {measure.name: float(self.weights.get(measure.name, 0.0)) for measure in self.measures}


def check_setting(plan: Plan, levers: Sequence[Lever]) -> None:
    """Refuse a plan that does not set every lever within its range.

    Raises
    ------
    StudyError
        Names plan and lever, what was expected, and what came.
    """
    if len(plan.levers) != len(levers):
        raise StudyError(
            f"plan {plan.key!r} sets {len(plan.levers)} levers, the problem has {len(levers)}: "
            f"{', '.join(lever.name for lever in levers) or 'none'}"
        )
    for lever, value in zip(levers, plan.levers, strict=True):
        whole = lever.kind == "real" or float(value).is_integer()
        if not (lever.low <= value <= lever.high and whole):
            wanted = "a number" if lever.kind == "real" else "a whole number"
            raise StudyError(
                f"plan {plan.key!r}: expected {wanted} from {lever.low:g} to {lever.high:g} for lever "
                f"{lever.name!r}, got {value:g}"
            )


def lever_violations(candidates: LeverTable, problem: Problem) -> np.ndarray:
    """How far each candidate oversteps each linear limit, `[candidate, limit]`; zero where kept.

    Parameters
    ----------
    candidates : units of the levers
        In lever order.
    problem
        Its limits, each in its own unit.
    """
    place = {name: column for column, name in enumerate(problem.names_of("levers"))}
    broken = np.zeros((len(candidates), len(problem.limits)))
    for column, limit in enumerate(problem.limits):
        total = sum(weight * candidates[:, place[name]] for name, weight in limit.weights)
        broken[:, column] = np.maximum(total - limit.at_most, 0.0)
    return broken


def _refuse_doubles(kind: str, names: tuple[str, ...]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"{kind} need different names; given more than once: {', '.join(twice)}")


def _check_names(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownName(kind, name, known)
