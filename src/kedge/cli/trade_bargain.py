"""`kedge trade bargain`: what a tariff is worth in defence effort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit
from kedge.cli.trade_options import check_percent

if TYPE_CHECKING:
    from kedge.world.trade_bargain import Bargain

SOURCE = "Kedge, one-sector model of Ignatenko et al. (2025); ranges in trade_ranges.toml"


def bargain(
    country: Annotated[str, typer.Option(help="The ally: ISO code, or a group (EU).")] = "JPN",
    tariff: Annotated[
        float | None, typer.Option(help="The US tariff on the ally, percent (else as announced).")
    ] = None,
    data: Annotated[str, typer.Option(help="liberation-day-2025 or baseline.")] = "baseline",
    draws: Annotated[int, typer.Option(help="Draws of everything uncertain.")] = 2048,
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Set an ally's defence effort against its patron's tariff: cost, price, deal, and what they turn on.

    Tariffs on everyone else are those announced on 2 April 2025.  In Python other patrons, other tariffs
    and other limits can be given: kedge.world.trade_bargain.

    Example: kedge trade bargain --country JPN --figure bargain.svg
    """
    from rich.console import Console

    from kedge.trade.levers import GROUPS
    from kedge.world.trade_bargain import BargainPlan, fold_group
    from kedge.world.trade_bargain import bargain as work
    from kedge.world.trade_data import one_sector_world

    economy, announced, names = one_sector_world(data)
    if country in GROUPS:
        economy, announced = fold_group(economy, announced, country)
        names = {**names, "EU": "European Union"}
    if tariff is not None:
        check_percent("--tariff", tariff, 300.0)
    rate = float(announced[economy.index(country)]) if tariff is None else tariff / 100.0
    plan = BargainPlan(country, tariff=rate, draws=draws)
    with Console(stderr=True).status("solving equilibria"):
        found = work(economy, announced, plan)
    chart = _chart(found, names)
    if not emit(
        _as_object(found, data),
        found.turns,
        as_json=as_json,
        csv_file=csv_file,
        figure=(figure, chart, SOURCE),
    ):
        _print(found, names)


def _as_object(found: Bargain, data: str) -> dict[str, Any]:
    plan = found.plan
    return {
        "ally": plan.ally,
        "patron": plan.patron,
        "tariff": plan.tariff,
        "data": data,
        "draws": plan.draws,
        "seed": plan.seed,
        "most_effort": plan.most_effort,
        "units": "percent of the ally's GDP; tariff_cut in percentage points; rate per point",
        "answers": {row["answer"]: row for row in found.summary.to_dicts()},
        "assumptions": [
            {"name": each.name, "label": each.label, "unit": each.unit, "low": each.low, "high": each.high}
            for each in found.uncertainties
        ],
        "turns_on": found.turns.to_dicts(),
    }


def _chart(found: Bargain, names: dict[str, str]) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_trade import bargain_chart
        from kedge.world.trade_bargain import middle_set

        plan = found.plan
        who = {"ally": names.get(plan.ally, plan.ally), "patron": names.get(plan.patron, plan.patron)}
        return bargain_chart(*middle_set(found), who)

    return draw


def _print(found: Bargain, names: dict[str, str]) -> None:
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    plan, row = found.plan, {each["answer"]: each for each in found.summary.to_dicts()}
    ally, patron = names.get(plan.ally, plan.ally), names.get(plan.patron, plan.patron)
    most = plan.most_effort
    console = Console()

    def span(name: str, unit: str = "% of GDP") -> str:
        capped = name in ("willing", "ask")
        middle, low, high = (
            _upto(row[name][end], most if capped else np.inf) for end in ("middle", "low", "high")
        )
        return f"{middle} {unit} ({low} to {high})"

    console.print(
        f"{ally} and a tariff of {100 * plan.tariff:g} % by {patron}: median and nine in ten of "
        f"{plan.draws:,} draws"
    )
    table = Table(show_header=False, box=None)
    table.add_row(f"What the tariff costs {ally}", span("tariff_cost"))
    table.add_row("Defence effort it would add to be spared it", span("willing"))
    table.add_row("Effort for which the patron would drop it", span("ask"))
    deals = row["effort"]["share"] or 0.0
    table.add_row("A deal exists in", f"{100 * deals:.0f} % of draws{'; there:' if deals else ''}")
    if deals:
        table.add_row("  effort added", span("effort"))
        table.add_row("  tariff cut", span("tariff_cut", "points"))
        table.add_row("  effort for each point cut", span("rate", "% of GDP"))
        table.add_row("  gain of the ally", span("ally_gain"))
        table.add_row("  gain of the patron", span("patron_gain", "% of the ally's GDP"))
    console.print(table)
    over = 100 * (row["willing"]["share"] or 0)
    if over:
        console.print(
            f"In {over:.0f} % of draws the ally would add {most:g} % or more, or adds it anyway because "
            "effort pays for itself; such effort buys nothing."
        )
    _print_turns(found)
    console.print(f"It can add at most {most:g} % of GDP (an assumption); >= {most:g} means that or more.")
    console.print(
        "Draws explore the ranges of trade_ranges.toml and parameters.toml; shares are not probabilities."
    )


def _upto(value: float, most: float) -> str:
    return f">= {most:.2f}" if value >= most - 1e-9 else f"{value:.2f}"


def _print_turns(found: Bargain, most: int = 6) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="What the answer turns on", title_justify="left")
    table.add_column("assumption")
    for head in ("would pay, low third", "high third", "deals, low third", "high third"):
        table.add_column(head, justify="right")
    for row in found.turns.head(most).iter_rows(named=True):
        table.add_row(
            row["label"],
            _upto(row["willing_low"], found.plan.most_effort),
            _upto(row["willing_high"], found.plan.most_effort),
            f"{100 * row['agreed_low']:.0f} %",
            f"{100 * row['agreed_high']:.0f} %",
        )
    Console().print(table)
