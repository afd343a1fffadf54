"""Answers to tariffs: the same rate back, each partner's best for itself, or a group's best together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.solution import Solution
from kedge.trade.levers import (
    Bound,
    Kind,
    Levers,
    Player,
    Tariffs,
    check_apart,
    find_player,
    join_levers,
    make_levers,
    spending_weights,
)
from kedge.trade.model import TradeModel
from kedge.trade.nash import NashTariffs, nash_tariffs
from kedge.trade.optimal import BestTariff, best_tariff
from kedge.trade.war import Tell


@dataclass(frozen=True)
class Cooperation:
    """What partners gain by answering together rather than each for itself.

    Parameters
    ----------
    apart
        Everyone's best answer to the others' answers.
    together
        The answer that maximises their joint real income.
    members
        Codes of all economies in the group.
    member_gain : percent
        Each member's welfare together less apart; it may be negative.
    group_gain : percent
        Joint real income together less apart, members by baseline spending.
    """

    apart: Solution[NashTariffs]
    together: Solution[BestTariff]
    members: tuple[str, ...]
    member_gain: Float[np.ndarray, " member"]
    group_gain: float


def reciprocate(
    model: TradeModel, tariffs: Tariffs, home: str | Player, partners: Sequence[str | Player] | None = None
) -> Tariffs:
    """Answer each tariff with the same rate: partners tax home's goods as home taxes theirs.

    Parameters
    ----------
    tariffs : share, ad valorem
    home
        Whose tariffs are answered.
    partners
        Who answers; everyone where left out.

    Returns
    -------
    Tariffs
        A copy of `tariffs` with the answers, sector by sector.

    Raises
    ------
    UnknownName
        No such economy.

    Examples
    --------
    >>> from kedge.trade import calibrate_economy, one_sector
    >>> world = calibrate_economy(np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([20.0, 30.0]), ["USA", "XRW"])
    >>> reciprocate(one_sector(world), np.array([[0.0, 0.0], [0.2, 0.0]]), "USA")
    array([[0. , 0.2],
           [0.2, 0. ]])
    """
    answered = np.array(tariffs, dtype=np.float64)
    inside = find_player(model.iso3, home).members
    named = model.iso3 if partners is None else _members(model, partners)
    at_home = [model.iso3.index(code) for code in inside]
    answering = [model.iso3.index(code) for code in named if code not in inside]
    rates = np.asarray(tariffs)[np.ix_(answering, at_home)]
    answered[np.ix_(at_home, answering)] = np.swapaxes(rates, 0, 1)
    return answered


def unanswered(
    model: TradeModel, tariffs: Tariffs, home: str | Player, partners: Sequence[str | Player] | None = None
) -> Tariffs:
    """Take back what partners charge on home's goods: there they have the baseline's duties again.

    Parameters
    ----------
    tariffs : share, ad valorem
    home, partners
        As `reciprocate`.

    Returns
    -------
    Tariffs
        A copy of `tariffs`.

    Raises
    ------
    UnknownName
        No such economy.
    """
    bare = np.array(tariffs, dtype=np.float64)
    inside = find_player(model.iso3, home).members
    named = model.iso3 if partners is None else _members(model, partners)
    cells = np.ix_(
        [model.iso3.index(code) for code in inside],
        [model.iso3.index(code) for code in named if code not in inside],
    )
    bare[cells] = np.asarray(model.tariffs)[cells]
    return bare


def retaliate(
    model: TradeModel,
    tariffs: Tariffs,
    home: str | Player,
    partners: Sequence[str | Player] | None = None,
    levers: Kind = "uniform",
    bounds: tuple[Bound, Bound] = (0.0, 2.0),
    check: bool | Tell = True,
) -> Solution[NashTariffs]:
    """Find the rates on home's goods that serve each partner best, home's tariffs as they are.

    Parameters
    ----------
    tariffs : share, ad valorem
        Everyone's; the answers are laid on them.
    home
        Whose tariffs are answered.
    partners
        Who answers, each for itself: economies, or groups with a common tariff.  With several, each
        answers the others' answers too.  Every other economy that buys from home where left out.
    levers
        Kind of levers, on home's goods alone.
    check
        As in `nash_tariffs`.

    Returns
    -------
    Solution[NashTariffs]

    Raises
    ------
    UnknownName, DomainError, NotConverged
        As `nash_tariffs`.
    """
    parts = _answers(model, home, partners, levers, bounds)
    return nash_tariffs(model, parts, against=tariffs, check=check)


def cooperate(
    model: TradeModel,
    tariffs: Tariffs,
    home: str | Player,
    partners: Sequence[str | Player],
    levers: Kind = "uniform",
    common: bool = False,
    bounds: tuple[Bound, Bound] = (0.0, 2.0),
) -> Cooperation:
    """Find the answer that maximises partners' joint real income, and what it adds over each for itself.

    Parameters
    ----------
    tariffs, home, levers
        As `retaliate`.
    partners
        The group: economies, or groups such as the EU, which keep their common tariff.
    common
        One tariff for all of them; where False, each partner its own, chosen together.

    Raises
    ------
    UnknownName, DomainError, NotConverged
        As `nash_tariffs`.

    Notes
    -----
    Joint real income weighs members by spending in the baseline, so it treats a dollar alike wherever
    it is spent; a member may lose, and would then have to be compensated.  With separate tariffs the
    group cannot do worse than apart; with a common one it can.
    """
    apart = retaliate(model, tariffs, home, partners, levers, bounds)
    group = _members(model, partners)
    if common:
        inside = find_player(model.iso3, home).members
        chosen = make_levers(model, Player("+".join(_names(partners)), group), levers, inside, bounds)
        starts = None
    else:
        chosen = join_levers(model, _answers(model, home, partners, levers, bounds))
        rates = np.concatenate([player.rates for player in apart.value.players])
        starts = [rates, np.minimum(2.0 * rates + 0.1, chosen.high), chosen.low]
    together = best_tariff(model, chosen, against=tariffs, starts=starts)
    at = [model.iso3.index(code) for code in group]
    added = together.value.welfare - apart.value.welfare
    joint = float(spending_weights(model, group) @ added)
    return Cooperation(apart, together, group, added[at], joint)


def _members(model: TradeModel, partners: Sequence[str | Player]) -> tuple[str, ...]:
    players = [find_player(model.iso3, partner) for partner in partners]
    check_apart(players)
    return tuple(code for player in players for code in player.members)


def _names(partners: Sequence[str | Player]) -> list[str]:
    return [partner if isinstance(partner, str) else partner.name for partner in partners]


def _answers(
    model: TradeModel,
    home: str | Player,
    partners: Sequence[str | Player] | None,
    kind: Kind,
    bounds: tuple[Bound, Bound],
) -> list[Levers]:
    inside = find_player(model.iso3, home).members
    if partners is None:
        sold = np.asarray(model.imports)[[model.iso3.index(code) for code in inside]]
        buys = sold.reshape(len(inside), len(model.iso3), -1).sum(axis=(0, 2)) > 0.0
        partners = [
            code for code, bought in zip(model.iso3, buys, strict=True) if bought and code not in inside
        ]
    return [make_levers(model, partner, kind, inside, bounds) for partner in partners]
