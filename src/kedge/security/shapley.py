"""What each member of a coalition is worth: Shapley values, exact and sampled, by member and by domain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numba import njit

from kedge.core.errors import DomainError
from kedge.security.contest import Balance, outcome_odds

MOST_EXACT = 24
"""Members that exact values are worked out for: 2^24 coalitions are 128 MiB."""


@dataclass(frozen=True)
class Sampled:
    """Shapley values from random orders.

    Parameters
    ----------
    value : unit of the game's worth, [member]
    error : same unit, [member]
        Standard error.
    orders
        How many were drawn, their reverses included.
    """

    value: Float[np.ndarray, " member"]
    error: Float[np.ndarray, " member"]
    orders: int


def shapley_values(worth: Float[np.ndarray, " coalition"]) -> Float[np.ndarray, " member"]:
    """Divide what all members are worth together: each member's mean contribution over all orders of joining.

    Parameters
    ----------
    worth
        Of every coalition: entry s is that of the members whose bits are one in s; 2^n entries.

    Returns
    -------
    Float[np.ndarray, " member"]
        In the worth's unit; they add up to `worth[-1] - worth[0]`.

    Raises
    ------
    DomainError
        The number of entries is no power of two, more than 2^24, or an entry is not finite.

    References
    ----------
    Shapley (1953), "A value for n-person games".

    Examples
    --------
    >>> shapley_values(np.array([0.0, 0.0, 0.0, 1.0]))
    array([0.5, 0.5])
    """
    worth = np.ascontiguousarray(worth, dtype=np.float64)
    members = worth.size.bit_length() - 1
    if worth.ndim != 1 or worth.size != 1 << members or members > MOST_EXACT:
        raise DomainError(f"worth should have 2^n entries, n at most {MOST_EXACT}, found {worth.shape}")
    if not np.isfinite(worth).all():
        raise DomainError("worth should be finite for every coalition; leave out members without figures")
    return _exact(worth, members, order_weights(members))


def order_weights(members: int) -> Float[np.ndarray, " size"]:
    """Give the chance that exactly a given set of each size has joined before a given member.

    Examples
    --------
    >>> order_weights(3).tolist()
    [0.3333333333333333, 0.16666666666666666, 0.3333333333333333]
    """
    return np.array([1.0 / (members * math.comb(members - 1, size)) for size in range(members)])


@njit(cache=True, error_model="numpy")
def _exact(worth: np.ndarray, members: int, weight: np.ndarray) -> np.ndarray:
    size = np.zeros(worth.size, np.int8)
    for s in range(1, worth.size):
        size[s] = size[s >> 1] + (s & 1)
    value = np.zeros(members)
    # One sum for each size of coalition: terms alike in size lose nothing to rounding.
    parts = np.empty(max(members, 1))
    for n in range(members):
        parts[:] = 0.0
        bit = 1 << n
        for high in range(0, worth.size, 2 * bit):
            for s in range(high, high + bit):
                parts[size[s]] += worth[s + bit] - worth[s]
        for k in range(members):
            value[n] += weight[k] * parts[k]
    return value


@njit(cache=True, error_model="numpy")
def coalition_worth(
    challenger: float,
    core: float,
    strength: Float[np.ndarray, " member"],
    probability: Float[np.ndarray, " member"],
    balance: Balance,
) -> Float[np.ndarray, " coalition"]:
    """Give, for every coalition of members, the chance that the challenger does not win.

    A member of the coalition joins with its probability, independently; others never do.

    Parameters
    ----------
    challenger, core : theatre strength
        Of the attacker, and of those who defend in any case.
    strength : theatre strength, [member]
    probability : probability, [member]
    balance
        Form and parameters of the contest.

    Returns
    -------
    Float[np.ndarray, " coalition"]
        2^n entries, as `shapley_values` takes them.
    """
    members = strength.size
    worth = np.empty(1 << members)
    total = np.empty(1 << members)
    total[0] = core
    for n in range(members):
        for s in range(1 << n):
            total[(1 << n) + s] = total[s] + strength[n]
    for s in range(worth.size):
        worth[s] = 1.0 - outcome_odds(challenger, total[s], balance)[0]
    # From members that come for certain to members that may: one member at a time.
    for n in range(members):
        bit = 1 << n
        for high in range(0, worth.size, 2 * bit):
            for s in range(high, high + bit):
                worth[s + bit] = probability[n] * worth[s + bit] + (1.0 - probability[n]) * worth[s]
    return worth


class Coalition(NamedTuple):
    """Members that may join, and a patron whose coming brings them along.

    Parameters
    ----------
    strength : theatre strength, [member, domain]
        What each would bring in each domain; zero where it does not fight.
    alone, led : probability, [member]
        That each joins where the patron stays out, and where it comes.
    patron : theatre strength, [domain]
        Zero where there is no patron.
    comes : probability
        That the patron comes; zero where there is none.
    """

    strength: Float[np.ndarray, "member domain"]
    alone: Float[np.ndarray, " member"]
    led: Float[np.ndarray, " member"]
    patron: Float[np.ndarray, " domain"]
    comes: float


class DomainValues(NamedTuple):
    """Shapley values of a coalition, told apart by domain, as changes of the chance that the attack fails.

    Parameters
    ----------
    member : share, [member, domain]
        Rows add up to the members' Shapley values.
    near : share, [member, domain]
        The same if the strengths of `nearby` were each member's own, one member at a time.
    patron : share, [domain]
        Of the patron's forces.
    leading : share
        What the patron's coming is worth by bringing others along; with `patron` it adds up to its value.
    """

    member: Float[np.ndarray, "member domain"]
    near: Float[np.ndarray, "member domain"]
    patron: Float[np.ndarray, " domain"]
    leading: float


@njit(cache=True, error_model="numpy")
def led_worth(
    challenger: float, core: float, coalition: Coalition, balance: Balance
) -> Float[np.ndarray, " coalition"]:
    """Give every coalition's chance that the challenger does not win, the patron being the last member.

    Parameters
    ----------
    challenger, core, balance
        As `coalition_worth`.
    coalition
        Members join likelier where the patron has come.

    Returns
    -------
    Float[np.ndarray, " coalition"]
        2^(n+1) entries, as `shapley_values` takes them.
    """
    strength = coalition.strength.sum(axis=1)
    without = coalition_worth(challenger, core, strength, coalition.alone, balance)
    led = coalition_worth(challenger, core + coalition.patron.sum(), strength, coalition.led, balance)
    worth = np.empty(2 * without.size)
    worth[: without.size] = without
    worth[without.size :] = coalition.comes * led + (1.0 - coalition.comes) * without
    return worth


def domain_values(
    challenger: float,
    core: float,
    coalition: Coalition,
    balance: Balance,
    nearby: Float[np.ndarray, "member domain"] | None = None,
) -> DomainValues:
    """Divide each member's value among the domains in which it would fight.

    Members join in any order, and a member's domains one after another, in any order, while no other
    member joins between them (Owen's value with members as unions).

    Parameters
    ----------
    challenger, core, coalition, balance
        As `led_worth`.
    nearby : theatre strength, [member, domain]
        Other strengths to value each member by, such as what it would bring without distance.

    Raises
    ------
    DomainError
        More than 16 members or 8 domains.

    References
    ----------
    Owen (1977), "Values of games with a priori unions".
    """
    members, domains = coalition.strength.shape
    if members > 16 or domains > 8:
        raise DomainError(
            f"domains are told apart for at most 16 members and 8 domains, found {members} and {domains}"
        )
    other = coalition.strength if nearby is None else nearby
    weights = (order_weights(members + 1), order_weights(domains))
    return _by_domain(
        float(challenger), float(core), coalition, np.ascontiguousarray(other), balance, weights
    )


@njit(cache=True, error_model="numpy")
def _by_domain(
    challenger: float,
    core: float,
    coalition: Coalition,
    nearby: np.ndarray,
    balance: Balance,
    weights: tuple[np.ndarray, np.ndarray],
) -> DomainValues:
    strength, comes = coalition.strength, coalition.comes
    members, domains = strength.shape
    before, after = weights[0][:members], weights[0][1:]
    helped = core + coalition.patron.sum()
    sums = np.empty(members)
    for k in range(members):
        sums[k] = strength[k].sum()
    value, near = np.zeros((members, domains)), np.zeros((members, domains))
    for n in range(members):
        others = np.array([k for k in range(members) if k != n])
        s, alone, led = sums[others], coalition.alone[others], coalition.led[others]
        # The patron has yet to join, has joined and come, or has joined and stayed out.
        for branch in range(3):
            base = helped if branch == 1 else core
            order = before if branch == 0 else (comes if branch == 1 else 1.0 - comes) * after
            chance = led if branch == 1 else alone
            total, weight = _joined(base, s, chance, order)
            joins = coalition.led[n] if branch == 1 else coalition.alone[n]
            value[n] += joins * _split(challenger, strength[n], total, weight, balance, weights[1])
            near[n] += joins * _split(challenger, nearby[n], total, weight, balance, weights[1])
    total, weight = _joined(core, sums, coalition.led, weights[0])
    patron = comes * _split(challenger, coalition.patron, total, weight, balance, weights[1])
    leading = comes * _mean_held(challenger, 0.0, total, weight, balance)
    total, weight = _joined(core, sums, coalition.alone, weights[0])
    leading -= comes * _mean_held(challenger, 0.0, total, weight, balance)
    return DomainValues(value, near, patron, leading)


@njit(cache=True, error_model="numpy")
def _mean_held(
    challenger: float, own: float, total: np.ndarray, weight: np.ndarray, balance: Balance
) -> float:
    held = 0.0
    for s in range(total.size):
        held += weight[s] * (1.0 - outcome_odds(challenger, total[s] + own, balance)[0])
    return held


@njit(cache=True, error_model="numpy")
def _split(
    challenger: float,
    own: np.ndarray,
    total: np.ndarray,
    weight: np.ndarray,
    balance: Balance,
    order: np.ndarray,
) -> np.ndarray:
    """Divide what a member adds among its domains."""
    mean = np.empty(1 << own.size)
    for chosen in range(mean.size):
        brought = 0.0
        for d in range(own.size):
            brought += own[d] * ((chosen >> d) & 1)
        mean[chosen] = _mean_held(challenger, brought, total, weight, balance)
    return _exact(mean, own.size, order)


@njit(cache=True, error_model="numpy")
def _joined(
    core: float, strength: np.ndarray, probability: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give strength and chance of every set of others that has come by the time one member may join.

    `order` is the chance that exactly a given set of each size stands in line before it.
    """
    count = 1 << strength.size
    total, chance = np.empty(count), np.empty(count)
    total[0], chance[0] = core, order[0]
    size = np.zeros(count, np.int64)
    for k in range(strength.size):
        for s in range(1 << k):
            at = (1 << k) + s
            total[at] = total[s] + strength[k]
            size[at] = size[s] + 1
            chance[at] = order[size[at]]
    # Who stands in line before is one thing, who of these comes another: spread the chance.
    for k in range(strength.size):
        bit, comes = 1 << k, probability[k]
        for high in range(0, count, 2 * bit):
            for s in range(high, high + bit):
                chance[s] += (1.0 - comes) * chance[s + bit]
                chance[s + bit] *= comes
    return total, chance


def sampled_values(
    challenger: float,
    core: float,
    strength: Float[np.ndarray, " member"],
    probability: Float[np.ndarray, " member"],
    balance: Balance,
    orders: int = 20_000,
    seed: int = 1,
) -> Sampled:
    """Estimate Shapley values from random orders, for coalitions of any size.

    Every order is paired with its reverse, for the same members that come, which takes out most of the noise.

    Parameters
    ----------
    challenger, core, strength, probability, balance
        As `coalition_worth`.
    orders
        An even number, at least 100.
    seed

    Raises
    ------
    DomainError
        `orders` is odd or too small.

    References
    ----------
    Castro, Gómez & Tejada (2009), "Polynomial calculation of the Shapley value based on sampling".
    """
    if orders < 100 or orders % 2:
        raise DomainError(f"orders should be an even number of at least 100, found {orders}")
    value, error = _sampled(
        challenger,
        core,
        np.asarray(strength, dtype=np.float64),
        np.asarray(probability, dtype=np.float64),
        balance,
        (orders // 2, seed),
    )
    return Sampled(value, error, orders)


@njit(cache=True, error_model="numpy")
def _sampled(
    challenger: float,
    core: float,
    strength: np.ndarray,
    probability: np.ndarray,
    balance: Balance,
    draws: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    pairs, seed = draws
    np.random.seed(seed)
    members = strength.size
    mean, square = np.zeros(members), np.zeros(members)
    gain, came = np.empty(members), np.empty(members)
    for _ in range(pairs):
        order = np.random.permutation(members)
        for n in range(members):
            came[n] = strength[n] if np.random.random() < probability[n] else 0.0
        gain[:] = 0.0
        for way in range(2):
            total: float = core
            before = 1.0 - outcome_odds(challenger, total, balance)[0]
            for k in range(members):
                n = order[k] if way == 0 else order[members - 1 - k]
                total += float(came[n])
                after = 1.0 - outcome_odds(challenger, total, balance)[0]
                gain[n] += 0.5 * (after - before)
                before = after
        mean += gain
        square += gain * gain
    mean /= pairs
    variance = np.maximum(square / pairs - mean * mean, 0.0) / max(pairs - 1, 1)
    return mean, np.sqrt(variance)


def pivot_shares(worth: Float[np.ndarray, " coalition"], threshold: float) -> Float[np.ndarray, " member"]:
    """Say how often each member is the one whose joining carries the coalition's worth to a threshold.

    Parameters
    ----------
    worth
        As `shapley_values` takes it.
    threshold
        In the worth's unit, such as one half: as likely as not that the challenger does not win.

    Returns
    -------
    Float[np.ndarray, " member"]
        Shares of all orders of joining; they sum to one if all together reach the threshold and none
        alone do without anybody, else to zero.

    References
    ----------
    Shapley & Shubik (1954), "A method for evaluating the distribution of power in a committee system".

    Examples
    --------
    >>> pivot_shares(np.array([0.0, 0.6, 0.2, 0.9]), 0.5)
    array([1., 0.])
    """
    return shapley_values((np.asarray(worth) >= threshold).astype(np.float64))
