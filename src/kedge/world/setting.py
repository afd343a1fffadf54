"""From the embedded baseline and a study to the arrays that the simulation starts from."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import StudyError
from kedge.data.baseline import Baseline
from kedge.security import DOMAINS
from kedge.trade import aggregate_flows, calibrate_economy
from kedge.world import lookups
from kedge.world.economy import Market
from kedge.world.ground import Ground, Levers
from kedge.world.plans import build_levers, retaliation_levels
from kedge.world.study import Study

REST = "XRW"


@dataclass(frozen=True)
class Setting:
    """A study joined with the baseline: all that the simulation needs besides the futures.

    Parameters
    ----------
    ground, levers, market
        Arrays for the compiled model.
    states
        Codes in the order of `ground`'s first axis.
    facts
        Each baseline figure used; see `lookups.Facts`.
    """

    ground: Ground
    levers: Levers
    market: Market
    states: tuple[str, ...]
    facts: tuple[dict[str, Any], ...]


def build_setting(study: Study, baseline: Baseline) -> Setting:
    """Look up everything a study names and lay it out for the simulation.

    Raises
    ------
    StudyError
        The baseline lacks a figure that the study's states need.
    """
    states = _states_of(study)
    facts: lookups.Facts = []
    spending = _of_states(lookups.military_spending, states, baseline, facts)
    gdp, heads = _of_states(lookups.economy, states, baseline, facts).T
    share = _of_states(lookups.defence_share, states, baseline, facts)
    ties = _of_partners(lookups.tie_depth, study, baseline, facts)
    location = study.theatre.location
    ground = Ground(
        spending=spending,
        gdp=gdp,
        income_per_head=gdp * 1000.0 / heads,
        defence_share=share,
        distance=np.array([lookups.distance(baseline, state, location, facts) for state in states]),
        domain_share=np.array([domain_share(state) for state in states]),
        domain_weight=np.array([getattr(study.theatre.domain_weights, d) for d in DOMAINS]),
        proteges=_places(states, _attacked(study)),
        helpers=_places(states, study.challenger_partners),
        partners=_places(states, study.partner_states),
        obligation=_of_partners(lookups.obligation, study, baseline, facts),
        tie=ties,
        stake=np.array([p.stake for p in study.partners], dtype=float),
        ideal_distance=_of_partners(lookups.ideal_distance, study, baseline, facts),
        first_year=study.first_year,
        years=len(study.years),
        priority=int(study.theatre.patron_priority),
    )
    # Evidence beside the range of `challenger_cooperation`: no number of the model depends on it.
    for partner in study.challenger_partners:
        lookups.joint_events(baseline, study.challenger, partner, facts)
    levers = build_levers(study, float(share[0]), ties)
    return Setting(ground, levers, build_market(study, baseline), states, tuple(facts))


def build_market(study: Study, baseline: Baseline) -> Market:
    """Fold the baseline's economies into the study's own and a rest of the world, and calibrate.

    A challenger without trade on record (North Korea) is left out: nothing to tax or to embargo.
    """
    trade, economies = baseline.trade, baseline.economies
    iso3 = economies.filter(pl.col("gdp_busd") > 0)["iso3"].to_list()
    traded = set(trade["exporter"]) | set(trade["importer"])
    iso3 = [code for code in iso3 if code in traded]
    position = {code: k for k, code in enumerate(iso3)}
    flows = np.zeros((len(iso3), len(iso3)))
    for exporter, importer, musd in trade.select("exporter", "importer", "musd").iter_rows():
        flows[position[exporter], position[importer]] = musd * 1e6
    known = dict(economies.select("iso3", "gdp_busd").iter_rows())
    gdp = np.array([known[code] * 1e9 for code in iso3])
    named = (study.country, study.patron, study.challenger, *study.partner_states)
    missing = [code for code in named[:2] if code not in position]
    if missing:
        raise StudyError(f"the baseline has no trade of {', '.join(missing)}; see: kedge data list")
    groups = {code: code for code in named if code in position}
    small, output, names = aggregate_flows(flows, gdp, iso3, groups, rest=REST)
    economy = calibrate_economy(small, output, names, home=study.patron)
    return Market(
        economy,
        names.index(study.country),
        names.index(study.patron),
        names.index(study.challenger) if study.challenger in names else None,
        retaliation_levels(study),
    )


def _attacked(study: Study) -> list[str]:
    """Name the state attacked if it is not the country itself."""
    protege = study.theatre.protege
    return [] if protege is None or protege == study.country else [protege]


def _states_of(study: Study) -> tuple[str, ...]:
    named = [study.country, study.patron, study.challenger, *study.partner_states, *study.challenger_partners]
    if study.theatre.protege:
        named.append(study.theatre.protege)
    return tuple(dict.fromkeys(named))


def _places(states: Sequence[str], named: Sequence[str]) -> np.ndarray:
    return np.array([states.index(state) for state in named], dtype=np.int64)


def _of_states(look_up: Any, states: Sequence[str], baseline: Baseline, facts: lookups.Facts) -> np.ndarray:
    return np.array([look_up(baseline, state, facts) for state in states], dtype=float)


def _of_partners(look_up: Any, study: Study, baseline: Baseline, facts: lookups.Facts) -> np.ndarray:
    return np.array(
        [look_up(baseline, study.country, partner, facts) for partner in study.partners], dtype=float
    )


def domain_share(state: str) -> list[float]:
    """Say how a state's military stock is spread over `DOMAINS`, as shares; see `domains.toml`."""
    table = importlib.resources.files("kedge.world").joinpath("domains.toml").read_text("utf-8")
    rows = tomllib.loads(table)
    return [rows.get(state, rows["default"])[domain] for domain in DOMAINS]
