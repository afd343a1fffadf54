"""The commands that take a folder of results further, on a small problem of one's own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build

MODEL = """
import numpy as np

def cost(height, soil, rise, surge, regime):
    earth = (2.0 if soil == "sand" else 3.0) * height
    flood = 30.0 * np.clip(rise + surge * (regime == "storm") - height / 4.0, 0.0, None)
    return {"earth": earth + 0.0 * rise, "flood": flood}
"""
PROBLEM = """
schema = 1
title = "A dike"
model = "model.py:cost"
reference_plan = "low"
[uncertainties]
rise = { low = 0, high = 1, unit = "m" }
surge = { low = 0, high = 2, unit = "m" }
regime = { categories = ["calm", "storm"] }
[levers]
height = { low = 0, high = 10, unit = "m" }
soil = { categories = ["sand", "clay"] }
[measures]
earth = { direction = "minimise", unit = "M EUR", weight = 1 }
flood = { direction = "minimise", unit = "M EUR", weight = 1 }
[plans.low]
levers = { height = 1, soil = "sand" }
[plans.high]
levers = { height = 6, soil = "clay" }
[[limits]]
label = "earth"
levers = { height = 1 }
at_most = 8
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("a dike – 堤防")
    (folder / "model.py").write_text(MODEL)
    (folder / "dike.toml").write_text(PROBLEM)
    call("assess", folder / "dike.toml", "--futures", "2000", "--out", folder / "run")
    return folder


def call(*words, code=0):
    ended = CliRunner().invoke(build(), [str(word) for word in words])
    if ended.exception and not isinstance(ended.exception, SystemExit):
        if code == 0:
            raise ended.exception
        return str(ended.exception)
    assert ended.exit_code == code, ended.output
    return ended.stdout if code == 0 else ended.output


def as_json(*words):
    return json.loads(call(*words, "--json"))


def test_a_problem_file_leaves_a_folder_that_says_what_it_holds(here):
    manifest = json.loads((here / "run" / "manifest.json").read_text())
    assert set(manifest["files"]) == {"results.parquet", "futures.parquet", "problem.json"}
    assert manifest["futures"] == 2000
    results = pl.read_parquet(here / "run" / "results.parquet")
    assert results.columns == ["future", "plan", "earth", "flood"]
    assert results.height == 4000


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("--method", "factorial", "--levels", "4"), 4 * 4 * 2),
        (("--method", "lhs", "--futures", "50"), 50),
        (("--workers", "2", "--futures", "300"), 300),
    ],
)
def test_futures_come_as_asked(here, tmp_path, words, rows):
    call("assess", here / "dike.toml", "--out", tmp_path / "out", *words)
    assert pl.read_parquet(tmp_path / "out" / "futures.parquet").height == rows


CONDITION = (
    "surge = { low = 0, high = 2,",
    'surge = { only_when = { regime = ["storm"] }, otherwise = 0, low = 0, high = 2,',
)


def test_conditions_hold_however_futures_come(here, tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "dike.toml").write_text(PROBLEM.replace(*CONDITION))
    (tmp_path / "mine.csv").write_text("rise,surge,regime\n0.5,1.0,storm\n0.5,1.0,calm\n")
    for name, words in {"grid": ("--method", "factorial"), "own": ("--table", tmp_path / "mine.csv")}.items():
        call("assess", tmp_path / "dike.toml", "--out", tmp_path / name, *words)
        drawn = pl.read_parquet(tmp_path / name / "futures.parquet")
        assert drawn.filter(pl.col("regime") == 0)["surge"].to_list() == [0.0] * (drawn.height // 2)
        assert drawn.filter(pl.col("regime") == 1)["surge"].max() > 0
    tied = PROBLEM + '[[correlations]]\nbetween = ["rise", "surge"]\nrank = 0.5\n'
    (tmp_path / "dike.toml").write_text(tied)
    said = call("assess", tmp_path / "dike.toml", "--out", tmp_path / "x", "--method", "factorial", code=2)
    assert "no room for rank correlations" in said


def test_a_second_box_is_judged_on_what_the_first_leaves(here):
    found = as_json(
        "discover", here / "run", "--plan", "low", "--of", "flood", "--worst", "0.4", "--boxes", "3"
    )
    assert len(found["boxes"]) > 1
    assert sum(box["fresh_coverage"] for box in found["boxes"]) <= 1 + 1e-9


def test_a_table_of_ones_own_is_run_row_by_row(here, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("rise,surge,regime\n0.5,1.0,storm\n0.5,1.0,calm\n")
    call("assess", here / "dike.toml", "--out", tmp_path / "out", "--table", table)
    flood = pl.read_parquet(tmp_path / "out" / "results.parquet").filter(plan="low")["flood"]
    assert flood.to_list() == pytest.approx([30 * 1.25, 30 * 0.25])
    table.write_text("rise,surge,regime\n0.5,9.0,storm\n")
    said = call("assess", here / "dike.toml", "--out", tmp_path / "two", "--table", table, code=2)
    assert "surge" in said
    assert "row 1" in said


def test_until_stops_when_the_shares_are_known(here, tmp_path):
    call("assess", here / "dike.toml", "--out", tmp_path / "out", "--until", "2", "--futures", "100000")
    ran = pl.read_parquet(tmp_path / "out" / "futures.parquet").height
    assert 1024 <= ran < 100_000


def test_robust_tells_scores_and_regrets(here):
    found = as_json("robust", here / "run", "--thresholds", "flood=10")
    assert found["unit"] == "M EUR"
    scores = {(row["metric"], row["plan"]): row["score"] for row in found["scores"]}
    assert scores["maximax", "high"] == pytest.approx(-18)
    assert found["satisficing_radius"].keys() == {"low", "high"}
    assert found["best_share"]["low"]["share"] + found["best_share"]["high"]["share"] == pytest.approx(1)
    assert "Greatest regret" in call("robust", here / "run")


def test_discover_finds_the_storm(here):
    found = as_json("discover", here / "run", "--plan", "low", "--of", "flood", "--worst", "0.2")
    named = {row["uncertainty"]: row for row in found["limits"]}
    assert named["regime"]["categories"] == "storm"
    assert named["surge"]["low"] > 0.8
    box = found["boxes"][0]
    assert box["fresh_density"] > 0.6
    assert box["fresh_density_low"] <= box["fresh_density"] <= box["fresh_density_high"]


def test_discover_keeps_to_demands(here):
    found = as_json(
        "discover", here / "run", "--plan", "low", "--of", "flood", "--open", "regime", "--most", "1"
    )
    assert {row["uncertainty"] for row in found["limits"]} <= {"rise", "surge"}
    assert len({row["uncertainty"] for row in found["limits"]}) <= 1


def test_trees_and_stacks_tell_the_same_story(here):
    tree = as_json("discover", here / "run", "--plan", "low", "--of", "flood", "--method", "cart")
    assert any(row["categories"] == "storm" for row in tree["limits"])
    stack = as_json("discover", here / "run", "--plan", "low", "--of", "flood", "--method", "stack")
    assert {"regime", "surge"} <= {axis["uncertainty"] for axis in stack["axes"]}


def test_sensitivity_ranks_what_matters(here):
    found = as_json("sensitivity", here / "run", "--plan", "low", "--of", "flood")
    first = {row["name"]: row["value"] for row in found["indices"] if row["index"] == "first_order"}
    assert first["regime"] > first["rise"]
    runs = as_json("sensitivity", here / "run", "--plan", "low", "--of", "flood", "--runs", "256")
    total, alone = (
        {row["name"]: row["value"] for row in runs["indices"] if row["index"] == index}
        for index in ("total", "first_order")
    )
    assert total["regime"] > total["rise"]
    assert total["regime"] > alone["regime"]
    groups = ("--group", "sea=rise,surge", "--group", "w=regime")
    grouped = as_json("sensitivity", here / "run", "--plan", "low", *groups)
    assert {row["name"] for row in grouped["indices"] if row["index"] == "shapley"} == {"sea", "w"}


def test_search_beats_the_plans_there_are_and_keeps_the_limit(here, tmp_path):
    words = ("--evaluations", "400", "--seeds", "1", "--futures", "64", "--out", tmp_path)
    found = as_json("search", here / "run", *words, "--limit", "mean:earth<=14")
    assert all(plan["height"] <= 8 and plan["mean:value"] < 0 for plan in found["plans"])
    best = max(plan["mean:value"] for plan in found["plans"])
    assert best > max(plan["mean:value"] for plan in found["present"])
    assert not (tmp_path / "search-state.npz").exists()
    assert "[plans.found_1]" in (tmp_path / "search-plans.toml").read_text()
    assert pl.read_parquet(tmp_path / "search.parquet").height == len(found["plans"])


@pytest.mark.parametrize(
    "words",
    [
        ("robust",),
        ("discover", "--plan", "low", "--of", "flood"),
        ("discover", "--plan", "low", "--of", "flood", "--method", "stack"),
        ("sensitivity", "--plan", "low", "--of", "flood", "--sample", "500"),
        ("search", "--evaluations", "200", "--seeds", "1", "--futures", "32"),
    ],
)
def test_every_analysis_draws_and_writes_its_table(here, tmp_path, words):
    out = ("--out", tmp_path) if words[0] == "search" else ()
    files = ("--figure", tmp_path / "one.svg", "--csv", tmp_path / "one.csv")
    call(words[0], here / "run", *words[1:], *out, *files)
    assert (tmp_path / "one.svg").read_text().rstrip().endswith("</svg>")
    assert pl.read_csv(tmp_path / "one.csv").height > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("robust", "RUN", "--measure", "flod"), "did you mean flood"),
        (("robust", "RUN", "--thresholds", "flood"), "--thresholds should look like"),
        (("robust", "nowhere"), "no such folder"),
        (("discover", "RUN", "--plan", "hihg"), "did you mean high"),
        (("discover", "RUN", "--worst", "2"), "between 0 and 1"),
        (("discover", "RUN", "--beyond", "1e9"), "none of the futures are worse"),
        (("discover", "RUN", "--limit", "surg"), "did you mean surge"),
        (("discover", "RUN", "--method", "magic"), "prim, cart or stack"),
        (("sensitivity", "RUN", "--by", "magic"), "--by should be one of"),
        (("sensitivity", "RUN", "--group", "a=rise,surg"), "surg"),
        (("search", "RUN", "--objective", "mean"), "an objective looks like"),
        (("search", "RUN", "--objective", "mean:flood"), "two objectives or more"),
        (("search", "RUN", "--objective", "mean:flood", "--objective", "mean:x"), "no measure is called 'x'"),
        (("search", "RUN", "--limit", "flood<2"), "a limit looks like"),
        (("assess", "FILE", "--until", "60"), "points of a hundred"),
        (("assess", "FILE", "--until", "1", "--method", "lhs"), "only sobol and random can"),
        (("assess", "FILE", "--method", "magic"), "--method should be one of"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_would_be_right(here, tmp_path, words, said):
    known = {"RUN": here / "run", "FILE": here / "dike.toml"}
    out = ("--out", tmp_path) if words[0] in ("assess", "search") else ()
    code = 1 if said == "no such folder" else 2
    assert said in call(*(known.get(word, word) for word in words), *out, code=code)


def test_a_changed_problem_is_not_run_again_for_an_old_folder(here, tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "dike.toml").write_text(PROBLEM)
    call("assess", tmp_path / "dike.toml", "--futures", "200", "--out", tmp_path / "run")
    (tmp_path / "model.py").write_text(MODEL.replace("30.0", "40.0"))
    said = call("sensitivity", tmp_path / "run", "--runs", "64", code=2)
    assert "was changed since the results were made" in said


def test_a_killed_search_goes_on_and_finds_the_same(here, tmp_path):
    words = ["search", here / "run", "--evaluations", "6000", "--seeds", "1", "--futures", "64", "--json"]
    command = [
        sys.executable,
        "-c",
        "from kedge.cli import main; main()",
        *map(str, words),
        "--out",
        tmp_path,
    ]
    run = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 240
    while not (tmp_path / "search-state.npz").exists():
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    again = as_json(*words[:-1], "--out", tmp_path)
    whole = as_json(*words[:-1], "--out", tmp_path / "whole")
    assert again == whole
