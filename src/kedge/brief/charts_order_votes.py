"""Charts of votes: paths of states with bands, one session's field and map, surprise in one roll call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from kedge.brief.charts_map import MapWords, world_map
from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK, spread_apart

VOTE_COLOURS = {"yes": COLOURS[0], "abstain": COLOURS[7], "no": COLOURS[1]}
LABELLED = ["USA", "ISR", "ARG", "GBR", "FRA", "DEU", "JPN", "KOR", "AUS", "TUR", "UKR", "BRA", "IND", "ZAF"]
LABELLED += ["CHN", "RUS", "IRN", "CUB"]
POLES = ("USA", "CHN")
ROW = 15
FIELD = 460
RECENT = 4


def paths_chart(table: pl.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw states over sessions, with a band that holds nine in ten draws.

    Parameters
    ----------
    table
        iso3, session, year, ideal_point, q05, q95.
    names
        Name of each state by code.
    """
    data = table.with_columns(state=pl.col("iso3").replace(dict(names))).sort("state", "session")
    shown = data["state"].unique(maintain_order=True).to_list()
    ends = data.group_by("state", maintain_order=True).last()
    # Levels far apart in time rest on the prior; a few sessions can be compared.
    moves = data.group_by("iso3", "state", maintain_order=True).agg(
        (pl.col("ideal_point").last() - pl.col("ideal_point").tail(RECENT).first()).alias("move"),
        pl.col("year").tail(RECENT).first().alias("since"),
    )
    most = moves.sort(pl.col("move").abs(), descending=True).row(0, named=True)
    title = f"{most['state']} moved most since {most['since']}: {most['move']:+.1f}".replace("-", "−")

    def chart(width: int) -> Any:
        import altair as alt

        colour = alt.Color(
            "state:N", scale=alt.Scale(domain=shown, range=list(COLOURS[: len(shown)])), legend=None
        )
        x = alt.X("year:Q", title=None, axis=alt.Axis(format="d", grid=False))
        base = alt.Chart(rows(data))
        band = base.mark_area(opacity=0.18).encode(
            x=x, y=alt.Y("q05:Q", title="Ideal point"), y2="q95:Q", color=colour
        )
        line = base.mark_line(strokeWidth=2).encode(x=x, y="ideal_point:Q", color=colour)
        label = (
            alt.Chart(rows(ends))
            .mark_text(align="left", dx=6, fontSize=12)
            .encode(x=x, y="ideal_point:Q", text="state:N", color=colour)
        )
        return (band + line + label).properties(width=width - 150, height=320)

    said = "; ".join(f"{row['state']} {row['move']:+.2f}" for row in moves.rows(named=True))
    return Figure(
        name="positions",
        title=words(title),
        subtitle=words(
            "Ideal point by the session's first year, standard deviations; band: 90 % of the posterior"
        ),
        words=words(f"Change over the last sessions: {said}."),
        data=data,
        chart=chart,
    )


def session_chart(table: pl.DataFrame, names: Mapping[str, str], session: int) -> Figure:
    """Draw all states of one session: how many stand where, and each with its interval.

    Parameters
    ----------
    table
        iso3, ideal_point, q05, q95 of one session.
    names
        Name of each state by code.
    session
    """
    data = table.with_columns(state=pl.col("iso3").replace(dict(names))).sort("ideal_point")
    data = data.with_columns(rank=pl.int_range(pl.len()))
    marked = data.filter(pl.col("iso3").is_in(LABELLED))
    # Only labels in the crowd can run into one another; far out on the scale there is room.
    crowd = marked["ideal_point"].to_numpy() < data["ideal_point"].quantile(0.985)
    places = marked["rank"].to_numpy().astype(float)
    places[crowd] = spread_apart(places[crowd], 12.0 * data.height / FIELD)
    marked = marked.with_columns(label_rank=pl.Series(places))
    top, bottom = data.row(-1, named=True), data.row(0, named=True)
    title = f"Session {session}: from {bottom['state']} to {top['state']}"

    def chart(width: int) -> Any:
        import altair as alt

        low, high = min(data["q05"].to_list()) - 0.3, max(data["q95"].to_list()) + 1.2
        scale = alt.Scale(domain=[low, high], nice=False)
        x = alt.X("ideal_point:Q", scale=scale, title="Ideal point, standard deviations")
        ridge = (
            alt.Chart(rows(data))
            .transform_density("ideal_point", as_=["value", "density"], extent=[low, high], steps=240)
            .mark_area(color=COLOURS[0], opacity=0.35)
            .encode(x=alt.X("value:Q", scale=scale, axis=None), y=alt.Y("density:Q", axis=None))
            .properties(width=width - 20, height=90)
        )
        ranks = alt.Scale(domain=[-2, data.height + 2], nice=False)
        y = alt.Y("rank:Q", axis=None, scale=ranks)
        span = (
            alt.Chart(rows(data))
            .mark_rule(color=FAINT, opacity=0.5)
            .encode(x=alt.X("q05:Q", scale=scale), x2="q95:Q", y=y)
        )
        dots = alt.Chart(rows(data)).mark_circle(size=16, color=INK, opacity=1).encode(x=x, y=y)
        strong = alt.Chart(rows(marked)).mark_circle(size=40, color=COLOURS[1], opacity=1).encode(x=x, y=y)
        label = (
            alt.Chart(rows(marked))
            .mark_text(align="left", dx=6, fontSize=11, color=INK)
            .encode(
                x=alt.X("q95:Q", scale=scale), y=alt.Y("label_rank:Q", axis=None, scale=ranks), text="state:N"
            )
        )
        field = (span + dots + strong + label).properties(width=width - 20, height=FIELD)
        return alt.vconcat(ridge, field, spacing=4)

    return Figure(
        name="session",
        title=words(title),
        subtitle=words(
            f"{data.height} states by ideal point; line: 90 % of the posterior; above: how many stand where"
        ),
        words=words(
            f"{title}. Marked: "
            + ", ".join(f"{r['state']} {r['ideal_point']:.2f}" for r in marked.rows(named=True))
        ),
        data=data,
        chart=chart,
    )


def positions_map(table: pl.DataFrame, names: Mapping[str, str], session: int) -> Figure:
    """Draw one session's ideal points on the map of the world.

    Parameters
    ----------
    table
        iso3, year, ideal_point of one session.
    names
        Name of each state by code.
    session
    """
    at = dict(table.select("iso3", "ideal_point").rows())
    others = [point for iso3, point in at.items() if iso3 not in POLES]
    if all(pole in at for pole in POLES):
        one, other = (at[pole] for pole in POLES)
        nearer = sum(abs(point - other) < abs(point - one) for point in others)
        title = (
            f"Session {session}: {nearer} of {len(others)} other states stand nearer to China than to the US"
        )
    else:
        first, last = (
            names.get(iso3, iso3) for iso3 in (min(at, key=at.__getitem__), max(at, key=at.__getitem__))
        )
        title = f"Session {session}: from {first} to {last}"
    subtitle = (
        f"Ideal points from votes in the UN General Assembly, session of {table['year'][0]}; today's borders."
    )
    said = MapWords("positions-map", title, subtitle, "Ideal point, standard deviations")
    return world_map(table.select("iso3", value="ideal_point"), names, said)


def surprise_chart(table: pl.DataFrame, names: Mapping[str, str], what: str, most: int = 20) -> Figure:
    """Draw the most surprising votes of one roll call, given the others' votes and before them.

    Parameters
    ----------
    table
        iso3, vote, bits_given, bits_before.
    names
        Name of each state by code.
    what
        Roll call and day, in words.
    most
        States shown.
    """
    data = table.head(most).with_columns(state=pl.col("iso3").replace(dict(names)))
    order = data["state"].to_list()
    first = data.row(0, named=True)
    noun = {"abstain": "abstention"}.get(first["vote"], first["vote"])
    title = f"{what}: {first['state']}'s {noun} surprised most, {first['bits_given']:.1f} bits"

    def chart(width: int) -> Any:
        import altair as alt

        y = alt.Y("state:N", sort=order, title=None)
        colour = alt.Color(
            "vote:N",
            scale=alt.Scale(domain=list(VOTE_COLOURS), range=list(VOTE_COLOURS.values())),
            legend=alt.Legend(title=None, orient="top"),
        )
        bars = (
            alt.Chart(rows(data))
            .mark_bar(height=9)
            .encode(x=alt.X("bits_given:Q", title="Surprise, bits"), y=y, color=colour)
        )
        tick = (
            alt.Chart(rows(data))
            .mark_tick(color=INK, thickness=2, size=11)
            .encode(x=alt.X("bits_before:Q", title="Surprise, bits"), y=y)
        )
        return (bars + tick).properties(width=width - 130, height=ROW * data.height + 10)

    return Figure(
        name="surprise",
        title=words(title),
        subtitle=words(
            "Bar: given how all others voted that day; tick: before any vote of that day was known"
        ),
        words=words(
            f"{title}. "
            + "; ".join(f"{r['state']} {r['vote']} {r['bits_given']:.1f}" for r in data.rows(named=True))
        ),
        data=data,
        chart=chart,
    )
