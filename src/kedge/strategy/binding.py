"""Make a model of any function: one over columns of futures, one over single cases, or one over arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.declaration import LeverTable, Problem
from kedge.strategy.levers import Lever
from kedge.strategy.problem import Uncertainty

Call = Literal["columns", "cases", "arrays"]
Column = Float[np.ndarray, "future"]


@dataclass(frozen=True)
class LeverModel:
    """A function made a model of a problem: settings of the levers and futures in, measures out.

    Parameters
    ----------
    function
        What `call` says: `columns` takes keyword arguments by name, each lever a number and each
        uncertainty an array over futures, and returns a mapping from each measure to such an
        array; `cases` takes the same names, all single values, and returns single numbers;
        `arrays` takes `levers[plan, lever]` and `futures[future, uncertainty]` and returns
        `[plan, future, measure]`.  A category reaches `columns` and `cases` by its name, `arrays` as
        its index.
    problem
        Names and order of columns.
    call
        How the function is called.
    """

    function: Callable[..., Any]
    problem: Problem
    call: Call = "columns"

    def __call__(self, levers: LeverTable, futures: Futures) -> Values:
        """Evaluate settings of the levers in futures, `[plan, future, measure]`.

        Raises
        ------
        DomainError
            The function lacks a measure, or gives one of the wrong shape; it names which.
        """
        if self.call == "arrays":
            return np.asarray(self.function(levers, futures), dtype=float)
        columns = [_shown(futures[:, k], each) for k, each in enumerate(self.problem.uncertainties)]
        names = self.problem.names_of("uncertainties")
        values = np.empty((len(levers), len(futures), len(self.problem.measures)))
        for row, setting in enumerate(levers):
            fixed = {
                lever.name: _setting(value, lever)
                for lever, value in zip(self.problem.levers, setting, strict=True)
            }
            if self.call == "columns":
                given = self.function(**fixed, **dict(zip(names, columns, strict=True)))
                self._take(given, values[row])
                continue
            for future, case in enumerate(zip(*columns, strict=True)):
                given = self.function(**fixed, **{n: _plain(v) for n, v in zip(names, case, strict=True)})
                self._take(given, values[row, future : future + 1])
        return values

    def of_plans(self) -> Callable[[Futures], Values]:
        """Fix the levers at the problem's plans: a model of futures alone, as ensembles want it.

        Raises
        ------
        DomainError
            The problem has no plan.
        """
        if not self.problem.plans:
            raise DomainError("the problem names no plan to run; add one under [plans], or search for plans")
        return PlansModel(self)

    def _take(self, given: Mapping[str, Any], into: np.ndarray) -> None:
        for column, measure in enumerate(self.problem.measures):
            try:
                found = given[measure.name]
            except (KeyError, TypeError, IndexError):
                listed = ", ".join(map(str, given)) if isinstance(given, Mapping) else type(given).__name__
                raise DomainError(
                    f"the model must return a mapping with measure {measure.name!r}, got {listed}"
                ) from None
            shape = np.shape(found)
            if shape not in ((), (1,), into.shape[:1]):
                raise DomainError(
                    f"the model gave {measure.name!r} the shape {shape}; expected one number a future, "
                    f"{into.shape[:1]}"
                )
            into[:, column] = found


@dataclass(frozen=True)
class PlansModel:
    """A lever model with the levers fixed at its problem's plans; made by `LeverModel.of_plans`."""

    model: LeverModel

    def __call__(self, futures: Futures) -> Values:
        """Evaluate the plans in futures, `[plan, future, measure]`."""
        return self.model(self.model.problem.lever_table, futures)


def _shown(column: Column, uncertainty: Uncertainty) -> np.ndarray:
    if not uncertainty.is_categorical:
        return np.ascontiguousarray(column)
    return np.array(uncertainty.categories)[column.astype(np.int64)]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _setting(value: float, lever: Lever) -> float | int | str:
    if lever.kind == "choice":
        return lever.categories[int(value)]
    return int(value) if lever.kind == "integer" else float(value)
