"""The chart of yearly paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kedge.brief.charts_plans import drawn_unit, measure_quote, room, scale_of
from kedge.brief.drawing import WIDE, Figure, rows, wrap
from kedge.brief.ledger import Number, Text, join, say
from kedge.brief.teller import Teller
from kedge.brief.theme import spread_apart

MOST_SERIES = 6
"""Yearly series drawn, at most."""


def time_paths(teller: Teller) -> Figure:
    """Each yearly series by plan: the middle value over futures."""
    paths, findings = teller.assessment.paths, teller.findings
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    data = []
    shown = sorted(_by_gap(teller)[:MOST_SERIES])
    for place in shown:
        series = paths.series[place]
        factor, unit = drawn_unit(series.unit)
        for plan, finding in enumerate(findings.plans):
            for step, year in enumerate(paths.years.tolist()):
                found = factor * paths.quantiles[plan, place, step]
                data.append(
                    {
                        "series": series.label,
                        "unit": unit,
                        "plan": finding.label,
                        "year": year,
                        "p25": float(found[low]),
                        "median": float(found[middle]),
                        "p75": float(found[high]),
                    }
                )
    table = pl.DataFrame(data)
    labels = [finding.label for finding in findings.plans]

    def chart(width: int) -> Any:
        import altair as alt

        columns = 2 if width >= WIDE and len(shown) > 1 else 1
        panels = [
            _path_panel(
                table.filter(pl.col("series") == series.label),
                labels,
                (width - 24 * (columns - 1)) // columns - room(labels) - 34,
            )
            for series in (paths.series[place] for place in shown)
        ]
        return alt.concat(*panels, columns=columns)

    first, last = (year_number(teller, paths.years.tolist()[end]) for end in (0, -1))
    return Figure(
        name="paths",
        title=_path_title(teller),
        subtitle=say(
            "{} to {}, over {} of the futures. Line: the middle value in each year, not the path of one "
            "future; the middle half is in the data.{}",
            first,
            last,
            teller.number(paths.futures_used, "count", "kedge.world.assessment.Paths", of="futures followed"),
            ""
            if len(shown) == len(paths.series)
            else " Of all yearly figures, those in which the plans differ most.",
        ),
        words=_path_words(teller),
        data=table,
        chart=chart,
    )


def year_number(teller: Teller, year: int) -> Any:
    """Wrap a year of the study."""
    return teller.given(year, "year", "first_year, last_year")


def _path_panel(table: pl.DataFrame, labels: list[str], width: int) -> Any:
    import altair as alt

    height = 150
    ends = table.filter(pl.col("year") == pl.col("year").max())
    drawn = table["median"].to_numpy()
    bottom, top = min(float(drawn.min()), 0.0), max(float(drawn.max()), 0.0)
    span = (top - bottom) or 1.0
    target = spread_apart((ends["median"].to_numpy() - bottom) / span * height, 14.0)
    ends = ends.with_columns(pl.Series("place", np.asarray(target) / height * span + bottom))
    shown = rows(table)
    x = alt.X(
        "year:Q", title=None, axis=alt.Axis(format="d", tickCount=4, grid=False), scale=alt.Scale(nice=False)
    )
    y = alt.Y(
        "median:Q",
        title=None,
        scale=alt.Scale(domain=[bottom, top], nice=True),
        axis=alt.Axis(tickCount=4, grid=True),
    )
    colour = alt.Color("plan:N", scale=scale_of(labels, "colour"), legend=None)
    dash = alt.StrokeDash("plan:N", scale=scale_of(labels, "dash"), legend=None)
    line = alt.Chart(shown).mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour, strokeDash=dash)
    name = (
        alt.Chart(rows(ends))
        .mark_text(align="left", dx=6, fontSize=12, limit=100)
        .encode(x=x, y=alt.Y("place:Q"), text="plan:N", color=colour)
    )
    first = table.row(0, named=True)
    return alt.layer(line, name).properties(
        width=width, height=height, title=alt.Title(wrap(first["series"], 40), subtitle=first["unit"])
    )


def _path_title(teller: Teller) -> Text:
    """Name the series, among those with chance in them, in which plans end up furthest apart."""
    paths = teller.assessment.paths
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    ends = paths.quantiles[:, :, -1, :]
    chancy = np.mean(ends[:, :, high] - ends[:, :, low], axis=0) > 0
    ranked = _by_gap(teller)
    place = next((place for place in ranked if chancy[place]), ranked[0])
    medians = ends[:, place, middle]
    least, most = int(np.argmin(medians)), int(np.argmax(medians))
    last = year_number(teller, paths.years.tolist()[-1])
    label = measure_quote(paths.series[place].label)
    if medians[least] == medians[most]:
        return say("{} in {}: no difference between the plans", label, last)
    return say(
        "{} in {}: from {} under {} to {} under {}",
        label,
        last,
        _end(teller, least, place),
        teller.plan(least),
        _end(teller, most, place),
        teller.plan(most),
    )


def _by_gap(teller: Teller) -> list[int]:
    """Rank the series by how far apart the plans' medians end, for the width of their bands."""
    paths = teller.assessment.paths
    low, middle, high = (paths.levels.index(level) for level in (0.25, 0.5, 0.75))
    ends = paths.quantiles[:, :, -1, :]
    apart = np.ptp(ends[:, :, middle], axis=0)
    gaps = apart / (np.mean(ends[:, :, high] - ends[:, :, low], axis=0) + 1e-3 * apart + 1e-12)
    return [int(place) for place in np.argsort(-gaps, kind="stable")]


def _end(teller: Teller, plan: int, place: int) -> Number:
    """Median of a series in the last year."""
    paths = teller.assessment.paths
    series = paths.series[place]
    value = float(paths.quantiles[plan, place, -1, paths.levels.index(0.5)])
    return teller.number(
        value,
        series.unit,
        "kedge.world.assessment.Paths",
        series=series.name,
        plan=teller.findings.plans[plan].label,
        level=0.5,
        year=int(paths.years[-1]),
        futures=paths.futures_used,
    )


def _path_words(teller: Teller) -> Text:
    """Say where each series ends, by plan, by its middle value."""
    paths = teller.assessment.paths
    parts = []
    for place in sorted(_by_gap(teller)[:MOST_SERIES]):
        series = paths.series[place]
        by_plan = [
            say("{} {}", teller.plan(plan), _end(teller, plan, place))
            for plan in range(len(teller.findings.plans))
        ]
        parts.append(say("{}: {}", measure_quote(series.label), join(by_plan)))
    last = year_number(teller, paths.years.tolist()[-1])
    return say("Middle values over futures in {}. {}.", last, join(parts, last="; ", between="; "))
