"""`kedge order network`: who is tied to whom in one year, with the patron and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import (
    Csv,
    Figure,
    Json,
    LayerWeights,
    TieData,
    emit,
    names_of,
    numbers_of,
    print_table,
)
from kedge.cli.order_show import caution_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

PATRON, PATRON_NAME = "USA", "the United States"
SOURCE = "SIPRI, DMDC, ATOP and public documents; kedge data list"
GROUPS = {"nato": "NATO today", "bilateral": "other treaty ally", "partner": "partner without a treaty"}


def register(group: typer.Typer) -> None:
    """Add this command to the group `kedge order`."""
    group.command("network")(network)


def network(
    states: Annotated[
        list[str] | None, typer.Option("--state", help="ISO code of a state to set off; repeat for more.")
    ] = None,
    year: Annotated[int, typer.Option(help="Year of the ties.")] = 2024,
    data: TieData = "baseline",
    weights: LayerWeights = "",
    as_json: Json = False,
    csv_file: Csv = None,
    figure: Figure = None,
) -> None:
    """List the ties among US allies in one year, and what each ally keeps without the patron.

    The CSV holds one tie a row; the figure draws them with the patron and without.

    Example: kedge order network --state JPN --figure network.svg
    """
    from kedge.order import keep_without, sum_ties
    from kedge.world.order_data import tie_sources

    graph = tie_sources(data).graph(year)
    for state in states or ():
        graph.find(state)
    groups = _groups(states or ())
    edges = sum_ties(graph, [*groups, PATRON], numbers_of(weights) or None)
    kept = keep_without(edges, list(groups), PATRON).sort("kept", "iso3", nulls_last=True)
    kept = kept.with_columns(group=kept["iso3"].replace_strict(groups))
    caution = caution_on(data, year)
    result = {
        "patron": PATRON,
        "year": year,
        "caution": caution,
        "states": kept.to_dicts(),
        "ties": edges.to_dicts(),
    }
    chart = _figure(edges, groups, year, states or ())
    if not emit(
        result,
        edges,
        as_json=as_json,
        csv_file=csv_file,
        figure=(figure, chart, SOURCE + ("; list thin in this year" if caution else "")),
    ):
        heads = {"name": "state", "total": "ties", "with_patron": "with patron", "kept": "share kept"}
        shown = kept.with_columns(name=kept["iso3"].replace(names_of()))
        print_table(shown, heads, f"Ties among US allies in {year}")
        typer.echo(
            "Ties: sum of weights over kinds of tie; with patron: that with the United States; share kept: "
            "part of the ties left without it. Partners count alike, whatever their size."
        )
        if caution:
            typer.echo(caution)


def _groups(states: Sequence[str]) -> dict[str, str]:
    """Give each ally, and each state asked for, its group; groups in the order of `GROUPS`."""
    from kedge.data.baseline import load_table

    known = dict(load_table("allies").select("iso3", "group").rows())
    found = {iso3: told for key, told in GROUPS.items() for iso3, group in known.items() if group == key}
    return found | {state: "others" for state in states if state not in found and state != PATRON}


def _figure(edges: pl.DataFrame, groups: Mapping[str, str], year: int, states: Sequence[str]) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_order_graph import network_chart

        return network_chart(edges, groups, names_of(), (PATRON, PATRON_NAME), year, states)

    return draw
