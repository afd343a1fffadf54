"""A bargain over defence effort and tariffs between an ally and its patron, its uncertainties drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.core.errors import DomainError, NotConverged
from kedge.strategy import Uncertainty, draw_futures
from kedge.trade import Economy, aggregate_economy, find_player
from kedge.trade.bargain import Curves, Deals, Terms, bargaining_set, strike_deals
from kedge.trade.batch import prepare_batch, solve_batch
from kedge.world.thirds import outer_thirds
from kedge.world.trade_ranges import trade_ranges

NODES = 7
"""Tariffs at which equilibria are solved; Chebyshev points, exact to about 1e-6 of real income."""
DRAWN = (
    "trade_elasticity", "pass_through", "public_funds", "own_worth", "burden_feedback", "commitment",
    "patron_swing", "base_hazard", "defeat_loss", "patron_worth", "tariff_taste", "power",
)  # fmt: skip
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class BargainPlan:
    """What is bargained about.

    Parameters
    ----------
    ally, patron
        Codes.
    tariff : share, ad valorem
        The patron's present tariff on the ally.
    most_effort : percent of GDP
        The ally can add no more.
    draws, seed
        How many, and from which seed; results are the same for the same two.
    """

    ally: str
    patron: str = "USA"
    tariff: float = 0.24
    most_effort: float = 3.0
    draws: int = 2048
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 < self.tariff <= 3.0:
            raise DomainError(
                f"tariff should be a share above 0 and at most 3 (0.24 is 24 %), got {self.tariff:g}"
            )
        if not 0.0 < self.most_effort <= 20.0:
            raise DomainError(
                f"most_effort should be above 0 and at most 20 % of GDP, got {self.most_effort:g}"
            )
        if self.draws < 64:
            raise DomainError(f"draws should be at least 64, got {self.draws}")
        if self.ally == self.patron:
            raise DomainError("ally and patron should be two economies")


@dataclass(frozen=True)
class Bargain:
    """Deals over all draws, and what they turn on.

    Parameters
    ----------
    uncertainties
        Ranges drawn from, in the order of `draws`.
    draws
        [draw, uncertainty].
    curves, terms, deals
        As `kedge.trade.bargain` has them.
    summary
        answer, low, middle, high: 5 %, median and 95 % over draws; `share`: of draws it holds for.
    turns
        One row an assumption: the median answer where it is in its lowest and its highest third.
    """

    plan: BargainPlan
    uncertainties: tuple[Uncertainty, ...]
    draws: Float[np.ndarray, "draw uncertainty"]
    curves: Curves
    terms: Terms
    deals: Deals
    summary: pl.DataFrame
    turns: pl.DataFrame


def bargain_parameters() -> tuple[Uncertainty, ...]:
    """Give the ranges that a bargain is drawn from."""
    return trade_ranges(DRAWN)


def bargain(economy: Economy, others: Float[np.ndarray, " exporter"], plan: BargainPlan) -> Bargain:
    """Work out what the tariff costs the ally, what it would pay to be spared it, and what deal comes of it.

    Parameters
    ----------
    economy
        Calibrated one-sector world that holds both.
    others : share, ad valorem
        The patron's tariff on each exporter; that on the ally is replaced by the plan's.
    plan

    Raises
    ------
    UnknownName
        Ally or patron is not in the economy.
    NotConverged
        An equilibrium was not found.

    References
    ----------
    Nash (1950); trade: Ignatenko et al. (2025).
    """
    ranges = bargain_parameters()
    drawn = draw_futures(ranges, plan.draws, plan.seed)
    value = {each.name: drawn[:, column] for column, each in enumerate(ranges)}
    curves = _curves(economy, others, plan, value)
    terms = _terms(economy, plan, value)
    deals = strike_deals(curves, terms)
    return Bargain(
        plan, ranges, drawn, curves, terms, deals, _summary(deals, terms), _turns(deals, terms, ranges, drawn)
    )


def fold_group(
    economy: Economy, others: Float[np.ndarray, " exporter"], group: str, patron: str = "USA"
) -> tuple[Economy, Float[np.ndarray, " exporter"]]:
    """Make one economy of a group (EU), and of the patron's tariffs on its members their mean by imports.

    Raises
    ------
    UnknownName
        No such economy or group.
    DomainError
        The patron is a member.
    """
    members = find_player(economy.iso3, group).members
    if patron in members:
        raise DomainError(f"{patron} is in {group}; ally and patron should be two economies")
    if members == (group,):
        return economy, others
    into = {code: group if code in members else code for code in economy.iso3}
    folded = aggregate_economy(economy, into)
    bought = economy.flows[:, economy.index(patron)]
    rates = np.zeros(len(folded.iso3))
    for at, code in enumerate(folded.iso3):
        inside = [k for k, each in enumerate(economy.iso3) if into[each] == code]
        weights = bought[inside] if bought[inside].sum() > 0 else np.ones(len(inside))
        rates[at] = np.average(others[inside], weights=weights)
    return folded, rates


def _curves(economy: Economy, others: np.ndarray, plan: BargainPlan, value: dict[str, np.ndarray]) -> Curves:
    """Solve for both real incomes at a few tariffs on the ally, in every draw."""
    ally, patron = economy.index(plan.ally), economy.index(plan.patron)
    size = len(economy.iso3)
    schedules = np.zeros((2, size, size))
    schedules[0, :, patron] = others
    schedules[0, [ally, patron], patron] = 0.0
    schedules[1, ally, patron] = 1.0
    tariffs = plan.tariff * 0.5 * (1.0 - np.cos(np.pi * np.arange(NODES) / (NODES - 1)))
    weights = np.stack([np.ones(NODES), tariffs], axis=1)
    elasticity, through = value["trade_elasticity"], value["pass_through"]
    batch = prepare_batch(economy, (float(elasticity.min()), float(elasticity.max())))
    result = solve_batch(
        batch,
        schedules,
        np.tile(weights, (plan.draws, 1)),
        {"trade_elasticity": np.repeat(elasticity, NODES), "pass_through": np.repeat(through, NODES)},
    )
    if not result.converged.all():
        raise NotConverged(
            f"{int((~result.converged).sum())} of {result.converged.size} equilibria were not found; "
            "take a smaller tariff",
            result,
        )
    welfare = result.welfare.reshape(plan.draws, NODES, size)
    return Curves(tariffs, welfare[:, :, ally], welfare[:, :, patron])


def _terms(economy: Economy, plan: BargainPlan, value: dict[str, np.ndarray]) -> Terms:
    """Turn what is drawn into what effort costs and is worth."""
    ally, patron = economy.index(plan.ally), economy.index(plan.patron)
    size = float(economy.income[patron] / economy.income[ally])
    chance = value["commitment"]
    # One point of GDP moves the log-odds of the patron's coming; what that is worth is a yearly loss averted.
    moved = value["burden_feedback"] * chance * (1.0 - chance)
    averted = moved * value["patron_swing"] * value["base_hazard"] * value["defeat_loss"]
    return Terms(
        cost=value["public_funds"] - value["own_worth"] - averted,
        worth=value["patron_worth"],
        tariff_taste=value["tariff_taste"] * size,
        power=value["power"],
        most_effort=plan.most_effort,
        patron_size=size,
    )


def _summary(deals: Deals, terms: Terms) -> pl.DataFrame:
    """Give quantiles over draws of what people ask."""
    agreed = deals.agreed
    answers = {
        "tariff_cost": (deals.tariff_cost, None),
        "willing": (np.minimum(deals.willing, terms.most_effort), deals.willing >= terms.most_effort),
        "ask": (np.minimum(deals.ask, terms.most_effort), deals.ask >= terms.most_effort),
        "effort": (deals.effort[agreed], agreed),
        "tariff_cut": (100.0 * (deals.tariff.max() - deals.tariff)[agreed], agreed),
        "rate": (deals.rate[agreed & np.isfinite(deals.rate)], agreed),
        "ally_gain": (deals.ally_gain[agreed], agreed),
        "patron_gain": (deals.patron_gain[agreed], agreed),
    }
    rows = []
    for name, (numbers, share) in answers.items():
        low, middle, high = np.quantile(numbers, QUANTILES) if numbers.size else (np.nan,) * 3
        rows.append((name, low, middle, high, None if share is None else float(np.mean(share))))
    return pl.DataFrame(rows, schema=["answer", "low", "middle", "high", "share"], orient="row")


def _turns(deals: Deals, terms: Terms, ranges: tuple[Uncertainty, ...], drawn: np.ndarray) -> pl.DataFrame:
    """Compare the answers in the lowest and the highest third of every assumption; largest swing first."""
    cap = np.minimum(deals.willing, terms.most_effort)
    rows = []
    for column, each in enumerate(ranges):
        ends = outer_thirds(drawn[:, column])
        willing = [float(np.median(cap[end])) for end in ends]
        agreed = [float(deals.agreed[end].mean()) for end in ends]
        effort = [float(deals.effort[end].mean()) for end in ends]
        rows.append((each.name, each.label, *willing, *effort, *agreed))
    names = ["willing_low", "willing_high", "effort_low", "effort_high", "agreed_low", "agreed_high"]
    table = pl.DataFrame(rows, schema=["name", "label", *names], orient="row")
    swing = (pl.col("effort_high") - pl.col("effort_low")).abs()
    return table.with_columns(swing=swing).sort("swing", descending=True)


def middle_set(
    found: Bargain, powers: tuple[float, ...] = (0.2, 0.5, 0.8)
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the bargaining set at the median of every assumption: its edge, and the deals by power.

    Returns
    -------
    tuple
        ally, patron (gains, percent of the ally's GDP); and label, ally, patron, the first row no deal.
    """
    curves = Curves(
        found.curves.tariffs,
        np.median(found.curves.ally - found.curves.ally[:, -1:], axis=0)[None],
        np.median(found.curves.patron - found.curves.patron[:, -1:], axis=0)[None],
    )
    middle = {
        name: np.array([np.median(getattr(found.terms, name))])
        for name in ("cost", "worth", "tariff_taste", "power")
    }
    terms = replace(found.terms, **middle)
    ally, patron = bargaining_set(curves, terms, 961)
    edge = _near_deals(pl.DataFrame({"ally": ally, "patron": patron}).filter(pl.col("patron").is_not_nan()))
    rows = [("no deal", 0.0, 0.0)]
    for power in powers:
        deal = strike_deals(curves, replace(terms, power=np.array([power])))
        rows.append((f"power {power:g}", float(deal.ally_gain[0]), float(deal.patron_gain[0])))
    return edge, pl.DataFrame(rows, schema=["label", "ally", "patron"], orient="row")


def _near_deals(edge: pl.DataFrame) -> pl.DataFrame:
    """Keep what lies around the part of the edge where both gain, if there is one."""
    both = edge.filter((pl.col("ally") >= 0) & (pl.col("patron") >= 0))
    if both.is_empty():
        return edge
    room = 0.25 * both.to_numpy().max(axis=0)
    return edge.filter((pl.col("ally") >= -room[0]) & (pl.col("patron") >= -room[1]))
