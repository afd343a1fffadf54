"""`kedge trade optimal | retaliate | nash`: what to do about tariffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, day_of, emit, print_table, taking
from kedge.cli.trade_games import (
    SOURCE,
    Data,
    Elasticities,
    Highest,
    Levers,
    On,
    check_game,
    listed,
    model_of,
    players_of,
    said,
    say_groups,
    sets_told,
)
from kedge.cli.trade_options import Measures, schedule_of, told_of
from kedge.cli.trade_show import account

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from kedge.trade import TradeModel
    from kedge.trade.optimal import BestTariff

Found = tuple[list[tuple[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Best(Measures):
    """What `kedge trade optimal` is asked; each field is an option."""

    country: Annotated[str, typer.Option(help="Who sets them: code, group (EU), list (DEU+FRA).")] = "USA"
    levers: Levers = "uniform"
    data: Data = "sectors"
    elasticities: Elasticities = ""
    on: On = ""
    highest: Highest = 200.0
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@dataclass(frozen=True)
class Answer(Measures):
    """What `kedge trade retaliate` is asked; each field is an option."""

    against: Annotated[str, typer.Option(help="ISO code of the state whose tariffs are answered.")] = "USA"
    partner: Annotated[
        list[str] | None, typer.Option(help="Who answers: code, group (EU) or list; repeat for more.")
    ] = None
    together: Annotated[
        bool, typer.Option("--together", help="Partners maximise their joint real income.")
    ] = False
    same: Annotated[bool, typer.Option("--same", help="Answer each tariff with the same rate.")] = False
    levers: Levers = "uniform"
    data: Data = "sectors"
    elasticities: Elasticities = ""
    on: Annotated[str, typer.Option(help="Tariffs answered: those in force on this day.")] = "2025-04-09"
    as_json: Json = False
    csv_file: Csv = None


@taking(Best)
def optimal(asked: Best) -> None:
    """Find the tariffs that serve a country or group best while all others keep theirs.

    Example: kedge trade optimal --country JPN --levers partner --data sectors
    """
    from rich.console import Console

    from kedge.trade.optimal import best_tariff

    check_game(asked)
    model, names = model_of(asked)
    say_groups(model, [asked.country])
    given = _against(model, asked)
    with Console(stderr=True).status("searching"):
        found = best_tariff(
            model, asked.country, asked.levers, against=given,  # pyright: ignore[reportArgumentType]
            bounds=(0.0, asked.highest / 100.0),
        )  # fmt: skip
    value = found.value
    table = _rates(value.levers.labels, value.rates, value.at_low | value.at_high)
    result = {
        "player": asked.country,
        "levers": asked.levers,
        "others": _day_told(asked),
        "elasticities": sets_told(asked),
        "units": "tariffs as shares; real income in percent",
        "rates": table.to_dicts(),
        "value": value.value,
        "before": value.before,
        "welfare": dict(zip(model.iso3, value.welfare.tolist(), strict=True)),
        "checks": _checks(value),
        "solver": account(found),
    }
    chart = _response(value, names.get(asked.country, asked.country))
    if emit(
        result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=(asked.figure, chart, SOURCE)
    ):
        return
    few = _few(table)
    print_table(few, {"lever": "tariff on", "percent": "percent", "bound": "at a bound"}, "Best tariffs")
    if few.height < table.height:
        typer.echo(f"The {few.height} at both ends of {table.height}; --csv has all.")
    typer.echo(f"Others: {_day_told(asked)}. {sets_told(asked)}")
    typer.echo(
        f"Real income {value.value:+.3f} % against {round(value.before, 3) + 0.0:+.3f} % at present tariffs. "
        f"{found.status}; slope {value.gradient_norm:.0e} of its scale, {len(value.starts)} starts, second "
        f"order {'holds' if value.curvature.holds else 'does not hold'}, residual {value.residual:.0e}."
    )


@taking(Answer)
def retaliate(asked: Answer) -> None:
    """Find how partners should answer a state's tariffs: each for itself, together, or rate for rate.

    Unanswered means that the partners named charge that state their ordinary duties alone; every other
    measure of the day stands.  Answers take the place of what partners charge it on that day.

    Example: kedge trade retaliate --partner EU --partner JPN --together --on 2025-04-09
    """
    from rich.console import Console

    from kedge.trade.retaliation import unanswered

    check_game(asked)
    if asked.same and asked.together:
        raise typer.BadParameter("give --same or --together, not both")
    model, _ = model_of(asked)
    partners = asked.partner or ["EU", "JPN"]
    say_groups(model, [asked.against, *partners])
    in_force = _against(model, asked)
    given = unanswered(model, in_force, asked.against, partners)
    before = model.respond(given).unwrap().welfare
    how = _same if asked.same else _together if asked.together else _apart
    with Console(stderr=True).status("searching"):
        ends, result = how(model, given, asked, partners)
    if (in_force != given).any():
        ends = [("as in force", model.respond(in_force).unwrap().welfare), *ends]
    table = _ends(model, before, ends)
    result |= {"against": asked.against, "partners": partners, "others": _day_told(asked),
               "elasticities": sets_told(asked), "units": "percent of real income",
               "economies": table.to_dicts()}  # fmt: skip
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=(None, None, "")):
        return
    _print_ends(model, asked, partners, table)
    _say_rates(result)
    typer.echo(sets_told(asked))


def _print_ends(model: TradeModel, asked: Answer, partners: list[str], table: pl.DataFrame) -> None:
    from kedge.trade.levers import find_player

    named = {code for who in (asked.against, *partners) for code in find_player(model.iso3, who).members}
    shown = table.filter([code in named for code in table["iso3"]]).rename({"iso3": "economy"})
    title = f"Real income, percent. {_day_told(asked)}, answered by {', '.join(partners)}"
    print_table(shown, {name: name for name in shown.columns}, title)


def _same(model: TradeModel, given: np.ndarray, asked: Answer, partners: list[str]) -> Found:
    """Answer rate for rate: what home added comes back on top of partners' own duties."""
    from kedge.trade.levers import make_levers
    from kedge.trade.retaliation import reciprocate

    added = reciprocate(model, given - model.tariffs, asked.against, partners)
    solved = model.respond(model.tariffs + added)
    levers = [make_levers(model, who, "uniform", [asked.against]) for who in partners]
    rates = [
        {"player": each.player.name, "rates": {"on average, added": float(each.read(added)[0])}}
        for each in levers
    ]
    told = {"answers": "the same rate", "players": rates, "solver": account(solved)}
    return [("same rate", solved.unwrap().welfare)], told


def _together(model: TradeModel, given: np.ndarray, asked: Answer, partners: list[str]) -> Found:
    """Answer as one, and say what that adds."""
    from kedge.trade.retaliation import cooperate

    both = cooperate(model, given, asked.against, partners, asked.levers)  # pyright: ignore[reportArgumentType]
    ends = [("apart", both.apart.value.welfare), ("together", both.together.value.welfare)]
    return ends, {
        "answers": "together",
        "group_gain": both.group_gain,
        "rates": _joint(both.together.value),
        "solver": account(both.together),
        "checks": _checks(both.together.value),
    }


def _apart(model: TradeModel, given: np.ndarray, asked: Answer, partners: list[str]) -> Found:
    """Answer each for itself."""
    from kedge.trade.retaliation import retaliate as answer

    apart = answer(model, given, asked.against, partners, asked.levers)  # pyright: ignore[reportArgumentType]
    players = players_of(apart.value)
    return [("apart", apart.value.welfare)], {
        "answers": "each for itself", "players": players, "solver": account(apart)
    }  # fmt: skip


def _day_told(asked: Best | Answer) -> str:
    return told_of(asked, day_of(asked.on, "--on")) if asked.on else "tariffs of the data"


def _against(model: TradeModel, asked: Best | Answer) -> np.ndarray:
    """Give the tariffs of a day, on top of the data's own; those alone without a day."""
    from kedge.trade import SectorModel
    from kedge.world.trade_rates import headline_rates
    from kedge.world.trade_simulate import sector_rates

    if not asked.on:
        return model.tariffs
    day, schedule = day_of(asked.on, "--on"), schedule_of(asked)
    if isinstance(model, SectorModel):
        return model.tariffs + sector_rates(schedule, day, asked.data, model.prepared.economy)
    return model.tariffs + headline_rates(schedule, day, model.iso3)


def _rates(labels: Sequence[str], rates: np.ndarray, held: np.ndarray) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "lever": [said(label) for label in labels],
            "rate": rates,
            "percent": 100 * rates,
            "bound": ["yes" if at else "" for at in held],
        }
    )


def _few(table: pl.DataFrame, most: int = 12) -> pl.DataFrame:
    """Keep both ends of a long table."""
    import polars as pl

    ranked = table.sort("percent", descending=True)
    return ranked if ranked.height <= most else pl.concat([ranked.head(most // 2), ranked.tail(most // 2)])


def _checks(value: BestTariff) -> dict[str, Any]:
    return {
        "gradient_norm": value.gradient_norm,
        "second_order_holds": value.curvature.holds,
        "starts": [{"value": each.value, "status": each.status, "gap": each.gap} for each in value.starts],
        "residual": value.residual,
    }


def _joint(value: BestTariff) -> dict[str, float]:
    return dict(zip(value.levers.labels, value.rates.tolist(), strict=True))


def _ends(model: TradeModel, before: np.ndarray, ends: list[tuple[str, np.ndarray]]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame({"iso3": model.iso3, "unanswered": before, **dict(ends)})


def _say_rates(result: dict[str, Any]) -> None:
    if "rates" in result:
        typer.echo(
            f"Answers together: {listed(result['rates'])}. "
            f"The group gains {result['group_gain']:+.2g} % over each for itself."
        )
    for each in result.get("players", [])[:8]:
        typer.echo(f"{each['player']}: {listed(each['rates'])}.")
    typer.echo(f"Solver: {result['solver']['status']}, residual {result['solver']['residual']:.0e}.")


def _response(value: BestTariff, name: str) -> Any:
    """Draw real income along one rate for all, with the best point."""
    if len(value.rates) != 1:
        return None

    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_trade import response_chart

        best = 100 * float(value.rates[0])
        scan = pl.DataFrame({"case": name, "tariff": 100 * value.scan.rates, "welfare": value.scan.values})
        marks = pl.DataFrame({"case": [name], "tariff": [best], "welfare": [value.value]})
        title = f"{name}: best uniform tariff {best:.1f} %"
        return response_chart(scan, marks, title, "Real income by own tariff, others' as they are.")

    return draw
