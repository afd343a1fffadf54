"""What a contingency's states bring to the theatre, and how likely each comes, over many draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.data.baseline import Baseline, load_baseline
from kedge.security import (
    DOMAINS,
    Balance,
    initial_stock,
    logistic,
    partner_log_odds,
    price_multiplier,
    theatre_reach,
)
from kedge.security.shapley import Coalition
from kedge.strategy import Uncertainty, draw_futures
from kedge.world import lookups
from kedge.world.contingency_file import Contingency, contingency_ranges
from kedge.world.parameters import as_uncertainty
from kedge.world.setting import domain_share

Units = Callable[..., Float[np.ndarray, " domain"]]
GROWTH = 0.02
"""Growth of spending before the ten years on record, share a year: it sets the first year's stock."""


@dataclass(frozen=True)
class Draw:
    """One draw of everything that is not known.

    Parameters
    ----------
    challenger, core : theatre strength
        Of the attack, and of those who defend in any case.
    coalition
        Partners and patron as the game of who comes takes them.
    at_home : theatre strength, [partner, domain]
        What each partner would bring if distance took nothing.
    balance
        Form and parameters of the contest.
    value
        The draw's parameters by name.
    """

    challenger: float
    core: float
    coalition: Coalition
    at_home: Float[np.ndarray, "partner domain"]
    balance: Balance
    value: dict[str, float]


@dataclass(frozen=True)
class Facts:
    """What is observed of a contingency's states.

    Parameters
    ----------
    states
        Partners, patron, those attacked, challenger, helpers; as `Contingency.states`.
    spending : billion current US$, [state, past year]
    income : current US$ a head, [state]
    mix : share, [state, domain]
        How each state's stock is spread over domains.
    distance : km, [state]
        Of its forces to the theatre.
    base : km
        Of the patron's forward forces to the theatre, if they work from a base.
    obligation, tie, ideal : [partner]
        0 to 1, 0 to 1, units of the ideal-point scale.
    rows
        Every figure with its source.
    """

    states: tuple[str, ...]
    spending: Float[np.ndarray, "state past"]
    income: Float[np.ndarray, " state"]
    mix: Float[np.ndarray, "state domain"]
    distance: Float[np.ndarray, " state"]
    base: float | None
    obligation: Float[np.ndarray, " partner"]
    tie: Float[np.ndarray, " partner"]
    ideal: Float[np.ndarray, " partner"]
    rows: lookups.Facts


def gather_facts(contingency: Contingency, baseline: Baseline | None = None) -> Facts:
    """Look up what is observed of a contingency's states in the package's tables.

    Raises
    ------
    StudyError
        The tables lack a figure.
    """
    baseline = load_baseline() if baseline is None else baseline
    rows: lookups.Facts = []
    states = contingency.states
    spending = np.array([lookups.military_spending(baseline, each, rows) for each in states])
    wealth = np.array([lookups.economy(baseline, each, rows) for each in states])
    partners = contingency.partners
    return Facts(
        states,
        spending,
        wealth[:, 0] * 1000.0 / wealth[:, 1],
        np.array([domain_share(each) for each in states]),
        np.array([_distance(baseline, contingency, each, rows) for each in states]),
        _base_distance(baseline, contingency, rows),
        np.array(
            [
                lookups.obligation(baseline, contingency.anchor, each, rows, contingency.out_of_area)
                for each in partners
            ]
        ),
        np.array([lookups.tie_depth(baseline, contingency.anchor, each, rows) for each in partners]),
        np.array([lookups.ideal_distance(baseline, contingency.anchor, each, rows) for each in partners]),
        rows,
    )


def draw_contingency(
    contingency: Contingency, facts: Facts, draws: int = 256, seed: int = 1
) -> tuple[Draw, ...]:
    """Draw forces and chances to come from the ranges.

    Parameters
    ----------
    contingency, facts
        As `gather_facts` gives them.
    draws
        How many; powers of two are most even.
    seed

    Raises
    ------
    UnknownName, StudyError
        As `contingency_ranges`.
    DomainError
        `draws` is not a positive whole number.
    """
    ranges = [as_uncertainty(each) for each in contingency_ranges(contingency)]
    named = [*ranges, *_member_ranges(contingency)]
    table = draw_futures(named, draws, seed)
    names = [each.name for each in named]
    return tuple(_draw(contingency, facts, dict(zip(names, map(float, row), strict=True))) for row in table)


def own_name(what: str, state: str) -> str:
    """Name the range that a file states for one member.

    Examples
    --------
    >>> own_name("available", "KOR")
    'available_kor'
    """
    return f"{what}_{state.lower()}"


def _member_ranges(contingency: Contingency) -> list[Uncertainty]:
    """Give the ranges that the file states for single members."""
    members = [*contingency.partners, *([contingency.patron] if contingency.patron else [])]
    found = []
    for each in members:
        for what, ends in (("available", each.available), ("probability", each.probability)):
            if ends is not None:
                found.append(Uncertainty(own_name(what, each.state), ends[0], ends[1]))
    return found


def _distance(baseline: Baseline, contingency: Contingency, state: str, rows: lookups.Facts) -> float:
    member = next((each for each in contingency.partners if each.state == state), None)
    if member is not None and member.distance is not None:
        return member.distance
    start = member.start if member is not None and member.start else state
    return lookups.distance(baseline, start, contingency.location, rows)


def _base_distance(baseline: Baseline, contingency: Contingency, rows: lookups.Facts) -> float | None:
    if contingency.patron is None or contingency.patron.base is None:
        return None
    return lookups.distance(baseline, contingency.patron.base, contingency.location, rows)


def _draw(contingency: Contingency, facts: Facts, value: dict[str, float]) -> Draw:
    count, patron = len(contingency.partners), contingency.patron
    stock = _stocks(contingency, facts, value)
    weight = _weights(contingency, value)
    share = np.maximum(stock / stock.sum(), 1e-6)

    def units(k: int, distance: float, domains: Sequence[str] = DOMAINS) -> np.ndarray:
        reach = np.array(
            [
                theatre_reach(distance, value["reach_km"], int(value["reach_rule"]), share[k], d)
                for d in range(len(DOMAINS))
            ]
        )
        inside = np.array([domain in domains for domain in DOMAINS])
        return weight * facts.mix[k] * reach * inside

    strength, at_home = np.zeros((count, len(DOMAINS))), np.zeros((count, len(DOMAINS)))
    for k, each in enumerate(contingency.partners):
        free = value.get(own_name("available", each.state), value["partner_available"])
        knit = 1.0 - value["coalition_friction"] * (1.0 - facts.tie[k])
        strength[k] = free * knit * stock[k] * units(k, facts.distance[k], each.domains)
        at_home[k] = free * knit * stock[k] * units(k, 0.0, each.domains)
    led, alone = _chances(contingency, facts, value)
    brings = _patron(contingency, facts, value, stock, units) if patron else np.zeros(len(DOMAINS))
    comes = _commitment(patron.priority, value, own_name("probability", patron.state)) if patron else 0.0
    coalition = Coalition(strength, alone, led, brings, comes)
    attack, core = _sides(contingency, facts, value, stock, units)
    form = int(value["contest_form"])
    balance = Balance(
        form, value["decisiveness"], value["defender_advantage"], value["draw_width"], max(attack, 1e-12)
    )
    return Draw(attack, core, coalition, at_home, balance, value)


def _stocks(contingency: Contingency, facts: Facts, value: dict[str, float]) -> Float[np.ndarray, " state"]:
    """Military stocks at the patron's prices (the dearest state's where there is no patron), billion US$."""
    states = facts.states
    patron = contingency.patron
    reference = facts.income[states.index(patron.state)] if patron else facts.income.max()
    return np.array(
        [
            price_multiplier(facts.income[k], reference, value["price_elasticity"])
            * initial_stock(facts.spending[k], value["depreciation"], GROWTH)
            for k in range(len(states))
        ]
    )


def _weights(contingency: Contingency, value: dict[str, float]) -> Float[np.ndarray, " domain"]:
    """Rescale the file's weights so that cyber and space together have the draw's weight."""
    weight = np.array([getattr(contingency.domain_weights, domain) for domain in DOMAINS])
    heavy, light = weight[:3].sum(), weight[3:].sum()
    together = value["weightless_weight"] if heavy > 0.0 else 1.0
    heavier = weight[:3] * ((1.0 - together) / heavy if heavy > 0.0 else 0.0)
    lighter = weight[3:] * (together / light) if light > 0.0 else np.full(2, together / 2.0)
    return np.concatenate([heavier, lighter])


def _chances(
    contingency: Contingency, facts: Facts, value: dict[str, float]
) -> tuple[Float[np.ndarray, " partner"], Float[np.ndarray, " partner"]]:
    """Chances that each partner joins: where the patron comes, and where it stays out."""
    led, alone = np.empty(len(contingency.partners)), np.empty(len(contingency.partners))
    for k, each in enumerate(contingency.partners):
        given = value.get(own_name("probability", each.state))
        if given is not None:
            led[k] = alone[k] = given
            continue
        bond = value["tie_slope"] * (facts.tie[k] + each.stake - 1.0)
        apart = value["affinity_slope"] * facts.ideal[k]
        odds = partner_log_odds(value["reliability"], facts.obligation[k], bond, apart)
        lean = 0.5 * value["solidarity"] if contingency.patron else 0.0
        led[k], alone[k] = logistic(odds + lean), logistic(odds - lean)
    return led, alone


def _commitment(priority: bool, value: dict[str, float], name: str) -> float:
    """Give the patron's chance to come: the mean over its schools, unless the file states it."""
    if name in value:
        return value[name]
    restrainer = value["restrainer_share"]
    prioritiser = (1.0 - restrainer) * value["prioritiser_share"]
    engaged = 1.0 - restrainer - (0.0 if priority else prioritiser)
    return engaged * value["commitment_engaged"] + (1.0 - engaged) * value["commitment_restrainer"]


def _patron(
    contingency: Contingency, facts: Facts, value: dict[str, float], stock: np.ndarray, units: Units
) -> Float[np.ndarray, " domain"]:
    patron = contingency.patron
    assert patron is not None
    k = facts.states.index(patron.state)
    free = value.get(own_name("available", patron.state), value["patron_available"])
    far = units(k, facts.distance[k], patron.domains)
    if facts.base is None:
        return free * stock[k] * far
    near = units(k, facts.base, patron.domains)
    forward = value["forward_share"]
    return free * stock[k] * (forward * near + (1.0 - forward) * far)


def _sides(
    contingency: Contingency, facts: Facts, value: dict[str, float], stock: np.ndarray, units: Units
) -> tuple[float, float]:
    """Strength of the attack, and of those who defend in any case."""
    states = facts.states

    def whole(state: str) -> float:
        k = states.index(state)
        return float(stock[k] * units(k, facts.distance[k]).sum())

    attack = value["challenger_available"] * whole(contingency.challenger)
    attack += value["challenger_cooperation"] * sum(whole(each) for each in contingency.helpers)
    core = whole(contingency.attacked) if contingency.attacked else 0.0
    if contingency.attacked_spending is not None:
        yearly = np.full(lookups.PAST_YEARS, contingency.attacked_spending)
        # As the middle partner spends it, where it fights.
        k = int(np.argsort(facts.distance[: len(contingency.partners)])[0])
        core += initial_stock(yearly, value["depreciation"], GROWTH) * float(units(k, 0.0).sum())
    return attack, core
