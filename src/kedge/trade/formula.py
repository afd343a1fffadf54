"""The reciprocal tariff formula that the US Trade Representative published on 2 April 2025."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from kedge.core.errors import DomainError, UnknownName

FLOOR = 10

KOREA = (
    "The formula gives {full:.2f} %, half of it {half:.2f} %, rounded up to 26 %: what Annex I of Executive "
    "Order 14257 first said. The chart held up on 2 April 2025 said 25 %: half of the 50 % it printed for "
    "Korea, already rounded down (our reading; no reason was published). The White House first told "
    "reporters to follow the annex, then corrected it to 25 % on 3 April (Korea JoongAng Daily, 3 and 4 "
    "April 2025)."
)

ALIASES = {
    "eu": "european union",
    "european union": "eu",
    "korea": "south korea",
    "south korea": "korea, south",
    "korea, south": "south korea",
}


@dataclass(frozen=True)
class FormulaRate:
    """One partner's rate by the formula.

    Parameters
    ----------
    exports, imports : million US$
        Of the United States, goods, one year.
    full : percent
        The formula's rate; zero where the United States has a surplus.
    half : percent
        Before rounding.
    rate : percent
        Half, rounded up to a whole percent, at least 10.
    explanation
        How it came about, in one sentence or two.
    """

    partner: str
    exports: float
    imports: float
    full: float
    half: float
    rate: int
    explanation: str


def formula_rate(
    partner: str, exports: float, imports: float, elasticity: float = 4.0, pass_through: float = 0.25
) -> FormulaRate:
    """Work out the formula for one partner, in exact arithmetic, so that rounding up is never by an ulp.

    Parameters
    ----------
    exports, imports : million US$
        US goods exports to, and imports from, the partner.
    elasticity, pass_through
        Of imports to prices, and of prices to tariffs; the official 4 and 0.25 cancel.

    Raises
    ------
    DomainError
        A number is negative or not finite, or there are no imports to divide by.

    References
    ----------
    Office of the US Trade Representative (2025), "Reciprocal tariff calculations"; Executive Order 14257.

    Examples
    --------
    >>> formula_rate("Japan", 79740.8, 148208.6).rate
    24
    """
    for name, value in (("exports", exports), ("imports", imports)):
        if not (math.isfinite(value) and value >= 0):
            raise DomainError(f"{name} of {partner} should be million US$, zero or more, got {value}")
    if imports == 0 or elasticity <= 0 or pass_through <= 0:
        raise DomainError(
            f"{partner}: the formula divides by imports, elasticity and pass-through; none may be zero"
        )
    sold, bought = Fraction(str(exports)), Fraction(str(imports))
    full = 100 * (bought - sold) / (Fraction(str(elasticity)) * Fraction(str(pass_through)) * bought)
    full = max(full, Fraction(0))
    half = full / 2
    rate = max(math.ceil(half), FLOOR)
    return FormulaRate(
        partner,
        exports,
        imports,
        float(full),
        float(half),
        rate,
        _explain(partner, float(full), float(half), rate),
    )


def _explain(partner: str, full: float, half: float, rate: int) -> str:
    if "korea" in partner.casefold() and "north" not in partner.casefold():
        return KOREA.format(full=full, half=half)
    if full == 0.0:
        return "The United States sells at least as much as it buys: the floor of 10 % applies."
    if half <= FLOOR:
        return f"Half of {full:.2f} % is {half:.2f} %, under the floor of 10 %."
    return f"Half of {full:.2f} % is {half:.2f} %, rounded up to {rate} %."


def formula_rates(trade: pl.DataFrame, partners: Sequence[str] = ()) -> tuple[FormulaRate, ...]:
    """Work out the formula for partners of a table.

    Parameters
    ----------
    trade
        Columns partner, exports_musd, imports_musd, and iso3 where there is one.  Partners without
        imports, or without figures, have no rate and are left out.
    partners
        Names or codes, in any case, or the start of one name; all of them if empty.

    Raises
    ------
    UnknownName
        No partner, or more than one, fits a name.

    Examples
    --------
    >>> goods = pl.DataFrame({"partner": ["Iran"], "exports_musd": [90.8], "imports_musd": [6.2]})
    >>> formula_rates(goods, ["iran"])[0].rate
    10
    """
    known = trade.drop_nulls(["exports_musd", "imports_musd"]).filter(pl.col("imports_musd") > 0)
    rows = list(known.iter_rows(named=True))
    chosen = [_find(rows, name) for name in partners] if partners else rows
    return tuple(formula_rate(row["partner"], row["exports_musd"], row["imports_musd"]) for row in chosen)


def _find(rows: list[dict], name: str) -> dict:
    wanted = name.casefold().strip()
    alias = ALIASES.get(wanted, wanted)
    for key in (wanted, alias, ALIASES.get(alias, alias)):
        exact = [
            row for row in rows if key in (row["partner"].casefold(), (row.get("iso3") or "").casefold())
        ]
        starts = [row for row in rows if row["partner"].casefold().startswith(key + ",")]
        if exact or len(starts) == 1:
            return (exact or starts)[0]
    raise UnknownName("trade partner", name, [row["partner"] for row in rows])
