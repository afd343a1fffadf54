"""`kedge pathways`: begin on one plan, turn to another when signposts call for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, print_table, refuse_any, taking

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from kedge.world.pathways import PathwayAnswer, PathwayResult

SOURCE = "Kedge, joint model; futures of the assessment in the folder, explored, not predicted"
SHOWN = 5


@dataclass(frozen=True)
class Question:
    """What `kedge pathways` is asked; each field is an argument or option."""

    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Results of kedge assess.")]
    study: Annotated[
        Path | None, typer.Option(help="Study file with pathways to try on the folder's futures.")
    ] = None
    pathway: Annotated[str | None, typer.Option(help="Key of one pathway; left out, all.")] = None
    futures: Annotated[int, typer.Option(help="How many of the folder's futures, at most.")] = 50_000
    tune: Annotated[
        bool, typer.Option("--tune", help="Choose trigger levels on half of the futures, judge on the other.")
    ] = False
    criterion: Annotated[
        str,
        typer.Option(help="mean, maximin, mean_regret, percentile_regret or minimax_regret, for --tune."),
    ] = "mean"
    margin: Annotated[
        float, typer.Option(help="By how much (overall value) turning must pay, for the signposts.")
    ] = 0.0
    seed: Annotated[int, typer.Option(help="Seed of halves and intervals.")] = 0
    chart: Annotated[str, typer.Option(help="map or signposts, for --figure.")] = "map"
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="pathways")(pathways)


@taking(Question)
def pathways(asked: Question) -> None:
    """Run a study's pathways beside its static plans; score signposts on futures that the choice never saw.

    Example: kedge assess studies/japan.toml --out runs/japan, then kedge pathways runs/japan
    """
    from kedge.cli.assess import _bar
    from kedge.strategy.tune import CRITERIA
    from kedge.world.pathway_files import check_alike, keep_pathways, read_assessed
    from kedge.world.pathways import PathwayOptions, run_pathways
    from kedge.world.study import check_study

    refuse_any(
        (asked.criterion not in CRITERIA, f"--criterion should be one of {', '.join(CRITERIA)}"),
        (asked.chart not in ("map", "signposts"), "--chart should be map or signposts"),
        (asked.futures < 1, "--futures should be one or more"),
    )
    assessed = read_assessed(asked.folder, asked.futures)
    study = check_study(asked.study) if asked.study else assessed.study
    options = PathwayOptions(asked.tune, asked.criterion, asked.margin, asked.seed)  # pyright: ignore[reportArgumentType]
    with _bar(f"pathways through {len(assessed.futures):,} futures") as advance:
        answer = run_pathways(study, assessed.futures, options, asked.pathway, advance)
    if asked.study is None:
        check_alike(answer, assessed)
    written = keep_pathways(answer, asked.folder)
    table = answer.table()
    figure = (asked.figure, _draw(answer, asked.chart), SOURCE)
    if not emit(_result(answer), table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _show(answer, table)
        typer.echo(f"\nPathways: {written}")


def _result(answer: PathwayAnswer) -> dict[str, Any]:
    """Everything as plain objects."""
    from dataclasses import asdict

    from kedge.strategy import pathway_shares

    gains = answer.gains()
    return {
        "futures": answer.value.shape[1],
        "unit": "overall value, percent of GDP by the study's weights; shares are of futures explored",
        "plans": answer.table().to_dicts(),
        "pathways": [
            {
                "key": result.key,
                "label": result.pathway.label,
                "gain_on": gains.filter(pathway=result.key).drop("pathway").to_dicts(),
                "sequences": [asdict(share) for share in pathway_shares(result.run)],
                "lines": [{"name": each.name, "share": each.share.tolist()} for each in result.drawn.lines],
                "stations": [asdict(each) for each in result.drawn.stations],
                "tipping": [{"name": each.name, "year": each.year} for each in result.drawn.ends],
                "signposts": _signposts(result).to_dicts(),
                "turned": result.turned,
                "tuned": _tuned(answer, result),
            }
            for result in answer.results
        ],
    }


def _tuned(answer: PathwayAnswer, result: PathwayResult) -> dict[str, Any] | None:
    found = result.tuned
    if found is None:
        return None
    names = [*answer.study.plan_keys, result.key]
    return {
        "levels": found.levels,
        "criterion": answer.options.criterion,
        "tried": len(found.tried),
        "optimism": found.optimism,
        "held_out": [
            {"plan": name, "value": float(value), "low": float(low), "high": float(high)}
            for name, value, low, high in zip(
                names, found.held_out.estimate, found.held_out.low, found.held_out.high, strict=True
            )
        ],
        "gain_on": [
            {"plan": name, "gain": float(value), "low": float(low), "high": float(high)}
            for name, value, low, high in zip(
                names[:-1], found.gain.estimate, found.gain.low, found.gain.high, strict=True
            )
        ],
    }


def _signposts(result: PathwayResult) -> pl.DataFrame:
    """One row a reading, the best on the training half first."""
    import polars as pl

    schema = (
        *("series", "reading", "rule", "training", "auc", "low", "high", "hits", "hits_low", "hits_high"),
        *("false_alarms", "false_low", "false_high", "lead", "on_alarm", "worth_low", "worth_high"),
        *("always", "perfect", "missed", "false_alarm_cost", "on_alarm_training"),
    )
    rows = [_score_row(score) for score in (result.signposts.scores if result.signposts else ())]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _score_row(score: Any) -> tuple:
    worth = score.worth
    reading = f"{score.year}" if score.year is not None else "watched"
    return (
        score.signpost,
        reading if score.window == 1 else f"{reading}, {score.window}-year mean",
        f"{score.side} {score.level:.3g}",
        *(score.auc_training, score.auc.value, score.auc.low, score.auc.high),
        *(score.hits.value, score.hits.low, score.hits.high),
        *(score.false_alarms.value, score.false_alarms.low, score.false_alarms.high),
        *(score.lead[1], worth.on_alarm, worth.low, worth.high),
        *(worth.always, worth.perfect, worth.missed, worth.false_alarms, worth.training),
    )


def _show(answer: PathwayAnswer, table: pl.DataFrame) -> None:
    import polars as pl

    percent = [(pl.col(name) * 100).round(0).cast(pl.Int64) for name in ("best_share", "switched")]
    columns = {"label": "plan or pathway", "value": "value", "value_low": "low", "value_high": "high"}
    columns |= {"mean_regret": "mean regret", "regret_p90": "regret, 90 %"}
    columns |= {"best_share": "best in, %", "switched": "switched, %"}
    columns |= {"real_income": "income", "fiscal_cost": "cost", "security_loss": "loss"}
    count = answer.value.shape[1]
    print_table(
        table.with_columns(percent), columns, f"Static and adaptive, over {count:,} futures, % of GDP"
    )
    for result in answer.results:
        typer.echo("\n".join(_words(answer, result)))
        if result.signposts is not None:
            # One row a series: its best reading on the training half.
            best = _signposts(result).unique("series", keep="first", maintain_order=True)
            shown = best.head(SHOWN)
            heads = {
                "series": "series",
                "reading": "read in",
                "rule": "alarm if",
                "training": "AUC, chosen on",
            }
            heads |= {"auc": "AUC, held out", "hits": "hits", "false_alarms": "false alarms"}
            heads |= {"lead": "lead, years", "on_alarm": "worth", "always": "always", "perfect": "if known"}
            title = f"Signposts of whether turning in {result.turned} pays ({result.signposts.tried} tried)"
            print_table(shown, heads, title)
    typer.echo("Shares are of futures explored, no probabilities; levels are assumptions (docs/studies.md).")


def _words(answer: PathwayAnswer, result: PathwayResult) -> Iterator[str]:
    """Say what became of a pathway, in lines."""
    from kedge.strategy import pathway_shares

    yield f"\n{result.pathway.label} ({result.key})"
    for share in pathway_shares(result.run):
        steps = (f"{name} in {year:.0f}" for name, year in zip(share.actions, share.years, strict=True))
        yield f"  {100 * share.share:5.1f} % of futures: {', then '.join(steps) or 'no switch'}"
    for plan, gain, low, high in answer.gains().filter(pathway=result.key).drop("pathway").rows():
        yield f"  {gain:+.3f} ({low:+.3f} to {high:+.3f}) against {plan}"
    if result.signposts is None:
        yield f"  Signposts: turning in {result.turned} pays nowhere or everywhere; nothing to tell."
    else:
        share = 100 * result.signposts.share
        yield f"  Turning in {result.turned} rather than staying pays in {share:.0f} % of futures."
    tuned = _tuned(answer, result)
    if tuned is not None:
        levels = ", ".join(f"{name} {level:.3g}" for name, level in tuned["levels"].items())
        yield f"  Tuned for {tuned['criterion']} on half of the futures ({tuned['tried']} sets): {levels}."
        for each in tuned["gain_on"]:
            yield (
                f"  Held out: {each['gain']:+.3f} ({each['low']:+.3f} to {each['high']:+.3f}) "
                f"against {each['plan']}"
            )
        yield f"  Chosen on half, it looked better there by {tuned['optimism']:.3f}."


def _draw(answer: PathwayAnswer, kind: str) -> Any:
    result = answer.results[0]
    if kind == "signposts":
        return None if result.signposts is None else lambda: _signpost_figure(answer, result)
    return lambda: _map_figure(answer, result)


def _map_figure(answer: PathwayAnswer, result: PathwayResult) -> Any:
    import polars as pl

    from kedge.brief.charts_pathways import named_lines, pathway_chart

    plans = dict(zip(answer.study.plan_keys, answer.study.plan_labels, strict=True))
    labels = {switch.key: plans[switch.to] for switch in result.pathway.switches}
    names = named_lines(list(result.run.actions), labels | plans | labels, result.pathway.start)
    drawn = result.drawn
    lines = [
        (names[line.name], year, 100 * float(share))
        for line in drawn.lines
        for year, share in zip(drawn.years, line.share, strict=True)
    ]
    stations = [
        (names[s.source], names[s.target], s.decided, s.effect, 100 * s.share) for s in drawn.stations
    ]
    ends = [(names[end.name], end.year) for end in drawn.ends if end.year is not None]
    switched = 100 * float(result.run.switched.mean())
    gain, low, high = (
        answer.gains()
        .filter(pathway=result.key, plan=result.pathway.start)
        .select("gain", "low", "high")
        .row(0)
    )
    start = plans[result.pathway.start]
    worth = (
        f"gains {gain:.2f}" if low > 0 else f"loses {-gain:.2f}" if high < 0 else "neither gains nor loses"
    )
    unit = " % of GDP" if low > 0 or high < 0 else ""
    title = f"{start} is left in {switched:.0f} % of futures, which on average {worth}{unit}"
    told = (
        f"Width: share of {answer.value.shape[1]:,} futures on each course. Dots: decisions; thin lines end "
        f"where they take effect. Bars: by then half of the futures call for leaving. Against {start}: "
        f"{gain:+.2f} ({low:+.2f} to {high:+.2f}) in overall value."
    ).replace("-", "−")
    return pathway_chart(
        pl.DataFrame(lines, schema=["line", "year", "share"], orient="row"),
        pl.DataFrame(stations, schema=["source", "target", "decided", "effect", "share"], orient="row"),
        pl.DataFrame(ends, schema={"line": pl.String, "year": pl.Int64}, orient="row"),
        title,
        told,
    )


def _signpost_figure(answer: PathwayAnswer, result: PathwayResult) -> Any:
    import polars as pl

    from kedge.brief.charts_pathways import signpost_chart
    from kedge.world.ground import SERIES

    labels = {name: label for name, label, _ in SERIES}
    table = _signposts(result).with_columns(
        signpost=pl.col("series").replace(labels) + ", " + pl.col("reading")
    )
    # One row a series: its best reading on the training half.
    best = table.unique("series", keep="first", maintain_order=True)
    first = best.row(0, named=True)
    title = (
        f"{labels[first['series']]} tells best by {result.turned} whether turning pays: "
        f"{first['auc']:.2f} on futures not used to choose it"
    )
    told = (
        f"Each series as read best on half of {answer.value.shape[1]:,} futures (diamonds); "
        "dots with 95 % intervals: the other half."
    )
    return signpost_chart(best.select("signpost", "training", "auc", "low", "high"), title, told)
