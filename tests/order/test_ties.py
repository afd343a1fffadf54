"""Ties: edges of each layer, the graph of a year, and measures worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.order.layers import (
    LAYERS,
    agreement_edges,
    alliance_edges,
    arms_edges,
    exercise_edges,
    trade_edges,
    treaty_edges,
    troop_edges,
)
from kedge.order.tie_measures import betweenness, dependence_interval, measure_ties
from kedge.order.ties import LAYER_WEIGHTS, build_graph, layer_weights

STATES = ("AAA", "BBB", "CCC", "DDD", "USA")
EDGE = st.tuples(
    st.sampled_from(LAYERS), st.sampled_from(STATES), st.sampled_from(STATES), st.floats(0.05, 1.0)
).filter(lambda edge: edge[1] != edge[2])
EDGE_LISTS = st.lists(EDGE, min_size=1, max_size=15)


def edges(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=["layer", "sender", "receiver", "weight"], orient="row")


def graph(*rows: tuple[str, str, str, float]):
    return build_graph(edges(*rows), 2024, STATES)


def test_a_tie_counts_from_its_day_to_its_last_and_ties_of_a_pair_knit() -> None:
    ties = pl.DataFrame(
        {
            "state_a": ["JPN", "AUS", "AUS"],
            "state_b": ["AUS", "JPN", "JPN"],
            "layer": ["access", "logistics", "access"],
            "since": ["2023-08-13", "2013", "2000-01"],
            "until": ["", "", "2009"],
            "depth": [0.5, 0.3, 0.9],
        }
    )
    weight = {year: treaty_edges(ties, year)["weight"].to_list() for year in (1999, 2005, 2012, 2013, 2024)}
    assert weight[1999] == []
    assert weight[2005] == pytest.approx([0.9])
    assert weight[2012] == []
    assert weight[2013] == pytest.approx([0.3])
    assert weight[2024] == pytest.approx([1 - 0.5 * 0.7])
    with pytest.raises(DomainError, match="column 'since' should begin with a year, found 'soon'"):
        treaty_edges(ties.with_columns(since=pl.lit("soon")), 2024)


def test_an_obligation_is_the_strongest_that_both_members_took_on() -> None:
    members = pl.DataFrame(
        {
            "atopid": [1, 1, 1, 2, 2],
            "iso3": ["USA", "JPN", "GBR", "USA", "JPN"],
            "entry_year": [1951, 1951, 1951, 1990, 1990],
            "exit_year": [None, None, 1960, None, 1995],
            "defense": [1, 1, 1, 0, 0],
            "offense": 0,
            "neutral": 0,
            "nonagg": 0,
            "consul": [0, 0, 0, 1, 1],
        },
        schema_overrides={"exit_year": pl.Int32},
    )
    assert alliance_edges(members, 1955).select("sender", "receiver").rows() == [
        ("GBR", "JPN"),
        ("GBR", "USA"),
        ("JPN", "USA"),
    ]
    assert alliance_edges(members, 1992).rows() == [("obligation", "JPN", "USA", 1.0)]
    assert alliance_edges(members.filter(pl.col("atopid") == 2), 1992)["weight"].to_list() == [0.4]


def test_agreements_and_exercises_are_counted_up_to_a_full_weight() -> None:
    agreements = pl.DataFrame(
        {
            "state_a": ["B", "A", "A"],
            "state_b": ["A", "B", "C"],
            "year": [2000, 2005, 2005],
            "end_year": [2010, 2010, None],
        },
        schema_overrides={"end_year": pl.Int32},
    )
    assert agreement_edges(agreements, 2006, full=4)["weight"].to_list() == [0.5, 0.25]
    assert agreement_edges(agreements, 2011)["receiver"].to_list() == ["C"]
    took_part = pl.DataFrame(
        {"exercise": ["x", "x", "x", "y", "y"], "iso3": ["A", "B", "A", "B", "A"], "year": [1, 1, 1, 4, 4]}
    )
    assert exercise_edges(took_part, 5)["weight"].to_list() == [0.2]
    assert exercise_edges(took_part, 6)["weight"].to_list() == [0.1]


def test_arms_are_shares_of_what_a_recipient_got_and_troops_grow_with_their_logarithm() -> None:
    deliveries = pl.DataFrame(
        {
            "supplier": ["USA", "FRA", "USA"],
            "recipient": ["JPN", "JPN", "KOR"],
            "year": [2020, 2021, 2010],
            "tiv": [30.0, 10.0, 5.0],
        }
    )
    assert arms_edges(deliveries, 2022).rows() == [
        ("arms", "FRA", "JPN", 0.25),
        ("arms", "USA", "JPN", 0.75),
    ]
    troops = pl.DataFrame(
        {"iso3": ["JPN", "USA", "NZL", "KOR"], "year": 2020, "personnel": [50_000, 9, 0, 100]}
    )
    weights = dict(troop_edges(troops, 2020).select("receiver", "weight").rows())
    assert weights == pytest.approx({"JPN": 1.0, "KOR": np.log(2) / np.log(501)})


def test_a_trade_agreement_binds_every_pair_of_members() -> None:
    desta = pl.DataFrame({"number": ["1"], "year": [2018], "members": [["C", "A", "B"]]})
    assert trade_edges(desta, 2018).select("sender", "receiver").rows() == [
        ("A", "B"),
        ("A", "C"),
        ("B", "C"),
    ]
    assert trade_edges(desta, 2017).height == 0


def test_measures_are_those_worked_out_by_hand() -> None:
    # AAA: 0.6 with the patron, 0.2 with BBB, 0.2 with CCC; BBB and CCC know one another.
    made = graph(
        ("obligation", "AAA", "USA", 0.6),
        ("obligation", "AAA", "BBB", 0.2),
        ("obligation", "AAA", "CCC", 0.2),
        ("obligation", "BBB", "CCC", 0.2),
    )
    found = measure_ties(made, "USA", {"obligation": 1.0}, sizes={"USA": 10.0, "BBB": 1.0, "CCC": 2.0})
    assert found.total[0] == pytest.approx(1.0)
    assert found.dependence[0] == pytest.approx(0.6)
    assert found.dependence_by_size[0] == pytest.approx(6.0 / 6.6)
    assert found.concentration[0] == pytest.approx(0.36 + 0.04 + 0.04)
    assert found.constraint[0] == pytest.approx(0.6**2 + 2 * (0.2 + 0.2 * 0.5) ** 2)
    assert found.left[0] == pytest.approx(0.4)
    assert found.reach_left[0] == pytest.approx(1.0)
    # Every path between the patron and BBB or CCC leads through AAA: 4 of 12 ordered pairs.
    assert found.betweenness[0] == pytest.approx(4 / 12)
    assert np.isnan(found.dependence[3])
    assert np.isnan(found.dependence[4])


def test_betweenness_shares_paths_of_equal_length() -> None:
    # A square: each diagonal has two shortest paths.
    square = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]], dtype=float)
    assert betweenness(square) == pytest.approx([1 / 6] * 4)
    # Twice as strong a tie is half as far: all paths now lead the strong way.
    square[0, 1] = square[1, 0] = square[1, 2] = square[2, 1] = 2.0
    assert betweenness(square)[1] > betweenness(square)[3]


@given(EDGE_LISTS)
def test_shares_lie_between_zero_and_one_and_add_up(rows: list) -> None:
    found = measure_ties(graph(*rows), "USA", dict.fromkeys(LAYERS, 1.0))
    for name in ("dependence", "concentration", "betweenness", "left", "reach_left"):
        value = getattr(found, name)
        assert np.nanmin(value, initial=0.0) >= -1e-12, name
        assert np.nanmax(value, initial=0.0) <= 1.0 + 1e-12, name
    known = np.isfinite(found.dependence)
    assert np.allclose(found.dependence[known] + found.left[known], 1.0)


@given(EDGE_LISTS)
def test_cutting_the_patron_removes_exactly_its_ties(rows: list) -> None:
    whole = graph(*rows)
    cut = whole.without("USA")
    at = whole.find("USA")
    others = [place for place in range(len(STATES)) if place != at]
    assert np.array_equal(cut.weights[:, others][:, :, others], whole.weights[:, others][:, :, others])
    assert cut.weights[:, at].sum() == cut.weights[:, :, at].sum() == 0.0


@given(EDGE_LISTS, st.permutations(STATES))
def test_the_order_of_states_and_rows_does_not_matter(rows: list, order: list[str]) -> None:
    first = measure_ties(graph(*rows), "USA").table().sort("iso3")
    second = measure_ties(build_graph(edges(*reversed(rows)), 2024, order), "USA").table().sort("iso3")
    assert first.columns == second.columns
    for name in first.columns[2:]:
        left, right = (frame[name].fill_null(-1.0).to_numpy() for frame in (first, second))
        assert left == pytest.approx(right, abs=1e-9), name


def test_layers_without_direction_are_symmetric_and_those_with_one_are_not() -> None:
    made = graph(("obligation", "AAA", "USA", 0.5), ("arms", "USA", "AAA", 0.7))
    assert made.weights[LAYERS.index("obligation"), 4, 0] == 0.5
    assert made.weights[LAYERS.index("arms"), 0, 4] == 0.0
    assert made.undirected()[LAYERS.index("arms"), 0, 4] == 0.7


def test_the_interval_of_dependence_holds_the_single_layers_and_the_given_weights() -> None:
    made = graph(("obligation", "AAA", "USA", 1.0), ("exercise", "AAA", "BBB", 1.0))
    weights = {"obligation": 1.0, "exercise": 1.0}
    found = dependence_interval(made, "USA", np.random.default_rng(1), 4000, weights).row(0, named=True)
    assert found["iso3"] == "AAA"
    assert found["dependence"] == pytest.approx(0.5)
    assert (found["lowest_layer"], found["highest_layer"]) == (0.0, 1.0)
    # With two layers alike, dependence is uniform between none and all.
    assert (found["q05"], found["q50"], found["q95"]) == pytest.approx((0.05, 0.5, 0.95), abs=0.03)
    close = dependence_interval(made, "USA", np.random.default_rng(1), 4000, weights, evenness=50.0)
    assert close["q95"][0] < 0.62


def test_what_is_no_tie_is_refused() -> None:
    with pytest.raises(DomainError, match=r"layers are obligation, .*; found 'friendship'"):
        graph(("friendship", "AAA", "BBB", 0.5))
    with pytest.raises(DomainError, match="between 0 and 1"):
        graph(("arms", "AAA", "BBB", 5.0))
    with pytest.raises(DomainError, match="tied to itself"):
        graph(("arms", "AAA", "AAA", 0.5))
    made = graph(("arms", "AAA", "BBB", 0.5))
    with pytest.raises(UnknownName, match="no state with ties is called 'USB'; did you mean USA"):
        measure_ties(made, "USB")
    with pytest.raises(DomainError, match="at least one should be above zero"):
        layer_weights(made, {"arms": 0.0})
    with pytest.raises(DomainError, match="'love' is none of"):
        layer_weights(made, {"love": 1.0})
    assert set(LAYER_WEIGHTS) == set(LAYERS)
