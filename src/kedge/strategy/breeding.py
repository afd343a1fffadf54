"""One step of the search, compiled: choose parents, make children, and let them compete.

Candidates live in the unit cube of the levers.  There are two stores: the leaders, one for
each reference direction, and the archive of feasible candidates that no other beats.
"""

from __future__ import annotations

import numba
import numpy as np

from kedge.strategy.archive import insert, key_of, nearest_rows
from kedge.strategy.variation import OPERATORS, UM, fit, inherit, mutate, scramble, vary

# A way to breed is an operator, with parents from anywhere or from one neighbourhood.
WAYS = (*(f"{name}_wide" for name in OPERATORS[:UM]), "um", *(f"{name}_near" for name in OPERATORS[:UM]))
UM_WAY, FIRST_NEAR = UM, UM + 1

# Weight of the distance from a direction against that along it.  Low, as a leader's rivals are
# those of its own niche only: being near the direction's line matters less than being ahead.
_PENALTY = 0.3
_TOURNAMENT = 4
# Leaders breed most: whoever breeds from a whole archive breeds from its old and lagging rows.
_LONELY = 0.2


@numba.njit(cache=True)
def _pick(rng, shares):  # pragma: no cover - compiled
    """Draw an index by shares that add up to one."""
    u, at = rng.random(), 0
    while at < len(shares) - 1 and u >= shares[at]:
        u -= shares[at]
        at += 1
    return at


@numba.njit(cache=True)
def _lonely(rng, gaps, count):  # pragma: no cover - compiled
    """Draw a few rows of the archive and give the one farthest from its nearest other."""
    best = int(rng.random() * count)
    for _ in range(_TOURNAMENT - 1):
        row = int(rng.random() * count)
        if gaps[row] > gaps[best]:
            best = row
    return best


@numba.njit(cache=True)
def _gather(rng, store, first, scale, parents):  # pragma: no cover - compiled
    """Fill parents with a row of a store and some of those nearest to it, in random order.

    The store is levers, objectives, and how many rows are in use.
    """
    levers, objectives, count = store
    wanted = len(parents)
    pool = np.empty(2 * wanted, dtype=np.int64)
    filled = nearest_rows(objectives, count, first, scale, pool, np.empty(2 * wanted))
    parents[0] = levers[first]
    for place in range(1, wanted):
        other = place - 1 + int(rng.random() * (filled - place + 1))
        pool[place - 1], pool[other] = pool[other], pool[place - 1]
        parents[place] = levers[pool[place - 1]]


@numba.njit(cache=True)
def _find_parents(rng, near, leaders, archive, parents):  # pragma: no cover - compiled
    """Fill parents with leaders, or now and then with what fills the archive's gaps."""
    rows, count, scale = archive
    many, wanted = len(leaders[0]), len(parents)
    lonely = count > wanted and rng.random() < _LONELY
    if near and lonely:
        _gather(rng, (rows[2], rows[0], count), _lonely(rng, rows[3], count), scale, parents)
        return
    if near and many > wanted:
        _gather(rng, (leaders[0], leaders[1], many), int(rng.random() * many), scale, parents)
        return
    for place in range(wanted):
        parents[place] = leaders[0][int(rng.random() * many)]
    if lonely:
        parents[0] = rows[2][_lonely(rng, rows[3], count)]


@numba.njit(cache=True)
def breed(rng, shares, leaders, archive, kinds, children):  # pragma: no cover - compiled
    """Write children and give the way in which each was bred.

    Parameters
    ----------
    shares
        Of the ways.
    leaders
        Their levers and objectives, one row at least.
    archive
        Its rows, how many are in use, and the scale of distances.
    kinds
        Kind of each lever and number of its levels (0 for a real one).
    """
    bred = np.empty(len(children), dtype=np.int64)
    wanted = min(max(leaders[1].shape[1], 3), 6)
    parents = np.empty((wanted, children.shape[1]))
    for row in range(len(children)):
        way = _pick(rng, shares)
        bred[row] = way
        near = way >= FIRST_NEAR
        _find_parents(rng, near, leaders, archive, parents)
        vary(rng, way - FIRST_NEAR if near else way, parents, children[row])
        inherit(rng, parents, kinds[0], children[row])
        finish(rng, way, parents[0], kinds, children[row])
    return bred


@numba.njit(cache=True)
def finish(rng, way, parent, kinds, child):  # pragma: no cover - compiled
    """Mutate a child and bring it into the cube; one that equals its parent has a lever drawn anew."""
    if way == UM_WAY:
        scramble(rng, kinds[1], child)
    else:
        mutate(rng, kinds[0], kinds[1], child, (0.2 if way >= FIRST_NEAR else 1.0) / len(child))
    fit(rng, kinds[1], child)
    for lever in range(len(child)):
        if child[lever] != parent[lever]:
            return
    scramble(rng, kinds[1], child)


@numba.njit(cache=True)
def along(objectives, direction, ideal, scale):  # pragma: no cover - compiled
    """How far a candidate is along a unit direction, plus a penalty for its distance from it.

    References
    ----------
    Penalty-based boundary intersection, Zhang & Li (2007), IEEE Transactions on Evolutionary
    Computation 11(6), in objectives scaled to their ranges.
    """
    reach, total = 0.0, 0.0
    for column in range(len(objectives)):
        value = (objectives[column] - ideal[column]) * scale[column]
        reach += value * direction[column]
        total += value * value
    return reach + _PENALTY * np.sqrt(max(total - reach * reach, 0.0))


@numba.njit(cache=True)
def lead(leaders, new, violation, frame, directions):  # pragma: no cover - compiled
    """Let a candidate compete with the leader of its niche; give whether it won, and by how much.

    Parameters
    ----------
    leaders
        Levers, objectives, violations and values by direction; violations come first.
    new
        Objectives and levers of the candidate.
    frame
        Ideal point and scale of the objectives.

    References
    ----------
    Niches of reference directions, Deb & Jain (2014), IEEE Transactions on Evolutionary
    Computation 18(4), §IV-D; feasibility first, Jain & Deb (2014), same issue.
    """
    levers, objectives, broken, values = leaders
    row = niche_of(new[0], frame, directions)
    value = along(new[0], directions[row], frame[0], frame[1])
    if violation > broken[row] or (violation == broken[row] and value >= values[row]):
        return False, 0.0
    most = np.inf if violation < broken[row] else values[row] - value
    levers[row], objectives[row] = new[1], new[0]
    broken[row], values[row] = violation, value
    return True, most


@numba.njit(cache=True)
def niche_of(objectives, frame, directions):  # pragma: no cover - compiled
    """Find the direction that a candidate lies nearest to."""
    best, most = 0, -np.inf
    for row in range(len(directions)):
        reach = 0.0
        for column in range(len(objectives)):
            reach += (objectives[column] - frame[0][column]) * frame[1][column] * directions[row, column]
        if reach > most:
            best, most = row, reach
    return best


@numba.njit(cache=True)
def value_leaders(leaders, frame, directions):  # pragma: no cover - compiled
    """Work out the leaders' values anew, for a frame that has moved."""
    for row in range(len(directions)):
        leaders[3][row] = along(leaders[1][row], directions[row], frame[0], frame[1])


@numba.njit(cache=True)
def absorb(batch, leaders, archive, frame, directions):  # pragma: no cover - compiled
    """Let the children of a batch compete, in their order.

    Parameters
    ----------
    batch
        Levers, objectives, total violations and labels.
    archive
        Its rows, how many are in use, and epsilons.

    Returns
    -------
    Rows of the archive in use, merit of each child, number of children that made progress by
    leading and by a new box.
    """
    rows, count, epsilons = archive
    key = np.empty(directions.shape[1])
    merit = np.zeros(len(batch[0]))
    ahead, boxes = 0, 0
    usual = np.median(rows[3][:count]) if count > 1 else np.inf
    for row in range(len(batch[0])):
        objectives, levers, violation = batch[1][row], batch[0][row], batch[2][row]
        gained, most = lead(leaders, (objectives, levers), violation, frame, directions)
        ahead += most > 1e-2
        if violation > 0:
            merit[row] = 1.0 if gained and count == 0 else 0.0
            continue
        key_of(objectives, epsilons, key)
        before = count
        count, gap, new = insert(rows, count, (objectives, key, levers, batch[3][row]), epsilons, frame[1])
        boxes += new
        if gap >= 0:
            # A place in the archive counts by how much room it had; a lead, as one such place.
            merit[row] = 1.0 if before == 0 else min(np.sqrt(gap / max(usual, 1e-300)), 2.0)
            merit[row] += 1.0 if gained else 0.0
    return count, merit, ahead, boxes
