"""Readers of arms, agreements, exercises, alliances and events: small good files, and refusals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from kedge.core.errors import DataError, MalformedFile, UnknownName
from kedge.data.readers.cooperation import (
    read_arms_deliveries,
    read_cow_alliances,
    read_dcad,
    read_exercises,
)
from kedge.data.readers.events import parse_date, read_events
from kedge.data.readers.geography import read_numeric_codes

ARMS = (
    "Transfers of major conventional arms from All countries  to All countries . \n\n"
    "Source: SIPRI Arms Transfers Database (c) SIPRI.\n"
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,"
    "SIPRI TIV of delivered weapons\n"
    'Japan,United States,2012,,42,,F-35A,FGA,30,?,2016; 2017; 2018,New,"A caf\xe9, big",50,2100,90\n'
    "Chad,France,1985,?,4,,X,tank,4,,1986,Second hand,,1,4,4\n"
    "Peru,Italy,2024,,4,,Y,frigate,,,,New,,1,4,\n"
)
DCAD = (
    "ccode1,cowName1,ccode2,cowName2,signDay,signMonth,signYear,category1,endYearEstimate,DCAid\n"
    "2,USA,20,CAN,1,4,1984,PROCUREMENT,2010,DCADv1.0-0001\n"
    "2,USA,740,JPN,1,4,1999,DCA,2005,DCADv1.0-0002\n"
)
MME = (
    "MMEID,Ex_Name,Series_Name,gwcode,country,year,Location\n"
    "mme1,Keen Sword,Keen,2,United States,2010,Okinawa\n"
    "mme1,Keen Sword,Keen,740,Japan,2010,Okinawa\n"
    "mme1,Keen Sword,Keen,740,Japan,2010,Okinawa\n"
    "mme2,Open Road,NA,NA,NATO,2009,Sea\n"
)
COW = (
    "version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_year,dyad_end_year,defense,neutrality,"
    "nonaggression,entente\n1,200,United Kingdom,235,Portugal,1816,,1,0,1,0\n"
    "2,200,United Kingdom,380,Sweden,1816,1911,0,0,0,1\n"
)
NUMERIC = "iso3c,iso3n,gwn\nJPN,392,740\nSRB,688,\nNA,,1\n"
EVENTS = "name,date,place\nfirst,2019-07-23,sea\nsecond,2024-07,\nthird,2021,\nfirst,2019-07-23,sea\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_deals_volume_is_split_over_its_years_and_nothing_is_lost(tmp_path: Path, encoding: str) -> None:
    got = read_arms_deliveries(written(tmp_path, ARMS, encoding))
    japan = got.filter(pl.col("recipient") == "Japan")
    assert japan.select("year", "tiv", "uncertain").rows() == [
        (2016, 30.0, True),
        (2017, 30.0, True),
        (2018, 30.0, True),
    ]
    assert got["tiv"].sum() == 94.0
    assert got.filter(pl.col("recipient") == "Chad").row(0) == (2, "Chad", "France", 1985, 1986, 4.0, False)
    assert "Peru" not in got["recipient"].to_list()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Recipient,Supplier", "Buyer,Supplier", "no header row that begins with 'Recipient,Supplier'"),
        ("2016; 2017", "2016; soon", "row 2 should hold years of delivery, found '2016; soon"),
        ("2100,90", "2100,many", "column 'tiv' should hold numbers, row 2 holds 'many'"),
        ("4,4\nPeru", "4,-4\nPeru", "should not be negative"),
    ],
)
def test_a_register_that_is_not_one_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(MalformedFile, match=message):
        read_arms_deliveries(written(tmp_path, ARMS.replace(old, new)))


def test_agreements_have_two_states_and_the_years_in_force(tmp_path: Path) -> None:
    got = read_dcad(written(tmp_path, DCAD))
    assert got.rows() == [
        ("DCADv1.0-0001", 2, 20, 1984, "PROCUREMENT", 2010),
        ("DCADv1.0-0002", 2, 740, 1999, "DCA", 2005),
    ]
    with pytest.raises(MalformedFile, match=r"DCADv1\.0-0002 ends before it was signed"):
        read_dcad(written(tmp_path, DCAD.replace("2005", "1990")))
    with pytest.raises(MalformedFile, match="should be unique"):
        read_dcad(written(tmp_path, DCAD.replace("0002", "0001")))


def test_a_participant_listed_twice_counts_once_and_one_without_code_is_kept(tmp_path: Path) -> None:
    got = read_exercises(written(tmp_path, MME))
    assert got.select("exercise", "gwcode", "year").rows() == [
        ("mme1", 2, 2010),
        ("mme1", 740, 2010),
        ("mme2", None, 2009),
    ]


def test_an_alliance_in_force_has_no_last_year(tmp_path: Path) -> None:
    got = read_cow_alliances(written(tmp_path, COW))
    assert got.select("start_year", "end_year", "defense").rows() == [(1816, None, 1), (1816, 1911, 0)]
    with pytest.raises(MalformedFile, match="every row needs two states"):
        read_cow_alliances(written(tmp_path, COW.replace("1816,,1", ",,1")))


def test_numeric_codes_fill_what_the_list_leaves_out(tmp_path: Path) -> None:
    assert read_numeric_codes(written(tmp_path, NUMERIC)).rows() == [("JPN", 392, 740), ("SRB", 688, 340)]


def test_events_keep_every_row_and_say_how_exact_a_date_is(tmp_path: Path) -> None:
    got = read_events(written(tmp_path, EVENTS))
    assert got["date"].to_list() == [
        dt.date(2019, 7, 23),
        dt.date(2024, 7, 16),
        dt.date(2021, 7, 2),
        dt.date(2019, 7, 23),
    ]
    assert got["precision"].to_list() == ["day", "month", "year", "day"]
    assert got["row"].to_list() == [2, 3, 4, 5]


@pytest.mark.parametrize("cell", ["2019-02-30", "23/07/2019", "2019-13", "July 2019", "", "0000"])
def test_a_cell_that_is_no_date_is_named_with_its_row(tmp_path: Path, cell: str) -> None:
    path = written(tmp_path, EVENTS.replace("2021,", f"{cell},"))
    with pytest.raises(MalformedFile, match=r"row 4, column 'date'.*expected a date such as 2025-02-24"):
        read_events(path)


def test_a_file_without_a_column_of_dates_lists_its_columns(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no column of dates is called 'when'"):
        read_events(written(tmp_path, EVENTS), "when")
    with pytest.raises(UnknownName, match=r"\(none given\)"):
        read_events(written(tmp_path, EVENTS.replace("date", "moment")))


def test_a_leap_day_is_a_date() -> None:
    assert parse_date("2024-02-29", "here") == (dt.date(2024, 2, 29), "day")


@pytest.mark.parametrize("reader", [read_arms_deliveries, read_dcad, read_exercises, read_cow_alliances])
@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "<!doctype html><html></html>", "\x00"])
def test_anything_else_is_a_data_error(tmp_path: Path, reader, text: str) -> None:
    with pytest.raises(DataError):
        reader(written(tmp_path, text))


@pytest.mark.mirror
def test_the_publishers_files_are_whole(mirror: Path) -> None:
    arms = read_arms_deliveries(mirror / "cooperation/arms/sipri_trade-register_2026-05-18.csv")
    assert arms["deal"].max() == 29_916
    assert arms["year"].max() == 2025
    assert read_dcad(mirror / "cooperation/dcad/DCAD-v1.0-main.csv").height == 1_871
    exercises = read_exercises(mirror / "cooperation/exercises/mme-v7-long.csv")
    assert (exercises["year"].min(), exercises["year"].max()) == (1980, 2010)
    assert exercises["exercise"].n_unique() == 3_704
    assert read_cow_alliances(mirror / "alliances/cow41/alliance_v4.1_by_dyad.csv").height == 3_222
    patrols = read_events(mirror / "cooperation/china_russia/joint_bomber_patrols_2019_2025.csv")
    assert patrols.height == 10
