"""Look a study's states up in the embedded baseline, and keep what was found as facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl

from kedge.core.errors import StudyError
from kedge.data.baseline import Baseline
from kedge.order.events import event_rate
from kedge.world.ties import CIVIL_LAYERS, knit_depth

PAST_YEARS = 10
JOINT_EVENTS: dict[frozenset[str], str] = {frozenset(("CHN", "RUS")): "China-Russia bomber patrols"}
"""Series of the baseline's events that tell how often two states act together; complete ones only."""
CAPABILITY_SOURCE = "cow-nmc-7"  # of the capability index alone, which no fact here shows


class Tied(Protocol):
    """A partner whose tie and obligation a file may state instead of the baseline."""

    @property
    def state(self) -> str:
        """Code."""
        ...

    @property
    def tie_depth(self) -> float | None:
        """Depth of its ties, if the file states it."""
        ...

    @property
    def obligation(self) -> float | None:
        """Strength of its obligation, if the file states it."""
        ...


Facts = list[dict[str, Any]]
"""Figures found: state, name, value, unit, year, source keys, table, and kind (measured or assumed)."""


def military_spending(baseline: Baseline, state: str, facts: Facts) -> np.ndarray:
    """Read a state's military spending of the last ten years, billion current US$.

    Raises
    ------
    StudyError
        The baseline has none.
    """
    rows = baseline.military_spending.filter(pl.col("iso3") == state).sort("year").tail(PAST_YEARS)
    known = rows.drop_nulls("musd")
    if known.is_empty():
        raise StudyError(f"the baseline has no military spending of {state}; leave it out of the study")
    last = known.row(-1, named=True)
    _keep(facts, state, "Military spending", last["musd"] / 1e3, "billion US$", last, "military_spending")
    years = known["year"].to_numpy()
    return np.interp(
        np.arange(years[-1] - PAST_YEARS + 1, years[-1] + 1), years, known["musd"].to_numpy() / 1e3
    )


def economy(baseline: Baseline, state: str, facts: Facts) -> tuple[float, float]:
    """Read a state's GDP (billion current US$) and population (million).

    Raises
    ------
    StudyError
        The baseline lacks one of them.
    """
    row = baseline.economies.filter(pl.col("iso3") == state).row(0, named=True)
    keys = [key for key in row["source"].split("+") if key != CAPABILITY_SOURCE]
    people = row["population_m"]
    found = {"year": row["gdp_year"], "source": keys[0]}
    gdp, table = row["gdp_busd"], "economies"
    # The year of the last observed spending, where there is one: the trade matrix is a year older.
    latest = baseline.gdp.filter(pl.col("iso3") == state).sort("year").tail(1)
    if latest.height and latest["gdp_busd"][0] is not None:
        gdp, table, found = latest["gdp_busd"][0], "gdp", latest.row(0, named=True)
    if not gdp or not people:
        raise StudyError(f"the baseline has no GDP or population of {state}; leave it out of the study")
    _keep(facts, state, "GDP", gdp, "billion US$", found, table)
    counted = {"year": row["gdp_year"], "source": keys[-1]}
    _keep(facts, state, "Population", people, "million", counted, "economies")
    return gdp, people


def defence_share(baseline: Baseline, state: str, facts: Facts) -> float:
    """Read a state's last observed military spending, percent of GDP.

    Raises
    ------
    StudyError
        The baseline has none.
    """
    rows = baseline.military_spending.filter((pl.col("iso3") == state) & pl.col("share_gdp").is_not_null())
    if rows.is_empty():
        raise StudyError(f"the baseline has no military share of GDP of {state}; leave it out of the study")
    row = rows.sort("year").row(-1, named=True)
    return _keep(
        facts, state, "Military spending", row["share_gdp"], "percent of GDP", row, "military_spending"
    )


def distance(baseline: Baseline, state: str, location: str, facts: Facts) -> float:
    """Read the distance between a state and the theatre, km; zero at home.

    Raises
    ------
    StudyError
        The baseline has no distance for the pair.
    """
    if state == location:
        return 0.0
    a, b = sorted((state, location))
    rows = baseline.distances.filter((pl.col("iso3_a") == a) & (pl.col("iso3_b") == b))
    if rows.is_empty():
        raise StudyError(
            f"the baseline has no distance between {state} and {location}; choose another location"
        )
    row = rows.row(0, named=True)
    return _keep(facts, state, f"Distance to {location}", row["km"], "km", row, "distances")


def tie_depth(baseline: Baseline, country: str, partner: Tied, facts: Facts) -> float:
    """Read the depth of a partner's present defence ties with the country, 0 to 1; see `knit_depth`."""
    name = "Tie depth today"
    if partner.tie_depth is not None:
        return _given(facts, partner.state, name, partner.tie_depth)
    rows = _pair(baseline.ties, country, partner.state)
    rows = rows.filter(~pl.col("layer").is_in(CIVIL_LAYERS))
    depth = knit_depth(rows.select("layer", "depth").iter_rows())
    return _keep(facts, partner.state, name, depth, "0 to 1", _ties(rows), "ties")


def obligation(
    baseline: Baseline, country: str, partner: Tied, facts: Facts, without: Sequence[str] = ()
) -> float:
    """Read the strength of a partner's obligation to the country, 0 to 1: that of the strongest treaty.

    `without` names treaties that do not count, such as one whose area the theatre is not in.
    """
    if partner.obligation is not None:
        return _given(facts, partner.state, "Obligation", partner.obligation)
    rows = _pair(baseline.ties, country, partner.state).filter(pl.col("layer") == "obligation")
    rows = rows.filter(~pl.col("name").is_in(list(without))).sort("depth", descending=True).head(1)
    depth = rows["depth"][0] if rows.height else 0.0
    return _keep(facts, partner.state, "Obligation", depth, "0 to 1", _ties(rows), "ties")


def ideal_distance(baseline: Baseline, country: str, partner: Tied, facts: Facts) -> float:
    """Read how far apart a partner and the country vote, in units of the ideal-point scale.

    Zero where one of them is not a member of the General Assembly: nothing to add to or take
    from its odds.
    """
    state, name, unit = partner.state, "Distance of ideal points", "ideal-point scale"
    # The published scale, since the range of its effect on partners is stated on that scale.
    of_pair = (pl.col("mode") == "published") & pl.col("iso3").is_in([country, state])
    points = baseline.ideal_points.filter(of_pair)
    session = points.group_by("session").len().filter(pl.col("len") == 2)["session"].max()
    if session is None:
        return _keep(facts, state, name, 0.0, unit, {"kind": "assumed"}, "ideal_points")
    pair = points.filter(pl.col("session") == session).sort("iso3")
    apart = abs(pair["ideal_point"][0] - pair["ideal_point"][1])
    return _keep(facts, state, name, round(apart, 3), unit, pair.row(0, named=True), "ideal_points")


def joint_events(baseline: Baseline, one: str, other: str, facts: Facts) -> float | None:
    """Read how often two states act together, events a year; nothing is kept where none are listed.

    The years run from the first listed event's January to the last one's December.
    """
    series = JOINT_EVENTS.get(frozenset((one, other)))
    if series is None:
        return None
    rows = baseline.events.filter(pl.col("series") == series)
    years = [int(date[:4]) for date in rows["date_start"]]
    rate = event_rate(rows.height, dt.date(min(years), 1, 1), dt.date(max(years), 12, 31))
    name = f"Joint bomber patrols with {one} since {min(years)}"
    found = {"year": max(years), "source": "+".join(sorted(set(rows["source"]))), "kind": "measured"}
    return _keep(facts, other, name, round(rate.rate, 2), "a year", found, "events")


def _pair(ties: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    there = (pl.col("state_a") == a) & (pl.col("state_b") == b)
    back = (pl.col("state_a") == b) & (pl.col("state_b") == a)
    return ties.filter(there | back)


def _ties(rows: pl.DataFrame) -> dict[str, Any]:
    """Sum up rows of ties: the latest year, every source; depths are coded by rule, so assumed."""
    keys = dict.fromkeys(key for source in rows["source"] for key in source.split("+"))
    years = [int(str(since)[:4]) for since in rows["since"] if str(since)[:4].isdigit()]
    return {"year": max(years, default=None), "source": "+".join(keys), "kind": "assumed"}


def _given(facts: Facts, state: str, name: str, value: float) -> float:
    return _keep(facts, state, name, value, "0 to 1", {"source": "study", "kind": "assumed"}, "")


def _keep(facts: Facts, state: str, name: str, value: float, *rest: Any) -> float:
    """Add a fact; `found` names year, sources and kind, no source meaning that no row was found."""
    unit, found, table = rest
    facts.append(
        {
            "state": state,
            "name": name,
            "value": value,
            "unit": unit,
            "year": found.get("year"),
            "source": found.get("source") or "no-row",
            "kind": found.get("kind", "measured"),
            "table": table,
        }
    )
    return value
