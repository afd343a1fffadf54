"""How numbers are written: few digits, a unit a reader knows, one style throughout."""

from __future__ import annotations

import math

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

SHARES = {"share", "probability", "share of futures"}
"""Units between zero and one, written as percentages."""

PER_HUNDRED = {
    "percent of GDP": "% of GDP",
    "percent of one year's GDP": "% of one year’s GDP",
    "percent a year": "% a year",
    "percent": "%",
    "percentage points": "points",
}
SHARE_RATES = {"probability a year": "% a year", "share a year": "% a year"}
UNITLESS = {"ratio", "exponent", "elasticity", "draw", "count", "year", "choice", "index", "number", ""}

COUNTING = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def in_words(count: int) -> str:
    """Spell a small count.

    Examples
    --------
    >>> in_words(4)
    'four'
    """
    return COUNTING[count] if 0 <= count < len(COUNTING) else "many"


def format_value(value: float, unit: str, *, bare: bool = False) -> str:
    """Write a number with its unit in two or three significant digits.

    Parameters
    ----------
    value : `unit`
        Shares and probabilities between 0 and 1.
    unit
        Known units get their sign; others are appended as they are.
    bare
        Leave the unit away.

    Examples
    --------
    >>> format_value(0.413, "share").replace(NBSP, " ")
    '41 %'
    >>> format_value(-1.234, "percent of GDP").replace(NBSP, " ")
    '−1.23 % of GDP'
    >>> format_value(6123.0, "km").replace(NBSP, " ")
    '6,120 km'
    """
    digits, sign = _parts(value, unit)
    return digits if bare or not sign else f"{digits}{NBSP}{sign}"


def format_range(low: float, high: float, unit: str) -> str:
    """Write both ends of a range, without the unit.

    Examples
    --------
    >>> format_range(0.40, 0.42, "share")
    '40 to 42'
    """
    return f"{_parts(low, unit)[0]} to {_parts(high, unit)[0]}"


def unit_words(unit: str) -> str:
    """Name a unit as a table's head does.

    Examples
    --------
    >>> unit_words("share")
    '%'
    """
    if unit in SHARES:
        return "%"
    return PER_HUNDRED.get(unit) or SHARE_RATES.get(unit) or unit


def _parts(value: float, unit: str) -> tuple[str, str]:
    if unit in SHARES:
        return _percentage(100 * value), "%"
    if unit in SHARE_RATES:
        return significant(100 * value, 2), SHARE_RATES[unit]
    if unit == "percent of GDP":
        return significant(value, 3 if 1 <= abs(value) < 10 else 2), PER_HUNDRED[unit]
    if unit in PER_HUNDRED:
        return significant(value, 2), PER_HUNDRED[unit]
    if unit == "year":
        return f"{value:.0f}", ""
    if unit == "count":
        return f"{value:,.0f}", ""
    return significant(value, 3 if abs(value) >= 100 else 2), "" if unit in UNITLESS else unit


def _percentage(value: float) -> str:
    """Whole percent, but one more digit near nothing and near all, so that neither is claimed."""
    near_end = 0 < abs(value) < 0.95 or 99.05 < abs(value) < 100
    if not near_end:
        return _signed(f"{abs(value):.0f}", value)
    if abs(value) < 0.05:
        return "under 0.1"
    return "over 99.9" if abs(value) > 99.95 else _signed(f"{abs(value):.1f}", value)


def significant(value: float, digits: int) -> str:
    """Round to significant digits, without exponent; thousands are set apart.

    Examples
    --------
    >>> [significant(v, 2) for v in (0.0123, 1.24, 12.4, 1234.0, -0.5, 0.0)]
    ['0.012', '1.2', '12', '1,230', '−0.5', '0']
    """
    if not math.isfinite(value):
        return "unbounded"
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    text = f"{abs(value):,.{min(places, 6)}f}"
    if abs(value) >= 1000:
        step = 10 ** (math.floor(math.log10(abs(value))) - 2)
        text = f"{round(abs(value) / step) * step:,.0f}"
    if "." in text and digits < 3 and abs(value) < 1:
        text = text.rstrip("0").rstrip(".")
    return _signed(text, value)


def _signed(text: str, value: float) -> str:
    is_zero = not text.strip("0.,")
    return f"{MINUS}{text}" if value < 0 and not is_zero else text
