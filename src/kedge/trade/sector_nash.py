"""Nash tariffs by sufficient statistics: the published formula for uniform tariffs, every economy at war."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution
from kedge.trade.mixing import mixed_step
from kedge.trade.sector_solve import PreparedSectors, SectorEquilibrium, solve_sectors

MEMORY = 5


@dataclass(frozen=True)
class FormulaWar:
    """A tariff war by the formula.

    Parameters
    ----------
    tariff : share, ad valorem
        Of each economy on all foreign goods.
    equilibrium
        Where the world ends.
    welfare : percent
        Change of real income from the baseline.
    miss
        Largest gap between a tariff and the formula at the equilibrium.
    """

    tariff: Float[np.ndarray, " economy"]
    equilibrium: SectorEquilibrium
    welfare: Float[np.ndarray, " economy"]
    miss: float


def formula_tariffs(equilibrium: SectorEquilibrium) -> Float[np.ndarray, " economy"]:
    """Give each economy's tariff by the formula: one over the mean elasticity of its export demand.

    The mean is over foreign sales before duty; in each market an exporter's demand elasticity is the
    trade elasticity times one less its share there.

    References
    ----------
    Lashkaripour (2021), J. International Economics 131, equation 14; Beshkar & Lashkaripour (2020).
    """
    flows, economy = equilibrium.flows, equilibrium.prepared.economy
    gross = flows * (1.0 + equilibrium.tariffs)
    bought = gross.sum(axis=0)
    share = gross / np.where(bought > 0, bought, 1.0)
    abroad = flows.copy()
    np.einsum("iik->ik", abroad)[:] = 0.0
    sold = abroad.sum(axis=(1, 2))
    if (sold <= 0).any():
        none = [code for code, value in zip(economy.iso3, sold, strict=True) if value <= 0]
        raise DomainError(f"{', '.join(none)} sells nothing abroad, so the formula has no tariff for it")
    return sold / np.einsum("ijk,ijk,k->i", abroad, 1.0 - share, economy.elasticity)


def formula_war(
    prepared: PreparedSectors, *, tolerance: float = 1e-10, most_rounds: int = 60
) -> Solution[FormulaWar]:
    """Find the tariffs that meet the formula for every economy at once, and what they cost.

    Parameters
    ----------
    prepared
        From `prepare_sectors`; the published figures start from balanced trade.
    tolerance
        Largest gap between a tariff and the formula, and residual of the equilibrium.

    Returns
    -------
    Solution[FormulaWar]
        `residual` is the larger of both gaps.

    References
    ----------
    Lashkaripour (2021), "The cost of a global tariff war: a sufficient statistics approach",
    J. International Economics 131.  The formula leaves out how a tariff moves wages between third
    countries, so its point is near a Nash equilibrium, not exactly one.
    """
    began = time.thread_time()
    size = len(prepared.economy.iso3)
    tariff = np.full(size, 0.3)
    points, moves = [], []
    equilibrium, gap, worst = None, np.inf, np.inf
    for _ in range(most_rounds):
        tight = min(tolerance, 1e-2 * gap)
        solved = solve_sectors(
            prepared, uniform(prepared, tariff), near=equilibrium, tolerance=max(tight, 1e-12)
        )
        equilibrium, worst = solved.value, solved.residual
        if solved.status != "converged":
            break
        move = formula_tariffs(equilibrium) - tariff
        gap = float(np.abs(move).max())
        if gap <= tolerance:
            break
        points.append(tariff)
        moves.append(move)
        tariff = np.maximum(tariff + mixed_step(points[-MEMORY:], moves[-MEMORY:]), 0.2 * tariff)
    assert equilibrium is not None
    welfare = 100.0 * (equilibrium.real_income_hat - 1.0)
    war = FormulaWar(tariff, equilibrium, welfare, gap)
    done = gap <= tolerance and worst <= tolerance
    return Solution(
        war, "converged" if done else "stalled", max(gap, worst), len(points) + 1, time.thread_time() - began
    )


def uniform(
    prepared: PreparedSectors, tariff: Float[np.ndarray, " economy"]
) -> Float[np.ndarray, "exporter importer sector"]:
    """Lay one tariff an economy on all its foreign goods, in place of the baseline's."""
    out = np.broadcast_to(tariff[None, :, None], prepared.economy.flows.shape).copy()
    np.einsum("iik->ik", out)[:] = 0.0
    return out
