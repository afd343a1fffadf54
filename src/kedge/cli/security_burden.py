"""`kedge security burden | stocks`: how allies answer one another's efforts, and how long munitions last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, names_of, print_table, refuse_any, taking

if TYPE_CHECKING:
    import polars as pl

    from kedge.world.burden import BurdenAnswer
    from kedge.world.stocks import StockAnswer

SHOWN = 20
BURDEN_SOURCE = "Kedge; SIPRI Military Expenditure Database, ATOP 5.1, CEPII GeoDist"
STOCK_SOURCE = "Kedge; public figures and assumptions in stocks.toml"


@dataclass(frozen=True)
class Burden:
    """What `kedge security burden` is asked; each field is an option."""

    group: Annotated[str, typer.Option(help="nato, asia or us-allies.")] = "nato"
    data: Annotated[str, typer.Option(help="baseline (no network) or full (from 1950).")] = "baseline"
    era: Annotated[
        str, typer.Option(help="Responses by: published (1968-2015), all, cold-war, unipolar or rivalry.")
    ] = ""
    cut: Annotated[float, typer.Option(help="By how many percent the patron's effort falls.")] = 50.0
    weights: Annotated[str, typer.Option(help="How allies count: distance, size or size-distance.")] = (
        "distance"
    )
    measure: Annotated[str, typer.Option(help="share (of GDP) or spending (constant prices).")] = "share"
    state: Annotated[list[str] | None, typer.Option(help="Responses of these states; repeat.")] = None
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@dataclass(frozen=True)
class Stocks:
    """What `kedge security stocks` is asked; each field is an option."""

    munition: Annotated[str, typer.Option(help="shells-155, interceptors or anti-ship.")] = "interceptors"
    partner: Annotated[
        list[str] | None, typer.Option(help="ISO code; all in the table if left out; repeat.")
    ] = None
    at_war: Annotated[
        list[str] | None, typer.Option(help="Partners in the war; all if left out; repeat.")
    ] = None
    weeks: Annotated[int, typer.Option(help="How long the war lasts.", min=1, max=520)] = 12
    standard: Annotated[
        float, typer.Option(help="Share of stocks that a common standard makes fit, percent.")
    ] = 100.0
    level: Annotated[str, typer.Option(help="Which end of the ranges of stock: central, low or high.")] = (
        "central"
    )
    draws: Annotated[int, typer.Option(help="Draws of demand.", min=100)] = 5_000
    seed: Annotated[int, typer.Option(help="Seed of the draws.", min=0)] = 1
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Burden)
def burden(asked: Burden) -> None:
    """Say how far allies ride free on one another, and what a patron's withdrawal would imply.

    Example: kedge security burden --group asia --data full --state JPN
    """
    from rich.console import Console

    from kedge.world.burden import BurdenOptions, burden_answer

    refuse_any(
        (
            not 0.0 < asked.cut <= 95.0,
            f"--cut should be percent, above 0 and at most 95, found {asked.cut:g}",
        ),
    )
    # The years of the published estimates are those in which a placebo finds nothing.
    era = asked.era or ("published" if asked.data == "full" else "all")
    options = BurdenOptions(asked.weights, asked.measure, asked.cut / 100.0, era)
    with Console(stderr=True).status("estimating"):
        found = burden_answer(asked.data, asked.group, options)
    responses = _chosen(found, asked.state or ())
    result = {
        "data": found.data,
        "group": found.group,
        "slopes": found.slopes.to_dicts(),
        "coefficients": found.coefficients.to_dicts(),
        "responses": responses.to_dicts(),
        "made_good": found.made_good.to_dicts(),
        "sample": found.sample.to_dicts(),
        "notes": list(found.notes),
    }
    figure = (asked.figure, _slopes_chart(found), BURDEN_SOURCE)
    if not emit(result, found.slopes, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print_burden(found, responses, asked)


@taking(Stocks)
def stocks(asked: Stocks) -> None:
    """Say how long stocks of a munition last, each for itself and pooled by a common standard.

    Example: kedge security stocks --munition shells-155 --weeks 26 --figure stocks.svg
    """
    from rich.console import Console

    from kedge.world.stocks import StockOptions, stock_answer

    refuse_any(
        (
            not 0.0 <= asked.standard <= 100.0,
            f"--standard should be percent, from 0 to 100, found {asked.standard:g}",
        ),
    )
    options = StockOptions(
        weeks=asked.weeks, at_war=tuple(asked.at_war or ()), standard=asked.standard / 100.0,
        stock_level=asked.level, draws=asked.draws, seed=asked.seed,
    )  # fmt: skip
    with Console(stderr=True).status("drawing demand"):
        found = stock_answer(asked.munition, asked.partner or (), options)
    result = {
        "munition": found.munition,
        "weeks": asked.weeks,
        "partners": found.partners.to_dicts(),
        "results": found.results.to_dicts(),
        "curves": found.curves.to_dicts(),
        "ranges": found.ranges.to_dicts(),
        "notes": list(found.notes),
    }
    figure = (asked.figure, _curve_chart(found), STOCK_SOURCE)
    if not emit(result, found.results, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print_stocks(found)


def _chosen(found: BurdenAnswer, states: Any) -> pl.DataFrame:
    from kedge.core.errors import UnknownName

    known = set(found.responses["iso3"])
    for code in states:
        if code not in known:
            raise UnknownName("state of the group with a response", code, known)
    return (
        found.responses.filter([code in states for code in found.responses["iso3"]])
        if states
        else found.responses
    )


def _print_burden(found: BurdenAnswer, responses: pl.DataFrame, asked: Burden) -> None:
    if found.data == "baseline":
        typer.echo("Nine years of the package's tables show the method and teach nothing: take --data full.")
    heads = {
        "equation": "equation", "era": "era", "slope": "to allies", "robust_low": "robust 2.5 %",
        "robust_high": "97.5 %", "first_stage_f": "F", "patron": "to patron", "patron_error": "s.e.",
        "rows": "rows",
    }  # fmt: skip
    slopes = found.slopes
    known = {name: head for name, head in heads.items() if name in slopes.columns}
    title = f"How effort answers others' effort: elasticities, {found.group}"
    import polars as pl

    print_table(slopes.with_columns(pl.col("equation").str.replace_all("-", " ")), known, title)
    typer.echo(
        "To allies: within the year, with the interval that holds for weak instruments too (searched from -3 "
        "to 3: an end there is open; F under 10 is weak). To patron: of the year before."
    )
    if responses.height:
        shown = responses.filter(pl.col("horizon") == "decade")
        few = shown if asked.state else shown.filter(pl.col("channel") == shown["channel"][0])
        few = few.with_columns(iso3=few["iso3"].replace(names_of()))
        heads = {
            "iso3": "",
            "channel": "channel",
            "share_now": "now, % of GDP",
            "change": "change, %",
            "low": "5 %",
            "high": "95 %",
        }
        print_table(
            few.head(20),
            heads,
            f"What a fall of the patron's effort by {asked.cut:g} % implies after a decade",
        )
    sample = found.sample
    typer.echo(
        f"Sample: {sample.height} states, {sample['first'].min()}-{sample['last'].max()}, "
        f"{sample['years'].sum()} state-years with figures, {sample['missing'].sum()} of membership without."
    )
    cautions = sorted({text for row in slopes["caution"].drop_nulls() for text in row.split("; ") if text})
    for line in (*found.notes, *(f"Caution: {text}." for text in cautions)):
        typer.echo(line)


def _print_stocks(found: StockAnswer) -> None:
    import polars as pl

    names = names_of()
    heads = {
        "iso3": "", "stock": "stock", "stock_kind": "", "production": "a week", "demand": "need a week",
        "cover_weeks": "weeks of cover",
    }  # fmt: skip
    partners = found.partners.with_columns(iso3=found.partners["iso3"].replace(names))
    print_table(partners, heads, f"{found.title}: stocks, production and expected need")
    results = found.results.with_columns(
        pl.col("fill_rate") * 100, pl.col("want_odds") * 100, partner=pl.col("partner").replace(names)
    )
    heads = {
        "standard": "standard", "partner": "", "fill_rate": "need met, %", "unmet": "unmet, units",
        "want_odds": "in want, % of wars", "median_week": "from week (median)",
    }  # fmt: skip
    print_table(
        results,
        heads,
        f"Over {found.options.weeks} weeks, without a common standard, with today's, and with one",
    )
    for line in found.notes:
        typer.echo(line)


def _slopes_chart(found: BurdenAnswer) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import estimates_chart

        return estimates_chart(
            _estimates(found),
            f"{found.group}: how effort answers others' effort",
            "Elasticity within the year, with two standard errors; below zero is free riding.",
            "elasticity",
        )

    return draw


def _estimates(found: BurdenAnswer) -> pl.DataFrame:
    import polars as pl

    rows = []
    for row in found.slopes.iter_rows(named=True):
        for what, error in (("slope", "error"), ("patron", "patron_error")):
            if row.get(what) is not None:
                name = "allies" if what == "slope" else "patron"
                rows.append((f"{row['era']}, {row['equation']}: to {name}", row[what], row[error]))
    table = pl.DataFrame(rows, schema=["what", "middle", "error"], orient="row")
    return table.with_columns(
        low=pl.col("middle") - 2 * pl.col("error"), high=pl.col("middle") + 2 * pl.col("error")
    )


def _curve_chart(found: StockAnswer) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import stockout_chart

        return stockout_chart(found.curves, names_of(), found.title)

    return draw
