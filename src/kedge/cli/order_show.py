"""How the commands of `kedge order` print their results for readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from kedge.cli.options import print_table

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


LISTED_FROM = 2024
THIN = (
    f"The package's own list of ties is thin before {LISTED_FROM} (for 2012 it leaves Japan 3 % of its ties "
    "among allies without the patron, the publishers' files 73 %): for earlier years use --data full."
)


def caution_on(data: str, first: int) -> str:
    """Say what must be said of the package's own ties in early years; nothing otherwise."""
    return THIN if data == "baseline" and first < LISTED_FROM else ""


def print_fit(mode: str, summary: dict[str, Any]) -> None:
    """Print what a fit used and how it ended."""
    typer.echo(f"Mode {mode}: {summary['votes']:,} votes in {summary['roll_calls']:,} roll calls.")
    for what, number in summary["left_out"].items():
        if number:
            typer.echo(f"Left out: {number:,} {what}.")
    if "status" in summary:
        ended = f"{summary['status']}, residual {summary['residual']:.1e} standard deviations"
    else:
        ended = f"{summary['sweeps']:,} sweeps"
    typer.echo(f"Solver: {ended}, {summary['cpu_seconds']:.1f} s of processor time.")


def print_positions(
    table: pl.DataFrame, names: Mapping[str, str], states: list[str] | None, session: int, extremes: int = 12
) -> None:
    """Print positions of some states over time, or the ends of one session."""
    import polars as pl

    table = table.with_columns(state=pl.col("iso3").replace(dict(names)))
    heads = {"ideal_point": "ideal point", "q05": "5 %", "q95": "95 %"}
    columns = {name: heads.get(name, name) for name in ("state", "session", "year", *heads)}
    if states:
        last = sorted(set(table["session"]))[-10:]
        shown = table.filter(pl.col("session").is_in(last)).sort("iso3", "session")
        print_table(
            shown, columns, "Ideal points, last ten sessions; the United States are on the positive side"
        )
        return
    ranked = table.filter(pl.col("session") == session).sort("ideal_point", descending=True)
    shown = (
        ranked if ranked.height <= 2 * extremes else pl.concat([ranked.head(extremes), ranked.tail(extremes)])
    )
    print_table(shown, columns, f"Ideal points in session {session}: the {extremes} at either end")
    typer.echo("Unit: standard deviations over all state-sessions. The 5 and 95 % are of the posterior.")


def print_surprise(found: dict[str, Any], names: Mapping[str, str]) -> None:
    """Print which votes surprised, and what the state of interest did."""
    import polars as pl

    own = found["state"]
    typer.echo(f"{found['resolution']}, {found['date']}: {found['title']}")
    typer.echo(f"Tally: {', '.join(f'{number} {what}' for what, number in found['tally'].items())}.")
    typer.echo(found["in_words"])
    if not found["scored"]:
        typer.echo("It fell in the first sessions, which the model starts from: not scored.")
        return
    if own["vote"] is not None:
        _print_vote(own)
    place, mean = found["rank_of_mean"]["given"], found["mean_bits"]["given"]
    typer.echo(f"The day: {mean:.2f} bits a vote, rank {place['rank']:,} of {place['among']:,} roll calls.")
    table = pl.DataFrame(found["most_surprising"]).with_columns(state=pl.col("iso3").replace(dict(names)))
    heads = {"bits_given": "bits given others", "bits_before": "bits before", "rank_own": "rank, given"}
    columns = {name: heads.get(name, name) for name in ("state", "vote", *heads)}
    print_table(table, columns, f"Ten most surprising votes, {found['dimensions']} dimensions")
    for row in found.get("by_dimensions", ()):
        if row["iso3"] == own["iso3"]:
            typer.echo(
                f"For comparison, uncalibrated, {row['dimensions']} dimension(s), learnt on the day before: "
                f"{row['bits_given']:.1f} bits given the others, {row['bits_before']:.1f} before."
            )


def company_of(found: dict[str, Any], names: Mapping[str, str]) -> str:
    """Say in one sentence how the state of interest voted, and with whom."""
    own = found["state"]
    name = names.get(own["iso3"], own["iso3"])
    if own["vote"] is None:
        return f"{name} cast no vote."
    alike = found["voted_with_state"]
    russia = f" (Russia and {len(alike) - 1} more)" if "RUS" in alike else ""
    return (
        f"{name} voted {own['vote']} with {len(alike)} other states{russia}, "
        f"{len(alike) + 1} in all: {', '.join(sorted(names.get(code, code) for code in alike))}."
    )


def _print_vote(own: dict[str, Any]) -> None:
    for name, told in (("given", "given how the others voted"), ("before", "before any vote that day")):
        bits, chance = own[f"bits_{name}"], own[f"chance_{name}"]
        typer.echo(f"That vote, {told}: {bits:.1f} bits, a chance of {100 * chance:.1f} %.")
    typer.echo(
        f"Given the others, it ranks {own['rank_own']:,} of the state's {own['votes_own']:,} votes and "
        f"{own['rank_all']:,} of all {own['votes_all']:,}; 1 surprised most."
    )


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
        "give the same label. since: last of the three years from which on it is A+, whatever the windows. "
        "The measures count troops, arms, agreements and money; they see no politics."
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
