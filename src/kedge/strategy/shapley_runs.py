"""Divide an outcome's variance among uncertainties, correlated or not, by model runs made for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, Rows
from kedge.strategy.binning import check_outcomes
from kedge.strategy.coalitions import Groups, players_of
from kedge.strategy.copula import Correlation, check_correlation, latent_correlation, to_latent, to_unit
from kedge.strategy.distributions import from_unit
from kedge.strategy.futures import draw_futures
from kedge.strategy.problem import Uncertainty
from kedge.strategy.shapley_data import ShapleyEffects
from kedge.strategy.sobol import resampled_means
from kedge.strategy.summary import Resampling


@dataclass(frozen=True)
class ShapleyDesign:
    """Futures along which players become known one after another.

    Parameters
    ----------
    futures
        Physical units; block k, of `base` rows, holds futures in which the first k players of each
        row's order are as in the last block and the others are drawn anew, given these.
    players
        Uncertainties, or groups of them.
    orders
        `[base row, place]`: number of the player that becomes known at that place.
    complete
        Whether every uncertainty belongs to a player; if not, one last block more has them known.
    """

    futures: Futures
    players: tuple[str, ...]
    orders: np.ndarray
    complete: bool


def shapley_design(
    uncertainties: Sequence[Uncertainty],
    base: int,
    seed: int,
    correlation: Correlation | None = None,
    players: Groups | None = None,
) -> ShapleyDesign:
    """Lay out (players + 1) blocks of `base` futures from which Shapley effects can be worked out.

    Each base row has two independent points of the cube and a random order of players.  From the
    second point to the first, players take over one by one; what comes later in the order is
    carried through the copula given what came before.

    Parameters
    ----------
    uncertainties
        Ranges and shapes.
    base
        Rows of a block; most even if a power of two.
    seed
        Of points and orders; the same call gives the same design.
    correlation : Spearman rank correlation, optional
        Independent if not given.
    players
        Groups of uncertainties to be taken as one; those in no group are left to `rest` and
        cost one block more.

    Returns
    -------
    ShapleyDesign
        Its `futures` are for the model.

    Raises
    ------
    DomainError
        Fewer than two base rows.
    StudyError
        Groups or correlation do not fit the uncertainties.

    References
    ----------
    Goda (2021), for correlated uncertainties by drawing along the order (Rosenblatt 1952; Song,
    Nelson & Staum 2016).

    Examples
    --------
    >>> design = shapley_design([Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)], 8, seed=1)
    >>> design.futures.shape
    (24, 2)
    """
    if base < 2:
        raise DomainError(f"a design needs two base rows at least, got {base}")
    count = len(uncertainties)
    matrix = np.eye(count) if correlation is None else check_correlation(correlation, count)
    names, columns = players_of([uncertainty.name for uncertainty in uncertainties], players)
    named = {column for group in columns for column in group}
    others = tuple(column for column in range(count) if column not in named)
    orders = _balanced_orders(len(names), base, seed)
    full = np.column_stack([orders, np.full(base, len(names))]) if others else orders
    steps = (*columns, others) if others else columns
    points = to_unit(_blocks(full, steps, latent_correlation(matrix), seed).reshape(-1, count))
    for column, uncertainty in enumerate(uncertainties):
        points[:, column] = from_unit(points[:, column], uncertainty)
    return ShapleyDesign(points, names, orders, not others)


def shapley_from_runs(
    outcomes: Rows, design: ShapleyDesign, resampling: Resampling | None = None
) -> ShapleyEffects:
    """Work out Shapley effects of each outcome from runs of a design.

    Without bias at any number of runs; chance shrinks with the root of `base`.

    Parameters
    ----------
    outcomes
        `[outcome, run]`, runs in the order of the design's futures; any unit.
    design
        From `shapley_design`.
    resampling
        Of base rows, for the intervals; 1,000 times if not given.

    Returns
    -------
    ShapleyEffects
        With `noise` of half the widest interval, and nothing unresolved but what belongs to `rest`.

    Raises
    ------
    DomainError
        Runs are not finite or do not fit the design.

    References
    ----------
    Goda (2021): the mean of (f(x) - (f(z) + f(z'))/2) (f(z') - f(z)) over steps z to z'.

    Examples
    --------
    >>> ranges = [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)]
    >>> design = shapley_design(ranges, 512, seed=1)
    >>> shapley_from_runs((3 * design.futures[:, :1] + design.futures[:, 1:]).T, design).effect.round(1)
    array([[0.9, 0.1]])
    """
    resampling = resampling or Resampling(resamples=1000)
    outcomes = check_outcomes(outcomes)
    if outcomes.shape[1] != len(design.futures):
        raise DomainError(
            f"expected {len(design.futures)} runs in the order of the design's futures, "
            f"got {outcomes.shape[1]}"
        )
    parts = [_effects(outcome, design, resampling) for outcome in outcomes]
    arrays = [np.stack(column) for column in zip(*parts, strict=True)]
    return ShapleyEffects(design.players, *arrays)


def _effects(outcome: np.ndarray, design: ShapleyDesign, resampling: Resampling) -> tuple[np.ndarray, ...]:
    base, players = design.orders.shape
    spread = outcome.std()
    steady = spread <= 1e-12 * np.abs(outcome).max()
    blocks = ((outcome - outcome.mean()) / (1.0 if steady else spread)).reshape(-1, base)
    steps = (blocks[-1] - (blocks[1:] + blocks[:-1]) / 2) * (blocks[1:] - blocks[:-1])
    terms = np.zeros((base, players + 1))
    np.put_along_axis(terms, design.orders, steps[:players].T, axis=1)
    if not design.complete:
        terms[:, -1] = steps[-1]
    means = resampled_means(terms, resampling)
    whole = means.sum(axis=1, keepdims=True)
    shares = np.zeros_like(means) if steady else means / np.where(whole > 0, whole, 1.0)
    low, high = np.quantile(shares[:-1], resampling.tails, axis=0)
    rest, noise = shares[-1, -1], (high - low)[:-1].max() / 2
    return shares[-1, :-1], low[:-1], high[:-1], noise, rest, rest


def _blocks(
    orders: np.ndarray, steps: tuple[tuple[int, ...], ...], correlation: Correlation, seed: int
) -> np.ndarray:
    """Latent normals of all futures, `[block, base row, uncertainty]`."""
    base, count = len(orders), len(correlation)
    cube = [Uncertainty(f"u{column}", 0.0, 1.0) for column in range(2 * count)]
    latent = to_latent(draw_futures(cube, base, seed))
    owner = np.repeat(np.arange(len(steps)), [len(step) for step in steps])
    blocks = np.empty((len(steps) + 1, base, count))
    _walk(latent, correlation, orders, owner, np.concatenate(steps), blocks)
    return blocks


def _balanced_orders(players: int, base: int, seed: int) -> np.ndarray:
    """Random orders in which every player stands at every place about equally often.

    A random order, its rotations, and the reverse of each.
    """
    rng = np.random.default_rng([seed, players])
    turns = (np.arange(players)[:, None] + np.arange(players)) % players
    rounds = [rng.permutation(players)[turns] for _ in range(-(-base // (2 * players)))]
    orders = np.concatenate([order for one in rounds for order in (one, one[:, ::-1])])
    # Rows of a Sobol sequence follow a pattern too; mixed, the two patterns cannot meet.
    return rng.permutation(orders)[:base]


@numba.njit(cache=True)
def _walk(latent, correlation, orders, owner, listed, blocks):  # pragma: no cover - compiled
    """Carry both points through the copula in each row's own order, block by block."""
    count = correlation.shape[0]
    columns = np.empty(count, dtype=np.int64)
    place = np.empty(count, dtype=np.int64)
    for row in range(len(orders)):
        filled = 0
        for step in range(orders.shape[1]):
            for item in range(count):
                if owner[item] == orders[row, step]:
                    columns[filled], place[filled] = listed[item], step
                    filled += 1
        root = _root(correlation, columns)
        for block in range(len(blocks)):
            for i in range(count):
                total = 0.0
                for j in range(i + 1):
                    side = columns[j] if place[j] < block else count + columns[j]
                    total += root[i, j] * latent[row, side]
                blocks[block, row, columns[i]] = total


@numba.njit(cache=True)
def _root(correlation, columns):  # pragma: no cover - compiled
    """Lower triangular root of the matrix with its columns in that order."""
    count = len(columns)
    root = np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1):
            total = correlation[columns[i], columns[j]]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = np.sqrt(total) if i == j else total / root[j, j]
    return root
