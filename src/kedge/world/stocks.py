"""Stocks of munitions by name: what partners hold, how long it lasts, and what a standard would add."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import DomainError, UnknownName
from kedge.security import Depletion, Stockpile, Surge, draw_intensity, run_stocks

LEVELS = {"central": 0, "low": 1, "high": 2}
"""Which of the three figures of a range: central, low or high."""
_COLUMNS = ("stock", "production", "demand")


@dataclass(frozen=True)
class StockOptions:
    """How the question is put; what is not given comes from the munition's table.

    Parameters
    ----------
    weeks
        How long the war lasts.
    at_war
        ISO codes of the partners that are in it, all by default; the others need nothing and may
        send.
    standard : share, 0 to 1
        Of what may be sent that fits others' weapons, where there is a common standard.
    tail, spread
        Law of demand and its parameter, as `Surge` takes them; by default the tail index.
    correlation : 0 to 1
        Of demand among partners.
    transferable : share
        Of stock and output that each may send.
    delay : weeks
    stock_level, production_level, demand_level
        Which figure of each range: `central`, `low`, `high`.
    draws, seed
        Draws of demand, and the seed of chance.
    """

    weeks: int = 12
    at_war: tuple[str, ...] = ()
    standard: float = 1.0
    tail: str = "pareto"
    spread: float | None = None
    correlation: float | None = None
    transferable: float | None = None
    delay: int | None = None
    stock_level: str = "central"
    production_level: str = "central"
    demand_level: str = "central"
    draws: int = 5_000
    seed: int = 1


@dataclass(frozen=True)
class StockAnswer:
    """Tables of an answer, ready to print.

    Parameters
    ----------
    partners
        iso3, stock, production and demand (units; a week), weeks of cover at expected demand, kinds
        (reported or assumed), source, note.
    results
        One row a standard (`none`, `now`, `common`) and partner (`all` first): fill rate (share of
        demand met, mean over wars), expected units unmet, chance of want within the war, median week
        of first want (null if it comes in fewer than half the wars).
    curves
        standard, partner (`any` for the first of all), week, chance of having been in want.
    ranges
        Gain in fill rate by the common standard, one assumption moved at a time to its low and high.
    notes
        What the reader must know.
    """

    munition: str
    title: str
    options: StockOptions
    partners: pl.DataFrame
    results: pl.DataFrame
    curves: pl.DataFrame
    ranges: pl.DataFrame
    notes: tuple[str, ...]


@cache
def stock_table() -> dict[str, dict[str, Any]]:
    """Read the embedded table of munitions by name."""
    text = importlib.resources.files("kedge.world").joinpath("stocks.toml").read_text("utf-8")
    return tomllib.loads(text)


def munitions() -> dict[str, str]:
    """Give the munitions that there are figures for, with their titles.

    Examples
    --------
    >>> sorted(munitions())
    ['anti-ship', 'interceptors', 'shells-155']
    """
    return {name: row["title"] for name, row in stock_table().items()}


def stock_answer(
    munition: str, partners: Sequence[str] = (), options: StockOptions | None = None
) -> StockAnswer:
    """Say how long stocks last, apart and with a common standard.

    Parameters
    ----------
    munition
        A name of `munitions()`.
    partners
        ISO codes; all in the table by default.
    options
        See `StockOptions`.

    Raises
    ------
    UnknownName
        No such munition, partner, level or tail.
    DomainError
        A number outside its range.
    """
    asked = options or StockOptions()
    row, rows = _asked_for(munition, partners, asked)
    codes = [each["iso3"] for each in rows]
    case = _Case(_amounts(rows, asked), asked, row)
    standards = {"none": 0.0, "now": float(row["standard_now"]), "common": asked.standard}
    runs = {name: case.run(standard) for name, standard in standards.items()}
    return StockAnswer(
        munition, row["title"], asked, _partner_table(rows, case.amounts, asked), _results(runs, codes, case),
        _curves(runs, codes), _ranges(case), _notes(row, rows, case),
    )  # fmt: skip


def _asked_for(
    munition: str, partners: Sequence[str], asked: StockOptions
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    table = stock_table()
    if munition not in table:
        raise UnknownName("munition", munition, table)
    if asked.tail not in ("normal", "lognormal", "pareto"):
        raise UnknownName("tail of demand", asked.tail, ("normal", "lognormal", "pareto"))
    if asked.tail != "pareto" and asked.spread is None:
        raise DomainError(
            f"a {asked.tail} law needs its spread; only the tail index has a value in the table"
        )
    rows = _chosen(table[munition], partners)
    codes = [each["iso3"] for each in rows]
    for code in asked.at_war:
        if code not in codes:
            raise UnknownName("partner among those asked for", code, codes)
    return table[munition], rows


def _amounts(rows: list[dict[str, Any]], asked: StockOptions) -> dict[str, np.ndarray]:
    levels = (asked.stock_level, asked.production_level, asked.demand_level)
    amounts = {name: _level(rows, name, level) for name, level in zip(_COLUMNS, levels, strict=True)}
    if asked.at_war:
        amounts["demand"] = amounts["demand"] * np.array([each["iso3"] in asked.at_war for each in rows])
    return amounts


@dataclass(frozen=True)
class _Case:
    amounts: dict[str, np.ndarray]
    asked: StockOptions
    row: dict[str, Any]

    def value(self, name: str) -> float:
        given = getattr(self.asked, {"tail_index": "spread"}.get(name, name))
        return float(self.row[name][0] if given is None else given)

    def run(self, standard: float, **moved: float) -> Depletion:
        """Run the stocks; the same draws of chance serve every standard."""
        values = {name: moved.get(name, self.value(name)) for name in _ASSUMED}
        count = self.amounts["stock"].size
        pile = Stockpile(
            self.amounts["stock"],
            self.amounts["production"],
            self.amounts["demand"],
            np.full(count, values["transferable"]),
            int(values["delay"]),
        )
        surge = Surge(self.asked.tail, values["tail_index"], values["correlation"])  # pyright: ignore[reportArgumentType]
        rng = np.random.default_rng(self.asked.seed)
        return run_stocks(
            pile, draw_intensity(surge, count, self.asked.draws, rng), standard, self.asked.weeks
        )


_ASSUMED = ("transferable", "delay", "correlation", "tail_index")


def _chosen(row: dict[str, Any], partners: Sequence[str]) -> list[dict[str, Any]]:
    known = {each["iso3"]: each for each in row["partner"]}
    for code in partners:
        if code not in known:
            raise UnknownName("partner with figures for this munition", code, known)
    return [known[code] for code in dict.fromkeys(partners or known)]


def _level(rows: list[dict[str, Any]], name: str, level: str) -> np.ndarray:
    if level not in LEVELS:
        raise UnknownName("level", level, LEVELS)
    return np.array([float(each[name][LEVELS[level]]) for each in rows])


def _kind(kind: str, level: str) -> str:
    return kind if level == "central" else f"{level} end"


def _partner_table(
    rows: list[dict[str, Any]], amounts: dict[str, np.ndarray], asked: StockOptions
) -> pl.DataFrame:
    kinds = {"stock_kind": asked.stock_level, "production_kind": asked.production_level}
    spent = amounts["demand"] - amounts["production"]
    cover = [float(s / d) if d > 0 else None for s, d in zip(amounts["stock"], spent, strict=True)]
    return pl.DataFrame(
        {
            "iso3": [each["iso3"] for each in rows],
            **{name: amounts[name] for name in _COLUMNS},
            "cover_weeks": pl.Series(cover, dtype=pl.Float64),
            **{name: [_kind(each[name], level) for each in rows] for name, level in kinds.items()},
            **{name: [each[name] for each in rows] for name in ("source", "note")},
        }
    )


def _results(runs: dict[str, Depletion], codes: list[str], case: _Case) -> pl.DataFrame:
    # What is expected is known; the mean of heavy-tailed draws would only blur it.
    exact = case.asked.tail != "normal"
    found = []
    for name, run in runs.items():
        need = run.weeks * case.amounts["demand"] if exact else run.needed
        unmet = need - run.served
        first = run.first_want
        found.append(
            _result(name, "all", (run.total_share, float(unmet.sum())), first.min(axis=1), run.weeks)
        )
        for k, code in enumerate(codes):
            row = _result(name, code, (float(run.shares[k]), float(unmet[k])), first[:, k], run.weeks)
            found.append(row)
    return pl.DataFrame(found, infer_schema_length=None)


def _result(
    standard: str, partner: str, met: tuple[float, float], first: np.ndarray, weeks: int
) -> dict[str, Any]:
    middle = float(np.median(first))
    return {
        "standard": standard,
        "partner": partner,
        "fill_rate": met[0],
        "unmet": max(0.0, met[1]),
        "want_odds": float((first <= weeks).mean()),
        "median_week": middle if middle <= weeks else None,
    }


def _curves(runs: dict[str, Depletion], codes: list[str]) -> pl.DataFrame:
    frames = []
    for name, run in runs.items():
        weeks = np.arange(1, run.weeks + 1)
        for k, code in enumerate(["any", *codes]):
            odds = run.stockout_odds(None if k == 0 else [k - 1])
            frames.append(pl.DataFrame({"week": weeks, "odds": odds}).select(
                pl.lit(name).alias("standard"), pl.lit(code).alias("partner"), "week", "odds"
            ))  # fmt: skip
    return pl.concat(frames)


def _ranges(case: _Case) -> pl.DataFrame:
    found = []
    for name in _ASSUMED:
        # Another law than Pareto's has no range in the table.
        if name == "tail_index" and case.asked.tail != "pareto":
            continue
        for level in ("low", "high"):
            value = float(case.row[name][LEVELS[level]])
            apart = case.run(0.0, **{name: value}).total_share
            common = case.run(case.asked.standard, **{name: value}).total_share
            found.append(
                {
                    "assumption": name,
                    "level": level,
                    "value": value,
                    "apart": apart,
                    "common": common,
                    "gain": common - apart,
                }
            )
    return pl.DataFrame(found)


def _notes(row: dict[str, Any], rows: list[dict[str, Any]], case: _Case) -> tuple[str, ...]:
    assumed = [each["iso3"] for each in rows if each["stock_kind"] == "assumed"]
    notes = [
        "No state publishes its stocks: what is called reported is a press report, at times at second hand.",
        f"Demand: {row['demand_note']} ({row['demand_source']}).",
        f"Standard today {row['standard_now']:g}: {row['standard_note']} ({row['standard_source']}).",
        "A standard makes no more munitions: it moves what somebody can spare.",
    ]
    if case.asked.standard < row["standard_now"]:
        notes.insert(0, f"The common standard asked for fits less than today's ({row['standard_now']:g}).")
    if assumed:
        notes.insert(0, f"Assumed, with a range: the stocks of {', '.join(assumed)}.")
    if case.asked.tail == "pareto":
        notes.append(f"Tail index of demand {case.value('tail_index'):g}: an assumption.")
    return tuple(notes)
