"""The package's schedule against the law, and schedules that users write."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedge.core.errors import KedgeError, ScheduleError
from kedge.data.baseline import load_table
from kedge.trade import exempt, rates_on, read_provisions, read_rows, stack_on, tariffs_on, timeline
from kedge.trade.records import FIELDS
from kedge.world.trade_answers import exporters_of, measure_records
from kedge.world.trade_schedule import load_schedule, shipped_schedule

SCHEDULE = shipped_schedule()
D = datetime.date.fromisoformat
DAYS = (
    "2025-04-05",
    "2025-04-09",
    "2025-05-01",
    "2025-08-08",
    "2025-12-01",
    "2026-03-01",
    "2026-08-01",
)


def headline(day: str, exporter: str, importer: str = "USA", without: tuple[str, ...] = ()) -> float:
    rates = rates_on(SCHEDULE.without(*without), D(day), (importer, exporter))
    return round(float(rates[1, 0, 0]), 6)


@pytest.mark.parametrize(
    ("exporter", "rates"),
    [
        ("JPN", (0.10, 0.24, 0.10, 0.15, 0.15, 0.10, 0.125)),
        ("CHN", (0.30, 1.04, 1.45, 0.30, 0.20, 0.10, 0.125)),
        ("DEU", (0.10, 0.20, 0.10, 0.15, 0.15, 0.10, 0.10)),
        ("AUT", (0.10, 0.20, 0.10, 0.15, 0.15, 0.10, 0.10)),
        ("GBR", (0.10, 0.10, 0.10, 0.10, 0.10, 0.10, 0.10)),
        ("KOR", (0.10, 0.25, 0.10, 0.15, 0.15, 0.10, 0.125)),
        ("CHE", (0.10, 0.31, 0.10, 0.39, 0.15, 0.10, 0.125)),
        ("VNM", (0.10, 0.46, 0.10, 0.20, 0.20, 0.10, 0.125)),
        ("IND", (0.10, 0.26, 0.10, 0.25, 0.50, 0.10, 0.10)),
        ("IDN", (0.10, 0.32, 0.10, 0.19, 0.19, 0.10, 0.10)),
        ("PHL", (0.10, 0.17, 0.10, 0.19, 0.19, 0.10, 0.125)),
    ],
)
def test_headline_rates_are_those_of_the_orders(exporter: str, rates: tuple[float, ...]) -> None:
    assert tuple(headline(day, exporter) for day in DAYS) == rates


def test_exemptions_and_coverage_lower_the_headline_of_canada_mexico_and_brazil() -> None:
    assert headline("2025-03-05", "CAN") == 0.25
    assert headline("2025-08-08", "CAN") == round(0.35 * (1 - 0.67), 6)
    assert headline("2025-08-08", "MEX") == round(0.25 * (1 - 0.68), 6)
    assert headline("2025-08-08", "CAN", without=("usmca",)) == 0.35
    assert headline("2025-08-08", "BRA") == round(0.10 + 0.57 * 0.40, 6)


def test_if_the_pause_had_ended_country_rates_would_apply() -> None:
    assert headline("2025-05-01", "JPN", without=("pause",)) == 0.24
    assert headline("2025-05-01", "CHN", without=("pause",)) == 1.45
    assert headline("2025-06-01", "CHN", without=("truce",)) == 0.54
    assert headline("2025-06-01", "USA", "CHN", ("china-truce",)) == 0.34
    assert headline("2025-09-01", "USA", "DEU", ("eu-pause",)) == pytest.approx(0.25 * 0.28)
    assert headline("2026-03-01", "JPN", without=("ruling", "section-122")) == 0.15


def test_china_s_answer_rose_and_fell_with_the_announcements() -> None:
    days = [(each.day.isoformat(), round(each.after, 6)) for each in timeline(SCHEDULE, ("CHN", "USA"))]
    assert days == [("2025-04-10", 0.84), ("2025-04-12", 1.25), ("2025-05-14", 0.10)]
    assert headline("2025-05-01", "USA", "DEU") == 0.0


@pytest.mark.parametrize(
    ("day", "exporter", "goods", "rate"),
    [
        ("2025-04-09", "JPN", "steel", 0.25),
        ("2025-08-08", "JPN", "steel", 0.50),
        ("2025-08-08", "GBR", "steel", 0.25),
        ("2026-03-01", "JPN", "aluminium", 0.50),
        ("2025-04-09", "CHN", "steel", 0.45),
        ("2025-04-09", "JPN", "cars", 0.25),
        ("2025-04-09", "JPN", "car-parts", 0.24),
        ("2025-05-04", "JPN", "car-parts", 0.25),
        ("2025-12-01", "JPN", "cars", 0.15),
        ("2025-12-01", "GBR", "cars", 0.10),
        ("2025-12-01", "FRA", "cars", 0.15),
        ("2025-12-01", "CHN", "trucks", 0.35),
        ("2025-04-09", "JPN", "copper", 0.0),
        ("2025-08-08", "JPN", "copper", 0.50),
        ("2025-12-01", "CAN", "lumber", 0.10),
        ("2025-12-01", "DEU", "wood-furniture", 0.15),
        ("2025-08-08", "JPN", "pharma", 0.0),
        ("2025-08-08", "CHN", "pharma", 0.20),
    ],
)
def test_goods_pay_the_measure_on_them_and_not_the_reciprocal_rate(
    day: str, exporter: str, goods: str, rate: float
) -> None:
    assert rates_on(SCHEDULE, D(day), ("USA", exporter), (goods,))[1, 0, 0] == pytest.approx(rate)


def test_the_schedule_agrees_with_the_one_sector_table_where_both_speak() -> None:
    table = load_table("tariffs")
    codes = ("USA", "JPN", "CHN", "DEU", "KOR", "VNM", "AUS", "XAS", "CHE")

    def by_table(day: str, *names: str) -> np.ndarray:
        records = table.filter(pl.col("measure").is_in(names)).iter_rows(named=True)
        rows = [{**each, "economy": "*" if each["economy"] == "WLD" else each["economy"]} for each in records]
        # A `total` of the one-sector table would take away the opioid rows; no state here has both.
        return tariffs_on(read_rows(rows), D(day), codes)[:, 0]

    def by_schedule(day: str) -> np.ndarray:
        return rates_on(SCHEDULE, D(day), codes)[:, 0, 0]

    for day in ("2025-03-05", "2025-04-06", "2025-05-01", "2025-06-01"):
        np.testing.assert_allclose(by_schedule(day), by_table(day, "pause", "opioids"))
    np.testing.assert_allclose(by_schedule("2026-03-01"), by_table("2026-03-01", "section-122"))
    august = by_table("2025-08-08", "from_2025-08-07", "opioids")
    august[2] += 0.10
    np.testing.assert_allclose(by_schedule("2025-08-08"), august)


def test_every_provision_leads_to_a_law_and_an_address() -> None:
    assert all(row.law and row.url and row.source for row in SCHEDULE.provisions)
    assert all(row.source for row in SCHEDULE.goods)
    for row in (*SCHEDULE.provisions, *SCHEDULE.goods):
        share = getattr(row, "coverage", getattr(row, "share", None))
        assert share == 1.0 or row.low <= share <= row.high
        assert share == 1.0 or row.note


def test_no_sector_holds_more_goods_than_itself_and_goods_are_all_used() -> None:
    used = {entry.removeprefix("-") for row in SCHEDULE.provisions for entry in row.goods}
    assert {each.goods for each in SCHEDULE.goods} <= used
    sectors = sorted({each.sector for each in SCHEDULE.goods})
    for day in ("2025-04-09", "2026-08-01"):
        rates = rates_on(SCHEDULE, D(day), ("USA", "JPN", "CHN"), sectors)[1:, 0]
        assert (rates >= 0.0).all()
        assert (rates <= 1.46).all()


def test_japan_s_metals_and_cars_are_made_of_what_the_law_says() -> None:
    dues = stack_on(SCHEDULE, D("2025-08-08"), ("USA", "JPN"), "C29")
    assert [(due.provision.measure, due.goods) for due in dues] == [
        ("cars", "cars"),
        ("cars", "car-parts"),
        ("reciprocal", "trucks"),
    ]
    assert sum(due.points for due in dues) == pytest.approx(0.9 * 0.25 + 0.1 * 0.15)


def test_the_list_says_where_each_measure_stands() -> None:
    found = measure_records(SCHEDULE, D("2025-05-01"))
    status = {(row["measure"], row["exporters"]): row["status"] for row in found}
    assert status["eu-answer", "USA"] in ("suspended by eu-pause", "not yet in force")
    assert status["letters", "EU"] == "announced only"
    japan = [row for row in found if row["measure"] == "reciprocal" and "JPN" in row["exporters"]]
    assert {row["status"] for row in japan} == {"suspended by pause", "not yet in force"}
    ruled = measure_records(SCHEDULE, D("2026-03-01"))
    assert "struck down by ruling" in {row["status"] for row in ruled if row["measure"] == "opioids"}


def test_groups_are_spelled_out_for_the_reader() -> None:
    assert len(exporters_of(SCHEDULE, "USA", ["EU"])) == 28
    assert "USA" not in exporters_of(SCHEDULE, "USA", [])


TOML = """
[goods]
chips = { C26 = 0.2 }

[groups]
PAIR = ["JPN", "KOR"]

[[measure]]
measure = "mine"
exporters = ["PAIR"]
goods = ["chips"]
rate = 0.3
start = 2027-01-01
law = "a bill"

[[measure]]
measure = "base"
rate = 0.1
yields_to = "mine"
"""


def test_a_user_s_file_is_read_and_can_extend_the_package_s(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TOML, "utf-8")
    alone = load_schedule(path)
    assert alone.measures == ("base", "mine")
    got = rates_on(alone, D("2027-02-01"), ("USA", "JPN", "CHN"), ("C26",))[:, 0, 0]
    np.testing.assert_allclose(got, [0.0, 0.2 * 0.3 + 0.8 * 0.1, 0.1])
    both = load_schedule(path, extend=True)
    assert len(both.provisions) == len(SCHEDULE.provisions) + 2


def test_a_csv_says_the_same_as_toml(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("measure,exporters,rate,start,end\nm,JPN KOR,0.24,2025-04-09,\n", "utf-8")
    (tmp_path / "a.toml").write_text(
        '[[measure]]\nmeasure = "m"\nexporters = "JPN KOR"\nrate = 0.24\nstart = 2025-04-09\n', "utf-8"
    )
    assert repr(load_schedule(tmp_path / "a.csv").provisions) == repr(
        load_schedule(tmp_path / "a.toml").provisions
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = 25\n', "a share such as 0.25 for 25 %"),
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = 0.2\nexporters = ["JAPAN"]\n', "'JAPAN'"),
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = 0.2\nexporters = ["jpn"]\n', "did you mean JPN"),
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = 0.2\nimporter = "XXX"\n', "'XXX'"),
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = 0.2\ngoods = ["C99"]\n', "'C99'"),
        ("a.toml", '[goods]\nx = { C99 = 0.2 }\n[[measure]]\nmeasure = "m"\nrate = 0.2\n', "'C99'"),
        ("a.toml", '[groups]\nP = ["JAPAN"]\n[[measure]]\nmeasure = "m"\nrate = 0.2\n', "'JAPAN'"),
        ("a.csv", "measure,rate\nm,25\n", "a share such as 0.25 for 25 %"),
        ("a.toml", '[[measure]]\nmeasure = "m"\nrate = "x"\n', "measure 1: rate should be a share"),
        ("a.toml", '[[measure]]\nmeasur = "m"\nrate = 0.1\n', "did you mean measure"),
        ("a.toml", "[[measures]]\n", "did you mean measure"),
        ("a.toml", "[[measure]\n", "not valid TOML"),
        ("a.toml", "x = 1\n", "unknown key 'x'"),
        ("a.toml", 'measure = "m"\n', r"expected \[\[measure\]\] tables"),
        ("a.toml", "[[measure]]\n[goods]\nchips = 3\n", "goods should be written as"),
        ("a.toml", "[[measure]]\n[groups]\nEU = 3\n", "groups should be written as"),
        ("a.toml", TOML.replace("0.2 }", "1.2 }"), "not from 0 to 1"),
        (
            "a.toml",
            TOML.replace('"mine"\n\n', '"mine"\n').replace('to = "mine"', 'to = "min"'),
            "did you mean",
        ),
        ("a.csv", "measure,rate\n", "no rows"),
        ("a.csv", "measure,rate\nm,0.1,2\n", "row 1: expected 2 cells"),
        ("a.csv", "measure,rate,rate\nm,0.1,2\n", "occurs twice"),
        ("a.csv", "measure,rate,start\nm,0.1,tomorrow\n", "row 1: start should be a day such as 2025-04-09"),
        ("a.csv", "measure,rate,goods\nm,0.1,cheese\n", "no goods is called 'cheese'"),
        ("a.csv", 'measure,rate\n"m,0.1\n', "not a CSV table"),
        ("a.txt", "", "ends in .toml or .csv"),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_remedy(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(ScheduleError, match=message) as caught:
        load_schedule(path)
    assert name in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScheduleError, match=r"did you mean mine.toml"):
        load_schedule(tmp_path / "min.toml")
    with pytest.raises(ScheduleError, match="not UTF-8"):
        load_schedule(tmp_path / "mine.toml")
    (tmp_path / "big.csv").write_text("x" * 1_100_000, "utf-8")
    with pytest.raises(ScheduleError, match="at most 1 MiB"):
        load_schedule(tmp_path / "big.csv")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.lists(st.one_of(st.text(max_size=4), st.integers()), max_size=3),
    st.sampled_from(("0.1", "2025-04-09", "all", "USA", "suspension", "m", "-m", "steel")),
)
RECORDS = st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text(max_size=6)), VALUES, max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, max_size=3))
def test_no_record_whatever_is_in_it_leads_to_a_traceback(records: list[dict]) -> None:
    message, made = "", ()
    try:
        made = read_provisions(records)
    except KedgeError as error:
        message = str(error)
    assert ("row" in message) != (len(made) == len(records) > 0) or records == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from((".toml", ".csv")),
    st.one_of(
        st.text(max_size=80),
        st.tuples(st.integers(0, len(TOML)), st.text(max_size=5)).map(
            lambda a: TOML[: a[0]] + a[1] + TOML[a[0] :]
        ),
        st.tuples(st.integers(0, len(TOML)), st.integers(0, 20)).map(lambda a: TOML[: a[0]] + TOML[sum(a) :]),
    ),
)
def test_no_file_whatever_is_in_it_leads_to_a_traceback(tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"any{ending}"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    message = path.name
    try:
        load_schedule(path)
    except ScheduleError as error:
        message = str(error)
    assert path.name in message


def test_the_one_sector_functions_still_free_exporters_of_a_measure() -> None:
    rows = read_rows([{"measure": "a", "economy": "*", "rate": 0.1, "start": "2025-04-09"}])
    assert tariffs_on(exempt(rows, "a", ["CAN"]), D("2025-04-09"), ["USA", "CAN"])[1, 0] == 0.0


def test_a_rate_may_be_written_in_percent(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("measure,exporters,rate\nhigh,JPN,400 %\nlow,KOR,2.5%\n")
    assert [each.rate for each in load_schedule(path).provisions] == pytest.approx([4.0, 0.025])
