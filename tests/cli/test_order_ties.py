"""`kedge order agreement | ties | posture | events`, on the package's own tables and on small files."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import DomainError, FetchFailed, MalformedFile, OutputError, UnknownName

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KEDGE_MIRROR", raising=False)


def call(*words: str):
    return RUN.invoke(build(), ["order", *words])


def test_posture_gives_every_ally_in_json_and_csv(tmp_path: Path) -> None:
    done = call("posture", "--json", "--csv", str(tmp_path / "p.csv"))
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    labels = {row["iso3"]: row["label"] for row in got["rows"]}
    assert labels["JPN"] == "A+"
    assert len(labels) == 38
    assert got["windows"] == {"before": [2015, 2019], "after": [2022, 2024]}
    assert got["data_end"]["exercises"].startswith("2010")
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text("utf-8").splitlines()))
    assert {row["iso3"]: row["label"] for row in rows} == labels


def test_posture_prints_chosen_allies_and_where_data_end() -> None:
    done = call("posture", "--state", "JPN", "--sure", "0.99")
    assert done.exit_code == 0, done.output
    assert "unclear" in done.stdout
    assert "Data end: troops 2024" in done.stdout
    assert "POL" not in done.stdout
    rio = call("posture", "--rio", "--json")
    assert {row["group"] for row in json.loads(rio.stdout)["rows"]} == {"nato", "bilateral", "rio", "partner"}


@pytest.mark.parametrize("ending", ["svg", "png", "html"])
def test_a_figure_is_written_by_the_ending_of_its_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"posture.{ending}"
    done = call("posture", "--state", "JPN", "--state", "THA", "--figure", str(path))
    assert done.exit_code == 0, done.output
    raw = path.read_bytes()
    assert raw.startswith({"svg": b"<svg", "png": b"\x89PNG", "html": b"<!doctype html>"}[ending])
    if ending != "png":
        assert b"Thailand" in raw


def test_ties_follow_the_years_and_say_where_data_end(tmp_path: Path) -> None:
    figure = tmp_path / "ties.svg"
    done = call("ties", "--state", "JPN", "--years", "2012-2014", "--json", "--figure", str(figure))
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    assert [(row["iso3"], row["year"]) for row in got["rows"]] == [
        ("JPN", 2012),
        ("JPN", 2013),
        ("JPN", 2014),
    ]
    assert all(0.0 <= row["dependence"] <= 1.0 for row in got["rows"])
    assert got["weights_decide"][0]["q05"] <= got["weights_decide"][0]["q95"]
    assert got["data_end"]["basing"] == 2024
    assert "Japan" in figure.read_text("utf-8")
    alone = json.loads(
        call("ties", "--years", "2020", "--weights", "basing=1", "--json", "--state", "JPN").stdout
    )
    assert alone["rows"][0]["dependence"] == 1.0


def test_events_of_any_file_are_counted_and_odd_dates_shown(tmp_path: Path) -> None:
    path = tmp_path / "strikes.csv"
    path.write_text("what,day\na,2020-01-05\nb,2020-01-05\nc,2020-03\nd,2021-06-07\n", encoding="utf-8")
    done = call("events", str(path), "--column", "day")
    assert done.exit_code == 0, done.output
    assert "strikes.csv: 4 events from 2020-01-01 to 2021-12-31" in done.stdout
    assert "2020-01-05 (2 times)" in done.stdout
    assert "Dates without a day: 1" in done.stdout
    got = json.loads(call("events", str(path), "--once", "--span", "2020-01-01..2020-12-31", "--json").stdout)
    assert (got["overall"]["events"], got["left_out"]) == (2, {"repeats": 1, "outside the span": 1})
    assert sum(got["changes"]["number"]) == pytest.approx(1.0)


def test_the_embedded_patrols_need_no_file_and_the_exercises_say_that_they_are_few(tmp_path: Path) -> None:
    figure, table = tmp_path / "events.svg", tmp_path / "events.csv"
    done = call("events", "--figure", str(figure), "--csv", str(table))
    assert done.exit_code == 0, done.output
    assert "China-Russia bomber patrols: 10 events" in done.stdout
    assert "10 from 2019-01-01" in figure.read_text("utf-8")
    assert sum(int(row["events"]) for row in csv.DictReader(table.read_text("utf-8").splitlines())) == 10
    assert "ten of the 66 exercises" in call("events", "China-Russia exercises").stdout


def refused(error: type[Exception], match: str, *words: str) -> None:
    done = call(*words)
    assert done.exit_code != 0
    with pytest.raises(error, match=match):
        raise done.exception or SystemExit


def test_what_cannot_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("date\n2020-01-01\n12 May\n", encoding="utf-8")
    refused(MalformedFile, r"bad\.csv, row 3, column 'date'.*found '12 May'", "events", str(bad))
    refused(UnknownName, "no series of events is called 'china'", "events", "china")
    refused(UnknownName, "no ally is called 'JPX'; did you mean JPN", "posture", "--state", "JPX")
    refused(UnknownName, "no state with ties is called 'JPX'", "ties", "--state", "JPX", "--years", "2020")
    refused(DomainError, "--data full reaches back to 1950", "ties", "--years", "1980-1981")
    refused(OutputError, r"written as \.svg, \.png, \.html", "posture", "--figure", str(tmp_path / "p.pdf"))
    refused(FetchFailed, "un-ga-voting", "agreement", "USA")
    for words, match in (
        (("posture", "--windows", "2015-2019"), "two periods like"),
        (("ties", "--years", "20-21"), "years such as"),
        (("ties", "--years", "2021-2020"), "run forwards"),
        (("events", "--span", "2020"), "two days such as"),
        (("ties", "--years", "2020", "--weights", "arms=much"), "obligation=1,arms=2"),
    ):
        done = call(*words)
        assert done.exit_code == 2
        assert match in done.output


@pytest.mark.mirror
def test_agreement_marks_2025_and_matches_texts(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_MIRROR", os.fspath(mirror))
    figure = tmp_path / "agreement.svg"
    done = call("agreement", "USA", "--with", "JPN", "--with", "ARG", "--json", "--figure", str(figure))
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    assert len(got["warnings"]) == 1
    assert got["warnings"][0].startswith("2025: 192 recorded votes")
    assert {row["other"] for row in got["rows"]} == {"JPN", "ARG"}
    assert "2025 (dashed, hollow)" in figure.read_text("utf-8")
    printed = call("agreement", "USA", "--with", "ARG", "--matched", "2022-2024,2025-2025")
    assert "S on texts voted on in both periods" in printed.stdout
    refused(UnknownName, "no state with votes is called 'USB'", "agreement", "USB")
    refused(DomainError, "at most 12 lines", "agreement", "USA", "--figure", str(figure))
