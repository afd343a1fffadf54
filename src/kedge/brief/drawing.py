"""Turn a chart into SVG and PNG without touching any network, and its data into CSV."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup, escape

from kedge.brief.ledger import Text
from kedge.brief.theme import FAINT, FONT, config

WIDE, NARROW = 680, 330
"""Widths drawn, in pixels: a page and a phone."""


@dataclass(frozen=True)
class Figure:
    """A chart with everything a reader needs around it.

    Parameters
    ----------
    name
        Of the files, and of the place in the page.
    title
        The finding, in words.
    subtitle
        What is drawn, and its unit.
    words
        The same in words, for readers who do not see the chart.
    data
        Exactly what is drawn.
    chart
        From a width in pixels to a Vega-Lite chart without title.
    """

    name: str
    title: Text
    subtitle: Text
    words: Text
    data: pl.DataFrame
    chart: Callable[[int], Any]


def rows(data: pl.DataFrame) -> Any:
    """Hand a table to Altair as plain rows."""
    import altair as alt

    return alt.Data(values=json.loads(data.write_json()))


def specify(figure: Figure, width: int) -> dict[str, Any]:
    """Give a chart's Vega-Lite specification, without title.

    Checking every part against Vega-Lite's schema takes longer than drawing; vl-convert
    refuses what it cannot read, and the tests check each chart in full.
    """
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        return figure.chart(width).to_dict(validate=False)


def draw_svg(spec: dict[str, Any]) -> str:
    """Draw a chart as SVG text, without title."""
    return _svg(spec, None)


def draw_standalone(figure: Figure, spec: dict[str, Any], source: str) -> str:
    """Draw a chart as a file of its own: finding, what is drawn, chart, source line."""
    return _svg(spec, (str(figure.title), str(figure.subtitle), source))


def to_png(svg: str) -> bytes:
    """Rasterise an SVG at twice its size."""
    import vl_convert as vlc

    return vlc.svg_to_png(svg, scale=2)


def inline(svg: str, prefix: str, label: str, css_class: str) -> Markup:
    """Make an SVG fit to stand in a page: ids of its own, scaling, and a label for screen readers.

    Parameters
    ----------
    svg
        As drawn.
    prefix
        Put before every id, so that two figures never share one.
    label
        What the chart shows, in words.
    css_class
        Class of the element.
    """
    text = re.sub(r"^<\?xml[^>]*>\s*", "", svg.strip())
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r'((?:xlink:)?href)="#([^"]+)"', rf'\1="#{prefix}-\2"', text)
    head, rest = text.split(">", 1)
    size = dict(re.findall(r'\b(width|height|viewBox)="([^"]+)"', head))
    opened = (
        f'<svg class="{escape(css_class)}" role="img" aria-label="{escape(label)}" '
        f'viewBox="{size["viewBox"]}" '
        f'style="max-width:{float(size["width"]):.0f}px" xmlns="http://www.w3.org/2000/svg">'
    )
    return Markup(opened + rest)


def data_csv(data: pl.DataFrame) -> str:
    """Write the data drawn as CSV."""
    out = io.StringIO()
    data.write_csv(out)
    return out.getvalue()


def wrap(words: str, width: int) -> list[str]:
    """Break a label into lines of at most `width` characters, between words.

    Examples
    --------
    >>> wrap("Chance that a partner comes", 15)
    ['Chance that a', 'partner comes']
    """
    lines = [""]
    for word in words.split():
        fits = len(lines[-1]) + 1 + len(word) <= width
        if lines[-1] and not fits:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _svg(spec: dict[str, Any], words: Sequence[str] | None) -> str:
    import vl_convert as vlc

    spec = spec | {"config": config()}
    if words:
        title, subtitle, _ = words
        spec["title"] = {
            "text": wrap(title, 78),
            "subtitle": wrap(subtitle, 100),
            "fontSize": 17,
            "subtitleFontSize": 13,
            "anchor": "start",
            "frame": "bounds",
            "offset": 16,
            "subtitlePadding": 6,
        }
        spec["padding"] = {"left": 14, "right": 14, "top": 14, "bottom": 34}
    # No address is allowed: a chart can draw nothing but its own rows.
    svg = vlc.vegalite_to_svg(spec, allowed_base_urls=[])
    return _with_source(svg, words[2]) if words else svg


def _with_source(svg: str, source: str) -> str:
    height = float(re.search(r'height="([\d.]+)"', svg).group(1))  # pyright: ignore[reportOptionalMemberAccess]
    line = (
        f'<text x="14" y="{height - 12:.0f}" font-family="{escape(FONT)}" font-size="11" fill="{FAINT}">'
        f"{escape(source)}</text></svg>"
    )
    return svg.rstrip().removesuffix("</svg>") + str(line)
