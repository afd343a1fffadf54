"""Charts of pathways: which course futures are on, year by year, and which signposts tell in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK, cycle

ROW = 54
"""Pixels from one line of the map to the next."""
SIGNPOST_ROW = 20
MOST_SIGNPOSTS = 12


def pathway_chart(
    lines: pl.DataFrame, stations: pl.DataFrame, ends: pl.DataFrame, title: str, subtitle: str
) -> Figure:
    """Draw courses of action as lines whose width is the share of futures on them, with transfers.

    Parameters
    ----------
    lines
        line, year, share (percent of futures), lines in the order drawn.
    stations
        source, target, decided, effect, share (percent of futures).
    ends
        line, year: by when half of the futures would have called for leaving it.
    title, subtitle
        The finding, and what is drawn.
    """
    order = lines["line"].unique(maintain_order=True).to_list()
    years = [int(year) for year in lines["year"].unique().sort()]

    def chart(width: int) -> Any:
        import altair as alt

        # Every layer needs the whole order, or the layers' own would be merged by the alphabet.
        lanes = alt.Scale(domain=order)
        axis = alt.Axis(ticks=False, domain=False, grid=True, labelLimit=160, labelPadding=10)
        y = alt.Y("line:N", scale=lanes, title=None, axis=axis)
        source = alt.Y("source:N", scale=lanes)
        x = alt.X(
            "year:Q",
            title=None,
            scale=alt.Scale(domain=[years[0], years[-1]], nice=False, padding=18),
            axis=alt.Axis(format="d", grid=False, tickMinStep=1),
        )
        colour = alt.Color(
            "line:N", scale=alt.Scale(domain=order, range=cycle(COLOURS, len(order))), legend=None
        )
        on_it = alt.Chart(rows(lines.filter(pl.col("share") > 0)))
        course = on_it.mark_trail().encode(
            x=x,
            y=y,
            color=colour,
            size=alt.Size("share:Q", scale=alt.Scale(domain=[0, 100], range=[0, 26]), legend=None),
        )
        layers = [course]
        if len(stations):
            moved = alt.Chart(rows(stations)).encode(
                opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 30], range=[0.25, 1]), legend=None)
            )
            layers.append(
                moved.mark_rule(color=FAINT, strokeWidth=1.4).encode(
                    x=alt.X("decided:Q"),
                    x2="effect:Q",
                    y=source,
                    y2="target:N",
                )
            )
            layers.append(moved.mark_point(filled=True, color=INK, size=28).encode(x="decided:Q", y=source))
        if len(ends):
            tip = alt.Chart(rows(ends)).encode(x="year:Q", y=y)
            layers.append(tip.mark_tick(orient="vertical", thickness=3, size=30, color=INK))
        return alt.layer(*layers).properties(width=width - 190, height=ROW * len(order))

    at_end = ", ".join(
        f"{name} {share:.0f} %" for name, share in lines.filter(year=years[-1]).select("line", "share").rows()
    )
    said = f"{title} Futures on each course in {years[-1]}: {at_end}."
    return Figure("pathways", words(title), words(subtitle), words(said), lines, chart)


def signpost_chart(scores: pl.DataFrame, title: str, subtitle: str) -> Figure:
    """Draw how well signposts tell, on the half that chose them and on the half that did not.

    Parameters
    ----------
    scores
        signpost (words), training, auc, low, high (areas under the curve), in the order drawn.
    title, subtitle
        The finding, and what is drawn.
    """
    shown = scores.head(MOST_SIGNPOSTS)
    order = shown["signpost"].to_list()

    def chart(width: int) -> Any:
        import altair as alt

        y = alt.Y(
            "signpost:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=290)
        )
        x = alt.X("low:Q", title="area under the curve (0.5: nothing)", scale=alt.Scale(domain=[0.4, 1.0]))
        base = alt.Chart(rows(shown))
        nothing = alt.Chart(rows(pl.DataFrame({"at": [0.5]}))).mark_rule(color=FAINT, strokeDash=[3, 3])
        return alt.layer(
            nothing.encode(x="at:Q"),
            base.mark_rule(color=COLOURS[0], strokeWidth=2, clip=True).encode(x=x, x2="high:Q", y=y),
            base.mark_point(filled=True, color=COLOURS[0], size=60, opacity=1).encode(x="auc:Q", y=y),
            base.mark_point(shape="diamond", color=FAINT, size=50, opacity=1).encode(x="training:Q", y=y),
        ).properties(width=width - 310, height=SIGNPOST_ROW * len(order))

    said = "; ".join(
        f"{name} {auc:.2f} ({training:.2f} where chosen)"
        for name, auc, training in shown.select("signpost", "auc", "training").rows()
    )
    return Figure("signposts", words(title), words(subtitle), words(f"{title} Areas: {said}."), shown, chart)


def named_lines(keys: list[str], labels: Mapping[str, str], start: str) -> dict[str, str]:
    """Give each line of a map a name to be read, the start's saying so."""
    return {"start": f"{labels.get(start, start)} (start)", **{key: labels.get(key, key) for key in keys}}
