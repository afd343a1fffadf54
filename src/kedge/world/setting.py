"""From the embedded baseline and a study to the arrays that the simulation starts from."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import StudyError
from kedge.data.baseline import Baseline
from kedge.security import DOMAINS
from kedge.trade import aggregate_flows, calibrate_economy
from kedge.world.economy import Market
from kedge.world.ground import Ground, Levers
from kedge.world.plans import build_levers, retaliation_levels
from kedge.world.study import Partner, Study

PAST_YEARS = 10
REST = "XRW"
SECURITY_LAYERS = ("access", "logistics", "exercise", "basing", "arms", "cooperation", "agreement")
Facts = list[dict[str, Any]]


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
        Each baseline figure used: state, name, value, unit, year, source key.
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
    facts: Facts = []
    spending = _by_state(_spending, baseline, states, facts)
    gdp, heads = _by_state(_economy, baseline, states, facts).T
    share = _by_state(_share, baseline, states, facts)
    ties = _by_partner(_tie, baseline, study, facts)
    location = study.theatre.location
    index = {state: j for j, state in enumerate(states)}
    protege = study.theatre.protege
    if protege in study.challenger_partners:
        raise StudyError(
            f"theatre.protege: {protege} is attacked and also among challenger_partners; "
            "a state is on one side only: take it out of one of the two"
        )
    attacked = [] if protege in (None, study.country) else [index[protege]]
    ground = Ground(
        spending=spending,
        gdp=gdp,
        income_per_head=gdp * 1000.0 / heads,
        defence_share=share,
        distance=np.array([_distance(baseline, state, location, facts) for state in states]),
        domain_share=np.array([_domain_share(state) for state in states]),
        domain_weight=np.array([getattr(study.theatre.domain_weights, d) for d in DOMAINS]),
        proteges=np.array(attacked, dtype=np.int64),
        helpers=np.array([index[s] for s in study.challenger_partners], dtype=np.int64),
        partners=np.array([index[p.state] for p in study.partners], dtype=np.int64),
        obligation=_by_partner(_obligation, baseline, study, facts),
        tie=ties,
        stake=np.array([p.stake for p in study.partners], dtype=float),
        ideal_distance=_by_partner(_ideal_distance, baseline, study, facts),
        first_year=study.first_year,
        years=len(study.years),
        priority=int(study.theatre.patron_priority),
    )
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


def _states_of(study: Study) -> tuple[str, ...]:
    named = [study.country, study.patron, study.challenger, *study.partner_states, *study.challenger_partners]
    if study.theatre.protege:
        named.append(study.theatre.protege)
    return tuple(dict.fromkeys(named))


def _by_state(
    look_up: Callable[[Baseline, str, Facts], Any], baseline: Baseline, states: tuple[str, ...], facts: Facts
) -> np.ndarray:
    return np.array([look_up(baseline, state, facts) for state in states])


def _by_partner(
    look_up: Callable[[Baseline, Study, Partner, Facts], float],
    baseline: Baseline,
    study: Study,
    facts: Facts,
) -> np.ndarray:
    return np.array([look_up(baseline, study, partner, facts) for partner in study.partners], dtype=float)


def _fact(facts: Facts, state: str, name: str, value: float, *rest: Any) -> float:
    unit, year, source = rest
    facts.append({"state": state, "name": name, "value": value, "unit": unit, "year": year, "source": source})
    return value


def _spending(baseline: Baseline, state: str, facts: Facts) -> np.ndarray:
    rows = baseline.military_spending.filter(pl.col("iso3") == state).sort("year").tail(PAST_YEARS)
    known = rows.drop_nulls("musd")
    if known.is_empty():
        raise StudyError(f"the baseline has no military spending of {state}; leave it out of the study")
    last = known.row(-1, named=True)
    _fact(facts, state, "Military spending", last["musd"] / 1e3, "billion US$", last["year"], last["source"])
    known_years = known["year"].to_numpy()
    years = np.arange(known_years[-1] - PAST_YEARS + 1, known_years[-1] + 1)
    return np.interp(years, known_years, known["musd"].to_numpy() / 1e3)


def _economy(baseline: Baseline, state: str, facts: Facts) -> tuple[float, float]:
    row = baseline.economies.filter(pl.col("iso3") == state).row(0, named=True)
    if not row["gdp_busd"] or not row["population_m"]:
        raise StudyError(f"the baseline has no GDP or population of {state}; leave it out of the study")
    _fact(facts, state, "GDP", row["gdp_busd"], "billion US$", row["gdp_year"], row["source"])
    _fact(facts, state, "Population", row["population_m"], "million", row["gdp_year"], row["source"])
    return row["gdp_busd"], row["population_m"]


def _share(baseline: Baseline, state: str, facts: Facts) -> float:
    rows = baseline.military_spending.filter((pl.col("iso3") == state) & pl.col("share_gdp").is_not_null())
    if rows.is_empty():
        raise StudyError(f"the baseline has no military share of GDP of {state}; leave it out of the study")
    row = rows.sort("year").row(-1, named=True)
    return _fact(
        facts, state, "Military spending", row["share_gdp"], "percent of GDP", row["year"], row["source"]
    )


def _distance(baseline: Baseline, state: str, location: str, facts: Facts) -> float:
    if state == location:
        return 0.0
    a, b = sorted((state, location))
    rows = baseline.distances.filter((pl.col("iso3_a") == a) & (pl.col("iso3_b") == b))
    if rows.is_empty():
        raise StudyError(
            f"the baseline has no distance between {state} and {location}; choose another location"
        )
    row = rows.row(0, named=True)
    return _fact(facts, state, f"Distance to {location}", row["km"], "km", None, row["source"])


def _pair(ties: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    there = (pl.col("state_a") == a) & (pl.col("state_b") == b)
    back = (pl.col("state_a") == b) & (pl.col("state_b") == a)
    return ties.filter(there | back)


def _deepest(rows: pl.DataFrame) -> tuple[float, Any, str]:
    if rows.is_empty():
        return 0.0, None, "baseline-ties"
    row = rows.sort("depth", descending=True).row(0, named=True)
    return row["depth"], _year(row["since"]), row["source"]


def _year(since: object) -> int | None:
    """Read the year of a date written as 2023, 2023-08 or 2023-08-13."""
    return int(str(since)[:4]) if since is not None and str(since)[:4].isdigit() else None


def _tie(baseline: Baseline, study: Study, partner: Partner, facts: Facts) -> float:
    if partner.tie_depth is not None:
        return _fact(facts, partner.state, "Tie depth today", partner.tie_depth, "0 to 1", None, "study")
    rows = _pair(baseline.ties, study.country, partner.state)
    rows = rows.filter(pl.col("layer").is_in(SECURITY_LAYERS))
    # Several thin ties knit two forces together more than the thickest alone, but never fully.
    loose = float(np.prod(1.0 - rows["depth"].to_numpy())) if rows.height else 1.0
    _, since, source = _deepest(rows)
    return _fact(facts, partner.state, "Tie depth today", round(1.0 - loose, 3), "0 to 1", since, source)


def _obligation(baseline: Baseline, study: Study, partner: Partner, facts: Facts) -> float:
    if partner.obligation is not None:
        return _fact(facts, partner.state, "Obligation", partner.obligation, "0 to 1", None, "study")
    rows = _pair(baseline.ties, study.country, partner.state).filter(pl.col("layer") == "obligation")
    depth, since, source = _deepest(rows)
    return _fact(facts, partner.state, "Obligation", depth, "0 to 1", since, source)


def _ideal_distance(baseline: Baseline, study: Study, partner: Partner, facts: Facts) -> float:
    state = partner.state
    points = baseline.ideal_points.filter(pl.col("iso3").is_in([study.country, state]))
    session = points.group_by("session").len().filter(pl.col("len") == 2)["session"].max()
    if session is None:
        # Not a member of the General Assembly: nothing to add to or take from its odds.
        return _fact(
            facts, state, "Distance of ideal points", 0.0, "ideal-point scale", None, "no common session"
        )
    pair = points.filter(pl.col("session") == session).sort("iso3")
    apart = abs(pair["ideal_point"][0] - pair["ideal_point"][1])
    year, source = pair["year"][0], pair["source"][0]
    return _fact(facts, state, "Distance of ideal points", round(apart, 3), "ideal-point scale", year, source)


def _domain_share(state: str) -> list[float]:
    table = importlib.resources.files("kedge.world").joinpath("domains.toml").read_text("utf-8")
    rows = tomllib.loads(table)
    return [rows.get(state, rows["default"])[domain] for domain in DOMAINS]
