"""Numbers and names that a file in words may hold, with a refusal that says what would be right."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

Rescale = Callable[[float], str]


def refused(kind: str, message: str) -> PydanticCustomError:
    """Make the error of a field, in our own words."""
    return PydanticCustomError(kind, "{message}", {"message": message})  # pyright: ignore[reportArgumentType]


def _number_in(text: str) -> float | None:
    """Read the number of a text such as `2 %` or `1,5`; None if there is none."""
    found = re.fullmatch(r"\s*([-+]?\d{1,15}(?:[.,]\d{1,15})?)\s*(%|percent|pct|km|years?)?\s*", text)
    return float(found[1].replace(",", ".")) if found else None


def _no_hint(value: float) -> str:
    return ""


def _as_text_hint(text: str, low: float, high: float) -> str:
    number = _number_in(text)
    if number is None:
        return ""
    right = number if low <= number <= high and not ("%" in text and high == 1) else number / 100
    return f"; write the bare number, without quotes or unit: {right:g}" if low <= right <= high else ""


def quantity(unit: str, low: float, high: float, hint: Rescale = _no_hint) -> BeforeValidator:
    """Check one number before pydantic does, so that the message knows the unit; see `Finite`."""
    wanted = f"expected {unit}, a number from {low:g} to {high:g}"

    def check(value: Any) -> float:
        if isinstance(value, str):
            raise refused("quantity", wanted + _as_text_hint(value, low, high))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refused("quantity", wanted)
        if isinstance(value, float) and not math.isfinite(value):
            raise refused("quantity", wanted + "; it must be finite")
        if not low <= value <= high:
            known_size = abs(value) <= 1e15
            raise refused("quantity", wanted + (hint(float(value)) if known_size else ""))
        return float(value)

    return BeforeValidator(check)


def limits(low: float, high: float) -> Any:
    """Tell the JSON Schema the range that the validator before it holds."""
    return Field(json_schema_extra={"minimum": low, "maximum": high})


def _check_line(value: str) -> str:
    if not value.strip() or value != value.strip() or not value.isprintable():
        raise refused("line", "expected one line of printable text without blanks at its ends")
    return value


Finite = Annotated[float, quantity("a number", -1e12, 1e12)]
Positive = Annotated[float, quantity("a number above zero", 1e-12, 1e12), limits(1e-12, 1e12)]
Flag = Annotated[bool, Field(strict=True)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_line)]
Label = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_check_line)]
Prose = Annotated[str, Field(max_length=2000)]
PlainKey = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
