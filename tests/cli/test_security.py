"""The commands of the security room: objects, tables, figures, and plain refusals."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build

run = CliRunner()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KEDGE_MIRROR", raising=False)


def ask(*words):
    return run.invoke(build(), ["security", *words])


def test_a_contingency_is_told_in_cases_with_its_facts(tmp_path):
    table, figure = tmp_path / "cases.csv", tmp_path / "odds.svg"
    done = ask(
        "contingency", "korea", "--draws", "16", "--json", "--csv", str(table), "--figure", str(figure)
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    cases = {row["case"]: row for row in told["cases"]}
    assert cases["nobody comes"]["fails"] <= cases["as things are"]["fails"] <= 100
    assert {row["state"] for row in told["members"]} >= {"USA", "JPN"}
    assert all(row["source"] for row in told["facts"])
    assert pl.read_csv(table).height == len(cases)
    assert figure.read_text().startswith("<svg")
    plain = ask("contingency", "korea", "--draws", "16", "--also", "taiwan-strait")
    assert "no forecast" in plain.output
    assert "second attack fails" in plain.output


def test_a_coalition_is_divided_and_drawn(tmp_path):
    figure = tmp_path / "fall.svg"
    done = ask("coalition", "korea", "--draws", "8", "--json", "--figure", str(figure))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["members"][0]["state"] == "USA"
    assert {row["who"] for row in told["groups"]} == {"Europe"}
    assert "war_stable" in told["network"]
    assert figure.read_text().startswith("<svg")
    plain = ask("coalition", "korea", "--draws", "8", "--group", "Two=GBR+AUS")
    assert "Two" in plain.output
    assert "no forecast" in plain.output


def test_capability_ranks_follows_arrives_and_draws(tmp_path):
    told = json.loads(ask("capability", "--domains", "--json").stdout)
    assert told["rows"][0]["iso3"] == "USA"
    assert told["rows"][0]["sea"] > 0
    told = json.loads(ask("capability", "--at", "TWN", "--weights", "sea=1", "--json").stdout)
    assert told["rows"][0]["iso3"] == "CHN"
    for words in (("--state", "JPN", "--state", "CHN"), ("--reach", "FRA"), ()):
        figure = tmp_path / "f.svg"
        done = ask("capability", *words, "--figure", str(figure))
        assert done.exit_code == 0, done.output
        assert figure.read_text().startswith("<svg")
        figure.unlink()


def test_burden_states_its_sample_and_its_cautions(tmp_path):
    figure = tmp_path / "b.svg"
    told = json.loads(ask("burden", "--group", "nato", "--json", "--figure", str(figure)).stdout)
    assert told["slopes"][0]["rows"] > 50
    assert told["sample"]
    assert any("no forecast" in note for note in told["notes"])
    assert figure.read_text().startswith("<svg")
    assert "Caution" in ask("burden", "--group", "asia", "--state", "JPN").output


def test_stocks_run_out_later_when_pooled(tmp_path):
    figure = tmp_path / "s.svg"
    words = ("stocks", "--munition", "shells-155", "--draws", "500", "--json", "--figure", str(figure))
    told = json.loads(ask(*words).stdout)
    rows = {row["standard"]: row for row in told["results"] if row["partner"] == "all"}
    assert rows["none"]["fill_rate"] <= rows["common"]["fill_rate"]
    assert figure.read_text().startswith("<svg")
    assert "need met" in ask("stocks", "--draws", "200").output


def test_beliefs_follow_dated_signals(tmp_path):
    figure = tmp_path / "b.svg"
    done = ask("beliefs", "--draws", "200", "--json", "--figure", str(figure))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    last = [row for row in told["path"] if row["date"] == told["until"]]
    assert sum(row["mean"] for row in last) == pytest.approx(1.0)
    assert all(row["source"] for row in told["signals"])
    assert figure.read_text().startswith("<svg")
    plain = ask("beliefs", "--theatre", "europe", "--draws", "200", "--assume", "decay=0.1..0.2")
    assert "no forecast" in plain.output.replace("\n", " ")


def test_obligations_of_a_state_need_no_network():
    told = json.loads(ask("commitment", "--state", "JPN", "--json").stdout)
    kinds = {(row["other"], row["kind"]) for row in told["obligations"]}
    assert ("USA", "mutual_defence") in kinds
    assert all(row["source"] for row in told["obligations"])
    assert "What treaties of Japan ask today" in ask("commitment", "--state", "JPN").output


@pytest.mark.mirror
def test_rates_and_contests_from_the_publishers_files(mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("KEDGE_MIRROR", str(mirror))
    figure = tmp_path / "f.svg"
    told = json.loads(ask("commitment", "--json", "--figure", str(figure)).stdout)
    assert told["rates"][0]["rate"] == pytest.approx(0.5)
    assert figure.read_text().startswith("<svg")
    assert "never tested" in ask("commitment").output.replace("\n", " ")
    told = json.loads(ask("contest", "--json", "--figure", str(figure)).stdout)
    held_out = {(row["sample"], row["model"]): row["reduction"] for row in told["held_out"]}
    assert held_out["decisive", "components"] > 0.08
    assert held_out["all", "course and year"] > max(0.22, held_out["all", "year"] + 0.02)
    assert "drifts" in told["verdict"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("contingency", "taiwan-stait"), "did you mean taiwan-strait"),
        (("contingency", "korea", "--also", "korea"), "two contingencies"),
        (("contingency", "nowhere.toml"), "no such file"),
        (("contingency",), "Missing argument"),
        (("contingency", "korea", "--intensity", "2"), "--also"),
        (("contingency", "korea", "--also", "baltic", "--intensity", "1000"), "from 0 to 10"),
        (("coalition", "korea", "--group", "A=GBR+GBR"), "each once"),
        (("capability", "--state", "JPN", "--year", "2020"), "--year"),
        (("capability", "--at", "TWN", "--domains"), "--weights"),
        (("capability", "--at", "TWN", "--weights", "sea=abc"), "sea=0.5"),
        (("beliefs", "--seed", "-1"), "greater than or equal to 0"),
        (("beliefs", "--assume", "decay=nan"), "decay=0.1..0.3"),
        (("stocks", "--draws", "-5"), "greater than or equal to 100"),
        (("stocks", "--weeks", "100000"), "520"),
        (("coalition", "korea", "--group", "Europe=XXX"), "--group"),
        (("coalition", "korea", "--draws", "0"), "draws"),
        (("capability", "--year", "1900"), "2015 to 2024"),
        (("capability", "--state", "jpn"), "JPN"),
        (("capability", "--at", "XYZ"), "XYZ"),
        (("capability", "--at", "TWN", "--weights", "sun=1"), "land, sea"),
        (("capability", "--reach", "JPN"), "--figure"),
        (("capability", "--data", "all"), "baseline"),
        (("burden", "--group", "warsaw"), "asia"),
        (("burden", "--cut", "0.0"), "percent"),
        (("burden", "--era", "cold-war"), "all"),
        (("commitment", "--state", "XXX"), "XXX"),
        (("commitment", "--state", "JPN", "--figure", "a.svg"), "--state"),
        (("contest", "--component", "ships"), "cinc"),
        (("beliefs", "--theatre", "africa"), "asia"),
        (("beliefs", "--assume", "decay=x"), "decay=0.1..0.3"),
        (("beliefs", "--assume", "decoy=0.1"), "decay"),
        (("beliefs", "--until", "1999-01-01"), "2014-01-01"),
        (("stocks", "--munition", "arrows"), "shells-155"),
        (("stocks", "--partner", "FJI"), "FJI"),
        (("stocks", "--standard", "150"), "percent"),
    ],
)
def test_refusals_say_what_was_wrong(words, told):
    done = ask(*words)
    assert done.exit_code != 0
    said = done.output + str(done.exception or "")
    assert told in said.replace("\n", " ")
    assert "Traceback" not in done.output
