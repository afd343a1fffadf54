"""Solve a world of many sectors: one pass a step first, Newton on wages behind it, then along the path."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution, Status
from kedge.trade.sectors import SectorEconomy, SectorFlows, check_tariffs

if TYPE_CHECKING:
    from kedge.trade.sector_kernels import Flow, Levied, Sectors
    from kedge.trade.sector_slope import Tangent

HIGHEST_ELASTICITY = 100.0
MOST_NEWTON = 80


@dataclass(frozen=True)
class PreparedSectors:
    """An economy of many sectors with everything about it that no tariff changes.

    Parameters
    ----------
    world
        As the compiled equations read it.
    before : share, ad valorem
        The baseline's tariffs, [sector, exporter, importer].
    start
        Where the baseline lies.
    steer
        Inverse slope of the markets in wages at the baseline.
    """

    economy: SectorEconomy
    world: Sectors
    before: Float[np.ndarray, "sector exporter importer"]
    start: np.ndarray
    steer: Float[np.ndarray, "economy market"]


@dataclass(frozen=True)
class SectorEquilibrium:
    """Where a world of many sectors ends after a change of tariffs.

    Parameters
    ----------
    tariffs : share, ad valorem
    wage_hat, price_hat
        Counterfactual over baseline; price of final spending; world value added is the numeraire.
    cost_hat
        Unit cost of each producer, counterfactual over baseline.
    flows : current US$
        After the change, before duty, own trade on the diagonal.
    income, revenue : current US$
        Final spending, and tariff revenue.
    point
        In the solver's own coordinates, to start another solve from.
    levied
        The tariffs laid on baseline shares, as slopes want them again.
    """

    prepared: PreparedSectors
    tariffs: SectorFlows
    wage_hat: Float[np.ndarray, " economy"]
    price_hat: Float[np.ndarray, " economy"]
    cost_hat: Float[np.ndarray, "economy sector"]
    flows: SectorFlows
    income: Float[np.ndarray, " economy"]
    revenue: Float[np.ndarray, " economy"]
    point: np.ndarray
    levied: Levied

    @property
    def real_income_hat(self) -> Float[np.ndarray, " economy"]:
        """Real final spending over its baseline."""
        return self.income / self.prepared.economy.income / self.price_hat

    @property
    def real_wage_hat(self) -> Float[np.ndarray, " economy"]:
        """Real wage over its baseline."""
        return self.wage_hat / self.price_hat


def prepare_sectors(economy: SectorEconomy) -> PreparedSectors:
    """Work out once what every solve of this economy shares.

    Raises
    ------
    DomainError
        Some economy earns nothing, or an elasticity is not above 0 and at most 100.

    References
    ----------
    Dekle, Eaton & Kortum (2008), IMF Staff Papers 55(3); Caliendo & Parro (2015).
    """
    from kedge.trade.sector_search import search

    world, before = pack_sectors(economy)
    sectors, size = world.value_added.shape
    start = np.zeros(size)
    if world.linked:
        parts = economy.spending.T / economy.spending.sum(axis=1)
        start = np.concatenate([start, np.zeros(sectors * size), parts.ravel()])
    calm = levy_tariffs(world, before, before)
    steer = np.linalg.inv(_relative_slope(world, calm, start))
    # One look at the baseline loads what is compiled, so that a solve's time is the solve's alone.
    search(world, calm, start, steer, (1e-6, 2, False))
    return PreparedSectors(economy, world, before, start, steer)


def pack_sectors(economy: SectorEconomy) -> tuple[Sectors, Float[np.ndarray, "sector exporter importer"]]:
    """Lay an economy out as the compiled equations read it; give its tariffs in the same order."""
    from kedge.trade.sector_kernels import Sectors

    if not ((economy.elasticity > 0) & (economy.elasticity <= HIGHEST_ELASTICITY)).all():
        raise DomainError(
            f"trade elasticities should lie above 0 and at most {HIGHEST_ELASTICITY:g}, got "
            f"{', '.join(f'{each:g}' for each in economy.elasticity)}"
        )
    before = np.ascontiguousarray(np.moveaxis(economy.tariffs, 2, 0))
    gross = np.ascontiguousarray(np.moveaxis(economy.flows, 2, 0)) * (1.0 + before)
    bought = gross.sum(axis=1, keepdims=True)
    labour = economy.value
    if (labour <= 0).any():
        empty = [code for code, value in zip(economy.iso3, labour, strict=True) if value <= 0]
        raise DomainError(f"every economy must earn something; {', '.join(empty)} does not: leave it out")
    whole = labour.sum()
    world = Sectors(
        share=gross / np.where(bought > 0, bought, 1.0),
        elasticity=np.ascontiguousarray(economy.elasticity, np.float64),
        value_added=np.ascontiguousarray(economy.value_added.T, np.float64),
        inputs=np.ascontiguousarray(economy.inputs, np.float64),
        final=np.ascontiguousarray(economy.final.T, np.float64),
        labour=labour / whole,
        transfers=economy.transfers / whole,
        size=economy.spending.sum(axis=1) / whole,
        linked=economy.linked,
    )
    return world, before


def levy_tariffs(
    world: Sectors,
    before: Float[np.ndarray, "sector exporter importer"],
    after: Float[np.ndarray, "sector exporter importer"],
) -> Levied:
    """Lay new tariffs on baseline shares."""
    from kedge.trade.sector_kernels import Levied, levy

    kept, net = np.empty_like(world.share), np.empty_like(world.share)
    levy(world.share, before, after, world.elasticity, kept, net)
    return Levied(kept, net)


def solve_sectors(
    prepared: PreparedSectors,
    tariffs: SectorFlows,
    *,
    near: SectorEquilibrium | None = None,
    tolerance: float = 1e-11,
    most_steps: int = 400,
) -> Solution[SectorEquilibrium]:
    """Solve for wages, prices and flows under new tariffs.

    Parameters
    ----------
    prepared
        From `prepare_sectors`.
    tariffs : share, ad valorem
        Levels, not additions: the baseline's own tariffs change nothing.
    near
        An equilibrium to start from.
    tolerance
        Largest absolute residual: of each economy's value added in logs, of unit costs in logs, of
        spending by sector in parts of the economy's baseline spending.
    most_steps
        Passes before Newton is tried.

    Raises
    ------
    DomainError
        The tariffs have another shape, fall to -90 % or below, are not finite, or tax own trade.

    References
    ----------
    Caliendo & Parro (2015), Review of Economic Studies 82(1); Anderson (1965), J. ACM 12(4).
    """
    from kedge.trade.sector_search import search

    check_tariffs(tariffs, prepared.economy.flows.shape)
    after = np.ascontiguousarray(np.moveaxis(tariffs, 2, 0), np.float64)
    started = time.thread_time()
    levied = levy_tariffs(prepared.world, prepared.before, after)
    start = prepared.start if near is None else near.point
    limits = (tolerance, most_steps, False)
    point, worst, steps = search(prepared.world, levied, start, prepared.steer, limits)
    if not worst <= tolerance:
        point, worst, more = _second_resort(prepared, after, levied, point, tolerance)
        steps += more
    spent = time.thread_time() - started
    status: Status = "converged" if worst <= tolerance else "stalled"
    if not np.isfinite(worst):
        status = "not_finite"
    value = _restate(prepared, tariffs, after, levied, point)
    return Solution(value, status, float(worst), int(steps), spent)


def tangent_of(equilibrium: SectorEquilibrium) -> Tangent:
    """Gather what slopes at an equilibrium need."""
    from kedge.trade.sector_slope import tangent_at

    world, levied = equilibrium.prepared.world, equilibrium.levied
    flow, _, _ = _look(world, levied, equilibrium.point)
    return tangent_at(world, levied, flow, equilibrium.point[: world.labour.size])


def _relative_slope(world: Sectors, levied: Levied, point: np.ndarray) -> np.ndarray:
    """Give the slope of the markets' log gaps in log wages, the numeraire included."""
    from kedge.trade.sector_slope import market_slope, tangent_at

    flow, _, _ = _look(world, levied, point)
    size = world.labour.size
    bill = world.labour * np.exp(point[:size])
    slope = market_slope(tangent_at(world, levied, flow, point[:size]))
    return slope / bill[:, None] + np.outer(np.ones(size), bill / bill.sum())


def _look(world: Sectors, levied: Levied, point: np.ndarray) -> tuple[Flow, np.ndarray, float]:
    """Evaluate a point; give the sums on the way, the residuals and the largest of them."""
    from kedge.trade.sector_kernels import Flow, evaluate, new_flow

    flow = Flow(*new_flow(*world.value_added.shape))
    residual = np.zeros(point.size)
    return flow, residual, evaluate(world, levied, np.ascontiguousarray(point), flow, residual)


def _second_resort(
    prepared: PreparedSectors, after: np.ndarray, levied: Levied, point: np.ndarray, tolerance: float
) -> tuple[np.ndarray, float, int]:
    """Walk from the baseline to the tariffs, steering afresh at every stop, by Newton where that fails."""
    from kedge.trade.sector_search import search

    world, before = prepared.world, prepared.before
    path, steer, reached, stride, steps = prepared.start, prepared.steer, 0.0, 0.5, 0
    worst = _look(world, levied, point)[2]
    best, least = point, worst
    while reached < 1.0 and stride > 2e-2 and steps < MOST_NEWTON:
        aim = min(reached + stride, 1.0)
        part = np.expm1((1.0 - aim) * np.log1p(before) + aim * np.log1p(after))
        laid = levied if aim == 1.0 else levy_tariffs(world, before, part)
        trial, miss, more = search(world, laid, path, steer, (tolerance, 200, False))
        steps += more // 10
        if not miss <= tolerance:
            trial, miss, more = _newton(world, laid, path, tolerance)
            steps += more
        if aim == 1.0 and miss < least:
            best, least = trial, miss
        if miss <= tolerance:
            reached, path, stride = aim, trial, 2.0 * stride
            steer = np.linalg.inv(_relative_slope(world, laid, path))
        else:
            stride /= 2.0
    return best, least, steps


def _newton(
    world: Sectors, levied: Levied, start: np.ndarray, tolerance: float, most_steps: int = 15
) -> tuple[np.ndarray, float, int]:
    """Move wages by damped Newton; costs and spending are settled at every trial."""
    size = world.labour.size
    point, gaps, worst = _settled(world, levied, start, tolerance)
    for step in range(most_steps):
        if worst <= tolerance or not np.isfinite(worst):
            return point, worst, step
        move = np.linalg.solve(_relative_slope(world, levied, point), gaps)
        damp, after = min(1.0, 1.0 / np.abs(move).max()), np.inf
        trial, trial_gaps = point, gaps
        while damp > 1e-4 and not after < worst * (1.0 - 0.1 * damp):
            tried = point.copy()
            tried[:size] -= damp * move
            trial, trial_gaps, after = _settled(world, levied, tried, tolerance)
            damp /= 2.0
        if not after < worst:
            return point, worst, step
        point, gaps, worst = trial, trial_gaps, after
    return point, worst, most_steps


def _settled(
    world: Sectors, levied: Levied, start: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Settle costs and spending at the wages of a point; give the markets' gaps and the largest residual."""
    from kedge.trade.sector_search import search

    size = world.labour.size
    held = np.zeros((size, size))
    point = search(world, levied, start, held, (0.1 * tolerance, 600, True))[0] if world.linked else start
    _, residual, worst = _look(world, levied, point)
    return point, residual[:size], worst


def _restate(
    prepared: PreparedSectors, tariffs: SectorFlows, after: np.ndarray, levied: Levied, point: np.ndarray
) -> SectorEquilibrium:
    """Turn a point into an equilibrium in US$."""
    world, economy = prepared.world, prepared.economy
    flow, _, _ = _look(world, levied, point)
    size = world.labour.size
    whole = economy.value.sum()
    pull = np.where(flow.gross > 0.0, flow.spending / np.where(flow.gross > 0.0, flow.gross, 1.0), 0.0)
    flows = levied.net * flow.supply[:, :, None] * pull[:, None, :] * whole
    wages = point[:size]
    price = np.exp(np.einsum("kn,kn->n", world.final, flow.price))
    if world.linked:
        costs = np.exp(point[size : size + flow.price.size].reshape(flow.price.shape)).T
    else:
        costs = np.tile(np.exp(wages)[:, None], (1, flow.price.shape[0]))
    return SectorEquilibrium(
        prepared,
        tariffs,
        wage_hat=np.exp(wages),
        price_hat=price,
        cost_hat=costs,
        flows=np.moveaxis(flows, 0, 2),
        income=flow.income * whole,
        revenue=np.einsum("kji,kji->i", flows, after),
        point=point,
        levied=levied,
    )
