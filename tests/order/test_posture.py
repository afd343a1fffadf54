"""Posture: labels where the truth is made, laws, refusals, and the essay's own claim about Japan."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.order.components import COMPONENTS, PostureTables, Windows, measure_changes
from kedge.order.posture import LABELS, Posture, PostureSettings, classify_posture
from kedge.world.order_data import posture_tables

FEW = PostureSettings(draws=400)
YEARS = range(2010, 2025)
OLD, NEW = range(2015, 2020), range(2020, 2025)


def tables(u: float = 1.0, d: float = 1.0, n: float = 0.0, names: tuple[str, ...] = ("AAA", "BBB")):
    """Make allies whose troops and arms change by a factor u, effort by d, and ties to the last by n."""
    step = {year: 0 if year < 2020 else 1 for year in YEARS}
    troops = [(name, year, round(10_000 * u ** step[year])) for name in names for year in YEARS]
    arms = [("USA", name, year, 100.0 * u ** step[year]) for name in names for year in YEARS]
    arms += [("ZZZ", name, year, 50.0 * (1 + n) ** (2 * step[year])) for name in names for year in YEARS]
    effort = [
        (name, year, 1.5 * d ** step[year], 1000.0 * d ** step[year])
        for name in (*names, "ZZZ")
        for year in YEARS
    ]
    ties = [(name, "ZZZ", "access", "2020-01-01", "", n) for name in names]
    ties += [
        (name, "USA", "access", "2020-01-01" if u > 1 else "1990", "2019-12-31" if u < 1 else "", 0.5)
        for name in names
    ]
    return PostureTables(
        allies=pl.DataFrame(
            [(n_, "bilateral") for n_ in names] + [("ZZZ", "network")], schema=["iso3", "group"], orient="row"
        ),
        ties=pl.DataFrame(
            ties, schema=["state_a", "state_b", "layer", "since", "until", "depth"], orient="row"
        ),
        troops=pl.DataFrame(troops, schema=["iso3", "year", "personnel"], orient="row"),
        arms=pl.DataFrame(arms, schema=["supplier", "recipient", "year", "tiv"], orient="row"),
        effort=pl.DataFrame(effort, schema=["iso3", "year", "share_gdp", "musd_real"], orient="row"),
    )


@pytest.mark.parametrize(
    ("u", "d", "n", "label"),
    [
        (1.0, 1.0, 0.0, "A"),
        (1.0, 1.6, 0.0, "A"),
        (1.0, 1.0, 0.9, "A"),
        (1.0, 1.6, 0.9, "A+"),
        (2.0, 1.6, 0.9, "A+"),
        (0.4, 1.6, 0.0, "autonomy"),
        (0.4, 1.6, 0.9, "autonomy"),
        (0.4, 1.0, 0.0, "B"),
        (0.4, 0.7, 0.0, "B"),
        (0.4, 1.0, 0.9, "unclear"),
    ],
)
def test_a_made_change_gets_its_label(u: float, d: float, n: float, label: str) -> None:
    found = classify_posture(tables(u, d, n), settings=FEW)
    assert found.table["label"].to_list() == [label, label]
    if label in LABELS:
        assert found.table[f"p_{label}"].min() >= 0.5


def test_nothing_changed_is_plan_a_and_almost_sure() -> None:
    found = classify_posture(tables(), settings=FEW)
    assert found.table["p_A"].min() > 0.9
    assert found.moved.select("first", "since").rows() == [(None, None), (None, None)]


@settings(max_examples=8)
@given(st.permutations(("AAA", "BBB", "CCC")), st.floats(0.4, 2.0), st.floats(0.7, 1.6))
def test_labels_do_not_depend_on_the_order_of_states_and_equals_get_equals(order, u: float, d: float) -> None:
    first = classify_posture(tables(u, d, 0.5, ("AAA", "BBB", "CCC")), settings=FEW)
    shuffled = tables(u, d, 0.5, tuple(order))
    second = classify_posture(
        replace(shuffled, ties=shuffled.ties.reverse(), arms=shuffled.arms.reverse()), settings=FEW
    )
    assert first.table["iso3"].to_list() == second.table["iso3"].to_list()
    for name in first.table.columns[3:]:
        assert first.table[name].to_list() == pytest.approx(second.table[name].to_list()), name
        assert len(set(first.table[name].round(9))) == 1, name


def test_a_change_is_what_was_put_in() -> None:
    found = measure_changes(tables(2.0, 1.6, 0.9, ("AAA",)), Windows((2015, 2019), (2020, 2024)))
    change = {(axis, name): value for axis, name, value in found.select("axis", "component", "change").rows()}
    assert change["U", "troops"] == pytest.approx(math.log(20_250 / 10_250))
    assert change["U", "arms"] == pytest.approx(math.log(210 / 110))
    assert change["U", "agreements"] == pytest.approx(0.5)
    assert change["D", "share"] == pytest.approx(0.9)
    assert change["D", "real"] == pytest.approx(math.log(1.6))
    assert change["N", "agreements"] == pytest.approx(0.9)
    assert change["N", "arms"] == pytest.approx(math.log((50 * 1.9**2 + 10) / 60))
    assert change["U", "exercises"] is None
    assert set(change) == {(part.axis, part.name) for part in COMPONENTS}


def test_a_tie_that_began_halfway_through_a_window_counts_half() -> None:
    made = tables(names=("AAA",))
    ties = pl.DataFrame(
        [("AAA", "ZZZ", "access", "2023-07-01", "", 0.4), ("AAA", "ZZZ", "trade", "2023-01-01", "", 1.0)],
        schema=made.ties.columns,
        orient="row",
    )
    found = measure_changes(replace(made, ties=ties), Windows((2015, 2019), (2023, 2023)))
    row = found.filter((pl.col("axis") == "N") & (pl.col("component") == "agreements")).row(0, named=True)
    assert row["after"] == pytest.approx(0.2)


def test_an_axis_without_data_leaves_the_posture_unclear() -> None:
    made = tables(1.0, 1.6, 0.9)
    blind = replace(made, effort=made.effort.filter(pl.col("iso3") != "AAA"))
    found = classify_posture(blind, settings=FEW)
    assert (found.label_of("AAA"), found.label_of("BBB")) == ("unclear", "A+")
    assert found.table["covered_D"].to_list() == [0.0, 1.0]
    assert found.table["covered_U"].to_list() == [0.75, 0.75]


def test_a_component_of_weight_zero_decides_nothing() -> None:
    made = tables(0.4, 1.6, 0.9)
    weights = {
        (part.axis, part.name): float(part.axis != "U" or part.name == "exercises") for part in COMPONENTS
    }
    with pytest.raises(DomainError, match="no component is called 'U tanks'"):
        classify_posture(made, settings=replace(FEW, weights={("U", "tanks"): 1.0}))
    found = classify_posture(made, settings=replace(FEW, weights=weights))
    assert found.table["covered_U"].to_list() == [0.0, 0.0]
    assert found.label_of("AAA") == "unclear"


def test_settings_and_windows_out_of_range_are_refused() -> None:
    with pytest.raises(
        DomainError, match="one after the other, such as 2015-2019 and 2022-2024; found 2015-2019 and 2018"
    ):
        Windows((2015, 2019), (2018, 2024))
    made = tables()
    for change, message in (
        ({"threshold": (0.5, 0.2)}, "should run upwards"),
        ({"sure": 1.5}, "sure should lie in"),
        ({"cap": 0.0}, "cap above zero"),
        ({"weights": {("U", "troops"): 1.0}}, "axis D needs weights"),
    ):
        with pytest.raises(DomainError, match=message):
            classify_posture(made, settings=replace(FEW, **change))
    with pytest.raises(DomainError, match="QQQ is no ally"):
        classify_posture(made, settings=FEW).label_of("QQQ")
    with pytest.raises(DomainError, match="found 'lately'"):
        measure_changes(replace(made, ties=made.ties.with_columns(since=pl.lit("lately"))))


@pytest.fixture(scope="module")
def real() -> Posture:
    return classify_posture(posture_tables())


def test_japan_is_on_plan_a_plus_as_the_essay_claims(real: Posture) -> None:
    japan = real.table.filter(pl.col("iso3") == "JPN").row(0, named=True)
    assert japan["label"] == "A+"
    assert japan["p_A+"] > 0.8
    # Defence up, network of other allies up, ties with the United States not loosened.
    assert japan["D_low"] > 0.0
    assert japan["N_low"] > 0.0
    assert japan["U"] > 0.25
    moved = real.moved.filter(pl.col("iso3") == "JPN").row(0, named=True)
    assert moved["since"] in (2022, 2023)
    assert moved["p_2019"] < 0.1


def test_every_treaty_ally_is_there_with_its_coverage(real: Posture) -> None:
    groups = dict(real.table.group_by("group").len().rows())
    assert groups == {"nato": 31, "bilateral": 6, "rio": 16, "partner": 1}
    chances = real.table.select([f"p_{label}" for label in LABELS]).sum_horizontal()
    assert chances.to_list() == pytest.approx([1.0] * real.table.height)
    assert set(real.table["covered_U"]) == {0.75}
    assert real.table.filter(pl.col("covered_D") == 0.0)["iso3"].to_list() == ["BHS", "CRI", "ISL", "PAN"]
    assert set(real.table.filter(pl.col("covered_D") == 0.0)["label"]) == {"unclear"}
    assert real.label_of("POL") == "A+"


def test_how_partners_are_weighed_reaches_the_network_and_japan_stays(real: Posture) -> None:
    for exponent in (0.0, 1.0):
        found = classify_posture(posture_tables(), settings=PostureSettings(size_exponent=exponent))
        assert found.label_of("JPN") == "A+"
        assert found.table["N"].to_list() != real.table["N"].to_list()
        assert found.table["U"].to_list() == real.table["U"].to_list()


def test_a_stricter_demand_never_turns_one_label_into_another(real: Posture) -> None:
    strict = classify_posture(posture_tables(), settings=PostureSettings(sure=0.9))
    for old, new in zip(real.table["label"], strict.table["label"], strict=True):
        assert new in (old, "unclear")
    assert (strict.table["label"] == "unclear").sum() > (real.table["label"] == "unclear").sum()
