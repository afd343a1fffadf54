"""Tariff wars: rates from which no player gains by moving alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.core.solution import Solution
from kedge.trade.curvature import Curvature, curvature
from kedge.trade.levers import Bound, Kind, Levers, Player, Rates, Tariffs, check_apart, make_levers
from kedge.trade.model import Response, TradeModel
from kedge.trade.payoff import Payoff, make_payoff
from kedge.trade.unilateral import best_deviation
from kedge.trade.war import Campaign, Joint, Scene, Tell, War, settle, wage

TOLERANCE, MOST_GAIN = 1e-6, 1e-6
SAME = 1e-4


@dataclass(frozen=True)
class Combatant:
    """One player's part in a war.

    Parameters
    ----------
    rates : share, ad valorem
    value : percent
        Its objective: its members' joint real income.
    gap
        Its own scaled slope along free rates, see `BestTariff.gradient_norm`.
    gain : percent
        What the best deviation found by an independent search would add; None where not checked.
    curvature
        Of its objective in its own rates; None where not checked.
    """

    levers: Levers
    rates: Rates
    value: float
    gap: float
    gain: float | None
    curvature: Curvature | None

    @property
    def is_verified(self) -> bool:
        """Whether the independent search gained at most 1e-6 percent and the objective curves down."""
        checked = self.gain is not None and self.curvature is not None
        return checked and self.gain <= MOST_GAIN and self.curvature.holds  # type: ignore[union-attr, operator]


@dataclass(frozen=True)
class NashTariffs:
    """Where a tariff war comes to rest.

    Parameters
    ----------
    tariffs : share, ad valorem
        Everyone's.
    welfare : percent
        Of every economy, against the baseline.
    players
        One an entry of the call.
    starts
        Every search made.
    distance : share
        Largest difference between the rates at which searches that converged ended; zero with one.
    residual
        Of the model's equations.
    """

    tariffs: Tariffs
    welfare: Float[np.ndarray, " economy"]
    players: tuple[Combatant, ...]
    starts: tuple[Campaign, ...]
    distance: float
    residual: float
    answer: Response

    @property
    def is_verified(self) -> bool:
        """Whether every player's check held."""
        return all(player.is_verified for player in self.players)


def nash_tariffs(
    model: TradeModel,
    players: Sequence[str | Player | Levers],
    levers: Kind = "uniform",
    against: Tariffs | None = None,
    starts: Sequence[Joint] | None = None,
    bounds: tuple[Bound, Bound] = (0.0, 2.0),
    check: bool | Tell = True,
) -> Solution[NashTariffs]:
    """Find rates from which no player gains by moving alone.

    Parameters
    ----------
    model
        Any world that fits `TradeModel`.
    players
        Economies, groups with a common tariff, or levers ready made (with their own bounds); none twice.
    levers
        Kind of levers of those not ready made.
    against : share, ad valorem
        Tariffs of everyone else, and of pairs that no lever reaches; the baseline's where left out.
    starts : share, ad valorem
        Joint rates, player after player.  Where left out: those of `against`, half of everything
        (0.5), and a random draw with a fixed seed.
    bounds : share, ad valorem
    check
        Whether to search for deviations and curvature of each player at the end.  A function is
        told, in words, how far the work is.

    Returns
    -------
    Solution[NashTariffs]
        `residual` is the largest scaled slope, converged at 1e-6.  A point at which a player can
        gain by a leap is not handed out as converged.  `iterations` counts worlds solved in the
        searches, not in the checks.

    Raises
    ------
    UnknownName, DomainError, NotConverged
        As `best_tariff`; two players share an economy.

    References
    ----------
    Gros (1987), J. International Economics 23; Ossa (2014), American Economic Review 104(12).

    Examples
    --------
    >>> from kedge.trade import calibrate_economy, one_sector
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([20.0, 20.0]), ["USA", "XRW"])
    >>> war = nash_tariffs(one_sector(world), ["USA", "XRW"]).unwrap()
    >>> war.is_verified, war.distance < 1e-5
    (True, True)
    """
    begun, tell = time.thread_time(), check if callable(check) else None
    war = make_war(model, players, levers, against, bounds)
    campaigns: list[Campaign] = []
    for number, start in enumerate(_starts(war, starts), 1):
        if tell is not None:
            tell(f"search {number}")
        campaigns.append(wage(war, start, TOLERANCE, tell))
    value, chosen = _judge(war, campaigns, check)
    if check and not value.is_verified and chosen.end.is_solved:
        campaigns.append(settle(war, chosen.end.rates, TOLERANCE, tell))
        value, chosen = _judge(war, campaigns, check)
    status = chosen.status if not check or value.is_verified else "stalled"
    worlds = sum(one.worlds for one in campaigns)
    return Solution(value, status, chosen.end.gap, worlds, time.thread_time() - begun)


def _judge(war: War, campaigns: list[Campaign], check: bool | Tell) -> tuple[NashTariffs, Campaign]:
    """Report the first end that stands up to the checks; the best end where none does."""
    rested = [one for one in campaigns if one.status == "converged"]
    chosen = min(rested or campaigns, key=lambda one: one.end.gap)
    value = _report(war, chosen, campaigns, rested, check)
    for other in rested:
        if not check or value.is_verified:
            break
        if np.abs(other.end.rates - chosen.end.rates).max() > SAME:
            again = _report(war, other, campaigns, rested, check)
            value, chosen = (again, other) if again.is_verified else (value, chosen)
    return value, chosen


def make_war(
    model: TradeModel,
    players: Sequence[str | Player | Levers],
    levers: Kind,
    against: Tariffs | None,
    bounds: tuple[Bound, Bound],
) -> War:
    """Put the players' objectives together over one table of tariffs.

    Raises
    ------
    UnknownName, DomainError, NotConverged
        As `nash_tariffs`.
    """
    base = np.asarray(model.tariffs if against is None else against, dtype=np.float64)
    made = [
        one if isinstance(one, Levers) else make_levers(model, one, levers, None, bounds) for one in players
    ]
    check_apart([one.player for one in made])
    payoffs = [make_payoff(model, made[0], against)]
    payoffs += [make_payoff(model, one) for one in made[1:]]
    return War(model, tuple(Payoff(model, one.levers, base, one.weights) for one in payoffs), base)


def _starts(war: War, given: Sequence[Joint] | None) -> list[Joint]:
    size = war.low.size
    if given is None:
        today = np.concatenate([payoff.levers.read(war.base) for payoff in war.payoffs])
        chance = np.random.default_rng(2025).uniform(0.0, 0.6, size)
        given = [today, np.full(size, 0.5), chance]
    for start in given:
        if np.shape(start) != (size,):
            raise DomainError(f"{size} levers want joint starts of as many rates, got {np.shape(start)}")
    return [np.clip(np.asarray(start, dtype=np.float64), war.low, war.high) for start in given]


def _report(
    war: War, chosen: Campaign, campaigns: list[Campaign], rested: list[Campaign], check: bool | Tell
) -> NashTariffs:
    end = chosen.end
    combatants = tuple(_combatant(war, end, player, check) for player in range(len(war.payoffs)))
    rates = np.stack([one.end.rates for one in rested or [chosen]])
    return NashTariffs(
        end.tariffs,
        end.looks[0].answer.welfare,
        combatants,
        tuple(campaigns),
        distance=float(np.ptp(rates, axis=0).max()),
        residual=end.looks[0].residual,
        answer=end.looks[0].answer,
    )


def _combatant(war: War, end: Scene, player: int, check: bool | Tell) -> Combatant:
    look = war.facing(end, player)
    levers = look.payoff.levers
    gain = bent = None
    if check and look.is_solved:
        if callable(check):
            check(f"checking {levers.player.name}, {player + 1} of {len(war.payoffs)}")
        gain, bent = max(best_deviation(look) - look.value, 0.0), curvature(look)
    return Combatant(levers, look.rates, look.value, look.gap, gain, bent)
