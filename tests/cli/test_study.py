"""`kedge study` writes what it accepts, and says what it understood."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import OutputError
from kedge.world.schema import study_json_schema

JAPAN = Path(__file__).parents[2] / "studies/japan.toml"


def run(*arguments):
    return CliRunner().invoke(build(), ["study", *map(str, arguments)])


def test_check_says_what_it_understood():
    ended = run("check", JAPAN)
    assert ended.exit_code == 0
    assert "JPN with USA against CHN, RUS, PRK, 2025-2040" in ended.stdout
    assert "plan_a: Plan A (reference): defence_share 2 by 2027" in ended.stdout
    assert "uncertainties changed: 0" in ended.stdout


def test_check_prints_one_json_object():
    ended = run("check", JAPAN, "--json")
    found = json.loads(ended.stdout)
    assert found["valid"] is True
    assert found["studies"][str(JAPAN)]["plans"]["plan_a"]["defence_share"] == {"target": 2.0, "year": 2027}
    assert len(found["studies"][str(JAPAN)]["fingerprint"]) == 64


def test_check_goes_on_after_a_bad_file_and_ends_with_two(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("")
    ended = run("check", bad, JAPAN)
    assert ended.exit_code == 2
    assert f"{JAPAN}: ok" in ended.stdout
    assert f"kedge: {bad}: empty" in ended.stderr
    answer = json.loads(run("check", bad, JAPAN, "--json").stdout)
    assert answer["valid"] is False
    assert len(answer["errors"]) == 1


def test_check_refuses_an_unknown_uncertainty(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(JAPAN.read_text("utf-8") + "\n[uncertainties.restrainer_shar]\nlow = 0.2\n", "utf-8")
    ended = run("check", path)
    assert ended.exit_code == 2
    assert "uncertainties.restrainer_shar" in ended.stderr
    assert "did you mean restrainer_share?" in ended.stderr


def test_check_refuses_a_range_that_the_override_turns_upside_down(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(JAPAN.read_text("utf-8") + "\n[uncertainties.restrainer_share]\nlow = 0.9\n", "utf-8")
    ended = run("check", path)
    assert ended.exit_code == 2
    assert "uncertainties.restrainer_share" in ended.stderr


@pytest.mark.parametrize("country", ["KOR", "DEU", "AUS"])
def test_a_new_study_passes_its_own_check(tmp_path, country):
    path = tmp_path / "new.toml"
    assert run("new", country, "--out", path).exit_code == 0
    assert run("check", path).exit_code == 0


def test_new_does_not_replace_a_file_unasked(tmp_path):
    path = tmp_path / "new.toml"
    path.write_text("mine")
    ended = run("new", "KOR", "--out", path)
    assert isinstance(ended.exception, OutputError)
    assert path.read_text() == "mine"
    assert run("new", "KOR", "--out", path, "--force").exit_code == 0
    assert path.read_text("utf-8").startswith("#:schema")


def test_schema_is_the_library_s_own(tmp_path):
    path = tmp_path / "schema.json"
    assert run("schema", "--out", path).exit_code == 0
    written = json.loads(path.read_text("utf-8"))
    assert set(written["properties"]) == set(study_json_schema()["properties"])
    assert "JPN" in written["properties"]["country"]["enum"]
    assert json.loads(run("schema").stdout) == written
