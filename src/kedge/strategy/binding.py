"""Make a model of any function: one over columns of futures, one over single cases, or one over arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, KedgeError, StudyError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.declaration import LeverTable, Problem
from kedge.strategy.levers import Lever
from kedge.strategy.problem import Uncertainty

Call = Literal["columns", "cases", "arrays"]
Column = Float[np.ndarray, "future"]
_REST = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


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

    Raises
    ------
    StudyError
        The function does not take what it would be called with; it says what is too much or missing.
    """

    function: Callable[..., Any]
    problem: Problem
    call: Call = "columns"

    def __post_init__(self) -> None:
        names = self.problem.names_of("levers") + self.problem.names_of("uncertainties")
        _check_signature(self.function, self.call, names)

    def __call__(self, levers: LeverTable, futures: Futures) -> Values:
        """Evaluate settings of the levers in futures, `[plan, future, measure]`.

        Raises
        ------
        DomainError
            The function fails, lacks a measure, or gives one that is no number or of the wrong shape;
            or a table has not one column a lever or an uncertainty.
        """
        _check_table("levers", levers, self.problem.names_of("levers"))
        _check_table("futures", futures, self.problem.names_of("uncertainties"))
        if self.call == "arrays":
            return _numbers(
                self.function(levers, futures), "with call = 'arrays' the model must give an array"
            )
        columns = [_shown(futures[:, k], each) for k, each in enumerate(self.problem.uncertainties)]
        names = self.problem.names_of("uncertainties")
        values = np.empty((len(levers), len(futures), len(self.problem.measures)))
        for row, setting in enumerate(levers):
            fixed = {
                lever.name: _setting(value, lever)
                for lever, value in zip(self.problem.levers, setting, strict=True)
            }
            if self.call == "columns":
                given = self._called(fixed, dict(zip(names, columns, strict=True)))
                self._take(given, values[row])
                continue
            for future, case in enumerate(zip(*columns, strict=True)):
                given = self._called(fixed, {n: _plain(v) for n, v in zip(names, case, strict=True)})
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

    def _called(self, levers: Mapping[str, Any], drawn: Mapping[str, Any]) -> Any:
        try:
            return self.function(**levers, **drawn)
        except KedgeError:
            raise
        except Exception as error:
            shown = dict(levers) | (dict(drawn) if self.call == "cases" else {})
            told = ", ".join(f"{name} {value!r}" for name, value in shown.items())
            raise DomainError(
                f"the model failed with {told or 'no lever'}: {type(error).__name__}: {error}"
            ) from error

    def _take(self, given: Mapping[str, Any], into: np.ndarray) -> None:
        for column, measure in enumerate(self.problem.measures):
            try:
                found = given[measure.name]
            except (KeyError, TypeError, IndexError):
                listed = ", ".join(map(str, given)) if isinstance(given, Mapping) else type(given).__name__
                raise DomainError(
                    f"the model must return a mapping with measure {measure.name!r}, got {listed}"
                ) from None
            found = _numbers(found, f"the model must give numbers for measure {measure.name!r}")
            shape = found.shape
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


def _check_signature(function: Callable[..., Any], call: Call, names: tuple[str, ...]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    if call == "arrays":
        _check_two_tables(signature)
    else:
        _check_names(signature, call, names)


def _check_two_tables(signature: inspect.Signature) -> None:
    try:
        signature.bind(None, None)
    except TypeError:
        taken = ", ".join(signature.parameters) or "nothing"
        raise StudyError(
            "with call = 'arrays' the model's function takes two tables, levers and futures; this one takes "
            f"{taken}"
        ) from None


def _check_names(signature: inspect.Signature, call: Call, names: tuple[str, ...]) -> None:
    kinds = {each.kind for each in signature.parameters.values()}
    named = {name: each for name, each in signature.parameters.items() if each.kind not in _REST}
    refused = [] if inspect.Parameter.VAR_KEYWORD in kinds else [name for name in names if name not in named]
    wanted = [name for name in named if name not in names and named[name].default is inspect.Parameter.empty]
    faults = [f"{says} {', '.join(n)}" for says, n in (("does not take", refused), ("asks for", wanted)) if n]
    if faults:
        raise StudyError(
            f"the model's function {' and '.join(faults)}; with call = {call!r} it is called with the names "
            f"of levers and uncertainties: {', '.join(names)}"
        )


def _check_table(what: str, table: np.ndarray, names: tuple[str, ...]) -> None:
    if np.ndim(table) != 2 or table.shape[1] != len(names):
        raise DomainError(
            f"{what} must be a table with a column each for {', '.join(names) or 'nothing'}, "
            f"got shape {np.shape(table)}"
        )


def _numbers(given: Any, wanted: str) -> np.ndarray:
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise DomainError(f"{wanted}, got {type(given).__name__}") from None


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
