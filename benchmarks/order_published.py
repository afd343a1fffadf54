"""The published mode against the published ideal points, sessions 1-78: agreement, spread, mixing, CPU.

    KEDGE_MIRROR=DIR python benchmarks/order_published.py [--exact] [--sweeps N] [--seed N] [--json]

Rows: the fast method with the authors' matched roll calls, with session 1 left to the algorithm, and
with texts bridged by title alone; with --exact the sampler too.  CPU counts all threads, compiled code
warm.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
from pathlib import Path

import numpy as np
import polars as pl

from kedge.data.readers.order import read_ga_voting, read_ideal_points
from kedge.data.readers.unvotes import read_matched_roll_calls, read_unvotes, read_unvotes_roll_calls
from kedge.order import PublishedFit, RollCalls, SamplerPlan, bridge_texts, estimate_published
from kedge.order.published_votes import gather_published_votes

PAIRS = Path(__file__).parents[1] / "tests/published/data/bailey_2017_matched_roll_calls.csv"
SEATS = {345: "SRB", 678: "YEM", 679: "YEM", 680: "YMD"}


def read_votes(mirror: Path) -> RollCalls:
    """Join the sources, up to the last session that the published estimates cover."""
    folder = mirror / "un_votes/voeten_unvotes_R"
    later = read_ga_voting(mirror / "un_votes/ga_voting.csv.gz")
    return gather_published_votes(
        read_unvotes(folder / "un_votes.rda"),
        read_unvotes_roll_calls(folder / "un_roll_calls.rda"),
        later.filter(pl.col("date") < datetime.date(2024, 9, 1)),
    )


def compare(fit: PublishedFit, theirs: pl.DataFrame, last: int = 78) -> dict[str, float]:
    """Correlate levels, levels within sessions, and changes; compare spreads."""
    seats = pl.col("ccode").replace_strict(SEATS, default=None)
    theirs = theirs.with_columns(iso3=pl.coalesce(seats, "iso3")).filter(pl.col("session") <= last)
    both = theirs.join(fit.table(), on=["iso3", "session"], suffix="_ours").sort("ccode", "session")
    pair = ("ideal_point", "ideal_point_ours")
    steps = both.select(pl.col(*pair, "session").diff().over("ccode")).filter(pl.col("session") == 1)
    spread = (both["q95"] - both["q05"]) / 3.29
    within = both.group_by("session").agg(r=pl.corr(*pair))
    return {
        "rows": both.height,
        "overall": both.select(pl.corr(*pair)).item(),
        "within_session": within["r"].median(),
        "worst_session": within["r"].min(),
        "change": steps.select(pl.corr(*pair)).item(),
        "spread_ratio_mean": (both["sd"] / spread).mean(),
        "spread_ratio_pooled": float(np.sqrt((both["sd"] ** 2).mean() / (spread**2).mean())),
    }


def describe(name: str, fit: PublishedFit, theirs: pl.DataFrame) -> dict[str, object]:
    """Make one row of the report."""
    mixing = fit.mixing
    row: dict[str, object] = {"case": name, "cpu_seconds": mixing.cpu_seconds, "sweeps": mixing.sweeps}
    row |= compare(fit, theirs)
    row |= {f"{key}_to_73": value for key, value in compare(fit, theirs, 73).items() if key != "rows"}
    if fit.method == "exact":
        row |= {
            "effective_median": float(np.nanmedian(mixing.effective)),
            "effective_5_percent": float(np.nanquantile(mixing.effective, 0.05)),
            "effective_per_cpu_second": float(np.nanmedian(mixing.effective)) / mixing.cpu_seconds,
            "r_hat_95_percent": float(np.nanquantile(mixing.r_hat, 0.95)),
            "r_hat_worst": float(np.nanmax(mixing.r_hat)),
            "accepted": mixing.accepted,
        }
    return row


def main() -> None:
    """Print one row a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--sweeps", type=int, default=SamplerPlan.sweeps)
    parser.add_argument("--seed", type=int, default=SamplerPlan.seed)
    parser.add_argument("--scatter", type=float, default=0.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    mirror = Path(os.environ["KEDGE_MIRROR"])
    votes = read_votes(mirror)
    theirs = read_ideal_points(mirror / "ideal_points/IdealpointestimatesAll_Jun2024.csv")
    pairs = [(str(a), str(b)) for a, b in read_matched_roll_calls(PAIRS).iter_rows()]
    matched, titled = bridge_texts(votes, pairs), bridge_texts(votes)
    estimate_published(matched)
    rows = [
        describe("fast", estimate_published(matched), theirs),
        describe("fast, session 1 open", estimate_published(matched, opening=None), theirs),
        describe("fast, bridged by title", estimate_published(titled), theirs),
    ]
    if asked.exact:
        plan = SamplerPlan(sweeps=asked.sweeps, seed=asked.seed, scatter=asked.scatter)
        short = SamplerPlan(chains=1, burn=1, sweeps=10)
        estimate_published(matched, method="exact", plan=short)
        rows.append(describe("exact", estimate_published(matched, method="exact", plan=plan), theirs))
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(
            *(f"{key} {v:.5g}" if isinstance(v, float) else f"{key} {v}" for key, v in row.items()), sep="  "
        )


if __name__ == "__main__":
    main()
