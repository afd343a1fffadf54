"""`kedge trade simulate`: what a scenario, or the tariffs of a day, cost whom."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, day_of, emit, refuse_any, taking
from kedge.cli.trade_options import NEEDS_A_DAY, Measures, remark, remarks_on, schedule_of, told_of
from kedge.cli.trade_show import OUTLINES, SHOWN, account, chart_of, print_many

if TYPE_CHECKING:
    from kedge.trade import Simulation

HEADS = {
    "welfare": "welfare",
    "deficit": "deficit",
    "exports_to_gdp": "exports/GDP",
    "imports_to_gdp": "imports/GDP",
    "employment": "jobs",
    "prices": "prices",
    "revenue_share": "revenue",
}


@dataclass(frozen=True)
class Question(Measures):
    """What `kedge trade simulate` is asked; each field is an option."""

    data: Annotated[str, typer.Option(help="Data set; see --list.")] = "liberation-day-2025"
    scenario: Annotated[str, typer.Option(help="Named scenario of the data; see --list.")] = ""
    on: Annotated[str, typer.Option(help="Tariffs in force on this day, such as 2025-08-08.")] = ""
    elasticities: Annotated[str, typer.Option(help="Set of elasticities (many sectors): CP, U4, …")] = ""
    deficits: Annotated[str, typer.Option(help="Trade deficits (many sectors): balanced or observed.")] = ""
    show: Annotated[str, typer.Option(help="What --figure draws: ranking, map or diversion.")] = ""
    listed: Annotated[bool, typer.Option("--list", help="List data and scenarios.")] = False
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def simulate(asked: Question) -> None:
    """Say what a tariff scenario, or the tariffs of a day, cost whom.

    Example: kedge trade simulate --data sectors --on 2025-08-08 --show map --figure welfare.svg
    """
    from kedge.world.trade_data import MANY_SECTORS

    if asked.listed:
        _print_list(asked.as_json)
        return
    _check(asked)
    if asked.data in MANY_SECTORS:
        _many(asked)
    else:
        _one(asked)


def _check(asked: Question) -> None:
    """Refuse options that would have no effect."""
    from kedge.core.errors import UnknownName
    from kedge.world.trade_data import MANY_SECTORS, ONE_SECTOR

    known = ONE_SECTOR | MANY_SECTORS
    if asked.data not in known:
        raise UnknownName("data set", asked.data, known)
    many = asked.data in MANY_SECTORS
    refuse_any(
        (
            asked.show not in ("", *SHOWN),
            f"--show should be one of {', '.join(SHOWN)}, found {asked.show!r}",
        ),
        (asked.show and asked.figure is None, "--show says what --figure draws; name a file with --figure"),
        (asked.on and asked.scenario, "give --on or --scenario, not both"),
        (
            many and not (asked.on or asked.scenario),
            "say what to simulate: --on DAY, or --scenario with one of the data's own (nafta; trade-war)",
        ),
        (asked.changed and not asked.on, NEEDS_A_DAY),
        (
            not many and (asked.elasticities or asked.deficits),
            f"--elasticities and --deficits are for data sets of many sectors; {asked.data} has one sector",
        ),
    )


def _many(asked: Question) -> None:
    from rich.console import Console

    from kedge.world.trade_data import elasticities_told
    from kedge.world.trade_simulate import run_scenario, run_schedule, sector_rates

    how, day = (asked.elasticities, asked.deficits or "balanced"), day_of(asked.on, "--on")
    with Console(stderr=True).status("solving"):
        if asked.on:
            run = run_schedule(asked.data, schedule_of(asked), day, *how)
            remark(
                remarks_on(asked, run.added, lambda each: sector_rates(each, day, asked.data, run.world), day)
            )
        else:
            run = run_scenario(asked.data, asked.scenario, *how)
    told = told_of(asked, day) if asked.on else f"Scenario {asked.scenario}"
    table, solution = run.table(), run.solution
    sets = elasticities_told(asked.data, asked.elasticities)
    result = {
        "data": asked.data,
        "tariffs": told,
        "elasticities": sets,
        "units": "percent of real income",
        "economies": {row.pop("iso3"): row for row in table.to_dicts()},
        "path_gap": run.parts.gap,
        "solver": account(solution),
    }
    show = asked.show or SHOWN[0]
    chart = chart_of(show, table.select("iso3", "name", value="welfare"), run.trade(), told)
    figure = (asked.figure, chart, f"Kedge, Caliendo & Parro (2015), data {asked.data}{OUTLINES[show]}")
    if not emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        print_many(run, told, sets)


def _one(asked: Question) -> None:
    from kedge.trade import find_scenario
    from kedge.trade import simulate as solve
    from kedge.world.trade_data import one_sector_world

    if asked.on:
        result, names = _one_on_day(asked)
    else:
        scenario = find_scenario(asked.scenario or "announced").name
        economy, announced, names = one_sector_world(asked.data)
        result = solve(economy, announced, scenario)
    if asked.csv_file is not None:
        from kedge.core.files import write_text

        write_text(asked.csv_file, _as_csv(result))
    if asked.figure is not None:
        _draw_one(asked, result, names)
    if asked.as_json:
        typer.echo(json.dumps(_as_object(result, asked.data), allow_nan=False))
    else:
        _print_table(result, names)


def _one_on_day(asked: Question) -> tuple[Simulation, dict[str, str]]:
    """Solve the one-sector world under the headline rates of a day."""
    from kedge.trade import Scenario, outcomes_of, prepare, solve_equilibrium
    from kedge.trade.simulate import Simulation
    from kedge.world.trade_data import one_sector_world
    from kedge.world.trade_rates import headline_rates

    economy, _, names = one_sector_world(asked.data)
    day = day_of(asked.on, "--on")
    tariffs = headline_rates(schedule_of(asked), day, economy.iso3)
    remark(remarks_on(asked, tariffs, lambda each: headline_rates(each, day, economy.iso3), day))
    solution = solve_equilibrium(prepare(economy), tariffs)
    told = told_of(asked, day, "Headline tariffs")
    named = Scenario(asked.on, f"{told} (measures on all goods alone).")
    return Simulation(named, solution, outcomes_of(solution.unwrap())), names


def _draw_one(asked: Question, result: Simulation, names: dict[str, str]) -> None:
    import polars as pl

    from kedge.brief.single import check_ending, write_figure

    assert asked.figure is not None
    check_ending(asked.figure)
    codes = result.outcomes.iso3
    table = pl.DataFrame(
        {"iso3": codes, "name": [names.get(c, c) for c in codes], "value": result.outcomes.welfare}
    )
    after, before = result.solution.value.flows, result.solution.value.economy.flows
    rows = [
        (codes[j], codes[i], before[j, i] / 1e6, 100.0 * (after[j, i] / before[j, i] - 1.0))
        for j in range(len(codes)) for i in range(len(codes)) if i != j and before[j, i] > 0
    ]  # fmt: skip
    trade = pl.DataFrame(rows, schema=["exporter", "importer", "musd", "change"], orient="row")
    show = asked.show or SHOWN[0]
    draw = chart_of(show, table, trade, result.scenario.sentence.rstrip("."))
    source = f"Kedge, Ignatenko et al. (2025), data {asked.data}{OUTLINES[show]}"
    write_figure(draw(), asked.figure, source)


def _rows(result: Simulation) -> dict[str, dict[str, float | None]]:
    outcomes = result.outcomes
    columns = {name: getattr(outcomes, name).tolist() for name in HEADS}
    return {
        code: {name: _finite(column[at]) for name, column in columns.items()}
        for at, code in enumerate(outcomes.iso3)
    }  # fmt: skip


def _as_object(result: Simulation, data: str) -> dict[str, Any]:
    solution = result.solution
    return {
        "data": data,
        "scenario": result.scenario.name,
        "sentence": result.scenario.sentence,
        "units": "percent",
        "economies": _rows(result),
        "world": {name: _finite(value) for name, value in result.outcomes.world.items()},
        "solver": account(solution),
    }


def _as_csv(result: Simulation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["iso3", *HEADS])
    for code, row in _rows(result).items():
        writer.writerow([code, *("" if value is None else repr(value) for value in row.values())])
    return text.getvalue()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _print_list(as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from kedge.trade import scenarios
    from kedge.world.trade_data import MANY_SECTORS, ONE_SECTOR

    sentences = {name: scenario.sentence for name, scenario in scenarios().items()}
    if as_json:
        typer.echo(json.dumps({"data": ONE_SECTOR | MANY_SECTORS, "scenarios": sentences}))
        return
    console = Console()
    for title, entries in (("Data", ONE_SECTOR | MANY_SECTORS), ("Scenarios", sentences)):
        table = Table(title=title, title_justify="left", show_header=False, box=None)
        for name, sentence in entries.items():
            table.add_row(name, sentence)
        console.print(table)


def _print_table(result: Simulation, names: dict[str, str], extremes: int = 6) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = _rows(result)
    order = sorted(rows, key=lambda code: rows[code]["welfare"] or 0.0, reverse=True)
    few = order if len(order) <= 2 * extremes else [*order[:extremes], *order[-extremes:]]
    shown = [*(["USA"] if "USA" in rows and "USA" not in few else []), *few]
    table = Table(title=result.scenario.sentence, title_justify="left")
    table.add_column("economy")
    for head in HEADS.values():
        table.add_column(head, justify="right")
    for code in shown:
        cells = ["" if value is None else f"{value:.2f}" for value in rows[code].values()]
        table.add_row(names.get(code, code), *cells, end_section=code == order[extremes - 1] or code == "USA")
    world, solution = result.outcomes.world, result.solution
    console = Console()
    console.print(table)
    console.print("Percent changes; revenue in percent of spending before the change.")
    if len(few) < len(order):
        console.print(
            f"Shown: the {extremes} that gain most and the {extremes} that lose most, of {len(order)}."
        )
    console.print(
        f"World: welfare {world['welfare']:.2f} %, employment {world['employment']:.2f} %, trade over GDP "
        f"{world['trade_to_gdp']:.1f} %."
    )
    console.print(
        f"Solver: {solution.status} in {solution.iterations} steps, residual {solution.residual:.1e}, "
        f"{1e3 * solution.cpu_seconds:.1f} ms."
    )
