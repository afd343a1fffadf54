"""One figure as one file: SVG, PNG or a page of HTML, by the ending of its name."""

from __future__ import annotations

import html
from pathlib import Path

from kedge.brief.drawing import WIDE, Figure, draw_standalone, inline, specify, to_png
from kedge.brief.ledger import Quote, Text
from kedge.core.errors import OutputError
from kedge.core.files import write_text, written_aside

ENDINGS = (".svg", ".png", ".html")


def words(text: str) -> Text:
    """Make a figure's words of plain text: outside a brief its numbers have no ledger to enter."""
    return Text((Quote(text),))


def check_ending(path: Path) -> None:
    """Refuse a file name before any work is done.

    Raises
    ------
    OutputError
        Its ending is none of svg, png and html.
    """
    if path.suffix.lower() not in ENDINGS:
        raise OutputError(
            f"a figure is written as {', '.join(ENDINGS)}, by the ending of its name; found {path.name!r}"
        )


def write_figure(figure: Figure, path: Path, source: str) -> None:
    """Draw a figure with title, subtitle and source line into one file.

    Parameters
    ----------
    figure
    path
        Ends in .svg, .png or .html.
    source
        Where the data come from, in one line.

    Raises
    ------
    OutputError
        Another ending, or the file cannot be written.
    """
    check_ending(path)
    drawn = draw_standalone(figure, specify(figure, WIDE), source)
    ending = path.suffix.lower()
    if ending == ".svg":
        write_text(path, drawn)
    elif ending == ".png":
        with written_aside(path) as aside:
            aside.write_bytes(to_png(drawn))
    else:
        write_text(path, _page(figure, drawn))


def _page(figure: Figure, drawn: str) -> str:
    title, said = html.escape(str(figure.title)), html.escape(str(figure.words))
    chart = inline(drawn, figure.name, str(figure.words), "figure")
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>body{{margin:2rem auto;max-width:{WIDE + 60}px;font-family:sans-serif}}"
        f"svg{{width:100%;height:auto}}</style></head>\n<body>\n{chart}\n<p>{said}</p>\n</body>\n</html>\n"
    )
