"""Tables for the order room from the baseline, and from the publishers' files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.data.baseline import load_baseline
from kedge.order.tie_measures import measure_ties
from kedge.world.lookups import joint_events
from kedge.world.order_data import dated_ties, spending_of_states, tie_sources


def test_japans_ties_widen_over_the_years() -> None:
    sources = tie_sources()
    old, new = (measure_ties(sources.graph(year), "USA", sizes=spending_of_states()) for year in (2012, 2024))
    before, after = old.table(), new.table()
    japan = [frame.filter(frame["iso3"] == "JPN").row(0, named=True) for frame in (before, after)]
    assert japan[0]["dependence"] > japan[1]["dependence"]
    assert japan[0]["dependence_by_size"] > japan[1]["dependence_by_size"] > 0.5
    assert japan[0]["left"] < japan[1]["left"]


def test_a_year_outside_the_data_is_refused_with_a_way_out() -> None:
    with pytest.raises(DomainError, match="known from 2010 to 2026, not in 1999; --data full reaches back"):
        tie_sources().graph(1999)
    with pytest.raises(UnknownName, match="no set of tie tables is called 'ful'; did you mean full"):
        tie_sources("ful")


def test_counts_of_troops_do_not_pose_as_treaties() -> None:
    ties = dated_ties()
    assert ties.filter((ties["layer"] == "basing") & (ties["source"] == "us-troops")).height == 0
    assert ties.filter(ties["layer"] == "basing").height > 5


@pytest.mark.mirror
def test_the_publishers_files_reach_back_to_1950(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEDGE_MIRROR", os.fspath(mirror))
    sources = tie_sources("full")
    graph = sources.graph(1985)
    assert sources.ends["access"] == 2010
    assert {"obligation", "arms", "basing", "exercise", "access", "trade"} == {
        layer for layer, table in zip(graph.layers, graph.weights, strict=True) if table.any()
    }
    at = graph.find("DEU"), graph.find("USA")
    assert graph.weights[graph.layers.index("obligation"), at[0], at[1]] == 1.0
    assert graph.weights[graph.layers.index("basing"), at[1], at[0]] == 1.0
    assert np.all(graph.weights.diagonal(axis1=1, axis2=2) == 0.0)


def test_joint_patrols_are_a_fact_of_studies_with_both_challengers() -> None:
    import re
    from importlib import resources

    facts: list = []
    rate = joint_events(load_baseline(), "CHN", "RUS", facts)
    assert rate == pytest.approx(1.5, abs=0.01)
    assert facts == [
        {
            "state": "RUS",
            "name": "Joint bomber patrols with CHN since 2019",
            "value": rate,
            "unit": "a year",
            "year": 2025,
            "source": "china-russia-patrols",
            "kind": "measured",
            "table": "events",
        }
    ]
    assert joint_events(load_baseline(), "CHN", "PRK", facts) is None
    assert len(facts) == 1
    # What the parameter's source says is what the events say.
    text = resources.files("kedge.world").joinpath("parameters.toml").read_text("utf-8")
    assert re.search(rf"about {rate:.1f} a year \(0\.8 to 2\.3\)", text)
