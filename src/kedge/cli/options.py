"""What commands share: options, spans of years, and how results leave."""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect
import json
import math
import re
import typing
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that `kedge assess` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write the table to this file.")]
Figure = Annotated[Path | None, typer.Option("--figure", help="Draw to this file (.svg, .png or .html).")]


TieData = Annotated[
    str, typer.Option(help="baseline (no network, from 2010) or full (publishers' files, from 1950).")
]
LayerWeights = Annotated[
    str, typer.Option(help="Weights of layers, an assumption: obligation=1,arms=2 (else alike).")
]


def taking(options: type) -> Callable[[Callable[[Any], None]], Callable[..., None]]:
    """Turn a function of one dataclass into a command with an option for each of its fields."""
    hints = typing.get_type_hints(options, include_extras=True)
    word = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(
            each.name,
            word,
            default=inspect.Parameter.empty if each.default is MISSING else each.default,
            annotation=hints[each.name],
        )
        for each in fields(options)
    ]

    def decorate(function: Callable[[Any], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            function(options(**given))

        command.__doc__, command.__name__ = function.__doc__, function.__name__
        command.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
        command.__annotations__ = hints
        return command

    return decorate


def refuse_any(*checks: tuple[object, str]) -> None:
    """Refuse the call with the first remark whose condition is true.

    Raises
    ------
    BadParameter
        With that remark.
    """
    for wrong, remark in checks:
        if wrong:
            raise typer.BadParameter(remark)


def years_of(text: str, option: str) -> tuple[int, int]:
    """Read 2015-2019, or one year, as first and last year.

    Raises
    ------
    BadParameter
        Neither.
    """
    found = re.fullmatch(r"\s*(\d{4})(?:\s*[-:]\s*(\d{4}))?\s*", text)
    if found is None:
        raise typer.BadParameter(f"{option} should be years such as 2015-2019, found {text!r}")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise typer.BadParameter(f"{option} should run forwards, found {text!r}")
    return first, last


def periods_of(text: str, option: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read 2015-2019,2022-2024 as two periods.

    Raises
    ------
    BadParameter
        Not two of them.
    """
    parts = text.split(",")
    if len(parts) != 2:
        raise typer.BadParameter(f"{option} should be two periods like 2015-2019,2022-2024, found {text!r}")
    return years_of(parts[0], option), years_of(parts[1], option)


def day_of(text: str, option: str) -> dt.date:
    """Read a day; today if there is none.

    Raises
    ------
    BadParameter
        Not a day.
    """
    if not text:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option} should be a day such as 2025-04-09, found {text!r}") from error


def days_of(text: str) -> tuple[dt.date, dt.date] | None:
    """Read 2019-01-01..2025-12-31 as first and last day; nothing gives nothing.

    Raises
    ------
    BadParameter
        Not two days.
    """
    if not text:
        return None
    try:
        first, last = (dt.date.fromisoformat(part.strip()) for part in text.split(".."))
    except ValueError as error:
        raise typer.BadParameter(
            f"--span should be two days such as 2019-01-01..2025-12-31, found {text!r}"
        ) from error
    return first, last


def numbers_of(text: str, example: str = "obligation=1,arms=2", what: str = "weights") -> dict[str, float]:
    """Read obligation=1,arms=2 as numbers by name; a refusal says what they are, with an example.

    Raises
    ------
    BadParameter
        Not such a list.
    """
    found = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError as error:
            raise typer.BadParameter(f"{what} should look like {example}, found {part!r}") from error
    return found


def names_of() -> dict[str, str]:
    """Give the names of states by code."""
    from kedge.data.baseline import load_table

    return dict(load_table("states").select("iso3", "name").rows())


def emit(
    result: dict[str, Any],
    table: pl.DataFrame,
    *,
    as_json: bool,
    csv_file: Path | None,
    figure: tuple[Path | None, Any, str],
) -> bool:
    """Write what was asked for; say whether JSON was printed, so that nothing else may be.

    Parameters
    ----------
    result
        For `--json`.
    table
        For `--csv`.
    as_json, csv_file
    figure
        Path or none, a function that makes the figure (none where there is no figure), and its source line.
    """
    path, draw, source = figure
    if path is not None:
        from kedge.brief.single import check_ending, write_figure

        check_ending(path)
        if draw is None:
            raise typer.BadParameter("there is no figure for this; leave out --figure")
        write_figure(draw(), path, source)
    if csv_file is not None:
        from kedge.core.files import write_text

        write_text(csv_file, table.write_csv())
    if as_json:
        typer.echo(json.dumps(_plain(result), allow_nan=False, ensure_ascii=False))
    return as_json


LONGEST_WORD = 20


def print_table(table: pl.DataFrame, columns: Mapping[str, str], title: str) -> None:
    """Print some columns of a table under short heads."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, head in columns.items():
        text = table[name].dtype.is_(_text())
        # The longest word stays whole, where there is room for it at all.
        words = [word for value in table[name] for word in str(value or "").split()] if text else []
        least = min(max(map(len, words), default=1), LONGEST_WORD)
        shown.add_column(head, justify="left" if text else "right", overflow="fold", min_width=least)
    for row in table.select(list(columns)).rows():
        shown.add_row(*(_cell(value) for value in row))
    # Apart from the table: a title of its own would wrap at the table's width.
    Console().print(title, style="italic", soft_wrap=True, highlight=False, markup=False)
    Console().print(shown)


def _text() -> Any:
    import polars as pl

    return pl.String


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """Make a result fit for JSON: days as text, what is not a number as null."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, dt.date) else value


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error; hand out the function that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("futures", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
