"""A world of many sectors: what is measured of it, and what its calibration makes of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

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
