"""The chart of the preferred plan over a grid of two weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kedge.brief.charts_plans import measure_quote, scale_of
from kedge.brief.drawing import WIDE, Figure, rows, wrap
from kedge.brief.judgement import WeightGrid
from kedge.brief.ledger import Number, Text, join, say
from kedge.brief.teller import Teller


def weights(teller: Teller) -> Figure | None:
    """Show the preferred plan over a grid of two weights."""
    grid = teller.findings.grid
    if grid is None:
        return None
    labels = [finding.label for finding in teller.findings.plans]
    table = pl.DataFrame(
        [
            {
                "across": across,
                "down": down,
                "plan": labels[int(grid.preferred[row, column])],
                "near_tie": bool(grid.close[row, column]),
            }
            for row, down in enumerate(grid.steps)
            for column, across in enumerate(grid.steps)
        ]
    )
    return Figure(
        name="weights",
        title=_weights_title(teller, grid),
        subtitle=say(
            "The plan preferred at each pair of the two weights whose change decides nearest; hollow marks "
            "are near ties; the ring marks the study’s own weights."
        ),
        words=_weights_words(teller, grid),
        data=table,
        chart=lambda width: _grid_chart(teller, grid, table, width),
    )


def _grid_chart(teller: Teller, grid: WeightGrid, table: pl.DataFrame, width: int) -> Any:
    """Draw the grid: in every cell its plan's tint and mark, and a ring at the study's own weights."""
    import altair as alt

    measures = teller.assessment.measures
    labels = [finding.label for finding in teller.findings.plans]
    half = (grid.steps[1] - grid.steps[0]) / 2
    here = {"across": 1.0, "down": 1.0}

    side = min(width - 80, 460)
    scale = alt.Scale(domain=[grid.steps[0] - half, grid.steps[-1] + half], nice=False)
    shown = rows(
        table.with_columns(
            (pl.col("across") - half).alias("left"),
            (pl.col("across") + half).alias("right"),
            (pl.col("down") - half).alias("bottom"),
            (pl.col("down") + half).alias("top"),
        )
    )
    axes = [
        alt.Axis(
            grid=False, tickCount=5, title=wrap(f"Weight of “{measures[place].label}”, times the study’s", 40)
        )
        for place in (grid.across, grid.down)
    ]
    tint = alt.Color(
        "plan:N", scale=scale_of(labels, "colour"), legend=alt.Legend(columns=4 if width >= WIDE else 2)
    )
    shape = alt.Shape("plan:N", scale=scale_of(labels, "shape"))
    middle = {"x": alt.X("across:Q"), "y": alt.Y("down:Q")}
    base = alt.Chart(shown)
    cells = base.mark_rect(stroke="white", opacity=0.22).encode(
        x=alt.X("left:Q", scale=scale, axis=axes[0]),
        x2="right:Q",
        y=alt.Y("bottom:Q", scale=scale, axis=axes[1]),
        y2="top:Q",
        color=tint,
    )
    sure = (
        base.transform_filter("!datum.near_tie")
        .mark_point(filled=True, size=80, opacity=1)
        .encode(color=tint, shape=shape, **middle)
    )
    near = (
        base.transform_filter("datum.near_tie")
        .mark_point(filled=False, size=60, strokeWidth=1.8)
        .encode(color=tint, shape=shape, **middle)
    )
    ring = (
        alt.Chart(alt.Data(values=[here]))
        .mark_point(size=420, stroke="black", strokeWidth=2.4, filled=False)
        .encode(**middle)
    )
    return alt.layer(cells, sure, near, ring).properties(width=side, height=side * 0.7)


def _held(grid: WeightGrid) -> list[tuple[int, float]]:
    """Plans preferred somewhere in the grid with their share of it, largest first."""
    places, counts = np.unique(grid.preferred, return_counts=True)
    ranked = sorted(zip(places.tolist(), counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return [(place, count / grid.preferred.size) for place, count in ranked]


def _weights_title(teller: Teller, grid: WeightGrid) -> Text:
    held = _held(grid)
    if len(held) == 1:
        return say(
            "However the two weights that matter most are set, up to double, {} stays preferred",
            teller.plan(held[0][0]),
        )
    parts = [
        say("{} in {}", teller.plan(place), _share_number(teller, grid, place, share))
        for place, share in held
    ]
    return say(
        "The weights of {} and {} decide: preferred are {} of the grid",
        *(
            measure_quote(teller.assessment.measures[place].label, name=True)
            for place in (grid.across, grid.down)
        ),
        join(parts),
    )


def _share_number(teller: Teller, grid: WeightGrid, place: int, share: float) -> Number:
    """Share of the grid's cells in which a plan is preferred."""
    label = teller.findings.plans[place].label
    return teller.number(
        share, "share", "kedge.brief.judgement.weigh_again", plan=label, futures=grid.futures
    )


def _weights_words(teller: Teller, grid: WeightGrid) -> Text:
    measures = teller.assessment.measures
    names = [measure_quote(measures[place].label) for place in (grid.across, grid.down)]
    parts = [
        say("{} in {} of the grid’s cells", teller.plan(place), _share_number(teller, grid, place, share))
        for place, share in _held(grid)
    ]
    span = [
        teller.given(step, "number", "grid of weights tried (kedge.brief.judgement.GRID)")
        for step in (grid.steps[0], grid.steps[-1])
    ]
    return say(
        "Weights of {} and {} tried from {} to {} times the study’s, others as in the study. Preferred: {}.",
        *names,
        *span,
        join(parts),
    )
