"""What the reaction functions of allies say: free riding, and what a patron's withdrawal implies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import DomainError, UnknownName
from kedge.security import (
    HORIZONS,
    Impulse,
    Reaction,
    Response,
    effort_response,
    estimate_one,
    estimate_reaction,
    row_normalised,
)
from kedge.world.burden_data import CHALLENGERS, PATRON, burden_tables
from kedge.world.burden_panel import GROUPS, MEASURES, WEIGHTS, NamedPanel, burden_panel

ERAS = {
    "full": {
        "all": (1950, 2024),
        "cold-war": (1950, 1990),
        "unipolar": (1991, 2013),
        "rivalry": (2014, 2024),
        "published": (1968, 2015),
    },
    "baseline": {"all": (2016, 2024)},
}
"""First and last year explained; `published` are the years of George & Sandler (2018)."""

EQUATIONS = {
    "year-effects": "an effect for every year; allies' mean effort, the patron's among it",
    "patron-apart": "a common trend; the patron's effort of the year before on its own, beside allies'",
    "patron-only": "a common trend; the patron's effort of the year before, allies' answers included",
}
CHANNELS = {
    "patron's effort": ("patron-only", "patron", False),
    "patron's effort, other allies held fixed": ("patron-apart", "patron", False),
    "patron's effort, allies answering one another": ("patron-apart", "patron", True),
    "patron's effort as one ally's among all": ("year-effects", "allies", True),
    "patron's troops in the country": ("patron-only", "presence", False),
}
"""Equation and coefficient of each response, and whether allies' answers move one another."""

_WEAK, _UNSTABLE = 10.0, 0.5
"""First-stage F and share of unsettled draws beyond which a response would be noise."""

_ROWS = {
    **dict.fromkeys(("channel", "iso3", "horizon"), pl.String),
    **dict.fromkeys(("share_now", "change", "low", "high", "points"), pl.Float64),
}
_SHARES = {
    **dict.fromkeys(("channel", "horizon"), pl.String),
    **dict.fromkeys(("share", "low", "high"), pl.Float64),
}
_READ_AS = (
    "Responses are what the estimated reaction implies for a change in the patron's effort or presence "
    "alone; they are no forecast: a patron that leaves changes threats and treaties too."
)
_ONE_SERIES = "the patron's path is one series: whatever else moved all allies alike passes for it"


@dataclass(frozen=True)
class BurdenOptions:
    """How the question is put.

    Parameters
    ----------
    weights, measure
        Names of `WEIGHTS` and of `MEASURES`.
    cut : share, above 0 to 0.95
        By which the patron's effort falls, and by which its troops do.
    era
        Name of `ERAS[data]` whose estimate the responses rest on.
    draws, seed
        Draws of the coefficients, and the seed of chance.
    """

    weights: str = "distance"
    measure: str = "share"
    cut: float = 0.5
    era: str = "all"
    draws: int = 4000
    seed: int = 1


@dataclass(frozen=True)
class BurdenAnswer:
    """Tables of an answer, ready to print.

    Parameters
    ----------
    slopes
        One row an era and equation: slope (elasticity to allies' effort within the year) with
        error, interval that holds for weak instruments, long run, patron's own coefficient, least
        squares, first-stage F, sample, and a caution.
    coefficients
        One row an era, equation and coefficient: value, error, and by least squares.
    responses
        One row a state, channel and horizon (a year, a decade, settled): effort now (percent of
        GDP), its change in percent with a 90 % interval, and in points of GDP; null where effort
        never settles.
    made_good
        One row a channel and horizon: share of the patron's cut that the group makes good.
    sample
        One row a state: years with figures, first, last, and years of membership without them.
    notes
        What the reader must know.
    """

    data: str
    group: str
    options: BurdenOptions
    slopes: pl.DataFrame
    coefficients: pl.DataFrame
    responses: pl.DataFrame
    made_good: pl.DataFrame
    sample: pl.DataFrame
    notes: tuple[str, ...]


def burden_answer(
    data: str = "baseline", group: str = "nato", options: BurdenOptions | None = None
) -> BurdenAnswer:
    """Estimate how a group of allies reacts, by era, and what a withdrawal implies.

    Parameters
    ----------
    data
        `baseline` (the package's tables, from 2015) or `full` (publishers' files, from 1950).
    group
        `nato`, `asia` or `us-allies`.
    options
        See `BurdenOptions`.

    Raises
    ------
    UnknownName
        No such data, group, weights, measure or era.
    DomainError
        A cut outside its range.
    """
    asked = options or BurdenOptions()
    tables = burden_tables(data)
    if asked.era not in ERAS[data]:
        raise UnknownName("era", asked.era, ERAS[data])
    if not 0.0 < asked.cut <= 0.95:
        raise DomainError(f"the cut should be a share above 0 and at most 0.95, is {asked.cut}; 50 % is 0.5")
    panels = {
        name: burden_panel(tables, group, asked.weights, name != "year-effects", asked.measure)
        for name in EQUATIONS
    }
    slopes, coefficients, chosen = [], [], {}
    for equation, panel in panels.items():
        for era, (first, last) in ERAS[data].items():
            where = {"era": era, "first": first, "last": last, "equation": equation}
            try:
                found = _estimate(panel.between(first, last), equation)
            except DomainError as error:
                slopes.append({**where, "caution": str(error)})
                continue
            slopes.append(where | _slope(found, equation))
            coefficients += [{"era": era, "equation": equation, **row} for row in _coefficients(found)]
            if era == asked.era:
                chosen[equation] = found
    responses, made_good, troubles = _responses(panels, chosen, asked)
    return BurdenAnswer(
        data, group, asked,
        pl.DataFrame(slopes, infer_schema_length=None), pl.DataFrame(coefficients, infer_schema_length=None),
        responses, made_good, _sample(panels["year-effects"]), (*_notes(data, group, asked), *troubles),
    )  # fmt: skip


def _estimate(panel: NamedPanel, equation: str) -> Reaction:
    if equation == "patron-only":
        return estimate_one(panel.panel, "patron")
    return estimate_reaction(panel.panel, equation == "year-effects")


def _slope(found: Reaction, equation: str) -> dict[str, Any]:
    caution = list(found.caution)
    if equation != "year-effects":
        caution.append(_ONE_SERIES)
    at = found.names.index("patron") if "patron" in found.names else None
    to_allies = found.names[0] == "allies"
    slopes = {
        "slope": found.slope,
        "error": found.slope_error,
        "robust_low": found.fit.robust[0],
        "robust_high": found.fit.robust[1],
        "long_run": found.long_run,
        "long_run_error": found.long_run_error,
        "ols": float(found.ols[0]),
        "ols_error": float(found.ols_error[0]),
        "first_stage_f": found.fit.first_stage,
        "hansen_p": found.fit.over_p,
    }
    patron_run = (None, None) if at is None else found.long_run_of(at)
    return {
        **(slopes if to_allies else dict.fromkeys(slopes)),
        "patron": None if at is None else float(found.fit.coefficients[at]),
        "patron_error": None if at is None else float(found.fit.errors[at]),
        "patron_long_run": patron_run[0],
        "patron_long_run_error": patron_run[1],
        "rows": found.rows,
        "states": found.states,
        "years": found.years,
        "caution": "; ".join(caution),
    }


def _coefficients(found: Reaction) -> list[dict[str, Any]]:
    columns = (found.names, found.fit.coefficients, found.fit.errors, found.ols, found.ols_error)
    return [
        {
            "coefficient": name,
            "value": float(value),
            "error": float(error),
            "ols": float(ols),
            "ols_error": float(off),
        }
        for name, value, error, ols, off in zip(*columns, strict=True)
    ]


def _responses(
    panels: dict[str, NamedPanel], chosen: dict[str, Reaction], asked: BurdenOptions
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    rows: list[dict[str, Any]] = []
    made_good: list[dict[str, Any]] = []
    troubles: list[str] = []
    for label, (equation, coefficient, mutual) in CHANNELS.items():
        if equation not in chosen:
            troubles.append(f"{label}: no estimate for this era, so no response")
            continue
        if equation != "patron-only" and chosen[equation].fit.first_stage < _WEAK:
            f = chosen[equation].fit.first_stage
            troubles.append(f"{label}: not shown, as the slope to allies is weakly identified (F {f:.1f})")
            continue
        panel = panels[equation]
        rng = np.random.default_rng(asked.seed)
        impulse, inner = _impulse(panel, coefficient, asked.cut)
        response = effort_response(chosen[equation], impulse, inner * mutual, rng, asked.draws)
        if response.unstable > _UNSTABLE:
            troubles.append(f"{label}: not shown, as efforts settle in {1 - response.unstable:.0%} of draws")
            continue
        rows += _response_rows(panel, response, label)
        if coefficient != "presence":
            made_good += _made_good_rows(panel, response, label, asked.cut)
        if response.unstable > 0.05:
            share = f"{response.unstable:.0%} of draws never settle"
            troubles.append(f"{label}: {share}, and are left out of that horizon")
    return pl.DataFrame(rows, _ROWS), pl.DataFrame(made_good, _SHARES), troubles


def _present(panel: NamedPanel) -> np.ndarray:
    return panel.panel.sample[:, -1] & np.isfinite(panel.panel.effort[:, -1])


def _impulse(panel: NamedPanel, coefficient: str, cut: float) -> tuple[Impulse, np.ndarray]:
    """Say what happens to each state in the last year, and who then reacts to whom."""
    known = np.isfinite(panel.panel.effort[:, -1:])
    weights = row_normalised(panel.panel.weights[-1:], known)[0]
    reacts = _present(panel)
    inner = weights * reacts[:, None] * reacts[None, :]
    fall = float(np.log1p(-cut))
    if coefficient == "allies":
        return Impulse(coefficient, weights[:, panel.patron] * fall * reacts), inner
    if coefficient == "patron":
        return Impulse(coefficient, np.where(reacts, fall, 0.0)), inner
    troops = panel.troops[:, -1]
    return Impulse(coefficient, (np.log1p((1.0 - cut) * troops) - np.log1p(troops)) * reacts), inner


def _response_rows(panel: NamedPanel, response: Response, label: str) -> list[dict[str, Any]]:
    rows = []
    low, high = (100.0 * np.expm1(np.minimum(end, 50.0)) for end in response.interval())
    change = 100.0 * np.expm1(np.minimum(response.change, 50.0))
    for k in np.flatnonzero(_present(panel)):
        now = float(panel.share[k, -1])
        for h, horizon in enumerate(HORIZONS):
            values = {"change": change[h, k], "low": low[h, k], "high": high[h, k]}
            known = {name: None if np.isnan(value) else float(value) for name, value in values.items()}
            points = None if known["change"] is None else now * known["change"] / 100.0
            row = {"channel": label, "iso3": panel.states[k], "horizon": horizon, "share_now": now}
            rows.append({**row, **known, "points": points})
    return rows


def _made_good_rows(panel: NamedPanel, response: Response, label: str, cut: float) -> list[dict[str, Any]]:
    spending = np.nan_to_num(panel.share[:, -1] * panel.gdp[:, -1] / 100.0, nan=0.0)
    withdrawn = cut * float(spending[panel.patron])
    shares = response.made_good(np.where(_present(panel), spending, 0.0), withdrawn)
    return [
        {"channel": label, "horizon": horizon, "share": at, "low": low, "high": high}
        for horizon, (at, low, high) in zip(HORIZONS, shares.T.tolist(), strict=True)
    ]


def _sample(panel: NamedPanel) -> pl.DataFrame:
    rows = []
    years = np.array(panel.years)
    for k, state in enumerate(panel.states):
        member = panel.panel.sample[k]
        if member.any():
            known = member & np.isfinite(panel.panel.effort[k])
            rows.append(
                {
                    "iso3": state,
                    "first": int(years[known].min()) if known.any() else None,
                    "last": int(years[known].max()) if known.any() else None,
                    "years": int(known.sum()),
                    "missing": int((member & ~known).sum()),
                }
            )
    return pl.DataFrame(rows)


def _notes(data: str, group: str, asked: BurdenOptions) -> list[str]:
    threat = "constant prices" if data == "full" else "current prices"
    return [
        f"Explained: {MEASURES[asked.measure]}, of {GROUPS[group]}; {WEIGHTS[asked.weights]}.",
        f"Threat: spending of {', '.join(CHALLENGERS)} ({threat}) over distance, a year before (assumed).",
        f"{PATRON} counts as an ally but is never explained; states without forces or figures are left out.",
        _READ_AS,
    ]
