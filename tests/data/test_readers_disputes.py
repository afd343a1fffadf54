"""Readers of disputes: the layout is read, what is not known is null, other tables are refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import rdata

from kedge.core.errors import MalformedFile
from kedge.data.readers import disputes

DISPUTES = {"dispnum": [2.0], "styear": [1902.0], "outcome": [6.0], "hostlev": [3.0], "fatality": [-9.0]}
DISPUTES |= {"mindur": [1.0], "recip": [0.0]}
PARTICIPANTS = {"dispnum": [2.0], "ccode": [200.0], "sidea": [0.0], "orig": [1.0], "styear": [1902.0]}
AIMS = {"dispnum": [2.0], "ccode1": [2.0], "ccode2": [200.0], "year": [1902.0], "revstate1": [1.0]}
AIMS |= {"revtype11": [-9.0]}
BORDERS = {"ccode1": [2.0, 2.0], "ccode2": [20.0, 31.0], "conttype": [1.0, 0.0]}
BORDERS |= {"stdate": [-18263.0, 1277.0], "enddate": [17136.0, 17136.0]}
MAJORS = {"ccode": [2.0], "styear": [1898.0], "endyear": [2016.0]}
RIVALS = {"ccode1": [220.0], "ccode2": [300.0], "start": [1494.0], "end": [1918.0]}
READERS = {
    "gml_mid_disps": (disputes.read_disputes, DISPUTES),
    "gml_part": (disputes.read_participants, PARTICIPANTS),
    "gml_dirdisp": (disputes.read_dispute_aims, AIMS),
    "cow_contdir": (disputes.read_contiguity, BORDERS),
    "cow_majors": (disputes.read_majors, MAJORS),
    "tss_rivalries": (disputes.read_rivalries, RIVALS),
}


def save(folder: Path, name: str, columns: dict[str, list]) -> Path:
    path = folder / f"{name}.rda"
    rdata.write_rda(path, {name: pd.DataFrame(columns)})
    return path


def read(folder: Path, name: str, **change: list) -> dict:
    reader, columns = READERS[name]
    return reader(save(folder, name, columns | change)).row(0, named=True)


def test_rows_are_read_with_what_is_not_known_as_null(tmp_path):
    assert read(tmp_path, "gml_mid_disps") == {
        "dispute": 2,
        "year": 1902,
        "outcome": 6,
        "hostility": 3,
        "fatality": None,
        "days": 1,
        "reciprocated": 0,
    }
    assert read(tmp_path, "gml_part")["side_a"] == 0
    assert read(tmp_path, "gml_dirdisp")["aim"] is None
    assert read(tmp_path, "cow_majors")["last_year"] == 2016
    assert read(tmp_path, "tss_rivalries")["first_year"] == 1494


def test_days_become_years_and_pairs_known_not_to_touch_drop_out(tmp_path):
    frame = disputes.read_contiguity(save(tmp_path, "cow_contdir", BORDERS))
    assert frame.rows() == [(2, 20, 1, 1920, 2016)]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("gml_mid_disps", {"outcome": [10.0]}, "codes from 1 to 9, found 10"),
        ("gml_part", {"sidea": [2.0]}, "codes from 0 to 1, found 2"),
        ("gml_dirdisp", {"revtype11": [5.0]}, "codes from 0 to 4, found 5"),
        ("cow_contdir", {"stdate": ["long ago", "now"]}, "days since 1970"),
        ("cow_majors", {"ccode": ["USA"]}, "should hold numbers"),
    ],
)
def test_cells_outside_their_range_are_refused(tmp_path, name, change, message):
    with pytest.raises(MalformedFile, match=message):
        read(tmp_path, name, **change)


@pytest.mark.parametrize("name", READERS)
def test_a_renamed_column_and_an_empty_table_are_refused(tmp_path, name):
    reader, columns = READERS[name]
    first = next(iter(columns))
    short = {column: values for column, values in columns.items() if column != first}
    with pytest.raises(MalformedFile, match=f"expected column '{first}'"):
        reader(save(tmp_path, name, short))
    with pytest.raises(MalformedFile, match=r"not an R data file|no rows"):
        reader(save(tmp_path, name, {column: [] for column in columns}))


def test_a_dispute_that_occurs_twice_is_refused(tmp_path):
    twice = {column: values * 2 for column, values in DISPUTES.items()}
    with pytest.raises(MalformedFile, match="occurs twice"):
        disputes.read_disputes(save(tmp_path, "gml_mid_disps", twice))
