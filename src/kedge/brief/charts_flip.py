"""Maps of where the order of the preferred plan and another one flips."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import polars as pl

from kedge.brief.drawing import WIDE, Figure, rows, wrap
from kedge.brief.flipping import Flip, FlipMap
from kedge.brief.ledger import Text, say
from kedge.brief.teller import Teller
from kedge.brief.theme import COLOURS, INK, MIDDLE, cycle
from kedge.brief.wording import format_value


def flip_map(teller: Teller) -> Figure | None:
    """Share of futures in which the preferred plan beats the next, over the two deciding uncertainties."""
    return _map_figure(teller, teller.findings.flip, teller.findings.order[1], "flip")


def popular_map(teller: Teller) -> Figure | None:
    """Draw the same against the plan that is best in most futures, if that is a third one."""
    findings = teller.findings
    if findings.popular is None:
        return None
    return _map_figure(teller, findings.popular_flip, findings.popular, "popular")


def _map_figure(teller: Teller, found: Flip | None, rival: int, name: str) -> Figure | None:
    if found is None or found.map is None:
        return None
    grid = found.map
    table = pl.DataFrame(_cells(grid))
    leader = teller.findings.order[0]
    first, second = teller.plan(leader), teller.plan(rival)
    ends = [_tint(teller, rival), MIDDLE, _tint(teller, leader)]

    def chart(width: int) -> Any:
        import altair as alt

        side = width - (110 if width >= WIDE else 70)
        x, y = (
            _axis(teller, place, edges, width)
            for place, edges in ((grid.across, grid.across_edges), (grid.down, grid.down_edges))
        )
        colour = alt.Color(
            "share:Q",
            scale=alt.Scale(domain=[0, 50, 100], range=ends, interpolate="rgb"),
            legend=None,
        )
        base = alt.Chart(rows(table.filter(pl.col("share").is_not_null()))).transform_calculate(
            column_end="datum.column + 1",
            row_end="datum.row + 1",
            middle="datum.column + 0.5",
            centre="datum.row + 0.5",
        )
        cells = base.mark_rect(stroke="white", strokeWidth=0.5).encode(
            x=alt.X("column:Q", **x), x2="column_end:Q", y=alt.Y("row:Q", **y), y2="row_end:Q", color=colour
        )
        words = base.mark_text(fontSize=12 if width >= WIDE else 10, color=INK).encode(
            x=alt.X("middle:Q"), y=alt.Y("centre:Q"), text=alt.Text("share:Q", format=".0f")
        )
        layers = [cells, words]
        edges = _contour(grid)
        if edges:
            lines = alt.Chart(alt.Data(values=edges)).mark_rule(
                color="black", strokeWidth=2.6, strokeCap="square"
            )
            layers.append(lines.encode(x=alt.X("x:Q"), x2="x2:Q", y=alt.Y("y:Q"), y2="y2:Q"))
        return alt.layer(*layers).properties(width=side, height=min(side * 0.72, 340))

    return Figure(
        name=name,
        title=_flip_title(teller, grid, rival),
        subtitle=say(
            "In each cell: of a hundred of its explored futures, those in which {} beats {}. Darker in a "
            "plan’s own colour: that plan leads more often; black line: the order flips. Cells hold about "
            "equal numbers of futures{}.",
            first,
            second,
            _stretched(teller, grid),
        ),
        words=_flip_words(teller, grid, rival),
        data=table,
        chart=chart,
    )


def _stretched(teller: Teller, grid: FlipMap) -> str:
    is_log = any(teller.parameter(p).distribution == "log_uniform" for p in (grid.across, grid.down))
    return ", so that scales are not even" + (
        "; assumptions drawn evenly in logarithm are marked so in the annex" if is_log else ""
    )


def _tint(teller: Teller, plan: int) -> str:
    """Lighten a plan's own colour so that dark words stand out on it."""
    colour = cycle(COLOURS, len(teller.findings.plans))[plan]
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(0.68 * part + 0.32 * 255):02X}" for part in parts)


def _cells(grid: FlipMap) -> list[dict[str, float | int | None]]:
    found = []
    for row, (down_low, down_high) in enumerate(grid.down_edges):
        for column, (across_low, across_high) in enumerate(grid.across_edges):
            share = float(grid.share[row, column])
            found.append(
                {
                    "across_low": across_low,
                    "across_high": across_high,
                    "down_low": down_low,
                    "down_high": down_high,
                    "column": column,
                    "row": row,
                    "share": None if math.isnan(share) else 100 * share,
                    "futures": int(grid.count[row, column]),
                }
            )
    return found


def _axis(teller: Teller, place: int, edges: tuple, width: int) -> dict[str, Any]:
    """Scale and axis of one side of the map: cells of one size, their ends written at the edges."""
    import altair as alt

    parameter = teller.parameter(place)
    scale = alt.Scale(domain=[0, len(edges)], nice=False, zero=False)
    title = wrap(teller.axis_title(place), 70 if width >= WIDE else 36)
    if parameter.categories:
        kept = [round((low + high) / 2) for low, high in edges]
        words = [parameter.categories[index].replace("_", " ") for index in kept]
        at = [index + 0.5 for index in range(len(edges))]
    else:
        ends = [edges[0][0], *(high for _, high in edges)]
        words = [format_value(end, parameter.unit, bare=True) for end in ends]
        at = [float(index) for index in range(len(ends))]
    step = 1 if width >= WIDE else 2
    listed = json.dumps(words)
    axis = alt.Axis(
        values=at[::step],
        labelExpr=f"{listed}[floor(datum.value)]",
        grid=False,
        title=title,
        labelOverlap=True,
    )
    return {"scale": scale, "axis": axis}


def _contour(grid: FlipMap) -> list[dict[str, float]]:
    """Edges between neighbouring cells of which one lies above one half and the other does not."""
    above: list[list[int]] = np.where(np.isnan(grid.share), -1, (grid.share > 0.5).astype(int)).tolist()
    height, columns = grid.share.shape
    lines = []
    for row, column in np.ndindex(height, columns):
        here = above[row][column]
        if column + 1 < columns and {here, above[row][column + 1]} == {0, 1}:
            lines.append({"x": column + 1, "x2": column + 1, "y": row, "y2": row + 1})
        if row + 1 < height and {here, above[row + 1][column]} == {0, 1}:
            lines.append({"x": column, "x2": column + 1, "y": row + 1, "y2": row + 1})
    return lines


def _flip_title(teller: Teller, grid: FlipMap, rival: int) -> Text:
    first, second = teller.plan(teller.findings.order[0]), teller.plan(rival)
    names = teller.name(grid.across), teller.name(grid.down)
    known = grid.share[~np.isnan(grid.share)]
    if (known > 0.5).all() or (known < 0.5).all():
        return say(
            "Whatever {} and {} turn out to be, the order of {} and {} stays the same in most futures",
            *names,
            first,
            second,
        )
    return say("Whether {} beats {} turns most on two things: {}, and {}", first, second, *names)


def _flip_words(teller: Teller, grid: FlipMap, rival: int) -> Text:
    known = ~np.isnan(grid.share)
    ahead = float(grid.count[known & (grid.share > 0.5)].sum() / grid.count[known].sum())
    corners = [float(np.nanmin(grid.share)), float(np.nanmax(grid.share))]
    first, second = teller.plan(teller.findings.order[0]), teller.plan(rival)
    about = {
        "between": f"{first} and {second}",
        "over": f"{teller.parameter(grid.across).name} x {teller.parameter(grid.down).name}",
        "futures": int(grid.count.sum()),
    }
    numbers = [
        teller.number(value, "share of futures", "kedge.strategy.flip_boundary", of=what, **about)
        for value, what in (
            (ahead, "cells above one half"),
            (corners[0], "least cell"),
            (corners[1], "greatest cell"),
        )
    ]
    return say(
        "{} is ahead of {} in most futures of the cells that hold {} of all futures; from cell to "
        "cell its share runs from {} to {}.",
        first,
        second,
        *numbers,
    )
