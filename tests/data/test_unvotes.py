"""Readers of the R package unvotes: small files of its layout, and what is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest
import rdata

from kedge.core.errors import MalformedFile
from kedge.data.readers.unvotes import (
    read_matched_roll_calls,
    read_unvotes,
    read_unvotes_issues,
    read_unvotes_roll_calls,
)

VOTES = {
    "rcid": [3.0, 3.0, 4.0, 4.0],
    "country": ["United States", "Yugoslavia", "Federal Republic of Germany", "Namibia"],
    "country_code": ["US", "YU", None, "NA"],
    "vote": ["yes", "no", "abstain", "yes"],
}
CALLS = {
    "rcid": [3, 4],
    "session": [1.0, 1.0],
    "importantvote": [0, 0],
    "date": [-8766.0, -8765.0],
    "unres": ["R/1/66", "R/1/79"],
    "amend": [1.0, None],
    "para": [0.0, None],
    "short": ["RULES", "ELECTIONS"],
    "descr": ["TO ADOPT A CUBAN AMENDMENT", "TO ADJOURN"],
}


def save(path: Path, name: str, columns: dict) -> Path:
    frame = pd.DataFrame({key: pd.Series(values) for key, values in columns.items()})
    rdata.write_rda(path, {name: frame})
    return path


def test_votes_get_codes_of_seats(tmp_path: Path) -> None:
    frame = read_unvotes(save(tmp_path / "un_votes.rda", "un_votes", VOTES))
    assert frame.columns == ["roll_call", "iso3", "vote"]
    assert frame.get_column("iso3").to_list() == ["USA", "YUG", "DEU", "NAM"]
    assert frame.get_column("vote").to_list() == VOTES["vote"]


def test_roll_calls_keep_what_the_package_does_not_say_as_null(tmp_path: Path) -> None:
    frame = read_unvotes_roll_calls(save(tmp_path / "calls.rda", "un_roll_calls", CALLS))
    assert frame.get_column("date").to_list() == [datetime.date(1946, 1, 1), datetime.date(1946, 1, 2)]
    assert frame.get_column("amendment").to_list() == [True, None]
    assert frame.get_column("paragraph").to_list() == [False, None]
    assert frame.get_column("title").to_list() == CALLS["descr"]


def test_issues_are_listed_by_roll_call(tmp_path: Path) -> None:
    columns = {
        "rcid": [77, 77],
        "short_name": ["me", "hr"],
        "issue": ["Palestinian conflict", "Human rights"],
    }
    frame = read_unvotes_issues(save(tmp_path / "issues.rda", "un_roll_call_issues", columns))
    assert frame.rows() == [(77, "me", "Palestinian conflict"), (77, "hr", "Human rights")]


def test_matched_roll_calls_are_pairs(tmp_path: Path) -> None:
    path = tmp_path / "matches.csv"
    path.write_text("v1,rcid1,rcid2\r\n1,299,331\r\n", "utf-8")
    assert read_matched_roll_calls(path).rows() == [(299, 331)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vote": ["yes", "no", "maybe", "yes"]}, "maybe"),
        (
            {
                "country": ["United States", "Atlantis", "France", "Namibia"],
                "country_code": ["US", "XX", "FR", "NA"],
            },
            "Atlantis",
        ),
        (
            {"rcid": [3.0, 3.0, 3.0, 4.0], "country": ["United States"] * 4, "country_code": ["US"] * 4},
            "unique",
        ),
    ],
)
def test_strange_votes_are_refused(tmp_path: Path, change: dict, message: str) -> None:
    path = save(tmp_path / "un_votes.rda", "un_votes", VOTES | change)
    with pytest.raises(MalformedFile, match=message):
        read_unvotes(path)


def test_roll_calls_without_a_date_or_column_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "calls.rda", "un_roll_calls", CALLS | {"date": [None, -8765.0]})
    with pytest.raises(MalformedFile, match="session and date"):
        read_unvotes_roll_calls(path)
    short = {key: values for key, values in CALLS.items() if key != "descr"}
    with pytest.raises(MalformedFile, match="descr"):
        read_unvotes_roll_calls(save(tmp_path / "short.rda", "un_roll_calls", short))
