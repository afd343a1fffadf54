"""Tables of a file in words, and what is wrong with one: key path, value found, what would be right."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

MOST_SHOWN = 10
MISSING = object()
PLAIN_KEY = "expected a key of a-z, 0-9 and _ that starts with a letter"
Location = tuple[int | str, ...]


class Table(BaseModel):
    """A table of a file in words: frozen, and no key that it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, use_attribute_docstrings=True
    )


@dataclass(frozen=True)
class Fault:
    """One thing a file cannot say.

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


def refusal(name: str, faults: Sequence[Fault]) -> str:
    """Put all that is wrong with a file into one message."""
    lines = list(dict.fromkeys(fault.line() for fault in faults))
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


def field_faults(
    error: ValidationError, root: type[BaseModel], layouts: Mapping[str, str] | None = None
) -> list[Fault]:
    """Say in words what pydantic found wrong with single fields.

    Parameters
    ----------
    error, root
        What validation raised, and the model of the whole file.
    layouts
        How the table of a key is written, where it has a usual form.
    """
    details = error.errors(include_url=False)
    return [_fault(detail, root, layouts or {}) for detail in details if detail["loc"]]


def _fault(detail: Any, root: type[BaseModel], layouts: Mapping[str, str]) -> Fault:
    location: Location = detail["loc"]
    kind, value = detail["type"], detail["input"]
    if location[-1] == "[key]":
        found = location[-2]
        message = detail["msg"] if kind == "state" else PLAIN_KEY
        return Fault(dotted(location[:-1]), message if isinstance(found, str) else detail["msg"])
    if kind == "extra_forbidden":
        known = _keys_at(location[:-1], root)
        return Fault(dotted(location), f"unknown key{nearest_hint(str(location[-1]), known)}")
    if kind == "missing":
        return Fault(dotted(location), "is missing; give it")
    if kind in ("model_type", "model_attributes_type") and location[-1] in layouts:
        return Fault(dotted(location), f"expected a table {layouts[str(location[-1])]}", value)
    return Fault(dotted(location), _expectation(detail), value)


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
        "bool_type": "expected true or false, without quotes",
        "model_type": "expected a table such as {{ … }}",
        "model_attributes_type": "expected a table such as {{ … }}",
        "dict_type": "expected a table",
        "tuple_type": "expected a list",
        "string_pattern_mismatch": PLAIN_KEY,
    }
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
