"""The main job, from a study file to a brief, by the command a user types."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from kedge.strategy import read_run
from kedge.world.rerun import rerun_of

ROOT = Path(__file__).parents[2]
FUTURES = 256


def assess(study, out, *more, threads="1", futures=FUTURES):
    command = [sys.executable, "-c", "from kedge.cli import main; main()", "assess", str(study)]
    command += ["--futures", str(futures), "--seed", "3", "--out", str(out), *more]
    environment = os.environ | {"NUMBA_NUM_THREADS": threads}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("japan")
    ended = assess("studies/japan.toml", out)
    assert ended.returncode == 0, ended.stderr
    return out, ended


def test_the_headline_is_printed_and_the_brief_named(finished):
    out, ended = finished
    assert str(out / "brief.html") in ended.stdout
    assert any(label in ended.stdout for label in ("Plan A", "Plan B", "Autonomy"))
    assert "Traceback" not in ended.stderr


def test_results_hold_every_plan_in_every_future(finished):
    results = pl.read_parquet(finished[0] / "results.parquet")
    futures = pl.read_parquet(finished[0] / "futures.parquet")
    assert results.height == 4 * FUTURES
    assert futures.height == FUTURES
    assert results["plan"].cast(pl.String).unique().len() == 4
    assert results.drop("plan", "future").null_count().sum_horizontal().item() == 0


def test_results_without_a_brief_are_the_same_bytes_and_can_be_taken_further(finished, tmp_path):
    ended = assess("studies/japan.toml", tmp_path, "--no-brief")
    assert ended.returncode == 0, ended.stderr
    for name in ("results.parquet", "futures.parquet", "problem.json"):
        assert (tmp_path / name).read_bytes() == (finished[0] / name).read_bytes()
    assert not (tmp_path / "brief.html").exists()
    assert len(read_run(tmp_path, most=100).futures) == 100
    assert rerun_of(tmp_path).problem == rerun_of("studies/japan.toml").problem


def test_the_manifest_is_enough_for_a_rerun(finished):
    manifest = json.loads((finished[0] / "manifest.json").read_text("utf-8"))
    assert (manifest["seed"], manifest["futures"]) == (3, FUTURES)
    assert len(manifest["study_sha256"]) == 64
    assert all(manifest[key] for key in ("study", "data", "versions", "parameters", "files", "timings"))


def test_the_brief_asks_nothing_of_the_network(finished):
    page = (finished[0] / "brief.html").read_text("utf-8")
    loaded = re.findall(
        r"""(?:src|srcset|poster)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", page
    )
    assert loaded == []
    linked = re.findall(r"""<(?:link|script)[^>]+(?:href|src)=["']?([^"'\s>]+)""", page)
    assert [address for address in linked if not address.startswith("data:")] == []
    assert "<svg" in page


def test_figures_come_with_their_numbers(finished):
    tables = sorted((finished[0] / "figures").glob("*.csv"))
    assert len(tables) >= 4
    assert all(pl.read_csv(table).height > 0 for table in tables)


def test_nothing_half_written_is_left(finished):
    assert [path.name for path in finished[0].rglob("*.part")] == []


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(finished, tmp_path):
    assert assess("studies/japan.toml", tmp_path, threads="2").returncode == 0
    for name in ("results.parquet", "futures.parquet"):
        assert (tmp_path / name).read_bytes() == (finished[0] / name).read_bytes()


def test_a_malformed_study_leaves_no_folder(tmp_path):
    study = tmp_path / "bad.toml"
    study.write_text((ROOT / "studies/japan.toml").read_text("utf-8").replace('"CHN"', '"CHX"'), "utf-8")
    ended = assess(study, tmp_path / "out")
    assert ended.returncode == 2
    assert "challenger = 'CHX'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_run_stops_itself_and_says_how_well_the_shares_are_known(tmp_path):
    ended = assess("studies/japan.toml", tmp_path, "--until", "4", futures=4000)
    assert ended.returncode == 0, ended.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["futures"] in (1024, 2048)
    assert manifest["until"]["reached"]
    assert manifest["until"]["half_width_points"] <= manifest["until"]["asked_points"] == 4
    assert f"points either way after {manifest['futures']:,} futures." in ended.stdout
    assert f"--futures {manifest['futures']} --seed 3" in (tmp_path / "brief.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--until", "0"), "above 0 and below 50"),
        (("--until", "1", "--method", "lhs"), "Latin hypercube is laid out for its number"),
        (("--method", "grid"), "should be one of sobol, lhs, random"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, more, message):
    ended = assess("studies/japan.toml", tmp_path, *more)
    assert ended.returncode == 2
    assert message in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
