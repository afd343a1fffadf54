"""What one contingency does to another: forces sent to the first are missing in the second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError
from kedge.data.baseline import load_table
from kedge.order.events import event_rate
from kedge.security import attack_hazard
from kedge.security.shapley import led_worth
from kedge.world.contingency_answer import spread_of
from kedge.world.contingency_file import Contingency
from kedge.world.contingency_forces import Draw, draw_contingency, gather_facts
from kedge.world.lookups import JOINT_EVENTS


@dataclass(frozen=True)
class SecondFront:
    """A second contingency while a first is on.

    Parameters
    ----------
    first, second
        What was asked.
    before, during : probability, [draw]
        That the second attack fails, with all forces and with those sent to the first theatre missing.
    hazard, opened : probability a year, [draw]
        Of the second attack, without and with the first; what the first invites by weakness alone and with
        coordination.
    uncoordinated : probability a year, [draw]
    both : probability a year, [draw]
        That the first comes and the second follows.
    """

    first: Contingency
    second: Contingency
    before: Float[np.ndarray, " draw"]
    during: Float[np.ndarray, " draw"]
    hazard: Float[np.ndarray, " draw"]
    uncoordinated: Float[np.ndarray, " draw"]
    opened: Float[np.ndarray, " draw"]
    both: Float[np.ndarray, " draw"]

    def table(self) -> pl.DataFrame:
        """Tabulate what the first contingency does to the second, percent, with nine in ten."""
        said = {
            "second attack fails, first theatre quiet": self.before,
            "second attack fails, forces sent to the first missing": self.during,
            "second attack in a year, first theatre quiet": self.hazard,
            "second attack in a year, once the first is on: weakness alone": self.uncoordinated,
            "second attack in a year, once the first is on: with coordination": self.opened,
            "both in one year, the first opening the second": self.both,
        }
        rows = [(what, *spread_of(100 * values)) for what, values in said.items()]
        return pl.DataFrame(rows, schema=["what", "low", "middle", "high"], orient="row")


@dataclass(frozen=True)
class Intensity:
    """How often two challengers act together lately, relative to all years on record.

    Parameters
    ----------
    ratio
        Rate of the last years over that of all years.
    rate, low, high : events a year
        In the last years, with nine in ten.
    series
        Name of the series of events, with its years.
    """

    ratio: float
    rate: float
    low: float
    high: float
    series: str


def joint_intensity(first: Contingency, second: Contingency, years: int = 3) -> Intensity | None:
    """Read off the package's events how closely the two challengers act together.

    Parameters
    ----------
    years
        How many last years are set against all of them.

    Returns
    -------
    Intensity or None
        None where no complete series of events of the two is at hand.
    """
    name = JOINT_EVENTS.get(frozenset((first.challenger, second.challenger)))
    if name is None:
        return None
    days = load_table("events").filter(series=name)["date_start"]
    dated = [int(day[:4]) for day in days]
    begun, ended = min(dated), max(dated)
    all_years = event_rate(len(dated), dt.date(begun, 1, 1), dt.date(ended, 12, 31))
    since = max(ended - years + 1, begun)
    last = event_rate(sum(year >= since for year in dated), dt.date(since, 1, 1), dt.date(ended, 12, 31))
    told = f"{name}, {since}-{ended} against {begun}-{ended}"
    return Intensity(last.rate / all_years.rate, last.rate, last.low, last.high, told)


def second_front(
    first: Contingency, second: Contingency, intensity: float = 1.0, draws: int = 128, seed: int = 1
) -> SecondFront:
    """Work out what one contingency does to another that may follow it.

    Parameters
    ----------
    first, second
        Who is in both sends to the second only what the first has left it.
    intensity : ratio
        Joint activities of the challengers lately, relative to all years on record (`joint_intensity`): it
        scales the pull of coordination.
    draws, seed
        As `draw_contingency`.

    Raises
    ------
    DomainError
        `intensity` is negative, or both have one name.
    UnknownName, StudyError
        As `contingency_odds`.
    """
    if not intensity >= 0.0 or first.name == second.name:
        raise DomainError("a second front wants two contingencies, and an intensity that is not negative")
    columns = []
    for here, there in zip(
        *(draw_contingency(each, gather_facts(each), draws, seed) for each in (first, second)), strict=True
    ):
        columns.append(_front(first, second, (here, there), intensity))
    return SecondFront(first, second, *np.array(columns).T)


def _front(
    first: Contingency, second: Contingency, draws: tuple[Draw, Draw], intensity: float
) -> tuple[float, float, float, float, float, float]:
    here, there = draws
    value = here.value
    before = float(led_worth(there.challenger, there.core, there.coalition, there.balance)[-1])
    during = _while_engaged(first, second, draws)
    base, slope = there.value["base_hazard"], there.value["deterrence_slope"]
    pull = value["coordination"] * intensity
    alone = attack_hazard(base, slope, before - during, 0.0)
    opened = attack_hazard(base, slope, before - during, pull)
    return before, during, base, alone, opened, value["base_hazard"] * opened


def _while_engaged(first: Contingency, second: Contingency, draws: tuple[Draw, Draw]) -> float:
    """Average the second contest over who has gone to the first, of those who are in both."""
    here, there = draws
    game = here.coalition
    ours, theirs = [each.state for each in first.partners], [each.state for each in second.partners]
    shared = [(ours.index(state), k) for k, state in enumerate(theirs) if state in ours]
    both = first.patron and second.patron and first.patron.state == second.patron.state
    left = there.coalition.patron * (1.0 - here.value["engaged"] * (1.0 if both else 0.0))
    return game.comes * _mean_held(here, there, shared, (game.led, left)) + (1.0 - game.comes) * _mean_held(
        here, there, shared, (game.alone, there.coalition.patron)
    )


def _mean_held(
    here: Draw, there: Draw, shared: Sequence[tuple[int, int]], given: tuple[np.ndarray, np.ndarray]
) -> float:
    """Average the second contest over shared partners, given their chances and what the patron has left."""
    joins, patron = given
    total = 0.0
    for weight, strength in _left_over(here, there, shared, joins):
        if weight > 0.0:
            game = there.coalition._replace(strength=strength, patron=patron)
            total += weight * float(led_worth(there.challenger, there.core, game, there.balance)[-1])
    return total


def _left_over(
    here: Draw, there: Draw, shared: Sequence[tuple[int, int]], joins: np.ndarray
) -> Iterator[tuple[float, np.ndarray]]:
    """Give chance and remaining strengths for each set of shared partners that may have gone."""
    for gone in range(1 << len(shared)):
        weight, strength = 1.0, there.coalition.strength.copy()
        for bit, (at, k) in enumerate(shared):
            went = gone >> bit & 1
            weight *= float(joins[at] if went else 1.0 - joins[at])
            strength[k] *= 1.0 - here.value["engaged"] * went
        yield weight, strength
