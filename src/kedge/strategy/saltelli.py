"""Lay out model runs from which Sobol indices can be worked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures
from kedge.strategy.distributions import from_unit
from kedge.strategy.futures import draw_futures
from kedge.strategy.problem import Uncertainty


def blocks_of(uncertainties: int, second_order: bool) -> int:
    """Count the blocks of base rows in a design: A, B, and one or two an uncertainty."""
    return 2 + uncertainties * (2 if second_order else 1)


def saltelli_design(uncertainties: int, base: int, seed: int, second_order: bool = False) -> Futures:
    """Lay out points of the unit cube in blocks A, B, AB of each uncertainty and, if wanted, BA of each.

    A and B are the two halves of one scrambled Sobol sequence of twice the dimension.  AB of an
    uncertainty is A with that column from B; BA is B with that column from A.

    Parameters
    ----------
    uncertainties
        How many.
    base
        Rows of a block; most even if a power of two.
    seed
        Scrambles the sequence.
    second_order
        Whether the BA blocks are wanted too, for interactions of pairs; they also make the other
        indices more precise.

    Returns
    -------
    Futures
        Shares, `base` rows a block: (uncertainties + 2) blocks, or (2 uncertainties + 2).

    Raises
    ------
    DomainError
        Not at least one uncertainty and two base rows.

    References
    ----------
    Saltelli et al. (2010), §4; Saltelli (2002) for the BA blocks.

    Examples
    --------
    >>> saltelli_design(3, 8, seed=1).shape, saltelli_design(3, 8, seed=1, second_order=True).shape
    ((40, 3), (64, 3))
    """
    if uncertainties < 1 or base < 2:
        raise DomainError(
            f"a design needs one uncertainty and two base rows at least, got {uncertainties} and {base}"
        )
    cube = [Uncertainty(f"u{column}", 0.0, 1.0) for column in range(2 * uncertainties)]
    both = draw_futures(cube, base, seed)
    one, other = both[:, :uncertainties], both[:, uncertainties:]
    blocks = [one, other, *_swapped(one, other)]
    if second_order:
        blocks.extend(_swapped(other, one))
    return np.concatenate(blocks)


def saltelli_futures(
    uncertainties: Sequence[Uncertainty], base: int, seed: int, second_order: bool = False
) -> Futures:
    """Lay out the design of `saltelli_design` in physical units, ready for a model.

    Examples
    --------
    >>> futures = saltelli_futures([Uncertainty("a", 10, 20), Uncertainty("b", 0, 1)], 4, seed=1)
    >>> futures.shape, bool((futures[:, 0] >= 10).all())
    ((16, 2), True)
    """
    points = saltelli_design(len(uncertainties), base, seed, second_order)
    for column, uncertainty in enumerate(uncertainties):
        points[:, column] = from_unit(points[:, column], uncertainty)
    return points


def _swapped(kept: Futures, lent: Futures) -> list[Futures]:
    blocks = []
    for column in range(kept.shape[1]):
        block = kept.copy()
        block[:, column] = lent[:, column]
        blocks.append(block)
    return blocks
