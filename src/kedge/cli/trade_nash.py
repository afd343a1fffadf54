"""`kedge trade nash`: where a tariff war comes to rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Json, emit, print_table, taking
from kedge.cli.trade_games import (
    SOURCE,
    Data,
    Elasticities,
    Highest,
    Levers,
    check_game,
    model_of,
    players_of,
    say_groups,
    sets_told,
)
from kedge.cli.trade_show import account

if TYPE_CHECKING:
    import polars as pl

    from kedge.core.solution import Solution
    from kedge.trade import TradeModel
    from kedge.trade.levers import Levers as Set
    from kedge.trade.nash import NashTariffs

FIRST_RATES = (0.3, 0.15)
"""Where searches of a war begin: near what optimal tariffs are at common elasticities."""


@dataclass(frozen=True)
class War:
    """What `kedge trade nash` is asked; each field is an option."""

    player: Annotated[
        list[str] | None, typer.Option(help="Code, group (EU) or list; repeat. `all`: every economy.")
    ] = None
    levers: Levers = "uniform"
    data: Data = "sectors"
    elasticities: Elasticities = ""
    highest: Highest = 200.0
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Skip the search for each player's deviations.")
    ] = False
    as_json: Json = False
    csv_file: Csv = None
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Best answers of two players (.svg, .png or .html).")
    ] = None


@taking(War)
def nash(asked: War) -> None:
    """Find where a tariff war comes to rest: rates from which no player gains by moving alone.

    Example: kedge trade nash --player USA --player CHN --player EU --player JPN --data sectors
    """
    from rich.console import Console

    from kedge.trade.levers import make_levers
    from kedge.trade.nash import nash_tariffs

    check_game(asked)
    model, names = model_of(asked)
    players = _war_players(model, asked)
    bounds = (0.0, asked.highest / 100.0)
    parts = [make_levers(model, who, asked.levers, bounds=bounds) for who in players]  # pyright: ignore[reportArgumentType]
    starts = [[rate] * sum(map(len, parts)) for rate in FIRST_RATES]
    with Console(stderr=True).status("searching") as status:
        found = nash_tariffs(
            model, parts, starts=starts, check=False if asked.unchecked else status.update  # pyright: ignore[reportArgumentType]
        )  # fmt: skip
    value = found.value
    table = _war_table(value)
    result = {
        "levers": asked.levers,
        "elasticities": sets_told(asked),
        "units": "tariffs as shares; real income in percent",
        "players": players_of(value),
        "welfare": dict(zip(model.iso3, value.welfare.tolist(), strict=True)),
        "verified": value.is_verified,
        "starts": len(value.starts),
        "distance_of_ends": value.distance,
        "solver": account(found),
    }
    figure = (asked.figure, _curves(model, parts, value, names) if asked.figure else None, SOURCE)
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        return
    print_table(table, {name: name for name in table.columns}, "Where the war comes to rest")
    _say_war(found, unchecked=asked.unchecked)
    typer.echo(sets_told(asked))


def _say_war(found: Solution[NashTariffs], *, unchecked: bool) -> None:
    value = found.value
    gains = "no player gains by moving alone" if value.is_verified else "a player gains by moving alone"
    apart = "end alike" if value.distance < 1e-4 else f"end up to {100 * value.distance:.0f} points apart"
    typer.echo(
        f"{found.status}; {'deviations not searched' if unchecked else gains}; {len(value.starts)} starts "
        f"{apart}; largest slope {found.residual:.0e} of its scale; {found.cpu_seconds:.1f} s."
    )


def _war_players(model: TradeModel, asked: War) -> list[str]:
    wanted = asked.player or ["USA", "CHN", "EU", "JPN"]
    if "all" in wanted and len(wanted) > 1:
        raise typer.BadParameter("--player all is every economy; leave the others out")
    if asked.figure is not None and (len(wanted) != 2 or asked.levers != "uniform"):
        raise typer.BadParameter("--figure draws best answers of two players with one rate each")
    say_groups(model, wanted)
    return list(model.iso3) if wanted == ["all"] else wanted


def _war_table(value: NashTariffs) -> pl.DataFrame:
    import polars as pl

    rows = []
    for player in value.players:
        percent = 100 * player.rates
        ends = float(percent.mean()), float(percent.min()), float(percent.max())
        held = (player.rates <= player.levers.low) | (player.rates >= player.levers.high)
        rows.append((player.levers.player.name, *ends, f"{held.sum()}" if held.any() else "", player.value))
    names = ["player", "mean tariff", "lowest", "highest", "at a bound", "real income"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _curves(model: TradeModel, parts: list[Set], value: NashTariffs, names: dict[str, str]) -> Any:
    """Draw each player's best rate against the other's, and where they meet."""

    def draw() -> Any:
        from kedge.brief.charts_trade import answers_chart
        from kedge.trade import answer_curve

        who = [each.levers.player.name for each in value.players]
        one, two = (names.get(each, each) for each in who)
        rests = [float(each.rates[0]) for each in value.players]
        top = 2.0 * max(rests)
        own = answer_curve(model, parts[0], parts[1], top, value.tariffs)
        other = answer_curve(model, parts[1], parts[0], top, value.tariffs)
        return answers_chart(own, other, (one, two), (rests[0], rests[1]))

    return draw
