"""A world map of one number a state, in classes of colour; any room's numbers can be drawn on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from kedge.brief.drawing import Figure, rows
from kedge.brief.single import words
from kedge.brief.theme import BLANK, BLUES, FAINT, INK, ORANGES, PAPER
from kedge.core.errors import DomainError
from kedge.data.baseline import load_table
from kedge.data.world_map import load_outlines

CLASSES = len(BLUES) - 1
"""Most classes of colour on either side of zero."""

SPAN = 5.413
"""Width of the Equal Earth projection of the whole world, radians at scale 1."""

TOP, BOTTOM = 1.317, -1.04
"""What is drawn of its height, from the pole to Cape Horn."""

MARGIN = 4
"""Pixels above the pole."""

EAST = -11.0
"""Degrees by which the globe is turned, so that the edge passes between Asia and America."""


@dataclass(frozen=True)
class MapWords:
    """What a map says around its colours.

    Parameters
    ----------
    name
        Of the files.
    title
        The finding.
    subtitle
        What is drawn; how to read grey and circles is added.
    unit
        What the legend is headed with: the number and its unit.
    """

    name: str
    title: str
    subtitle: str
    unit: str


@dataclass(frozen=True)
class Classes:
    """Classes of colour.

    Parameters
    ----------
    breaks
        Where one class ends and the next begins; the first and last class are open.
    colours
        One more than breaks.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]


def world_map(table: pl.DataFrame, names: Mapping[str, str], said: MapWords) -> Figure:
    """Draw one number a state on the map of the world.

    Colours follow from the numbers: with both signs they are symmetric around zero, blue above and
    orange below; with one sign they grow darker away from zero.  States without a number are pale grey;
    states too small for an outline are circles.

    Parameters
    ----------
    table
        iso3, value.  Rows without a value count as missing.
    names
        Name of each state by code.
    said
        Title, subtitle and unit.

    Raises
    ------
    DomainError
        No state has a value, a value is not finite, or a state occurs twice.
    """
    given = _checked(table)
    places = load_table("map_places").select("iso3", "drawn", "lon", "lat")
    outlines = load_outlines()
    called = {iso3: outline["properties"]["name"] for iso3, outline in outlines.items()} | dict(names)
    data = places.join(given, on="iso3", how="left", maintain_order="left").with_columns(
        name=pl.col("iso3").replace(called)
    )
    classes = classes_of(given["value"].to_numpy())
    off = [called.get(iso3, iso3) for iso3 in given["iso3"] if iso3 not in set(places["iso3"])]

    def chart(width: int) -> Any:
        return _chart(data, classes, said.unit, width)

    small = data.filter(pl.col("drawn") == "circle").drop_nulls("value").height
    circles = " Circles: states too small to draw." if small else ""
    notes = f"Grey: no value.{circles} Darkest colours: open-ended."
    if off:
        notes += f" Not on the map: {', '.join(off)}."
    return Figure(
        name=said.name,
        title=words(said.title),
        subtitle=words(f"{said.subtitle} {notes}"),
        words=words(f"{said.title}. {_ends(given, called)}"),
        data=data.select("iso3", "name", "value", "drawn", "lon", "lat"),
        chart=chart,
    )


def classes_of(values: Float[np.ndarray, " state"]) -> Classes:
    """Choose round breaks and colours for numbers; a few far out fall into the open classes at the ends.

    Examples
    --------
    >>> classes_of(np.array([-1.5, -0.2, 0.3, 2.0])).breaks
    (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
    >>> classes_of(np.array([0.0, 3.0, 8.0, 9.5])).breaks
    (2.0, 4.0, 6.0, 8.0)
    """
    far = float(np.quantile(np.abs(values), 0.95)) or 1.0
    both = bool(values.min() < 0.0 < values.max())
    most = CLASSES - 1 if both else CLASSES
    step = _round_step(far / (most + 0.5))
    each = max(1, min(most, math.floor(far / step)))
    low, high = ORANGES[: each + 1][::-1], BLUES[: each + 1]
    down, up = [-step * k for k in range(each, 0, -1)], [step * k for k in range(1, each + 1)]
    if both:
        breaks, colours = [*down, 0.0, *up], (*low, *high)
    else:
        breaks, colours = (down, low) if values.min() < 0.0 else (up, high)
    return Classes(tuple(float(f"{each:.12g}") for each in breaks), tuple(colours))


def _round_step(wanted: float) -> float:
    """Take the nearest of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return min((power * each for each in (1.0, 2.0, 2.5, 5.0, 10.0)), key=lambda each: abs(each - wanted))


def _checked(table: pl.DataFrame) -> pl.DataFrame:
    given = table.select("iso3", pl.col("value").cast(pl.Float64)).drop_nulls()
    if given.height == 0:
        raise DomainError("a map needs a value for at least one state; the table has none")
    if not given["value"].is_finite().all():
        odd = given.filter(~pl.col("value").is_finite()).row(0)
        raise DomainError(f"values on a map should be finite numbers or missing, found {odd[1]} for {odd[0]}")
    if given["iso3"].is_duplicated().any():
        twice = given.filter(pl.col("iso3").is_duplicated())["iso3"][0]
        raise DomainError(f"a state has one value on a map; {twice} occurs twice")
    return given


def _ends(given: pl.DataFrame, called: Mapping[str, str], most: int = 5) -> str:
    ranked = given.sort("value", "iso3", descending=[True, False]).rows()
    told = [f"{called.get(iso3, iso3)} {value:.3g}" for iso3, value in ranked]
    if len(told) <= 2 * most:
        return f"{', '.join(told)}."
    return f"Highest: {', '.join(told[:most])}; lowest: {', '.join(told[-most:])}."


def _chart(data: pl.DataFrame, classes: Classes, unit: str, width: int) -> Any:
    import altair as alt

    size = width / SPAN
    height = MARGIN + round(size * (TOP - BOTTOM))
    outlined = data.filter(pl.col("drawn") == "outline")
    circles = data.filter(pl.col("drawn") == "circle").drop_nulls("value")
    legend = alt.Legend(
        title=unit,
        titleLimit=width,
        titleFontWeight="normal",
        titleColor=FAINT,
        gradientLength=min(300, width - 40),
        gradientThickness=9,
        labelOverlap=False,
        labelColor=INK,
        labelExpr="isString(datum.label) ? replace(datum.label, '-', '−') : ''",
        orient="top",
    )
    colour = alt.Scale(type="threshold", domain=list(classes.breaks), range=list(classes.colours))
    shapes = alt.Chart(_features(outlined.drop_nulls("value")))
    blank = alt.Chart(_features(outlined.filter(pl.col("value").is_null())))
    border: dict[str, Any] = {"stroke": PAPER, "strokeWidth": 0.4 * width / 680 + 0.1}
    dot = max(11.0, 22.0 * width / 680)
    layers = [
        blank.mark_geoshape(fill=BLANK, **border),
        shapes.mark_geoshape(**border).encode(
            color=alt.Color("properties.value:Q", scale=colour, legend=legend)
        ),
        alt.Chart(rows(circles.select("iso3", "name", "value", "lon", "lat")))
        .mark_circle(size=dot, opacity=1, stroke=INK, strokeWidth=0.35)
        .encode(longitude="lon:Q", latitude="lat:Q", color=alt.Color("value:Q", scale=colour, legend=legend)),
    ]
    return (
        alt.layer(*layers)
        .project(
            type="equalEarth",
            rotate=[EAST, 0, 0],
            scale=size,
            translate=[width / 2, MARGIN + round(size * TOP)],
        )
        .properties(width=width, height=height)
    )


def _features(data: pl.DataFrame) -> Any:
    import altair as alt

    outlines = load_outlines()
    return alt.Data(
        values=[
            {**outlines[row["iso3"]], "properties": {"name": row["name"], "value": row["value"]}}
            for row in data.rows(named=True)
        ]
    )
