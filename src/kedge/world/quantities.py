"""Numbers and names a study file may hold, each with its unit and a refusal that says what would be right."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 2025, 2060
USUAL_TIES_YEAR = 2032
STATE_PATTERN = "^[A-Z]{3}$"
Rescale = Callable[[float], str]


def _refused(kind: Literal["quantity", "year", "state", "line"], message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})


def _number_in(text: str) -> float | None:
    """Read the number of a text such as `2 %` or `1,5`; None if there is none."""
    found = re.fullmatch(r"\s*([-+]?\d{1,15}(?:[.,]\d{1,15})?)\s*(%|percent|pct|km|years?)?\s*", text)
    return float(found[1].replace(",", ".")) if found else None


def _share_hint(value: float) -> str:
    return f"; {value:g} percent is written {value / 100:g}" if 1 < value <= 100 else ""


def _percent_hint(value: float) -> str:
    if 0 < value < 0.1:
        return f"; a share of {value:g} is written {100 * value:g}"
    return f"; if {value:g} are basis points, write {value / 100:g}" if 20 < value <= 2000 else ""


def _no_hint(value: float) -> str:
    return ""


def _as_text_hint(text: str, low: float, high: float) -> str:
    number = _number_in(text)
    if number is None:
        return ""
    right = number if low <= number <= high and not ("%" in text and high == 1) else number / 100
    return f"; write the bare number, without quotes or unit: {right:g}" if low <= right <= high else ""


def quantity(unit: str, low: float, high: float, hint: Rescale = _no_hint) -> BeforeValidator:
    """Check one number before pydantic does, so that the message knows the unit; see `Share`."""
    wanted = f"expected {unit}, a number from {low:g} to {high:g}"

    def check(value: Any) -> float:
        if isinstance(value, str):
            raise _refused("quantity", wanted + _as_text_hint(value, low, high))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refused("quantity", wanted)
        if isinstance(value, float) and not math.isfinite(value):
            raise _refused("quantity", wanted + "; it must be finite")
        if not low <= value <= high:
            known_size = abs(value) <= 1e15
            raise _refused("quantity", wanted + (hint(float(value)) if known_size else ""))
        return float(value)

    return BeforeValidator(check)


def _count(name: str, least: int, most: int) -> Any:
    """Check a whole number before pydantic does; see `Running`."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _refused("quantity", f"expected {name}, a whole number from {least} to {most}")
        return value

    return BeforeValidator(check)


def _limits(low: float, high: float) -> Any:
    """Tell the JSON Schema the range that the validator before it holds."""
    return Field(json_schema_extra={"minimum": low, "maximum": high})


def _check_year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_YEAR <= value <= LAST_YEAR:
        raise _refused("year", f"expected a whole year from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _check_state(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        near = value.strip().upper()
        hint = f"; did you mean {near}?" if re.fullmatch("[A-Z]{3}", near) else ""
        raise _refused("state", "expected a three-letter ISO code in capitals such as JPN" + hint)
    known = (info.context or {}).get("states")
    if known and value not in known:
        close = difflib.get_close_matches(value, sorted(known), n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else f"; it knows {', '.join(sorted(known))}"
        raise _refused("state", "no state of the baseline has this code" + hint)
    return value


def _check_line(value: str) -> str:
    if not value.strip() or value != value.strip() or not value.isprintable():
        raise _refused("line", "expected one line of printable text without blanks at its ends")
    return value


Share = Annotated[float, quantity("a share", 0, 1, _share_hint), _limits(0, 1)]
PercentOfGdp = Annotated[float, quantity("percent of GDP", 0.1, 20, _percent_hint), _limits(0.1, 20)]
Weight = Annotated[float, quantity("a weight, in percent of GDP a unit", 0, 100), _limits(0, 100)]
Finite = Annotated[float, quantity("a number", -1e12, 1e12)]
Positive = Annotated[float, quantity("a number above zero", 1e-12, 1e12), _limits(1e-12, 1e12)]
Running = Annotated[int, _count("years", 1, 20), _limits(1, 20)]
Lead = Annotated[int, _count("years", 0, 20), _limits(0, 20)]
Moving = Annotated[int, _count("years", 1, 35), _limits(1, 35)]
Switches = Annotated[int, _count("switches", 1, 6), _limits(1, 6)]
Sunk = Annotated[float, quantity("percent of one year's GDP", 0, 100), _limits(0, 100)]
Year = Annotated[int, BeforeValidator(_check_year), _limits(FIRST_YEAR, LAST_YEAR)]
State = Annotated[str, AfterValidator(_check_state), Field(json_schema_extra={"pattern": STATE_PATTERN})]
Flag = Annotated[bool, Field(strict=True)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_line)]
Label = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_check_line)]
Prose = Annotated[str, Field(max_length=2000)]
PlanKey = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
ParameterKey = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=60)]
