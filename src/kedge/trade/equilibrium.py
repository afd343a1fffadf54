"""Solve one world: quasi-Newton with the baseline's slope first, Newton and continuation behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution, Status
from kedge.trade.calibrate import Economy
from kedge.trade.variant import Variant, tariff_exponent

Tariffs = Float[np.ndarray, "exporter importer"]


@dataclass(frozen=True)
class Prepared:
    """An economy and a variant with everything about them that no tariff changes.

    `slope_inverse` is the inverse Jacobian at the baseline, in single precision: it only steers.
    """

    economy: Economy
    variant: Variant
    share: Float[np.ndarray, "exporter importer"]
    world: Float[np.ndarray, "row economy"]
    numbers: Float[np.ndarray, "3"]
    exponent: Float[np.ndarray, "importer"]
    slope_inverse: np.ndarray

    @property
    def lump_sum(self) -> bool:
        """Whether tariff revenue is handed back instead of replacing income tax."""
        return self.variant.revenue == "lump_sum"


@dataclass(frozen=True)
class Equilibrium:
    """Where a world ends after a change of tariffs; every `_hat` is counterfactual over baseline.

    Parameters
    ----------
    wage_hat, price_hat, spending_hat : nominal
        In the published numeraire: the mean of prices weighted by baseline spending does not move.
    flows : current US$
        After the change, net of duty, own trade on the diagonal.
    revenue : current US$
        Tariff revenue of each economy.
    """

    economy: Economy
    variant: Variant
    tariffs: Tariffs
    wage_hat: Float[np.ndarray, "economy"]
    employment_hat: Float[np.ndarray, "economy"]
    price_hat: Float[np.ndarray, "economy"]
    spending_hat: Float[np.ndarray, "economy"]
    flows: Float[np.ndarray, "exporter importer"]
    revenue: Float[np.ndarray, "economy"]

    @property
    def income(self) -> Float[np.ndarray, "economy"]:
        """Nominal GDP after the change, current US$."""
        return self.economy.income * self.wage_hat * self.employment_hat


def prepare(economy: Economy, variant: Variant | None = None) -> Prepared:
    """Work out once what every solve of this economy and variant shares.

    Raises
    ------
    DomainError
        Some economy's income or spending is not above zero.

    Examples
    --------
    >>> from kedge.trade.calibrate import calibrate_economy
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> prepare(world).share.sum(axis=0).round(12)
    array([1., 1.])
    """
    from kedge.trade import kernels

    variant = variant or Variant()
    world, numbers, exponent = pack(economy, variant)
    if (world[0] <= 0).any():
        raise DomainError("every economy must earn something; leave out those that do not")
    share = np.ascontiguousarray(economy.expenditure_share)
    size = share.shape[0]
    no_tariff = _Loaded(share, np.ascontiguousarray(share.T), np.zeros((1, 2), np.int32), np.zeros(1), 0)
    point, work, residual = np.zeros(2 * size), np.zeros((6, size)), np.zeros(2 * size)
    lump_sum = variant.revenue == "lump_sum"
    kernels.evaluate(world, numbers, lump_sum, *no_tariff.evaluated(), point, work, residual)
    slope = _slope(world, numbers, lump_sum, no_tariff, point, work)
    inverse = np.ascontiguousarray(np.linalg.inv(slope).T.astype(np.float32))
    return Prepared(economy, variant, share, world, numbers, exponent, inverse)


def pack(economy: Economy, variant: Variant) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lay an economy and a variant out as the compiled equations read them."""
    local = economy.local_labour
    phi = tariff_exponent(local, variant)
    world = np.stack([economy.income, economy.expenditure, economy.transfers, 1.0 - local, local, 1.0 - phi])
    numbers = np.array([variant.trade_elasticity, variant.labour_supply, variant.unit_cost_scale()])
    return np.ascontiguousarray(world), numbers, variant.trade_elasticity * phi


def solve_equilibrium(
    prepared: Prepared, tariffs: Tariffs, tolerance: float = 1e-10, most_steps: int = 60
) -> Solution[Equilibrium]:
    """Solve for wages, employment and all that follows after a change of tariffs.

    Parameters
    ----------
    prepared
        From `prepare`.
    tariffs : share, ad valorem
        Added to whatever the baseline holds; the diagonal must be zero.
    tolerance
        Largest absolute residual: of each market relative to that economy's own GDP, and of each
        labour equation in logs.
    most_steps
        Of each method, before the next is tried.

    Returns
    -------
    Solution[Equilibrium]
        `unwrap()` hands the equilibrium out only if it converged.

    Raises
    ------
    DomainError
        The tariffs have the wrong shape, fall below -90 %, or are not finite.

    Notes
    -----
    First the baseline's inverse slope with Anderson acceleration; then damped Newton with the
    analytic Jacobian; then Newton along the path from no tariff to all of it.

    References
    ----------
    Ignatenko, Lashkaripour, Macedoni & Simonovska (2025); Anderson (1965), Walker & Ni (2011).
    """
    from kedge.trade.search import anderson

    tariffs = np.ascontiguousarray(tariffs, dtype=np.float64)
    _check(tariffs, len(prepared.economy.iso3))
    started = time.process_time()
    loaded = load(prepared, tariffs)
    size = prepared.share.shape[0]
    work = np.empty((6, size))
    point, worst, steps = anderson(
        prepared.world, prepared.numbers, prepared.lump_sum, *loaded.evaluated(), prepared.slope_inverse, work,
        tolerance, most_steps,
    )  # fmt: skip
    if not worst <= tolerance:
        more = _second_resort(prepared, tariffs, loaded, tolerance, most_steps)
        point, worst, steps = more[0], more[1], steps + more[2]
    spent = time.process_time() - started
    status: Status = "converged" if worst <= tolerance else "stalled"
    if not np.isfinite(worst):
        status = "not_finite"
    return Solution(_restate(prepared, tariffs, loaded, point), status, float(worst), int(steps), spent)


@dataclass(frozen=True)
class _Loaded:
    """Baseline shares with one set of tariffs laid on them."""

    kept: np.ndarray
    kept_by_importer: np.ndarray
    taxed: np.ndarray
    keep: np.ndarray
    count: int

    def evaluated(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        return self.kept, self.kept_by_importer, self.taxed, self.keep, self.count


def load(prepared: Prepared, tariffs: Tariffs) -> _Loaded:
    """Lay tariffs on the baseline's shares."""
    from kedge.trade import kernels

    pairs = max(int(np.count_nonzero(tariffs)), 1)
    kept, taxed, keep = np.empty_like(prepared.share), np.empty((pairs, 2), np.int32), np.empty(pairs)
    count = kernels.weights(prepared.share, tariffs, prepared.exponent, kept, taxed, keep)
    return _Loaded(kept, np.ascontiguousarray(kept.T), taxed, keep, count)


def _check(tariffs: np.ndarray, size: int) -> None:
    if tariffs.shape != (size, size):
        raise DomainError(f"tariffs should be {size} x {size} (exporter x importer), got {tariffs.shape}")
    if not np.isfinite(tariffs).all() or (tariffs < -0.9).any():
        raise DomainError(
            "tariffs are shares (0.25 is 25 %), finite and above -0.9; look for blanks and percentages"
        )
    if np.diag(tariffs).any():
        raise DomainError("an economy cannot tax its own goods here; set the diagonal of tariffs to zero")


def _slope(
    world: np.ndarray,
    numbers: np.ndarray,
    lump_sum: bool,
    loaded: _Loaded,
    point: np.ndarray,
    work: np.ndarray,
) -> np.ndarray:
    from kedge.trade import kernels

    size = world.shape[1]
    blocks, scratch = np.zeros((4, size, size)), np.zeros((2, size, size))
    kernels.jacobian(
        world,
        numbers,
        lump_sum,
        loaded.kept,
        loaded.taxed,
        loaded.keep,
        loaded.count,
        point,
        work,
        blocks,
        *scratch,
    )
    return np.block([[blocks[0], blocks[1]], [blocks[2], np.diag(blocks[3, 0])]])


def _second_resort(
    prepared: Prepared, tariffs: np.ndarray, loaded: _Loaded, tolerance: float, most_steps: int
) -> tuple[np.ndarray, float, int]:
    """Damped Newton from the baseline; failing that, along growing tariffs."""
    start = np.zeros(2 * prepared.share.shape[0])
    point, worst, steps = _newton(prepared, loaded, start, tolerance, most_steps)
    if worst <= tolerance:
        return point, worst, steps
    reached, stride, path = 0.0, 0.25, start
    while reached < 1.0 and stride > 1e-3:
        aim = min(reached + stride, 1.0)
        part = load(prepared, np.expm1(aim * np.log1p(tariffs)))
        trial, miss, more = _newton(prepared, part, path, tolerance, most_steps)
        steps += more
        if miss <= tolerance:
            reached, path, stride = aim, trial, 1.5 * stride
            if reached >= 1.0:
                return trial, miss, steps
        else:
            stride /= 2.0
    return point, worst, steps


def _newton(
    prepared: Prepared, loaded: _Loaded, start: np.ndarray, tolerance: float, most_steps: int
) -> tuple[np.ndarray, float, int]:
    from kedge.trade import kernels

    size = prepared.share.shape[0]
    point, work, residual = start.copy(), np.empty((6, size)), np.empty(2 * size)
    fixed = (prepared.world, prepared.numbers, prepared.lump_sum, *loaded.evaluated())
    worst = kernels.evaluate(*fixed, point, work, residual)
    for step in range(most_steps):
        if worst <= tolerance or not np.isfinite(worst):
            return point, worst, step
        slope = _slope(prepared.world, prepared.numbers, prepared.lump_sum, loaded, point, work)
        move = np.linalg.solve(slope, residual)
        damp = min(1.0, 1.0 / np.abs(move).max())
        trial_worst = np.inf
        while damp > 1e-4:
            trial = point - damp * move
            trial_worst = kernels.evaluate(*fixed, trial, work, residual)
            if trial_worst < worst * (1.0 - 0.1 * damp):
                break
            damp /= 2.0
        if not trial_worst < worst:
            return point, worst, step
        point, worst = trial, trial_worst
    return point, worst, most_steps


def _restate(prepared: Prepared, tariffs: np.ndarray, loaded: _Loaded, point: np.ndarray) -> Equilibrium:
    """Turn a point of the compiled equations into an `Equilibrium` in the published numeraire."""
    economy, world = prepared.economy, prepared.world
    elasticity, _, psi = prepared.numbers
    size = world.shape[1]
    cost, output = point[:size], point[size:]
    wage, hours = (psi * output + cost) / (1.0 + psi), (output - cost) / (1.0 + psi)
    with np.errstate(all="ignore"):
        bids = loaded.kept * np.exp(-elasticity * cost)[:, None]
        gross = bids.sum(axis=0)
        share = bids / gross
        net = share / (1.0 + tariffs)
        spending = (world[0] * np.exp(output) + world[2]) / net.sum(axis=0)
        price = np.exp(world[5] * (np.log(spending / world[1]) - wage)) * gross ** (-1.0 / elasticity)
        unit = world[1].sum() / (world[1] * price).sum()
        flows = net * spending * unit
        revenue = (tariffs * flows).sum(axis=0)
        return Equilibrium(
            economy, prepared.variant, tariffs, np.exp(wage) * unit, np.exp(hours), price * unit,
            spending * unit / world[1], flows, revenue,
        )  # fmt: skip
