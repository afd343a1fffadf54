"""Operators that make new candidates from old ones, compiled, in the unit cube of the levers.

Every operator takes parents `[parent, lever]`, the first of which leads, and writes one child.
"""

from __future__ import annotations

import numba
import numpy as np

SBX, DE, PCX, SPX, UNDX, UM = 0, 1, 2, 3, 4, 5
OPERATORS = ("sbx", "de", "pcx", "spx", "undx", "um")
REAL, INTEGER, CHOICE = 0, 1, 2

# Indices of the crossover's and the mutation's polynomial laws, as their authors suggest.
_CROSSOVER_INDEX, _MUTATION_INDEX = 15.0, 20.0


@numba.njit(cache=True)
def _cross(rng, parents, child):  # pragma: no cover - compiled
    """Cross two parents about their middle: simulated binary crossover, Deb & Agrawal (1995)."""
    for lever in range(len(child)):
        first, second = parents[0, lever], parents[1, lever]
        child[lever] = first
        if rng.random() < 0.5:
            u = rng.random()
            power = 1.0 / (_CROSSOVER_INDEX + 1.0)
            spread = (2.0 * u) ** power if u < 0.5 else (0.5 / (1.0 - u)) ** power
            sign = 1.0 if rng.random() < 0.5 else -1.0
            child[lever] = 0.5 * (first + second + sign * spread * (first - second))


@numba.njit(cache=True)
def _differ(rng, parents, child):  # pragma: no cover - compiled
    """Differential evolution, Storn & Price (1997): a step along the difference of two others."""
    size = len(child)
    step = rng.uniform(0.3, 0.9)
    # All levers move together half of the time, so that steps do not depend on the axes.
    rate = 1.0 if rng.random() < 0.5 else rng.random()
    sure = int(rng.random() * size)
    for lever in range(size):
        child[lever] = parents[0, lever]
        if lever == sure or rng.random() < rate:
            child[lever] += step * (parents[1, lever] - parents[2, lever])


@numba.njit(cache=True)
def _project_out(vector, direction):  # pragma: no cover - compiled
    """Take from a vector its part along a unit direction."""
    along = 0.0
    for lever in range(len(vector)):
        along += vector[lever] * direction[lever]
    for lever in range(len(vector)):
        vector[lever] -= along * direction[lever]


@numba.njit(cache=True)
def _length(vector):  # pragma: no cover - compiled
    """Euclidean length."""
    total = 0.0
    for lever in range(len(vector)):
        total += vector[lever] * vector[lever]
    return np.sqrt(total)


@numba.njit(cache=True)
def _scatter(rng, vector, directions, count, width):  # pragma: no cover - compiled
    """Fill a vector with normal noise across all but the given directions."""
    for lever in range(len(vector)):
        vector[lever] = width * rng.standard_normal()
    for row in range(count):
        _project_out(vector, directions[row])


@numba.njit(cache=True)
def _about_parent(rng, parents, child):  # pragma: no cover - compiled
    """Parent-centric crossover, Deb, Joshi & Anand (2002)."""
    count, size = parents.shape
    ways, side = np.zeros((1, size)), np.empty(size)
    for lever in range(size):
        ways[0, lever] = parents[0, lever] - parents[:, lever].mean()
    reach = _length(ways[0])
    if reach > 0:
        ways[0] /= reach
    apart = 0.0
    for row in range(1, count):
        side[:] = parents[row] - parents[0]
        _project_out(side, ways[0])
        apart += _length(side) / (count - 1)
    _scatter(rng, side, ways, 1, 0.1 * apart)
    along = 0.5 * rng.standard_normal() * reach
    for lever in range(size):
        child[lever] = parents[0, lever] + along * ways[0, lever] + side[lever]


@numba.njit(cache=True)
def _in_simplex(rng, parents, child):  # pragma: no cover - compiled
    """Simplex crossover, Tsutsui, Yamamura & Higuchi (1999): even over the expanded simplex."""
    count, size = parents.shape
    weights = np.empty(count)
    for row in range(count):
        weights[row] = -np.log(1.0 - rng.random())
    weights /= weights.sum()
    expansion = 1.0 if rng.random() < 0.5 else np.sqrt(count + 1.0)
    for lever in range(size):
        middle, mixed = parents[:, lever].mean(), 0.0
        for row in range(count):
            mixed += weights[row] * parents[row, lever]
        child[lever] = middle + expansion * (mixed - middle)


@numba.njit(cache=True)
def _about_middle(rng, parents, child):  # pragma: no cover - compiled
    """Unimodal normal crossover, Kita, Ono & Kobayashi (1999): about the middle of all but one."""
    count, size = parents.shape
    primary = count - 1
    middle, side = np.zeros(size), np.empty(size)
    for row in range(primary):
        middle += parents[row] / primary
    child[:] = middle
    ways, found = np.zeros((primary, size)), 0
    for row in range(primary):
        side[:] = parents[row] - middle
        noise = rng.standard_normal() * np.sqrt(0.5 / primary)
        child[:] += noise * side
        for way in range(found):
            _project_out(side, ways[way])
        reach = _length(side)
        if reach > 1e-12:
            ways[found] = side / reach
            found += 1
    side[:] = parents[primary] - middle
    for way in range(found):
        _project_out(side, ways[way])
    _scatter(rng, side, ways, found, 0.35 * _length(side) / np.sqrt(size))
    child[:] += side


@numba.njit(cache=True)
def vary(rng, operator, parents, child):  # pragma: no cover - compiled
    """Write one child of the parents by one of the operators that mix; `UM` only copies."""
    if operator == UM:
        child[:] = parents[0]
    if operator == SBX:
        _cross(rng, parents, child)
    if operator == DE:
        _differ(rng, parents, child)
    if operator == PCX:
        _about_parent(rng, parents[:3], child)
    if operator == SPX:
        _in_simplex(rng, parents, child)
    if operator == UNDX:
        _about_middle(rng, parents[:3], child)


@numba.njit(cache=True)
def inherit(rng, parents, kinds, child):  # pragma: no cover - compiled
    """Take categories from a parent as they are: half from the first, else from any of the first three."""
    for lever in range(len(child)):
        if kinds[lever] == CHOICE:
            row = 0 if rng.random() < 0.5 else int(rng.random() * 3)
            child[lever] = parents[row, lever]


@numba.njit(cache=True)
def _nudged(rng, value):  # pragma: no cover - compiled
    """Polynomial mutation of one value, Deb & Goyal (1996)."""
    u, power = rng.random(), 1.0 / (_MUTATION_INDEX + 1.0)
    if u < 0.5:
        return value + (2.0 * u) ** power - 1.0
    return value + 1.0 - (2.0 * (1.0 - u)) ** power


@numba.njit(cache=True)
def redraw(rng, levels, child, lever):  # pragma: no cover - compiled
    """Draw a lever anew, evenly over its range; a whole one never keeps its value."""
    count = levels[lever]
    if count == 1:
        return
    if count == 0:
        child[lever] = rng.random()
        return
    old = int(np.rint(child[lever] * (count - 1)))
    new = int(rng.random() * (count - 1))
    child[lever] = (new + (new >= old)) / (count - 1)


@numba.njit(cache=True)
def mutate(rng, kinds, levels, child, rate):  # pragma: no cover - compiled
    """Nudge each lever with a chance of `rate`; categories are drawn anew, whole numbers step."""
    for lever in range(len(child)):
        if rng.random() >= rate or levels[lever] == 1:
            continue
        if kinds[lever] == CHOICE:
            redraw(rng, levels, child, lever)
        elif kinds[lever] == REAL:
            child[lever] = _nudged(rng, child[lever])
        else:
            step = abs(_nudged(rng, 0.0)) + 1.0 / (levels[lever] - 1)
            child[lever] += step if rng.random() < 0.5 else -step


@numba.njit(cache=True)
def scramble(rng, levels, child):  # pragma: no cover - compiled
    """Draw levers anew, each with a chance of one over their number, and one at least."""
    size = len(child)
    sure = int(rng.random() * size)
    for lever in range(size):
        if lever == sure or rng.random() * size < 1.0:
            redraw(rng, levels, child, lever)


@numba.njit(cache=True)
def fit(rng, levels, child):  # pragma: no cover - compiled
    """Bring a child back to the edge of the cube, and whole levers to a level on either side by chance."""
    for lever in range(len(child)):
        value = min(max(child[lever], 0.0), 1.0)
        count = levels[lever]
        if count == 1:
            value = 0.0
        elif count > 1:
            place = value * (count - 1)
            below = np.floor(place + 1e-9)
            value = min(below + (rng.random() < place - below), count - 1.0) / (count - 1)
        child[lever] = value
