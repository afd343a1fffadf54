"""Charts of the order room: posture of allies, dependence on the patron, events, agreement of votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK, SHAPES, spread_apart

LABEL_COLOURS = {
    "A+": COLOURS[0],
    "A": COLOURS[7],
    "B": COLOURS[1],
    "autonomy": COLOURS[2],
    "unclear": "#b9bec4",
}
AXIS_NAMES = {"U": "Ties with the patron", "D": "Defence effort", "N": "Ties with its other allies"}
ROW = 15
"""Pixels from one state to the next."""


def posture_chart(table: pl.DataFrame, moved: pl.DataFrame, names: Mapping[str, str], when: str) -> Figure:
    """Draw each ally's changes on the three axes, its label, and since when it is on Plan A+.

    Parameters
    ----------
    table, moved
        As `kedge.order.posture.Posture` has them.
    names
        Name of each state by code.
    when
        The two periods, in words.
    """
    rank = {label: place for place, label in enumerate(LABEL_COLOURS)}
    joined = table.join(moved.select("iso3", "first", "since"), on="iso3", how="left").with_columns(
        name=pl.col("iso3").replace(dict(names)), rank=pl.col("label").replace_strict(rank)
    )
    joined = joined.sort(["rank", "p_A+", "iso3"], descending=[False, True, False])
    order = joined.get_column("name").to_list()
    long = pl.concat(
        [
            joined.select(
                "iso3",
                "name",
                "label",
                "since",
                axis=pl.lit(axis),
                low=pl.col(f"{axis}_low"),
                middle=pl.col(axis),
                high=pl.col(f"{axis}_high"),
            )
            for axis in AXIS_NAMES
        ]
    )
    counts = dict(table.group_by("label").len().rows())
    title = f"{counts.get('A+', 0)} of {table.height} US allies and partners measure as on Plan A+"

    def chart(width: int) -> Any:
        import altair as alt

        panel = (width - 210) // 3
        panels = [
            _axis_panel(long.filter(pl.col("axis") == axis), order, panel, first=place == 0)
            for place, axis in enumerate(AXIS_NAMES)
        ]
        return alt.hconcat(*panels, _since_panel(joined, order), spacing=10)

    return Figure(
        name="posture",
        title=words(title),
        subtitle=words(
            f"Change {when}, in steps that count as clear; dot: middle value, line: nine in ten draws of "
            "errors, weights and missing parts. Since: last of the three years from which on Plan A+ holds."
        ),
        words=words(
            f"{title}: " + ", ".join(joined.filter(pl.col("label") == "A+").get_column("name")) + "."
        ),
        data=long,
        chart=chart,
    )


def dependence_chart(table: pl.DataFrame, names: Mapping[str, str], patron: str, column: str) -> Figure:
    """Draw the share of each state's ties that is with the patron, by year; bars if there is one year.

    Parameters
    ----------
    table
        iso3, year and `column` (a share).
    names
        Name of each state by code.
    patron
        Name of the patron.
    column
        Measure drawn.
    """
    data = table.select("iso3", "year", share=100.0 * pl.col(column)).drop_nulls()
    data = data.with_columns(name=pl.col("iso3").replace(dict(names)))
    years = sorted(set(data.get_column("year")))
    last = data.filter(pl.col("year") == years[-1]).sort("share", descending=True)
    most = last.row(0, named=True)
    by_size = column.endswith("size")
    weighted = ", weighted by military spending," if by_size else ""
    title = f"{most['name']} has {most['share']:.0f} % of its ties{weighted} with {patron} in {years[-1]}"

    def chart(width: int) -> Any:
        if len(years) == 1:
            return _bars(last, width)
        return _lines(data, last, width, (0.0, 100.0))

    told = (
        " Ties multiplied by the partner's military spending; without that the share is lower."
        if by_size
        else ""
    )
    return Figure(
        name="dependence",
        title=words(title),
        subtitle=words(f"Share of a state's security ties that is with {patron}, percent.{told}"),
        words=words(title + "."),
        data=data,
        chart=chart,
    )


def events_chart(course: pl.DataFrame, dates: Sequence[Any], title: str) -> Figure:
    """Draw each event, the rate over time as steps, and its band.

    Parameters
    ----------
    course
        As `kedge.order.events.EventStudy` has it.
    dates
        Day of each event.
    title
        The finding.
    """
    steps = course.select(
        pl.col("start").cast(pl.String),
        pl.col("end").cast(pl.String),
        "rate",
        "low",
        "high",
        "change",
        "events",
    )
    marks = pl.DataFrame({"date": [str(date) for date in sorted(dates)]})

    def chart(width: int) -> Any:
        import altair as alt

        shown = rows(steps)
        ends = [str(steps["start"].min()), str(steps["end"].max())]
        time, scale = alt.Scale(domain=ends, nice=False), alt.Scale(domainMin=0)
        x = alt.X("start:T", title=None, scale=time, axis=alt.Axis(grid=False))
        band = (
            alt.Chart(shown)
            .mark_rect(color=COLOURS[0], opacity=0.18)
            .encode(x=x, x2="end:T", y=alt.Y("low:Q", scale=scale, title="events a year"), y2="high:Q")
        )
        line = (
            alt.Chart(shown)
            .mark_rule(color=COLOURS[0], strokeWidth=2)
            .encode(x=x, x2="end:T", y=alt.Y("rate:Q", scale=scale))
        )
        tick = (
            alt.Chart(rows(marks))
            .mark_tick(color=INK, thickness=1.5, size=14)
            .encode(x=alt.X("date:T", scale=time, axis=None))
            .properties(width=width - 60, height=22)
        )
        return alt.vconcat(alt.layer(band, line).properties(width=width - 60, height=200), tick, spacing=6)

    return Figure(
        name="events",
        title=words(title),
        subtitle=words(
            "Line: rate over all ways to divide the time; band: nine in ten; each tick below is an event."
        ),
        words=words(title + "."),
        data=steps,
        chart=chart,
    )


def agreement_chart(
    table: pl.DataFrame, names: Mapping[str, str], focal: str, measure: str, marked: Sequence[int]
) -> Figure:
    """Draw a state's agreement with others over the years, with years that cannot be compared marked.

    Parameters
    ----------
    table
        year, other, the measure and its standard error.
    names
        Name of each state by code.
    focal
        Name of the state.
    measure
        raw, s, kappa or pi.
    marked
        Years whose texts were selected otherwise.
    """
    data = table.select(
        "year",
        "other",
        value=pl.col(measure),
        low=pl.col(measure) - 1.645 * pl.col(f"{measure}_se"),
        high=pl.col(measure) + 1.645 * pl.col(f"{measure}_se"),
    ).drop_nulls("value")
    data = data.with_columns(name=pl.col("other").replace(dict(names)))
    last = data.filter(pl.col("year") == pl.col("year").max())
    spans = f"{data['year'].min()} to {data['year'].max()}"
    warn = (
        f" {', '.join(map(str, marked))} (dashed, hollow) cannot be compared with other years."
        if marked
        else ""
    )
    title = f"How far others vote with {focal}"

    def chart(width: int) -> Any:
        import altair as alt

        shown = data.rename({"value": "share"})
        apart = pl.col("year").is_in(list(marked))
        whole = (0.0 if measure == "raw" else -1.0, 1.0)
        base = _lines(shown.filter(~apart), last.rename({"value": "share"}), width, whole)
        if not marked:
            return base
        # Years that cannot be compared stand alone: no line leads to them.
        x = alt.X("year:Q")
        rule = alt.Chart(rows(pl.DataFrame({"year": list(marked)})))
        points = alt.Chart(rows(shown.filter(apart))).mark_point(filled=False, size=50, strokeWidth=2)
        return alt.layer(
            base,
            rule.mark_rule(color=INK, strokeDash=[4, 3]).encode(x=x),
            points.encode(x=x, y="share:Q", color=alt.Color("name:N", legend=None)),
        )

    return Figure(
        name="agreement",
        title=words(title),
        subtitle=words(
            f"{'S' if measure == 's' else measure} of recorded votes, General Assembly, {spans}.{warn}"
        ),
        words=words(f"{title}, {spans}.{warn}"),
        data=data,
        chart=chart,
    )


def _axis_panel(table: pl.DataFrame, order: list[str], width: int, *, first: bool) -> Any:
    import altair as alt

    shown = rows(table)
    y = alt.Y(
        "name:N",
        sort=order,
        title=None,
        axis=alt.Axis(labels=first, ticks=False, domain=False, labelLimit=130, labelFontSize=11),
    )
    labels = [label for label in LABEL_COLOURS if label in set(table["label"])]
    colour = alt.Color(
        "label:N",
        scale=alt.Scale(domain=labels, range=[LABEL_COLOURS[label] for label in labels]),
        legend=alt.Legend(title=None) if first else None,
    )
    shape = alt.Shape(
        "label:N",
        scale=alt.Scale(domain=labels, range=list(SHAPES[: len(labels)])),
        legend=alt.Legend(title=None) if first else None,
    )
    scale = alt.Scale(domain=[-2.2, 2.2], clamp=True)
    x = alt.X("low:Q", scale=scale, title="steps", axis=alt.Axis(tickCount=5))
    line = alt.Chart(shown).mark_rule(strokeWidth=1.6).encode(x=x, x2="high:Q", y=y, color=colour)
    dot = (
        alt.Chart(shown)
        .mark_point(filled=True, size=46, opacity=1)
        .encode(x=alt.X("middle:Q", scale=scale), y=y, color=colour, shape=shape)
    )
    zero = alt.Chart(rows(pl.DataFrame({"at": [0.0]}))).mark_rule(color=FAINT).encode(x="at:Q")
    name = AXIS_NAMES[table["axis"][0]]
    return alt.layer(zero, line, dot).properties(
        width=width, height=ROW * len(order), title=alt.Title(name, fontSize=12)
    )


def _since_panel(joined: pl.DataFrame, order: list[str]) -> Any:
    import altair as alt

    said = joined.select(
        "name",
        text=pl.when(pl.col("since").is_null()).then(pl.lit("")).otherwise(pl.col("since").cast(pl.String)),
    )
    return (
        alt.Chart(rows(said))
        .mark_text(align="left", fontSize=11)
        .encode(y=alt.Y("name:N", sort=order, axis=None), x=alt.value(0), text="text:N")
        .properties(width=40, height=ROW * len(order), title=alt.Title("since", fontSize=12))
    )


def _bars(last: pl.DataFrame, width: int) -> Any:
    import altair as alt

    return (
        alt.Chart(rows(last))
        .mark_bar(color=COLOURS[0])
        .encode(
            x=alt.X("share:Q", scale=alt.Scale(domain=[0, 100]), title="percent"),
            y=alt.Y("name:N", sort=last["name"].to_list(), title=None),
        )
        .properties(width=width - 150, height=18 * last.height)
    )


def _lines(data: pl.DataFrame, last: pl.DataFrame, width: int, whole: tuple[float, float]) -> Any:
    """Draw one line a state over the whole range that the number can have, with its name at the end."""
    import altair as alt

    height = 300
    names = sorted(set(data["name"]))
    drawn = pl.concat([data["share"], last["share"]]).to_numpy()
    low, high = min(whole[0], float(drawn.min())), max(whole[1], float(drawn.max()))
    span = high - low
    places = spread_apart((last["share"].to_numpy() - low) / span * height, 13.0) / height * span + low
    ends = last.with_columns(place=pl.Series(places))
    palette = [COLOURS[k % len(COLOURS)] for k in range(len(names))]
    colour = alt.Color("name:N", scale=alt.Scale(domain=names, range=palette), legend=None)
    x = alt.X(
        "year:Q", title=None, axis=alt.Axis(format="d", grid=False, tickCount=6), scale=alt.Scale(nice=False)
    )
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[low, high], nice=True), axis=alt.Axis(grid=True))
    parts = []
    if "low" in data.columns:
        band = alt.Chart(rows(data)).mark_area(opacity=0.12)
        parts.append(band.encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour))
    parts.append(alt.Chart(rows(data)).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour))
    text = alt.Chart(rows(ends)).mark_text(align="left", dx=6, fontSize=12)
    parts.append(text.encode(x=x, y=alt.Y("place:Q"), text="name:N", color=colour))
    return alt.layer(*parts).properties(width=width - 140, height=height)
