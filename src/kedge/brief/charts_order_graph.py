"""The network of ties of one year, with the patron in its middle and without the patron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kedge.brief.circle import order_circle, place_groups
from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import COLOURS, FAINT, INK

GROUP_COLOURS = (COLOURS[0], COLOURS[2], COLOURS[4], COLOURS[3], COLOURS[5])
FOCAL, TIE = COLOURS[1], "#7d8fa3"
ROOM = 72
"""Pixels around the circle for names."""

THICK = 5.0
"""Pixels of a tie of weight 1."""

DOT = 110.0
"""Square pixels of the state with most ties."""


@dataclass(frozen=True)
class TieNetwork:
    """What the chart draws.

    Parameters
    ----------
    nodes
        iso3, name, group, x, y (radius 1), angle (radians), total (sum of ties), left (without the
        patron's).
    edges
        state_a, state_b, weight, kind (patron, focal or other), x, y, x2, y2.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame


def tie_network(
    edges: pl.DataFrame, groups: Mapping[str, str], patron: str, focal: Sequence[str] = ()
) -> TieNetwork:
    """Lay out a network: the patron in the middle, the others on a circle, group by group.

    Parameters
    ----------
    edges
        state_a, state_b, weight.
    groups
        Group of each state drawn but the patron; groups stand in the order of the mapping.
    patron
    focal
        States whose ties stand out.
    """
    states = list(groups)
    at = {state: k for k, state in enumerate(states)}
    strength = np.zeros((len(states), len(states)))
    drawn = edges.filter(*(pl.col(end).is_in([*states, patron]) for end in ("state_a", "state_b")))
    with_patron = np.zeros(len(states))
    for a, b, weight in drawn.select("state_a", "state_b", "weight").rows():
        if patron in (a, b):
            with_patron[at[a if b == patron else b]] += weight
        else:
            strength[at[a], at[b]] += weight
            strength[at[b], at[a]] += weight
    order = order_circle(strength, [groups[state] for state in states])
    angle = place_groups([groups[states[k]] for k in order])
    ranked = [states[k] for k in order]
    left = strength.sum(axis=1)[order]
    nodes = pl.DataFrame(
        {
            "iso3": [*ranked, patron],
            "group": [*(groups[state] for state in ranked), "patron"],
            "x": [*np.cos(angle), 0.0],
            "y": [*np.sin(angle), 0.0],
            "angle": [*angle, 0.0],
            "total": [*(left + with_patron[order]), float(with_patron.sum())],
            "left": [*left, 0.0],
        }
    )
    ends = pl.col("state_a", "state_b")
    kind = (
        pl.when(pl.any_horizontal(ends == patron))
        .then(pl.lit("patron"))
        .when(pl.any_horizontal(ends.is_in(list(focal))))
        .then(pl.lit("focal"))
        .otherwise(pl.lit("other"))
    )
    spots = nodes.select("iso3", "x", "y")
    placed = drawn.select("state_a", "state_b", "weight", kind=kind)
    placed = placed.join(spots, left_on="state_a", right_on="iso3")
    placed = placed.join(spots.rename({"x": "x2", "y": "y2"}), left_on="state_b", right_on="iso3")
    return TieNetwork(nodes, placed.sort("weight", "state_a", "state_b"))


def network_chart(
    edges: pl.DataFrame,
    groups: Mapping[str, str],
    names: Mapping[str, str],
    patron: tuple[str, str],
    when: int,
    focal: Sequence[str] = (),
) -> Figure:
    """Draw the ties of one year twice: with the patron, and without.

    Parameters
    ----------
    edges
        state_a, state_b, weight (0-1): as `kedge.order.sum_ties` gives them.
    groups
        Group of each state drawn but the patron, as the legend should call it.
    names
        Name of each state by code.
    patron
        Code, and name in a sentence.
    when
        Year.
    focal
        States whose ties stand out and whose loss is told.
    """
    code, called = patron
    network = tie_network(edges, groups, code, focal)
    kept = _kept(network, code, names)
    title = _title(kept, called, focal)
    panels = (f"With {called}", f"Without {called}")

    def chart(width: int) -> Any:
        import altair as alt

        beside = width >= 560
        side = (width - 20) // 2 if beside else width
        drawn = [
            _panel(network, names, focal, side, cut, columns=0 if beside else 2).properties(title=panel)
            for panel, cut in zip(panels, (None, code), strict=True)
        ]
        return alt.hconcat(*drawn, spacing=20) if beside else alt.vconcat(*drawn)

    lost = kept.sort("kept", "iso3")
    return Figure(
        name="network",
        title=words(title),
        subtitle=words(
            f"Security ties among allies of {called}, {when}. Thickness: a tie's weight, summed over kinds. "
            "Area: a state's ties in sum (ring: before the cut). Partners count alike, whatever their size."
            + (f" Orange: ties of {', '.join(names.get(state, state) for state in focal)}." if focal else "")
        ),
        words=words(
            f"{title}. Kept, in percent: "
            + ", ".join(f"{row['name']} {100 * row['kept']:.0f}" for row in lost.rows(named=True))
            + "."
        ),
        data=_drawn(network, code),
        chart=chart,
    )


def _kept(network: TieNetwork, patron: str, names: Mapping[str, str]) -> pl.DataFrame:
    """Share of each state's ties left without the patron; states without any tie left out."""
    tied = network.nodes.filter((pl.col("iso3") != patron) & (pl.col("total") > 0.0))
    return tied.select(
        "iso3", name=pl.col("iso3").replace(dict(names)), kept=pl.col("left") / pl.col("total")
    )


def _title(kept: pl.DataFrame, patron: str, focal: Sequence[str]) -> str:
    if kept.height == 0:
        return f"Allies of {patron} have no ties"
    share = dict(kept.select("iso3", "kept").rows())
    name = dict(kept.select("iso3", "name").rows())
    told = [state for state in focal if state in share][:3] or [
        min(share, key=lambda each: (share[each], each))
    ]
    each = "".join(f", {name[state]} {100 * share[state]:.0f} %" for state in told[1:])
    first = f"{name[told[0]]} keeps {100 * share[told[0]]:.0f} % of its ties{each}"
    middle = 100 * float(np.median(list(share.values())))
    return f"Without {patron} {first}, the median state {middle:.0f} %"


def _drawn(network: TieNetwork, patron: str) -> pl.DataFrame:
    """List every dot and line of both panels."""
    nodes, edges = network.nodes, network.edges
    without = (pl.col("state_a") != patron) & (pl.col("state_b") != patron)
    dot = {"what": pl.lit("state"), "state_a": pl.col("iso3"), "state_b": pl.lit(None, pl.String)}
    line = {"what": pl.lit("tie")}
    wanted = ("panel", "what", "state_a", "state_b", "weight")
    parts = [
        nodes.with_columns(panel=pl.lit("with"), **dot, weight=pl.col("total")),
        edges.with_columns(panel=pl.lit("with"), **line),
        nodes.filter(pl.col("iso3") != patron).with_columns(
            panel=pl.lit("without"), **dot, weight=pl.col("left")
        ),
        edges.filter(without).with_columns(panel=pl.lit("without"), **line),
    ]
    return pl.concat([part.select(wanted) for part in parts])


def _panel(
    network: TieNetwork,
    names: Mapping[str, str],
    focal: Sequence[str],
    side: int,
    cut: str | None,
    *,
    columns: int,
) -> Any:
    import altair as alt

    reach = side / (side - 2.0 * ROOM)
    scale = alt.Scale(domain=[-reach, reach], nice=False, zero=False)
    spot: dict[str, Any] = {
        "x": alt.X("x:Q", scale=scale, axis=None),
        "y": alt.Y("y:Q", scale=scale, axis=None),
    }
    edges = network.edges if cut is None else network.edges.filter(pl.col("kind") != "patron")
    nodes = network.nodes.filter(pl.col("iso3") != cut) if cut else network.nodes
    most = float(network.nodes.filter(pl.col("group") != "patron")["total"].max() or 1.0)  # pyright: ignore[reportArgumentType]
    layers = _lines(edges, spot)
    sized = nodes.with_columns(
        area=DOT * pl.col("left" if cut else "total") / most, ring=DOT * pl.col("total") / most
    )
    kinds = [group for group in dict.fromkeys(network.nodes["group"]) if group != "patron"]
    palette = [*(GROUP_COLOURS[k % len(GROUP_COLOURS)] for k in range(len(kinds))), INK]
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(domain=[*kinds, "patron"], range=palette),
        legend=alt.Legend(title=None, orient="top", symbolStrokeWidth=0, columns=columns),
    )
    layers.append(
        alt.Chart(rows(sized))
        .mark_circle(opacity=1)
        .encode(**spot, size=alt.Size("area:Q", scale=None), color=colour)
    )
    if cut:
        ring = alt.Chart(rows(sized)).mark_point(filled=False, stroke=FAINT, strokeWidth=0.8, opacity=0.9)
        layers.append(ring.encode(**spot, size=alt.Size("ring:Q", scale=None)))
    layers += _labels(nodes, names, focal, spot)
    return alt.layer(*layers).properties(width=side, height=side)


def _lines(edges: pl.DataFrame, spot: Mapping[str, Any]) -> list[Any]:
    import altair as alt

    layers = []
    # Hundreds of weak ties among others would hide the strong ones: weak means pale as well as thin.
    for kind, colour, opacity, fading in (
        ("other", TIE, 1.0, 1.3),
        ("patron", INK, 0.75, 0.0),
        ("focal", FOCAL, 0.9, 0.0),
    ):
        shown = edges.filter(pl.col("kind") == kind).with_columns(
            thick=THICK * pl.col("weight"), shade=opacity * pl.col("weight") ** fading
        )
        layers.append(
            alt.Chart(rows(shown))
            .mark_rule(color=colour)
            .encode(
                **spot,
                x2="x2:Q",
                y2="y2:Q",
                strokeWidth=alt.StrokeWidth("thick:Q", scale=None),
                opacity=alt.Opacity("shade:Q", scale=None),
            )
        )
    return layers


def _labels(
    nodes: pl.DataFrame, names: Mapping[str, str], focal: Sequence[str], spot: Mapping[str, Any]
) -> list[Any]:
    """Write names outwards from the circle, each so that it can be read from left to right."""
    import altair as alt

    # Vega turns clockwise and counts in degrees; on the left half a name is turned over and ends at its dot.
    left = pl.col("x") < -1e-9
    named = nodes.with_columns(
        name=pl.col("iso3").replace(dict(names)),
        turn=-pl.col("angle").degrees() + pl.when(left).then(180.0).otherwise(0.0),
        focal=pl.col("iso3").is_in(list(focal)),
    )
    middle = named.filter(pl.col("group") == "patron")
    around = named.filter(pl.col("group") != "patron")
    layers = []
    for on_left in (True, False):
        for strong in (True, False):
            shown = around.filter((left if on_left else ~left) & (pl.col("focal") == strong))
            layers.append(
                alt.Chart(rows(shown))
                .mark_text(
                    align="right" if on_left else "left",
                    baseline="middle",
                    dx=-9 if on_left else 9,
                    fontSize=10,
                    fontWeight="bold" if strong else "normal",
                    color=FOCAL if strong else INK,
                )
                .encode(**spot, text="name:N", angle=alt.Angle("turn:Q", scale=None))
            )
    layers.append(
        alt.Chart(rows(middle))
        .mark_text(fontSize=11, fontWeight="bold", color=INK, dy=22, stroke="white", strokeWidth=3)
        .encode(**spot, text="name:N")
    )
    layers.append(
        alt.Chart(rows(middle))
        .mark_text(fontSize=11, fontWeight="bold", color=INK, dy=22)
        .encode(**spot, text="name:N")
    )
    return layers
