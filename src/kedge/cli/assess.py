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
    """Compare a study's plans over many futures; write brief.html and the data behind it."""
    typer.echo(
        f"Kedge: {study_file} (the first run after an installation compiles for up to a minute)", err=True
    )
    from kedge.brief import headline, write_assessment
    from kedge.world import AssessOptions
    from kedge.world import assess as run
    from kedge.world.study import check_study

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


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error; hand out the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("futures", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
