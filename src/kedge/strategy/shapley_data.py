"""Divide an outcome's variance among uncertainties, correlated or not, from the futures at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import KDTree
from scipy.stats import rankdata

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, PerFuture, Rows
from kedge.strategy.binning import check_columns, check_outcomes
from kedge.strategy.coalitions import Coalitions, Groups, all_coalitions, drawn_coalitions, players_of
from kedge.strategy.delta import DeltaSettings, borgonovo_delta
from kedge.strategy.problem import Uncertainty
from kedge.strategy.summary import Resampling

SPARE = 5
"""Neighbours looked up beyond those used, to stand in for those that the jackknife leaves out."""

LEAST_WEIGHT = 0.05
"""Weight in the distance of an uncertainty that no outcome seems to follow, the chief one's being one."""


@dataclass(frozen=True)
class ShapleySettings:
    """How Shapley effects are estimated from given data.

    Parameters
    ----------
    neighbours
        Futures, itself included, whose spread stands for the spread about a future.
    centres
        Futures about which the spread is looked at; all if there are fewer.
    all_sets_up_to
        Players for which all sets are looked at: two to that power; beyond, random orders.
    orders
        Random orders in which players join, when there are more of them.
    groups
        Random groups of futures for the jackknife.
    shuffles
        Times the outcome is shuffled to see what chance gives.
    seed
        Of all that is random.

    Raises
    ------
    DomainError
        Fewer than two neighbours, ten centres, four orders, two groups or one shuffle.
    """

    neighbours: int = 3
    centres: int = 4000
    all_sets_up_to: int = 8
    orders: int = 32
    groups: int = 20
    shuffles: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        given = (self.neighbours, self.centres, self.orders, self.groups, self.shuffles)
        if any(number < least for number, least in zip(given, (2, 10, 4, 2, 1), strict=True)):
            raise DomainError(
                "Shapley effects need two neighbours, ten centres, four orders, two groups and one shuffle "
                f"at least, got {given}"
            )


@dataclass(frozen=True)
class ShapleyEffects:
    """How the variance of each outcome divides among players; arrays are `[outcome, player]`.

    Parameters
    ----------
    players
        Uncertainties, or groups of them.
    effect, low, high : share of variance
        Mean gain in explained variance when the player becomes known, over all orders in which
        players can; 95 % interval, which says nothing on bias.  Effects and `rest` add up to one.
    noise : share of variance, by outcome
        What chance and coarse neighbourhoods can give an idle player; below it is noise.
    rest : share of variance, by outcome
        Left to uncertainties that are no players; zero if all are.
    unresolved : share of variance, by outcome
        Found among neighbours in all players at once.  If all uncertainties are players, it is error,
        spread over their effects; when large, take fewer players or more futures.
    """

    players: tuple[str, ...]
    effect: Rows
    low: Rows
    high: Rows
    noise: np.ndarray
    rest: np.ndarray
    unresolved: np.ndarray

    def ranked(self, outcome: int) -> tuple[str, ...]:
        """Names of the players by effect on one outcome, largest first."""
        order = np.argsort(-self.effect[outcome], kind="stable")
        return tuple(self.players[column] for column in order)


def shapley_effects(
    outcomes: Rows,
    futures: Futures,
    uncertainties: Sequence[Uncertainty],
    players: Groups | None = None,
    settings: ShapleySettings | None = None,
) -> ShapleyEffects:
    """Estimate Shapley effects from given data: no runs beyond those at hand, no independence.

    What is unknown once a set of uncertainties is known is the spread of the outcome among futures
    that are near in these.  Distance is in ranks, weighed by how far each uncertainty moves the
    outcome (its delta, less noise): those that do nothing should not keep futures apart.

    Parameters
    ----------
    outcomes
        `[outcome, future]`, any unit.
    futures
        Physical units; correlated or not.
    uncertainties
        In column order.
    players
        Groups of uncertainties by name, to be taken as one; every uncertainty by itself if not
        given.  Those in no group are left to `rest`.
    settings
        Neighbours, sets, jackknife.

    Returns
    -------
    ShapleyEffects
        All zero, the rest too, for an outcome that never varies.

    Raises
    ------
    DomainError
        Shapes do not fit, numbers are not finite, or futures are too few.
    StudyError
        Groups do not fit the uncertainties.

    References
    ----------
    Owen (2014); Song, Nelson & Staum (2016); Broto, Bachoc & Depecker (2020) for
    neighbours; delete-a-group jackknife: Kott (2001).  The weights of the distance are our own.

    Examples
    --------
    >>> x = np.random.default_rng(0).random((1000, 2))
    >>> ranges = [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)]
    >>> found = shapley_effects((3 * x[:, :1] + x[:, 1:]).T, x, ranges)
    >>> found.effect.round(1), float(found.effect.sum().round(12))
    (array([[0.9, 0.1]]), 1.0)
    """
    settings, uncertainties = settings or ShapleySettings(), tuple(uncertainties)
    outcomes = check_outcomes(outcomes)
    futures = check_columns(futures, uncertainties, outcomes.shape[1])
    if len(futures) < 2 * settings.groups:
        raise DomainError(f"expected {2 * settings.groups} futures or more, got {len(futures)}; run more")
    names, columns = players_of([uncertainty.name for uncertainty in uncertainties], players)
    complete = sum(map(len, columns)) == len(uncertainties)
    game = _game(len(names), settings)
    weights = _distance_weights(outcomes, futures, uncertainties, settings.seed)
    spots = _coordinates(futures, uncertainties, settings.seed)
    parts = []
    for outcome, weight in zip(outcomes, weights, strict=True):
        near = [spot * share for spot, share in zip(spots, weight, strict=True)]
        places = [np.concatenate([near[column] for column in group], axis=1) for group in columns]
        parts.append(_divide(outcome, places, game, complete, settings))
    arrays = [np.stack(column) for column in zip(*parts, strict=True)]
    return ShapleyEffects(names, *arrays)


def _game(players: int, settings: ShapleySettings) -> Coalitions:
    if players <= settings.all_sets_up_to:
        return all_coalitions(players)
    return drawn_coalitions(players, settings.orders, settings.seed)


def _divide(
    outcome: PerFuture, places: list[np.ndarray], game: Coalitions, complete: bool, settings: ShapleySettings
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(settings.seed)
    futures, players = len(outcome), len(places)
    spread = outcome.std()
    if spread <= 1e-12 * np.abs(outcome).max():
        nothing = np.zeros(players)
        return nothing, nothing, nothing, np.array(0.0), np.array(0.0), np.array(0.0)
    outcome = (outcome - outcome.mean()) / spread
    centres = rng.permutation(futures)[: settings.centres]
    group = rng.permutation(np.arange(futures) % settings.groups)
    shuffled = np.stack([rng.permutation(outcome) for _ in range(settings.shuffles)])
    # One row a jackknife group, then all futures, then the shuffled outcomes.
    left = np.empty((settings.groups + 1 + settings.shuffles, len(game.members)))
    left[:, 0] = _whole_variance(outcome, group, settings)
    for number, inside in enumerate(game.members[1:], 1):
        place = np.concatenate([places[player] for player in np.flatnonzero(inside)], axis=1)
        wanted = min(settings.neighbours + SPARE, futures)
        near = KDTree(place).query(place[centres], k=wanted)[1]
        left[: settings.groups + 1, number] = _left_out(
            outcome, near, group, settings.groups, settings.neighbours
        )
        left[settings.groups + 1 :, number] = _shuffled(shuffled, near, settings.neighbours)
    return _shares(left, game, complete, settings)


def _shares(
    left: np.ndarray, game: Coalitions, complete: bool, settings: ShapleySettings
) -> tuple[np.ndarray, ...]:
    """Turn the variance left by each coalition into effects, interval, noise, rest and unresolved share."""
    worth = 1 - left / left[:, :1]
    unresolved = 1 - worth[settings.groups, -1]
    if complete:
        worth[: settings.groups + 1, -1] = 1.0
    found = game.divide(worth)
    without, whole, chance = found[: settings.groups], found[settings.groups], found[settings.groups + 1 :]
    scale = (settings.groups - 1) / settings.groups
    variance = scale * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    error = np.sqrt(variance + game.order_error(worth[settings.groups]) ** 2)
    coarse = max(unresolved, 0.0) / game.members.shape[1]
    rest = np.array(0.0 if complete else unresolved)
    noise = np.quantile(np.abs(chance), 0.95) + (coarse if complete else 0.0)
    return whole, whole - 1.96 * error, whole + 1.96 * error, noise, rest, np.array(unresolved)


def _whole_variance(outcome: PerFuture, group: np.ndarray, settings: ShapleySettings) -> np.ndarray:
    without = [outcome[group != out].var(ddof=1) for out in range(settings.groups)]
    return np.array([*without, *[outcome.var(ddof=1)] * (1 + settings.shuffles)])


def _distance_weights(
    outcomes: Rows, futures: Futures, uncertainties: tuple[Uncertainty, ...], seed: int
) -> np.ndarray:
    """How much each uncertainty counts in the distance, `[outcome, uncertainty]`."""
    quick = DeltaSettings(shuffles=2, resampling=Resampling(10, seed))
    found = borgonovo_delta(outcomes, futures, uncertainties, quick)
    above = np.maximum(found.delta - found.noise[:, None], 0.0)
    most = above.max(axis=1, keepdims=True)
    return np.where(most > 0, np.maximum(above / np.where(most > 0, most, 1.0), LEAST_WEIGHT), 1.0)


def _coordinates(futures: Futures, uncertainties: tuple[Uncertainty, ...], seed: int) -> list[np.ndarray]:
    """Place of each future along each uncertainty: its rank, or a corner a category."""
    rng = np.random.default_rng(seed)
    spots = []
    for column, uncertainty in zip(futures.T, uncertainties, strict=True):
        if uncertainty.is_categorical:
            spot = (column[:, None] == np.arange(len(uncertainty.categories))) / np.sqrt(2)
        else:
            spot = rankdata(column)[:, None] / len(column)
        # Equal values are told apart at random, or the same few would be everybody's neighbours.
        spots.append(spot + 1e-7 * rng.random(spot.shape))
    return spots


@numba.njit(cache=True)
def _left_out(outcome, near, group, groups, size):  # pragma: no cover - compiled
    """Mean variance among neighbours without each group in turn, and last with all futures."""
    found = np.zeros(groups + 1)
    for out in range(groups + 1):
        total, places = 0.0, 0
        for centre in range(len(near)):
            if group[near[centre, 0]] == out:
                continue
            count, mean, square = 0, 0.0, 0.0
            for neighbour in near[centre]:
                if group[neighbour] != out and count < size:
                    count += 1
                    step = outcome[neighbour] - mean
                    mean += step / count
                    square += step * (outcome[neighbour] - mean)
            if count > 1:
                total += square / (count - 1)
                places += 1
        found[out] = total / max(places, 1)
    return found


@numba.njit(cache=True)
def _shuffled(rows, near, size):  # pragma: no cover - compiled
    """Mean variance among neighbours of each row."""
    found = np.zeros(len(rows))
    nobody = np.full(rows.shape[1], 1)
    for row in range(len(rows)):
        found[row] = _left_out(rows[row], near, nobody, 0, size)[0]
    return found
