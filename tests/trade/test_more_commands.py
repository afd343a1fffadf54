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
        (("simulate", "--data", "baseline", "--show", "map"), "--figure"),
        (("simulate", "--data", "baseline", "--without", "pause"), "--on"),
        (("simulate", "--data", "baseline", "--elasticities", "CP"), "one sector"),
        (("simulate", "--data", "sectors", "--on", "2025-05-01", "--adopt", "pause"), "letters"),
        (("simulate", "--data", "sectors", "--on", "2025-05-01", "--extend"), "--file"),
        (("optimal", "--highest", "0"), "percent"),
        (("optimal", "--without", "pause"), "--on"),
        (("retaliate", "--same", "--together"), "not both"),
        (("nash", "--player", "all", "--player", "USA"), "leave the others out"),
        (("nash", "--player", "USA", "--figure", "a.svg"), "two players"),
        (("schedule", "--on", "2025-05-01", "--against", "2025-06-01"), "before"),
        (("bargain", "--country", "jpn"), "JPN"),
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


def test_titles_and_remarks_say_what_was_changed():
    done = ask("simulate", "--data", "sectors", "--on", "2025-08-08", "--without", "pause")
    assert "would be in force on 2025-08-08: without pause" in done.stdout.replace("\n", " ")
    assert "--without pause changes no rate on 2025-08-08" in done.stderr
    assert "set U4" in done.stdout
    assert "transfers" in done.stdout
    early = ask("schedule", "--on", "1990-01-01", "--exporter", "JPN")
    assert "No measure charges anything on 1990-01-01" in early.stderr


def test_a_file_of_one_s_own_is_solved_alone_or_added(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("measure,exporters,rate\nsurcharge,JPN,20 %\n")
    words = ("simulate", "--data", "sectors", "--on", "2025-08-08", "--file", str(own), "--json")
    alone, added = (json.loads(ask(*words, *more).stdout) for more in ((), ("--extend",)))
    assert alone["tariffs"].endswith("by own.csv alone")
    assert added["economies"]["CHN"]["welfare"] < alone["economies"]["CHN"]["welfare"]


def test_unanswered_leaves_out_what_partners_charge_already():
    words = ("retaliate", "--partner", "CHN", "--same", "--data", "sectors", "--on", "2025-05-01", "--json")
    told = json.loads(ask(*words).stdout)
    row = {each["iso3"]: each for each in told["economies"]}["USA"]
    assert max(row["same rate"], row["as in force"]) < row["unanswered"]
    assert told["players"][0]["rates"]["on average, added"] > 0.5


def test_best_answers_of_two_players_are_drawn(tmp_path):
    figure = tmp_path / "two.svg"
    done = ask(
        "nash",
        "--player",
        "USA",
        "--player",
        "CHN",
        "--data",
        "sectors",
        "--unchecked",
        "--figure",
        str(figure),
    )
    assert done.exit_code == 0, done.output
    assert "comes to rest" in figure.read_text()


def test_the_european_union_bargains_as_one():
    told = json.loads(ask("bargain", "--country", "EU", "--draws", "128", "--json").stdout)
    assert told["tariff"] == pytest.approx(0.20)
    assert 0 < told["answers"]["tariff_cost"]["middle"] < 2
