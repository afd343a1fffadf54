"""Many draws of one large world at once: parameters, and how much of which schedule is in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.trade.calibrate import Economy
from kedge.trade.cases import CaseResults
from kedge.trade.variant import Variant

PARAMETERS = ("trade_elasticity", "pass_through", "scale", "labour_supply")
LOW = np.array([0.5, 0.0, 0.0, 0.0])
HIGH = np.array([50.0, 2.0, 0.95, 5.0])
STOPS = 1.25
"""Ratio of one elasticity to the next, for which the baseline's slope is kept."""


@dataclass(frozen=True)
class Batch:
    """A one-sector world made ready for many draws.

    Parameters
    ----------
    economy, variant
        The variant's revenue rule holds for all draws; its parameters for those not drawn.
    grid
        Trade elasticities at which the inverse slope of the baseline is kept.
    inverses
        Those slopes, single precision: they only steer.
    """

    economy: Economy
    variant: Variant
    grid: Float[np.ndarray, " stop"]
    inverses: Float[np.ndarray, "stop unknown unknown"]


def prepare_batch(
    economy: Economy, elasticities: tuple[float, float] = (2.0, 10.0), variant: Variant | None = None
) -> Batch:
    """Work out what all draws share.

    Parameters
    ----------
    elasticities
        Range from which trade elasticities will be drawn; others are solved too, in more steps.

    Raises
    ------
    DomainError
        The range is upside down or outside 0.5 to 50.
    """
    from kedge.trade.equilibrium import prepare

    low, high = elasticities
    if not LOW[0] <= low <= high <= HIGH[0]:
        raise DomainError(
            f"elasticities should run from a low to a high between {LOW[0]:g} and {HIGH[0]:g}, "
            f"got {low:g} to {high:g}"
        )
    variant = variant or Variant()
    stops = max(int(np.ceil(np.log(high / low) / np.log(STOPS))), 0) + 1
    grid = np.geomspace(low, high, stops) if stops > 1 else np.array([low])
    inverses = [
        prepare(economy, replace(variant, trade_elasticity=float(each))).slope_inverse for each in grid
    ]
    return Batch(economy, variant, grid, np.stack(inverses))


def solve_batch(
    batch: Batch,
    schedules: Float[np.ndarray, "schedule exporter importer"],
    weights: Float[np.ndarray, "case schedule"],
    parameters: dict[str, Float[np.ndarray, " case"]] | None = None,
    tolerance: float = 1e-10,
) -> CaseResults:
    """Solve the one-sector model for many draws.

    Every case is independent of the others and of the number of threads, to the last bit.

    Parameters
    ----------
    batch
        From `prepare_batch`.
    schedules : share, ad valorem
        Tariff matrices, zero on the diagonal.
    weights
        How much of each schedule is in force in each case; a case's tariffs are the weighted sum.
    parameters
        Draws of `trade_elasticity`, `pass_through`, `scale`, `labour_supply`; those left out are the
        variant's.
    tolerance
        See `CaseResults.residual`.

    Returns
    -------
    CaseResults
        Cases that the first method leaves unsolved are tried one by one as `solve_equilibrium` does.

    Raises
    ------
    DomainError
        Shapes do not fit, a parameter is unknown or out of range, a tariff is not above -0.9.

    Examples
    --------
    >>> from kedge.trade.calibrate import calibrate_economy
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> schedules = np.zeros((1, 2, 2))
    >>> schedules[0, 1, 0] = 0.2
    >>> solve_batch(prepare_batch(world), schedules, np.array([[0.0], [1.0]])).welfare.round(2)
    array([[ 0.  ,  0.  ],
           [ 2.49, -1.48]])
    """
    from kedge.trade.batch_kernel import run_batch
    from kedge.trade.equilibrium import pack

    size = len(batch.economy.iso3)
    schedules = np.ascontiguousarray(schedules, np.float64)
    weights = np.ascontiguousarray(weights, np.float64)
    _check_tariffs(schedules, weights, size)
    drawn = _drawn(parameters or {}, batch.variant, weights.shape[0])
    cases = weights.shape[0]
    welfare, residual, steps = np.empty((cases, size)), np.empty(cases), np.empty(cases, np.int64)
    run_batch(
        np.ascontiguousarray(batch.economy.expenditure_share), pack(batch.economy, batch.variant),
        (batch.grid, batch.inverses), schedules, (weights, drawn), tolerance, (welfare, residual, steps),
    )  # fmt: skip
    for case in np.flatnonzero(~(residual <= tolerance)).tolist():
        _again(batch, np.einsum("s,sji->ji", weights[case], schedules), drawn[case], tolerance, case,
               (welfare, residual, steps))  # fmt: skip
    return CaseResults(welfare, residual <= tolerance, residual, steps)


def _again(
    batch: Batch, tariffs: np.ndarray, drawn: np.ndarray, tolerance: float, case: int,
    results: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:  # fmt: skip
    """Try one case by all methods there are."""
    from kedge.trade.equilibrium import prepare, solve_equilibrium
    from kedge.trade.outcomes import outcomes_of

    welfare, residual, steps = results
    variant = replace(
        batch.variant, **{name: float(value) for name, value in zip(PARAMETERS, drawn, strict=True)}
    )
    solved = solve_equilibrium(prepare(batch.economy, variant), tariffs, tolerance)
    residual[case] = solved.residual
    steps[case] += solved.iterations
    if solved.status == "converged":
        welfare[case] = outcomes_of(solved.value).welfare


def _check_tariffs(schedules: np.ndarray, weights: np.ndarray, size: int) -> None:
    if schedules.ndim != 3 or schedules.shape[1:] != (size, size):
        raise DomainError(
            f"{size} economies want schedules of (schedules, {size}, {size}), got {schedules.shape}"
        )
    if weights.ndim != 2 or weights.shape[1] != schedules.shape[0]:
        raise DomainError(
            f"{schedules.shape[0]} schedules want as many weights a case, got weights of {weights.shape}"
        )
    if not (np.isfinite(schedules).all() and np.isfinite(weights).all()):
        raise DomainError("schedules and weights must be finite; look for blanks")
    if np.diagonal(schedules, axis1=1, axis2=2).any():
        raise DomainError("an economy cannot tax its own goods here; set the diagonals of schedules to zero")
    lowest = np.minimum(weights, 0.0) @ schedules.max(axis=(1, 2)) + np.maximum(weights, 0.0) @ np.minimum(
        schedules.min(axis=(1, 2)), 0.0
    )
    if (lowest <= -0.9).any():
        raise DomainError("weighted schedules must stay above -0.9; tariffs are shares (0.25 is 25 %)")


def _drawn(parameters: dict[str, np.ndarray], variant: Variant, cases: int) -> np.ndarray:
    """Lay parameters out as [case, parameter]."""
    unknown = [name for name in parameters if name not in PARAMETERS]
    if unknown:
        raise DomainError(f"no parameter {unknown[0]!r}; there are {', '.join(PARAMETERS)}")
    drawn = np.empty((cases, len(PARAMETERS)))
    for column, name in enumerate(PARAMETERS):
        values = np.asarray(parameters.get(name, getattr(variant, name)), np.float64)
        if values.shape not in ((), (cases,)):
            raise DomainError(f"{name}: {cases} cases want {cases} values, got {values.shape}")
        drawn[:, column] = values
        if not ((drawn[:, column] >= LOW[column]) & (drawn[:, column] <= HIGH[column])).all():
            raise DomainError(f"{name} should lie between {LOW[column]:g} and {HIGH[column]:g} in every draw")
    return drawn
