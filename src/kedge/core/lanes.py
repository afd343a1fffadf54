"""Futures side by side: how many, and an exponential and a logarithm made for vector instructions.

A loop over lanes compiles to vector instructions if its body has neither calls nor branches, which
the C library's `exp` and `log` are.  Every lane runs the same instructions wherever it lies, so a
future's results do not depend on its neighbours.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

# A multiple of every vector length, so that no loop has a remainder that is compiled differently.
LANES = 64

LANE = ("f8", (LANES,))  # a field of a record that holds one value a lane

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it leaves a whole number in the lowest bits
_FARTHEST = 708.0  # beyond, the exponential leaves the normal numbers
_EXPONENT = 0x3FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def exp(x: float) -> float:
    """Raise e to a power, to 1e-15 of the result; powers beyond 708 either way count as 708.

    Examples
    --------
    >>> exp(0.0)
    1.0
    """
    x = min(max(x, -_FARTHEST), _FARTHEST)
    turn = x * _LOG2_E + _ROUND
    whole = turn - _ROUND
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    # Polynomial through Chebyshev points of |r| <= ln(2) / 2; error 1e-17.
    y = 2.511147068079646e-08
    y = y * r + 2.76328955267439e-07
    y = y * r + 2.7557238194250147e-06
    y = y * r + 2.4801484769061287e-05
    y = y * r + 0.00019841269890738905
    y = y * r + 0.001388888895300991
    y = y * r + 0.008333333333320661
    y = y * r + 0.04166666666648529
    y = y * r + 0.16666666666666674
    y = y * r + 0.5000000000000019
    y = (y * r + 1.0) * r + 1.0
    power = (np.float64(turn).view(np.int64) << 52) + _EXPONENT
    return y * np.int64(power).view(np.float64)


@njit(cache=True, error_model="numpy", fastmath={"contract"}, forceinline=True)
def log(x: float) -> float:
    """Take the natural logarithm of a normal number, to 1e-15 of the result; of 0, minus infinity.

    References
    ----------
    Series and coefficients: `e_log.c` of fdlibm (Sun Microsystems, 1993).

    Examples
    --------
    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    bits = np.float64(x).view(np.int64)
    power = (bits - _ROOT_HALF_BITS) >> 52
    f = np.int64(bits - (power << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = 1.479819860511658591e-01
    r = r * z + 1.531383769920937332e-01
    r = r * z + 1.818357216161805012e-01
    r = r * z + 2.222219843214978396e-01
    r = r * z + 2.857142874366239149e-01
    r = r * z + 3.999999999940941908e-01
    r = (r * z + 6.666666666666735130e-01) * z
    half = 0.5 * f * f
    found = power * _LN2_HIGH - ((half - (s * (half + r) + power * _LN2_LOW)) - f)
    found = -np.inf if x == 0.0 else found
    return np.inf if x == np.inf else found


def pack(futures: np.ndarray) -> np.ndarray:
    """Turn futures into blocks whose fields hold one value a lane; the last future fills the last block."""
    names = futures.dtype.names or ()
    layout = np.dtype([(name, *LANE) for name in names])
    blocks = np.empty(-(-futures.size // LANES), layout)
    count = len(names)
    _transpose(futures.view(np.float64).reshape(-1, count), blocks.view(np.float64).reshape(-1, count, LANES))
    return blocks


@njit(cache=True, parallel=True)
def _transpose(table: np.ndarray, blocks: np.ndarray) -> None:
    for i in prange(blocks.shape[0]):
        for b in range(LANES):
            f = min(i * LANES + b, table.shape[0] - 1)
            for k in range(table.shape[1]):
                blocks[i, k, b] = table[f, k]
