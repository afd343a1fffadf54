"""How `kedge order agreement | ties | posture | events` print their results for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kedge.cli.order_options import print_table

if TYPE_CHECKING:
    import polars as pl

    from kedge.order import EventStudy

DATA_ENDS = {
    "troops": "2024",
    "arms deliveries": "2025",
    "military spending": "2024",
    "agreements": "dated by hand to 2026, incomplete",
    "exercises": "2010: counted as missing",
}
"""Where the data behind posture end."""


def print_agreement(table: pl.DataFrame, *, matched: bool) -> None:
    """Print agreement by year, or its change on matched texts."""
    import polars as pl

    if matched:
        columns = {name: name for name in ("other", "texts", "before", "after", "change", "se")}
        print_table(table.sort("change"), columns, "S on texts voted on in both periods")
        return
    last = table.filter(pl.col("year") == pl.col("year").max()).sort("s", descending=True)
    few = table if table["other"].n_unique() <= 3 else last
    heads = {"common": "votes", "s": "S", "s_se": "se", "kappa_se": "se", "pi_se": "se"}
    names = ("year", "other", "common", "raw", "s", "s_se", "kappa", "kappa_se", "pi", "pi_se")
    columns = {name: heads.get(name, name) for name in names}
    print_table(few, columns, "Agreement of votes")


def print_ties(table: pl.DataFrame, interval: pl.DataFrame, last: int) -> None:
    """Print the measures of ties in the last year."""
    import polars as pl

    shown = table.filter(pl.col("year") == last).join(
        interval.select("iso3", "q05", "q95"), on="iso3", how="left"
    )
    columns = {
        "iso3": "state",
        "dependence_by_size": "by size",
        "dependence": "share",
        "q05": "q05",
        "q95": "q95",
        "concentration": "HHI",
        "constraint": "constr.",
        "betweenness": "betw.",
        "left": "left",
    }
    print_table(shown.sort("dependence_by_size", descending=True), columns, f"Ties in {last}")
    typer.echo(
        "Share: of a state's ties that is with the patron; q05 to q95: under drawn weights of layers; "
        "by size: ties times the partner's military spending; left: without the patron."
    )


def print_posture(table: pl.DataFrame) -> None:
    """Print the label of each ally and what stands behind it."""
    columns = {
        "iso3": "ally",
        "label": "label",
        "p_A": "A",
        "p_A+": "A+",
        "p_B": "B",
        "p_autonomy": "aut.",
        "U": "U",
        "D": "D",
        "N": "N",
        "weight_share": "wts",
        "window_share": "wins",
        "since": "since",
    }
    print_table(table.sort("p_A+", descending=True), columns, "Posture of allies")
    typer.echo(
        "A to aut.: probability of each plan. U, D, N: change of ties with the patron, of effort and of ties "
        "with its other allies, in clear steps. wts, wins: part of drawn weights and of other windows that "
        "give the same label. since: last of the three years from which on it is A+."
    )
    typer.echo("Data end: " + "; ".join(f"{what} {when}" for what, when in DATA_ENDS.items()) + ".")


def print_events(found: EventStudy, name: str, inexact: int, *, incomplete: bool) -> None:
    """Print the rate, its changes, and what was odd about the dates."""
    rate = found.overall
    typer.echo(
        f"{name}: {rate.events} events from {rate.start} to {rate.end} ({rate.years:.1f} years), "
        f"{rate.rate:.2f} a year ({100 * rate.level:.0f} % interval {rate.low:.2f} to {rate.high:.2f})."
    )
    chances = ", ".join(f"{k}: {share:.2f}" for k, share in enumerate(found.changes.number))
    typer.echo(f"Probability of so many changes of the rate: {chances}.")
    for period in found.periods if len(found.periods) > 1 else ():
        typer.echo(
            f"  {period.start} to {period.end}: {period.rate:.2f} ({period.low:.2f} to {period.high:.2f})"
        )
    if found.duplicates:
        shown = ", ".join(f"{date} ({count} times)" for date, count in list(found.duplicates.items())[:5])
        typer.echo(
            f"Dates that occur more than once: {shown}; left out as repeats: {found.left_out['repeats']}."
        )
    if found.left_out["outside the span"]:
        typer.echo(f"Outside the span: {found.left_out['outside the span']}.")
    if inexact:
        typer.echo(f"Dates without a day: {inexact}, placed in the middle of their month or year.")
    if incomplete:
        typer.echo(
            "This list holds ten of the 66 exercises that EUISS counted to mid-2024: it gives no rate."
        )
