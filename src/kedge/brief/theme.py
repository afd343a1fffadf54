"""How charts look: colours, shapes and dashes that colour-blind readers can tell apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK = "#1a1a1a"
FAINT = "#5a5f66"
GRID = "#e3e6ea"
PAPER = "#ffffff"

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#A5528A", "#B8860B", "#3B99C9", "#000000", "#7F7F7F")
"""Okabe & Ito (2008), its lighter ones darkened to stand out from white."""

SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)
DASHES = ((1, 0), (7, 3), (2, 2), (8, 3, 2, 3), (4, 4), (12, 4), (1, 3), (6, 2, 2, 2, 2, 2))

MIDDLE = "#F4F4F2"
"""Middle of a diverging scale whose ends are two plans' colours."""

BLUES = ("#CFE2F0", "#8FBFDF", "#4091C4", "#0A5A94", "#062F52")
ORANGES = ("#FAE0C8", "#F2B482", "#DD7F3A", "#B04C07", "#6B2900")
"""Steps from pale to dark, alike in lightness; blue and orange part for every colour-blind reader."""

BLANK = "#E9E9E7"
"""Where there is no value."""


def cycle(items: tuple, count: int) -> list:
    """Take as many items as there are plans, from the start again if need be."""
    return [items[place % len(items)] for place in range(count)]


def config() -> dict[str, Any]:
    """Vega-Lite configuration of every chart."""
    words = {"font": FONT, "color": INK}
    axis = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": INK,
        "titleColor": FAINT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": "#9aa0a6",
        "tickColor": "#9aa0a6",
        "titlePadding": 6,
    }
    return {
        "aria": False,
        "background": PAPER,
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"grid": False},
        "header": {"labelFont": FONT, "labelFontSize": 13, "labelFontWeight": "bold", "title": None},
        "legend": {
            "labelFont": FONT,
            "labelFontSize": 12,
            "titleFont": FONT,
            "title": None,
            "orient": "top",
            "labelLimit": 240,
            "symbolSize": 90,
            "symbolStrokeWidth": 2,
        },
        "title": {
            "font": FONT,
            "fontSize": 13,
            "anchor": "start",
            "color": INK,
            "subtitleFont": FONT,
            "subtitleColor": FAINT,
            "subtitleFontSize": 12,
            "frame": "group",
            "offset": 6,
        },
        "text": words | {"fontSize": 12},
        "concat": {"spacing": 22},
    }


def spread_apart(positions: Float[np.ndarray, " label"], gap: float) -> Float[np.ndarray, " label"]:
    """Move labels apart until neighbours are at least `gap` from each other, as little as need be.

    Parameters
    ----------
    positions : pixels
        Where labels would stand.
    gap : pixels
        Least distance.

    Examples
    --------
    >>> spread_apart(np.array([10.0, 12.0, 40.0]), 10.0)
    array([ 6., 16., 40.])
    """
    order = np.argsort(positions, kind="stable")
    groups: list[list[float]] = []
    for place in positions[order]:
        groups.append([float(place), 1.0])
        while len(groups) > 1 and _reach(groups[-2], gap)[1] + gap > _reach(groups[-1], gap)[0]:
            centre, count = groups.pop()
            before, held = groups[-1]
            groups[-1] = [(before * held + centre * count) / (held + count), held + count]
    placed = [_reach(group, gap)[0] + gap * k for group in groups for k in range(int(group[1]))]
    moved = np.empty(len(positions))
    moved[order] = placed
    return moved


def _reach(group: list[float], gap: float) -> tuple[float, float]:
    half = (group[1] - 1) * gap / 2
    return group[0] - half, group[0] + half
