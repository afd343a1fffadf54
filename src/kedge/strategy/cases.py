"""Let a function that computes one case at a time serve as a model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from kedge.core.errors import DomainError, KedgeError, StudyError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.futures import check_names
from kedge.strategy.problem import Uncertainty

Case = Callable[..., Mapping[str, float]]


@dataclass(frozen=True)
class CaseModel:
    """A vectorised model made of a function of one case; made by `per_case`.

    Parameters
    ----------
    function
        From keyword arguments to measures.
    uncertainties
        In column order.
    plans
        Levers of each plan, by name.
    measures
        Names in axis order.
    pool
        Computes futures side by side; None computes them here.
    """

    function: Case
    uncertainties: tuple[Uncertainty, ...]
    plans: Mapping[str, Mapping[str, Any]]
    measures: tuple[str, ...]
    pool: Executor | None = None

    def __call__(self, futures: Futures) -> Values:
        """Compute every plan in every future, case by case."""
        alone = CaseModel(self.function, self.uncertainties, self.plans, self.measures)
        if self.pool is None:
            rows = [_every_plan(alone, future) for future in futures]
        else:
            size = max(len(futures) // 32, 1)
            rows = self.pool.map(functools.partial(_every_plan, alone), futures, chunksize=size)
        return np.stack(list(rows), axis=1)


def per_case(
    function: Case,
    uncertainties: Sequence[Uncertainty],
    plans: Mapping[str, Mapping[str, Any]],
    measures: Sequence[str],
    pool: Executor | None = None,
) -> CaseModel:
    """Make a function of one case into a model of blocks of futures.

    Slower than a model that takes whole blocks, as the function is called once a plan and
    future.

    Parameters
    ----------
    function
        Takes each uncertainty by its name, a category by its own name, and the plan's levers
        by theirs; gives a number for each measure, by name.
    uncertainties
        In column order.
    plans
        Levers of each plan, by the plan's name; a plan may have none.
    measures
        Names in axis order.
    pool
        Such as a `ProcessPoolExecutor`, which needs a function that can be pickled; the
        caller opens and closes it.  The model goes to a cluster only without one.

    Raises
    ------
    StudyError
        No plans, no measures, no uncertainties, two of one name, or a lever called like an
        uncertainty.

    Examples
    --------
    >>> def case(demand, size): return {"met": min(demand, size)}
    >>> model = per_case(case, [Uncertainty("demand", 0, 9)], {"small": {"size": 3}}, ["met"])
    >>> model(np.array([[2.0], [7.0]])).tolist()
    [[[2.0], [3.0]]]
    """
    names = [uncertainty.name for uncertainty in uncertainties]
    check_names(names)
    if not plans or not measures or len(set(measures)) != len(measures):
        raise StudyError(
            f"expected a plan or more and measures of different names, got plans {tuple(plans)!r} and "
            f"measures {tuple(measures)!r}"
        )
    for plan, levers in plans.items():
        both = sorted(set(levers) & set(names))
        if both:
            raise StudyError(f"plan {plan!r} sets {', '.join(both)}, which a future sets; rename the lever")
    return CaseModel(function, tuple(uncertainties), plans, tuple(measures), pool)


def _every_plan(model: CaseModel, future: np.ndarray) -> np.ndarray:
    """Compute one future's measures, `[plan, measure]`."""
    drawn = {
        each.name: each.categories[int(value)] if each.is_categorical else float(value)
        for each, value in zip(model.uncertainties, future, strict=True)
    }
    return np.array([_one_case(model, plan, drawn) for plan in model.plans])


def _one_case(model: CaseModel, plan: str, drawn: Mapping[str, Any]) -> list[float]:
    try:
        found = model.function(**drawn, **model.plans[plan])
    except KedgeError:
        raise
    except Exception as error:
        raise DomainError(f"the model failed for {_told(plan, drawn)}: {error!r}") from error
    _check_measures(found, model, _told(plan, drawn))
    return [float(found[name]) for name in model.measures]


def _check_measures(found: Any, model: CaseModel, where: str) -> None:
    if not isinstance(found, Mapping) or set(found) != set(model.measures):
        got = sorted(found) if isinstance(found, Mapping) else type(found).__name__
        raise DomainError(
            f"the model must give a number for each of {', '.join(model.measures)}, got {got} for {where}"
        )
    shaped = [getattr(value, "shape", ()) for value in found.values()]
    if any(shaped) or not all(isinstance(value, Real | np.ndarray) for value in found.values()):
        raise DomainError(f"measures must be single numbers, got {found!r} for {where}")


def _told(plan: str, drawn: Mapping[str, Any]) -> str:
    values = ", ".join(f"{name} {value!r}" for name, value in drawn.items())
    return f"plan {plan!r} in the future with {values}"
