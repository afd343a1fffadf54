"""Charts of security: what each member of a coalition adds, odds by case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK

ROW = 20
"""Pixels from one bar to the next."""


def waterfall_chart(
    table: pl.DataFrame, ends: tuple[tuple[str, float], tuple[str, float]], title: str, subtitle: str
) -> Figure:
    """Draw how members carry a chance from where nobody comes to where all may.

    Parameters
    ----------
    table
        who, mean, low, high (points), in the order drawn; means add up to the difference of the ends.
    ends
        Label and height (percent) of the first and the last bar.
    title, subtitle
        The finding, and what is drawn.
    """
    (first, start), (last, end) = ends
    steps, at = [(first, 0.0, start, None, None, "end")], start
    for who, mean, low, high in table.select("who", "mean", "low", "high").rows():
        steps.append((who, at, at + mean, at + low, at + high, "adds" if mean >= 0 else "takes"))
        at += mean
    steps.append((last, 0.0, end, None, None, "end"))
    data = pl.DataFrame(steps, schema=["who", "from", "to", "low", "high", "kind"], orient="row")
    order = data["who"].to_list()
    floor = max(0.0, 5.0 * int((start - 6.0) // 5))

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(data.with_columns(pl.col("from").clip(floor)))
        y = alt.Y("who:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170))
        kinds = alt.Scale(domain=["end", "adds", "takes"], range=[FAINT, COLOURS[0], COLOURS[1]])
        x = alt.X(
            "from:Q",
            title="chance that the attack fails, percent",
            scale=alt.Scale(domainMin=floor, zero=False),
        )
        steps = alt.Chart(shown).transform_filter("datum.kind != 'end'")
        bars = steps.mark_bar(height=ROW - 7).encode(
            x=x, x2="to:Q", y=y, color=alt.Color("kind:N", scale=kinds, legend=None)
        )
        # Bars from a cut axis would lie about their length: the ends are points.
        ends = alt.Chart(shown).transform_filter("datum.kind == 'end'")
        points = ends.mark_point(filled=True, size=80, color=INK, opacity=1).encode(x="to:Q", y=y)
        spread = alt.Chart(shown).transform_filter("datum.low != null").mark_rule(color=INK, strokeWidth=1.2)
        lines = spread.encode(x="low:Q", x2="high:Q", y=y)
        return alt.layer(bars, points, lines).properties(width=width - 210, height=ROW * len(order))

    said = "; ".join(f"{who} {mean:+.2f}" for who, mean in table.select("who", "mean").rows())
    return Figure("waterfall", words(title), words(subtitle), words(f"{title} Points: {said}."), data, chart)


def odds_chart(table: pl.DataFrame, title: str, subtitle: str) -> Figure:
    """Draw the chance that an attack fails by case, with nine draws in ten.

    Parameters
    ----------
    table
        case, fails_low, fails, fails_high (percent), in the order drawn.
    """
    order = table["case"].to_list()

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(table.select("case", "fails_low", "fails", "fails_high"))
        y = alt.Y("case:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=230))
        x = alt.X("fails_low:Q", title="chance that the attack fails, percent", scale=alt.Scale(zero=False))
        line = alt.Chart(shown).mark_rule(color=INK, strokeWidth=1.6).encode(x=x, x2="fails_high:Q", y=y)
        dot = alt.Chart(shown).mark_point(filled=True, size=70, opacity=1, color=COLOURS[0])
        return alt.layer(line, dot.encode(x="fails:Q", y=y)).properties(
            width=width - 270, height=(ROW + 6) * len(order)
        )

    said = "; ".join(f"{case} {middle:.0f} %" for case, middle in table.select("case", "fails").rows())
    return Figure("odds", words(title), words(subtitle), words(f"{title} {said}."), table, chart)


def shares_chart(table: pl.DataFrame, title: str, subtitle: str, most: int = 20) -> Figure:
    """Draw states by their share of all military stocks, with what the ranges leave.

    Parameters
    ----------
    table
        name, share, share_low, share_high (percent); the largest are drawn.
    """
    data = table.sort("share", descending=True).head(most)
    order = data["name"].to_list()

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(data)
        y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170))
        x = alt.X("share:Q", title="percent of these states' stocks")
        bars = alt.Chart(shown).mark_bar(height=ROW - 8, color=COLOURS[0]).encode(x=x, y=y)
        line = alt.Chart(shown).mark_rule(color=INK, strokeWidth=1.4)
        spread = line.encode(x=alt.X("share_low:Q"), x2="share_high:Q", y=y)
        return alt.layer(bars, spread).properties(width=width - 210, height=ROW * len(order))

    said = "; ".join(f"{name} {share:.1f} %" for name, share in data.select("name", "share").rows())
    return Figure("shares", words(title), words(subtitle), words(f"{title} {said}."), data, chart)


def bands_chart(table: pl.DataFrame, title: str, subtitle: str, axis: str) -> Figure:
    """Draw lines over time, each with its band.

    Parameters
    ----------
    table
        when (a year or a day in ISO form), what (one line each), middle, low, high.
    axis
        Title of the upright axis, with its unit.
    """
    order = table["what"].unique(maintain_order=True).to_list()
    daily = table["when"].dtype == pl.String

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(table)
        x = alt.X("when:T", title=None) if daily else alt.X("when:Q", title=None, axis=alt.Axis(format="d"))
        palette = [COLOURS[k % len(COLOURS)] for k in range(len(order))]
        colour = alt.Color(
            "what:N",
            scale=alt.Scale(domain=order, range=palette),
            legend=alt.Legend(title=None, orient="top", labelLimit=260),
        )
        if not daily:
            x = x.scale(zero=False)
        band = alt.Chart(shown).mark_area(opacity=0.15).encode(
            x=x, y=alt.Y("low:Q", title=axis), y2="high:Q", color=colour
        )  # fmt: skip
        line = alt.Chart(shown).mark_line(strokeWidth=2).encode(x=x, y="middle:Q", color=colour)
        return alt.layer(band, line).properties(width=width - 90, height=300)

    last = table.group_by("what", maintain_order=True).last()
    said = "; ".join(f"{what} ends at {middle:.3g}" for what, middle in last.select("what", "middle").rows())
    return Figure("bands", words(title), words(subtitle), words(f"{title} {said}."), table, chart)


def estimates_chart(table: pl.DataFrame, title: str, subtitle: str, axis: str) -> Figure:
    """Draw estimates with their intervals, one a row.

    Parameters
    ----------
    table
        what, middle, low, high, in the order drawn.
    axis
        Title of the level axis, with its unit.
    """
    order = table["what"].to_list()

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(table)
        y = alt.Y("what:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=250))
        line = alt.Chart(shown).mark_rule(color=INK, strokeWidth=1.6).encode(
            x=alt.X("low:Q", title=axis), x2="high:Q", y=y
        )  # fmt: skip
        dot = alt.Chart(shown).mark_point(filled=True, size=70, opacity=1, color=COLOURS[0])
        zero = alt.Chart(rows(pl.DataFrame({"at": [0.0]}))).mark_rule(color=FAINT).encode(x="at:Q")
        return alt.layer(zero, line, dot.encode(x="middle:Q", y=y)).properties(
            width=width - 290, height=ROW * len(order)
        )

    said = "; ".join(f"{what} {middle:.2f}" for what, middle in table.select("what", "middle").rows())
    return Figure("estimates", words(title), words(subtitle), words(f"{title}. {said}."), table, chart)


def stockout_chart(curves: pl.DataFrame, names: Mapping[str, str], title: str) -> Figure:
    """Draw the chance that stocks have run out, week by week, without a common standard and with one.

    Parameters
    ----------
    curves
        standard (`none`, `now`, `common`), partner (`any`: the first of all), week, odds (share).
    names
        Of partners by code.
    title
        Of the munition.
    """
    called = {"none": "each for itself", "now": "today's standards", "common": "one standard"}
    table = curves.with_columns(
        pl.col("odds") * 100,
        pl.col("standard").replace(called),
        partner=pl.col("partner").replace({**names, "any": "anybody"}),
    )
    order = table["partner"].unique(maintain_order=True).to_list()

    def chart(width: int) -> Any:
        import altair as alt

        colour = alt.Color(
            "standard:N",
            scale=alt.Scale(domain=list(called.values()), range=list(COLOURS[:3])),
            legend=alt.Legend(title=None, orient="top"),
        )
        lines = alt.Chart(rows(table)).mark_line(strokeWidth=2).encode(
            x=alt.X("week:Q", title="week of the war"),
            y=alt.Y("odds:Q", title="in want, percent", scale=alt.Scale(domain=[0, 100])),
            color=colour,
        )  # fmt: skip
        small = lines.properties(width=(width - 130) // 3, height=120)
        return small.facet(alt.Facet("partner:N", sort=order, title=None), columns=3)

    last = table.filter((pl.col("partner") == "anybody") & (pl.col("week") == pl.col("week").max()))
    ends = dict(last.select("standard", "odds").rows())
    said = "; ".join(f"{name} {odds:.0f} %" for name, odds in ends.items())
    headline = f"{title}: somebody is in want by the last week in {ends[called['none']]:.0f} % of wars"
    told = f"With one standard for all {ends[called['common']]:.0f} %. Share of draws of demand, no forecast."
    return Figure("stock-out", words(headline), words(told), words(f"{headline}; {said}."), table, chart)


def belief_chart(path: pl.DataFrame, signals: pl.DataFrame, title: str) -> Figure:
    """Draw belief about the patron's school over time, each signal a tick.

    Parameters
    ----------
    path
        date (ISO), type, mean, low, high (shares).
    signals
        counts_from (ISO), name.
    """
    table = path.select(
        when="date",
        what="type",
        middle=100 * pl.col("mean"),
        low=100 * pl.col("low"),
        high=100 * pl.col("high"),
    )
    told = "Mean over assumed likelihoods; band: nine in ten; ticks: signals. No forecast."
    figure = bands_chart(table, title, told, "percent")

    def chart(width: int) -> Any:
        import altair as alt

        ticks = alt.Chart(rows(signals)).mark_tick(color=INK, size=8, thickness=1, yOffset=0)
        marked = ticks.encode(x="counts_from:T", y=alt.value(296), tooltip="name:N")
        return alt.layer(figure.chart(width), marked).properties(width=width - 90, height=300)

    return Figure("beliefs", figure.title, figure.subtitle, figure.words, table, chart)
