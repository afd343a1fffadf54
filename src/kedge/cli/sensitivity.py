"""`kedge sensitivity`: which uncertainties drive an outcome, from the futures at hand or by new runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Folder, Json, emit, print_table, refuse_any, taking

if TYPE_CHECKING:
    import polars as pl

    from kedge.strategy import Outcome, Problem

INDICES = {
    "shapley": "Shapley effect",
    "first_order": "first order",
    "total": "total",
    "delta": "delta",
    "pawn": "PAWN",
}
SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="sensitivity")(sensitivity)


@dataclass(frozen=True)
class Question:
    """What `kedge sensitivity` is asked; each field is an argument or option."""

    folder: Folder
    plan: Annotated[str, typer.Option(help="Key of the plan; left out, the one best in most futures.")] = ""
    of: Annotated[str, typer.Option(help="regret, regret_to_reference, value, or a measure.")] = "regret"
    by: Annotated[
        str, typer.Option(help="Index that ranks: first_order, shapley, delta, pawn; total with --runs.")
    ] = ""
    group: Annotated[
        list[str] | None,
        typer.Option(help="Uncertainties that share in Shapley effects as one: patron=a,b,c; repeat."),
    ] = None
    sample: Annotated[int, typer.Option(help="Futures of the folder to use.", min=100)] = 10_000
    runs: Annotated[
        int, typer.Option(help="Sobol indices by new runs: base rows, such as 1024; 0 for none.", min=0)
    ] = 0
    seed: Annotated[int, typer.Option(help="Seed of the new runs.", min=0)] = 1
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def sensitivity(asked: Question) -> None:
    """Say which uncertainties drive a plan's outcome: first order, Shapley effects, delta and PAWN.

    From the folder's futures; with --runs by new runs of its model (Sobol, first order and total).

    Example: kedge sensitivity runs/japan --plan plan_a --runs 1024 --figure drivers.svg
    """
    allowed = ("first_order", "total") if asked.runs else ("first_order", "shapley", "delta", "pawn")
    by = asked.by or ("total" if asked.runs else "first_order")
    refuse_any(
        (by not in allowed, f"--by should be one of {', '.join(allowed)}, found {by!r}"),
        (
            asked.runs and asked.group,
            "--group belongs to Shapley effects, which are worked out without --runs",
        ),
        (asked.runs == 1, "--runs should be two base rows or more, such as 1024"),
    )
    from rich.console import Console

    with Console(stderr=True).status("estimating indices"):
        outcome, problem, table, futures = _by_runs(asked) if asked.runs else _from_futures(asked)
    labels = {each.name: each.label for each in problem.uncertainties}
    table = table.with_columns(_label(labels))
    result = {
        "outcome": outcome.label,
        "unit": outcome.unit,
        "futures": futures,
        "indices": table.to_dicts(),
    }
    source = f"Kedge; {futures:,} futures, {asked.folder}"
    figure = (asked.figure, lambda: _chart(table, outcome, by, futures), source)
    if not emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(table, outcome, by, futures)


def _label(labels: dict[str, str]) -> pl.Expr:
    import polars as pl

    return pl.col("name").replace(labels).alias("label")


def _from_futures(asked: Question) -> tuple[Outcome, Problem, pl.DataFrame, int]:
    import polars as pl

    from kedge.strategy import find_sensitivities, leading_plan, outcome_of, read_run

    run = read_run(asked.folder, asked.sample)
    outcome = outcome_of(run, asked.plan or leading_plan(run), asked.of)
    found = find_sensitivities(
        outcome.row[None], run.futures, run.problem.uncertainties, _groups(asked.group)
    )
    table, rest = found.table([asked.of]).drop("outcome"), float(found.shapley.rest[0])
    if rest > 0:
        left = {"name": "(all else)", "index": "shapley", "value": rest, "stands_out": True}
        table = pl.concat([table, pl.DataFrame([left])], how="diagonal")
    return outcome, run.problem, table, len(run.futures)


def _by_runs(asked: Question) -> tuple[Outcome, Problem, pl.DataFrame, int]:
    from kedge.strategy import leading_plan, outcome_of, read_run, sobol_by_runs
    from kedge.world.rerun import rerun_of

    plan = asked.plan or leading_plan(read_run(asked.folder))
    again = rerun_of(asked.folder)
    run, table = sobol_by_runs(again.problem, again.model, (plan, asked.of), asked.runs, asked.seed)
    return outcome_of(run, plan, asked.of), again.problem, table, len(run.futures)


def _groups(given: list[str] | None) -> dict[str, tuple[str, ...]] | None:
    groups: dict[str, tuple[str, ...]] = {}
    for text in given or ():
        name, _, members = text.partition("=")
        names = tuple(filter(None, (member.strip() for member in members.split(","))))
        if not name.strip() or not names:
            raise typer.BadParameter(f"--group should look like patron=a,b,c, found {text!r}")
        if name.strip() in groups:
            raise typer.BadParameter(f"--group {name.strip()} is given twice; list its members once")
        groups[name.strip()] = names
    return groups or None


def _chart(table: pl.DataFrame, outcome: Outcome, by: str, futures: int) -> Any:
    from kedge.brief.charts_sensitivity import sensitivity_chart

    return sensitivity_chart(table.filter(index=by), outcome.label, INDICES[by], futures)


def _print(table: pl.DataFrame, outcome: Outcome, by: str, futures: int) -> None:
    import polars as pl

    ranked = table.filter(index=by).sort("value", descending=True, nulls_last=True).head(SHOWN)
    percent = [
        (100 * pl.col(name)).alias(head) for name, head in (("value", by), ("low", "low"), ("high", "high"))
    ]
    mark = pl.when("stands_out").then(pl.lit("")).otherwise(pl.lit("noise?")).alias("mark")
    shown = ranked.select("name", "label", *percent, mark)
    heads = {"label": "uncertainty", by: f"{INDICES[by]} %", "low": "low", "high": "high", "mark": ""}
    for name in INDICES:
        column = table.filter(index=name).select("name", (100 * pl.col("value")).alias(name))
        if name != by and column.height:
            shown = shown.join(column, on="name", how="left", maintain_order="left")
            heads[name] = f"{INDICES[name]} %"
    print_table(shown, heads, f"What drives {outcome.label}, {futures:,} futures")
    typer.echo(
        "first order, Shapley, total: share of variance; delta and PAWN: how far the distribution moves. "
        "'noise?': no more than chance alone would show. Shapley effects are shared among what stands out."
    )
