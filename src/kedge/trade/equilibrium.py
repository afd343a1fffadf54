"""Solve one world: quasi-Newton with the baseline's slope first, Newton and continuation behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution, Status
from kedge.trade.calibrate import Economy
from kedge.trade.variant import Variant, tariff_exponent

if TYPE_CHECKING:
    from kedge.trade.kernels import Duties, World

Tariffs = Float[np.ndarray, "exporter importer"]


@dataclass(frozen=True)
class Prepared:
    """An economy and a variant with everything about them that no tariff changes.

    `slope_inverse` is the inverse Jacobian at the baseline, in single precision: it only steers.
    """

    economy: Economy
    variant: Variant
    share: Float[np.ndarray, "exporter importer"]
    world: World
    slope_inverse: np.ndarray


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
    wage_hat: Float[np.ndarray, " economy"]
    employment_hat: Float[np.ndarray, " economy"]
    price_hat: Float[np.ndarray, " economy"]
    spending_hat: Float[np.ndarray, " economy"]
    flows: Float[np.ndarray, "exporter importer"]
    revenue: Float[np.ndarray, " economy"]

    @property
    def income(self) -> Float[np.ndarray, " economy"]:
        """Nominal GDP after the change, current US$."""
        return self.economy.income * self.wage_hat * self.employment_hat


@dataclass(frozen=True)
class Found:
    """Where the search for a point of `kernels`' coordinates ended, with the tariffs as laid."""

    tariffs: Tariffs
    duties: Duties
    point: Float[np.ndarray, " unknown"]
    residual: float
    steps: int

    def status(self, tolerance: float) -> Status:
        """Say in a word how the search ended."""
        if not np.isfinite(self.residual):
            return "not_finite"
        return "converged" if self.residual <= tolerance else "stalled"


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
    from kedge.trade.search import anderson

    variant = variant or Variant()
    world = pack(economy, variant)
    if (world.income <= 0).any():
        raise DomainError("every economy must earn something; leave out those that do not")
    share = np.ascontiguousarray(economy.expenditure_share)
    point = np.zeros(2 * share.shape[0])
    calm = lay_tariffs(share, np.zeros_like(share), world)
    _, slope = slope_at(world, calm, point)
    inverse = np.ascontiguousarray(np.linalg.inv(slope).T, np.float32)
    # One look at the baseline loads what is compiled, so that a solve's time is the solve's alone.
    anderson(world, calm, point, inverse, 1e-9, 1)
    prepared = Prepared(economy, variant, share, world, inverse)
    restate(prepared, np.zeros_like(share), calm, point)
    return prepared


def pack(economy: Economy, variant: Variant) -> World:
    """Lay an economy and a variant out as the compiled equations read them."""
    from kedge.trade.kernels import World

    phi = tariff_exponent(economy.local_labour, variant)
    return World(
        economy.income,
        economy.expenditure,
        economy.transfers,
        np.ascontiguousarray(economy.local_labour),
        1.0 - phi,
        variant.trade_elasticity * phi,
        float(variant.trade_elasticity),
        float(variant.labour_supply),
        float(variant.unit_cost_scale()),
        variant.revenue == "lump_sum",
    )


def lay_tariffs(share: Float[np.ndarray, "exporter importer"], tariffs: Tariffs, world: World) -> Duties:
    """Lay tariffs on the baseline's shares, as the compiled equations read them."""
    from kedge.trade.kernels import Duties, lay

    pairs = max(int(np.count_nonzero(tariffs)), 1)
    kept, turned = np.empty_like(share), np.empty_like(share)
    taxed, treasury = np.empty((pairs, 2), np.int32), np.empty(pairs)
    return Duties(*lay(share, tariffs, world.exponent, kept, turned, taxed, treasury))


def residual_at(world: World, duties: Duties, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Give the largest absolute residual and all residuals at a point of `kernels`' coordinates."""
    from kedge.trade.kernels import evaluate, new_work

    residual = np.zeros(point.size)
    return evaluate(world, duties, point, new_work(point.size // 2), residual), residual


def slope_at(world: World, duties: Duties, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the residuals and their analytic Jacobian at a point of `kernels`' coordinates."""
    from kedge.trade.kernels import evaluate, jacobian, new_slope, new_work

    size = point.size // 2
    work, slope, residual = new_work(size), new_slope(size), np.zeros(point.size)
    evaluate(world, duties, point, work, residual)
    jacobian(world, duties, work, slope)
    lower = [slope.labour_cost, np.diag(slope.labour_output[0])]
    return residual, np.block([[slope.market_cost, slope.market_output], lower])


def solve_equilibrium(
    prepared: Prepared, tariffs: Tariffs, tolerance: float = 1e-12, most_steps: int = 60
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
    # The solve runs on this thread alone; a process-wide clock would count linear algebra's idling threads.
    started = time.thread_time()
    found = find_point(prepared, tariffs, tolerance=tolerance, most_steps=most_steps)
    spent = time.thread_time() - started
    end = restate(prepared, found.tariffs, found.duties, found.point)
    return Solution(end, found.status(tolerance), found.residual, found.steps, spent)


def find_point(
    prepared: Prepared,
    tariffs: Tariffs,
    start: Float[np.ndarray, " unknown"] | None = None,
    tolerance: float = 1e-12,
    most_steps: int = 60,
) -> Found:
    """Solve as `solve_equilibrium`, for the point of `kernels`' coordinates alone, from any start.

    Parameters
    ----------
    start
        A solved point of tariffs near by; without it the baseline.

    Raises
    ------
    DomainError
        As `solve_equilibrium`.
    """
    from kedge.trade.search import anderson

    tariffs = np.ascontiguousarray(tariffs, dtype=np.float64)
    _check(tariffs, len(prepared.economy.iso3))
    world, steer = prepared.world, prepared.slope_inverse
    duties = lay_tariffs(prepared.share, tariffs, world)
    calm = np.zeros(2 * prepared.share.shape[0])
    begin = calm if start is None else start
    point, worst, steps = anderson(world, duties, begin, steer, tolerance, most_steps)
    if not worst <= tolerance and start is not None:
        point, worst, more = anderson(world, duties, calm, steer, tolerance, most_steps)
        steps += more
    if not worst <= tolerance:
        more = _second_resort(prepared, tariffs, duties, tolerance, most_steps)
        point, worst, steps = more[0], more[1], steps + more[2]
    return Found(tariffs, duties, point, float(worst), int(steps))


def _check(tariffs: np.ndarray, size: int) -> None:
    if tariffs.shape != (size, size):
        raise DomainError(f"tariffs should be {size} x {size} (exporter x importer), got {tariffs.shape}")
    if not np.isfinite(tariffs).all() or (tariffs < -0.9).any():
        raise DomainError(
            "tariffs are shares (0.25 is 25 %), finite and above -0.9; look for blanks and percentages"
        )
    if np.diag(tariffs).any():
        raise DomainError("an economy cannot tax its own goods here; set the diagonal of tariffs to zero")


def _second_resort(
    prepared: Prepared, tariffs: np.ndarray, duties: Duties, tolerance: float, most_steps: int
) -> tuple[np.ndarray, float, int]:
    """Damped Newton from the baseline; failing that, along growing tariffs."""
    path = np.zeros(2 * prepared.share.shape[0])
    point, worst, steps = _newton(prepared.world, duties, path, tolerance, most_steps)
    reached, stride, miss = 0.0, 0.25, worst
    while worst > tolerance and reached < 1.0 and stride > 1e-3:
        aim = min(reached + stride, 1.0)
        part = tariffs if aim == 1.0 else np.expm1(aim * np.log1p(tariffs))
        part_duties = lay_tariffs(prepared.share, part, prepared.world)
        trial, miss, more = _newton(prepared.world, part_duties, path, tolerance, most_steps)
        steps += more
        if miss <= tolerance:
            reached, path, stride = aim, trial, 1.5 * stride
        else:
            stride /= 2.0
    if reached == 1.0:
        return path, miss, steps
    return point, worst, steps


def _newton(
    world: World, duties: Duties, start: np.ndarray, tolerance: float, most_steps: int
) -> tuple[np.ndarray, float, int]:
    point = start
    worst, _ = residual_at(world, duties, point)
    for step in range(most_steps):
        if worst <= tolerance or not np.isfinite(worst):
            return point, worst, step
        residual, slope = slope_at(world, duties, point)
        move = np.linalg.solve(slope, residual)
        damp = min(1.0, 1.0 / np.abs(move).max())
        after = np.inf
        while damp > 1e-4 and not after < worst * (1.0 - 0.1 * damp):
            after, _ = residual_at(world, duties, point - damp * move)
            damp /= 2.0
        if not after < worst:
            return point, worst, step
        point, worst = point - 2.0 * damp * move, after
    return point, worst, most_steps


def restate(prepared: Prepared, tariffs: np.ndarray, duties: Duties, point: np.ndarray) -> Equilibrium:
    """Turn a point of `kernels`' coordinates into an `Equilibrium` in the published numeraire."""
    from kedge.trade.kernels import evaluate, new_work, settle

    size = point.size // 2
    work, flows = new_work(size), np.empty((size, size))
    evaluate(prepared.world, duties, point, work, np.empty(2 * size))
    wage, employment, price, spending, revenue = settle(prepared.world, duties, point, work, flows)
    return Equilibrium(
        prepared.economy,
        prepared.variant,
        tariffs,
        wage_hat=wage,
        employment_hat=employment,
        price_hat=price,
        spending_hat=spending,
        flows=flows,
        revenue=revenue,
    )
