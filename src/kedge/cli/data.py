"""`kedge data`: what sources there are, where they are kept, whether they are whole, how to cite them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

group = typer.Typer(help="Sources: list, fetch, verify, cite.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Cache = Annotated[Path | None, typer.Option("--cache", help="Folder for downloads (else KEDGE_CACHE).")]
Offline = Annotated[bool, typer.Option("--offline", help="Never open a connection (also KEDGE_OFFLINE=1).")]


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    app.add_typer(group, name="data")


@group.command("list")
def list_sources(as_json: Json = False, cache: Cache = None) -> None:
    """List every source of the catalogue and whether a verified copy is at hand."""
    from kedge.data.stock import take_stock

    stock = take_stock(cache)
    if as_json:
        typer.echo(json.dumps({"sources": [each.as_dict() for each in stock]}, ensure_ascii=False, indent=2))
        return
    _print_table(
        ("key", "state", "bytes", "vintage", "title"),
        [(each.key, each.state, f"{each.bytes:,}", each.vintage, each.title) for each in stock],
    )


@group.command("fetch")
def fetch_sources(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys of the catalogue.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Fetch every source.")] = False,
    offline: Offline = False,
    cache: Cache = None,
) -> None:
    """Fetch sources into the cache and verify them; a verified copy is not fetched again."""
    from kedge.core.errors import DataError
    from kedge.data.catalogue import find_source, load_catalogue
    from kedge.data.fetch import fetch

    chosen = list(load_catalogue()) if everything else list(dict.fromkeys(keys or []))
    if not chosen:
        raise typer.BadParameter("name at least one source, or --all; `kedge data list` shows them")
    sources = [find_source(key) for key in chosen]
    failed = 0
    for source in sources:
        try:
            with _progress(source.key) as report:
                path = fetch(source.key, cache=cache, offline=offline, progress=report)
        except DataError as error:
            failed += 1
            typer.echo(f"kedge: {error}", err=True)
        else:
            typer.echo(f"{source.key}\t{path}")
    if failed:
        typer.echo(f"kedge: {failed} of {len(sources)} sources could not be fetched", err=True)
        raise typer.Exit(1)


@group.command("verify")
def verify_sources(as_json: Json = False, cache: Cache = None) -> None:
    """Hash every cached or mirrored file and read every embedded table; exit 1 if one is damaged."""
    from kedge.data.stock import verify_all

    report = verify_all(cache)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        rows = [(each.key, each.state) for each in report.sources]
        rows += [(f"embedded {name}", state) for name, state in report.tables.items()]
        _print_table(("what", "state"), rows)
    if not report.is_whole:
        raise typer.Exit(1)


@group.command("cite")
def cite_source(
    key: Annotated[str, typer.Argument(help="Key of the catalogue or of a row in an embedded table.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print a BibTeX entry.")] = False,
) -> None:
    """Print how to cite a source, with its licence, vintage and address."""
    from kedge.data.stock import citation

    typer.echo(citation(key, bibtex=bibtex))


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while a download runs, and nothing when none is needed."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total or None, visible=True)


def _print_table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(str, row))
    Console(soft_wrap=not rows, highlight=False).print(table)
