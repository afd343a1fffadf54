"""What a contingency's draws say: whether the attack fails, who makes it fail, and what that invites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.security import DOMAINS, attack_hazard, logistic
from kedge.security.networks import Stability, network_stability
from kedge.security.shapley import Coalition, domain_values, led_worth, pivot_shares, shapley_values
from kedge.world.contingency_file import Contingency, contingency_ranges
from kedge.world.contingency_forces import Draw, Facts, draw_contingency, gather_facts
from kedge.world.lookups import PAST_YEARS
from kedge.world.thirds import outer_thirds

QUANTILES = (0.05, 0.5, 0.95)
EVEN = 0.5
"""Chance at which an attack is as likely to fail as not: what a pivotal member carries it across."""
SMALLEST_GAIN = 1e-6
STRIKE = 1.0
"""Percent of GDP in stand-off strike forces, in the case that asks what punishment would do."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Odds:
    """Whether the attack fails, and how likely it is to be made, by case.

    Parameters
    ----------
    contingency, facts, draws
        What was asked, what was observed, and the draws.
    held : probability, [case, draw]
        That the challenger does not win.
    hazard : probability a year, [case, draw]
        Of an attack.
    cases
        In words.
    joins : probability, [member, draw]
        That each comes, where all may; partners, then the patron.
    strength : share, [member, draw]
        Of what all defenders could bring.
    """

    contingency: Contingency
    facts: Facts
    draws: tuple[Draw, ...]
    cases: tuple[str, ...]
    held: Float[np.ndarray, "case draw"]
    hazard: Float[np.ndarray, "case draw"]
    joins: Float[np.ndarray, "member draw"]
    strength: Float[np.ndarray, "member draw"]

    def table(self) -> pl.DataFrame:
        """Tabulate cases: chance that the attack fails, that one is made in a year, and both, percent.

        Low, middle and high are 5, 50 and 95 % of draws; `lost` is an attack made and not failing.
        """
        lost = self.hazard * (1.0 - self.held)
        rows = [
            (
                case,
                *spread_of(100 * self.held[k]),
                *spread_of(100 * self.hazard[k]),
                *spread_of(100 * lost[k]),
            )
            for k, case in enumerate(self.cases)
        ]
        whats = ("fails", "attack", "lost")
        names = ["case", *(f"{what}{end}" for what in whats for end in ("_low", "", "_high"))]
        return pl.DataFrame(rows, schema=names, orient="row")

    def forces(self) -> tuple[float, float, float]:
        """Strength of all who could come, and of those attacked, over that of the attack: 5, 50 and 95 %."""
        ratio = [
            (each.core + each.coalition.strength.sum() + each.coalition.patron.sum())
            / max(each.challenger, 1e-12)
            for each in self.draws
        ]
        return spread_of(np.array(ratio))

    def turns(self) -> pl.DataFrame:
        """Say on which assumptions the chance that the attack fails turns, largest first.

        Returns
        -------
        DataFrame
            name, label, kind, low, high: mean chance (percent) over the draws with the assumption in its
            lowest and in its highest third; swing.
        """
        kinds = {each.name: (each.label, each.kind) for each in contingency_ranges(self.contingency)}
        held, rows = 100.0 * self.held[0], []
        for name in self.draws[0].value:
            column = np.array([each.value[name] for each in self.draws])
            if column.min() == column.max():
                continue
            ends = [float(held[third].mean()) for third in outer_thirds(column)]
            label, kind = kinds.get(name, (name.replace("_", " of "), "assumed"))
            rows.append((name, label, kind, *ends, abs(ends[1] - ends[0])))
        table = pl.DataFrame(rows, schema=["name", "label", "kind", "low", "high", "swing"], orient="row")
        return table.sort("swing", descending=True)

    def members(self) -> pl.DataFrame:
        """Tabulate members: chance to come, and share of the strength that could come, percent."""
        rows = [
            (state, *spread_of(100 * self.joins[k]), *spread_of(100 * self.strength[k]))
            for k, state in enumerate(member_states(self.contingency))
        ]
        names = ["state", "comes_low", "comes", "comes_high", "share_low", "share", "share_high"]
        return pl.DataFrame(rows, schema=names, orient="row")


@dataclass(frozen=True)
class Worth:
    """What each member of a coalition is worth, as changes of the chance that the attack fails.

    Parameters
    ----------
    contingency, draws
        What was asked, and the draws.
    value : share, [member, draw]
        Shapley values; partners, then the patron.
    by_domain : share, [member, domain, draw]
        Of the patron: its forces alone; the rest of its value is what `leading` says.
    at_home : share, [partner, domain, draw]
        The same if distance took nothing from that partner.
    leading : share, [draw]
        What the patron's coming is worth by bringing others along.
    pivots : share of orders, [member, draw]
        How often each carries the chance across one half.
    tie_gain : share, [partner, draw]
        Rise of the chance, all members sought, for some more depth of one partner's tie.
    tie_cost : percent of GDP a year, [draw]
        What that depth costs.
    alone, all_in : share, [draw]
        Chance with no member; with all less that, which is what the values add up to.
    states
        Codes in the order of `network`'s positions.
    network
        Whether the ties of today would last by defence alone; at middle strengths.
    """

    contingency: Contingency
    draws: tuple[Draw, ...]
    value: Float[np.ndarray, "member draw"]
    by_domain: Float[np.ndarray, "member domain draw"]
    at_home: Float[np.ndarray, "partner domain draw"]
    leading: Float[np.ndarray, " draw"]
    pivots: Float[np.ndarray, "member draw"]
    tie_gain: Float[np.ndarray, "partner draw"]
    tie_cost: Float[np.ndarray, " draw"]
    alone: Float[np.ndarray, " draw"]
    all_in: Float[np.ndarray, " draw"]
    states: tuple[str, ...]
    network: Stability

    def table(self) -> pl.DataFrame:
        """Tabulate members: value in points with nine in ten, pivots, and the worth of a deeper tie."""
        partners = len(self.contingency.partners)
        rows = []
        for k, state in enumerate(member_states(self.contingency)):
            # Nothing to deepen: the patron's own ties, and ties as deep as they can be.
            known = k < partners and self.tie_gain[k].max() > SMALLEST_GAIN
            gain = spread_of(100 * self.tie_gain[k] / self.tie_cost)[1] if known else None
            points = float(100 * self.tie_gain[k].mean()) if known else None
            pivot = 100 * float(self.pivots[k].mean())
            rows.append(
                (
                    state,
                    float(100 * self.value[k].mean()),
                    *spread_of(100 * self.value[k]),
                    pivot,
                    points,
                    gain,
                )
            )
        names = ["state", "mean", "low", "middle", "high", "pivotal", "tie_points", "gain_for_cost"]
        return pl.DataFrame(rows, schema=names, orient="row").sort("mean", descending=True)

    def domains(self, groups: Mapping[str, Sequence[str]] | None = None) -> pl.DataFrame:
        """Tabulate value by domain, in points: of each partner, or added up over groups of them.

        `mean` with `low` and `high` as things are; `at_home` if distance took nothing from one partner at
        a time; `lost` is what distance takes.  Two more rows add up domains with distance and without.
        """
        states = [each.state for each in self.contingency.partners]
        named = groups or {state: (state,) for state in states}
        parts = {domain: [d] for d, domain in enumerate(DOMAINS)}
        parts |= {"land, sea, air": [0, 1, 2], "cyber, space": [3, 4]}
        rows = []
        for name, members in named.items():
            at = [states.index(member) for member in members]
            for part, domains in parts.items():
                here = 100 * self.by_domain[np.ix_(at, domains)].sum(axis=(0, 1))
                home = 100 * self.at_home[np.ix_(at, domains)].sum(axis=(0, 1))
                lost = home - here
                means = [float(each.mean()) for each in (here, home, lost)]
                ends = [*spread_of(here)[::2], *spread_of(lost)[::2]]
                rows.append((name, part, means[0], *ends[:2], *means[1:], *ends[2:]))
        names = ["who", "domain", "mean", "low", "high", "at_home", "lost", "lost_low", "lost_high"]
        return pl.DataFrame(rows, schema=names, orient="row")


def member_states(contingency: Contingency) -> tuple[str, ...]:
    """Give codes of those who may join: partners, then the patron."""
    patron = [contingency.patron.state] if contingency.patron else []
    return (*(each.state for each in contingency.partners), *patron)


def contingency_odds(contingency: Contingency, draws: int = 256, seed: int = 1) -> Odds:
    """Work out whether the attack fails and how likely it is made: as things are, and if some stay out.

    Parameters
    ----------
    contingency
        From `load_contingency`.
    draws, seed
        As `draw_contingency`.

    Returns
    -------
    Odds
        Cases: all may come; the patron stays out; it comes for certain; no partner comes; nobody comes; and
        with stand-off strike forces worth one percent of GDP.

    Raises
    ------
    UnknownName, StudyError, DomainError
        As `draw_contingency` and `gather_facts`.

    Notes
    -----
    Every draw meets its own base rate of attack as things are; other cases move it by what they do
    to the challenger's chance to win (denial), by punishment, and by the treaty where the patron is out.
    """
    facts = gather_facts(contingency)
    drawn = draw_contingency(contingency, facts, draws, seed)
    cases = ["as things are"]
    cases += ["patron stays out", "patron comes for certain"] if contingency.patron else []
    cases += ["no partner comes"] if contingency.patron else []
    cases += ["nobody comes", "as things are, with stand-off strike"]
    held, hazard = np.empty((len(cases), draws)), np.empty((len(cases), draws))
    for at, each in enumerate(drawn):
        worth = led_worth(each.challenger, each.core, each.coalition, each.balance)
        half = worth.size // 2
        comes = each.coalition._replace(comes=1.0)
        found = {
            "as things are": worth[-1],
            "patron stays out": worth[half - 1],
            "patron comes for certain": led_worth(each.challenger, each.core, comes, each.balance)[-1],
            "no partner comes": worth[half],
            "nobody comes": worth[0],
            "as things are, with stand-off strike": worth[-1],
        }
        for k, case in enumerate(cases):
            held[k, at] = found[case]
            hazard[k, at] = _hazard(each.value, case, found[case], worth[-1])
    return Odds(contingency, facts, drawn, tuple(cases), held, hazard, *_arrivals(drawn, contingency))


def coalition_worth_of(
    contingency: Contingency, draws: int = 256, seed: int = 1, tell: Tell | None = None
) -> Worth:
    """Work out what each member is worth, by domain, what ties add, and whether the network would last.

    Parameters
    ----------
    contingency, draws, seed
        As `contingency_odds`.
    tell
        Called with draws done and in all.

    Raises
    ------
    UnknownName, StudyError, DomainError
        As `contingency_odds`.
    """
    facts = gather_facts(contingency)
    drawn = draw_contingency(contingency, facts, draws, seed)
    members, partners = len(member_states(contingency)), len(contingency.partners)
    value, pivots = np.empty((members, draws)), np.empty((members, draws))
    by_domain = np.zeros((members, len(DOMAINS), draws))
    at_home = np.zeros((partners, len(DOMAINS), draws))
    leading, alone, all_in, cost = np.zeros(draws), np.empty(draws), np.empty(draws), np.empty(draws)
    gain = np.empty((partners, draws))
    for at, each in enumerate(drawn):
        game = (each.challenger, each.core, each.coalition, each.balance)
        worth = led_worth(*game)
        if contingency.patron is None:
            worth = worth[: worth.size // 2]
        value[:, at] = shapley_values(worth)
        alone[at], all_in[at] = worth[0], worth[-1] - worth[0]
        pivots[:, at] = pivot_shares(worth, EVEN)
        split = domain_values(*game, nearby=each.at_home)
        by_domain[:partners, :, at], at_home[:, :, at] = split.member, split.near
        if contingency.patron is not None:
            by_domain[partners, :, at], leading[at] = split.patron, split.leading
        gain[:, at] = _tie_gains(contingency, facts, each, worth[-1])
        cost[at] = each.value["tie_cost"] * each.value["deepened"]
        if tell is not None:
            tell(at + 1, draws)
    network = _network(contingency, facts, drawn)
    return Worth(
        contingency, drawn, value, by_domain, at_home, leading, pivots, gain, cost, alone, all_in,
        facts.states, network,
    )  # fmt: skip


def spread_of(values: Float[np.ndarray, " draw"]) -> tuple[float, float, float]:
    """Give the 5 %, middle and 95 % of draws."""
    low, middle, high = np.quantile(values, QUANTILES)
    return float(low), float(middle), float(high)


def _hazard(value: dict[str, float], case: str, held: float, now: float) -> float:
    """Give the yearly chance of attack in a case, from the base rate as things are."""
    punished = value["punishment_effect"] * STRIKE * held if case.endswith("strike") else 0.0
    treaty = -value["treaty_effect"] if case == "patron stays out" else 0.0
    return attack_hazard(value["base_hazard"], value["deterrence_slope"], now - held - punished, treaty)


def _arrivals(
    drawn: Sequence[Draw], contingency: Contingency
) -> tuple[Float[np.ndarray, "member draw"], Float[np.ndarray, "member draw"]]:
    joins, strength = [], []
    for each in drawn:
        game, comes = each.coalition, each.coalition.comes
        chance = comes * game.led + (1.0 - comes) * game.alone
        bring = game.strength.sum(axis=1)
        if contingency.patron is not None:
            chance, bring = np.append(chance, comes), np.append(bring, game.patron.sum())
        joins.append(chance)
        strength.append(bring / max(bring.sum() + each.core, 1e-12))
    return np.array(joins).T, np.array(strength).T


def _tie_gains(
    contingency: Contingency, facts: Facts, draw: Draw, now: float
) -> Float[np.ndarray, " partner"]:
    """Rise of the chance for some more depth of each partner's tie: it comes likelier, and fits in better."""
    game, value = draw.coalition, draw.value
    found = np.empty(len(contingency.partners))
    for k in range(found.size):
        deeper = min(facts.tie[k] + value["deepened"], 1.0)
        friction = value["coalition_friction"]
        better = (1.0 - friction * (1.0 - deeper)) / max(1.0 - friction * (1.0 - facts.tie[k]), 1e-9)
        strength, alone, led = game.strength.copy(), game.alone.copy(), game.led.copy()
        strength[k] *= better
        for chance in (alone, led):
            chance[k] = _pulled(chance[k], value["tie_slope"] * (deeper - facts.tie[k]))
        changed = Coalition(strength, alone, led, game.patron, game.comes)
        found[k] = led_worth(draw.challenger, draw.core, changed, draw.balance)[-1] - now
    return found


def _pulled(probability: float, by: float) -> float:
    if not 0.0 < probability < 1.0:
        return probability
    return logistic(float(np.log(probability / (1.0 - probability))) + by)


def _network(contingency: Contingency, facts: Facts, drawn: Iterable[Draw]) -> Stability:
    """Check today's ties for stability by defence alone, at middle strengths of ten years' spending."""
    states = list(facts.states)
    size = len(states)
    strength = facts.spending[:, -PAST_YEARS:].sum(axis=1)
    network = np.zeros((size, size), dtype=bool)
    anchor = contingency.anchor
    for k, each in enumerate(contingency.partners):
        if anchor in states and facts.obligation[k] >= EVEN and each.state != anchor:
            at = states.index(anchor)
            network[k, at] = network[at, k] = True
    attack = [states.index(each) for each in (contingency.challenger, *contingency.helpers)]
    for other in attack[1:]:
        network[attack[0], other] = network[other, attack[0]] = True
    advantage = float(np.median([each.balance.advantage for each in drawn]))
    return network_stability(network, strength, advantage)
