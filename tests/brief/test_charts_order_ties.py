"""Charts of the order room draw exactly their data, in a form Vega-Lite accepts."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from kedge.brief.charts_order_ties import agreement_chart, dependence_chart, events_chart, posture_chart
from kedge.brief.drawing import NARROW, WIDE, Figure
from kedge.brief.single import check_ending, write_figure
from kedge.core.errors import OutputError
from kedge.order import study_events

NAMES = {"JPN": "Japan", "THA": "Thailand", "KOR": "South Korea"}


def posture() -> Figure:
    row = {"p_A+": 0.9, "U": 0.5, "U_low": 0.1, "U_high": 0.9}
    row |= {"D": 1.0, "D_low": 0.5, "D_high": 1.5, "N": -1.0, "N_low": -2.0, "N_high": 0.0}
    table = pl.DataFrame(
        [{"iso3": "THA", "label": "B", **row, "p_A+": 0.1}, {"iso3": "JPN", "label": "A+", **row}]
    )
    moved = pl.DataFrame({"iso3": ["JPN", "THA"], "first": [2022, None], "since": [2023, None]})
    return posture_chart(table, moved, NAMES, "2015-2019 to 2022-2024")


def dependence(years: int) -> Figure:
    rows = [(state, 2020 + k, 0.5 + 0.1 * k) for state in ("JPN", "KOR") for k in range(years)]
    table = pl.DataFrame(rows, schema=["iso3", "year", "dependence_by_size"], orient="row")
    return dependence_chart(table, NAMES, "the United States", "dependence_by_size")


def events() -> Figure:
    dates = [dt.date(2020, 1, 5), dt.date(2020, 7, 9), dt.date(2021, 3, 3)]
    return events_chart(study_events(dates).course, dates, "Three events")


def agreement() -> Figure:
    rows = [
        (year, other, 0.1 * k, 0.05) for k, year in enumerate((2023, 2024, 2025)) for other in ("JPN", "KOR")
    ]
    table = pl.DataFrame(rows, schema=["year", "other", "s", "s_se"], orient="row")
    return agreement_chart(table, NAMES, "the United States", "s", [2025])


@pytest.mark.parametrize(
    "figure", [posture(), dependence(1), dependence(3), events(), agreement()], ids=lambda each: each.name
)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_chart_fits_the_schema_and_holds_no_address(figure: Figure, width: int) -> None:
    text = figure.chart(width).to_json(validate=True)
    assert "http" not in text.replace("https://vega.github.io/schema", "")
    assert str(figure.title)
    assert str(figure.words)


def test_the_posture_chart_draws_each_axis_of_each_ally() -> None:
    figure = posture()
    assert str(figure.title) == "1 of 2 US allies and partners measure as on Plan A+"
    assert figure.data.select("iso3", "axis", "middle").sort("iso3", "axis").rows() == [
        ("JPN", "D", 1.0),
        ("JPN", "N", -1.0),
        ("JPN", "U", 0.5),
        ("THA", "D", 1.0),
        ("THA", "N", -1.0),
        ("THA", "U", 0.5),
    ]
    assert figure.data["name"][0] == "Japan"


@pytest.mark.parametrize(
    ("figure", "low", "high"), [(agreement(), -1.0, 1.0), (dependence(3), 0.0, 100.0)], ids=["S", "percent"]
)
def test_lines_stand_on_the_whole_range_of_their_measure(figure: Figure, low: float, high: float) -> None:
    def domains(part: object) -> list[list[float]]:
        if isinstance(part, list):
            return [each for item in part for each in domains(item)]
        if not isinstance(part, dict):
            return []
        scale = part.get("y", {}).get("scale", {}) if isinstance(part.get("y"), dict) else {}
        here = [scale["domain"]] if "domain" in scale else []
        return here + [each for item in part.values() for each in domains(item)]

    found = domains(figure.chart(WIDE).to_dict())
    assert found
    assert all(domain == [low, high] for domain in found)


def test_the_agreement_chart_says_which_year_stands_apart() -> None:
    figure = agreement()
    assert "2025 (dashed, hollow) cannot be compared" in str(figure.subtitle)
    assert figure.data.filter(pl.col("year") == 2024)["high"][0] == pytest.approx(0.1 + 1.645 * 0.05)


def test_the_events_chart_draws_the_course_whole() -> None:
    figure = events()
    assert figure.data["events"].sum() == 3
    assert (figure.data["low"] <= figure.data["rate"]).all()


def test_only_three_endings_are_written(tmp_path) -> None:
    with pytest.raises(OutputError, match=r"found 'x\.pdf'"):
        check_ending(tmp_path / "x.pdf")
    write_figure(dependence(1), tmp_path / "x.html", "a source & more")
    page = (tmp_path / "x.html").read_text("utf-8")
    assert "a source &amp; more" in page
    assert "<script" not in page
