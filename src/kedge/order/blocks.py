"""Factor of a symmetric matrix whose blocks touch only their neighbours, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la
from jaxtyping import Float


@dataclass(frozen=True)
class BlockFactor:
    """Cholesky factor of a block-tridiagonal matrix.

    Parameters
    ----------
    bounds
        First row of each block, and the number of rows at the end.
    diagonal
        Lower triangular factor of each block.
    below
        Factor between each block and the next, `[next, this]`.
    """

    bounds: np.ndarray
    diagonal: tuple[np.ndarray, ...]
    below: tuple[np.ndarray, ...]

    def half(self, right: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
        """Solve with the lower factor alone."""
        out = np.empty_like(right)
        carry = None
        for at, (factor, part) in enumerate(zip(self.diagonal, self._parts(right), strict=True)):
            here = part if carry is None else part - carry
            solved = la.solve_triangular(factor, here, lower=True, check_finite=False)
            out[self.bounds[at] : self.bounds[at + 1]] = solved
            carry = self.below[at] @ solved if at < len(self.below) else None
        return out

    def other_half(self, right: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
        """Solve with the transposed factor; fed with standard normal rows it gives draws."""
        out = np.empty_like(right)
        after = None
        for at in range(len(self.diagonal) - 1, -1, -1):
            part = right[self.bounds[at] : self.bounds[at + 1]]
            here = part if after is None else part - self.below[at].T @ after
            after = la.solve_triangular(self.diagonal[at], here, lower=True, trans=1, check_finite=False)
            out[self.bounds[at] : self.bounds[at + 1]] = after
        return out

    def solve(self, right: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
        """Solve with the matrix itself."""
        return self.other_half(self.half(right))

    def inverse_parts(self) -> tuple[Float[np.ndarray, " row"], list[np.ndarray]]:
        """Give the diagonal of the inverse, and its blocks between each block and the next `[next, this]`."""
        out = np.empty(self.bounds[-1])
        after, between = None, []
        for at in range(len(self.diagonal) - 1, -1, -1):
            factor = self.diagonal[at]
            inner = np.eye(factor.shape[0])
            if after is not None:
                half = after @ self.below[at]
                inner += self.below[at].T @ half
                between.append(
                    -la.solve_triangular(factor, half.T, lower=True, trans=1, check_finite=False).T
                )
            left = la.solve_triangular(factor, inner, lower=True, trans=1, check_finite=False)
            after = la.solve_triangular(factor, left.T, lower=True, trans=1, check_finite=False)
            out[self.bounds[at] : self.bounds[at + 1]] = np.diag(after)
        return out, between[::-1]

    def _parts(self, right: np.ndarray) -> list[np.ndarray]:
        return np.split(right, self.bounds[1:-1])


def factor_blocks(diagonal: list[np.ndarray], below: list[np.ndarray]) -> BlockFactor:
    """Factor a positive definite block-tridiagonal matrix.

    Parameters
    ----------
    diagonal
        Symmetric blocks.
    below
        Blocks between each and the next, `[next, this]`.

    Raises
    ------
    numpy.linalg.LinAlgError
        The matrix is not positive definite.
    """
    factors, lower = [], []
    carry = None
    for at, block in enumerate(diagonal):
        factors.append(la.cholesky(block if carry is None else block - carry, lower=True, check_finite=False))
        if at < len(below):
            lower.append(la.solve_triangular(factors[-1], below[at].T, lower=True, check_finite=False).T)
            carry = lower[-1] @ lower[-1].T
    bounds = np.cumsum([0, *(block.shape[0] for block in diagonal)])
    return BlockFactor(bounds, tuple(factors), tuple(lower))
