"""Which version of the one-sector model is solved."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError

Revenue = Literal["income_tax", "lump_sum"]


@dataclass(frozen=True)
class Variant:
    """Parameters of the one-sector model; the defaults are the published benchmark.

    Parameters
    ----------
    trade_elasticity
        Fall of import shares, in percent, per percent rise of a supplier's cost.
    labour_supply
        Rise of hours, in percent, per percent rise of the real wage after tax.
    scale
        Scale elasticity times trade elasticity: unit cost falls by `scale / trade_elasticity`
        percent per percent of employment.  The source keeps 0.67 / 4 when it moves the trade
        elasticity to 8 (a slip); set `scale_elasticity` to repeat that.
    pass_through
        1 is complete pass-through of a tariff to the price at the border; 0.25 is the source's
        incomplete case.  It enters the tariff exponent, see `tariff_exponent`.
    revenue
        `income_tax`: tariff revenue replaces income tax; `lump_sum`: it is handed back.
    scale_elasticity
        Percent fall of unit cost per percent of employment, where it should not follow
        `scale / trade_elasticity`; it then fixes the firms' Pareto tail too, as in the source.

    References
    ----------
    Ignatenko, Lashkaripour, Macedoni & Simonovska (2025), J. International Economics, section 4.

    Examples
    --------
    >>> round(Variant().unit_cost_scale(), 4)
    0.1675
    """

    trade_elasticity: float = 4.0
    labour_supply: float = 0.5
    scale: float = 0.67
    pass_through: float = 1.0
    revenue: Revenue = "income_tax"
    scale_elasticity: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            number = getattr(self, item.name)
            if isinstance(number, (int, float)) and not math.isfinite(number):
                raise DomainError(
                    f"{item.name} should be a finite number, got {number}; leave it out for the default"
                )
        _between("trade_elasticity", self.trade_elasticity, 0.5, 50.0)
        _between("labour_supply", self.labour_supply, 0.0, 5.0)
        _between("scale", self.scale, 0.0, 0.95)
        _between("pass_through", self.pass_through, 0.0, 2.0)
        if self.scale_elasticity is not None:
            _between("scale_elasticity", self.scale_elasticity, 0.0, 0.95)
        if self.revenue not in ("income_tax", "lump_sum"):
            raise DomainError(f"revenue should be income_tax or lump_sum, got {self.revenue!r}")

    def unit_cost_scale(self) -> float:
        """Give the percent fall of unit cost per percent of employment (psi)."""
        if self.scale_elasticity is not None:
            return self.scale_elasticity
        return self.scale / self.trade_elasticity


def tariff_exponent(
    foreign_labour_share: Float[np.ndarray, " importer"], variant: Variant
) -> Float[np.ndarray, " importer"]:
    """Give phi, which multiplies the trade elasticity where a tariff cuts import shares.

    A tariff lowers sales and, with them, the number of firms that pay to serve the market; the
    more of a good's value is local labour, the harder sales fall.

    Parameters
    ----------
    foreign_labour_share : share
        Part of an import's value that is earned by labour in the importing economy (nu).
    variant
        Its `pass_through` is the source's phi-tilde.

    Returns
    -------
    Float[np.ndarray, " importer"]
        `pass_through + (1 + psi) / (1 - nu) - psi - 1`, with psi the scale elasticity
        (the source writes 1 / theta for it).

    Examples
    --------
    >>> tariff_exponent(np.array([0.0, 0.2]), Variant()).round(4)
    array([1.    , 1.2919])
    """
    psi = variant.unit_cost_scale()
    return variant.pass_through + (1.0 + psi) / (1.0 - foreign_labour_share) - psi - 1.0


def _between(name: str, number: float, low: float, high: float) -> None:
    if not low <= number <= high:
        raise DomainError(f"{name} should lie between {low:g} and {high:g}, got {number:g}")
