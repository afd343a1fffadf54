"""`kedge trade`, on the package's own tables, without a network."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import FetchFailed, UnknownName

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KEDGE_MIRROR", raising=False)


def call(*words: str):
    return RUN.invoke(build(), ["trade", *words])


def test_simulate_prints_one_object_with_every_measure(tmp_path: Path) -> None:
    table = tmp_path / "all.csv"
    done = call(
        "simulate", "--data", "baseline", "--scenario", "announced-reciprocal", "--json", "--csv", str(table)
    )
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    measures = {
        "welfare",
        "deficit",
        "exports_to_gdp",
        "imports_to_gdp",
        "employment",
        "prices",
        "revenue_share",
    }
    assert set(got["economies"]["USA"]) == measures
    assert got["solver"]["status"] == "converged"
    assert got["solver"]["residual"] <= 1e-10
    assert set(got["solver"]) == {"status", "residual", "iterations", "cpu_seconds"}
    assert got["world"]["trade_to_gdp"] < 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["iso3"] for row in rows] == list(got["economies"])
    assert float(rows[0]["welfare"]) == got["economies"][rows[0]["iso3"]]["welfare"]


def test_the_baseline_agrees_with_the_194_economies_in_sign_and_size() -> None:
    got = json.loads(call("simulate", "--data", "baseline", "--json").stdout)["economies"]["USA"]
    assert got["welfare"] == pytest.approx(1.13, abs=0.15)
    assert got["prices"] == pytest.approx(12.8, abs=1.0)


def test_the_table_shows_winners_losers_and_the_world() -> None:
    done = call("simulate", "--data", "baseline")
    assert done.exit_code == 0
    for word in ("United", "World: welfare", "Solver: converged"):
        assert word in done.stdout


def test_the_formula_gives_the_rates_of_april_2025() -> None:
    names = ("EU", "Japan", "Korea", "China", "Iran", "Venezuela")
    done = call("formula", "--json", *(word for name in names for word in ("--partner", name)))
    got = json.loads(done.stdout)["partners"]
    assert [entry["rate"] for entry in got.values()] == [20, 24, 26, 34, 10, 15]
    assert "25 %" in got["South Korea"]["explanation"]


def test_scenarios_are_listed_with_a_sentence_each() -> None:
    got = json.loads(call("simulate", "--list", "--json").stdout)
    assert len(got["scenarios"]) == 7
    assert all(sentence.endswith(".") for sentence in got["scenarios"].values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("simulate", "--data", "baseline", "--scenario", "anounced"), "announced"),
        (("simulate", "--data", "basline"), "baseline"),
        (("formula", "--partner", "Japn"), "Japan"),
        (("formula", "--data", "us-goods"), "us-goods-trade-2024"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(words: tuple[str, ...], message: str) -> None:
    done = call(*words)
    assert isinstance(done.exception, UnknownName)
    assert done.exception.exit_code == 2
    assert message in str(done.exception)


def test_offline_without_the_file_says_what_to_do() -> None:
    done = call("simulate", "--data", "liberation-day-2025")
    assert isinstance(done.exception, FetchFailed)
    assert "KEDGE_MIRROR" in str(done.exception)
