"""`kedge trade schedule`: rates that lead to measures and laws, timelines, lists, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import UnknownName

RUN = CliRunner()


def call(*words: str):
    return RUN.invoke(build(), ["trade", "schedule", *words], env={"COLUMNS": "160"})


def rates(*words: str) -> dict[tuple[str, str], float]:
    done = call("--json", *words)
    assert done.exit_code == 0, done.output
    return {(row["exporter"], row["sector"]): row["rate"] for row in json.loads(done.stdout)["rates"]}


def test_a_rate_leads_to_the_measures_that_make_it_and_their_laws() -> None:
    done = call("--on", "2025-04-09", "--exporter", "CHN", "--sectors", "all,C24")
    assert done.exit_code == 0, done.output
    assert "all: 104.0 % = reciprocal 84 on 100 % of trade (all others) + opioids 20" in done.stdout
    assert "Executive Order 14259" in done.stdout
    assert "https://www.federalregister.gov" in done.stdout


def test_the_object_holds_parts_that_add_up() -> None:
    found = json.loads(call("--on", "2025-08-08", "--exporter", "JPN", "--sectors", "C29", "--json").stdout)
    (row,) = found["rates"]
    assert sum(due["points"] for due in row["made_of"]) == pytest.approx(row["rate"])
    assert {due["law"][:8] for due in row["made_of"]} == {"Proclama", "Executiv"}


def test_a_pause_and_a_threat_can_be_asked_away_and_in() -> None:
    day = ("--on", "2025-05-01", "--exporter", "JPN")
    assert rates(*day)["JPN", "all"] == 0.10
    assert rates(*day, "--without", "pause")["JPN", "all"] == 0.24
    letters = ("--on", "2025-08-08", "--exporter", "JPN", "--exporter", "EU", "--adopt", "letters")
    got = rates(*letters)
    assert (got["JPN", "all"], got["DEU", "all"], len(got)) == (0.25, 0.30, 29)


def test_two_days_can_be_compared(tmp_path: Path) -> None:
    table = tmp_path / "change.csv"
    words = ("--on", "2025-08-08", "--against", "2025-04-09", "--exporter", "CHN", "--csv", str(table))
    assert "-74.0" in call(*words).stdout
    (row,) = csv.DictReader(table.read_text("utf-8").splitlines())
    assert float(row["change"]) == pytest.approx(-0.74)
    assert "Executive Order 14257" in row["made_of"]


def test_a_timeline_lists_changes_with_laws() -> None:
    done = call("--timeline", "--importer", "CHN", "--exporter", "USA")
    assert done.exit_code == 0, done.output
    assert "2025-04-12    84.0  125.0" in done.stdout
    assert "Announcement No. 6 of 2025" in done.stdout
    found = json.loads(call("--timeline", "--exporter", "JPN", "--sectors", "cars", "--json").stdout)
    assert [round(row["after"], 6) for row in found["changes"]] == [0.25, 0.15]
    assert call("--timeline").exit_code == 2


def test_the_list_says_where_measures_stand(tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    done = call("--list", "--on", "2026-03-01", "--csv", str(table))
    assert done.exit_code == 0, done.output
    assert "struck down by ruling" in done.stdout
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert {row["status"] for row in rows if row["measure"] == "greenland"} == {"announced only"}


def test_a_file_of_one_s_own_stands_alone_or_is_added(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("measure,exporters,rate,start\nmine,JPN,0.2,2026-01-01\n", "utf-8")
    words = ("--on", "2026-03-01", "--exporter", "JPN", "--file", str(path))
    assert rates(*words)["JPN", "all"] == 0.2
    assert rates(*words, "--extend")["JPN", "all"] == pytest.approx(0.3)
    assert call("--extend").exit_code == 2


def test_without_a_question_every_state_is_shown() -> None:
    done = call("--on", "2025-04-09")
    assert done.exit_code == 0, done.output
    for word in ("China", "Viet Nam", "Japan", "reciprocal"):
        assert word in done.stdout
    assert "compiled from the law up to" not in done.stdout
    assert "compiled from the law up to" in call("--on", "2026-11-01").stdout
    assert done.stdout.index("China") < done.stdout.index("Viet Nam") < done.stdout.index("Japan")


@pytest.mark.parametrize("words", [("--on", "tomorrow"), ("--sectors", ","), ("--against", "9 April")])
def test_a_garbled_option_is_refused(words: tuple[str, ...]) -> None:
    assert call(*words).exit_code == 2


def test_unknown_states_and_measures_name_the_nearest() -> None:
    for words, near in ((("--exporter", "JPX"), "JPN"), (("--without", "pauze"), "pause")):
        done = call("--on", "2025-05-01", *words)
        assert isinstance(done.exception, UnknownName)
        assert near in str(done.exception)
