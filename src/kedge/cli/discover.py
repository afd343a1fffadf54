"""`kedge discover`: what the futures in which a plan does badly have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from kedge.cli.options import Csv, Figure, Folder, Json, emit, print_table, refuse_any, taking

if TYPE_CHECKING:
    import polars as pl

    from kedge.strategy import Discovery, Outcome, Run
    from kedge.strategy.discovery import Way

WORST = 0.1


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="discover")(discover)


@dataclass(frozen=True)
class Question:
    """What `kedge discover` is asked; each field is an argument or option."""

    folder: Folder
    plan: Annotated[str, typer.Option(help="Key of the plan; left out, the one best in most futures.")] = ""
    of: Annotated[str, typer.Option(help="regret, regret_to_reference, value, or a measure.")] = "regret"
    worst: Annotated[
        list[float] | None, typer.Option(help=f"Share of futures that count as bad ({WORST}); repeat.")
    ] = None
    beyond: Annotated[
        list[float] | None,
        typer.Option(help="Futures worse than this count as bad, in the outcome's unit; repeat."),
    ] = None
    method: Annotated[str, typer.Option(help="prim, cart, or stack (dimension stacking).")] = "prim"
    boxes: Annotated[int, typer.Option(help="Boxes at most, each on what the others leave.", min=1)] = 1
    limit: Annotated[list[str] | None, typer.Option(help="Uncertainty a box has to limit; repeat.")] = None
    open_: Annotated[
        list[str] | None, typer.Option("--open", help="Uncertainty a box never limits; repeat.")
    ] = None
    most: Annotated[int, typer.Option(help="Uncertainties a box limits at most.", min=1)] = 4
    density: Annotated[float, typer.Option(help="Least density of a box, as a share.", min=0, max=1)] = 0.0
    seed: Annotated[int, typer.Option(help="Seed of the halves: one to search, one to judge.", min=0)] = 0
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def discover(asked: Question) -> None:
    """Describe a plan's bad futures by limits on a few uncertainties, and judge them on futures kept back.

    Example: kedge discover runs/japan --plan plan_a --worst 0.1 --worst 0.2 --figure boxes.svg
    """
    refuse_any(
        (asked.method not in ("prim", "cart", "stack"), "--method should be prim, cart or stack"),
        (asked.method != "prim" and (asked.boxes > 1 or asked.limit or asked.open_),
         "--boxes, --limit and --open belong to --method prim"),
    )  # fmt: skip
    from kedge.strategy import leading_plan, outcome_of, read_run

    run = read_run(asked.folder)
    outcome = outcome_of(run, asked.plan or leading_plan(run), asked.of)
    levels = _levels(outcome, asked)
    source = f"Kedge; {len(run.futures):,} futures of {asked.folder}"
    if asked.method == "stack":
        _stack(run, outcome, levels, asked, source)
        return
    found = _search(run, outcome, levels, asked)
    boxes, limits = found.boxes_table(), found.limits_table()
    result = {
        "outcome": outcome.label,
        "unit": outcome.unit,
        "futures": found.futures,
        "boxes": boxes.to_dicts(),
        "limits": limits.to_dicts(),
    }
    figure = (asked.figure, lambda: _chart(found), source)
    if not emit(result, limits, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(found, boxes, limits)


def _levels(outcome: Outcome, asked: Question) -> dict[str, Any]:
    usual = [] if asked.beyond or asked.worst else [WORST]
    levels = {f"worst {100 * share:g} %": outcome.worst(share) for share in asked.worst or usual}
    sign = "above" if outcome.larger_is_worse else "below"
    return levels | {f"{sign} {limit:g}": outcome.beyond(limit) for limit in asked.beyond or ()}


def _search(run: Run, outcome: Outcome, levels: dict[str, Any], asked: Question) -> Discovery:
    from rich.console import Console

    from kedge.strategy import DiscoveryOptions
    from kedge.strategy import discover as search

    options = DiscoveryOptions(
        way=cast("Way", asked.method),
        boxes=asked.boxes,
        must_limit=tuple(asked.limit or ()),
        stay_open=tuple(asked.open_ or ()),
        most_limited=asked.most,
        density_floor=asked.density,
        seed=asked.seed,
    )
    with Console(stderr=True).status("searching half of the futures"):
        return search(run, outcome, levels, options)


def _chart(found: Discovery) -> Any:
    from kedge.brief.charts_discovery import discovery_chart

    return discovery_chart(found)


def _print(found: Discovery, boxes: pl.DataFrame, limits: pl.DataFrame) -> None:
    import polars as pl

    percent = ("base", "coverage", "density", "fresh_coverage", "fresh_density")
    shown = boxes.with_columns(
        *((100 * pl.col(name)).alias(name) for name in percent),
        pl.format("{} to {}", (100 * pl.col("fresh_density_low")).round(1),
                  (100 * pl.col("fresh_density_high")).round(1)).alias("interval"),
    )  # fmt: skip
    heads = {
        "level": "bad futures",
        "box": "box",
        "base": "bad %",
        "coverage": "coverage %",
        "density": "density %",
        "fresh_coverage": "kept back: coverage %",
        "fresh_density": "density % ",
        "interval": "interval",
    }
    print_table(shown, heads, f"Bad futures by {found.outcome.label}, {found.futures:,} futures")
    told = limits.with_columns(
        pl.coalesce("low_range", "high_range").alias("range"),
        (100 * pl.col("found_again")).alias("found_again"),
    )
    heads = {
        "level": "bad futures",
        "box": "box",
        "label": "uncertainty",
        "words": "limit",
        "unit": "unit",
        "range": "could lie",
        "found_again": "found again %",
    }
    print_table(told, heads, "What they have in common")
    typer.echo(
        "coverage: part of the bad futures inside; density: part of those inside that are bad. Found on one "
        "half of the futures, judged on the other, each box on what earlier ones leave. Limits describe "
        "futures; they are not causes."
    )


def _stack(run: Run, outcome: Outcome, levels: dict[str, Any], asked: Question, source: str) -> None:
    import numpy as np
    import polars as pl

    from kedge.strategy import stack_dimensions

    level, holds = next(iter(levels.items()))
    found = stack_dimensions(run.futures, holds, run.problem.uncertainties)
    axes = (*found.row_axes, *found.column_axes)
    labels = {each.name: each.label for each in run.problem.uncertainties}
    table = pl.DataFrame(
        [{"row": r, "column": c, "share": float(found.shares[r, c]), "futures": int(found.counts[r, c])}
         for r in range(found.shares.shape[0]) for c in range(found.shares.shape[1])]
    )  # fmt: skip
    result = {
        "outcome": outcome.label,
        "bad": level,
        "axes": [
            {
                "uncertainty": each.uncertainty,
                "along": "rows" if each in found.row_axes else "columns",
                "lower": each.lower.tolist(),
                "upper": each.upper.tolist(),
                "explained": each.explained,
            }
            for each in axes
        ],
        "cells": table.to_dicts(),
    }  # fmt: skip

    def draw() -> Any:
        from kedge.brief.charts_discovery import stacking_chart

        return stacking_chart(found, run.problem.uncertainties, f"{outcome.label}, {level}")

    figure = (asked.figure, draw, source)
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        return
    shown = pl.DataFrame(
        [{"axis": labels[a.uncertainty], "along": "rows" if a in found.row_axes else "columns",
          "explained": 100 * a.explained} for a in axes]
    )  # fmt: skip
    heads = {"axis": "uncertainty", "along": "along", "explained": "explained together %"}
    print_table(shown, heads, f"Axes that tell most of {outcome.label}, {level}")
    densest = 100 * float(np.nanmax(found.shares))
    typer.echo(f"Densest cell: {densest:.0f} % bad. Draw it with --figure.")
