"""Exponential and logarithm for vector instructions, and futures packed side by side."""

from __future__ import annotations

import numpy as np
from numba import njit

from kedge.core.lanes import LANES, exp, log, pack


@njit
def exp_of(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


@njit
def log_of(x, out):
    for i in range(x.size):
        out[i] = log(x[i])


def error(compiled, exact, x):
    """Largest relative error against the C library in long double."""
    found = np.empty_like(x)
    compiled(x, found)
    truth = exact(x.astype(np.longdouble))
    return float(np.max(np.abs(found - truth) / np.where(truth == 0.0, 1.0, np.abs(truth))))


def test_the_exponential_is_exact_to_1e_15():
    rng = np.random.default_rng(1)
    for x in (rng.uniform(-700, 700, 100_000), rng.normal(size=100_000), rng.normal(size=10_000) * 1e-9):
        assert error(exp_of, np.exp, x) < 1e-15


def test_the_logarithm_is_exact_to_1e_15():
    rng = np.random.default_rng(2)
    for x in (np.exp(rng.uniform(-700, 700, 100_000)), 1.0 + 0.3 * rng.uniform(-1, 1, 100_000)):
        assert error(log_of, np.log, x) < 1e-15


def test_the_ends_are_certainties_not_errors():
    assert exp(np.inf) == exp(708.0) > 1e307
    assert 0.0 < exp(-np.inf) < 1e-307
    assert (log(0.0), log(np.inf)) == (-np.inf, np.inf)


def test_packed_futures_keep_their_order_and_the_last_fills_up():
    count = LANES + 3
    futures = np.empty(count, np.dtype([("a", "f8"), ("b", "f8")]))
    futures["a"], futures["b"] = np.arange(count), -np.arange(count)
    blocks = pack(futures)
    assert blocks.shape == (2,)
    for name in ("a", "b"):
        laid = blocks[name].reshape(-1)
        assert (laid[:count] == futures[name]).all()
        assert (laid[count:] == futures[name][-1]).all()
