"""`kedge trade`: what tariffs cost whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.trade_answers import optimal, retaliate
from kedge.cli.trade_bargain import bargain
from kedge.cli.trade_nash import nash
from kedge.cli.trade_schedule import schedule
from kedge.cli.trade_simulate import simulate
from kedge.cli.trade_sweep import sweep

if TYPE_CHECKING:
    from kedge.trade import FormulaRate


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    group = typer.Typer(
        help="What tariffs cost whom: scenarios, and the formula of April 2025.", no_args_is_help=True
    )
    group.command("simulate")(simulate)
    group.command("formula")(formula)
    group.command("optimal")(optimal)
    group.command("retaliate")(retaliate)
    group.command("nash")(nash)
    group.command("bargain")(bargain)
    group.command("schedule")(schedule)
    group.command("sweep")(sweep)
    app.add_typer(group, name="trade")


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


def _rate_object(rate: FormulaRate) -> dict[str, Any]:
    return {
        "rate": rate.rate,
        "full": rate.full,
        "half": rate.half,
        "exports_musd": rate.exports,
        "imports_musd": rate.imports,
        "explanation": rate.explanation,
    }


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
