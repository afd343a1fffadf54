"""A world of many sectors as tariff games see it: real income, and its slope in every tariff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from kedge.core.solution import Solution
from kedge.trade.model import Response
from kedge.trade.sector_solve import PreparedSectors, SectorEquilibrium, prepare_sectors, solve_sectors
from kedge.trade.sectors import SectorEconomy, SectorFlows


@dataclass(frozen=True)
class SectorResponse:
    """Where a world of many sectors ends, and how real income moves with tariffs there."""

    equilibrium: SectorEquilibrium

    @cached_property
    def welfare(self) -> Float[np.ndarray, " economy"]:
        """Change of real income against the baseline, percent."""
        return 100.0 * (self.equilibrium.real_income_hat - 1.0)

    @cached_property
    def _tangent(self):
        from kedge.trade.sector_solve import tangent_of

        return tangent_of(self.equilibrium)

    @cached_property
    def _slope(self) -> Float[np.ndarray, "market economy"]:
        from kedge.trade.sector_slope import market_slope

        return market_slope(self._tangent)

    def pull(
        self, weights: Float[np.ndarray, " economy"], importer: int
    ) -> Float[np.ndarray, "exporter sector"]:
        """Give the slope of `weights @ welfare` in each tariff of one importer, percent per unit."""
        from kedge.trade.sector_slope import market_prices, tariff_slope, worth_of

        goals = (weights * self.equilibrium.real_income_hat)[None, :]
        prices = market_prices(self._tangent, self._slope, goals)
        worth = worth_of(self._tangent, prices, goals)
        slope = tariff_slope(self._tangent, worth, 0, importer)
        return 100.0 * slope / (1.0 + self.equilibrium.tariffs[:, importer, :])


class SectorModel:
    """A calibrated world of many sectors that answers tariffs.

    Parameters
    ----------
    economy
        From `calibrate_sectors`.
    tolerance
        Of each solve, see `solve_sectors`.

    Raises
    ------
    DomainError
        As `prepare_sectors`.
    """

    def __init__(self, economy: SectorEconomy, tolerance: float = 1e-11) -> None:
        self.prepared: PreparedSectors = prepare_sectors(economy)
        self.tolerance = tolerance

    @property
    def iso3(self) -> tuple[str, ...]:
        """Codes, in the order of every axis of economies."""
        return self.prepared.economy.iso3

    @property
    def sectors(self) -> tuple[str, ...]:
        """Codes of the sectors, in the order of their axis."""
        return self.prepared.economy.sectors

    @property
    def tariffs(self) -> SectorFlows:
        """Tariffs of the baseline, shares."""
        return self.prepared.economy.tariffs

    @property
    def imports(self) -> SectorFlows:
        """Flows of the baseline before duty, current US$."""
        return self.prepared.economy.flows

    def respond(self, tariffs: SectorFlows, near: Response | None = None) -> Solution[SectorResponse]:
        """Solve for new tariffs (levels), from a response near by if there is one."""
        start = near.equilibrium if isinstance(near, SectorResponse) else None
        solved = solve_sectors(self.prepared, tariffs, near=start, tolerance=self.tolerance)
        response = SectorResponse(solved.value)
        return Solution(response, solved.status, solved.residual, solved.iterations, solved.cpu_seconds)
