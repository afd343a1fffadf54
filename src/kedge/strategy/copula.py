"""Tie uncertainties together: points of the unit cube with given rank correlations.

A Gaussian copula.  It says how strongly uncertainties move together, and nothing else: extremes
are not more tied than the middle, and each uncertainty keeps its own range and shape.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

from kedge.core.errors import StudyError
from kedge.strategy.axes import Futures

Correlation = Float[np.ndarray, "uncertainty other"]
Latent = Float[np.ndarray, "future uncertainty"]

MARGIN = 1e-8
"""Smallest eigenvalue that a latent correlation matrix may have."""

_LEAST, _MOST = 2.0**-60, 1 - 2.0**-53


def correlation_matrix(names: Sequence[str], pairs: Mapping[tuple[str, str], float]) -> Correlation:
    """Build the matrix of Spearman rank correlations of named uncertainties.

    Parameters
    ----------
    names
        Uncertainties in column order.
    pairs : rank correlation, above -1 and below 1
        By two names, in either order; pairs that are not named count as zero.

    Returns
    -------
    Correlation
        Symmetric, ones on the diagonal; fit for `correlate`.

    Raises
    ------
    StudyError
        A name is unknown or stands with itself, a pair is given twice, a number is not between
        -1 and 1, or no joint distribution has these correlations; then the message says which
        pairs conflict and by what they can be multiplied to agree.

    Examples
    --------
    >>> correlation_matrix(("a", "b", "c"), {("a", "c"): 0.5})[0]
    array([1. , 0. , 0.5])
    """
    names = tuple(names)
    place = {name: column for column, name in enumerate(names)}
    if len(place) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise StudyError(f"uncertainties need different names; given more than once: {', '.join(twice)}")
    matrix, seen = np.eye(len(names)), set()
    for pair, value in pairs.items():
        one, other = _known_pair(pair, place)
        if frozenset((one, other)) in seen:
            raise StudyError(f"the correlation of {pair[0]!r} and {pair[1]!r} is given twice; keep one")
        seen.add(frozenset((one, other)))
        if not -1 < value < 1:
            raise StudyError(
                f"the rank correlation of {pair[0]!r} and {pair[1]!r} must lie between -1 and 1, got "
                f"{value}; for uncertainties that always move as one, use a single uncertainty"
            )
        matrix[one, other] = matrix[other, one] = value
    _refuse_conflict(matrix, names)
    return matrix


def check_correlation(correlation: Correlation, columns: int) -> Correlation:
    """Refuse a matrix that is not one of rank correlations of so many uncertainties.

    Raises
    ------
    StudyError
        Wrong shape, not symmetric, diagonal not one, outside (-1, 1), or not positive definite.
    """
    correlation = np.asarray(correlation, dtype=float)
    if correlation.shape != (columns, columns):
        raise StudyError(
            f"a correlation matrix for {columns} uncertainties is {columns} x {columns}, "
            f"got {correlation.shape}; build it with correlation_matrix"
        )
    off = correlation[~np.eye(columns, dtype=bool)]
    if not (
        np.array_equal(correlation, correlation.T)
        and (np.diag(correlation) == 1).all()
        and (np.abs(off) < 1).all()
    ):
        raise StudyError(
            "a correlation matrix is symmetric, has ones on its diagonal, and numbers between -1 and 1 "
            "elsewhere; build it with correlation_matrix"
        )
    _refuse_conflict(correlation, tuple(f"column {column}" for column in range(columns)))
    return correlation


def latent_correlation(correlation: Correlation) -> Correlation:
    """Turn Spearman rank correlations into those of the normals behind a Gaussian copula.

    References
    ----------
    Pearson (1907): product-moment = 2 sin(pi rank / 6).

    Examples
    --------
    >>> latent_correlation(np.array([[1.0, 0.5], [0.5, 1.0]])).round(4)[0]
    array([1.    , 0.5176])
    """
    latent = 2 * np.sin(np.pi / 6 * np.asarray(correlation, dtype=float))
    # A sine of pi / 6 is not exactly one half in floating point.
    np.fill_diagonal(latent, 1.0)
    return latent


def to_latent(unit: Futures) -> Latent:
    """Carry points of the unit cube to standard normals; 0 and 1 to the farthest finite ones."""
    return ndtri(np.clip(unit, _LEAST, _MOST))


def to_unit(latent: Latent) -> Futures:
    """Carry standard normals to the unit interval."""
    return ndtr(latent)


def correlate(unit: Futures, correlation: Correlation) -> Futures:
    """Tie independent points of the unit cube together with given rank correlations.

    A column that is correlated with no other keeps its numbers to the last bit, and so does the
    first of every group that hangs together; each later column depends on those before it alone.
    Row k does not depend on how many rows follow, and even points stay even: the map carries equal
    volumes to equal probabilities.

    Parameters
    ----------
    unit : shares, from 0 to 1
        Independent columns, such as Sobol points.
    correlation : Spearman rank correlation
        From `correlation_matrix`.

    Returns
    -------
    Futures
        Shares, to be carried to physical units by `from_unit`.

    Raises
    ------
    StudyError
        The matrix does not fit or is no correlation matrix.

    References
    ----------
    Nelsen (2006), An Introduction to Copulas; Rosenblatt (1952) for the order of columns.

    Examples
    --------
    >>> points = np.random.default_rng(1).random((4000, 2))
    >>> tied = correlate(points, correlation_matrix(("a", "b"), {("a", "b"): 0.6}))
    >>> bool(np.array_equal(tied[:, 0], points[:, 0])), float(np.corrcoef(tied.T)[0, 1].round(1))
    (True, 0.6)
    """
    unit = np.asarray(unit, dtype=float)
    correlation = check_correlation(correlation, unit.shape[1])
    root = np.linalg.cholesky(latent_correlation(correlation))
    tied = unit.copy()
    moved = [column for column in range(len(root)) if root[column, :column].any()]
    needed = root[moved].any(axis=0)
    normal = np.zeros_like(unit)
    normal[:, needed] = to_latent(unit[:, needed])
    for column in moved:
        tied[:, column] = to_unit(_combine(normal, root[column]))
    return tied


@dataclass(frozen=True)
class Conditional:
    """How the latent normals of some uncertainties are spread once those of others are known.

    Parameters
    ----------
    known, free
        Columns that are given, and the rest, in rising order.
    weight : latent sd a latent sd
        `[free, known]`: mean of the free normals is weight times the known ones.
    root : latent sd
        `[free, free]`, lower triangular: spread of the free normals about that mean.
    """

    known: np.ndarray
    free: np.ndarray
    weight: np.ndarray
    root: np.ndarray

    def complete(self, known: np.ndarray, fresh: np.ndarray) -> Latent:
        """Fill in the free normals, given the known ones and as many independent normals as are free.

        Parameters
        ----------
        known : latent sd
            `[future, known]`.
        fresh : latent sd
            `[future, free]`, independent.
        """
        whole = np.empty((len(fresh), len(self.known) + len(self.free)))
        whole[:, self.known] = known
        for place, column in enumerate(self.free):
            mean, spread = _combine(known, self.weight[place]), _combine(fresh, self.root[place])
            whole[:, column] = mean + spread
        return whole


def condition(correlation: Correlation, known: Sequence[int]) -> Conditional:
    """Work out the spread of the remaining latent normals once some columns are known.

    Parameters
    ----------
    correlation : Spearman rank correlation
        From `correlation_matrix`.
    known
        Columns that are given; none and all are allowed.

    Returns
    -------
    Conditional
        Its `complete` draws the rest.

    Raises
    ------
    StudyError
        The matrix is no correlation matrix.

    Examples
    --------
    >>> rank = correlation_matrix(("a", "b"), {("a", "b"): 0.5})
    >>> rest = condition(rank, [0])
    >>> rest.weight.round(4), rest.root.round(4)
    (array([[0.5176]]), array([[0.8556]]))
    """
    latent = latent_correlation(check_correlation(correlation, len(correlation)))
    given = np.array(sorted(known), dtype=int)
    free = np.setdiff1d(np.arange(len(latent)), given)
    cross = latent[np.ix_(given, free)]
    weight = np.linalg.solve(latent[np.ix_(given, given)], cross).T
    spread = latent[np.ix_(free, free)] - weight @ cross
    return Conditional(given, free, weight, np.linalg.cholesky((spread + spread.T) / 2))


def _combine(table: Latent, weights: np.ndarray) -> np.ndarray:
    """Sum columns by weight in one fixed order: a matrix product's last digits depend on its shape."""
    total = np.zeros(len(table))
    for column in np.flatnonzero(weights):
        total += weights[column] * table[:, column]
    return total


def _known_pair(pair: tuple[str, str], place: Mapping[str, int]) -> tuple[int, int]:
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise StudyError(f"a correlation belongs to a pair of names, such as ('a', 'b'); got {pair!r}")
    for name in pair:
        if name not in place:
            near = difflib.get_close_matches(str(name), place, n=3) or sorted(place)[:12]
            raise StudyError(f"no uncertainty is called {name!r}; known: {', '.join(near)}")
    if pair[0] == pair[1]:
        raise StudyError(f"{pair[0]!r} is given a correlation with itself, which is always one; leave it out")
    return place[pair[0]], place[pair[1]]


def _smallest(correlation: Correlation) -> float:
    return float(np.linalg.eigvalsh(latent_correlation(correlation))[0])


def _refuse_conflict(correlation: Correlation, names: tuple[str, ...]) -> None:
    smallest = _smallest(correlation) if len(names) else 1.0
    if smallest >= MARGIN:
        return
    conflict, silent = _conflicting(correlation)
    listed = ", ".join(f"{names[i]!r}-{names[j]!r} {correlation[i, j]:g}" for i, j in conflict)
    unnamed = ", ".join(f"{names[i]!r}-{names[j]!r}" for i, j in silent)
    also = f", or give the pairs that now count as zero ({unnamed})" if unnamed else ""
    raise StudyError(
        "no joint distribution has these rank correlations: the matrix is not positive definite, its "
        f"smallest eigenvalue is {smallest:.3g} (as correlations of normals). In conflict: {listed}. "
        f"Multiply all correlations by {_agreeing_factor(correlation):.2f} or less{also}"
    )


def _conflicting(correlation: Correlation) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pairs that pull the smallest eigenvalue down, the strongest first; and the unnamed among them."""
    latent = latent_correlation(correlation)
    direction = np.linalg.eigh(latent)[1][:, 0]
    one, other = np.triu_indices(len(latent), 1)
    pull = -direction[one] * direction[other] * latent[one, other]
    order = [place for place in np.argsort(-pull, kind="stable") if pull[place] > 0.1 * pull.max()]
    conflict = [(int(one[place]), int(other[place])) for place in order][:6]
    involved = {column for pair in conflict for column in pair}
    silent = [
        (int(i), int(j))
        for i, j in zip(one, other, strict=True)
        if latent[i, j] == 0 and i in involved and j in involved
    ]
    return conflict, silent[:6]


def _agreeing_factor(correlation: Correlation) -> float:
    """Largest factor, to two digits, by which all correlations agree with one another."""
    off = correlation - np.eye(len(correlation))
    fitting = [k for k in range(1, 100) if _smallest(np.eye(len(off)) + k / 100 * off) >= MARGIN]
    return max(fitting, default=0) / 100
