"""The problem file: a decision problem in TOML, and the function that is its model."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from kedge.core.errors import KedgeError, StudyError
from kedge.core.fields import Fault, Table, field_faults, nearest_hint, refusal
from kedge.core.quantities import Finite, Label, Line, PlainKey, Positive, Prose
from kedge.core.toml import FileKind, read_toml_text, toml_table
from kedge.strategy.binding import Call, LeverModel
from kedge.strategy.declaration import LeverLimit, Plan, Problem
from kedge.strategy.levers import Lever
from kedge.strategy.problem import Distribution, Measure, Uncertainty

PROBLEM_FILE = FileKind("problem", "docs/strategy.md")


class UncertaintyTable(Table):
    """Something that nobody knows."""

    low: Finite | None = None
    high: Finite | None = None
    """Ends of the range, in `unit`."""
    value: Finite | None = None
    """Fixes it."""
    distribution: Distribution | None = None
    mode: Finite | None = None
    mean: Finite | None = None
    sd: Positive | None = None
    categories: tuple[Line, ...] = ()
    """Names of the alternatives of a choice."""
    weights: tuple[Finite, ...] = ()
    unit: str = Field(default="", max_length=60)
    label: Line | None = None
    only_when: dict[PlainKey, tuple[Line, ...]] = Field(default={})
    """Categories of other uncertainties under which this one matters."""
    otherwise: Finite | None = None
    """Value where it does not matter."""
    source: Prose = ""
    note: Prose = ""


class LeverEntry(Table):
    """Something that can be decided."""

    low: Finite | None = None
    high: Finite | None = None
    kind: Literal["real", "integer", "choice"] = "real"
    categories: tuple[Line, ...] = ()
    unit: str = Field(default="", max_length=60)
    label: Line | None = None
    note: Prose = ""


class MeasureEntry(Table):
    """A yardstick."""

    direction: Literal["maximise", "minimise"]
    label: Line | None = None
    unit: str = Field(default="", max_length=60)
    weight: Finite | None = None
    """Overall units a unit of the measure; left out, it counts for nothing."""
    threshold: Finite | None = None
    """Least acceptable value, or greatest where less is better."""
    note: Prose = ""


class PlanEntry(Table):
    """A setting of every lever."""

    label: Label | None = None
    description: Prose = ""
    levers: dict[PlainKey, Finite | Line] = Field(default={})


class CorrelationEntry(Table):
    """A rank correlation between two uncertainties."""

    between: tuple[PlainKey, PlainKey]
    rank: Finite
    note: Prose = ""


class LimitEntry(Table):
    """A linear limit on the levers, such as a budget."""

    label: Line
    levers: dict[PlainKey, Finite]
    at_most: Finite


class ProblemTable(Table):
    """Everything a problem file says."""

    schema_version: Literal[1] = Field(alias="schema")
    title: Line
    question: Prose = ""
    model: Line
    """File and function, as in `lake.py:lake`, the file beside this one."""
    call: Call = "columns"
    """How the function is called: with columns of futures, single cases, or arrays."""
    reference_plan: PlainKey | None = None
    uncertainties: dict[PlainKey, UncertaintyTable] = Field(min_length=1, max_length=1000)
    correlations: tuple[CorrelationEntry, ...] = ()
    levers: dict[PlainKey, LeverEntry] = Field(default={}, max_length=1000)
    measures: dict[PlainKey, MeasureEntry] = Field(min_length=1, max_length=100)
    plans: dict[PlainKey, PlanEntry] = Field(default={}, max_length=1000)
    limits: tuple[LimitEntry, ...] = ()


@dataclass(frozen=True)
class DeclaredProblem:
    """A problem read from a file, with its model.

    Parameters
    ----------
    problem
        Uncertainties, levers, measures and plans.
    model
        The file's function, ready to be called with levers and futures.
    question
        In words.
    content
        The file's text and that of the model's file: what the results hang on besides the futures.
    """

    problem: Problem
    model: LeverModel
    question: str
    content: tuple[str, str]


def load_problem(path: Path | str) -> DeclaredProblem:
    """Read a problem file and the function it names.  This runs the code of that function's file.

    Parameters
    ----------
    path
        A TOML file of at most 1 MiB; see docs/strategy.md for the layout.

    Raises
    ------
    StudyError
        The file cannot be read or says what a problem cannot say; or its model cannot be found.
    """
    path = Path(path)
    text = read_toml_text(path, PROBLEM_FILE)
    table, problem = parse_problem(text, str(path))
    file, function = load_function(table.model, path)
    code = file.read_text("utf-8")
    try:
        model = LeverModel(function, problem, table.call)
    except StudyError as error:
        raise StudyError(f"{path}: model = {table.model!r}: {error}") from None
    return DeclaredProblem(problem, model, table.question, (text, code))


def is_problem(table: dict[str, Any]) -> bool:
    """Whether a TOML table is a problem file rather than another kind: it names a model."""
    return "model" in table


def parse_problem(text: str, name: str = "problem") -> tuple[ProblemTable, Problem]:
    """Read a problem from text without its model; `name` is what messages call it.

    Raises
    ------
    StudyError
        The text is not TOML, or says what a problem cannot say; lists up to ten faults by key.
    """
    document = toml_table(text, name, PROBLEM_FILE)
    try:
        table = ProblemTable.model_validate(document)
    except ValidationError as error:
        raise StudyError(refusal(name, field_faults(error, ProblemTable))) from None
    faults = list(_faults(table))
    if faults:
        raise StudyError(refusal(name, faults))
    try:
        return table, _problem(table)
    except KedgeError as error:
        raise StudyError(f"{name}: {error}") from None


def load_function(reference: str, beside: Path) -> tuple[Path, Callable[..., Any]]:
    """Find the function that `file.py:name` means, the file lying beside another.

    Raises
    ------
    StudyError
        The reference is malformed, or file or function are not there, or the file fails.
    """
    file, _, name = reference.partition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise StudyError(f"{beside}: model should be a file and a function such as lake.py:lake, found "
                         f"{reference!r}")  # fmt: skip
    path = beside.parent / file
    if not path.is_file():
        raise StudyError(f"{beside}: model names {path}, which is no file; paths start at the problem file")
    module = types.ModuleType(f"_kedge_model_{path.stem}")
    module.__file__ = str(path)
    # Known to the system only while it runs: pickles then carry the function itself, so that
    # workers elsewhere need no copy of the file.
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except Exception as error:
        alone = isinstance(error, ModuleNotFoundError)
        hint = "; a model's file stands alone, beside installed packages" if alone else ""
        raise StudyError(f"{path}: fails when it is run: {type(error).__name__}: {error}{hint}") from error
    finally:
        del sys.modules[module.__name__]
    found = getattr(module, name, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise StudyError(f"{path}: has no function called {name!r}{nearest_hint(name, functions)}")
    return path, found


def _faults(table: ProblemTable) -> Iterator[Fault]:
    """Find what pydantic cannot see: keys that exclude or need one another."""
    for name, entry in table.uncertainties.items():
        yield from _range_faults(f"uncertainties.{name}", entry)
    for name, entry in table.levers.items():
        yield from _range_faults(f"levers.{name}", entry)
    for key, plan in table.plans.items():
        for name in plan.levers:
            if name not in table.levers:
                yield Fault(
                    f"plans.{key}.levers.{name}", f"no lever is called so{nearest_hint(name, table.levers)}"
                )
        for name in table.levers:
            if name not in plan.levers:
                yield Fault(f"plans.{key}.levers.{name}", "is missing; every plan sets every lever")


def _range_faults(key: str, entry: UncertaintyTable | LeverEntry) -> Iterator[Fault]:
    there = {
        "categories": bool(entry.categories),
        "low and high": entry.low is not None or entry.high is not None,
    }
    if isinstance(entry, UncertaintyTable):
        there["value"] = entry.value is not None
    named = [name for name, given in there.items() if given]
    if len(named) != 1:
        found = " and ".join(named) or "none of them"
        yield Fault(key, f"expected either {' or '.join(there)}, found {found}")
    elif named == ["low and high"] and None in (entry.low, entry.high):
        yield Fault(key, "expected low and high, found one of the two")
    yield from _foreign_faults(key, entry)


def _foreign_faults(key: str, entry: UncertaintyTable | LeverEntry) -> Iterator[Fault]:
    """Find what belongs to the other kind and would be passed over in silence."""
    belongs = "a range of amounts" if entry.categories else "categories"
    foreign = {"kind", "distribution", "mode", "mean", "sd"} if entry.categories else {"weights"}
    for name in sorted(foreign & entry.model_fields_set):
        if getattr(entry, name) != "choice":
            yield Fault(f"{key}.{name}", f"belongs to {belongs}; leave it out")


def _problem(table: ProblemTable) -> Problem:
    levers = tuple(_lever(name, entry) for name, entry in table.levers.items())
    return Problem(
        title=table.title,
        uncertainties=tuple(_uncertainty(name, entry) for name, entry in table.uncertainties.items()),
        measures=tuple(
            Measure(name, entry.label or name.replace("_", " "), entry.unit, entry.direction)
            for name, entry in table.measures.items()
        ),
        levers=levers,
        plans=tuple(_plan(key, entry, levers) for key, entry in table.plans.items()),
        correlations=tuple((*each.between, each.rank) for each in table.correlations),
        weights=_given(table.measures, "weight"),
        thresholds=_given(table.measures, "threshold"),
        reference=table.reference_plan or "",
        limits=tuple(LeverLimit(e.label, tuple(e.levers.items()), e.at_most) for e in table.limits),
    )


def _given(measures: dict[str, MeasureEntry], what: str) -> dict[str, float]:
    found = {name: getattr(entry, what) for name, entry in measures.items()}
    return {name: value for name, value in found.items() if value is not None}


def _uncertainty(name: str, entry: UncertaintyTable) -> Uncertainty:
    shared = {
        "name": name,
        "unit": entry.unit,
        "label": entry.label or "",
        "only_when": tuple(entry.only_when.items()),
        "otherwise": entry.otherwise,
    }
    if entry.categories:
        ends = {"low": 0.0, "high": len(entry.categories) - 1.0, "distribution": "choice"}
        return Uncertainty(**shared, **ends, categories=entry.categories, weights=entry.weights)
    low, high = (entry.low, entry.high) if entry.value is None else (entry.value, entry.value)
    shape = {key: getattr(entry, key) for key in ("mode", "mean", "sd")}
    distribution = entry.distribution or "uniform"
    return Uncertainty(**shared, low=low, high=high, distribution=distribution, **shape)  # pyright: ignore[reportArgumentType]


def _lever(name: str, entry: LeverEntry) -> Lever:
    if entry.categories:
        last = len(entry.categories) - 1.0
        return Lever(name, 0.0, last, "choice", entry.categories, entry.unit, entry.label or "")
    return Lever(name, entry.low, entry.high, entry.kind, (), entry.unit, entry.label or "")  # pyright: ignore[reportArgumentType]


def _plan(key: str, entry: PlanEntry, levers: tuple[Lever, ...]) -> Plan:
    settings = [_level(key, lever, entry.levers[lever.name]) for lever in levers]
    return Plan(key, tuple(settings), entry.label or "", entry.description)


def _level(key: str, lever: Lever, value: float | str) -> float:
    where = f"plans.{key}.levers.{lever.name}"
    if isinstance(value, str):
        if value not in lever.categories:
            known = ", ".join(lever.categories) or f"a number from {lever.low:g} to {lever.high:g}"
            raise StudyError(f"{where} = {value!r}: expected {known}")
        return float(lever.categories.index(value))
    if lever.categories:
        raise StudyError(f"{where} = {value:g}: expected one of {', '.join(lever.categories)}, in quotes")
    return float(value)
