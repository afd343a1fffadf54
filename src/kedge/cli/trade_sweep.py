"""`kedge trade sweep`: tariff schedules over many draws of what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, print_table, taking

if TYPE_CHECKING:
    from kedge.trade import Economy
    from kedge.world.trade_sweep import Sweep

SOURCE = "Kedge, one-sector model of Ignatenko et al. (2025); ranges in trade_ranges.toml"
COUNTRIES = ("USA", "CHN", "JPN", "DEU", "KOR")


@dataclass(frozen=True)
class Question:
    """What `kedge trade sweep` is asked; each field is an option."""

    schedule: Annotated[
        list[str] | None, typer.Option(help="announced, universal, or a day such as 2025-08-08; repeat.")
    ] = None
    country: Annotated[list[str] | None, typer.Option(help="ISO code whose real income is kept; repeat.")] = (
        None
    )
    data: Annotated[str, typer.Option(help="liberation-day-2025 or baseline.")] = "baseline"
    draws: Annotated[int, typer.Option(help="How many draws.")] = 10_000
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1
    out: Annotated[
        Path | None, typer.Option(help="Folder for every draw as Parquet; a stopped run goes on there.")
    ] = None
    restart: Annotated[bool, typer.Option("--restart", help="Throw away another sweep in that folder.")] = (
        False
    )
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def sweep(asked: Question) -> None:
    """Solve tariff schedules in many draws of elasticities, pass-through, scale, labour and retaliation.

    Example: kedge trade sweep --schedule announced --schedule 2025-08-08 --draws 100000 --out runs/sweep
    """
    import polars as pl
    from rich.console import Console
    from rich.progress import Progress

    from kedge.world.trade_data import one_sector_world
    from kedge.world.trade_sweep import SweepPlan, sweep_tariffs

    economy, announced, names = one_sector_world(asked.data)
    countries = tuple(asked.country or (code for code in COUNTRIES if code in economy.iso3))
    schedules = {name: _tariffs(name, economy, announced) for name in asked.schedule or ["announced"]}
    plan = SweepPlan(countries, asked.draws, asked.seed, asked.out, asked.restart)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("solving draws", total=asked.draws)
        found = sweep_tariffs(
            economy, schedules, plan, lambda done, total: bar.update(task, completed=done, total=total)
        )
    table = found.summary()
    result = {
        "data": asked.data,
        "draws": asked.draws,
        "seed": asked.seed,
        "units": "percent of real income; 5 %, median and 95 % of draws",
        "ranges": [
            {"name": each.name, "label": each.label, "low": each.low, "high": each.high}
            for each in found.uncertainties
        ],
        "rows": table.to_dicts(),
    }
    figure = (asked.figure, _chart(found, names), SOURCE)
    if not emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        heads = {"low": "5 %", "middle": "median", "high": "95 %", "gains": "gains in"}
        columns = {name: heads.get(name, name) for name in table.columns}
        shares = [f"{100 * share:.0f} %" for share in table["gains"]]
        table = table.with_columns(pl.Series("gains", shares))
        print_table(table, columns, f"Change of real income, percent, over {asked.draws:,} draws")
        typer.echo("Draws explore ranges (trade_ranges.toml); shares of them are not probabilities.")


def _tariffs(name: str, economy: Economy, announced: Any) -> Any:
    """Give the tariffs that a schedule's name stands for."""
    import numpy as np

    from kedge.cli.options import day_of
    from kedge.world.trade_rates import headline_rates
    from kedge.world.trade_schedule import shipped_schedule

    if name not in ("announced", "universal"):
        day = day_of(name, "--schedule (announced, universal or a day)")
        return headline_rates(shipped_schedule(), day, economy.iso3)
    home = economy.index("USA")
    tariffs = np.zeros((len(economy.iso3),) * 2)
    tariffs[:, home] = announced if name == "announced" else 0.1
    tariffs[home, home] = 0.0
    return tariffs


def _chart(found: Sweep, names: dict[str, str]) -> Any:
    def draw() -> Any:
        import polars as pl

        from kedge.brief.charts_trade import ranked_chart

        many = len(found.schedules) > 1
        label = pl.col("economy").replace(names | {"world": "World"})
        table = found.summary().with_columns(
            name=pl.concat_str(label, pl.lit(", "), pl.col("schedule")) if many else label
        )
        worst = table.sort("middle").row(0, named=True)
        title = f"{worst['name']}: {worst['middle']:+.2f} % in the middle draw".replace("-", "−")
        told = f"Change of real income, percent; line: nine in ten of {found.values.shape[1]:,} draws."
        return ranked_chart(table.select("name", "low", "middle", "high"), title, told)

    return draw
