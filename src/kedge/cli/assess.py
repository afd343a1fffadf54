"""`kedge assess`: run a study's plans through many futures and write the brief."""

from __future__ import annotations

import contextlib
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kedge.strategy import ProblemOptions

FUTURES = 10_000


def register(app: typer.Typer) -> None:
    """Add this command to the command tree."""
    app.command(name="assess")(assess)


def assess(
    study_file: Annotated[Path, typer.Argument(metavar="STUDY", help="Study file (TOML).")],
    futures: Annotated[int, typer.Option(help="How many futures to run each plan through.")] = FUTURES,
    seed: Annotated[int, typer.Option(help="Seed of the futures.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; left out, runs/ and the study's name.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Replace another run in that folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as one JSON object.")] = False,
) -> None:
    """Compare a study's plans over many futures; write brief.html and the data behind it.

    A problem file of your own model (docs/analysis.md) is run in the same way, without a brief.
    """
    typer.echo(
        f"Kedge: {study_file} (the first run after an installation compiles for up to a minute)", err=True
    )
    from kedge.brief import headline, write_assessment
    from kedge.strategy import ProblemOptions
    from kedge.world import AssessOptions
    from kedge.world import assess as run
    from kedge.world.rerun import names_model
    from kedge.world.study import check_study

    if names_model(study_file):
        folder = out or Path("runs") / study_file.stem
        _assess_problem(study_file, ProblemOptions(folder, futures, seed, restart=restart), as_json)
        return
    study = check_study(study_file)
    folder = out or Path("runs") / study_file.stem
    with _bar(f"{len(study.plans)} plans through {futures:,} futures") as advance:
        assessment = run(study, AssessOptions(folder, futures, seed, restart), advance)
    typer.echo("Writing the brief …", err=True)
    command = shlex.join(["kedge", "assess", str(study_file), "--futures", str(futures), "--seed", str(seed)])
    written = write_assessment(assessment, folder, command)
    if as_json:
        typer.echo(json.dumps(written.manifest, indent=1, ensure_ascii=False))
        return
    typer.echo(headline(written.findings))
    typer.echo(f"\nBrief:    {written.brief}")
    typer.echo(f"Results:  {folder / 'results.parquet'}")
    typer.echo(f"Manifest: {written.manifest_path}")


def _assess_problem(file: Path, options: ProblemOptions, as_json: bool) -> None:
    from kedge.strategy import best_shares, load_problem, run_problem

    declared = load_problem(file)
    with _bar(f"{len(declared.problem.plans)} plans through {options.futures:,} futures") as advance:
        run = run_problem(declared, file, options, advance)
    if as_json:
        typer.echo((options.folder / "manifest.json").read_text("utf-8"), nl=False)
        return
    typer.echo(declared.problem.title)
    if any(declared.problem.full_weights().values()):
        for plan, share in zip(declared.problem.plans, best_shares(run.value).estimate, strict=True):
            typer.echo(f"  {plan.label}: best by weighted value in {100 * share:.1f} % of the futures")
    typer.echo(f"\nResults:  {options.folder / 'results.parquet'}")
    typer.echo(f"Next:     kedge robust {options.folder}")


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error; hand out the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("futures", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
