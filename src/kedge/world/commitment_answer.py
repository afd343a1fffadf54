"""How often alliances were honoured in war, beside what was published."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from threadpoolctl import threadpool_limits

from kedge.core.errors import UnknownName
from kedge.security.reliability import OBLIGATIONS, RULES, applied, fit_reliability, honour_rates
from kedge.world.reliability import reliability_table

PROMISES = {
    "defense": "defence pacts",
    "offense": "offence pacts",
    "neutral": "neutrality",
    "nonagg": "non-aggression",
    "consul": "consultation",
}
PUBLISHED = {"all": 0.50, "1816-1944": 0.66, "1945-2003": 0.22, "defence pacts": 0.41}
"""Berkemeier & Fuhrmann (2018), by the rules of Leeds, Long & Mitchell."""
LEEDS_LONG_MITCHELL = 0.745
"""Leeds, Long & Mitchell (2000), for 1816-1944, from their own files, which are not at hand."""
LAST_BEFORE, FIRST_AFTER = 1944, 1945


@dataclass(frozen=True)
class CommitmentAnswer:
    """Rates and what goes with them, ready to print.

    Parameters
    ----------
    rates
        One row a group: cases, wars, honoured, rate with 95 % interval (shares), published (share).
    drivers
        One row a column of the logit: slope (log-odds) and error.
    reduction
        Log loss on wars held out below the base rate's, as a share.
    cases, first, last
        Sample, and years in which its wars began.
    """

    rates: pl.DataFrame
    drivers: pl.DataFrame
    reduction: float
    cases: int
    first: int
    last: int


def commitment_answer(rule: str = "leeds") -> CommitmentAnswer:
    """Work out rates of honoured alliances by era and promise.

    Parameters
    ----------
    rule
        `leeds` (the rules of Leeds, Long & Mitchell 2000) or `authors` (Berkemeier & Fuhrmann's own).

    Raises
    ------
    UnknownName
        No such rule.
    FetchFailed, MalformedFile
        A source cannot be had or read.
    """
    if rule not in RULES:
        raise UnknownName("rule of coding", rule, RULES)
    table = reliability_table()
    asked = applied(table, rule)
    groups = {
        "all": pl.lit(True),
        f"1816-{LAST_BEFORE}": pl.col("before_1945"),
        f"{FIRST_AFTER}-2003": ~pl.col("before_1945"),
        **{PROMISES[name]: pl.col(name) for name in OBLIGATIONS},
        **{
            f"{PROMISES[name]} since {FIRST_AFTER}": pl.col(name) & ~pl.col("before_1945")
            for name in OBLIGATIONS[:1]
        },
    }
    rows = []
    for name, where in groups.items():
        (found,) = honour_rates(table, rule=rule, interval="wars", where=where)
        rows.append(
            {
                "group": name, "cases": found.cases, "wars": found.wars, "honoured": found.honoured,
                "rate": found.rate, "low": found.low, "high": found.high,
                "published": PUBLISHED.get(name) if rule == "leeds" else None,
            }
        )  # fmt: skip
    rows.append(_with_consultation(table, rule))
    with threadpool_limits(1, "blas"):
        logit = fit_reliability(table, rule=rule)
    drivers = pl.DataFrame({"name": list(logit.names), "slope": logit.slopes, "error": logit.errors})
    years = asked["year"].to_list()
    return CommitmentAnswer(
        pl.DataFrame(rows),
        drivers,
        logit.reduction,
        asked.height,
        min(years),
        max(years),
    )


def _with_consultation(table: pl.DataFrame, rule: str) -> dict[str, str | int | float | None]:
    """Rate before 1945 if a treaty that asked only for consultation counts as called on, and kept."""
    talked = pl.col(f"consulted_{rule}")
    counted = table.with_columns(
        (pl.col(f"applied_{rule}") | talked).alias(f"applied_{rule}"),
        pl.when(talked).then(True).otherwise(pl.col(f"honoured_{rule}")).alias(f"honoured_{rule}"),
    )
    (found,) = honour_rates(counted, rule=rule, interval="wars", where=pl.col("before_1945"))
    return {
        "group": f"1816-{LAST_BEFORE}, consultation counted as kept", "cases": found.cases,
        "wars": found.wars, "honoured": found.honoured, "rate": found.rate, "low": found.low,
        "high": found.high, "published": LEEDS_LONG_MITCHELL,
    }  # fmt: skip
