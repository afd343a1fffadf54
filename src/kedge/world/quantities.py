"""Numbers and names a study file may hold, each with its unit and a refusal that says what would be right."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from kedge.core.quantities import limits, quantity, refused

FIRST_YEAR, LAST_YEAR = 2025, 2060
USUAL_TIES_YEAR = 2032
STATE_PATTERN = "^[A-Z]{3}$"


def _share_hint(value: float) -> str:
    return f"; {value:g} percent is written {value / 100:g}" if 1 < value <= 100 else ""


def _percent_hint(value: float) -> str:
    if 0 < value < 0.1:
        return f"; a share of {value:g} is written {100 * value:g}"
    return f"; if {value:g} are basis points, write {value / 100:g}" if 20 < value <= 2000 else ""


def _count(name: str, least: int, most: int) -> Any:
    """Check a whole number before pydantic does; see `Running`."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refused("quantity", f"expected {name}, a whole number from {least} to {most}")
        return value

    return BeforeValidator(check)


def _check_year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not FIRST_YEAR <= value <= LAST_YEAR:
        raise refused("year", f"expected a whole year from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def _check_state(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        near = value.strip().upper()
        hint = f"; did you mean {near}?" if re.fullmatch("[A-Z]{3}", near) else ""
        raise refused("state", "expected a three-letter ISO code in capitals such as JPN" + hint)
    known = (info.context or {}).get("states")
    if known and value not in known:
        close = difflib.get_close_matches(value, sorted(known), n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else f"; it knows {', '.join(sorted(known))}"
        raise refused("state", "no state of the baseline has this code" + hint)
    return value


Share = Annotated[float, quantity("a share", 0, 1, _share_hint), limits(0, 1)]
PercentOfGdp = Annotated[float, quantity("percent of GDP", 0.1, 20, _percent_hint), limits(0.1, 20)]
Weight = Annotated[float, quantity("a weight, in percent of GDP a unit", 0, 100), limits(0, 100)]
Running = Annotated[int, _count("years", 1, 20), limits(1, 20)]
Lead = Annotated[int, _count("years", 0, 20), limits(0, 20)]
Moving = Annotated[int, _count("years", 1, 35), limits(1, 35)]
Switches = Annotated[int, _count("switches", 1, 6), limits(1, 6)]
Sunk = Annotated[float, quantity("percent of one year's GDP", 0, 100), limits(0, 100)]
Year = Annotated[int, BeforeValidator(_check_year), limits(FIRST_YEAR, LAST_YEAR)]
State = Annotated[str, AfterValidator(_check_state), Field(json_schema_extra={"pattern": STATE_PATTERN})]
PlanKey = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
