"""Points of the unit cube, drawn in blocks: row k is the same in whichever block it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from kedge.strategy.axes import Futures

Method = Literal["sobol", "lhs", "random"]
Block = Callable[[int, int], Futures]

SOBOL_LIMIT = 2**30
"""Points that a 30-bit Sobol sequence holds."""

_BITS = 30
_TILE = 2**12
"""Sobol points worked out once and then shifted to every place of the sequence; a power of two."""


def unit_points(dimensions: int, count: int, seed: int, method: Method) -> Block:
    """Give a function that draws rows `start` to `stop` of so many points.

    Parameters
    ----------
    dimensions
        Columns.
    count
        Points in all; a Latin hypercube is laid out for it, the others do not look at it.
    seed
        Scrambles or shuffles.
    method
        See `draw_futures`.

    Returns
    -------
    Block
        From (start, stop) to points `[row, dimension]` from 0 to 1, column after column in
        memory.  What it holds meanwhile: little for `sobol` and `random`, four bytes a point
        and dimension for `lhs`, whose permutations are drawn at once.

    Examples
    --------
    >>> block = unit_points(2, 100, 1, "sobol")
    >>> bool(np.array_equal(block(0, 60)[50:], block(50, 60)))
    True
    """
    if method == "random":
        root = np.random.SeedSequence(seed)
        return lambda start, stop: _uniform(root, start, stop, dimensions)
    if method == "lhs":
        return _latin_hypercube(dimensions, count, seed)
    return _sobol(dimensions, seed)


def _uniform(root: np.random.SeedSequence, start: int, stop: int, dimensions: int) -> Futures:
    """Rows of a table that a generator would fill from its start, one step a number."""
    stream = np.random.PCG64(root)
    stream.advance(start * dimensions)
    return np.asfortranarray(np.random.Generator(stream).random((stop - start, dimensions)))


def _latin_hypercube(dimensions: int, count: int, seed: int) -> Block:
    """Draw as SciPy does, from a child of the seed: jitter first, then the strata of each column."""
    root = np.random.SeedSequence(seed).spawn(1)[0]
    stream = np.random.PCG64(root)
    stream.advance(count * dimensions)
    rng = np.random.Generator(stream)
    strata = np.tile(np.arange(1, count + 1, dtype=np.uint32), (dimensions, 1))
    for column in strata:
        rng.shuffle(column)

    def block(start: int, stop: int) -> Futures:
        return (strata[:, start:stop].T - _uniform(root, start, stop, dimensions)) / count

    return block


def _sobol(dimensions: int, seed: int) -> Block:
    """Draw SciPy's scrambled points from its own direction numbers.

    Point k is the shift combined, by exclusive or, with a direction number for each bit
    of k's Gray code.  The code of a sum without carries is the exclusive or of the codes,
    so a tile of points serves at every multiple of its length.
    """
    engine = _engine(dimensions, seed)
    directions, shift = getattr(engine, "_sv", None), getattr(engine, "_shift", None)
    if directions is None or shift is None:
        return _by_scipy(dimensions, seed)
    steps = directions.T.copy()
    steps[1:] ^= directions.T[:-1]
    tile = np.zeros((dimensions, _TILE), dtype=directions.dtype)
    for bit in range(_TILE.bit_length() - 1):
        tile[:, 2**bit : 2 ** (bit + 1)] = tile[:, : 2**bit] ^ steps[bit][:, None]

    def block(start: int, stop: int) -> Futures:
        points = np.empty((dimensions, stop - start))
        for first in range(start - start % _TILE, stop, _TILE):
            origin = shift.copy()
            for bit in range(_BITS):
                if first >> bit & 1:
                    origin ^= steps[bit]
            low, high = max(start, first), min(stop, first + _TILE)
            found = tile[:, low - first : high - first] ^ origin[:, None]
            np.multiply(found, 2.0**-_BITS, out=points[:, low - start : high - start])
        return points.T

    # The direction numbers are no part of SciPy's public face, hence the comparison with what is.
    same = np.array_equal(block(0, 64), _by_scipy(dimensions, seed)(0, 64))
    return block if same else _by_scipy(dimensions, seed)


def _by_scipy(dimensions: int, seed: int) -> Block:
    """Draw the same points by SciPy alone, which has to step over all points before a block."""

    def block(start: int, stop: int) -> Futures:
        engine = _engine(dimensions, seed)
        if start:
            return np.asfortranarray(engine.fast_forward(start).random(stop - start))
        # One point first, then the rest: the sequence is the same, and SciPy warns only
        # when the first piece is not a power of two.
        first = engine.random(1)
        rest = engine.random(stop - 1) if stop > 1 else first[:0]
        return np.asfortranarray(np.concatenate([first, rest]))

    return block


def _engine(dimensions: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.Sobol(d=dimensions, scramble=True, rng=np.random.default_rng(seed))
