"""`kedge security capability`: who has which forces, and what of them arrives where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, names_of, numbers_of, print_table, refuse_any, taking

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

SOURCE = {
    "baseline": "Kedge; SIPRI Military Expenditure Database, World Bank; ranges in parameters.toml",
    "full": "Kedge; SIPRI, National Material Capabilities 7.0, World Bank; ranges in parameters.toml",
}
WORLD = {"baseline": "the states of the package's tables", "full": "all states with figures"}
SHOWN = 15


@dataclass(frozen=True)
class Question:
    """What `kedge security capability` is asked; each field is an option."""

    data: Annotated[
        str, typer.Option(help="baseline (no network, ten years) or full (all states since 1950).")
    ] = "baseline"
    year: Annotated[int, typer.Option(help="Year of the stocks; the last one if left out.")] = 0
    state: Annotated[list[str] | None, typer.Option(help="Only these, through the years; repeat.")] = None
    domains: Annotated[bool, typer.Option("--domains", help="Spread over land, sea, air, cyber, space.")] = (
        False
    )
    at: Annotated[
        str, typer.Option(help="State at which forces arrive: strength by three rules of reach.")
    ] = ""
    weights: Annotated[str, typer.Option(help="With --at: what domains count for: sea=0.5,air=0.5.")] = ""
    reach: Annotated[str, typer.Option(help="Draw a map of how much of this state's sea power arrives.")] = ""
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def capability(asked: Question) -> None:
    """Say what military stocks states have, at purchasing power, and what of them arrives at a place.

    Example: kedge security capability --at TWN --weights sea=0.5,air=0.5
    """
    from kedge.world.capability import capability_panel, capability_stocks

    refuse_any(
        (asked.at and asked.state, "give --at or --state, not both"),
        (asked.weights and not asked.at, "--weights says what domains count for at a place: --at TWN"),
        (asked.state and asked.year, "--state goes through the years; leave out --year"),
        (asked.at and asked.domains, "--at weighs domains; leave out --domains, or give --weights"),
        (asked.reach and asked.figure is None, "--reach draws a map; name its file with --figure"),
    )
    panel = capability_panel(asked.data)
    stocks = capability_stocks(panel)
    found, chart = _answer(asked, stocks)
    result = {
        "data": asked.data,
        "units": f"billion {panel.unit} at the United States' prices; shares in percent",
        "rows": found.to_dicts(),
    }
    figure = (asked.figure, _map(asked) if asked.reach else chart, SOURCE[asked.data])
    if not emit(result, found, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(asked, found, panel.unit)


def _answer(asked: Question, stocks: pl.DataFrame) -> tuple[pl.DataFrame, Any]:
    """Give the table asked for, and the figure that goes with it."""
    from kedge.core.errors import UnknownName
    from kedge.world.capability import arriving, by_domain, check_year

    if asked.state:
        known = set(stocks["iso3"])
        for code in asked.state:
            if code not in known:
                raise UnknownName("state with stocks", code, known)
        table = stocks.filter([code in asked.state for code in stocks["iso3"]]).sort("iso3", "year")
        return (by_domain(table) if asked.domains else table), _paths(table)
    year = asked.year or int(stocks["year"].max())  # type: ignore[arg-type]
    table = check_year(stocks, year)
    if asked.at:
        return arriving(table, asked.at, _weights(asked.weights)), None
    return (by_domain(table) if asked.domains else table), _shares(table, year)


def _weights(text: str) -> np.ndarray:
    import numpy as np

    from kedge.security import DOMAINS

    given = numbers_of(text, "sea=0.5,air=0.5") if text else dict.fromkeys(DOMAINS, 1.0 / len(DOMAINS))
    unknown = [name for name in given if name not in DOMAINS]
    if unknown or not sum(given.values()) > 0 or min(given.values()) < 0:
        raise typer.BadParameter(
            f"--weights should be of {', '.join(DOMAINS)}, none negative; found {text!r}"
        )
    weights = np.array([given.get(domain, 0.0) for domain in DOMAINS])
    return weights / weights.sum()


def _print(asked: Question, found: pl.DataFrame, unit: str) -> None:
    from kedge.security import DOMAINS, REACH_RULES

    names = names_of()
    shown = found if asked.state else found.head(SHOWN)
    shown = shown.with_columns(name=shown["iso3"].replace(names))
    if asked.at:
        heads = {"name": "", "km": "km", "stock": "stock"} | {
            rule: rule.replace("_", " ") for rule in REACH_RULES
        }
        title = (
            f"Strength that arrives at {names.get(asked.at, asked.at)}, by rule of reach (to compare states)"
        )
    else:
        columns = DOMAINS if asked.domains else ("low", "high", "share", "share_low", "share_high")
        heads = {"name": "", "year": "year", "stock": "stock"} | {
            name: name.replace("_", " ") for name in columns
        }
        title = f"Military stocks at purchasing power, billion {unit}; percent of {WORLD[asked.data]}"
    print_table(shown, heads, title)
    if shown.height < found.height:
        typer.echo(f"The {shown.height} largest of {found.height}; --csv has all.")
    _say_limits(asked, found)


def _say_limits(asked: Question, found: pl.DataFrame) -> None:
    if asked.at:
        typer.echo(
            "Stocks weighed by domain (all alike unless --weights) and by what distance from the capital "
            "leaves; bases abroad are not counted here, as they are in a contingency. Sorted by the "
            "exponential rule; rules disagree most about large far states. Domains and reach are assumed."
        )
        return
    typer.echo(
        "Low and high: ends of the ranges of decay and prices of forces. Domains and reach are assumed. "
        "Stocks say what was paid, not what it can do."
    )
    if "filled" in found.columns and (found["filled"] > 0.5).any():
        few = found.filter(found["filled"] > 0.5)["iso3"].unique().sort().to_list()
        listed = ", ".join(few[:12]) + (", …" if len(few) > 12 else "")
        typer.echo(f"More than half of the years not from SIPRI (official exchange rates mislead): {listed}.")


def _shares(table: pl.DataFrame, year: int) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import shares_chart

        named = table.with_columns(name=table["iso3"].replace(names_of()))
        first = named.row(0, named=True)
        title = f"{first['name']} holds {first['share']:.0f} % of military stocks in {year}"
        return shares_chart(named, title, "Stocks at purchasing power; line: ends of the ranges.")

    return draw


def _paths(table: pl.DataFrame) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import bands_chart

        shown = table.select(
            when="year",
            what=table["iso3"].replace(names_of()),
            middle="share",
            low="share_low",
            high="share_high",
        )
        last = shown.row(-1, named=True)
        title = f"{last['what']}: {last['middle']:.1f} % of all states' stocks in {last['when']}"
        return bands_chart(shown, title, "Stocks at purchasing power; band: ends of the ranges.", "percent")

    return draw


def _map(asked: Question) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_map import MapWords, world_map
        from kedge.world.capability import reach_of

        names = names_of()
        table = reach_of(asked.reach)
        places = table.filter(table["iso3"].str.starts_with("X").not_())
        name = names.get(asked.reach, asked.reach)
        said = MapWords(
            "reach",
            f"{name}: how much of its sea power arrives",
            "Loss of strength by distance, exponential, at the middle of the assumed range.",
            "Percent that arrives",
        )
        return world_map(places, names, said)

    return draw
