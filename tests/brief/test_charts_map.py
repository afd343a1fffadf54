"""The world map draws each state's value, in classes that follow from the values, within the globe."""

from __future__ import annotations

import math
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.brief.charts_map import MapWords, classes_of, world_map
from kedge.brief.charts_order_votes import positions_map
from kedge.brief.drawing import NARROW, WIDE, Figure, draw_svg, specify
from kedge.brief.theme import BLANK, BLUES, ORANGES
from kedge.core.errors import DomainError

NAMES = {"JPN": "Japan", "SGP": "Singapore", "USA": "United States", "YUG": "Yugoslavia"}
SAID = MapWords("welfare", "Japan loses 1.5 %", "Change of welfare.", "Change of welfare, percent")


def drawn(values: dict[str, float | None]) -> Figure:
    table = pl.DataFrame(
        {"iso3": list(values), "value": list(values.values())}, schema_overrides={"value": pl.Float64}
    )
    return world_map(table, NAMES, SAID)


def layers(figure: Figure, width: int = WIDE) -> list[dict]:
    return specify(figure, width)["layer"]


def features(layer: dict) -> dict[str, dict]:
    return {each["id"]: each["properties"] for each in layer["data"]["values"]}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_map_fits_the_schema_and_holds_no_address(width: int) -> None:
    text = drawn({"JPN": -1.5, "USA": 0.5, "SGP": 0.1}).chart(width).to_json(validate=True)
    assert "http" not in text.replace("https://vega.github.io/schema", "")


def test_every_state_is_drawn_once_by_outline_or_circle_or_left_grey() -> None:
    figure = drawn({"JPN": -1.5, "USA": 0.5, "SGP": 0.1, "FRA": None})
    blank, shapes, circles = layers(figure)
    assert {iso3: each["value"] for iso3, each in features(shapes).items()} == {"JPN": -1.5, "USA": 0.5}
    assert features(shapes)["JPN"]["name"] == "Japan"
    assert [(row["iso3"], row["value"]) for row in circles["data"]["values"]] == [("SGP", 0.1)]
    assert {"FRA", "DEU"} <= set(features(blank))
    assert not {"JPN", "USA"} & set(features(blank))
    assert blank["mark"]["fill"] == BLANK
    valued = figure.data.drop_nulls("value").select("iso3", "value").sort("iso3").rows()
    assert valued == [("JPN", -1.5), ("SGP", 0.1), ("USA", 0.5)]
    assert "Grey: no value" in str(figure.subtitle)


def test_states_that_are_no_more_are_named_and_not_lost() -> None:
    figure = drawn({"JPN": 1.0, "YUG": 2.0})
    assert str(figure.subtitle).endswith("Not on the map: Yugoslavia.")
    assert "Not on the map" not in str(drawn({"JPN": 1.0}).subtitle)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_outlines_are_filled_inside_and_lie_within_the_picture(width: int) -> None:
    # Rings wound the wrong way fill the whole globe but for the state: the path would span the picture.
    svg = draw_svg(specify(drawn({"ITA": 1.0, "ZAF": 2.0, "TON": 1.5}), width))
    rings = [ring for path in re.findall(r' d="(M[^"]+)"', svg) for ring in re.findall(r"M([^MZ]+)", path)]
    rings = [ring for ring in rings if ring.count("L") > 10]
    assert len(rings) > 150
    # Tonga lies farthest east of what is drawn.
    ((east, south),) = re.findall(r'<path transform="translate\(([1-9][\d.]+),([\d.]+)\)" d="M[\d.]+,0A', svg)
    assert 0.9 * width < float(east) < width
    assert 0.2 * width < float(south) < 0.4 * width
    for ring in rings:
        x, y = np.array([[float(each) for each in pair.split(",")] for pair in ring.split("L")]).T
        assert x.min() > -1.0
        assert x.max() < width + 1.0
        assert y.min() > 0.0
        # Russia spans the most: its outline crosses almost half of the globe.
        assert np.ptp(x) < 0.46 * width


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=60))
def test_classes_are_in_order_symmetric_for_changes_and_one_more_than_breaks(values: list[float]) -> None:
    found = classes_of(np.array(values))
    breaks = list(found.breaks)
    assert breaks == sorted(set(breaks))
    assert len(found.colours) == len(breaks) + 1
    if min(values) < 0.0 < max(values):
        assert breaks == [-each for each in reversed(breaks)]
        assert 0.0 in breaks
        half = len(found.colours) // 2
        assert set(found.colours[:half]) <= set(ORANGES)
        assert set(found.colours[half:]) <= set(BLUES)
    else:
        assert all(each * (1 if max(values) > 0 or min(values) == 0 else -1) > 0 for each in breaks)


def test_one_sign_grows_darker_away_from_zero() -> None:
    losses, gains = classes_of(np.array([-4.0, -1.0, -0.1])), classes_of(np.array([0.1, 1.0, 4.0]))
    assert losses.colours == ORANGES[: len(losses.colours)][::-1]
    assert gains.colours == BLUES[: len(gains.colours)]
    assert losses.breaks == tuple(-each for each in reversed(gains.breaks))


def test_one_far_value_does_not_wash_out_the_others() -> None:
    found = classes_of(np.array([*np.linspace(-1.0, 1.0, 199), 400.0]))
    assert max(found.breaks) < 1.0


def test_tables_that_cannot_be_mapped_are_refused() -> None:
    with pytest.raises(DomainError, match="at least one state"):
        drawn({"JPN": None})
    with pytest.raises(DomainError, match="found inf for JPN"):
        drawn({"JPN": math.inf})
    with pytest.raises(DomainError, match="JPN occurs twice"):
        world_map(pl.DataFrame({"iso3": ["JPN", "JPN"], "value": [1.0, 2.0]}), NAMES, SAID)


def test_the_map_of_positions_counts_who_stands_nearer_to_whom() -> None:
    points = {"USA": 3.0, "CHN": -1.0, "JPN": 0.9, "SGP": -0.5, "FRA": 1.5}
    table = pl.DataFrame({"iso3": list(points), "ideal_point": list(points.values())}).with_columns(year=2025)
    figure = positions_map(table, NAMES, 80)
    assert str(figure.title) == "Session 80: 2 of 3 other states stand nearer to China than to the US"
    assert dict(figure.data.drop_nulls("value").select("iso3", "value").rows()) == points
    without = positions_map(table.filter(pl.col("iso3") != "CHN"), NAMES, 80)
    assert str(without.title) == "Session 80: from Singapore to United States"
