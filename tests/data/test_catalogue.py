"""The catalogue: every entry whole, every key the others rely on there, every citation usable."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from kedge.core.errors import DataError, UnknownSource
from kedge.core.files import sha256_of
from kedge.data.catalogue import cite, find_source, load_catalogue, parse_catalogue
from kedge.data.stock import citation

ENTRY = """
["a-key"]
title = "T"
publisher = "P"
page = "https://example.org"
addresses = ["https://example.org/x.csv"]
mirror = "folder/x.csv"
sha256 = ["{}"]
bytes = 3
licence = "L"
citation = "A (2020). T."
vintage = "2020"
units = "none"
reader = "kedge.data.readers.trade:read_matrix_labels"
""".format("0" * 64)


def test_the_trade_room_finds_its_keys() -> None:
    fixed = {"labels", "gdp", "flows"}
    assert {f"baci2023-194-{each}" for each in fixed} | {
        "liberation-day-tariffs",
        "us-goods-trade-2024",
    } <= set(load_catalogue())


@pytest.mark.parametrize("key", load_catalogue())
def test_every_entry_has_a_reader_a_licence_and_a_citation(key: str) -> None:
    source = find_source(key)
    module, function = source.reader.split(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert source.licence
    assert source.citation
    assert source.bytes > 0


@pytest.mark.parametrize("key", load_catalogue())
def test_every_source_cites_as_text_and_bibtex(key: str) -> None:
    assert cite(key) in citation(key)
    assert cite(key, bibtex=True).startswith(f"@misc{{{key},")
    assert cite(key, bibtex=True).count("{") == cite(key, bibtex=True).count("}")


def test_a_row_of_a_table_can_be_cited_too() -> None:
    assert "90 FR 15041" in citation("eo-14257")
    with pytest.raises(UnknownSource, match="neither the catalogue nor"):
        citation("eo-1")


def test_no_address_names_a_port_or_this_computer() -> None:
    for source in load_catalogue().values():
        for address in source.addresses + source.unpinned:
            assert address.startswith("https://"), address
            assert "localhost" not in address


def test_a_good_entry_parses() -> None:
    assert parse_catalogue(ENTRY)["a-key"].filename == "x.csv"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('mirror = "folder/x.csv"', 'mirror = "../x.csv"', "stay inside the mirror"),
        ('mirror = "folder/x.csv"', 'mirror = "/etc/x.csv"', "stay inside the mirror"),
        ("https://example.org/x.csv", "file:///etc/passwd", "begin with https"),
        ("0" * 64, "0" * 63, "64 hexadecimal digits"),
        ('title = "T"', 'titel = "T"', "missing .'title'., unknown .'titel'."),
        ('"a-key"', '"../key"', "under a key of a-z"),
        ('title = "T"', "title = ", "is not TOML"),
    ],
)
def test_a_bad_entry_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_catalogue(ENTRY.replace(old, new))


@pytest.mark.mirror
@pytest.mark.parametrize("key", load_catalogue())
def test_the_mirror_holds_the_bytes_the_catalogue_names(key: str, mirror: Path) -> None:
    source = find_source(key)
    path = mirror / source.mirror
    assert sha256_of(path) in source.sha256
    assert path.stat().st_size == source.bytes


def test_every_source_and_table_has_its_line_in_the_documentation() -> None:
    from kedge.data.baseline import SCHEMAS

    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")
    assert [key for key in (*load_catalogue(), *SCHEMAS) if f"| `{key}` |" not in page] == []


def test_a_source_is_found_by_its_other_keys() -> None:
    assert find_source("un-votes").key == "un-ga-voting"
