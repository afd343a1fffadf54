"""`kedge data`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import UnknownSource
from kedge.data.catalogue import load_catalogue

RUN = CliRunner()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEDGE_MIRROR", "")
    monkeypatch.setenv("KEDGE_OFFLINE", "1")
    monkeypatch.setenv("KEDGE_CACHE", str(tmp_path))


def run(*words: str) -> tuple[int, str, str]:
    result = RUN.invoke(build(), ["data", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_list_prints_one_json_object_with_every_source() -> None:
    code, out, _ = run("list", "--json")
    listed = json.loads(out)["sources"]
    assert code == 0
    assert [each["key"] for each in listed] == list(load_catalogue())
    assert {each["state"] for each in listed} == {"absent"}


def test_list_shows_a_table_by_default() -> None:
    code, out, _ = run("list")
    assert code == 0
    assert "cow-nmc-7" in out


def test_verify_passes_when_nothing_is_damaged() -> None:
    code, out, _ = run("verify", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["whole"]
    assert {each["state"] for each in report["tables"].values()} == {"whole"}


def test_verify_fails_on_a_damaged_file(tmp_path: Path) -> None:
    source = load_catalogue()["baci2023-194-gdp"]
    damaged = tmp_path / source.key / source.filename
    damaged.parent.mkdir()
    damaged.write_bytes(b"gdp\n1\n")
    code, out, _ = run("verify", "--json")
    assert code == 1
    assert json.loads(out)["sources"][source.key] == "damaged"


def test_fetch_offline_fails_with_one_message_a_source() -> None:
    code, out, err = run("fetch", "cow-nmc-7", "desta", "--offline")
    assert code == 1
    assert out == ""
    assert "cow-nmc-7: offline" in err
    assert "2 of 2 sources could not be fetched" in err


def test_fetch_without_a_key_is_a_usage_error() -> None:
    assert run("fetch")[0] == 2


def test_fetch_of_an_unknown_source_exits_with_2() -> None:
    with pytest.raises(UnknownSource) as caught:
        run("fetch", "nothing-like-it")
    assert caught.value.exit_code == 2


def test_cite_prints_citation_licence_and_bibtex() -> None:
    assert "Licence: CC0 1.0" in run("cite", "ideal-points-2024")[1]
    assert run("cite", "ideal-points-2024", "--bibtex")[1].startswith("@misc{ideal-points-2024,")


@pytest.mark.mirror
def test_fetch_from_the_mirror_prints_where_each_file_is(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_MIRROR", str(mirror))
    code, out, _ = run("fetch", "--all")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == list(load_catalogue())
