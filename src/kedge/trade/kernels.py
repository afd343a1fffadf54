"""Compiled equations of the one-sector model, shared by the solver of one world and of many cases.

Unknowns are the logs of wage and employment, carried in the coordinates `cost` (log unit cost,
`log w - psi log L`) and `output` (log nominal GDP, `log w + log L`): prices depend on `cost` alone,
and the labour equation of an economy on no other economy's `output`.  Nominal world GDP is the
numeraire inside; `equilibrium.py` restates results in the published one.

Nothing here uses fast-math: a result never depends on the number of threads.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, inline="never")
def weights(share, duty, exponent, kept, taxed, keep):
    """Fill `kept` (baseline shares times the tariff's effect) and mark the pairs with a duty.

    Returns the number of marked pairs; `taxed` holds (exporter, importer) of each and `keep` the
    part `duty / (1 + duty)` of the price there that goes to the treasury.
    """
    size = share.shape[0]
    count = 0
    for j in range(size):
        for i in range(size):
            if duty[j, i] == 0.0 or share[j, i] == 0.0:
                kept[j, i] = share[j, i]
            else:
                kept[j, i] = share[j, i] * math.exp(-exponent[i] * math.log1p(duty[j, i]))
                taxed[count, 0] = j
                taxed[count, 1] = i
                keep[count] = duty[j, i] / (1.0 + duty[j, i])
                count += 1
    return count


@njit(cache=True)
def purchases(kept, taxed, keep, count, supply, gross, net):
    """Sum, by importer, `kept * supply` over exporters, before (`gross`) and after duty (`net`)."""
    size = kept.shape[0]
    for i in range(size):
        gross[i] = 0.0
    whole = size - size % 4
    for j in range(0, whole, 4):
        s0, s1, s2, s3 = supply[j], supply[j + 1], supply[j + 2], supply[j + 3]
        r0, r1, r2, r3 = kept[j], kept[j + 1], kept[j + 2], kept[j + 3]
        for i in range(size):
            gross[i] += (r0[i] * s0 + r1[i] * s1) + (r2[i] * s2 + r3[i] * s3)
    for j in range(whole, size):
        s0 = supply[j]
        for i in range(size):
            gross[i] += kept[j, i] * s0
    for i in range(size):
        net[i] = gross[i]
    for k in range(count):
        j, i = taxed[k, 0], taxed[k, 1]
        net[i] -= kept[j, i] * supply[j] * keep[k]


@njit(cache=True)
def sales(kept_by_importer, taxed, keep, count, pull, out):
    """Sum, by exporter, `kept * pull` over importers, after duty; `kept` is given transposed."""
    size = out.size
    for j in range(size):
        out[j] = 0.0
    whole = size - size % 4
    for i in range(0, whole, 4):
        p0, p1, p2, p3 = pull[i], pull[i + 1], pull[i + 2], pull[i + 3]
        r0, r1, r2, r3 = (
            kept_by_importer[i],
            kept_by_importer[i + 1],
            kept_by_importer[i + 2],
            kept_by_importer[i + 3],
        )
        for j in range(size):
            out[j] += (r0[j] * p0 + r1[j] * p1) + (r2[j] * p2 + r3[j] * p3)
    for i in range(whole, size):
        p0 = pull[i]
        for j in range(size):
            out[j] += kept_by_importer[i, j] * p0
    for k in range(count):
        j, i = taxed[k, 0], taxed[k, 1]
        out[j] -= kept_by_importer[i, j] * pull[i] * keep[k]


@njit(cache=True)
def evaluate(world, numbers, lump_sum, kept, kept_by_importer, taxed, keep, count, point, work, residual):
    """Work out both equations at `point`; return the largest absolute residual, or infinity.

    `world` rows: income, expenditure, transfers, 1 - local labour share, local labour share,
    1 - phi.  `numbers`: trade elasticity, labour supply, psi.  `work` rows: supply, gross, net,
    income after, spending, sales.  Residuals: log of sales over income (plus the numeraire), then
    log employment less labour supply.  A point where an economy cannot pay returns infinity.
    """
    size = world.shape[1]
    elasticity, labour, psi = numbers[0], numbers[1], numbers[2]
    supply, gross, net = work[0], work[1], work[2]
    after, pull, sold = work[3], work[4], work[5]
    for j in range(size):
        supply[j] = math.exp(-elasticity * point[j])
    purchases(kept, taxed, keep, count, supply, gross, net)
    total = 0.0
    before = 0.0
    for i in range(size):
        after[i] = world[0, i] * math.exp(point[size + i])
        total += after[i]
        before += world[0, i]
        money = after[i] + world[2, i]
        if not (money > 0.0 and net[i] > 0.0):
            return math.inf
        pull[i] = world[3, i] * money / net[i]
    sales(kept_by_importer, taxed, keep, count, pull, sold)
    drift = math.log(total / before)
    worst = 0.0
    for i in range(size):
        money = after[i] + world[2, i]
        earned = supply[i] * sold[i] + world[4, i] * money
        spent = money * gross[i] / net[i]
        tax = 0.0 if lump_sum else (spent - money) / after[i]
        if not (earned > 0.0 and tax < 1.0):
            return math.inf
        miss = math.log(earned / after[i]) + drift
        wage = (psi * point[size + i] + point[i]) / (1.0 + psi)
        hours = (point[size + i] - point[i]) / (1.0 + psi)
        price = -math.log(gross[i]) / elasticity
        if world[5, i] != 0.0:
            price += world[5, i] * (math.log(spent / world[1, i]) - wage)
        supplied = wage - price
        if not lump_sum:
            supplied -= math.log1p(-tax)
        gap = hours - labour * supplied
        residual[i] = miss
        residual[size + i] = gap
        worst = max(worst, abs(miss), abs(gap))
    if not worst < math.inf:
        return math.inf
    return worst


@njit(cache=True)
def jacobian(world, numbers, lump_sum, kept, taxed, keep, count, point, work, blocks, share, bought):
    """Fill `blocks` (market by cost, market by output, labour by cost, labour by output) at `point`.

    `work` must come from `evaluate` at the same point.  The last block is diagonal; its diagonal
    lies in row 0.  `share` and `bought` (importer by exporter) are scratch: spending shares gross of
    duty, and shares in what is paid net of duty.
    """
    size = world.shape[1]
    elasticity, labour, psi = numbers[0], numbers[1], numbers[2]
    supply, gross, net, after, sold = work[0], work[1], work[2], work[3], work[5]
    market_cost, market_output, labour_cost, labour_output = blocks[0], blocks[1], blocks[2], blocks[3]
    for j in range(size):
        for i in range(size):
            value = kept[j, i] * supply[j]
            share[i, j] = value / gross[i]
            bought[i, j] = value / net[i]
    for k in range(count):
        j, i = taxed[k, 0], taxed[k, 1]
        bought[i, j] *= 1.0 - keep[k]
    total = 0.0
    for i in range(size):
        total += after[i]
    for j in range(size):
        money = after[j] + world[2, j]
        earned = supply[j] * sold[j] + world[4, j] * money
        for k in range(size):
            market_cost[j, k] = 0.0
            market_output[j, k] = world[3, k] * bought[k, j] * after[k] / earned + after[k] / total
        market_output[j, j] += world[4, j] * after[j] / earned - 1.0
        for i in range(size):
            flow = world[3, i] * bought[i, j] * (after[i] + world[2, i]) * elasticity / earned
            if flow != 0.0:
                row = bought[i]
                for k in range(size):
                    market_cost[j, k] += flow * row[k]
        market_cost[j, j] -= elasticity * supply[j] * sold[j] / earned
    _labour_blocks(world, numbers, lump_sum, work, share, bought, labour_cost, labour_output)


@njit(cache=True)
def _labour_blocks(world, numbers, lump_sum, work, share, bought, labour_cost, labour_output):
    size = world.shape[1]
    elasticity, labour, psi = numbers[0], numbers[1], numbers[2]
    gross, net, after = work[1], work[2], work[3]
    for i in range(size):
        money = after[i] + world[2, i]
        rate = gross[i] / net[i]
        by_price, by_output = 0.0, 0.0
        if not lump_sum:
            tax = (money * rate - money) / after[i]
            by_price = elasticity * money * rate / after[i] / (1.0 - tax)
            by_output = -(rate - 1.0) * world[2, i] / after[i] / (1.0 - tax)
        wedge = world[5, i]
        for j in range(size):
            swing = bought[i, j] - share[i, j]
            labour_cost[i, j] = labour * (wedge * elasticity * swing + share[i, j] - by_price * swing)
        labour_cost[i, i] -= (1.0 + labour + labour * wedge) / (1.0 + psi)
        inner = by_output + psi / (1.0 + psi) - wedge * (after[i] / money - psi / (1.0 + psi))
        labour_output[0, i] = 1.0 / (1.0 + psi) - labour * inner
