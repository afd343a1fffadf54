"""`kedge assess`: run a study's plans through many futures and write the brief."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

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
    from kedge.core.compiled import use_own_cache

    use_own_cache()
    from kedge.brief import headline, write_assessment
    from kedge.world import AssessOptions, load_study
    from kedge.world import assess as run

    study = load_study(study_file)
    folder = out or Path("runs") / study_file.stem
    with _progress(len(study.plans)) as advance:
        assessment = run(study, AssessOptions(folder, futures, seed, restart), advance)
    typer.echo("Writing the brief …", err=True)
    written = write_assessment(
        assessment, folder, command=f"kedge assess {study_file} --futures {futures} --seed {seed}"
    )
    if as_json:
        typer.echo(json.dumps(written.manifest, indent=1))
        return
    typer.echo(headline(written.findings))
    typer.echo(
        f"\nBrief:    {written.brief}\nResults:  {folder / 'results.parquet'}\nManifest: {written.manifest_path}"
    )


class _progress:  # noqa: N801 - used like a function
    """Show a bar on the terminal while futures run; hand out the function that moves it."""

    def __init__(self, plans: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn(f"{plans} plans through futures"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("futures", total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        self._bar.start()
        return self._advance

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def _advance(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)
