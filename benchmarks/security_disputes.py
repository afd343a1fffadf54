"""Dispute outcomes foretold, the contest estimated, allies who kept their word: bars of the security room.

    KEDGE_MIRROR=DIR python benchmarks/security_disputes.py [--parts cfhr] [--seeds N] [--json]

c  the contest function estimated, by form, sample and era
h  ten folds, grouped by pair of leaders: proportional reduction in log loss (PRL) below the base rate, the
   mean over N dealings, with the middle 95 % of the first when pairs are drawn again
f  forward: fitted before 1980 (or every year again), scored from 1980, against the shares before 1980 and
   against a drifting base rate
r  alliances honoured in war, and a logit scored on wars held out

Known: `ex ante` before the dispute, `onset` when it begins, `course` only in its course.  Published for
comparison, in other folds and MID 4.01: Carroll & Kenkel (2019), random forest 0.195, capability ratio 0.017,
on one-on-one disputes fought out to 2007.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict

import numpy as np
import polars as pl
from running import one_thread

from kedge.security.contest_fit import fit_by_era, fit_contest, sides_of
from kedge.security.dispute_scores import FORECASTS, SPECIFICATIONS, score_forward, score_held_out
from kedge.security.disputes import choose_disputes
from kedge.security.reliability import RULES, fit_reliability, honour_rates
from kedge.world.disputes import dispute_table
from kedge.world.reliability import WITH_MEMBERS, reliability_table

SAMPLES = {
    "decisive": ("decisive", False),
    "all outcomes": ("all", False),
    "fought out": ("fought out", False),
    "fought out, one on one to 2007": ("fought out", True),
}
FORWARD = ("components", "year", "components and year", "onset and year", "hostility and year", *FORECASTS)


def contests(table: pl.DataFrame) -> list[dict]:
    """Estimate the contest on decisive disputes, and with draws on all."""
    rows = []
    alone = (pl.col("states_all_a") == 1) & (pl.col("states_all_b") == 1)
    for name, kept, came in (
        ("one on one", table.filter(alone), False),
        ("all, original members", table, False),
        ("all, all who came", table, True),
    ):
        for form in ("ratio", "difference"):
            sample = choose_disputes(kept, "decisive")
            sides = sides_of(sample.table, came=came)
            rows.append({"sample": name, "era": "all", **asdict(fit_contest(*sides, sample.outcome, form))})
            if form == "ratio":
                found = fit_by_era(sample.year, *sides, sample.outcome)
                rows += [{"sample": name, "era": era, **asdict(each)} for era, each in found.items()]
            sample = choose_disputes(kept, "all")
            sides = sides_of(sample.table, came=came)
            fit = fit_contest(*sides, sample.outcome, form, draws=True)
            rows.append({"sample": f"{name}, with draws", "era": "all", **asdict(fit)})
    return rows


def held_out(table: pl.DataFrame, seeds: int) -> list[dict]:
    """Score every model on every sample in grouped folds."""
    rows = []
    for name, (kind, alone) in SAMPLES.items():
        sample = choose_disputes(table, kind, alone)
        for model, specification in SPECIFICATIONS.items():
            start = time.process_time()
            scores = [score_held_out(sample, model, seed=seed) for seed in range(seeds)]
            mean = float(np.mean([each.reduction for each in scores]))
            spent = (time.process_time() - start) / seeds
            row = {"sample": name, "model": model, "known": specification.known, "mean": mean, "cpu": spent}
            rows.append(row | asdict(scores[0]))
    return rows


def forward(table: pl.DataFrame) -> list[dict]:
    """Score models from 1980 on."""
    rows = []
    for name, (kind, alone) in SAMPLES.items():
        sample = choose_disputes(table, kind, alone)
        for model in FORWARD:
            for refit in (False, True):
                scores = score_forward(sample, model, refit=refit)
                rows += [
                    {"sample": name, "model": model, "refit": refit, "against": base, **asdict(score)}
                    for base, score in scores.items()
                ]
    return rows


def reliability() -> list[dict]:
    """Give rates of honouring by rule and group, and how well a logit tells wars held out."""
    table, rows = reliability_table(), []
    for rule in RULES:
        for by in (None, "before_1945", "obligation", "multilateral"):
            wars = honour_rates(table, by, rule=rule, interval="wars")
            for each, again in zip(honour_rates(table, by, rule=rule), wars, strict=True):
                row = {"rule": rule, "by": by or "", **asdict(each)}
                rows.append(row | {"low_wars": again.low, "high_wars": again.high})
        for also in ((), WITH_MEMBERS):
            scores = [fit_reliability(table, rule=rule, also=also, seed=seed).reduction for seed in range(5)]
            group = "logit" + (" with members' capability" if also else "")
            rows.append({"rule": rule, "by": "", "group": group, "prl": float(np.mean(scores))})
    return rows


def show(title: str, rows: list[dict]) -> None:
    """Print rows as a table."""
    print(f"\n{title}")
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    for line in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="chfr")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = dispute_table()
    parts = {
        "c": ("contest", lambda: contests(table)),
        "h": ("held out", lambda: held_out(table, options.seeds)),
        "f": ("forward", lambda: forward(table)),
        "r": ("reliability", reliability),
    }
    found = {parts[part][0]: parts[part][1]() for part in options.parts}
    if options.json:
        print(json.dumps(found))
        return
    for title, rows in found.items():
        show(title, rows)


if __name__ == "__main__":
    one_thread()
    main()
