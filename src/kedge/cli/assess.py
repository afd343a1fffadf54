"""`kedge assess`: run a study's plans through many futures and write the brief."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from kedge.cli.options import progress_bar, taking

if TYPE_CHECKING:
    from kedge.strategy.points import Method
    from kedge.strategy.sources import Drawing

FUTURES = 10_000
MOST_FUTURES = 1_000_000
"""Where a run stops that has not reached the precision asked for."""


@dataclass(frozen=True)
class Question:
    """What `kedge assess` is asked; each field is an argument or an option."""

    study_file: Annotated[
        Path,
        typer.Argument(metavar="STUDY", help="Study file, or a problem file of your own (TOML)."),
    ]
    futures: Annotated[
        int | None,
        typer.Option(help=f"How many; left out, {FUTURES:,}, or at most {MOST_FUTURES:,} with --until."),
    ] = None
    seed: Annotated[int, typer.Option(help="Seed of the futures.")] = 1
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; left out, runs/ and the study's name.")
    ] = None
    restart: Annotated[bool, typer.Option("--restart", help="Replace another run in that folder.")] = False
    until: Annotated[
        float | None,
        typer.Option(
            metavar="POINTS",
            help="Add futures until the share in which each plan is best is known to so many points.",
        ),
    ] = None
    method: Annotated[
        str, typer.Option(help="How futures are sampled: sobol, lhs, random; factorial for problem files.")
    ] = "sobol"
    levels: Annotated[int, typer.Option(help="Levels of each uncertainty with --method factorial.")] = 3
    table: Annotated[
        Path | None,
        typer.Option(help="Run the futures of this Parquet or CSV file."),
    ] = None
    workers: Annotated[
        int, typer.Option(help="Processes for a problem file's model; a study uses all cores anyway.", min=1)
    ] = 1
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Compute on a Dask cluster, such as tcp://host:8786."),
    ] = None
    no_brief: Annotated[
        bool,
        typer.Option("--no-brief", help="Results alone, straight to disk: more than memory holds."),
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as one JSON object.")] = False


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="assess")(assess)


@taking(Question)
def assess(asked: Question) -> None:
    """Compare a study's plans over many futures; write brief.html and the data behind it.

    A problem file of a model of your own (docs/analysis.md) is run alike, without a brief.
    """
    typer.echo(
        f"Kedge: {asked.study_file} (the first run after an installation compiles for up to a minute)",
        err=True,
    )
    from kedge.brief import headline, write_assessment
    from kedge.world import AssessOptions
    from kedge.world import assess as run
    from kedge.world.rerun import names_model
    from kedge.world.run import stream_study
    from kedge.world.study import check_study

    if names_model(asked.study_file):
        _assess_problem(asked)
        return
    study = check_study(asked.study_file)
    folder = asked.out or Path("runs") / asked.study_file.stem
    usual = FUTURES if asked.until is None else MOST_FUTURES
    about = AssessOptions(
        folder=folder,
        futures=usual if asked.futures is None else asked.futures,
        seed=asked.seed,
        restart=asked.restart,
        method=cast("Method", asked.method),
        until=asked.until,
        scheduler=asked.scheduler,
        table=asked.table,
    )
    most = "up to " if asked.until is not None else ""
    with progress_bar(f"{len(study.plans)} plans through {most}{about.futures:,} futures") as advance:
        if asked.no_brief:
            ran = stream_study(study, about, advance)
            typer.echo(f"{ran:,} futures run.\nResults:  {folder / 'results.parquet'}")
            return
        assessment = run(study, about, advance)
    typer.echo("Writing the brief …", err=True)
    written = write_assessment(assessment, folder, _again(asked, len(assessment.futures)))
    if asked.as_json:
        typer.echo(json.dumps(written.manifest, indent=1, ensure_ascii=False))
        return
    typer.echo(headline(written.findings))
    if assessment.provenance.until:
        typer.echo(_precision(assessment.provenance.until, len(assessment.futures)))
    typer.echo(f"\nBrief:    {written.brief}")
    typer.echo(f"Results:  {folder / 'results.parquet'}")
    typer.echo(f"Manifest: {written.manifest_path}")


def _assess_problem(asked: Question) -> None:
    from kedge.strategy import ProblemOptions, SourceOptions, best_shares, load_problem, run_problem

    declared, file = load_problem(asked.study_file), asked.study_file
    usual = FUTURES if asked.until is None else MOST_FUTURES
    count = usual if asked.futures is None else asked.futures
    drawing = SourceOptions(count, asked.seed, cast("Drawing", asked.method), asked.levels, asked.table)
    options = ProblemOptions(
        folder=asked.out or Path("runs") / file.stem,
        source=drawing,
        restart=asked.restart,
        until=asked.until,
        scheduler=asked.scheduler,
        workers=asked.workers,
    )
    with progress_bar(f"{len(declared.problem.plans)} plans") as advance:
        run = run_problem(declared, file, options, advance)
    if asked.as_json:
        typer.echo((options.folder / "manifest.json").read_text("utf-8"), nl=False)
        return
    typer.echo(f"{declared.problem.title}: {len(run.futures):,} futures")
    if any(declared.problem.full_weights().values()):
        for plan, share in zip(declared.problem.plans, best_shares(run.value).estimate, strict=True):
            typer.echo(f"  {plan.label}: best by weighted value in {100 * share:.1f} % of the futures")
    typer.echo(f"\nResults:  {options.folder / 'results.parquet'}")
    typer.echo(f"Next:     kedge robust {options.folder}")


def _again(asked: Question, futures: int) -> str:
    """Give the command that makes the same results again, by their number however it was found."""
    words = ["kedge", "assess", str(asked.study_file), "--futures", str(futures), "--seed", str(asked.seed)]
    return shlex.join(words + ["--method", asked.method] * (asked.method != "sobol"))


def _precision(until: dict[str, float | bool], futures: int) -> str:
    """Say how well the shares are known, and whether that is what was asked for."""
    known = f"known to {until['half_width_points']:.2f} points either way after {futures:,} futures"
    short = "" if until["reached"] else f", short of the {until['asked_points']:g} asked for"
    return f"The share in which each plan is best is {known}{short}."
