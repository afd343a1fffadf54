"""Compiled equations of the one-sector model, shared by the solver of one world and of many cases.

Unknowns are the logs of wage and employment, carried in the coordinates `cost` (log unit cost,
`log w - psi log L`) and `output` (log nominal GDP, `log w + log L`): prices depend on `cost` alone,
and the labour equation of an economy on no other economy's `output`.  A point holds all costs, then
all outputs.  Nominal world GDP is the numeraire inside; `equilibrium.py` restates results in the
published one.

Nothing here uses fast-math: a result never depends on the number of threads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit


class World(NamedTuple):
    """What the equations read and no tariff changes; arrays have one entry an economy."""

    income: np.ndarray
    spending: np.ndarray
    transfers: np.ndarray
    local: np.ndarray
    """Part of purchases earned by labour of the buyer (nu)."""
    wedge: np.ndarray
    """One less the tariff exponent (1 - phi)."""
    exponent: np.ndarray
    """Trade elasticity times the tariff exponent."""
    elasticity: float
    labour: float
    psi: float
    lump_sum: bool


class Duties(NamedTuple):
    """Baseline shares with one set of tariffs laid on them."""

    kept: np.ndarray
    """Share times the tariff's effect, exporter by importer."""
    turned: np.ndarray
    """The same, importer by exporter."""
    taxed: np.ndarray
    """Exporter and importer of each pair with a duty."""
    treasury: np.ndarray
    """Part of the price that duty takes on each of these pairs."""
    pairs: int


class Work(NamedTuple):
    """Scratch of `evaluate`, read by whoever needs the same point's sums."""

    supply: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    output: np.ndarray
    pull: np.ndarray
    sold: np.ndarray
    price: np.ndarray
    """Log consumer price over baseline."""
    relief: np.ndarray
    """Share of income that tariff revenue frees from income tax."""


class Slope(NamedTuple):
    """Blocks of the Jacobian: market and labour equation, by cost and by output; the last is diagonal."""

    market_cost: np.ndarray
    market_output: np.ndarray
    labour_cost: np.ndarray
    labour_output: np.ndarray
    share: np.ndarray
    bought: np.ndarray


@njit(cache=True, error_model="numpy")
def lay(share, tariff, exponent, kept, turned, taxed, treasury):
    """Lay tariffs on baseline shares; `taxed` and `treasury` must have room for every pair with a duty."""
    size = share.shape[0]
    count = 0
    for j in range(size):
        for i in range(size):
            value = share[j, i]
            if tariff[j, i] != 0.0 and value != 0.0:
                value *= math.exp(-exponent[i] * math.log1p(tariff[j, i]))
                taxed[count, 0] = j
                taxed[count, 1] = i
                treasury[count] = tariff[j, i] / (1.0 + tariff[j, i])
                count += 1
            kept[j, i] = value
    for i in range(size):
        for j in range(size):
            turned[i, j] = kept[j, i]
    return Duties(kept, turned, taxed, treasury, count)


@njit(cache=True, error_model="numpy")
def _weigh_rows(table, by, out):
    """Sum rows of `table` weighted by `by`, four at a time so that the sum stays in registers."""
    size = out.size
    for i in range(size):
        out[i] = 0.0
    whole = size - size % 4
    for j in range(0, whole, 4):
        b0, b1, b2, b3 = by[j], by[j + 1], by[j + 2], by[j + 3]
        r0, r1, r2, r3 = table[j], table[j + 1], table[j + 2], table[j + 3]
        for i in range(size):
            out[i] += (r0[i] * b0 + r1[i] * b1) + (r2[i] * b2 + r3[i] * b3)
    for j in range(whole, size):
        row = table[j]
        b0 = by[j]
        for i in range(size):
            out[i] += row[i] * b0


@njit(cache=True, error_model="numpy")
def _purchases(duties, work):
    """Fill `gross` and `net`: what each importer's shares add up to before and after duty."""
    gross, net, supply = work.gross, work.net, work.supply
    kept, taxed, treasury = duties.kept, duties.taxed, duties.treasury
    _weigh_rows(kept, supply, gross)
    net[:] = gross
    for k in range(duties.pairs):
        j, i = taxed[k, 0], taxed[k, 1]
        net[i] -= kept[j, i] * supply[j] * treasury[k]


@njit(cache=True, error_model="numpy")
def _sales(duties, work):
    """Fill `sold`: what each exporter's goods earn, net of duty, per unit of its `supply`."""
    pull, sold = work.pull, work.sold
    kept, taxed, treasury = duties.kept, duties.taxed, duties.treasury
    _weigh_rows(duties.turned, pull, sold)
    for k in range(duties.pairs):
        j, i = taxed[k, 0], taxed[k, 1]
        sold[j] -= kept[j, i] * pull[i] * treasury[k]


@njit(cache=True, error_model="numpy")
def evaluate(world, duties, point, work, residual):
    """Work out both equations at `point`; return the largest absolute residual, or infinity.

    First the log of each economy's sales over its GDP, with the log of world GDP over its baseline
    (the numeraire) added to every one; then log employment less labour supply.  Where an economy
    cannot pay, or all its income would be taxed, the result is infinity.
    """
    supply, output = work.supply, work.output
    income, elasticity = world.income, world.elasticity
    size = income.size
    total, before = 0.0, 0.0
    for j in range(size):
        supply[j] = math.exp(-elasticity * point[j])
        output[j] = income[j] * math.exp(point[size + j])
        total += output[j]
        before += income[j]
    _purchases(duties, work)
    if not _pull(world, work):
        return math.inf
    _sales(duties, work)
    return _residuals(world, point, work, math.log(total / before), residual)


@njit(cache=True, error_model="numpy")
def _pull(world, work):
    """Fill `pull`, what buyers pay per unit of share and supply; say whether every economy can pay."""
    pull, net, output = work.pull, work.net, work.output
    transfers, local = world.transfers, world.local
    fine = True
    for i in range(pull.size):
        money = output[i] + transfers[i]
        if not (money > 0.0 and net[i] > 0.0):
            fine = False
        pull[i] = (1.0 - local[i]) * money / net[i]
    return fine


@njit(cache=True, error_model="numpy")
def _residuals(world, point, work, drift, residual):
    """Fill `residual`, and `price` and `relief` of `work`."""
    supply, gross, net, output, sold = work.supply, work.gross, work.net, work.output, work.sold
    price, relief = work.price, work.relief
    transfers, local, spending, wedge = world.transfers, world.local, world.spending, world.wedge
    elasticity, labour, psi = world.elasticity, world.labour, world.psi
    taxing = 0.0 if world.lump_sum else 1.0
    size = supply.size
    worst = 0.0
    for i in range(size):
        money = output[i] + transfers[i]
        spent = money * gross[i] / net[i]
        relief[i] = taxing * (spent - money) / output[i]
        earned = supply[i] * sold[i] + local[i] * money
        if not (earned > 0.0 and relief[i] < 1.0):
            return math.inf
        wage = (psi * point[size + i] + point[i]) / (1.0 + psi)
        hours = (point[size + i] - point[i]) / (1.0 + psi)
        price[i] = wedge[i] * (math.log(spent / spending[i]) - wage) - math.log(gross[i]) / elasticity
        residual[i] = math.log(earned / output[i]) + drift
        residual[size + i] = hours - labour * (wage - price[i] - math.log1p(-relief[i]))
        worst = max(worst, abs(residual[i]), abs(residual[size + i]))
    return worst


@njit(cache=True, error_model="numpy")
def jacobian(world, duties, work, slope):
    """Fill `slope` at the point where `evaluate` last filled `work`.

    Row 0 of the last block holds its diagonal.  `share` and `bought` (importer by exporter) end as
    spending shares and as shares in what is paid net of duty.
    """
    share, bought, turned, supply = slope.share, slope.bought, duties.turned, work.supply
    gross, net, taxed, treasury = work.gross, work.net, duties.taxed, duties.treasury
    size = supply.size
    for i in range(size):
        for j in range(size):
            value = turned[i, j] * supply[j]
            share[i, j] = value / gross[i]
            bought[i, j] = value / net[i]
    for k in range(duties.pairs):
        j, i = taxed[k, 0], taxed[k, 1]
        bought[i, j] *= 1.0 - treasury[k]
    _market_blocks(world, work, slope)
    _labour_blocks(world, work, slope)


@njit(cache=True, error_model="numpy")
def _market_blocks(world, work, slope):
    output, supply, sold = work.output, work.supply, work.sold
    local, transfers, elasticity = world.local, world.transfers, world.elasticity
    bought, market_cost, market_output = slope.bought, slope.market_cost, slope.market_output
    size = output.size
    total = 0.0
    for i in range(size):
        total += output[i]
    for j in range(size):
        traded = supply[j] * sold[j]
        earned = traded + local[j] * (output[j] + transfers[j])
        row = market_cost[j]
        row[:] = 0.0
        for i in range(size):
            part = (1.0 - local[i]) * bought[i, j] / earned
            market_output[j, i] = part * output[i] + output[i] / total
            pull = elasticity * part * (output[i] + transfers[i])
            rivals = bought[i]
            for k in range(size):
                row[k] += pull * rivals[k]
        market_output[j, j] += local[j] * output[j] / earned - 1.0
        row[j] -= elasticity * traded / earned


@njit(cache=True, error_model="numpy")
def _labour_blocks(world, work, slope):
    output, gross, net, relief = work.output, work.gross, work.net, work.relief
    transfers, wedges, elasticity, psi, labour = (
        world.transfers, world.wedge, world.elasticity, world.psi, world.labour,
    )  # fmt: skip
    share, bought, labour_cost, diagonal = (
        slope.share,
        slope.bought,
        slope.labour_cost,
        slope.labour_output[0],
    )
    taxing = 0.0 if world.lump_sum else 1.0
    size = output.size
    for i in range(size):
        money, rate, wedge = output[i] + transfers[i], gross[i] / net[i], wedges[i]
        left = (1.0 - relief[i]) * output[i]
        by_price = taxing * elasticity * money * rate / left
        by_output = -taxing * (rate - 1.0) * transfers[i] / left
        by_swing = wedge * elasticity - by_price
        for j in range(size):
            labour_cost[i, j] = labour * (by_swing * (bought[i, j] - share[i, j]) + share[i, j])
        labour_cost[i, i] -= (1.0 + labour + labour * wedge) / (1.0 + psi)
        inner = by_output + psi / (1.0 + psi) - wedge * (output[i] / money - psi / (1.0 + psi))
        diagonal[i] = 1.0 / (1.0 + psi) - labour * inner


@njit(cache=True, error_model="numpy")
def settle(world, duties, point, work, flows):
    """Fill `flows` (net of duty) in the published numeraire at the point where `evaluate` filled `work`.

    Returns, by economy: wage, employment, price and spending over baseline, and revenue.
    """
    supply, gross, net, output = work.supply, work.gross, work.net, work.output
    size = supply.size
    hats = np.empty((5, size))
    before, after = 0.0, 0.0
    for i in range(size):
        before += world.spending[i]
        after += world.spending[i] * math.exp(work.price[i])
    unit = before / after
    pay = np.empty(size)
    for i in range(size):
        money = unit * (output[i] + world.transfers[i])
        pay[i] = money / net[i]
        hats[0, i] = unit * math.exp((world.psi * point[size + i] + point[i]) / (1.0 + world.psi))
        hats[1, i] = math.exp((point[size + i] - point[i]) / (1.0 + world.psi))
        hats[2, i] = unit * math.exp(work.price[i])
        hats[3, i] = pay[i] * gross[i] / world.spending[i]
        hats[4, i] = pay[i] * gross[i] - money
    for j in range(size):
        row, kept, offer = flows[j], duties.kept[j], supply[j]
        for i in range(size):
            row[i] = kept[i] * offer * pay[i]
    for k in range(duties.pairs):
        flows[duties.taxed[k, 0], duties.taxed[k, 1]] *= 1.0 - duties.treasury[k]
    return hats


@njit(cache=True, error_model="numpy")
def new_work(size):
    """Make room for `evaluate`."""
    rows = np.empty((8, size))
    return Work(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7])


@njit(cache=True, error_model="numpy")
def new_slope(size):
    """Make room for `jacobian`."""
    return Slope(
        np.empty((size, size)),
        np.empty((size, size)),
        np.empty((size, size)),
        np.empty((1, size)),
        np.empty((size, size)),
        np.empty((size, size)),
    )
