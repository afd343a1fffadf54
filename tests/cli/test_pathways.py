"""`kedge pathways` reads an assessment's folder and adds to it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import OutputError, StudyError, UnknownName

JAPAN = Path(__file__).parents[2] / "studies" / "japan.toml"


def run(*words):
    result = CliRunner().invoke(build(), [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("assessed") / "japan"
    assert run("assess", JAPAN, "--futures", 200, "--out", out).exit_code == 0
    return out


def test_pathways_stand_beside_plans_and_are_kept(folder):
    before = (folder / "results.parquet").read_bytes()
    found = json.loads(run("pathways", folder, "--json").stdout)
    assert [plan["kind"] for plan in found["plans"]] == ["static"] * 4 + ["adaptive"] * 3
    assert [each["key"] for each in found["pathways"]] == ["hedge", "settle", "insure"]
    hedge = found["pathways"][0]
    assert sum(each["share"] for each in hedge["sequences"]) == pytest.approx(1.0)
    assert {"training", "auc", "hits", "on_alarm"} <= set(hedge["signposts"][0])
    kept = pl.read_parquet(folder / "pathways.parquet")
    assert kept.height == 600
    assert kept.filter(pathway="hedge")["value"].mean() == pytest.approx(found["plans"][4]["value"])
    assert (folder / "results.parquet").read_bytes() == before


def test_figures_and_tables_are_written(folder, tmp_path):
    told = run(
        "pathways", folder, "--pathway", "hedge",
        "--figure", tmp_path / "map.svg", "--csv", tmp_path / "plans.csv",
    )  # fmt: skip
    assert "of futures: plan_a_plus in" in told.stdout
    assert "Signposts of whether turning in 2030 pays" in told.stdout
    assert "Plan A is left in" in (tmp_path / "map.svg").read_text("utf-8")
    assert pl.read_csv(tmp_path / "plans.csv").height == 5
    run("pathways", folder, "--chart", "signposts", "--figure", tmp_path / "signs.svg")
    assert "tells best by 2030" in (tmp_path / "signs.svg").read_text("utf-8")


def test_another_study_file_can_be_tried_and_tuned(folder, tmp_path):
    study = tmp_path / "other.toml"
    study.write_text(JAPAN.read_text("utf-8").replace("below = 0.3, years = 2", "below = 0.5"), "utf-8")
    told = run("pathways", folder, "--study", study, "--pathway", "settle", "--tune")
    assert "Tuned for mean on half of the futures (121 sets)" in told.stdout
    assert told.stdout.count("Held out:") == 4


def test_a_new_assessment_takes_the_old_pathways_away(folder):
    run("pathways", folder, "--json")
    assert (folder / "pathways.parquet").is_file()
    run("assess", JAPAN, "--futures", 150, "--out", folder, "--restart")
    assert not (folder / "pathways.parquet").exists()


def test_what_cannot_be_run_is_refused(folder, tmp_path):
    with pytest.raises(OutputError, match=r"lacks manifest.json.*kedge assess STUDY"):
        run("pathways", tmp_path / "nowhere")
    with pytest.raises(UnknownName, match="did you mean settle"):
        run("pathways", folder, "--pathway", "setle")
    assert "should be one of mean" in run("pathways", folder, "--criterion", "luck").output
    assert "map or signposts" in run("pathways", folder, "--chart", "pie").output


def test_results_of_another_version_are_not_set_beside_pathways(folder):
    run("assess", JAPAN, "--futures", 100, "--out", folder, "--restart")
    path = folder / "results.parquet"
    pl.read_parquet(path).with_columns(pl.col("fiscal_cost") + 0.1).write_parquet(path)
    with pytest.raises(StudyError, match=r"differ from results.parquet by up to 0.1"):
        run("pathways", folder)
