"""`kedge trade`: what tariffs cost whom."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.trade_bargain import bargain
from kedge.cli.trade_schedule import schedule

if TYPE_CHECKING:
    from kedge.trade import FormulaRate, Simulation

HEADS = {
    "welfare": "welfare",
    "deficit": "deficit",
    "exports_to_gdp": "exports/GDP",
    "imports_to_gdp": "imports/GDP",
    "employment": "jobs",
    "prices": "prices",
    "revenue_share": "revenue",
}


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    group = typer.Typer(
        help="What tariffs cost whom: scenarios, and the formula of April 2025.", no_args_is_help=True
    )
    group.command("simulate")(simulate)
    group.command("formula")(formula)
    group.command("bargain")(bargain)
    group.command("schedule")(schedule)
    app.add_typer(group, name="trade")


def simulate(
    data: Annotated[
        str, typer.Option(help="liberation-day-2025 or baseline; see --list.")
    ] = "liberation-day-2025",
    scenario: Annotated[str, typer.Option(help="Name of the scenario; see --list.")] = "announced",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write every economy to this file.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List data and scenarios.")] = False,
) -> None:
    """Solve the one-sector world trade model for a tariff scenario.

    Example: kedge trade simulate --data baseline --scenario announced-reciprocal
    """
    from kedge.trade import find_scenario
    from kedge.trade import simulate as solve
    from kedge.world.trade_data import one_sector_world

    if listed:
        _print_list(as_json)
        return
    find_scenario(scenario)
    economy, announced, names = one_sector_world(data)
    result = solve(economy, announced, scenario)
    if csv_file is not None:
        from kedge.core.files import write_text

        write_text(csv_file, _as_csv(result))
    if as_json:
        typer.echo(json.dumps(_as_object(result, data), allow_nan=False))
    else:
        _print_table(result, names)


def formula(
    partner: Annotated[
        list[str] | None, typer.Option(help="Partner, by name or code; repeat for more.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="us-goods-trade-2024 reads the whole file of 2024 (fetched, then cached)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Work out the reciprocal tariff formula of 2 April 2025 from goods trade of 2024.

    Example: kedge trade formula --partner Japan --partner Korea
    """
    from kedge.trade import formula_rates

    rates = formula_rates(_us_trade(data), partner or ())
    if as_json:
        typer.echo(json.dumps({"partners": {rate.partner: _rate_object(rate) for rate in rates}}))
    else:
        _print_rates(rates)


def _us_trade(data: str | None) -> Any:
    from kedge.core.errors import UnknownName

    if data is None or data == "baseline":
        from kedge.data.baseline import load_table

        return load_table("us_trade")
    if data != "us-goods-trade-2024":
        raise UnknownName("data set", data, ("us-goods-trade-2024", "baseline"))
    from kedge.data.fetch import fetch
    from kedge.data.readers.trade import read_us_goods_trade

    return read_us_goods_trade(fetch(data))


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
        "solver": {
            "status": solution.status,
            "residual": solution.residual,
            "iterations": solution.iterations,
            "cpu_seconds": solution.cpu_seconds,
        },
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


def _rate_object(rate: FormulaRate) -> dict[str, Any]:
    return {
        "rate": rate.rate,
        "full": rate.full,
        "half": rate.half,
        "exports_musd": rate.exports,
        "imports_musd": rate.imports,
        "explanation": rate.explanation,
    }


def _print_list(as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from kedge.trade import scenarios
    from kedge.world.trade_data import ONE_SECTOR

    sentences = {name: scenario.sentence for name, scenario in scenarios().items()}
    if as_json:
        typer.echo(json.dumps({"data": ONE_SECTOR, "scenarios": sentences}))
        return
    console = Console()
    for title, entries in (("Data", ONE_SECTOR), ("Scenarios", sentences)):
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


def _print_rates(rates: tuple[FormulaRate, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title="Reciprocal tariff formula of 2 April 2025, from goods trade of 2024", title_justify="left"
    )
    for head in ("partner", "rate, %", "exports, US$ m", "imports, US$ m"):
        table.add_column(head, justify="left" if head == "partner" else "right")
    for rate in rates:
        table.add_row(rate.partner, str(rate.rate), f"{rate.exports:,.1f}", f"{rate.imports:,.1f}")
    console = Console()
    console.print(table)
    console.print("Rate: (imports - exports) / imports, halved, rounded up to a whole percent, at least 10.")
    for rate in rates:
        console.print(f"{rate.partner}: {rate.explanation}", soft_wrap=True, highlight=False)
