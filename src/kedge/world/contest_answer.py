"""How decisive capability has been in disputes: estimates by form and era, and scores out of sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from kedge.core.errors import DomainError, NotConverged, UnknownName
from kedge.security.contest_fit import ERAS, ContestEstimate, fit_contest, sides_of
from kedge.security.dispute_scores import SPECIFICATIONS, score_forward, score_held_out
from kedge.security.disputes import COMPONENTS, DisputeSample, choose_disputes
from kedge.world.dispute_rates import rival_rates
from kedge.world.disputes import dispute_table

WHOLE = "all years"
HELD_OUT = {
    "decisive": ("capability ratio", "components", "components and place", "onset"),
    "all": ("capability ratio", "year", "components and year", "onset and year", "hostility and year",
            "course and year"),
}  # fmt: skip
FORWARD = {
    "decisive": ("components", "onset"),
    "all": ("year", "onset and year", "course and year", "drift and components", "drift and onset"),
}


@dataclass(frozen=True)
class ContestAnswer:
    """Tables of an answer, ready to print.

    Parameters
    ----------
    estimates
        One row a form and era: decisiveness (exponent m, or slope), error, odds of side A at equal
        strength, log_advantage, draw, cases.  `with draws` rows count every outcome.
    held_out
        One row a sample and model: reduction of log loss below the base rate's (share) with 95 %
        interval, when the last of the model's columns is known, cases, pairs.
    forward
        One row a sample and model: reduction over the shares before the cut (`fixed`) and over drifting
        ones (`drifting`, with 95 % interval).
    sample
        One row a sample: cases, first, last (years of onset), missing.
    rates
        Base rates between strategic rivals since 1946, as `rates_of` gives them.
    verdict
        What forward scores say, in a sentence.
    """

    estimates: pl.DataFrame
    held_out: pl.DataFrame
    forward: pl.DataFrame
    sample: pl.DataFrame
    rates: pl.DataFrame
    verdict: str


def contest_answer(component: str = "cinc", cut: int = 1980, folds: int = 10, seed: int = 0) -> ContestAnswer:
    """Estimate the contest on militarised disputes and score it, held out and forward in time.

    Parameters
    ----------
    component
        What strength is measured by, a share of all states': one of `COMPONENTS`.
    cut : calendar year
        First year told from those before.
    folds, seed
        As `score_held_out`.

    Raises
    ------
    UnknownName
        No such component.
    DomainError
        No disputes on one side of the cut.
    FetchFailed, MalformedFile
        A source cannot be had or read.
    """
    if component not in COMPONENTS:
        raise UnknownName("component of capability", component, COMPONENTS)
    # Small factors gain nothing from threads, and spinning ones cost five times the time.
    with threadpool_limits(1, "blas"):
        return _answer(component, cut, folds, seed)


def _answer(component: str, cut: int, folds: int, seed: int) -> ContestAnswer:
    table = dispute_table()
    samples = {name: choose_disputes(table, name) for name in HELD_OUT}
    held_out = pl.DataFrame(
        [
            {
                "sample": name, "model": model, "known": SPECIFICATIONS[model].known,
                **_reduction(score_held_out(samples[name], model, folds=folds, seed=seed)),
            }
            for name, models in HELD_OUT.items()
            for model in models
        ]
    )  # fmt: skip
    forward = _forward(samples, cut)
    return ContestAnswer(
        _estimates(samples, component), held_out, forward, _samples(table, samples, component),
        rival_rates(), _verdict(forward, cut),
    )  # fmt: skip


def _reduction(score: object) -> dict[str, float]:
    return {name: getattr(score, name) for name in ("reduction", "low", "high", "log_loss", "cases", "pairs")}


def _known(sample: DisputeSample, component: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give strengths, outcome and year where both sides' strength is known."""
    attack, defence = sides_of(sample.table, component)
    known = (attack > 0) & (defence > 0)
    return attack[known], defence[known], sample.outcome[known], sample.year[known]


def _estimates(samples: dict[str, DisputeSample], component: str) -> pl.DataFrame:
    attack, defence, outcome, year = _known(samples["decisive"], component)
    rows = []
    spans = {WHOLE: (float(year.min()), float(year.max())), **ERAS}
    for form in ("ratio", "difference"):
        for era, (first, last) in spans.items():
            inside = (year >= first) & (year <= last)
            try:
                found = fit_contest(attack[inside], defence[inside], outcome[inside], form)
            except (DomainError, NotConverged):
                continue
            rows.append(_row(era, found))
    attack, defence, outcome, _ = _known(samples["all"], component)
    rows.append(_row("all years, with draws", fit_contest(attack, defence, outcome, draws=True)))
    return pl.DataFrame(rows)


def _row(era: str, found: ContestEstimate) -> dict[str, str | float]:
    return {
        "form": found.form,
        "era": era,
        "decisiveness": found.decisiveness,
        "error": found.decisiveness_error,
        "odds": found.odds,
        "log_advantage": found.log_advantage,
        "draw": found.draw,
        "cases": found.cases,
    }


def _forward(samples: dict[str, DisputeSample], cut: int) -> pl.DataFrame:
    rows = []
    for name, models in FORWARD.items():
        for model in models:
            scores = score_forward(samples[name], model, cut=cut)
            drifting = scores["drifting"]
            rows.append(
                {
                    "sample": name, "model": model, "fixed": scores["fixed"].reduction,
                    "drifting": drifting.reduction, "low": drifting.low, "high": drifting.high,
                    "cases": drifting.cases,
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def _samples(table: pl.DataFrame, samples: dict[str, DisputeSample], component: str) -> pl.DataFrame:
    rows = []
    for name, sample in samples.items():
        used = _known(sample, component)[0].size
        rows.append(
            {
                "sample": name, "cases": used, "first": int(sample.year.min()),
                "last": int(sample.year.max()), "missing": table.height - used,
                "of_disputes": table.height,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def _verdict(forward: pl.DataFrame, cut: int) -> str:
    better = forward.filter(pl.col("low") > 0.0)
    if better.is_empty():
        return f"From {cut} on, nothing beats a base rate that drifts, by more than its 95 % interval."
    named = ", ".join(f"{model} ({sample})" for sample, model in better.select("sample", "model").rows())
    return f"From {cut} on these beat a base rate that drifts: {named}."
