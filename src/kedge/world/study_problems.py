"""What is wrong with a study file, in words: key path, value found, what would be right."""

from __future__ import annotations

import difflib
import types
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

MOST_SHOWN = 10
MISSING = object()
PLAIN_KEY = "expected a key of a-z, 0-9 and _ that starts with a letter"
PATHS = ("defence_share", "alliance", "accommodation")
Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Problem:
    """One thing a study file cannot say.

    Parameters
    ----------
    key
        Where, as in `plans.plan_a.defence_share.target`.
    message
        What was expected and what to do.
    value
        What was found; `MISSING` if nothing was.
    """

    key: str
    message: str
    value: Any = MISSING

    def line(self) -> str:
        """One line: key, value, message."""
        shown = "" if self.value is MISSING else f" = {shown_value(self.value)}"
        return f"{self.key}{shown}: {self.message}"


def refusal(name: str, problems: Sequence[Problem]) -> str:
    """Put all problems of a study into one message."""
    lines = list(dict.fromkeys(problem.line() for problem in problems))
    if len(lines) == 1:
        return f"{name}: {lines[0]}"
    more = [f"and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
    return "\n  ".join([f"{name}: {len(lines)} problems", *lines[:MOST_SHOWN], *more])


def shown_value(value: Any) -> str:
    """Show a value as TOML would, cut to a readable length."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    text = repr(value[:80]) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known names, or list the known ones.

    Examples
    --------
    >>> nearest_hint("linkge", ["linkage", "label"])
    '; did you mean linkage?'
    """
    known = sorted(known)
    near = difflib.get_close_matches(name[:80], known, n=3)
    if near:
        return f"; did you mean {', '.join(near)}?"
    return f"; known: {', '.join(known[:20])}{', …' if len(known) > 20 else ''}" if known else ""


def field_problems(error: ValidationError, root: type[BaseModel]) -> list[Problem]:
    """Say in words what pydantic found wrong with single fields."""
    details = error.errors(include_url=False)
    return [_problem(detail, root) for detail in details if detail["loc"]]


def _problem(detail: Any, root: type[BaseModel]) -> Problem:
    location: Location = detail["loc"]
    kind, value = detail["type"], detail["input"]
    if location[-1] == "[key]":
        found = location[-2]
        message = detail["msg"] if kind == "state" else PLAIN_KEY
        return Problem(dotted(location[:-1]), message if isinstance(found, str) else detail["msg"])
    if kind == "extra_forbidden":
        known = _keys_at(location[:-1], root)
        return Problem(dotted(location), f"unknown key{nearest_hint(str(location[-1]), known)}")
    if kind == "missing":
        return Problem(dotted(location), "is missing; a study needs it")
    return Problem(dotted(location), _expectation(detail), value)


def _expectation(detail: Any) -> str:
    """Say what would be right, for the kinds of error that pydantic words for programmers."""
    kind, context = detail["type"], detail.get("ctx", {})
    bounds = {
        "too_short": "expected at least {min_length} entries, found {actual_length}",
        "too_long": "expected at most {max_length} entries",
        "string_too_long": "expected at most {max_length} characters",
        "string_too_short": "expected some text",
        "literal_error": "expected {expected}",
        "string_type": "expected text in quotes",
        "model_type": "expected a table such as {{ … }}",
        "model_attributes_type": "expected a table such as {{ … }}",
        "dict_type": "expected a table",
        "tuple_type": "expected a list",
        "string_pattern_mismatch": PLAIN_KEY,
    }
    if kind in ("model_type", "model_attributes_type") and detail["loc"][-1] in PATHS:
        return "expected a table { target = …, year = … }"
    return bounds[kind].format(**context) if kind in bounds else detail["msg"]


def dotted(location: Location) -> str:
    """Write a place in the file as its key path, entries of lists counted from 1.

    Examples
    --------
    >>> dotted(("partners", 0, "state"))
    'partners[1].state'
    """
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{shown_key(part)}"
    return text


def shown_key(key: str) -> str:
    """Show a key, cut to a readable length."""
    text = key if key.isprintable() and key else repr(key)
    return text if len(text) <= 60 else text[:57] + "…"


def _keys_at(location: Location, root: type[BaseModel]) -> list[str]:
    """Keys a table at this place may have."""
    model: type[BaseModel] | None = root
    pending: Any = None
    for part in location:
        if model is not None and isinstance(part, str) and (field := _field(model, part)) is not None:
            pending = field.annotation
        model = _model_in(pending)
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    named = {field.alias or name: field for name, field in model.model_fields.items()}
    return named.get(key)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside an annotation such as `dict[str, Model]` or `Model | None`."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for part in typing.get_args(annotation) if (found := _model_in(part))), None)


def cross_problems(document: dict[str, Any]) -> list[Problem]:
    """Find what is wrong between fields, in a table whose fields may themselves be wrong."""
    checks = (_years, _roles, _theatre, _weights, _partners, _plans, _overrides)
    return [problem for check in checks for problem in check(document)]


def _table(parent: Any, key: str) -> dict[str, Any]:
    found = parent.get(key) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _number(parent: Any, key: str) -> float | None:
    found = parent.get(key) if isinstance(parent, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if abs(found) < 1e15 else None


def _partner_states(document: dict[str, Any]) -> list[str]:
    found = document.get("partners")
    entries = found if isinstance(found, list | tuple) else []
    states = [entry.get("state") for entry in entries if isinstance(entry, dict)]
    return [state for state in states if isinstance(state, str)]


def _years(document: dict[str, Any]) -> Iterator[Problem]:
    first, last = _number(document, "first_year"), _number(document, "last_year")
    if first is not None and last is not None and last <= first:
        yield Problem("last_year", f"expected a year after first_year = {first}", last)


def _roles(document: dict[str, Any]) -> Iterator[Problem]:
    """One state plays one part only."""
    parts: dict[str, str] = {}
    helpers = document.get("challenger_partners")
    helpers = list(helpers) if isinstance(helpers, list | tuple) else []
    named = [(key, document.get(key)) for key in ("country", "patron", "challenger")]
    named += [(f"challenger_partners[{n}]", state) for n, state in enumerate(helpers, 1)]
    named += [(f"partners[{n}].state", state) for n, state in enumerate(_partner_states(document), 1)]
    for key, state in named:
        if not isinstance(state, str):
            continue
        if state in parts:
            yield Problem(key, f"is already {parts[state]}; a state plays one part", state)
        parts.setdefault(state, key)


def _theatre(document: dict[str, Any]) -> Iterator[Problem]:
    theatre = _table(document, "theatre")
    protege = theatre.get("protege")
    for part in ("country", "patron", "challenger"):
        if isinstance(protege, str) and protege == document.get(part):
            remedy = "leave it out if the country itself is attacked, or name the state that is"
            yield Problem("theatre.protege", f"is the {part}; {remedy}", protege)
    weights = theatre.get("domain_weights")
    if isinstance(weights, dict):
        numbers = [_number(weights, key) for key in weights]
        if None not in numbers and abs(sum(n for n in numbers if n is not None) - 1) > 1e-6:
            total = sum(n for n in numbers if n is not None)
            yield Problem("theatre.domain_weights", f"expected weights that sum to 1, these sum to {total:g}")


def _weights(document: dict[str, Any]) -> Iterator[Problem]:
    weights = _table(document, "weights")
    main = ("real_income", "fiscal_cost", "security_loss")
    if weights and not any(weights.values()) and all(key in weights for key in main):
        yield Problem("weights", "expected at least one weight above zero")


def _partners(document: dict[str, Any]) -> Iterator[Problem]:
    theatre = _table(document, "theatre").get("protege")
    for number, state in enumerate(_partner_states(document), 1):
        if state == theatre:
            yield Problem(f"partners[{number}].state", "is the protege; its own forces count already", state)


def _plans(document: dict[str, Any]) -> Iterator[Problem]:
    plans = _table(document, "plans")
    reference = document.get("reference_plan")
    if plans and isinstance(reference, str) and reference not in plans:
        yield Problem("reference_plan", f"no plan has this key{nearest_hint(reference, plans)}", reference)
    labels = [plan.get("label") for plan in plans.values() if isinstance(plan, dict)]
    counted = Counter(label.strip().casefold() for label in labels if isinstance(label, str))
    for key, plan in plans.items():
        if not isinstance(plan, dict):
            continue
        label = plan.get("label")
        if isinstance(label, str) and counted[label.strip().casefold()] > 1:
            yield Problem(f"plans.{shown_key(key)}.label", "another plan has this label already", label)
        yield from _one_plan(f"plans.{shown_key(key)}", plan, document)


def _one_plan(place: str, plan: dict[str, Any], document: dict[str, Any]) -> Iterator[Problem]:
    partners = _partner_states(document)
    for state in _table(plan, "ties"):
        if state not in partners:
            known = f"; partners are {', '.join(partners)}" if partners else "; the study has no partners"
            yield Problem(f"{place}.ties.{shown_key(state)}", f"is not among the study's partners{known}")
    mix = _table(plan, "extra_mix")
    total = sum(_number(mix, key) or 0 for key in mix)
    if total > 1 + 1e-9:
        yield Problem(f"{place}.extra_mix", f"expected shares that sum to at most 1, these sum to {total:g}")
    first, last = _number(document, "first_year"), _number(document, "last_year")
    if first is None or last is None or last <= first:
        return
    dated = [(f"{place}.{key}.year", _number(_table(plan, key), "year")) for key in PATHS]
    dated += [(f"{place}.ties_year", _number(plan, "ties_year") or 2032)] if plan.get("ties") else []
    for key, year in dated:
        if year is not None and not first <= year <= last:
            yield Problem(key, f"expected a year of the study, {first} to {last}", year)


def _overrides(document: dict[str, Any]) -> Iterator[Problem]:
    for key, override in _table(document, "uncertainties").items():
        place = f"uncertainties.{shown_key(key)}"
        low, high, value = (_number(override, name) for name in ("low", "high", "value"))
        if low is not None and high is not None and low >= high:
            yield Problem(f"{place}.low", f"range upside down: low must be under high = {high:g}", low)
        elif low is not None and high is not None:
            for name in ("mode", "mean"):
                number = _number(override, name)
                if number is not None and not low <= number <= high:
                    yield Problem(f"{place}.{name}", f"expected a number from {low:g} to {high:g}", number)
        clash = [name for name in ("low", "high", "mode", "mean", "sd", "distribution") if name in override]
        if value is not None and clash:
            yield Problem(place, f"`value` fixes the parameter; leave out {', '.join(clash)}")
