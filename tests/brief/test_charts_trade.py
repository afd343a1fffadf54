"""Charts of the trade room draw exactly their data, in a form Vega-Lite accepts."""

from __future__ import annotations

import polars as pl
import pytest

from kedge.brief.charts_trade import bargain_chart, diversion_chart, ranked_chart, response_chart
from kedge.brief.drawing import NARROW, WIDE, Figure
from kedge.brief.single import write_figure

NAMES = {"ally": "Japan", "patron": "United States"}


def ranked(intervals: bool = True, count: int = 3) -> Figure:
    middles = [0.5 - 0.4 * k for k in range(count)]
    table = pl.DataFrame({"name": [f"State {k}" for k in range(count)], "middle": middles})
    if intervals:
        table = table.with_columns(low=pl.col("middle") - 0.2, high=pl.col("middle") + 0.3)
    return ranked_chart(table, "State 0 gains most", "Real income, percent")


def diversion() -> Figure:
    rows = [("Japan", "United States", -30.0), ("Korea", "United States", 12.0), ("Japan", "Korea", None)]
    table = pl.DataFrame(rows, schema=["exporter", "importer", "change"], orient="row")
    return diversion_chart(table, "Japan sells less", "Change of imports, percent")


def responses() -> Figure:
    table = pl.DataFrame(
        {
            "case": ["a"] * 3 + ["b"] * 3,
            "tariff": [0.0, 10.0, 20.0] * 2,
            "welfare": [0.0, 0.4, 0.3, 0.0, 0.2, 0.1],
        }
    )
    marks = pl.DataFrame({"case": ["a", "b"], "tariff": [12.0, 11.0], "welfare": [0.41, 0.21]})
    return response_chart(table, marks, "Best at 12 %", "Real income by own tariff")


def deal(gain: float = 0.2) -> Figure:
    frontier = pl.DataFrame({"ally": [0.0, 0.1, 0.3], "patron": [0.3, 0.2, 0.0]})
    points = pl.DataFrame(
        [
            ("no deal", 0.0, 0.0),
            ("power 0.2", gain, 0.1),
            ("power 0.5", gain, 0.15),
            ("power 0.8", 0.05, 0.25),
        ],
        schema=["label", "ally", "patron"],
        orient="row",
    )
    return bargain_chart(frontier, points, NAMES)


@pytest.mark.parametrize(
    "figure",
    [ranked(), ranked(intervals=False, count=40), diversion(), responses(), deal()],
    ids=["ranked", "many", "diversion", "responses", "bargain"],
)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_chart_fits_the_schema_and_holds_no_address(figure: Figure, width: int) -> None:
    text = figure.chart(width).to_json(validate=True)
    assert "http" not in text.replace("https://vega.github.io/schema", "")
    assert str(figure.title)
    assert str(figure.words)


def test_ranking_keeps_both_ends_and_their_order() -> None:
    figure = ranked(intervals=False, count=40)
    assert figure.data.height == 24
    assert figure.data["name"][0] == "State 0"
    assert figure.data["name"][-1] == "State 39"
    assert figure.data["middle"].is_sorted(descending=True)


def test_words_say_the_ends_of_what_is_diverted() -> None:
    said = str(diversion().words)
    assert "Japan to United States -30 %" in said
    assert "Korea to United States +12 %" in said


def test_a_bargain_without_a_deal_says_so() -> None:
    assert "0.20 %" in str(deal().title)
    assert "no deal" in str(deal(0.0).title)


def test_figures_are_written(tmp_path) -> None:
    for name, figure in (
        ("a.svg", ranked()),
        ("b.png", diversion()),
        ("c.html", responses()),
        ("d.svg", deal()),
    ):
        write_figure(figure, tmp_path / name, "source")
        assert (tmp_path / name).stat().st_size > 1000
