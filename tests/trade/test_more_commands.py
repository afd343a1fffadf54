"""The commands on many sectors, sweeps and bargains: objects, tables, figures, and plain refusals."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from kedge.cli.app import build

run = CliRunner()


def ask(*words):
    return run.invoke(build(), ["trade", *words])


def test_a_day_on_the_embedded_sectors(tmp_path):
    table, figure = tmp_path / "t.csv", tmp_path / "m.svg"
    words = ("--json", "--csv", str(table), "--show", "map", "--figure", str(figure))
    done = ask("simulate", "--data", "sectors", "--on", "2025-08-08", *words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["solver"]["status"] == "converged"
    row = told["economies"]["JPN"]
    assert row["welfare"] < 0
    assert row["terms_of_trade"] + row["volume"] == pytest.approx(row["welfare"], abs=1e-4)
    assert pl.read_csv(table).height == 21
    assert figure.read_text().startswith("<svg")


def test_dropping_the_pause_costs_japan_more(tmp_path):
    losses = {}
    for name, more in (("paused", ()), ("ended", ("--without", "pause"))):
        done = ask("simulate", "--data", "sectors", "--on", "2025-05-01", "--json", *more)
        losses[name] = json.loads(done.stdout)["economies"]["JPN"]["welfare"]
    assert losses["ended"] < losses["paused"] < 0


@pytest.mark.parametrize("show", ["ranking", "map", "diversion"])
def test_figures_of_one_sector(tmp_path, show):
    figure = tmp_path / "f.svg"
    done = ask(
        "simulate", "--data", "baseline", "--on", "2025-08-08", "--show", show, "--figure", str(figure)
    )
    assert done.exit_code == 0, done.output
    assert figure.exists()
    assert "Headline tariffs" in done.output


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_nafta_by_the_command():
    told = json.loads(ask("simulate", "--data", "nafta-1993", "--scenario", "nafta", "--json").stdout)
    assert told["economies"]["MEX"]["first_welfare"] == pytest.approx(1.312, abs=0.001)
    assert told["economies"]["MEX"]["welfare"] == pytest.approx(0.0073, abs=0.0002)


def test_a_sweep_is_kept_and_summed_up(tmp_path):
    folder = tmp_path / "sweep"
    words = (
        "sweep",
        "--schedule",
        "announced",
        "--schedule",
        "2025-08-08",
        "--country",
        "JPN",
        "--draws",
        "300",
    )
    done = ask(*words, "--out", str(folder), "--json", "--figure", str(tmp_path / "s.svg"))
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    assert {(row["schedule"], row["economy"]) for row in rows} == {
        (name, code) for name in ("announced", "2025-08-08") for code in ("JPN", "world")
    }
    assert pl.read_parquet(folder / "results.parquet").height == 600
    assert ask(*words, "--out", str(folder), "--seed", "2").exit_code != 0
    again = ask(*words, "--out", str(folder), "--json")
    assert json.loads(again.stdout)["rows"] == rows


def test_japan_bargains_with_intervals(tmp_path):
    figure = tmp_path / "b.svg"
    done = ask("bargain", "--country", "JPN", "--draws", "128", "--json", "--figure", str(figure))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["tariff"] == pytest.approx(0.24)
    assert told["answers"]["tariff_cost"]["low"] > 0.2
    assert told["answers"]["willing"]["middle"] > told["answers"]["tariff_cost"]["low"]
    assert {row["name"] for row in told["turns_on"]} == {row["name"] for row in told["assumptions"]}
    plain = ask("bargain", "--draws", "128")
    assert "spared it" in plain.output
    assert "not probabilities" in plain.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("simulate", "--data", "nowhere"), "nowhere"),
        (("simulate", "--data", "sectors"), "scenario"),
        (("simulate", "--data", "sectors", "--on", "soon"), "2025-04-09"),
        (("simulate", "--data", "sectors", "--on", "2025-05-01", "--elasticities", "ZZ"), "ZZ"),
        (("simulate", "--data", "sectors", "--on", "2025-05-01", "--without", "nothing"), "nothing"),
        (("simulate", "--data", "sectors", "--on", "2025-05-01", "--deficits", "none"), "balanced"),
        (("simulate", "--data", "baseline", "--on", "2025-05-01", "--scenario", "announced"), "not both"),
        (("simulate", "--show", "pie"), "ranking"),
        (("sweep", "--country", "ZZZ"), "ZZZ"),
        (("sweep", "--draws", "0"), "draws"),
        (("sweep", "--schedule", "never"), "schedule"),
        (("bargain", "--country", "ZZZ"), "ZZZ"),
        (("bargain", "--tariff", "900"), "tariff"),
        (("bargain", "--draws", "3"), "draws"),
    ],
)
def test_refusals_say_what_was_wrong(words, told):
    done = ask(*words)
    assert done.exit_code != 0
    said = done.output + str(done.exception or "")
    assert told in said.replace("\n", " ")
    assert "Traceback" not in done.output
