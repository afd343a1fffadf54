"""`kedge order agreement | ties | posture | events`: votes alike, ties, plans and rates of events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import (
    Csv,
    Figure,
    Json,
    LayerWeights,
    TieData,
    days_of,
    emit,
    names_of,
    numbers_of,
    periods_of,
    years_of,
)
from kedge.cli.order_show import (
    DATA_ENDS,
    LISTED_FROM,
    caution_on,
    print_agreement,
    print_events,
    print_posture,
    print_ties,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from kedge.order import EventStudy, Posture, RollCalls, Windows

PATRON = "USA"
UN, SIPRI = "UN General Assembly voting data", "SIPRI, DMDC, ATOP and public documents; kedge data list"


def register(group: typer.Typer) -> None:
    """Add these commands to the group `kedge order`."""
    for command in (agreement, ties, posture, events):
        group.command(command.__name__)(command)


def agreement(
    state: Annotated[str, typer.Argument(help="ISO code of the state.")] = PATRON,
    others: Annotated[
        list[str] | None, typer.Option("--with", help="Other state; repeat for more (else all).")
    ] = None,
    span: Annotated[str, typer.Option("--years", help="First and last year.")] = "2000-2025",
    matched: Annotated[
        str, typer.Option(help="Compare on texts voted on in both: 2022-2024,2025-2025.")
    ] = "",
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Say how far states vote alike, year by year, and which years cannot be compared.

    Example: kedge order agreement USA --with JPN --with KOR --figure agreement.svg
    """
    from kedge.order import find_selection_breaks
    from kedge.world.order_data import roll_calls

    first, last = years_of(span, "--years")
    calls, years = _votes(roll_calls)
    patron = calls.states.index(PATRON)
    warnings = find_selection_breaks(calls.votes, years, calls.text, patron)
    marked = [each for each in warnings if first <= each.year <= last]
    table = _agreement_table(calls, years, (state, others or []), (first, last), matched)
    result = {
        "state": state,
        "warnings": [each.sentence() for each in warnings],
        "matched": bool(matched),
        "rows": table.to_dicts(),
    }
    chart = None if matched else _agreement_figure(table, state, [each.year for each in marked])
    if emit(result, table, as_json=as_json, csv_file=csv_file, figure=(figure, chart, UN)):
        return
    print_agreement(table, matched=bool(matched))
    for each in () if matched else marked:
        typer.echo(each.sentence())


def ties(
    states: Annotated[
        list[str] | None, typer.Option("--state", help="ISO code; repeat for more (else all allies).")
    ] = None,
    span: Annotated[str, typer.Option("--years", help="One year, or first and last.")] = "2012-2024",
    data: TieData = "baseline",
    weights: LayerWeights = "",
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Measure dependence on the patron, concentration, bridging, and what is left without the patron.

    Example: kedge order ties --state JPN --state KOR --figure ties.svg
    """
    import numpy as np
    import polars as pl
    from rich.console import Console
    from rich.progress import track

    from kedge.order import dependence_interval, measure_ties
    from kedge.world.order_data import spending_of_states, tie_sources

    first, last = years_of(span, "--years")
    chosen = numbers_of(weights) or None
    sources, sizes = tie_sources(data), spending_of_states()
    wanted = states or _allies()
    final = sources.graph(last)
    for state in states or ():
        final.find(state)
    years = track(range(first, last + 1), "measuring ties", console=Console(stderr=True), transient=True)
    measured = [measure_ties(sources.graph(year), PATRON, chosen, sizes).table() for year in years]
    table = pl.concat(measured).filter(pl.col("iso3").is_in(wanted))
    interval = dependence_interval(final, PATRON, np.random.default_rng(1), weights=chosen)
    interval = interval.filter(pl.col("iso3").is_in(wanted))
    result = {
        "patron": PATRON,
        "data_end": sources.ends,
        "caution": caution_on(data, first),
        "rows": table.to_dicts(),
        "weights_decide": interval.to_dicts(),
    }
    chart, source = (
        _ties_figure(table, states),
        SIPRI + (f"; list thin before {LISTED_FROM}" if result["caution"] else ""),
    )
    if emit(result, table, as_json=as_json, csv_file=csv_file, figure=(figure, chart, source)):
        return
    print_ties(table, interval, last)
    _say_ends(data, sources.ends, result["caution"])


def _say_ends(data: str, ends: Mapping[str, int], caution: str) -> None:
    """Say until when ties are known, and what is thin."""
    what = "The package's own lists of each layer" if data == "baseline" else "Datasets of each layer"
    told = ", ".join(f"{layer} {year}" for layer, year in ends.items())
    typer.echo(f"{what} end in: {told}. After that a layer stands still or is dated by hand.")
    if caution:
        typer.echo(caution)


def posture(
    states: Annotated[list[str] | None, typer.Option("--state", help="ISO code; repeat for more.")] = None,
    windows: Annotated[str, typer.Option(help="The two periods compared.")] = "2015-2019,2022-2024",
    rio: Annotated[
        bool, typer.Option("--rio", help="Also the Rio treaty's members, a loose pact without joint forces.")
    ] = False,
    sure: Annotated[float, typer.Option(help="Least probability of a label; below it: unclear.")] = 0.5,
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Say which plan each US ally follows (A, A+, B, autonomy), how surely, and since when it is A+.

    Example: kedge order posture --state JPN --state DEU --figure posture.svg
    """
    import polars as pl

    from kedge.core.errors import UnknownName
    from kedge.order import PostureSettings, Windows, classify_posture
    from kedge.world.order_data import posture_tables

    spans = Windows(*periods_of(windows, "--windows"))
    _within_data(spans)
    found = classify_posture(posture_tables(), spans, PostureSettings(sure=sure))
    table = found.table.join(found.moved, on="iso3")
    for state in states or ():
        if state not in set(table["iso3"]):
            raise UnknownName("ally", state, table["iso3"])
    table = table.filter(pl.col("iso3").is_in(states) if states else (pl.col("group") != "rio") | rio)
    result = {
        "windows": {"before": spans.before, "after": spans.after},
        "data_end": DATA_ENDS,
        "rows": table.to_dicts(),
        "components": found.components.filter(pl.col("iso3").is_in(table["iso3"].to_list())).to_dicts(),
    }
    chart = _posture_figure(found, table, windows.replace(",", " to "))
    if not emit(result, table, as_json=as_json, csv_file=csv_file, figure=(figure, chart, SIPRI)):
        print_posture(table)


def _within_data(spans: Windows) -> None:
    """Refuse windows that reach beyond the years of the embedded figures."""
    from kedge.core.errors import DomainError
    from kedge.data.baseline import load_table

    years = load_table("ally_effort").get_column("year").to_list()
    first, last = min(years), max(years)
    if spans.before[0] < first or spans.after[1] > last:
        raise DomainError(
            f"posture is read from figures of {first} to {last}; found the windows "
            f"{spans.before[0]}-{spans.before[1]} and {spans.after[0]}-{spans.after[1]}"
        )


def events(
    source: Annotated[
        str, typer.Argument(help="CSV file with a column of dates, or an embedded series.")
    ] = "China-Russia bomber patrols",
    column: Annotated[str, typer.Option(help="Name of the file's column of dates.")] = "",
    span: Annotated[
        str, typer.Option("--span", help="First and last day watched: 2019-01-01..2025-12-31.")
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Count each date once.")] = False,
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Work out the yearly rate of dated events, with interval and change points.

    Example: kedge order events patrols.csv --column date_start --span 2019-01-01..2025-12-31
    """
    from kedge.data.readers.events import read_events
    from kedge.order import study_events
    from kedge.world.order_data import known_events

    from_file = source.endswith(".csv") or Path(source).is_file()
    table = read_events(Path(source), column) if from_file else known_events(source)
    found = study_events(table["date"].to_list(), days_of(span), once=once)
    name = Path(source).name if from_file else source
    inexact = int((table["precision"] != "day").sum())
    result = _events_object(found, name, inexact)
    chart = _events_figure(found, table["date"].to_list(), name)
    told = name if from_file else "public reports, one address a row of events.csv"
    if not emit(result, found.course, as_json=as_json, csv_file=csv_file, figure=(figure, chart, told)):
        print_events(found, name, inexact, incomplete="exercises" in source and not from_file)


def _votes(load: Any) -> tuple[RollCalls, Any]:
    from rich.console import Console

    with Console(stderr=True).status("reading the General Assembly's votes"):
        calls = load()
    return calls, calls.dates.astype("datetime64[Y]").astype(int) + 1970


def _agreement_table(
    calls: RollCalls, years: Any, who: tuple[str, list[str]], span: tuple[int, int], matched: str
) -> pl.DataFrame:
    import polars as pl

    from kedge.order import agree_by_year, compare_matched

    state, others = who
    for each in (state, *others):
        _known(each, calls.states)
    if matched:
        periods = periods_of(matched, "--matched")
        table = compare_matched(calls.votes, years, calls.text, calls.states, state, periods)
    else:
        chosen = (years >= span[0]) & (years <= span[1])
        table = agree_by_year(calls.votes[:, chosen], years[chosen], calls.states, (state,))
    return table.filter(pl.col("other").is_in(others)) if others else table


def _known(state: str, states: tuple[str, ...]) -> None:
    from kedge.core.errors import UnknownName

    if state not in states:
        raise UnknownName("state with votes", state, states)


def _allies() -> list[str]:
    import polars as pl

    from kedge.data.baseline import load_table

    table = load_table("allies").filter(pl.col("group").is_in(["nato", "bilateral", "partner"]))
    return table.get_column("iso3").to_list()


def _agreement_figure(table: pl.DataFrame, state: str, marked: list[int]) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_ties import agreement_chart
        from kedge.core.errors import DomainError

        if table["other"].n_unique() > 12:
            raise DomainError("a figure holds at most 12 lines; name states with --with")
        focal = "the United States" if state == PATRON else names_of().get(state, state)
        return agreement_chart(table, names_of(), focal, "s", marked)

    return draw


def _ties_figure(table: pl.DataFrame, states: list[str] | None) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_order_ties import dependence_chart

        few = states or ["JPN", "KOR", "AUS", "PHL", "POL", "DEU", "GBR", "TUR"]
        shown = table.filter(pl.col("iso3").is_in(few)) if table["year"].n_unique() > 1 else table
        return dependence_chart(shown, names_of(), "the United States", "dependence_by_size")

    return draw


def _posture_figure(found: Posture, table: pl.DataFrame, when: str) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_ties import posture_chart

        return posture_chart(table.select(found.table.columns), found.moved, names_of(), when)

    return draw


def _events_figure(found: EventStudy, dates: list[Any], name: str) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_ties import events_chart

        rate = found.overall
        title = f"{name}: {rate.events} from {rate.start} to {rate.end}, {rate.rate:.1f} a year"
        return events_chart(found.course, dates, title[:1].upper() + title[1:])

    return draw


def _events_object(found: EventStudy, name: str, inexact: int) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "events": name,
        "overall": asdict(found.overall),
        "changes": {
            "number": found.changes.number.tolist(),
            "log_evidence": found.changes.log_evidence.tolist(),
        },
        "periods": [asdict(period) for period in found.periods],
        "duplicates": {str(date): count for date, count in found.duplicates.items()},
        "left_out": found.left_out,
        "dates_without_a_day": inexact,
    }
