"""`kedge search`: better plans, found by trying settings of the levers over many futures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, print_table, progress_bar, taking

if TYPE_CHECKING:
    from kedge.strategy import FoundPlans
    from kedge.world.rerun import Rerun


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="search")(search)


@dataclass(frozen=True)
class Question:
    """What `kedge search` is asked; each field is an argument or option."""

    source: Annotated[
        Path,
        typer.Argument(metavar="SOURCE", help="Folder that `kedge assess` wrote, study or problem file."),
    ]
    objective: Annotated[
        list[str] | None,
        typer.Option(help="mean:value, quantile:cost@0.1, worst:, mean_regret:, satisficing:cost@2; repeat."),
    ] = None
    limit: Annotated[
        list[str] | None, typer.Option(help="What plans must keep: 'mean:fiscal_cost<=1.5'; repeat.")
    ] = None
    futures: Annotated[int, typer.Option(help="Futures to search on; four times as many judge.", min=2)] = 256
    evaluations: Annotated[int, typer.Option(help="Plans tried a seed.", min=100)] = 5_000
    seeds: Annotated[int, typer.Option(help="Independent searches.", min=1)] = 2
    seed: Annotated[int, typer.Option(help="Seed of the futures.", min=0)] = 1
    out: Annotated[
        Path | None, typer.Option(help="Folder; left out, the one given, or runs/ and the name.")
    ] = None
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop an unfinished search of something else.")
    ] = False
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def search(asked: Question) -> None:
    """Search the levers for plans that no other found beats, and judge them on futures not searched on.

    A stopped search goes on when the same command is given again.

    Example: kedge search studies/japan.toml --objective mean:value --objective quantile:value@0.1
    """
    from kedge.strategy import Sought, parse_bound, parse_objective, usual_objectives
    from kedge.world.rerun import rerun_of
    from kedge.world.searched import SearchOptions, find_plans

    given = [parse_objective(text) for text in asked.objective or ()]
    bounds = tuple(parse_bound(text) for text in asked.limit or ())
    rerun = rerun_of(asked.source)
    sought = Sought(tuple(given) or usual_objectives(rerun.searched), bounds)
    options = SearchOptions(
        folder=asked.out or (asked.source if asked.source.is_dir() else Path("runs") / asked.source.stem),
        futures=asked.futures,
        seed=asked.seed,
        evaluations=asked.evaluations,
        seeds=asked.seeds,
        restart=asked.restart,
    )
    with progress_bar(f"{asked.seeds} searches of {asked.evaluations:,} plans") as advance:
        found = find_plans(rerun, sought, options, advance)
    table = found.table()
    source = f"Kedge; {asked.futures:,} futures searched, {4 * asked.futures:,} to judge"
    figure = (asked.figure, lambda: _chart(found, rerun), source)
    if not emit(_result(found, rerun), table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(found, rerun, options.folder)


def _chart(found: FoundPlans, rerun: Rerun) -> Any:
    from kedge.brief.charts_search import search_chart

    return search_chart(found, [plan.label for plan in rerun.problem.plans])


def _result(found: FoundPlans, rerun: Rerun) -> dict[str, Any]:
    return {
        "objectives": list(found.names),
        "plans": found.table().to_dicts(),
        "outstanding": [rerun.as_plan(found.agreement.candidates[row]) for row in found.outstanding()],
        "present": found.of_present([plan.key for plan in rerun.problem.plans]).to_dicts(),
        "shrinkage": dict(zip(found.names, map(float, found.shrinkage.shrinkage), strict=True)),
        "hypervolume_by_seed": [float(each) for each in found.agreement.by_seed],
        "hypervolume_merged": float(found.agreement.merged),
    }


def _print(found: FoundPlans, rerun: Rerun, folder: Path) -> None:
    heads = {"plan": "plan", **{name: name for name in found.names}, "reached": "seeds"}
    print_table(found.compared([plan.label for plan in rerun.problem.plans]), heads,
                "Plans found, and those there are, on fresh futures")  # fmt: skip
    worse = ", ".join(f"{name} {each:+.3g}" for name, each in zip(found.names, found.lost(), strict=True))
    typer.echo(f"What the search flattered, on average: {worse} (searched futures less fresh ones).")
    merged = found.agreement.merged
    if len(found.agreement.by_seed) > 1 and merged > 0:
        share = ", ".join(f"{100 * each / merged:.1f} %" for each in found.agreement.by_seed)
        typer.echo(
            f"Part of the merged front's hypervolume by seed: {share}; alike means the searches agree."
        )
    else:
        typer.echo("One search, or one plan alone: whether searches agree cannot be told; raise --seeds.")
    typer.echo("\nBest found is not best there is; a plan found may be odd where the model has no opinion.")
    typer.echo(f"All plans:  {folder / 'search.parquet'}\nAs TOML:    {folder / 'search-plans.toml'}")
