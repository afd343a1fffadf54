"""Named scenarios of April 2025: who taxes whom, and which version of the model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, UnknownName
from kedge.trade.aggregate import aggregate_economy
from kedge.trade.calibrate import Economy
from kedge.trade.variant import Variant, tariff_exponent

Base = Literal["imports", "foreign_sales"]


BENCHMARK = Variant()


@dataclass(frozen=True)
class Scenario:
    """One row of the source's tables.

    Parameters
    ----------
    sentence
        What it says, for a reader who knows no code.
    home_tariff
        `announced`, or `formula`: the source's optimal uniform tariff.
    retaliation
        `none`, `reciprocal` (each partner charges what it is charged) or `formula` (one uniform
        tariff of all partners as if they were one economy).
    formula_base
        What the tariff formula divides foreign sales by: own purchases abroad (`imports`), or GDP
        less own trade (`foreign_sales`).  The source takes the first where nobody answers and the
        second where partners do; the published numbers need both.  See docs/trade.md.
    """

    name: str
    sentence: str
    variant: Variant = BENCHMARK
    home_tariff: Literal["announced", "formula"] = "announced"
    retaliation: Literal["none", "reciprocal", "formula"] = "none"
    formula_base: Base = "imports"


def scenarios() -> dict[str, Scenario]:
    """List every scenario by name."""
    lump_sum, partial = Variant(revenue="lump_sum"), Variant(pass_through=0.25)
    listed = (
        Scenario(
            "announced", "Announced tariffs of 2 April 2025; revenue cuts the income tax; nobody answers."
        ),
        Scenario("announced-lump-sum", "The same, with the revenue handed back as a lump sum.", lump_sum),
        Scenario(
            "optimal-formula",
            "One uniform US tariff from the paper's formula; nobody answers.",
            home_tariff="formula",
        ),
        Scenario(
            "announced-reciprocal",
            "Announced tariffs; every partner charges the United States the rate it is charged.",
            retaliation="reciprocal",
        ),
        Scenario(
            "announced-optimal-retaliation",
            "Announced tariffs; partners answer together with one uniform tariff from the formula.",
            retaliation="formula",
            formula_base="foreign_sales",
        ),
        Scenario(
            "optimal-optimal-retaliation",
            "The United States and all partners together each set one uniform tariff from the formula.",
            home_tariff="formula",
            retaliation="formula",
            formula_base="foreign_sales",
        ),
        Scenario(
            "partial-pass-through",
            "Announced tariffs when sellers absorb part of them (phi-tilde 0.25).",
            partial,
        ),
    )
    return {scenario.name: scenario for scenario in listed}


def find_scenario(name: str) -> Scenario:
    """Give the scenario of that name.

    Raises
    ------
    UnknownName
        No scenario is called that.

    Examples
    --------
    >>> find_scenario("announced").retaliation
    'none'
    """
    known = scenarios()
    if name not in known:
        raise UnknownName("scenario", name, known)
    return known[name]


def scenario_tariffs(
    economy: Economy, announced: Float[np.ndarray, " exporter"], scenario: Scenario, home: str = "USA"
) -> Float[np.ndarray, "exporter importer"]:
    """Fill in who taxes whom.

    Parameters
    ----------
    economy
        Calibrated; the formulas read it.
    announced : share, ad valorem
        Tariff of `home` on each exporter.  At least 10 % on every one, as announced; home's own
        entry is not read.
    home
        The economy whose tariffs they are.

    Returns
    -------
    Float[np.ndarray, "exporter importer"]
        Zero on the diagonal.

    Raises
    ------
    DomainError
        `announced` has the wrong length.
    """
    size, at = len(economy.iso3), economy.index(home)
    if announced.shape != (size,):
        raise DomainError(f"{size} economies want {size} announced tariffs, got {announced.shape}")
    tariffs = np.zeros((size, size))
    if scenario.home_tariff == "formula":
        tariffs[:, at] = formula_tariff(economy, home, scenario.variant, scenario.formula_base)
    else:
        tariffs[:, at] = np.maximum(announced, 0.1)
    if scenario.retaliation == "reciprocal":
        tariffs[at, :] = tariffs[:, at]
    elif scenario.retaliation == "formula":
        two = aggregate_economy(economy, {home: home}, rest="others")
        tariffs[at, :] = formula_tariff(two, "others", scenario.variant, scenario.formula_base)
    tariffs[at, at] = 0.0
    return tariffs


def formula_tariff(economy: Economy, state: str, variant: Variant, base: Base = "imports") -> float:
    """Give the source's closed-form optimal uniform tariff of one economy, as a share.

    `1 / ((1 + delta * elasticity) * phi - 1)`, where delta is how much of the economy's foreign
    sales meet other suppliers, net of labour abroad, over its own purchases abroad.  It is a
    formula at the baseline, not a maximum found by search.

    Parameters
    ----------
    state
        Code of the economy that sets the tariff.
    base
        See `Scenario.formula_base`.

    References
    ----------
    Ignatenko et al. (2025), proposition on the unilaterally optimal tariff.
    """
    at = economy.index(state)
    local, flows, share = economy.local_labour, economy.flows, economy.expenditure_share
    sold = (flows[at] * (1.0 - local) * (1.0 - share[at])).sum() - (
        flows[at, at] * (1.0 - local[at]) * (1.0 - share[at, at])
    )
    whole = economy.expenditure if base == "imports" else economy.income
    delta = sold / ((1.0 - local[at]) * (whole[at] - flows[at, at]))
    phi = tariff_exponent(local, variant)[at]
    return float(1.0 / ((1.0 + delta * variant.trade_elasticity) * phi - 1.0))
