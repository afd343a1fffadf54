"""How the trade commands print and draw their results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from kedge.core.solution import Solution
    from kedge.world.trade_simulate import SectorRun

SHOWN = ("ranking", "map", "diversion")
OUTLINES = {"ranking": "", "map": "; outlines: Natural Earth", "diversion": ""}
LARGEST = 14
"""Economies that a chart of pairs has room for."""


def account(solution: Solution) -> dict[str, Any]:
    """Give a solver's account of itself."""
    return {
        "status": solution.status,
        "residual": solution.residual,
        "iterations": solution.iterations,
        "cpu_seconds": solution.cpu_seconds,
    }


def chart_of(show: str, welfare: pl.DataFrame, trade: pl.DataFrame, told: str) -> Callable[[], Any]:
    """Make the figure asked for: `welfare` has iso3, name, value; `trade` pairs with musd and change."""

    def draw() -> Any:
        import polars as pl

        names = dict(welfare.select("iso3", "name").rows())
        ranked = welfare.sort("value")
        first, last = ranked.row(0, named=True), ranked.row(-1, named=True)
        finding = (
            f"{last['name']} {last['value']:+.2f} %, {first['name']} {first['value']:+.2f} % of real income"
        ).replace("-", "−")
        if show == "map":
            from kedge.brief.charts_map import MapWords, world_map

            said = MapWords("welfare-map", finding, f"{told}.", "Change of real income, percent")
            return world_map(_spread(welfare.select("iso3", "value")), names, said)
        from kedge.brief.charts_trade import diversion_chart, ranked_chart

        if show == "ranking":
            return ranked_chart(
                welfare.select("name", middle="value"), finding, f"{told}. Change of real income."
            )
        size = trade.group_by("exporter").agg(pl.col("musd").sum()).sort("musd", descending=True)
        kept = size["exporter"].to_list()[:LARGEST]
        within = trade.filter(pl.col("exporter").is_in(kept) & pl.col("importer").is_in(kept))
        order = {code: place for place, code in enumerate(kept)}
        table = (
            within.sort(pl.col("exporter").replace_strict(order), pl.col("importer").replace_strict(order))
            .with_columns(pl.col("exporter", "importer").replace(names))
            .select("exporter", "importer", "change")
        )
        most = table.sort("change").row(0, named=True)
        title = f"{most['exporter']} to {most['importer']}: {most['change']:+.0f} %".replace("-", "−")
        return diversion_chart(
            table, title, f"{told}. Change of trade before duty, the {len(kept)} largest traders."
        )

    return draw


def _spread(values: pl.DataFrame) -> pl.DataFrame:
    """Give a region's value to its members, which alone have outlines."""
    import polars as pl

    from kedge.data.baseline import load_table

    regions = load_table("regions").select("region", "iso3")
    members = regions.join(values.rename({"iso3": "region"}), on="region").select("iso3", "value")
    own = values.filter(~pl.col("iso3").is_in(regions["region"].implode()))
    return pl.concat([own, members.filter(~pl.col("iso3").is_in(own["iso3"].implode()))]).filter(
        pl.col("iso3") != "XRW"
    )


def print_many(run: SectorRun, told: str, sets: str, extremes: int = 6) -> None:
    """Print economies at both ends, with the parts of their real income."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    heads = {
        "welfare": "real income", "terms_of_trade": "terms of trade", "volume": "volume",
        "real_wages": "wages", "revenue": "revenue", "transfers": "transfers", "first_welfare": "first order",
    }  # fmt: skip
    rows = run.table().sort("welfare", descending=True).to_dicts()
    few = rows if len(rows) <= 2 * extremes else [*rows[:extremes], *rows[-extremes:]]
    extra = [row for row in rows if row["iso3"] in ("USA", "CHN", "JPN") and row not in few]
    table = Table(title=told, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("economy")
    for head in heads.values():
        table.add_column(head, justify="right")
    for row in (*few[:extremes], *extra, *few[extremes:]):
        table.add_row(row["name"], *(f"{row[name]:+.3f}" for name in heads))
    console = Console()
    console.print(table)
    if len(few) < len(rows):
        console.print(
            f"{len(few) + len(extra)} of {len(rows)} economies: both ends, and the largest; --csv has all."
        )
    solution = run.solution
    console.print(sets, soft_wrap=True)
    console.print(
        "Percent of real income. Terms of trade and volume add up to it (path integral); so do wages, "
        "revenue and transfers. First order: the published approximation."
    )
    console.print(
        f"Solver: {solution.status} in {solution.iterations} steps, residual {solution.residual:.1e}, "
        f"{1e3 * solution.cpu_seconds:.1f} ms; the path leaves {run.parts.gap:.0e} points over."
    )
