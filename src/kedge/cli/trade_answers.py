"""`kedge trade optimal | retaliate | nash`: what to do about tariffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, day_of, emit, print_table, taking
from kedge.cli.trade_show import account

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from kedge.core.solution import Solution
    from kedge.trade import TradeModel
    from kedge.trade.nash import NashTariffs
    from kedge.trade.optimal import BestTariff

Found = tuple[list[tuple[str, Any]], dict[str, Any]]
SOURCE = "Kedge; models of Ignatenko et al. (2025) and Caliendo & Parro (2015)"
KINDS = ("uniform", "partner", "sector", "partner_sector")
FIRST_RATES = (0.3, 0.15)
"""Where searches of a war begin: near what optimal tariffs are at common elasticities."""

Data = Annotated[str, typer.Option(help="A data set of one sector or many; kedge trade simulate --list.")]
Elasticities = Annotated[str, typer.Option(help="Set of elasticities (many sectors): CP, U4, …")]
Levers = Annotated[str, typer.Option(help="Tariffs to set: uniform, partner, sector or partner_sector.")]
On = Annotated[str, typer.Option(help="Others' tariffs as in force on this day (else the data's own).")]
Highest = Annotated[float, typer.Option(help="Highest tariff allowed, percent.")]


@dataclass(frozen=True)
class Best:
    """What `kedge trade optimal` is asked; each field is an option."""

    country: Annotated[str, typer.Option(help="Who sets them: code, group (EU), list (DEU+FRA).")] = "USA"
    levers: Levers = "uniform"
    data: Data = "baseline"
    elasticities: Elasticities = ""
    on: On = ""
    highest: Highest = 200.0
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@dataclass(frozen=True)
class Answer:
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
    data: Data = "baseline"
    elasticities: Elasticities = ""
    on: Annotated[str, typer.Option(help="Tariffs answered: those in force on this day.")] = "2025-04-09"
    as_json: Json = False
    csv_file: Csv = None


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


@taking(Best)
def optimal(asked: Best) -> None:
    """Find the tariffs that serve a country or group best while all others keep theirs.

    Example: kedge trade optimal --country JPN --levers partner --data sectors
    """
    from rich.console import Console

    from kedge.trade.optimal import best_tariff

    _check_levers(asked.levers)
    model, names = _model(asked)
    with Console(stderr=True).status("searching"):
        found = best_tariff(
            model, asked.country, asked.levers, against=_against(model, asked),  # pyright: ignore[reportArgumentType]
            bounds=(0.0, asked.highest / 100.0),
        )  # fmt: skip
    value = found.value
    table = _rates(value.levers.labels, value.rates, value.at_low | value.at_high)
    result = {
        "player": asked.country,
        "levers": asked.levers,
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
    print_table(_few(table), {"lever": "tariff", "percent": "percent", "bound": "at a bound"}, "Best tariffs")
    typer.echo(
        f"Real income {value.value:+.3f} % against {value.before:+.3f} % at present tariffs. {found.status}; "
        f"slope {value.gradient_norm:.0e} of its scale, {len(value.starts)} starts, second order "
        f"{'holds' if value.curvature.holds else 'does not hold'}, residual {value.residual:.0e}."
    )


@taking(Answer)
def retaliate(asked: Answer) -> None:
    """Find how partners should answer a state's tariffs: each for itself, together, or rate for rate.

    Example: kedge trade retaliate --partner EU --partner JPN --together --on 2025-04-09
    """
    from rich.console import Console

    _check_levers(asked.levers)
    model, _ = _model(asked)
    given = _against(model, asked)
    partners = asked.partner or ["EU", "JPN"]
    before = model.respond(given).unwrap().welfare
    with Console(stderr=True).status("searching"):
        if asked.same:
            ends, result = _same(model, given, asked, partners)
        elif asked.together:
            ends, result = _together(model, given, asked, partners)
        else:
            ends, result = _apart(model, given, asked, partners)
    table = _ends(model, before, ends)
    result |= {"against": asked.against, "partners": partners, "units": "percent of real income",
               "economies": table.to_dicts()}  # fmt: skip
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=(None, None, "")):
        return
    from kedge.trade.levers import find_player

    named = {code for who in (asked.against, *partners) for code in find_player(model.iso3, who).members}
    shown = table.filter([code in named for code in table["iso3"]])
    heads = {"iso3": "economy", "unanswered": "unanswered", **{name: name for name, _ in ends}}
    print_table(shown, heads, f"Real income, percent, under the tariffs of {asked.against} and the answers")
    _say_rates(result)


def _same(model: TradeModel, given: np.ndarray, asked: Answer, partners: list[str]) -> Found:
    """Answer rate for rate."""
    from kedge.trade.retaliation import reciprocate

    solved = model.respond(reciprocate(model, given, asked.against, partners))
    return [("same rate", solved.unwrap().welfare)], {"answers": "the same rate", "solver": account(solved)}


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
    players = _players(apart.value)
    return [("apart", apart.value.welfare)], {
        "answers": "each for itself", "players": players, "solver": account(apart)
    }  # fmt: skip


@taking(War)
def nash(asked: War) -> None:
    """Find where a tariff war comes to rest: rates from which no player gains by moving alone.

    Example: kedge trade nash --player USA --player CHN --player EU --player JPN --data sectors
    """
    from rich.console import Console

    from kedge.trade.levers import make_levers
    from kedge.trade.nash import nash_tariffs

    _check_levers(asked.levers)
    model, _ = _model(asked)
    players = list(model.iso3) if asked.player == ["all"] else asked.player or ["USA", "CHN", "EU", "JPN"]
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
        "units": "tariffs as shares; real income in percent",
        "players": _players(value),
        "welfare": dict(zip(model.iso3, value.welfare.tolist(), strict=True)),
        "verified": value.is_verified,
        "starts": len(value.starts),
        "distance_of_ends": value.distance,
        "solver": account(found),
    }
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=(None, None, "")):
        return
    print_table(table, {name: name for name in table.columns}, "Where the war comes to rest")
    _say_war(found, unchecked=asked.unchecked)


def _say_war(found: Solution[NashTariffs], *, unchecked: bool) -> None:
    value = found.value
    gains = "no player gains by moving alone" if value.is_verified else "a player gains by moving alone"
    apart = "end alike" if value.distance < 1e-4 else f"end up to {100 * value.distance:.0f} points apart"
    typer.echo(
        f"{found.status}; {'deviations not searched' if unchecked else gains}; {len(value.starts)} starts "
        f"{apart}; largest slope {found.residual:.0e} of its scale; {found.cpu_seconds:.1f} s."
    )


def _model(asked: Any) -> tuple[TradeModel, dict[str, str]]:
    from kedge.world.trade_data import trade_model

    return trade_model(asked.data, asked.elasticities)


def _check_levers(levers: str) -> None:
    if levers not in KINDS:
        raise typer.BadParameter(f"--levers should be one of {', '.join(KINDS)}, found {levers!r}")


def _against(model: TradeModel, asked: Any) -> np.ndarray:
    """Give the tariffs in force on a day, on top of the data's own; those alone without a day."""
    from kedge.trade import SectorModel, headline_on
    from kedge.world.trade_schedule import shipped_schedule
    from kedge.world.trade_simulate import sector_rates

    if not asked.on:
        return model.tariffs
    day, schedule = day_of(asked.on, "--on"), shipped_schedule()
    if isinstance(model, SectorModel):
        return model.tariffs + sector_rates(schedule, day, asked.data, model.prepared.economy)
    return model.tariffs + headline_on(schedule, day, model.iso3)


def _rates(labels: Sequence[str], rates: np.ndarray, held: np.ndarray) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "lever": list(labels),
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


def _players(value: NashTariffs) -> list[dict[str, Any]]:
    return [
        {
            "player": each.levers.player.name,
            "rates": dict(zip(each.levers.labels, each.rates.tolist(), strict=True)),
            "value": each.value,
            "gain_by_deviating": each.gain,
            "second_order_holds": None if each.curvature is None else each.curvature.holds,
        }
        for each in value.players
    ]


def _war_table(value: NashTariffs) -> pl.DataFrame:
    import polars as pl

    rows = []
    for player in value.players:
        percent = 100 * player.rates
        ends = float(percent.mean()), float(percent.min()), float(percent.max())
        rows.append((player.levers.player.name, *ends, player.value))
    names = ["player", "mean tariff", "lowest", "highest", "real income"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _ends(model: TradeModel, before: np.ndarray, ends: list[tuple[str, np.ndarray]]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame({"iso3": model.iso3, "unanswered": before, **dict(ends)})


def _say_rates(result: dict[str, Any]) -> None:
    if "rates" in result:
        said = ", ".join(f"{label} {100 * rate:.1f} %" for label, rate in list(result["rates"].items())[:8])
        typer.echo(
            f"Answers together: {said}. The group gains {result['group_gain']:+.4f} % over each for itself."
        )
    for each in result.get("players", [])[:8]:
        said = ", ".join(f"{label} {100 * rate:.1f} %" for label, rate in list(each["rates"].items())[:4])
        typer.echo(f"{each['player']}: {said}.")
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
