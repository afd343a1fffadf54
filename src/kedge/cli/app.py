"""The `kedge` command: its groups, and how its errors reach the user."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

from kedge import __version__
from kedge.core.compiled import use_own_cache
from kedge.core.errors import KedgeError

GROUPS = (
    "assess",
    "robust",
    "discover",
    "sensitivity",
    "pathways",
    "study",
    "trade",
    "security",
    "order",
    "data",
)
INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kedge {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plan a country's strategy while its main ally grows unreliable."""


def build() -> typer.Typer:
    """Assemble the command tree; each group lives in its own module and registers itself.

    Help is plain text: rich would cost three times as long as everything else at start.
    """
    app = typer.Typer(
        name="kedge",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for group in GROUPS:
        importlib.import_module(f"kedge.cli.{group}").register(app)
    return app


def main() -> None:
    """Run the command line; print errors as one message without a traceback."""
    use_own_cache()
    try:
        build()()
    except KedgeError as error:
        typer.echo(f"kedge: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _stopped()
        raise


def _stopped() -> None:
    typer.echo("kedge: stopped; no half-written result is left, run the same command again", err=True)
    sys.exit(INTERRUPTED)
