"""`kedge robust`: how plans score by every robustness metric, and how firmly each metric chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Folder, Json, emit, numbers_of, print_table, refuse_any, taking

if TYPE_CHECKING:
    from kedge.strategy import Interval, Verdicts


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="robust")(robust)


@dataclass(frozen=True)
class Question:
    """What `kedge robust` is asked; each field is an argument or option."""

    folder: Folder
    measure: Annotated[
        str, typer.Option(help="Judge by this measure, in its own unit, instead of the weighted value.")
    ] = ""
    weights: Annotated[str, typer.Option(help="Other weights: income=1,cost=0.5; the rest stay.")] = ""
    thresholds: Annotated[str, typer.Option(help="What a plan must reach in a future: income=-1,cost=2.")] = (
        ""
    )
    reference: Annotated[str, typer.Option(help="Plan for the second kind of regret.")] = ""
    pessimism: Annotated[float, typer.Option(help="Weight of the worst future in Hurwicz's rule.")] = 0.5
    percentile: Annotated[float, typer.Option(help="Percentile of regret, as a share.")] = 0.9
    caution: Annotated[float, typer.Option(help="Standard deviations that count against the mean.")] = 1.0
    resamples: Annotated[int, typer.Option(help="Times futures are drawn anew for intervals.", min=2)] = 200
    seed: Annotated[int, typer.Option(help="Seed of the resamples.", min=0)] = 0
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Question)
def robust(asked: Question) -> None:
    """Judge a run's plans by the whole family of robustness metrics: scores, intervals, flips of the choice.

    Example: kedge robust runs/japan --thresholds deterrence_holds=0.9 --figure robust.svg
    """
    refuse_any((asked.measure and asked.weights, "give --measure or --weights, not both"))
    from rich.console import Console

    from kedge.strategy import Resampling, RobustnessSettings, VerdictOptions, judge_plans, read_run

    options = VerdictOptions(
        measure=asked.measure,
        weights=numbers_of(asked.weights, "income=1,cost=0.5", "--weights"),
        thresholds=numbers_of(asked.thresholds, "income=-1,cost=2", "--thresholds"),
        reference=asked.reference,
        settings=RobustnessSettings(0.0, asked.pessimism, asked.percentile, asked.caution),
        resampling=Resampling(asked.resamples, asked.seed),
    )
    with Console(stderr=True).status("judging plans"):
        found = judge_plans(read_run(asked.folder), options)
    table = found.table()
    figure = (asked.figure, lambda: _chart(found), f"Kedge; {found.futures:,} futures of {asked.folder}")
    if not emit(_result(found), table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print(found)


def _chart(found: Verdicts) -> Any:
    from kedge.brief.charts_robust import robustness_chart

    return robustness_chart(found)


def _result(found: Verdicts) -> dict[str, Any]:
    best = zip(found.best.estimate, found.best.low, found.best.high, strict=True)
    return {
        "subject": found.subject,
        "unit": found.unit,
        "futures": found.futures,
        "reference": found.reference,
        "scores": found.table().to_dicts(),
        "best_share": _by_plan(
            found, [{"share": float(e), "low": float(a), "high": float(b)} for e, a, b in best]
        ),
        "regret": _by_plan(found, _quantiles(found.regret)),
        "regret_to_reference": _by_plan(found, _quantiles(found.against_reference)),
        "dominance": _by_plan(found, [_by_plan(found, row) for row in found.dominance]),
        "thresholds": dict(found.thresholds),
        "satisficing_radius": None if found.radius is None else _by_plan(found, found.radius),
    }


def _by_plan(found: Verdicts, each: Any) -> dict[str, Any]:
    return {
        plan: float(value) if isinstance(value, float) else value
        for plan, value in zip(found.plans, each, strict=True)
    }


def _quantiles(interval: Interval) -> list[dict[str, float]]:
    return [{"median": float(middle), "percentile_90": float(high)} for middle, high in interval.estimate]


def _print(found: Verdicts) -> None:
    import polars as pl

    scores, kept = found.robustness, list(found.judged)
    wide = found.table().with_columns(
        pl.when(pl.col("unit") == "share").then(100 * pl.col("score")).otherwise("score").alias("score"),
        pl.when(pl.col("unit") == "share").then(pl.lit("%")).otherwise(pl.lit("")).alias("unit"),
    )
    wide = wide.pivot(on="plan", index=["metric", "label", "unit"], values="score", maintain_order=True)
    wide = wide.with_columns(
        pl.Series("better", ["more" if scores.larger_is_better[row] else "less" for row in kept]),
        pl.Series("chosen", [_named(found, scores.chosen[row]) for row in kept]),
        pl.Series("flips", 100 * scores.flips[kept]),
    )
    unit = f" ({found.unit})" if found.unit else ""
    labels = dict(zip(found.plans, found.labels, strict=True))
    heads = {"label": "metric", "unit": "", **labels, "better": "better"}
    heads |= {"chosen": "chooses", "flips": "flips %"}
    print_table(wide, heads, f"{found.subject}{unit} over {found.futures:,} futures, by robustness metric")
    _print_regret(found, unit)


def _named(found: Verdicts, chosen: Any) -> str:
    names = [name for name, first in zip(found.labels, chosen, strict=True) if first]
    return ", ".join(names) if len(names) < len(found.labels) else "all alike"


def _print_regret(found: Verdicts, unit: str) -> None:
    import polars as pl

    best = [100 * each for each in (found.best.estimate, found.best.low, found.best.high)]
    columns = {
        "plan": found.labels,
        "best": best[0],
        "interval": [f"{low:.1f} to {high:.1f}" for low, high in zip(best[1], best[2], strict=True)],
        "median": found.regret.estimate[:, 0],
        "high": found.regret.estimate[:, 1],
        "reference_median": found.against_reference.estimate[:, 0],
        "reference_high": found.against_reference.estimate[:, 1],
    }
    heads = {
        "plan": "plan", "best": "best in %", "interval": "interval", "median": "regret: median",
        "high": "90 %", "reference_median": f"against {found.reference}: median", "reference_high": "90 % ",
    }  # fmt: skip
    if found.radius is not None:
        columns["radius"] = _percent(found.radius)
        heads["radius"] = "holds within %"
    print_table(pl.DataFrame(columns), heads, f"Share of futures in which a plan is best, and regret{unit}")
    if found.radius is not None:
        told = ", ".join(f"{name} {value:g}" for name, value in found.thresholds.items())
        typer.echo(
            f"Satisficing: {told}. Holds within: share of every range around its middle, no failure found."
        )
    typer.echo("A share of futures is no probability; intervals say what another draw of futures would give.")


def _percent(shares: Any) -> list[float | None]:
    """Shares as percent; infinity, where no future fails, as nothing."""
    return [None if share == float("inf") else 100 * float(share) for share in shares]
