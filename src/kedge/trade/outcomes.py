"""What a change of tariffs did, in the measures that the source prints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.trade.equilibrium import Equilibrium

Percent = Float[np.ndarray, " economy"]


@dataclass(frozen=True)
class Outcomes:
    """Changes by economy and for the world, all in percent.

    Parameters
    ----------
    welfare
        Change of real income, consumption and leisure together.
    deficit
        Change of the trade deficit over its baseline size; minus is a smaller deficit or a larger
        surplus.  Nominal, in the model's numeraire.
    exports_to_gdp, imports_to_gdp
        Change of the ratio, trade valued before duty.
    employment, prices
        Prices in the numeraire that holds their spending-weighted world mean.
    revenue_share
        Tariff revenue over baseline expenditure.  The source's table says "share of GDP".
    world
        `welfare` and `prices` weighted by baseline spending, `employment` by GDP, `trade_to_gdp` the
        change of cross-border trade at prices with duty over world GDP, `revenue_share` over world
        spending.
    """

    iso3: tuple[str, ...]
    welfare: Percent
    deficit: Percent
    exports_to_gdp: Percent
    imports_to_gdp: Percent
    employment: Percent
    prices: Percent
    revenue_share: Percent
    world: dict[str, float]


MEASURES = ("welfare", "deficit", "exports_to_gdp", "imports_to_gdp", "employment", "prices", "revenue_share")


def outcomes_of(equilibrium: Equilibrium) -> Outcomes:
    """Work out the source's measures.

    References
    ----------
    Ignatenko, Lashkaripour, Macedoni & Simonovska (2025), tables 1 to 3.

    Examples
    --------
    >>> from kedge.trade import calibrate_economy, prepare, solve_equilibrium
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> calm = solve_equilibrium(prepare(world), np.zeros((2, 2))).unwrap()
    >>> bool(np.abs(outcomes_of(calm).welfare).max() < 1e-10)
    True
    """
    economy, flows = equilibrium.economy, equilibrium.flows
    spending, income, before = economy.expenditure, economy.income, economy.flows
    after = equilibrium.income
    deficit, deficit_after = before.sum(axis=0) - before.sum(axis=1), flows.sum(axis=0) - flows.sum(axis=1)
    welfare = _welfare(equilibrium)
    abroad, abroad_after = _without_own(before), _without_own(flows)
    traded = _without_own(flows * (1.0 + equilibrium.tariffs)).sum() / abroad.sum()
    employment, prices = equilibrium.employment_hat - 1.0, equilibrium.price_hat - 1.0
    world = {
        "welfare": float(spending @ welfare / spending.sum()),
        "employment": float(income @ employment / income.sum()),
        "prices": float(spending @ prices / spending.sum()),
        "trade_to_gdp": float(traded / (after.sum() / income.sum()) - 1.0),
        "revenue_share": float(equilibrium.revenue.sum() / spending.sum()),
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        return Outcomes(
            economy.iso3,
            welfare=100.0 * welfare,
            deficit=100.0 * (deficit_after - deficit) / np.abs(deficit),
            exports_to_gdp=100.0 * (abroad_after.sum(axis=1) / after / (abroad.sum(axis=1) / income) - 1.0),
            imports_to_gdp=100.0 * (abroad_after.sum(axis=0) / after / (abroad.sum(axis=0) / income) - 1.0),
            employment=100.0 * employment,
            prices=100.0 * prices,
            revenue_share=100.0 * equilibrium.revenue / spending,
            world={name: 100.0 * value for name, value in world.items()},
        )


def _welfare(equilibrium: Equilibrium) -> Percent:
    """Give the change of the consumption aggregate that leaves out what the effort of work costs."""
    economy, labour = equilibrium.economy, equilibrium.variant.labour_supply
    spending, income = economy.expenditure, economy.income
    relief = np.zeros_like(income)
    if equilibrium.variant.revenue == "income_tax":
        relief = equilibrium.revenue / equilibrium.income
    lean = spending / (spending - labour * (1.0 - relief) * income / (1.0 + labour))
    earned = equilibrium.wage_hat * equilibrium.employment_hat
    return (lean * equilibrium.spending_hat + (1.0 - lean) * earned) / equilibrium.price_hat - 1.0


def _without_own(flows: Float[np.ndarray, "exporter importer"]) -> Float[np.ndarray, "exporter importer"]:
    return flows - np.diag(np.diag(flows))
