"""`kedge order positions | fit | surprise`, on the package's own table and on small files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import DomainError, MalformedFile, UnknownName

RUN = CliRunner()
STATES = ("USA", "GBR", "FRA", "DEU", "JPN", "BRA", "IND", "ZAF", "CHN", "RUS", "CUB", "IRN", "EGY", "NGA")
SESSIONS, CALLS = range(70, 78), 6


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KEDGE_MIRROR", raising=False)


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    """A small file in the UN's bulk layout; the first states stand on one side, the last on the other."""
    rng, out = np.random.default_rng(0), io.StringIO()
    write = csv.writer(out)
    write.writerow(
        [
            "undl_id",
            "ms_code",
            "ms_name",
            "ms_vote",
            "date",
            "session",
            "resolution",
            "title",
            "agenda_title",
            "total_yes",
            "total_no",
            "total_abstentions",
        ]
    )
    x = np.linspace(1.5, -1.5, len(STATES))
    for session in SESSIONS:
        for at in range(CALLS):
            trait = 2.0 * rng.standard_normal() * x + rng.logistic(size=x.size)
            letters = np.where(trait > 0.2, "Y", np.where(trait > -0.6, "A", "N"))
            letters[rng.random(x.size) < 0.1] = "X"
            counts = [int((letters == letter).sum()) for letter in "YNA"]
            call = (f"{session}{at:02d}", f"{session + 1945}-11-{at + 1:02d}", session)
            for iso3, letter in zip(STATES, letters, strict=True):
                write.writerow(
                    (
                        call[0],
                        iso3,
                        iso3,
                        letter,
                        *call[1:],
                        f"A/RES/{session}/{at}",
                        f"Text {at}",
                        "N/A",
                        *counts,
                    )
                )
    path = tmp_path / "votes.csv"
    path.write_text(out.getvalue(), "utf-8")
    return path


def call(*words: object):
    return RUN.invoke(build(), ["order", *map(str, words)])


@pytest.mark.parametrize("mode", ["best", "published"])
def test_positions_come_from_the_package_in_both_modes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "p.csv"
    done = call("positions", "--state", "USA", "--state", "JPN", "--mode", mode, "--json", "--csv", path)
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    assert got["mode"] == mode
    assert {row["iso3"] for row in got["rows"]} == {"USA", "JPN"}
    assert pl.read_csv(path).height == len(got["rows"])
    one = json.loads(call("positions", "--session", 79, "--mode", mode, "--json").stdout)
    assert {row["session"] for row in one["rows"]} == {79}
    assert len(one["rows"]) > 150


@pytest.mark.parametrize("ending", ["svg", "png", "html"])
def test_a_figure_is_written_by_the_ending_of_its_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"p.{ending}"
    assert call("positions", "--state", "USA", "--state", "ARG", "--figure", path).exit_code == 0
    raw = path.read_bytes()
    assert raw.startswith({"svg": b"<svg", "png": b"\x89PNG", "html": b"<!doctype html>"}[ending])
    assert ending == "png" or b"Argentina" in raw


def test_unknown_states_sessions_and_modes_are_refused() -> None:
    for words, kind in (
        (("--state", "ZZZ"), UnknownName),
        (("--session", "999"), DomainError),
        (("--mode", "quick"), UnknownName),
    ):
        assert isinstance(call("positions", *words).exception, kind)


def test_a_fit_is_kept_whole_and_started_from(votes: Path, tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    folder = tmp_path / "fit"
    done = call("fit", "--votes", votes, "--out", folder, "--json")
    assert done.exit_code == 0, done.output
    got = json.loads(done.stdout)
    assert sorted(each.name for each in folder.iterdir()) == [
        "draws.nc",
        "fit.npz",
        "positions.csv",
        "roll_calls.csv",
    ]
    assert pl.read_csv(folder / "positions.csv").height == len(got["rows"])
    assert pl.read_csv(folder / "roll_calls.csv").height == got["roll_calls"]
    with xr.open_dataset(folder / "draws.nc", engine="scipy") as data:
        assert data["ideal_point"].dims == ("chain", "draw", "state", "session")
    again = json.loads(call("fit", "--votes", votes, "--start", folder, "--json").stdout)
    for one, other in zip(got["rows"], again["rows"], strict=True):
        assert one["ideal_point"] == pytest.approx(other["ideal_point"], abs=0.01)


def test_a_missing_or_damaged_start_is_refused_and_nothing_is_written(votes: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for content in (None, b"", b"PK\x03\x04 not a fit", b"text"):
        if content is not None:
            (damaged / "fit.npz").write_bytes(content)
        done = call("fit", "--votes", votes, "--start", damaged, "--out", tmp_path / "out")
        assert isinstance(done.exception, MalformedFile), done.exception
        assert "expected a fit kept by" in str(done.exception)
        assert not (tmp_path / "out").exists()


def test_surprise_is_the_same_when_kept_and_when_what_was_kept_is_damaged(
    votes: Path, tmp_path: Path
) -> None:
    words = ("surprise", "A/RES/77/3", "--votes", votes, "--dimensions", "2", "--json")
    first = call(*words)
    assert first.exit_code == 0, first.output
    got = json.loads(first.stdout)
    assert {"tally", "scored", "mean_bits", "rank_of_mean", "state", "most_surprising", "states"} <= set(got)
    assert got["scored"]
    assert call(*words).stdout == first.stdout
    (kept,) = (tmp_path / "cache/forecasts").glob("*.parquet")
    for content in (b"", b"PAR1 damaged", kept.read_bytes()[:-40]):
        kept.write_bytes(content)
        assert call(*words).stdout == first.stdout


def test_unknown_resolutions_and_bad_dimensions_are_refused(votes: Path) -> None:
    assert isinstance(call("surprise", "A/RES/1/1", "--votes", votes).exception, DomainError)
    for text in ("0", "two", "1,,2", "25", "-1"):
        done = call("surprise", "A/RES/77/3", "--votes", votes, f"--dimensions={text}")
        assert done.exit_code == 2
        assert "--dimensions should be" in done.output
