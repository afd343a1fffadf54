"""Where a change of real income comes from: terms of trade and volumes, or wages and revenue."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.trade.sector_solve import SectorEquilibrium, solve_sectors

Percent = Float[np.ndarray, " economy"]


@dataclass(frozen=True)
class Decomposition:
    """A change of real income in parts, percent of baseline income.

    Parameters
    ----------
    welfare
        The exact change.
    terms_of_trade, volume
        What the same change is made of along the path from old tariffs to new ones: prices of what is
        sold against prices of what is bought, and imports gained or lost where a tariff stands between
        price and cost.  They add up to `welfare` within `gap`.
    partners
        Terms of trade by partner, [economy, partner].
    real_wages, revenue, transfers
        Another cut of the same change, by kind of income at new prices; adds up exactly.
    first_terms_of_trade, first_volume, first_welfare
        The published first-order figures: old weights times the whole change.
    gap
        Largest part of `welfare` that the path leaves over, percentage points.
    """

    iso3: tuple[str, ...]
    welfare: Percent
    terms_of_trade: Percent
    volume: Percent
    partners: Float[np.ndarray, "economy partner"]
    real_wages: Percent
    revenue: Percent
    transfers: Percent
    first_terms_of_trade: Percent
    first_volume: Percent
    gap: float

    @property
    def first_welfare(self) -> Percent:
        """Terms of trade and volume to first order, as the published tables add them."""
        return self.first_terms_of_trade + self.first_volume


def decompose(after: SectorEquilibrium, pieces: int = 16) -> Decomposition:
    """Cut a change of real income into parts that add up.

    Parameters
    ----------
    after
        An equilibrium; the change is from the baseline it was prepared from.
    pieces
        Steps of the path, even; the error falls with its fourth power.

    Raises
    ------
    DomainError
        `pieces` is not an even number of at least 2.
    NotConverged
        A point of the path was not solved.

    References
    ----------
    Caliendo & Parro (2015), Review of Economic Studies 82(1), equation 15 for the first order; the
    exact version integrates it along the path (a Divisia index).
    """
    if pieces < 2 or pieces % 2:
        raise DomainError(f"pieces should be an even number of at least 2, got {pieces}")
    economy = after.prepared.economy
    path = _path(after, pieces)
    fine, coarse = _integrate(path), _integrate(path[::2])
    partners, volume = ((4.0 * a - b) / 3.0 for a, b in zip(fine, coarse, strict=True))
    hat = after.real_income_hat
    whole = partners.sum(axis=1) + volume
    # Both are logs along the path; the same share of the whole is reported in percent.
    log = np.log(hat)
    scale = 100.0 * np.where(np.abs(log) > 1e-12, (hat - 1.0) / np.where(log == 0, 1.0, log), 1.0)
    income = economy.income
    wages = 100.0 * economy.value * (after.real_wage_hat - 1.0) / income
    revenue = 100.0 * (after.revenue / after.price_hat - economy.revenue) / income
    first = _first(after)
    return Decomposition(
        economy.iso3,
        welfare=100.0 * (hat - 1.0),
        terms_of_trade=scale * partners.sum(axis=1),
        volume=scale * volume,
        partners=scale[:, None] * partners,
        real_wages=wages,
        revenue=revenue,
        transfers=100.0 * economy.transfers * (1.0 / after.price_hat - 1.0) / income,
        first_terms_of_trade=first[0],
        first_volume=first[1],
        gap=float(np.abs(scale * (log - whole)).max()),
    )


def _path(after: SectorEquilibrium, pieces: int) -> list[SectorEquilibrium]:
    """Solve along tariffs that grow evenly in logs."""
    prepared = after.prepared
    before, end = np.log1p(prepared.economy.tariffs), np.log1p(after.tariffs)
    points = [solve_sectors(prepared, prepared.economy.tariffs).unwrap()]
    for step in range(1, pieces):
        tariffs = np.expm1(before + step / pieces * (end - before))
        points.append(solve_sectors(prepared, tariffs, near=points[-1]).unwrap())
    return [*points, after]


def _integrate(path: list[SectorEquilibrium]) -> tuple[np.ndarray, np.ndarray]:
    """Add up terms of trade [economy, partner] and volume [economy] by the trapezoidal rule, in logs."""
    size = path[0].flows.shape[0]
    terms, volume = np.zeros((size, size)), np.zeros(size)
    for one, two in pairwise(path):
        dearer = np.log(two.cost_hat) - np.log(one.cost_hat)
        # Exports of n to m, and imports of n from m, as parts of final spending of n.
        sold = 0.5 * (one.flows / one.income[:, None, None] + two.flows / two.income[:, None, None])
        bought = 0.5 * (one.flows / one.income[:, None] + two.flows / two.income[:, None])
        terms += np.einsum("nmk,nk->nm", sold, dearer) - np.einsum("mnk,mk->nm", bought, dearer)
        wedge = 0.5 * (_wedge(one) + _wedge(two))
        volume += np.einsum("mnk,mnk->n", wedge, _quantity(two) - _quantity(one))
    return terms, volume


def _wedge(point: SectorEquilibrium) -> np.ndarray:
    return point.tariffs * point.cost_hat[:, None, :] / point.income[:, None]


def _quantity(point: SectorEquilibrium) -> np.ndarray:
    return point.flows / point.cost_hat[:, None, :]


def _first(after: SectorEquilibrium) -> tuple[np.ndarray, np.ndarray]:
    """Give the published first-order terms of trade and volume, percent."""
    economy = after.prepared.economy
    flows, income, dearer = economy.flows, economy.income, after.cost_hat - 1.0
    terms = np.einsum("nmk,nk->n", flows, dearer) - np.einsum("mnk,mk->n", flows, dearer)
    moved = economy.tariffs * (after.flows - flows * after.cost_hat[:, None, :])
    return 100.0 * terms / income, 100.0 * moved.sum(axis=(0, 2)) / income
