"""`kedge security commitment`: how often allies kept their word in war, and what today's treaties ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, names_of, print_table, refuse_any, taking

if TYPE_CHECKING:
    import polars as pl

SOURCE = "Kedge; Berkemeier & Fuhrmann (2018), Research & Politics; ATOP 5.1"
CANNOT = (
    "Only alliances whose terms a war called on: a treaty that deters is never tested, so these are not the "
    "chances that an ally comes. Wars are few, two hold a third of the cases, none is later than 2003."
)


@dataclass(frozen=True)
class Question:
    """What `kedge security commitment` is asked; each field is an option."""

    state: Annotated[str, typer.Option(help="Obligations of this state today, instead of rates.")] = ""
    rule: Annotated[str, typer.Option(help="Who codes what was honoured: leeds or authors.")] = "leeds"
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def commitment(asked: Question) -> None:
    """Say how often alliances were honoured in war, by era and promise; or what a state's treaties ask today.

    Example: kedge security commitment --state JPN
    """
    refuse_any((asked.state and asked.figure, "--figure draws rates; leave out --state"))
    if asked.state:
        _obligations(asked)
    else:
        _rates(asked)


def _rates(asked: Question) -> None:
    from kedge.world.commitment_answer import commitment_answer

    found = commitment_answer(asked.rule)
    result = {
        "rule": asked.rule,
        "rates": found.rates.to_dicts(),
        "drivers": found.drivers.to_dicts(),
        "reduction": found.reduction,
        "cannot_say": CANNOT,
    }
    figure = (asked.figure, _chart(found.rates), SOURCE)
    if emit(result, found.rates, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        return
    import polars as pl

    percent = [pl.col(name) * 100 for name in ("rate", "low", "high", "published")]
    heads = {
        "group": "", "rate": "honoured, %", "low": "2.5 %", "high": "97.5 %", "cases": "cases",
        "wars": "wars", "published": "published, %",
    }  # fmt: skip
    print_table(
        found.rates.with_columns(percent), heads, f"Alliances that a war called on, rules of {asked.rule}"
    )
    heads = {"name": "", "slope": "log-odds", "error": "s.e."}
    print_table(found.drivers, heads, "What goes with honouring (ridge logit)")
    typer.echo(
        f"On wars held out it lowers log loss by {100 * found.reduction:.0f} % of the base rate's. Sample: "
        f"{found.cases} cases, {found.first}-{found.last}. Intervals draw whole wars again."
    )
    typer.echo(CANNOT)


def _obligations(asked: Question) -> None:
    import polars as pl

    from kedge.core.errors import UnknownName
    from kedge.data.baseline import load_table

    table = load_table("obligations")
    known = {*table["state_a"], *table["state_b"]}
    if asked.state not in known:
        raise UnknownName("state with a treaty on record", asked.state, known)
    rows = table.filter((pl.col("state_a") == asked.state) | (pl.col("state_b") == asked.state))
    other = pl.when(pl.col("state_a") == asked.state).then(pl.col("state_b")).otherwise(pl.col("state_a"))
    rows = rows.with_columns(other=other).sort("kind", "treaty", "other")
    if emit(
        {"state": asked.state, "obligations": rows.to_dicts()}, rows, as_json=asked.as_json,
        csv_file=asked.csv_file, figure=(None, None, ""),
    ):  # fmt: skip
        return
    names = names_of()
    treaties = (
        rows.with_columns(pl.col("other").replace(names))
        .group_by("kind", "treaty", "since", "clause", "scope", "source", maintain_order=True)
        .agg(pl.col("other").str.join(", "), states=pl.len())
        .with_columns(
            parties=pl.when(pl.col("states") > 4).then(pl.format("{} states", "states")).otherwise("other")
        )
    )
    heads = {
        "kind": "kind",
        "treaty": "treaty",
        "parties": "with",
        "since": "since",
        "clause": "article",
        "scope": "scope",
    }
    print_table(treaties, heads, f"What treaties of {names.get(asked.state, asked.state)} ask today")
    typer.echo(
        "Sources: " + ", ".join(sorted({key for row in treaties["source"] for key in row.split("+")})) + "."
    )


def _chart(rates: pl.DataFrame) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_security import estimates_chart

        table = rates.select(
            what="group", middle=100 * pl.col("rate"), low=100 * pl.col("low"), high=100 * pl.col("high")
        )
        whole = table.row(0, named=True)
        title = f"Of alliances that a war called on, {whole['middle']:.0f} % were honoured"
        told = "95 % intervals, whole wars drawn again. Treaties that deterred were never called on."
        return estimates_chart(table, title, told, "percent honoured")

    return draw
