"""The network of ties: what is drawn is the graph, in places that never change; the patron goes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.brief.charts_order_graph import network_chart, tie_network
from kedge.brief.circle import order_circle, place_groups
from kedge.brief.drawing import NARROW, WIDE, Figure, draw_svg, specify

GROUPS = {"POL": "NATO", "DEU": "NATO", "JPN": "other", "TWN": "partner"}
NAMES = {"POL": "Poland", "DEU": "Germany", "JPN": "Japan", "TWN": "Taiwan", "USA": "United States"}
TIES = [
    ("DEU", "POL", 0.6),
    ("DEU", "USA", 0.2),
    ("JPN", "USA", 0.75),
    ("JPN", "POL", 0.25),
    ("POL", "USA", 0.1),
    ("TWN", "USA", 0.3),
]
EDGES = pl.DataFrame(TIES, schema=["state_a", "state_b", "weight"], orient="row")


def figure(*focal: str, edges: pl.DataFrame = EDGES) -> Figure:
    return network_chart(edges, GROUPS, NAMES, ("USA", "the United States"), 2024, focal)


def panel(place: int, width: int = WIDE) -> list[dict]:
    spec = specify(figure("JPN"), width)
    return spec["hconcat" if "hconcat" in spec else "vconcat"][place]["layer"]


def lines(layers: list[dict]) -> list[tuple[str, str, float]]:
    drawn = [row for layer in layers if layer["mark"]["type"] == "rule" for row in layer["data"]["values"]]
    return sorted((row["state_a"], row["state_b"], row["weight"]) for row in drawn)


def dots(layers: list[dict]) -> dict[str, dict]:
    (layer,) = [layer for layer in layers if layer["mark"]["type"] == "circle"]
    return {row["iso3"]: row for row in layer["data"]["values"]}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_chart_fits_the_schema_and_holds_no_address(width: int) -> None:
    text = figure("JPN").chart(width).to_json(validate=True)
    assert "http" not in text.replace("https://vega.github.io/schema", "")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_all_ties_are_drawn_and_the_second_panel_lacks_the_patrons_alone(width: int) -> None:
    first, second = panel(0, width), panel(1, width)
    assert lines(first) == sorted(TIES)
    assert lines(second) == sorted(tie for tie in TIES if "USA" not in tie)
    assert set(dots(first)) == {*GROUPS, "USA"}
    assert set(dots(second)) == set(GROUPS)


def test_areas_are_sums_of_ties_and_places_stay() -> None:
    first, second = dots(panel(0)), dots(panel(1))
    for state in GROUPS:
        assert (first[state]["x"], first[state]["y"]) == (second[state]["x"], second[state]["y"])
        assert np.hypot(first[state]["x"], first[state]["y"]) == pytest.approx(1.0)
    area = {state: row["area"] for state, row in second.items()}
    assert area["TWN"] == 0.0
    assert area["DEU"] / area["JPN"] == pytest.approx(0.6 / 0.25)
    assert first["JPN"]["area"] / area["JPN"] == pytest.approx(1.0 / 0.25)
    assert (first["USA"]["x"], first["USA"]["y"]) == (0.0, 0.0)


def test_lines_end_at_their_states_and_thicken_with_weight() -> None:
    spots = {
        row[0]: row[1:] for row in tie_network(EDGES, GROUPS, "USA").nodes.select("iso3", "x", "y").rows()
    }
    for layer in panel(0):
        if layer["mark"]["type"] == "rule":
            for row in layer["data"]["values"]:
                assert (row["x"], row["y"]) == spots[row["state_a"]]
                assert (row["x2"], row["y2"]) == spots[row["state_b"]]
                assert row["thick"] == pytest.approx(5.0 * row["weight"])


def test_the_data_list_what_both_panels_draw() -> None:
    data = figure().data
    ties = data.filter((pl.col("panel") == "without") & (pl.col("what") == "tie"))
    assert ties.select("state_a", "state_b", "weight").sort("state_a").rows() == [TIES[0], TIES[3]]
    states = data.filter((pl.col("panel") == "without") & (pl.col("what") == "state"))
    assert dict(states.select("state_a", "weight").rows()) == {
        "POL": 0.85,
        "DEU": 0.6,
        "JPN": 0.25,
        "TWN": 0.0,
    }


def test_the_title_tells_what_is_kept() -> None:
    # Poland keeps 0.85 of 0.95, Germany 0.6 of 0.8, Japan 0.25 of 1, Taiwan none: median 50 %.
    assert (
        str(figure("JPN").title)
        == "Without the United States Japan keeps 25 % of its ties, the median state 50 %"
    )
    assert str(figure("DEU", "JPN").subtitle).endswith("Orange: ties of Germany, Japan.")
    assert "Orange" not in str(figure().subtitle)
    assert "Taiwan keeps 0 % of its ties" in str(figure().title)
    assert "Germany keeps 75 % of its ties, Japan 25 %," in str(figure("DEU", "JPN").title)
    assert str(figure(edges=EDGES.clear()).title) == "Allies of the United States have no ties"


def test_the_same_ties_give_the_same_bytes_in_any_order() -> None:
    one, other = figure("JPN"), figure("JPN", edges=EDGES.reverse())
    assert draw_svg(specify(one, WIDE)) == draw_svg(specify(other, WIDE))


def length(strength: np.ndarray, order: list[int], groups: list[str]) -> float:
    angle = place_groups([groups[state] for state in order])
    apart = np.abs(angle[:, None] - angle[None, :])
    return float((strength[np.ix_(order, order)] * np.minimum(apart, 2 * np.pi - apart)).sum())


@given(st.integers(1, 8), st.integers(0, 1000))
def test_an_order_keeps_groups_together_and_no_swap_shortens_it(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    strength = np.triu(rng.random((size, size)), 1)
    strength += strength.T
    groups = sorted(rng.choice(["a", "b"], size).tolist())
    order = order_circle(strength, groups)
    assert sorted(order) == list(range(size))
    assert [groups[state] for state in order] == groups
    best = length(strength, order, groups)
    for i in range(size):
        for j in range(i):
            if groups[order[i]] == groups[order[j]]:
                swapped = order.copy()
                swapped[i], swapped[j] = swapped[j], swapped[i]
                assert length(strength, swapped, groups) >= best - 1e-8


def test_angles_leave_a_gap_between_groups() -> None:
    step = np.diff(np.unwrap(place_groups(["a", "a", "b", "b", "b"])))
    assert step == pytest.approx(2 * np.pi / 7 * np.array([1, 2, 1, 1]))
