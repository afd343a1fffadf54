"""Charts of tariffs: who gains with intervals, trade diverted, best responses, bargaining sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK

ROW = 17
"""Pixels from one economy to the next."""
GAIN, LOSS = COLOURS[0], COLOURS[1]


def ranked_chart(table: pl.DataFrame, title: str, subtitle: str, most: int = 24) -> Figure:
    """Draw real income by economy, largest gain first, with intervals where there are any.

    Parameters
    ----------
    table
        name, middle, and where known low and high (percent).
    title, subtitle
        The finding, and what is drawn.
    most
        Economies shown: those at both ends of more.
    """
    data = table.sort("middle", descending=True)
    if data.height > most:
        data = pl.concat([data.head(most // 2), data.tail(most - most // 2)])
    order = data["name"].to_list()
    data = data.with_columns(
        sign=pl.when(pl.col("middle") >= 0).then(pl.lit("gain")).otherwise(pl.lit("loss"))
    )

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(data)
        y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150))
        colour = alt.Color(
            "sign:N", scale=alt.Scale(domain=["gain", "loss"], range=[GAIN, LOSS]), legend=None
        )
        bars = alt.Chart(shown).mark_bar(height=ROW - 7).encode(
            x=alt.X("middle:Q", title="percent of real income"), y=y, color=colour
        )  # fmt: skip
        layers = [bars]
        if "low" in data.columns:
            line = alt.Chart(shown).mark_rule(color=INK, strokeWidth=1.4)
            layers.append(line.encode(x=alt.X("low:Q"), x2="high:Q", y=y))
        zero = alt.Chart(rows(pl.DataFrame({"at": [0.0]}))).mark_rule(color=FAINT).encode(x="at:Q")
        return alt.layer(*layers, zero).properties(width=width - 190, height=ROW * len(order))

    said = "; ".join(f"{row['name']} {row['middle']:+.2f} %" for row in data.iter_rows(named=True))
    return Figure("ranking", words(title), words(subtitle), words(f"{title}: {said}."), data, chart)


def diversion_chart(table: pl.DataFrame, title: str, subtitle: str) -> Figure:
    """Draw how trade between pairs changes: exporters down, importers across.

    Parameters
    ----------
    table
        exporter, importer (names), change (percent); pairs without trade are left out.
    """
    order = table["exporter"].unique(maintain_order=True).to_list()
    across = [*order, *sorted(set(table["importer"]) - set(order))]
    # One pair near prohibition must not wash out all others.
    edge = float(min(max(table["change"].abs().quantile(0.95) or 1.0, 1.0), 100.0))

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(table.drop_nulls("change"))
        cell = max((width - 150) // max(len(across), 1), 9)
        scale = alt.Scale(scheme="blueorange", reverse=True, domain=[-edge, edge], clamp=True)
        base = alt.Chart(shown).encode(
            x=alt.X("importer:N", sort=across, title="importer", axis=alt.Axis(labelAngle=-45, ticks=False)),
            y=alt.Y("exporter:N", sort=order, title="exporter", axis=alt.Axis(ticks=False)),
        )
        legend = alt.Legend(title="percent", gradientLength=120)
        cells = base.mark_rect(stroke="white", strokeWidth=0.6).encode(
            color=alt.Color("change:Q", scale=scale, legend=legend)
        )
        height = max(cell * 2 // 3, 15) * len(order)
        return cells.properties(width=cell * len(across), height=height)

    if table["change"].abs().max() > edge:  # type: ignore[operator]
        subtitle = f"{subtitle} Darkest colours: {edge:.2g} % and more."
    most = table.drop_nulls("change").sort("change")
    ends = [most.row(0, named=True), most.row(-1, named=True)] if most.height else []
    said = "; ".join(f"{row['exporter']} to {row['importer']} {row['change']:+.0f} %" for row in ends)
    return Figure("diversion", words(title), words(subtitle), words(f"{title}: {said}."), table, chart)


def response_chart(table: pl.DataFrame, marks: pl.DataFrame, title: str, subtitle: str) -> Figure:
    """Draw real income over a player's own tariff, one line a case, with the best point of each marked.

    Parameters
    ----------
    table
        case, tariff (percent), welfare (percent).
    marks
        case, tariff, welfare of the best points.
    """
    shown = table["case"].unique(maintain_order=True).to_list()

    def chart(width: int) -> Any:
        import altair as alt

        palette = [COLOURS[k % len(COLOURS)] for k in range(len(shown))]
        colour = alt.Color(
            "case:N",
            scale=alt.Scale(domain=shown, range=palette),
            legend=alt.Legend(title=None, orient="top", labelLimit=260) if len(shown) > 1 else None,
        )
        x = alt.X("tariff:Q", title="own tariff, percent")
        y = alt.Y("welfare:Q", title="real income, percent", scale=alt.Scale(zero=False))
        line = alt.Chart(rows(table)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
        dot = alt.Chart(rows(marks)).mark_point(filled=True, size=80, opacity=1)
        text = alt.Chart(rows(marks)).mark_text(dy=-12, fontSize=12, fontWeight="bold")
        label = text.encode(x=x, y=y, text=alt.Text("tariff:Q", format=".1f"), color=colour)
        return alt.layer(line, dot.encode(x=x, y=y, color=colour), label).properties(
            width=width - 80, height=280
        )

    said = "; ".join(
        f"{row['case']}: best at {row['tariff']:.1f} % ({row['welfare']:+.2f} %)"
        for row in marks.iter_rows(named=True)
    )
    return Figure("responses", words(title), words(subtitle), words(f"{said}."), table, chart)


def answers_chart(
    first: pl.DataFrame, second: pl.DataFrame, names: tuple[str, str], rest: tuple[float, float]
) -> Figure:
    """Draw two players' best tariffs against each other's; where the lines cross the war comes to rest.

    Parameters
    ----------
    first, second
        As `kedge.trade.answer_curve` gives them (shares): the first player's over the second's rates,
        and the second's over the first's.
    names, rest
        Of the players; their rates where the war comes to rest (shares).
    """
    one, two = names
    own = first.select(who=pl.lit(one), x=100 * pl.col("best"), y=100 * pl.col("rival"))
    other = second.select(who=pl.lit(two), x=100 * pl.col("rival"), y=100 * pl.col("best"))
    table = pl.concat([own, other]).with_row_index("step")
    at = pl.DataFrame({"x": [100 * rest[0]], "y": [100 * rest[1]]})

    def chart(width: int) -> Any:
        import altair as alt

        x = alt.X("x:Q", title=f"tariff of {one}, percent")
        y = alt.Y("y:Q", title=f"tariff of {two}, percent")
        scale = alt.Scale(domain=[one, two], range=[COLOURS[0], COLOURS[1]])
        legend = alt.Legend(title="best answer of", orient="top")
        line = alt.Chart(rows(table)).mark_line(strokeWidth=2)
        lines = line.encode(x=x, y=y, color=alt.Color("who:N", scale=scale, legend=legend), order="step:Q")
        dot = alt.Chart(rows(at)).mark_point(filled=True, size=90, color=INK, opacity=1).encode(x=x, y=y)
        return alt.layer(lines, dot).properties(width=width - 90, height=320)

    title = f"The war comes to rest at {100 * rest[0]:.1f} % by {one} and {100 * rest[1]:.1f} % by {two}"
    told = "Each line: one player's best uniform tariff at each tariff of the other, the rest unchanged."
    return Figure("best-answers", words(title), words(told), words(f"{title}."), table.drop("step"), chart)


def bargain_chart(frontier: pl.DataFrame, points: pl.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw what both sides of a bargain can gain, and the deals within it.

    Parameters
    ----------
    frontier
        ally, patron: gains along the edge of the set, percent of the ally's GDP.
    points
        label, ally, patron: no deal, and the solution at some powers.
    names
        Of `ally` and `patron`.
    """
    best = points.row(points.height // 2, named=True)
    title = (
        f"At middle assumptions a deal gains {names['ally']} {best['ally']:.2f} % of its GDP"
        if best["ally"] > 0
        else "At middle assumptions there is no deal that both gain by"
    )

    def chart(width: int) -> Any:
        import altair as alt

        x = alt.X("ally:Q", title=f"gain of {names['ally']}, percent of its GDP")
        y = alt.Y("patron:Q", title=f"gain of {names['patron']}, percent of the ally's GDP")
        edge = alt.Chart(rows(frontier.drop_nulls()))
        area = edge.mark_area(opacity=0.12, color=COLOURS[0]).encode(x=x, y=y, y2=alt.datum(0))
        line = edge.mark_line(color=COLOURS[0], strokeWidth=2).encode(x=x, y=y)
        zero = alt.Chart(rows(pl.DataFrame({"at": [0.0]})))
        axes = [
            zero.mark_rule(color=FAINT).encode(x=alt.X("at:Q")),
            zero.mark_rule(color=FAINT).encode(y=alt.Y("at:Q")),
        ]
        dots = alt.Chart(rows(points))
        marks = dots.mark_point(filled=True, size=70, color=COLOURS[1], opacity=1).encode(x=x, y=y)
        text = dots.mark_text(align="left", dx=8, dy=-8, fontSize=12, color=INK)
        return alt.layer(area, *axes, line, marks, text.encode(x=x, y=y, text="label:N")).properties(
            width=width - 90, height=320
        )

    said = "; ".join(
        f"{row['label']}: {row['ally']:.2f} and {row['patron']:.2f}" for row in points.iter_rows(named=True)
    )
    return Figure(
        "bargain",
        words(title),
        words(
            "Line: the most the patron can have at each gain of the ally; dots: Nash solution by its power"
        ),
        words(f"Gains of ally and patron: {said}."),
        frontier,
        chart,
    )
