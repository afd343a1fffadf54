"""Slopes of the model of many sectors at a solved point: how markets move with wages, welfare with tariffs.

Everything is worked out backwards (adjoint).  Give each economy's market a price mu; what a unit of
output, of spending, of income is then worth follows from the equations read from the end to the start.
With mu one market's unit vector and no objective, what is left at wages is that market's slope; with
the mu that leaves nothing at wages, what is left at tariffs is the slope of the objective.

Stacks of vectors run `[sector, stack, economy]`; bilateral arrays `[sector, exporter, importer]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from kedge.trade.sector_kernels import Flow, Levied, Sectors

Stack = Float[np.ndarray, "sector stack economy"]


@dataclass(frozen=True)
class Tangent:
    """A solved point with all that its slopes share.

    Parameters
    ----------
    world
        As the compiled equations read it.
    share, net : share
        Spending shares at the point, and the same net of duty, [sector, exporter, importer].
    spending, output : world value added
        [sector, economy].
    income, wage_bill : world value added
        Final spending and value added of each economy.
    """

    world: Sectors
    share: Float[np.ndarray, "sector exporter importer"]
    net: Float[np.ndarray, "sector exporter importer"]
    spending: Float[np.ndarray, "sector importer"]
    output: Float[np.ndarray, "sector exporter"]
    income: Float[np.ndarray, " economy"]
    wage_bill: Float[np.ndarray, " economy"]
    taxed: Float[np.ndarray, "sector importer"]
    cost_lu: tuple | None
    spending_lu: tuple | None


def tangent_at(world: Sectors, levied: Levied, flow: Flow, wages: Float[np.ndarray, " economy"]) -> Tangent:
    """Gather what slopes need where `evaluate` last filled `flow`."""
    gross = np.where(flow.gross > 0.0, flow.gross, 1.0)[:, None, :]
    share = levied.kept * flow.supply[:, :, None] / gross
    net = levied.net * flow.supply[:, :, None] / gross
    taxed = share.sum(axis=1) - net.sum(axis=1)
    bill = world.labour * np.exp(wages)
    parts = (share, net, flow.spending.copy(), flow.output.copy(), flow.income.copy(), bill, taxed)
    if not world.linked:
        return Tangent(world, *parts, None, None)
    return Tangent(world, *parts, *_factors(world, share, net, taxed))


def _factors(world: Sectors, share: np.ndarray, net: np.ndarray, taxed: np.ndarray) -> tuple[tuple, tuple]:
    """Factor the two systems that input-output links make: of costs, and of spending (both transposed)."""
    from scipy.linalg import lu_factor

    sectors, size = taxed.shape
    cells = sectors * size
    # d cost[k, n] = sum over m, j of inputs[n, m, k] share[m, j, n] d cost[m, j]
    costs = np.einsum("nmk,mjn->knmj", world.inputs, share).reshape(cells, cells)
    # d spending[m, n] = sum over k, i of inputs[n, m, k] net[k, n, i] d spending[k, i], and by revenue
    bought = np.einsum("nmk,kni->mnki", world.inputs, net)
    at = np.arange(size)
    bought[:, at, :, at] += np.einsum("mn,kn->nmk", world.final, taxed)
    one = np.eye(cells)
    spending = one - bought.reshape(cells, cells)
    return lu_factor((one - costs).T), lu_factor(spending.T)


@dataclass(frozen=True)
class Worth:
    """What a unit more of each thing is worth, by element of a stack.

    Parameters
    ----------
    output
        Of gross output, [sector, stack, exporter].
    income
        Of final spending, [stack, economy].
    price
        Of the log of a price, [sector, stack, importer].
    wages
        Of the log of a wage, [stack, economy].
    """

    output: Stack
    income: Float[np.ndarray, "stack economy"]
    price: Stack
    wages: Float[np.ndarray, "stack economy"]


def worth_of(
    point: Tangent, markets: Float[np.ndarray, "stack economy"], goals: Float[np.ndarray, "stack economy"]
) -> Worth:
    """Work backwards from prices of markets and from goals (weights on the log of real income)."""
    world = point.world
    per_income = goals / point.income
    if world.linked:
        spending, output, income = _chain(point, markets, per_income)
    else:
        sectors = point.spending.shape[0]
        output = np.broadcast_to(markets, (sectors, *markets.shape))
        sold = output @ point.net
        income = (per_income + np.einsum("ksi,ki->si", sold, world.final)) / (
            1.0 - np.einsum("ki,ki->i", world.final, point.taxed)
        )
        spending = sold + income * point.taxed[:, None, :]
    # Spending shares fall with their own price and rise with the importer's price index.
    theta = world.elasticity[:, None, None]
    price = -goals * world.final[:, None, :] + theta * point.spending[:, None, :] * spending
    shifted = output * point.output[:, None, :] + (income * point.spending[:, None, :]) @ (
        point.share - point.net
    ).transpose(0, 2, 1)
    if not world.linked:
        cost = price @ point.share.transpose(0, 2, 1) - theta * shifted
        wages = cost.sum(axis=0) + (income - markets) * point.wage_bill
        return Worth(output, income, price, wages)
    cost = _solve(point.cost_lu, price @ point.share.transpose(0, 2, 1) - theta * shifted)
    price = price + np.einsum("nmk,ksn->msn", world.inputs, cost)
    wages = np.einsum("ksn,kn->sn", cost, world.value_added) + (income - markets) * point.wage_bill
    return Worth(output, income, price, wages)


def _chain(
    point: Tangent, markets: np.ndarray, per_income: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow output into inputs and their spending, until nothing is left to follow."""
    world = point.world
    first = world.value_added[:, None, :] * markets
    known = first @ point.net + per_income * point.taxed[:, None, :]
    spending = _solve(point.spending_lu, known)
    output = first + np.einsum("nmk,msn->ksn", world.inputs, spending)
    income = per_income + np.einsum("msn,mn->sn", spending, world.final)
    return spending, output, income


def _solve(factor: tuple | None, known: Stack) -> Stack:
    """Solve a factored system for every element of a stack."""
    from scipy.linalg import lu_solve

    assert factor is not None
    sectors, stack, size = known.shape
    flat = known.transpose(0, 2, 1).reshape(sectors * size, stack)
    return lu_solve(factor, flat).reshape(sectors, size, stack).transpose(0, 2, 1)


def market_slope(point: Tangent) -> Float[np.ndarray, "market economy"]:
    """Give the slope of every market's excess of earnings in every log wage, all else adjusted."""
    size = point.income.size
    return worth_of(point, np.eye(size), np.zeros((size, size))).wages


def market_prices(
    point: Tangent, slope: Float[np.ndarray, "market economy"], goals: Float[np.ndarray, "stack economy"]
) -> Float[np.ndarray, "stack economy"]:
    """Give the market prices at which goals leave nothing at wages; their mean by value added is zero."""
    size, bill = point.income.size, point.wage_bill
    left = worth_of(point, np.zeros_like(goals), goals).wages
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = slope.T
    # World value added is the numeraire: its multiplier is the last unknown, and markets sum to nothing.
    whole[:size, size] = bill
    whole[size, :size] = bill
    known = np.concatenate([-left, np.zeros((left.shape[0], 1))], axis=1)
    return np.linalg.solve(whole, known.T).T[:, :size]


def tariff_slope(
    point: Tangent, worth: Worth, element: int, importer: int
) -> Float[np.ndarray, "exporter sector"]:
    """Give the slope of one stack element's goal in the log of one plus each tariff of an importer."""
    i, s = importer, element
    share, net, spent = point.share[:, :, i], point.net[:, :, i], point.spending[:, i][:, None]
    output, income = worth.output[:, s, :], worth.income[s, i]
    moved = spent * (output * net + income * (share - net))
    theta = point.world.elasticity[:, None]
    out = share * worth.price[:, s, i][:, None] - theta * moved + spent * net * (income - output)
    out[:, i] = 0.0
    return out.T
