"""`kedge security contest`: how far strength decides disputes, and what else tells how they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, print_table, taking

if TYPE_CHECKING:
    import polars as pl


SOURCE = "Kedge; disputes: Gibler, Miller & Little (GML); National Material Capabilities 7.0"
CANNOT = (
    "Disputes between whole states in the past, not one theatre of a coming war. Who is side A is who began. "
    "Shares of the world's capability (CINC) count factories and people, not ships. No forecast."
)


@dataclass(frozen=True)
class Question:
    """What `kedge security contest` is asked; each field is an option."""

    component: Annotated[str, typer.Option(help="Strength: cinc, milex, milper, energy, …")] = "cinc"
    cut: Annotated[int, typer.Option(help="Forward scores: first year told, from those before.")] = 1980
    folds: Annotated[int, typer.Option(help="Parts that pairs of states are dealt to.", min=2)] = 10
    seed: Annotated[int, typer.Option(help="Seed of the dealing.", min=0)] = 0
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def contest(asked: Question) -> None:
    """Estimate how decisive capability has been in disputes, by form and era, and score it out of sample.

    Example: kedge security contest --figure contest.svg
    """
    from rich.console import Console

    from kedge.world.contest_answer import contest_answer

    with Console(stderr=True).status("fitting"):
        found = contest_answer(asked.component, asked.cut, asked.folds, asked.seed)
    result = {
        "component": asked.component,
        "estimates": found.estimates.to_dicts(),
        "held_out": found.held_out.to_dicts(),
        "forward": found.forward.to_dicts(),
        "verdict": found.verdict,
        "rival_rates": found.rates.to_dicts(),
        "sample": found.sample.to_dicts(),
        "cannot_say": CANNOT,
    }
    figure = (asked.figure, _chart(found.estimates), SOURCE)
    if not emit(result, found.estimates, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        heads = {
            "form": "form", "era": "onset", "decisiveness": "decisiveness", "error": "s.e.",
            "odds": "odds of who began, at parity", "cases": "disputes",
        }  # fmt: skip
        print_table(
            found.estimates, heads, f"Decisive disputes: P = A^m / (A^m + beta D^m), by {asked.component}"
        )
        heads = {
            "sample": "sample", "model": "model", "known": "known", "reduction": "less log loss",
            "low": "2.5 %", "high": "97.5 %", "cases": "disputes", "pairs": "pairs",
        }  # fmt: skip
        title = (
            f"Held out, {asked.folds} folds by pair: log loss below the base rate's (columns of their own)"
        )
        print_table(found.held_out, heads, title)
        heads = {
            "sample": "sample", "model": "model", "fixed": f"over shares before {asked.cut}",
            "drifting": "over drifting shares", "low": "2.5 %", "high": "97.5 %", "cases": "disputes",
        }  # fmt: skip
        print_table(found.forward, heads, f"Forward in time: disputes from {asked.cut} on, from those before")
        typer.echo(found.verdict)
        heads = {
            "sample": "sample",
            "cases": "disputes",
            "first": "from",
            "last": "to",
            "missing": "left out",
        }
        print_table(found.sample, heads, "Samples; left out: another outcome, none clear, or no capability")
        heads = {
            "what": "", "rate": "rate", "low": "2.5 %", "high": "97.5 %", "events": "events",
            "years": "pair-years",
        }  # fmt: skip
        shown = [found.rates[name].round(3).cast(str) for name in ("rate", "low", "high")]
        rates = found.rates.with_columns(shown)
        print_table(rates, heads, "Strategic rivals since 1946: what a hazard of attack can be held against")
        typer.echo(CANNOT)


def _chart(estimates: pl.DataFrame) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_security import estimates_chart

        table = estimates.filter(pl.col("form") == "ratio").select(
            what="era", middle="decisiveness",
            low=pl.col("decisiveness") - 1.96 * pl.col("error"),
            high=pl.col("decisiveness") + 1.96 * pl.col("error"),
        )  # fmt: skip
        whole = table.row(0, named=True)
        title = f"Capability decides little: exponent {whole['middle']:.2f} in decisive disputes"
        return estimates_chart(table, title, "Exponent m of the ratio form by years of onset; 95 %.", "m")

    return draw
