"""Which sets of players a division of the variance looks at, and how it weighs them; players by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from kedge.core.errors import StudyError

Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Coalitions:
    """Sets of players, and what each counts in every player's effect.

    Parameters
    ----------
    members : yes or no
        `[coalition, player]`; the first is nobody, the last everybody.
    weight
        `[player, coalition]`: an effect is the weighted sum of what coalitions are worth.
    joined, left
        `[order, player]`: coalition with and without the player when each joins in a random
        order; None if all orders count.
    """

    members: np.ndarray
    weight: np.ndarray
    joined: np.ndarray | None = None
    left: np.ndarray | None = None

    def divide(self, worth: np.ndarray) -> np.ndarray:
        """Divide what everybody is worth, `[..., coalition]`, among players, `[..., player]`."""
        return (worth[..., None, :] * self.weight).sum(axis=-1)

    def order_error(self, worth: np.ndarray) -> np.ndarray:
        """Give the standard error that comes from looking at some orders only, `[..., player]`."""
        if self.joined is None or self.left is None:
            return np.zeros((*worth.shape[:-1], len(self.weight)))
        gains = worth[..., self.joined] - worth[..., self.left]
        # An order and its reverse are drawn as a pair, so pairs are what is independent.
        pairs = (gains[..., 0::2, :] + gains[..., 1::2, :]) / 2
        return pairs.std(axis=-2, ddof=1) / np.sqrt(pairs.shape[-2])


def all_coalitions(players: int) -> Coalitions:
    """Look at every set of players: exact.

    References
    ----------
    Shapley (1953); for variance, Owen (2014).

    Examples
    --------
    >>> game = all_coalitions(2)
    >>> game.divide(np.array([0.0, 1.0, 2.0, 5.0]))
    array([2., 3.])
    """
    members = (np.arange(2**players)[:, None] >> np.arange(players) & 1).astype(bool)
    size = members.sum(axis=1)
    with_it = np.array([factorial(max(k - 1, 0)) * factorial(players - k) for k in range(players + 1)])
    without = np.array([factorial(k) * factorial(max(players - k - 1, 0)) for k in range(players + 1)])
    share = np.where(members.T, with_it[size], -without[size]) / factorial(players)
    return Coalitions(members, share)


def drawn_coalitions(players: int, orders: int, seed: int) -> Coalitions:
    """Look at the sets that arise when players join in random orders, each with its reverse.

    References
    ----------
    Castro, Gómez & Tejada (2009); pairs of reverses: Mitchell et al. (2022).

    Examples
    --------
    >>> game = drawn_coalitions(3, 4, seed=1)
    >>> float(game.divide(game.members @ np.array([1.0, 2.0, 3.0])).sum())
    6.0
    """
    rng = np.random.default_rng(seed)
    forward = [rng.permutation(players) for _ in range(max(orders // 2, 2))]
    sequence = [order for pair in forward for order in (pair, pair[::-1])]
    number: dict[bytes, int] = {bytes(players): 0}
    members = [np.zeros(players, dtype=bool)]
    joined, left = np.empty((2, len(sequence), players), dtype=int)
    for row, order in enumerate(sequence):
        inside = np.zeros(players, dtype=bool)
        for player in order:
            left[row, player] = number[inside.tobytes()]
            inside[player] = True
            if inside.tobytes() not in number:
                number[inside.tobytes()] = len(members)
                members.append(inside.copy())
            joined[row, player] = number[inside.tobytes()]
    # Everybody stands last, as in the exact game.
    full, last = number[bytes([1] * players)], len(members) - 1
    members[full], members[last] = members[last], members[full]
    place = np.arange(len(members))
    place[full], place[last] = last, full
    joined, left = place[joined], place[left]
    weight = np.zeros((players, len(members)))
    for player in range(players):
        np.add.at(weight[player], joined[:, player], 1 / len(sequence))
        np.add.at(weight[player], left[:, player], -1 / len(sequence))
    return Coalitions(np.stack(members), weight, joined, left)


def players_of(
    names: Sequence[str], groups: Groups | None
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Name the players and give the columns of each; without groups, every uncertainty is one.

    Raises
    ------
    StudyError
        No or empty groups, an unknown uncertainty, or one in two groups.

    Examples
    --------
    >>> players_of(("a", "b", "c"), {"ends": ("a", "c")})
    (('ends',), ((0, 2),))
    """
    names = tuple(names)
    groups = {name: (name,) for name in names} if groups is None else groups
    _check_groups(names, groups)
    columns = tuple(tuple(names.index(name) for name in group) for group in groups.values())
    return tuple(groups), columns


def _check_groups(names: tuple[str, ...], groups: Groups) -> None:
    if not groups or not all(groups.values()):
        raise StudyError("every group needs a name and at least one uncertainty, and there must be a group")
    listed = [name for group in groups.values() for name in group]
    unknown = sorted(set(listed) - set(names))
    if unknown:
        raise StudyError(
            f"groups name what is no uncertainty: {', '.join(unknown)}; known: {', '.join(names)}"
        )
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise StudyError(f"an uncertainty belongs to one group, but these are in several: {', '.join(twice)}")
