"""Draw futures: points in the space of uncertainties, in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.axes import Futures
from kedge.strategy.copula import Correlation
from kedge.strategy.dependence import to_futures
from kedge.strategy.points import SOBOL_LIMIT, Method, unit_points
from kedge.strategy.problem import Uncertainty

_BLOCK = 4096
"""Futures drawn at a time, so that the work stays in the processor's cache."""


def draw_futures(
    uncertainties: Sequence[Uncertainty],
    count: int,
    seed: int,
    method: Method = "sobol",
    correlation: Correlation | None = None,
) -> Futures:
    """Draw futures that cover the ranges of the uncertainties.

    Row k of a `sobol` or `random` draw is the same however many rows follow it, so a
    longer draw contains the shorter one.  A Latin hypercube is laid out for its count.

    Parameters
    ----------
    uncertainties
        Ranges and shapes.
    count
        Number of futures; need not be a power of two, though Sobol points are most
        even when it is.
    seed
        Scrambles the sequence; the same seed gives the same futures.
    method
        `sobol` (scrambled; Owen 1998, with linear matrix scrambling and digital shift),
        `lhs` (Latin hypercube; McKay et al. 1979) or `random`.
    correlation : Spearman rank correlation, optional
        From `correlation_matrix`; left out, all are independent.

    Returns
    -------
    Futures
        Physical units; a `choice` is the index of its category.

    Raises
    ------
    DomainError
        The count is not a positive whole number, or the seed is negative.
    StudyError
        No uncertainties, or two with one name.

    Examples
    --------
    >>> ranges = [Uncertainty("a", 0, 1), Uncertainty("b", 10, 20)]
    >>> short, long = draw_futures(ranges, 5, seed=1), draw_futures(ranges, 100, seed=1)
    >>> bool(np.array_equal(short, long[:5]))
    True
    """
    check_draw(uncertainties, count, seed, method)
    block = unit_points(len(uncertainties), count, seed, method)
    futures = np.empty((count, len(uncertainties)))
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        futures[start:stop] = to_futures(block(start, stop), uncertainties, correlation)
    return futures


def check_draw(uncertainties: Sequence[Uncertainty], count: int, seed: int, method: str) -> None:
    """Refuse a draw that cannot be made; see `draw_futures` for what is raised."""
    check_names([uncertainty.name for uncertainty in uncertainties])
    if method not in get_args(Method):
        raise DomainError(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
    if not is_whole(count, least=1):
        raise DomainError(f"expected a whole number of futures, one or more, got {count!r}")
    if method == "sobol" and count > SOBOL_LIMIT:
        raise DomainError(
            f"a Sobol sequence holds {SOBOL_LIMIT} futures, asked for {count}; use method='random'"
        )
    if not is_whole(seed, least=0):
        raise DomainError(f"the seed must be a whole number, zero or more, got {seed!r}")


def check_names(names: list[str]) -> None:
    """Refuse to draw from no uncertainties or from two of one name."""
    if not names:
        raise StudyError("there are no uncertainties to draw from; declare at least one")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StudyError(f"uncertainties need different names; given more than once: {', '.join(twice)}")


def is_whole(number: object, least: int) -> bool:
    """Whether this is a whole number, not a truth value, of at least that size."""
    return not isinstance(number, bool) and isinstance(number, (int, np.integer)) and bool(number >= least)
