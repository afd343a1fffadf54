"""Many small worlds at once: the joint model's door to the trade equilibrium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from kedge.core.errors import DomainError
from kedge.trade.calibrate import Economy
from kedge.trade.variant import Variant

LOWEST_ELASTICITY, HIGHEST_ELASTICITY = 0.5, 50.0


@dataclass(frozen=True)
class CaseResults:
    """What came of each case.

    Parameters
    ----------
    welfare : percent
        Change of real income in terms of consumption and leisure; NaN where not converged.
    converged
        Whether the residual is at or under the tolerance.
    residual
        Largest of: a market's excess relative to that economy's own GDP, a labour equation in logs.
    steps
        Newton steps taken.
    """

    welfare: Float[np.ndarray, "case economy"]
    converged: Bool[np.ndarray, " case"]
    residual: Float[np.ndarray, " case"]
    steps: Int[np.ndarray, " case"]


def solve_cases(
    economy: Economy,
    tariffs: Float[np.ndarray, "case exporter importer"],
    trade_elasticity: Float[np.ndarray, " case"],
    variant: Variant | None = None,
    tolerance: float = 1e-10,
) -> CaseResults:
    """Solve the one-sector model for many tariff matrices and elasticities of one small economy.

    Every case is independent of the others and of the number of threads, to the last bit.  Call it
    with some ten thousand cases at a time: the tariffs are what takes memory.

    Parameters
    ----------
    economy
        About 8 to 16 members; the method costs their number cubed.
    tariffs : share, ad valorem
        Zero on the diagonal; 3.0 on a pair is as good as an embargo.
    trade_elasticity
        One a case; it takes the place of the variant's.
    variant
        All other parameters.
    tolerance
        See `CaseResults.residual`.

    Raises
    ------
    DomainError
        Shapes do not fit, or a number lies outside what the model accepts.

    Examples
    --------
    >>> from kedge.trade.calibrate import calibrate_economy
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> tariffs = np.zeros((2, 2, 2))
    >>> tariffs[1, 1, 0] = 0.2
    >>> solve_cases(world, tariffs, np.array([4.0, 4.0])).welfare.round(2)
    array([[ 0.  ,  0.  ],
           [ 2.49, -1.48]])
    """
    from kedge.trade.cases_kernel import run_cases
    from kedge.trade.equilibrium import pack

    variant = variant or Variant()
    tariffs = np.ascontiguousarray(tariffs, dtype=np.float64)
    elasticity = np.ascontiguousarray(trade_elasticity, dtype=np.float64)
    size = len(economy.iso3)
    _check(tariffs, elasticity, size)
    fixed = -1.0 if variant.scale_elasticity is None else float(variant.scale_elasticity)
    options = (float(variant.pass_through), float(variant.scale), fixed)
    cases = tariffs.shape[0]
    welfare, residual, steps = np.empty((cases, size)), np.empty(cases), np.empty(cases, np.int64)
    share = np.ascontiguousarray(economy.expenditure_share)
    results = (welfare, residual, steps)
    run_cases(share, pack(economy, variant), options, elasticity, tariffs, float(tolerance), results)
    return CaseResults(welfare, residual <= tolerance, residual, steps)


def _check(tariffs: np.ndarray, elasticity: np.ndarray, size: int) -> None:
    if tariffs.ndim != 3 or tariffs.shape[1:] != (size, size) or elasticity.shape != tariffs.shape[:1]:
        raise DomainError(
            f"{size} economies want tariffs of (cases, {size}, {size}) and one elasticity a case, "
            f"got {tariffs.shape} and {elasticity.shape}"
        )
    if not _lie_between(tariffs, -0.9, np.finfo(np.float64).max):
        raise DomainError(
            "tariffs are shares (0.25 is 25 %), finite and above -0.9; look for blanks and percentages"
        )
    if np.diagonal(tariffs, axis1=1, axis2=2).any():
        raise DomainError("an economy cannot tax its own goods here; set the diagonal of tariffs to zero")
    if not _lie_between(elasticity, LOWEST_ELASTICITY, HIGHEST_ELASTICITY):
        raise DomainError(
            f"trade elasticities should lie between {LOWEST_ELASTICITY:g} and {HIGHEST_ELASTICITY:g}, "
            f"got {elasticity.min():g} to {elasticity.max():g}"
        )


def _lie_between(values: np.ndarray, low: float, high: float) -> bool:
    """Whether all values, if there are any, are numbers from low to high."""
    return not values.size or bool(values.min() >= low and values.max() <= high)
