"""`kedge security beliefs`: what dated signals say of the patron, and of its commitment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, day_of, emit, print_table, taking

if TYPE_CHECKING:
    import polars as pl

    from kedge.world.patron import PatronBeliefs

SOURCE = "Kedge; dated signals in patron_signals.csv, assumptions in patron.toml and parameters.toml"
SHOWN = 12


@dataclass(frozen=True)
class Question:
    """What `kedge security beliefs` is asked; each field is an option."""

    theatre: Annotated[str, typer.Option(help="asia or europe.")] = "asia"
    evidence: Annotated[str, typer.Option(help="Signals that count: all, or theatre (its own alone).")] = (
        "all"
    )
    until: Annotated[
        str, typer.Option(help="Last day, such as 2025-12-31; the last signal's if left out.")
    ] = ""
    assume: Annotated[
        list[str] | None, typer.Option(help="Another range: decay=0.1..0.3, or a value: decay=0.2; repeat.")
    ] = None
    draws: Annotated[int, typer.Option(help="Sets of assumptions.", min=1)] = 10_000
    seed: Annotated[int, typer.Option(help="Seed of the draws.", min=0)] = 1
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def beliefs(asked: Question) -> None:
    """Say what to believe of the patron's school after its dated signals, and what that makes of its coming.

    Example: kedge security beliefs --theatre europe --figure beliefs.svg
    """
    from rich.console import Console

    from kedge.world.patron import patron_beliefs

    until = day_of(asked.until, "--until") if asked.until else None
    with Console(stderr=True).status("reading signals"):
        found = patron_beliefs(
            asked.theatre, draws=asked.draws, seed=asked.seed, until=until,
            evidence=asked.evidence, overrides=_ranges(asked.assume or ()),  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
    result = {
        "theatre": found.theatre,
        "evidence": found.evidence,
        "until": found.until,
        "units": "probability; points of log-odds against a primacist",
        "path": found.path.to_dicts(),
        "commitment": found.commitment.to_dicts(),
        "signals": found.contribution.to_dicts(),
        "assumptions": [
            {"name": each.name, "label": each.label, "low": each.low, "high": each.high}
            for each in found.assumptions
        ],
    }
    figure = (asked.figure, _chart(found), SOURCE)
    if not emit(result, found.path, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(found)


def _ranges(given: Any) -> dict[str, float | tuple[float, float]] | None:
    found: dict[str, float | tuple[float, float]] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            ends = [float(part) for part in value.split("..")]
        except ValueError:
            ends = []
        if len(ends) not in (1, 2) or not name or not all(map(math.isfinite, ends)):
            raise typer.BadParameter(f"--assume should look like decay=0.1..0.3 or decay=0.2, found {text!r}")
        found[name.strip()] = ends[0] if len(ends) == 1 else (ends[0], ends[1])
    return found or None


def _print(found: PatronBeliefs) -> None:
    import polars as pl

    last = found.path.filter(pl.col("date") == found.path["date"].max())
    heads = {"type": "school", "mean": "mean", "low": "5 %", "middle": "median", "high": "95 %"}
    percents = [pl.col(name) * 100 for name in ("mean", "low", "middle", "high")]
    print_table(
        last.with_columns(percents), heads, f"Belief about who governs the patron, {found.until} (percent)"
    )
    last = found.commitment.filter(pl.col("date") == found.commitment["date"].max())
    heads = {
        "theatre": "theatre",
        "mean": "comes",
        "low": "5 %",
        "high": "95 %",
        "free": "if no hand were tied",
    }
    last = last.with_columns([*percents, pl.col("free") * 100])
    print_table(last, heads, "Chance that it comes, by theatre (percent)")
    table = found.contribution.filter(pl.col("type") == "restrainer")
    table = table.sort(pl.col("left").abs(), descending=True).head(SHOWN)
    heads = {
        "counts_from": "day", "kind": "kind", "cost_class": "cost", "name": "signal", "points": "said",
        "left": "left",
    }  # fmt: skip
    shown = table.with_columns(pl.col("counts_from").cast(pl.String))
    print_table(shown, heads, "What counts most: log-odds of a restrainer against a primacist")
    last_signal = found.contribution["counts_from"].max()
    if found.until > last_signal:  # type: ignore[operator]
        typer.echo(f"No signals after {last_signal}: from there belief drifts back to the prior.")
    typer.echo(
        "The theatre asked for comes first; with --evidence theatre its own signals alone count. A "
        "contingency takes the patron's chance from the schools' prior ranges, not from these beliefs."
    )
    typer.echo(
        f"{found.contribution['name'].n_unique()} signals, {found.draws:,} sets of assumptions. Likelihoods "
        "are assumed ranges, so bands are what the assumptions leave open: no forecast."
    )


def _chart(found: PatronBeliefs) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_security import belief_chart

        last = found.path.filter(pl.col("date") == found.path["date"].max()).sort("mean", descending=True)
        told = ", ".join(
            f"{row['type']} {100 * row['mean']:.0f} % ({100 * row['low']:.0f}-{100 * row['high']:.0f})"
            for row in last.iter_rows(named=True)
        )
        title = f"After {found.contribution['name'].n_unique()} signals: {told}"
        path: pl.DataFrame = found.path.with_columns(pl.col("date").cast(pl.String))
        days = found.contribution.select(pl.col("counts_from").cast(pl.String), "name").unique()
        return belief_chart(path, days, title)

    return draw
