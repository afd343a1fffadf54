"""`kedge order fit | positions | surprise`: where states stand in votes, and which votes surprised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, names_of
from kedge.cli.order_show import company_of, print_fit, print_positions, print_surprise

if TYPE_CHECKING:
    import polars as pl

    from kedge.order import RollCallSurprise

UN = "UN General Assembly voting data; estimates by Kedge"
OUTLINES = "outlines: Natural Earth"
Votes = Annotated[
    Path | None,
    typer.Option("--votes", help="Votes in the UN's bulk layout (else un-ga-voting, fetched once)."),
]


def register(group: typer.Typer) -> None:
    """Add these commands to the group `kedge order`."""
    for command in (fit, positions, surprise):
        group.command(command.__name__)(command)


def fit(
    votes: Votes = None,
    mode: Annotated[
        str,
        typer.Option(
            help="best (variances learnt from the data), published, or published-exact (a sampler)."
        ),
    ] = "best",
    start: Annotated[
        Path | None, typer.Option(help="Folder of an earlier --out, to which votes were added: starts there.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for positions.csv, roll_calls.csv, draws.nc (ArviZ's layout) and fit.npz."),
    ] = None,
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Estimate where states stand, session by session, with uncertainty, from all recorded votes.

    Example: kedge order fit --out fit --figure positions.svg
    """
    from kedge.cli.order_keep import best_fit, keep_fit, published_fit, read_start, read_votes

    known = read_start(start) if start is not None else None
    calls = read_votes(votes)
    if mode == "best":
        found, summary = best_fit(calls, known)
        table = found.positions.table()
        if out is not None:
            keep_fit(found, out)
    else:
        if start or out:
            raise typer.BadParameter("--start and --out go with --mode best")
        table, summary = published_fit(calls, mode)
    last = int(table["session"].max())  # pyright: ignore[reportArgumentType]
    chart = _session_figure(table, last)
    result = {"mode": mode, **summary, "rows": table.to_dicts()}
    if not emit(result, table, as_json=as_json, csv_file=csv_file, figure=(figure, chart, UN)):
        print_fit(mode, summary)
        print_positions(table, names_of(), None, last)


def positions(
    states: Annotated[list[str] | None, typer.Option("--state", help="ISO code; repeat for more.")] = None,
    session: Annotated[int | None, typer.Option(help="Session, such as 79 (else the last).")] = None,
    mode: Annotated[
        str, typer.Option(help="best, or published (scale of Bailey, Strezhnev & Voeten).")
    ] = "best",
    on_map: Annotated[bool, typer.Option("--map", help="Let --figure draw a map of one session.")] = False,
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Show Kedge's own estimates that come with the package: no votes, no network needed.

    With --state, those states over time; else all states in one session.

    Example: kedge order positions --state USA --state JPN --state ARG --figure positions.svg
    """
    if on_map:
        _check_map(states, figure)
    table, last = _embedded(mode, session)
    shown = session if states else session or last
    table = _of_session(_of_states(table, states or []), shown)
    chart = _paths_figure(table) if shown is None else _session_figure(table, shown, on_map=on_map)
    source = f"{UN}; {OUTLINES}" if on_map else UN
    result = {"mode": mode, "unit": "standard deviations over all state-sessions", "rows": table.to_dicts()}
    if not emit(result, table, as_json=as_json, csv_file=csv_file, figure=(figure, chart, source)):
        print_positions(table, names_of(), states, session or last)


def surprise(
    resolution: Annotated[str, typer.Argument(help="Symbol of the resolution, or the UN's id of the vote.")],
    votes: Votes = None,
    state: Annotated[str, typer.Option(help="State to say more of.")] = "USA",
    dimensions: Annotated[
        str,
        typer.Option(help="Of the model that forecasts; more numbers score that roll call again: 12,1,3."),
    ] = "12",
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """Say which states' votes surprised, in bits, from what was known the day before.

    The first run goes through all votes since 1946 (about two minutes) and keeps its forecasts.

    Example: kedge order surprise A/RES/ES-11/7
    """
    from kedge.cli.order_keep import forecasts_of, numbers_in, read_votes
    from kedge.core.errors import UnknownName
    from kedge.order import by_dimensions, surprise_of

    most, *others = numbers_in(dimensions)
    calls = read_votes(votes)
    calls.find(resolution)
    if state not in calls.states:
        raise UnknownName("state with votes", state, calls.states)
    found = surprise_of(forecasts_of(calls, most), resolution)
    result = surprise_object(found, state, most)
    result["in_words"] = company_of(result, names_of())
    if others:
        beside = by_dimensions(calls, resolution, tuple(others))
        result["by_dimensions"] = beside.to_dicts()
    chart = _surprise_figure(found)
    if not emit(result, found.states, as_json=as_json, csv_file=csv_file, figure=(figure, chart, UN)):
        print_surprise(result, names_of())


def _check_map(states: list[str] | None, figure: Path | None) -> None:
    if states or figure is None:
        raise typer.BadParameter("--map goes with --figure FILE, and without --state: it draws all states")


def _embedded(mode: str, session: int | None) -> tuple[pl.DataFrame, int]:
    """Give the embedded estimates of one mode and their last session."""
    import polars as pl

    from kedge.core.errors import DomainError, UnknownName
    from kedge.data.baseline import load_table

    table = load_table("ideal_points")
    modes = sorted(set(table["mode"]))
    if mode not in modes:
        raise UnknownName("mode of ideal points", mode, modes)
    table = table.filter(pl.col("mode") == mode)
    known = sorted(set(table["session"]))
    if session is not None and session not in known:
        raise DomainError(
            f"the embedded estimates in mode {mode} hold sessions {known[0]} to {known[-1]}, not {session}; "
            f"`kedge order fit` estimates all of them"
        )
    return table, known[-1]


def _of_states(table: pl.DataFrame, states: list[str]) -> pl.DataFrame:
    import polars as pl

    from kedge.core.errors import UnknownName

    known = set(table["iso3"])
    for state in states:
        if state not in known:
            raise UnknownName("state with votes", state, known)
    return table.filter(pl.col("iso3").is_in(states)) if states else table


def _of_session(table: pl.DataFrame, session: int | None) -> pl.DataFrame:
    import polars as pl

    return table if session is None else table.filter(pl.col("session") == session)


def surprise_object(found: RollCallSurprise, state: str, dimensions: int) -> dict[str, Any]:
    """Put what surprised in one roll call into one object."""
    import polars as pl

    rows = {row["iso3"]: row for row in found.states.to_dicts()}
    own = rows.get(state)
    with_it = [] if own is None else sorted(found.states.filter(pl.col("vote") == own["vote"])["iso3"])
    return {
        "id": found.id,
        "resolution": found.resolution,
        "date": found.date,
        "session": found.session,
        "title": found.title,
        "tally": found.tally,
        "dimensions": dimensions,
        "definitions": {
            "given": "from earlier days, and how all other states voted on it that day",
            "before": "from earlier days alone: the state's history and that of the text and subject",
        },
        "scored": found.scored,
        "mean_bits": found.mean_bits,
        "rank_of_mean": {name: {"rank": r.rank, "among": r.among} for name, r in found.rank.items()},
        "state": own or {"iso3": state, "vote": None},
        "voted_with_state": [each for each in with_it if each != state],
        "most_surprising": found.states.head(10).to_dicts(),
        "states": found.states.to_dicts(),
    }


def _session_figure(table: pl.DataFrame, session: int, *, on_map: bool = False) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_order_votes import positions_map, session_chart

        chart = positions_map if on_map else session_chart
        return chart(table.filter(pl.col("session") == session), names_of(), session)

    return draw


def _paths_figure(table: pl.DataFrame) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_votes import paths_chart
        from kedge.core.errors import DomainError

        if table["iso3"].n_unique() > 8:
            raise DomainError("a figure of paths holds at most 8 states; name fewer with --state")
        return paths_chart(table, names_of())

    return draw


def _surprise_figure(found: RollCallSurprise) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_votes import surprise_chart

        return surprise_chart(found.states, names_of(), f"{found.resolution}, {found.date}")

    return draw
