"""The `kedge` command: its groups, and how its errors reach the user."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

from kedge import __version__
from kedge.core.errors import KedgeError

app = typer.Typer(
    name="kedge",
    help="Plan a country's strategy while its main ally grows unreliable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

GROUPS = ("data", "trade", "study", "assess")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kedge {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plan a country's strategy while its main ally grows unreliable."""


def build() -> typer.Typer:
    """Assemble the command tree; each group lives in its own module and registers itself."""
    for group in GROUPS:
        importlib.import_module(f"kedge.cli.{group}").register(app)
    return app


def main() -> None:
    """Run the command line; print errors as one message without a traceback."""
    try:
        build()()
    except KedgeError as error:
        typer.echo(f"kedge: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("kedge: stopped; nothing half-written is left, a later run starts or resumes cleanly", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
