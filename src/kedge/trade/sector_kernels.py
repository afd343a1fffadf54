"""Compiled equations of the model of many sectors, with input-output links or without.

A point holds log wages; with links also log unit costs `[sector, economy]` and spending by sector in
parts of each economy's baseline spending.  Everything else follows from these in one pass, so that the
residual of a point is what the pass would change of it.  World value added is the numeraire.

Arrays run `[sector, exporter, importer]`, so that inner loops read memory in order.  Sums may be
regrouped for speed, but nothing depends on the number of threads: each solve runs on one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

SUMS = {"reassoc", "contract"}


class Sectors(NamedTuple):
    """What the equations read and no tariff changes; money in parts of world value added."""

    share: np.ndarray
    """Baseline spending shares [sector, exporter, importer]; columns sum to one, or to nothing."""
    elasticity: np.ndarray
    value_added: np.ndarray
    """Part of gross output [sector, economy]."""
    inputs: np.ndarray
    """Part of gross output [economy, input, using sector]."""
    final: np.ndarray
    """Part of final spending [sector, economy]."""
    labour: np.ndarray
    """Value added of each economy."""
    transfers: np.ndarray
    size: np.ndarray
    """Baseline spending of each economy, all sectors."""
    linked: bool


class Levied(NamedTuple):
    """Baseline shares with one set of tariffs laid on them, [sector, exporter, importer]."""

    kept: np.ndarray
    """Share times the tariff's effect on it."""
    net: np.ndarray
    """The same net of duty."""


class Flow(NamedTuple):
    """Scratch of `pass_through`, read by whoever needs the same point's sums."""

    supply: np.ndarray
    """Unit cost to the power of minus the elasticity [sector, exporter]."""
    gross: np.ndarray
    """Sum over exporters of what is kept times supply [sector, importer]."""
    net: np.ndarray
    price: np.ndarray
    """Log price [sector, importer]."""
    spending: np.ndarray
    """[sector, importer]."""
    output: np.ndarray
    """Gross output at producers' prices [sector, exporter]."""
    income: np.ndarray
    """Final spending."""
    earned: np.ndarray
    """What producers pay for value added."""


@njit(cache=True, error_model="numpy")
def levy(share, before, after, elasticity, kept, net):
    """Lay tariffs `after` on shares observed under tariffs `before`."""
    sectors, size, _ = share.shape
    for k in range(sectors):
        for j in range(size):
            for i in range(size):
                value = share[k, j, i]
                if after[k, j, i] != before[k, j, i] and value != 0.0:
                    value *= math.exp(
                        -elasticity[k] * (math.log1p(after[k, j, i]) - math.log1p(before[k, j, i]))
                    )
                kept[k, j, i] = value
                net[k, j, i] = value / (1.0 + after[k, j, i])


@njit(cache=True, error_model="numpy", fastmath=SUMS)
def _prices(world, levied, flow):
    """Fill `gross`, `net` and `price` from `supply`."""
    sectors, size = flow.supply.shape
    for k in range(sectors):
        gross, net = flow.gross[k], flow.net[k]
        gross[:] = 0.0
        net[:] = 0.0
        for j in range(size):
            offer, kept, left = flow.supply[k, j], levied.kept[k, j], levied.net[k, j]
            for i in range(size):
                gross[i] += kept[i] * offer
                net[i] += left[i] * offer
        for i in range(size):
            flow.price[k, i] = -math.log(gross[i]) / world.elasticity[k] if gross[i] > 0.0 else 0.0


@njit(cache=True, error_model="numpy", fastmath=SUMS)
def _sales(levied, flow):
    """Fill `output` from `spending`: what buyers pay each exporter, net of duty."""
    sectors, size = flow.supply.shape
    pull = np.empty(size)
    for k in range(sectors):
        for i in range(size):
            gross = flow.gross[k, i]
            pull[i] = flow.spending[k, i] / gross if gross > 0.0 else 0.0
        for j in range(size):
            left = levied.net[k, j]
            total = 0.0
            for i in range(size):
                total += left[i] * pull[i]
            flow.output[k, j] = flow.supply[k, j] * total


@njit(cache=True, error_model="numpy")
def _costs(world, wages, flow, costs):
    """Fill log unit costs [sector, economy] from wages and `price`."""
    sectors, size = flow.supply.shape
    for n in range(size):
        for k in range(sectors):
            costs[k, n] = world.value_added[k, n] * wages[n]
        inputs = world.inputs[n]
        for m in range(sectors):
            price = flow.price[m, n]
            if price != 0.0:
                row = inputs[m]
                for k in range(sectors):
                    costs[k, n] += row[k] * price


@njit(cache=True, error_model="numpy")
def _alone(world, wages, flow):
    """Fill `income` and `spending` where no sector buys inputs: revenue is a part of spending."""
    sectors, size = flow.supply.shape
    for n in range(size):
        kept = 0.0
        for k in range(sectors):
            gross = flow.gross[k, n]
            if gross > 0.0:
                kept += world.final[k, n] * flow.net[k, n] / gross
        flow.income[n] = (world.labour[n] * math.exp(wages[n]) + world.transfers[n]) / kept
        for k in range(sectors):
            flow.spending[k, n] = world.final[k, n] * flow.income[n]


@njit(cache=True, error_model="numpy")
def _spend(world, wages, flow, spending):
    """Fill `income`, and spending [sector, economy]: what producers buy at `output`, and what is left.

    Revenue on final spending is itself final spending: it is solved for at once, since a high tariff
    would make it creep.
    """
    sectors, size = flow.supply.shape
    for n in range(size):
        inputs = world.inputs[n]
        income, kept = world.labour[n] * math.exp(wages[n]) + world.transfers[n], 1.0
        for m in range(sectors):
            total = 0.0
            row = inputs[m]
            for k in range(sectors):
                total += row[k] * flow.output[k, n]
            gross = flow.gross[m, n]
            taxed = 1.0 - flow.net[m, n] / gross if gross > 0.0 else 0.0
            income += taxed * total
            kept -= taxed * world.final[m, n]
            spending[m, n] = total
        flow.income[n] = income / kept
        for m in range(sectors):
            spending[m, n] += world.final[m, n] * flow.income[n]


@njit(cache=True, error_model="numpy")
def evaluate(world, levied, point, flow, residual):
    """Work out what one pass changes of a point; return the largest absolute residual, or infinity.

    First the log of what producers pay for value added over its price, with the log of world value
    added over its baseline (the numeraire) added; with links then the changes of costs and spending.
    """
    sectors, size = flow.supply.shape
    wages, cells = point[:size], sectors * size
    if not world.linked:
        for k in range(sectors):
            for n in range(size):
                flow.supply[k, n] = math.exp(-world.elasticity[k] * wages[n])
        _prices(world, levied, flow)
        _alone(world, wages, flow)
        _sales(levied, flow)
        return _market(world, wages, flow, residual)
    costs = point[size : size + cells].reshape((sectors, size))
    parts = point[size + cells :].reshape((sectors, size))
    for k in range(sectors):
        for n in range(size):
            flow.supply[k, n] = math.exp(-world.elasticity[k] * costs[k, n])
            flow.spending[k, n] = parts[k, n] * world.size[n]
    _prices(world, levied, flow)
    _sales(levied, flow)
    after = residual[size : size + cells].reshape((sectors, size))
    _costs(world, wages, flow, after)
    bought = residual[size + cells :].reshape((sectors, size))
    _spend(world, wages, flow, bought)
    worst = 0.0
    for k in range(sectors):
        for n in range(size):
            after[k, n] -= costs[k, n]
            bought[k, n] = bought[k, n] / world.size[n] - parts[k, n]
            worst = max(worst, abs(after[k, n]), abs(bought[k, n]))
    return max(worst, _market(world, wages, flow, residual))


@njit(cache=True, error_model="numpy")
def _market(world, wages, flow, residual):
    """Fill the first residuals, one an economy."""
    sectors, size = flow.supply.shape
    flow.earned[:] = 0.0
    for k in range(sectors):
        for n in range(size):
            flow.earned[n] += world.value_added[k, n] * flow.output[k, n]
    total = 0.0
    for n in range(size):
        total += world.labour[n] * math.exp(wages[n])
    drift, worst = math.log(total), 0.0
    for n in range(size):
        if not (flow.earned[n] > 0.0 and flow.income[n] > 0.0):
            return math.inf
        residual[n] = math.log(flow.earned[n] / world.labour[n]) - wages[n] + drift
        worst = max(worst, abs(residual[n]))
    return worst


@njit(cache=True, error_model="numpy")
def new_flow(sectors, size):
    """Make room for `evaluate`."""
    cells = np.zeros((6, sectors, size))
    rows = np.zeros((2, size))
    return Flow(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], rows[0], rows[1])
