"""`kedge order network`, and the map of `kedge order positions`."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import DomainError, UnknownName
from kedge.order import sum_ties
from kedge.world.order_data import tie_sources

RUN = CliRunner()


def call(*words: object):
    return RUN.invoke(build(), ["order", *map(str, words)])


def test_the_network_lists_ties_among_allies_and_draws_the_same_picture_each_time(tmp_path: Path) -> None:
    files = [tmp_path / "a.svg", tmp_path / "b.svg"]
    done = [
        call("network", "--state", "JPN", "--json", "--csv", tmp_path / "n.csv", "--figure", f) for f in files
    ]
    assert done[0].exit_code == 0, done[0].output
    assert done[0].stdout == done[1].stdout
    assert files[0].read_bytes() == files[1].read_bytes()
    got = json.loads(done[0].stdout)
    assert pl.read_csv(tmp_path / "n.csv").height == len(got["ties"]) > 600
    states = {row["iso3"]: row for row in got["states"]}
    assert len(states) == 38
    japan = states["JPN"]
    mine = [tie for tie in got["ties"] if "JPN" in (tie["state_a"], tie["state_b"])]
    patron = [tie["weight"] for tie in mine if "USA" in (tie["state_a"], tie["state_b"])]
    assert japan["total"] == pytest.approx(sum(tie["weight"] for tie in mine))
    assert japan["with_patron"] == pytest.approx(sum(patron))
    assert japan["kept"] == pytest.approx(1.0 - sum(patron) / japan["total"])
    page = (Path(__file__).parents[2] / "docs/order-ties.md").read_text("utf-8")
    assert f"Japan keeps {100 * japan['kept']:.0f} % of its ties of 2024" in page
    assert f"Taiwan {100 * states['TWN']['kept']:.0f} %" in page
    assert f"Japan keeps {100 * japan['kept']:.0f} % of its ties" in files[0].read_text("utf-8")


def test_a_state_that_is_no_ally_joins_the_others_and_an_unknown_one_is_refused() -> None:
    done = call("network", "--state", "IND", "--year", 2020)
    assert done.exit_code == 0, done.output
    assert "India" in done.stdout
    assert "Ties among US allies in 2020" in done.stdout
    assert isinstance(call("network", "--state", "JPX").exception, UnknownName)
    assert isinstance(call("network", "--year", 1980).exception, DomainError)


def test_sums_of_ties_are_those_of_the_layers() -> None:
    graph = tie_sources().graph(2024)
    alone = sum_ties(graph, ["JPN", "USA", "XXX"], {"basing": 1.0, "arms": 3.0})
    layer = dict(zip(graph.layers, graph.undirected()[:, graph.find("JPN"), graph.find("USA")], strict=True))
    ((a, b, weight),) = alone.rows()
    assert (a, b) == ("JPN", "USA")
    assert weight == pytest.approx(0.25 * layer["basing"] + 0.75 * layer["arms"])


def test_positions_are_drawn_on_a_map(tmp_path: Path) -> None:
    path = tmp_path / "map.svg"
    assert call("positions", "--session", 80, "--map", "--figure", path).exit_code == 0
    text = path.read_text("utf-8")
    assert "stand nearer to China than to the US" in text
    assert "outlines: Natural Earth" in text
    plain = tmp_path / "plain.svg"
    assert call("positions", "--session", 80, "--figure", plain).exit_code == 0
    assert "Natural Earth" not in plain.read_text("utf-8")


@pytest.mark.parametrize("words", [(), ("--state", "JPN", "--figure", "x.svg")])
def test_a_map_without_a_file_or_of_one_state_is_refused(words: tuple[str, ...]) -> None:
    done = call("positions", "--map", *words)
    assert done.exit_code == 2
    assert "--map goes with --figure" in done.output


@pytest.mark.parametrize(
    "command", [("network", "--year", "2012"), ("ties", "--state", "JPN", "--years", "2012-2013")]
)
def test_early_years_of_the_packages_own_list_come_with_a_caution(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    figure = tmp_path / "early.svg"
    told = call(*command, "--figure", figure)
    assert "thin before 2024" in told.output.replace("\n", " ")
    assert "list thin" in figure.read_text()
    assert "thin before 2024" in json.loads(call(*command, "--json").stdout)["caution"]


def test_the_last_year_comes_without_it() -> None:
    assert json.loads(call("network", "--json").stdout)["caution"] == ""
