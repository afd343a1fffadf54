"""A world of many sectors: what is measured of it, and what its calibration makes of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.trade.model import find_economy

SectorFlows = Float[np.ndarray, "exporter importer sector"]


@dataclass(frozen=True)
class SectorEconomy:
    """A calibrated world of many sectors; without a shock the model returns exactly this.

    Parameters
    ----------
    iso3, sectors
        Codes, in the order of every axis.
    flows : current US$
        Before duty, own trade on the diagonal.
    tariffs : share, ad valorem
        Applied in the baseline; zero on the diagonal.
    elasticity
        Trade elasticity of each sector: fall of import shares, in percent, per percent of cost.
    value_added : share
        Part of gross output that is value added; one everywhere without input-output links.
    inputs : share
        Part of gross output spent on each input; with `value_added` it sums to one over inputs.
    final : share
        Part of final spending that goes to each sector; rows sum to one.

    References
    ----------
    Caliendo & Parro (2015), Review of Economic Studies 82(1).
    """

    iso3: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: SectorFlows
    tariffs: SectorFlows
    elasticity: Float[np.ndarray, " sector"]
    value_added: Float[np.ndarray, "economy sector"]
    inputs: Float[np.ndarray, "economy input sector"]
    final: Float[np.ndarray, "economy sector"]

    @property
    def linked(self) -> bool:
        """Whether any sector buys inputs."""
        return bool(self.inputs.any())

    @property
    def spending(self) -> Float[np.ndarray, "economy sector"]:
        """What each economy pays for each sector's goods, duty included, current US$."""
        return (self.flows * (1.0 + self.tariffs)).sum(axis=0)

    @property
    def output(self) -> Float[np.ndarray, "economy sector"]:
        """Gross output at producers' prices, current US$."""
        return self.flows.sum(axis=1)

    @property
    def value(self) -> Float[np.ndarray, " economy"]:
        """Value added of each economy, current US$."""
        return (self.value_added * self.output).sum(axis=1)

    @property
    def revenue(self) -> Float[np.ndarray, " economy"]:
        """Tariff revenue, current US$."""
        return (self.flows * self.tariffs).sum(axis=(0, 2))

    @property
    def transfers(self) -> Float[np.ndarray, " economy"]:
        """What an economy buys abroad beyond what it sells, before duty, current US$; they sum to zero."""
        return self.flows.sum(axis=(0, 2)) - self.flows.sum(axis=(1, 2))

    @property
    def income(self) -> Float[np.ndarray, " economy"]:
        """Final spending: value added, tariff revenue and transfers, current US$."""
        return self.value + self.revenue + self.transfers

    def index(self, iso3: str) -> int:
        """Give the position of an economy.

        Raises
        ------
        UnknownName
            The code is not in this economy.
        """
        return find_economy(iso3, self.iso3)


def check_tariffs(tariffs: SectorFlows, shape: tuple[int, ...]) -> None:
    """Refuse tariffs that the model cannot take.

    Raises
    ------
    DomainError
        Another shape, a number that is not finite or not above -0.9, a tariff on own trade.
    """
    if tariffs.shape != shape:
        raise DomainError(f"tariffs should be {shape} (exporter, importer, sector), got {tariffs.shape}")
    if not (np.isfinite(tariffs).all() and (tariffs > -0.9).all()):
        raise DomainError(
            "tariffs are shares (0.25 is 25 %), finite and above -0.9; look for blanks and percentages"
        )
    if np.einsum("iik->ik", tariffs).any():
        raise DomainError("an economy cannot tax its own goods here; set the diagonal of tariffs to zero")
