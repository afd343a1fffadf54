"""Which networks of alliances would last: nobody can be attacked with success, and no tie is idle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from kedge.core.errors import DomainError

Network = Bool[np.ndarray, "state state"]


@dataclass(frozen=True)
class Threat:
    """An attack that would succeed.

    Parameters
    ----------
    target
        Position of the state attacked.
    leader
        Position of the attacker whose allies all join it.
    attackers, defenders
        Positions on either side.
    ratio
        Attackers' strength over what the defenders' resists: above one.
    """

    target: int
    leader: int
    attackers: tuple[int, ...]
    defenders: tuple[int, ...]
    ratio: float


@dataclass(frozen=True)
class Stability:
    """Whether a network is war-stable, and if not, why.

    Parameters
    ----------
    threats
        Attacks that would succeed as things stand, the worst for each state attacked.
    openings
        Pairs without a tie whose new tie would let an attack succeed.
    idle
        Ties that either side could drop without any of the two becoming open to attack: they
        last only for reasons other than defence.
    """

    threats: tuple[Threat, ...]
    openings: tuple[tuple[int, int], ...]
    idle: tuple[tuple[int, int], ...]

    @property
    def holds(self) -> bool:
        """Whether no attack succeeds, now or after one more tie, and no tie is idle."""
        return not (self.threats or self.openings or self.idle)


def check_network(network: Network, strength: Float[np.ndarray, " state"], defence: float) -> None:
    """Refuse what is no network of alliances.

    Raises
    ------
    DomainError
        The network is not square and symmetric without ties to oneself, or does not fit the strengths;
        a strength is negative or not finite; `defence` is not above zero.
    """
    if network.shape != (strength.size, strength.size) or not (network == network.T).all():
        raise DomainError(
            f"network should be symmetric, {strength.size} states by {strength.size}, got {network.shape}"
        )
    if network.diagonal().any():
        raise DomainError("no state is its own ally; leave the diagonal empty")
    if not (np.isfinite(strength).all() and (strength >= 0).all() and defence > 0):
        raise DomainError("strengths should be finite and not negative, and the defender's advantage above 0")


def worst_threat(
    network: Network, strength: Float[np.ndarray, " state"], target: int, defence: float = 1.0
) -> Threat | None:
    """Find the attack on one state that succeeds by most; None if none does.

    Parameters
    ----------
    network
        True where two states are allied.
    strength : any unit, [state]
    target
        Position of the state.
    defence : ratio
        Strength that an attack needs for each unit that it meets.

    Notes
    -----
    A leader attacks with all its allies but the target: whoever joins the attack is missing from the
    defence, so that leaving an ally out never helps it.

    References
    ----------
    Jackson & Nei (2015), "Networks of military alliances, wars, and international trade", PNAS 112(50).
    """
    worst: Threat | None = None
    for leader in range(strength.size):
        if leader == target:
            continue
        attacking = network[leader].copy()
        attacking[leader], attacking[target] = True, False
        defending = network[target] & ~attacking
        defending[target] = True
        met = defence * float(strength[defending].sum())
        brought = float(strength[attacking].sum())
        if brought <= met:
            continue
        ratio = brought / met if met > 0.0 else np.inf
        if worst is None or ratio > worst.ratio:
            sides = (tuple(np.flatnonzero(side).tolist()) for side in (attacking, defending))
            worst = Threat(target, leader, *sides, ratio=ratio)
    return worst


def network_stability(
    network: Network, strength: Float[np.ndarray, " state"], defence: float = 1.0
) -> Stability:
    """Say whether a network of alliances is war-stable.

    It is where no state is open to attack; no pair without a tie could open one by tying themselves
    together; and every tie is needed: without it one of the two would be open to attack.

    Parameters
    ----------
    network, strength, defence
        As `worst_threat`.

    Raises
    ------
    DomainError
        As `check_network`.

    References
    ----------
    Jackson & Nei (2015), PNAS 112(50).  They show that without trade such networks hardly exist: a
    check on what ties would last by defence alone, not a forecast.

    Examples
    --------
    >>> alone = np.zeros((3, 3), dtype=bool)
    >>> network_stability(alone, np.ones(3), defence=2.5).holds
    True
    """
    network = np.asarray(network, dtype=bool)
    strength = np.asarray(strength, dtype=np.float64)
    check_network(network, strength, defence)
    states = range(strength.size)
    threats = [worst_threat(network, strength, target, defence) for target in states]
    openings, idle = [], []
    for a in states:
        for b in states[a + 1 :]:
            changed = network.copy()
            changed[a, b] = changed[b, a] = not network[a, b]
            if network[a, b]:
                if all(worst_threat(changed, strength, end, defence) is None for end in (a, b)):
                    idle.append((a, b))
            elif _opens(changed, strength, (a, b), defence):
                openings.append((a, b))
    return Stability(tuple(each for each in threats if each is not None), tuple(openings), tuple(idle))


def _opens(
    network: Network, strength: Float[np.ndarray, " state"], pair: tuple[int, int], defence: float
) -> bool:
    """Say whether an attack that the pair's tie takes part in would succeed."""
    for target in range(strength.size):
        found = worst_threat(network, strength, target, defence)
        if found is not None and set(pair) <= set(found.attackers) and found.leader in pair:
            return True
    return False
