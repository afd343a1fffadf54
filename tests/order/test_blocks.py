"""The factor of block-tridiagonal matrices does what dense algebra does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.order.blocks import BlockFactor, factor_blocks

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=6)
SEEDS = st.integers(0, 2**32 - 1)


def matrix(sizes: list[int], seed: int) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """A positive definite block-tridiagonal matrix, whole and in blocks."""
    rng = np.random.default_rng(seed)
    bounds = np.cumsum([0, *sizes])
    root = np.zeros((bounds[-1], bounds[-1]))
    parts = [slice(*pair) for pair in itertools.pairwise(bounds)]
    for at, here in enumerate(parts):
        root[here, here] = np.tril(0.5 * rng.standard_normal((sizes[at], sizes[at])), -1)
        root[here, here] += np.diag(rng.uniform(0.7, 2.0, sizes[at]))
        if at:
            root[here, parts[at - 1]] = 0.5 * rng.standard_normal((sizes[at], sizes[at - 1]))
    dense = root @ root.T
    pairs = zip(parts[1:], parts[:-1], strict=True)
    return dense, [dense[p, p] for p in parts], [dense[a, b] for a, b in pairs]


def factored(sizes: list[int], seed: int) -> tuple[np.ndarray, BlockFactor]:
    dense, diagonal, below = matrix(sizes, seed)
    return dense, factor_blocks(diagonal, below)


@given(SIZES, SEEDS)
def test_solving_is_solving_with_the_dense_matrix(sizes: list[int], seed: int) -> None:
    dense, factor = factored(sizes, seed)
    right = np.random.default_rng(seed).standard_normal((dense.shape[0], 3))
    np.testing.assert_allclose(dense @ factor.solve(right), right, atol=1e-6 * np.linalg.cond(dense))
    np.testing.assert_allclose(
        factor.half(right), np.linalg.solve(np.linalg.cholesky(dense), right), atol=1e-6
    )
    np.testing.assert_allclose(
        factor.other_half(right), np.linalg.solve(np.linalg.cholesky(dense).T, right), atol=1e-6
    )


@given(SIZES, SEEDS)
def test_parts_of_the_inverse_are_those_of_the_dense_inverse(sizes: list[int], seed: int) -> None:
    dense, factor = factored(sizes, seed)
    inverse = np.linalg.inv(dense)
    size = np.abs(inverse).max()
    rows, between = factor.inverse_parts()
    np.testing.assert_allclose(rows, np.diag(inverse), atol=1e-8 * size)
    bounds = np.cumsum([0, *sizes])
    assert len(between) == len(sizes) - 1
    for at, block in enumerate(between):
        wanted = inverse[bounds[at + 1] : bounds[at + 2], bounds[at] : bounds[at + 1]]
        np.testing.assert_allclose(block, wanted, atol=1e-8 * size)


@given(SIZES, SEEDS)
def test_inputs_are_left_as_they_were(sizes: list[int], seed: int) -> None:
    _, diagonal, below = matrix(sizes, seed)
    before = [part.copy() for part in (*diagonal, *below)]
    factor_blocks(diagonal, below)
    assert all(np.array_equal(a, b) for a, b in zip(before, (*diagonal, *below), strict=True))


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        factor_blocks([np.array([[-1.0]])], [])
    with pytest.raises(np.linalg.LinAlgError):
        factor_blocks([np.array([[1.0]]), np.array([[1.0]])], [np.array([[2.0]])])
