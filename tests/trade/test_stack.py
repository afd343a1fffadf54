"""What a schedule charges: who counts, who stands aside, what is lifted, and that order is no matter."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.trade import (
    GoodsShare,
    Provision,
    Schedule,
    average_rates,
    change_between,
    check_schedule,
    rates_on,
    read_provisions,
    stack_on,
    status_on,
    timeline,
)

START, PAUSE, END = (datetime.date(2025, 4, day) for day in (5, 10, 20))
CODES = ("USA", "JPN", "CHN", "DEU")
GOODS = (GoodsShare("steel", "C24", 0.4), GoodsShare("copper", "C24", 0.1), GoodsShare("cars", "C29", 0.6))
GROUPS = {"EU": ("DEU", "FRA")}
UNIVERSAL = Provision("universal", "USA", rate=0.1, start=START, yields_to=("country", "steel"))
COUNTRY = Provision("country", "USA", ("JPN",), rate=0.24, start=START, yields_to=("steel",))
STEEL = Provision("steel", "USA", goods=("steel",), rate=0.5, start=START)
STOP = Provision("pause", "USA", kind="suspension", start=PAUSE, end=END, lifts=("country",))
SCHEDULE = Schedule((UNIVERSAL, COUNTRY, STEEL, STOP), GOODS, GROUPS)


def rate(
    *rows: Provision,
    exporter: str = "JPN",
    sector: str = "C24",
    day: datetime.date = START,
    base: float = 0.0,
) -> float:
    schedule = Schedule(rows, GOODS, GROUPS)
    ordinary = np.full((2, 2, 1), base)
    return float(rates_on(schedule, day, ("USA", exporter), (sector,), ordinary)[1, 0, 0])


def test_a_good_under_one_measure_does_not_pay_the_other() -> None:
    got = rates_on(SCHEDULE, START, CODES, ("all", "C24", "C29"))
    np.testing.assert_allclose(got[1, 0], [0.24, 0.4 * 0.5 + 0.6 * 0.24, 0.24])
    np.testing.assert_allclose(got[2, 0], [0.10, 0.4 * 0.5 + 0.6 * 0.10, 0.10])
    assert not got[:, 1:].any()
    assert not got[0].any()


def test_only_the_part_that_is_covered_stands_aside() -> None:
    half = Provision("steel", "USA", goods=("steel",), rate=0.5, coverage=0.5)
    assert rate(half, COUNTRY, UNIVERSAL) == pytest.approx(0.4 * 0.5 * 0.5 + 0.8 * 0.24)


def test_a_pause_puts_the_universal_rate_in_place_of_the_country_s() -> None:
    got = [rates_on(SCHEDULE, day, CODES)[1, 0, 0] for day in (START, PAUSE, END)]
    assert got == pytest.approx([0.24, 0.10, 0.24])
    assert rates_on(SCHEDULE.without("pause"), PAUSE, CODES)[1, 0, 0] == pytest.approx(0.24)


def test_what_is_exempt_does_not_fall_to_the_measure_that_stood_aside() -> None:
    free = Provision("free", "USA", kind="exemption", coverage=0.5, lifts=("country", "universal"))
    assert rate(UNIVERSAL, COUNTRY, free, sector="C29") == pytest.approx(0.12)
    suspended = Provision("stop", "USA", kind="suspension", coverage=0.5, lifts=("country",))
    assert rate(UNIVERSAL, COUNTRY, suspended, sector="C29") == pytest.approx(0.5 * 0.24 + 0.5 * 0.10)


def test_a_total_is_topped_up_from_the_ordinary_duty() -> None:
    deal = Provision("deal", "USA", ("JPN",), rate=0.15, kind="total")
    assert [rate(deal, base=base) for base in (0.0, 0.025, 0.2)] == pytest.approx([0.15, 0.125, 0.0])
    assert rate(deal, Provision("more", "USA", rate=0.1), base=0.2) == pytest.approx(0.1)


def test_of_one_measure_the_closest_provision_counts_and_then_the_latest() -> None:
    rows = [
        Provision("m", "USA", ("*",), rate=0.5, start=END),
        Provision("m", "USA", ("EU",), rate=0.3),
        Provision("m", "USA", ("DEU",), rate=0.2),
        Provision("m", "USA", ("DEU",), rate=0.1, start=START),
        Provision("m", "USA", ("DEU",), ("copper",), rate=0.0),
    ]
    assert rate(*rows, exporter="DEU", sector="C29") == 0.1
    assert rate(*rows, exporter="DEU", sector="copper") == 0.0
    assert rate(*rows, exporter="FRA") == 0.3
    assert rate(*rows, day=END) == 0.5


def test_a_minus_takes_states_groups_and_goods_out() -> None:
    row = Provision("m", "USA", ("*", "-EU", "-CHN"), ("all", "-steel", "-C29"), rate=0.1)
    assert rate(row) == pytest.approx(0.06)
    assert [rate(row, exporter=code) for code in ("DEU", "CHN")] == [0.0, 0.0]
    assert rate(row, sector="C29") == 0.0


def test_a_code_names_its_parts_and_no_range_that_goes_beyond() -> None:
    row = Provision("m", "USA", goods=("C24",), rate=0.1)
    assert [rate(row, sector=code) for code in ("C24", "C24A", "C24T25", "C25")] == [0.1, 0.1, 0.0, 0.0]


def test_services_pay_nothing_and_the_headline_knows_no_single_goods() -> None:
    assert rate(UNIVERSAL, sector="G") == 0.0
    assert rate(UNIVERSAL, sector="K64T66") == 0.0
    assert rate(UNIVERSAL, STEEL, sector="all") == pytest.approx(0.1)


def test_other_lists_of_sectors_are_built_by_weight() -> None:
    sectors = {"metals": {"C24": 3.0, "C29": 1.0}, "steel": {"steel": 1.0}}
    got = rates_on(SCHEDULE, START, ("USA", "CHN"), sectors)[1, 0]
    np.testing.assert_allclose(got, [0.75 * 0.26 + 0.25 * 0.10, 0.5])


def test_the_mean_over_sectors_is_weighted_by_trade() -> None:
    rates = rates_on(SCHEDULE, START, ("USA", "CHN"), ("C24", "C29"))
    weights = np.zeros_like(rates)
    weights[1, 0] = [1.0, 3.0]
    assert average_rates(rates, weights)[1, 0] == pytest.approx(0.25 * 0.26 + 0.75 * 0.10)
    assert average_rates(rates, np.zeros_like(rates))[1, 0] == pytest.approx(0.18)
    with pytest.raises(DomainError, match="none negative"):
        average_rates(rates, -weights)


def test_the_stack_adds_up_to_the_rate_and_names_its_provisions() -> None:
    dues = stack_on(SCHEDULE, START, ("USA", "JPN"), "C24")
    assert [due.provision for due in dues] == [STEEL, COUNTRY, COUNTRY]
    assert sum(due.points for due in dues) == pytest.approx(0.344)


def test_an_announcement_is_in_force_only_if_asked_for() -> None:
    threat = Provision("threat", "USA", rate=0.3, status="announced")
    schedule = Schedule((threat,))
    assert rates_on(schedule, START, CODES)[1, 0, 0] == 0.0
    assert rates_on(schedule.including("threat"), START, CODES)[1, 0, 0] == 0.3
    assert status_on(schedule, threat, START) == "announced only"
    with pytest.raises(UnknownName, match="did you mean threat"):
        schedule.including("threats")


def test_the_status_of_a_measure_is_told_in_words() -> None:
    ruling = Provision("ruling", "USA", kind="annulment", start=END, lifts=("country", "universal"))
    china = Provision("some", "USA", ("CHN",), kind="suspension", start=PAUSE, lifts=("universal",))
    group = Provision("country", "USA", ("JPN", "CHN"), rate=0.2, start=START, end=END)
    part = Provision("part", "USA", ("CHN",), kind="suspension", start=PAUSE, lifts=("country",))
    schedule = Schedule((UNIVERSAL, COUNTRY, STOP, ruling, china))
    days = (START - datetime.timedelta(1), START, PAUSE, END)
    assert [status_on(schedule, COUNTRY, day) for day in days] == [
        "not yet in force",
        "in force",
        "suspended by pause",
        "struck down by ruling",
    ]
    assert status_on(schedule, UNIVERSAL, PAUSE) == "in force"
    assert status_on(Schedule((group, part)), group, PAUSE) == "suspended in part by part"
    assert status_on(Schedule((group, part)), group, END) == "ended"


def test_a_timeline_lists_what_began_and_what_ended() -> None:
    changes = timeline(SCHEDULE, ("USA", "JPN"))
    assert [(each.day, round(each.before, 9), round(each.after, 9)) for each in changes] == [
        (START, 0.0, 0.24),
        (PAUSE, 0.24, 0.10),
        (END, 0.10, 0.24),
    ]
    assert changes[1].began == (STOP,)
    assert changes[2].ended == (STOP,)
    assert changes[0].began == (UNIVERSAL, COUNTRY)


def test_the_difference_of_two_days_is_the_later_less_the_earlier() -> None:
    got = change_between(SCHEDULE, (START, PAUSE), CODES, ("all",))
    assert got[1, 0, 0] == pytest.approx(-0.14)
    assert got[2, 0, 0] == 0.0


def test_another_coverage_is_one_call_away() -> None:
    free = Provision("free", "USA", kind="exemption", coverage=0.5, low=0.2, high=0.8, lifts=("country",))
    schedule = Schedule((COUNTRY, free)).with_coverage("free", 0.2)
    assert rates_on(schedule, START, CODES)[1, 0, 0] == pytest.approx(0.8 * 0.24)


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownName, match="tariff measure"):
        check_schedule(Schedule((UNIVERSAL,)))
    with pytest.raises(UnknownName, match="did you mean steel"):
        check_schedule(Schedule((Provision("m", "USA", goods=("steal",), rate=0.1),), GOODS))
    with pytest.raises(UnknownName, match="sector or group of goods"):
        rates_on(SCHEDULE, START, CODES, ("cheese",))
    with pytest.raises(DomainError, match="at most 1 is possible"):
        Schedule((), (GoodsShare("a", "C24", 0.6), GoodsShare("b", "C24", 0.6)))
    with pytest.raises(DomainError, match="shape"):
        rates_on(SCHEDULE, START, CODES, ("all",), np.zeros((4, 4, 2)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 25000.0}, "rate should be a share"),
        ({"coverage": 1.5}, "coverage should be from 0 to 1"),
        ({"coverage": 0.5, "low": 0.6}, "low and high should enclose"),
        ({"kind": "half"}, "kind should be one of"),
        ({"status": "maybe"}, "status should be"),
        ({"end": datetime.date(2024, 1, 1)}, "swap the dates"),
        ({"yields_to": ("m",)}, "name others"),
        ({"lifts": ("n",)}, "lifts nothing"),
        ({"kind": "suspension", "rate": 0.0}, "give `lifts`"),
        ({"kind": "exemption", "lifts": ("n",)}, "no exemption charges"),
        ({"exporters": ()}, "exporters are empty"),
        ({"goods": ()}, "goods are empty"),
        ({"importer": ""}, "importer is empty"),
    ],
)
def test_a_provision_that_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        Provision(**{"measure": "m", "importer": "USA", "rate": 0.1, "start": START, **change})


NAMES = st.sampled_from(("a", "b", "c", "d"))
DAYS = st.sampled_from((START, PAUSE, END))


@st.composite
def provisions(draw: st.DrawFn) -> Provision:
    measure, kind = draw(NAMES), draw(st.sampled_from(("additional", "total", "suspension", "exemption")))
    others = draw(st.sets(NAMES.filter(lambda name: name != measure), min_size=1))
    charges = kind in ("additional", "total")
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return Provision(
        measure,
        "USA",
        tuple(draw(st.lists(st.sampled_from(("*", "JPN", "EU", "-CHN")), min_size=1, unique=True))),
        tuple(draw(st.lists(st.sampled_from(("all", "steel", "C29", "-cars")), min_size=1, unique=True))),
        rate=draw(st.sampled_from((0.0, 0.1, 0.25, 0.3))) if charges else 0.0,
        kind=kind,
        start=first,
        end=draw(st.sampled_from((None, last))),
        coverage=draw(st.sampled_from((0.3, 0.7, 1.0))),
        yields_to=tuple(draw(st.permutations(sorted(others)))) if charges and draw(st.booleans()) else (),
        lifts=() if charges else tuple(sorted(others)),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(provisions(), max_size=8).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows)))
)
def test_the_stack_does_not_depend_on_the_order_of_measures(
    both: tuple[list[Provision], list[Provision]],
) -> None:
    one, other = (
        rates_on(Schedule(tuple(rows), GOODS, GROUPS), PAUSE, CODES, ("all", "C24", "C29")) for rows in both
    )
    np.testing.assert_array_equal(one, other)


@settings(max_examples=100, deadline=None)
@given(st.lists(provisions(), max_size=8))
def test_rates_are_bounded_by_the_sum_of_all_and_the_stack_adds_up(rows: list[Provision]) -> None:
    schedule = Schedule(tuple(rows), GOODS, GROUPS)
    for sector in ("all", "C24", "steel"):
        got = rates_on(schedule, START, CODES, (sector,))[1, 0, 0]
        assert 0.0 <= got <= sum(row.rate for row in rows) + 1e-12
        assert got == math.fsum(due.points for due in stack_on(schedule, START, ("USA", "JPN"), sector))


@settings(max_examples=100, deadline=None)
@given(st.lists(provisions(), max_size=6), st.sampled_from((0.1, 0.4)))
def test_measures_that_ignore_each_other_add_up(rows: list[Provision], added: float) -> None:
    more = Provision("apart", "USA", rate=added)
    before, after = (
        rates_on(Schedule(each, GOODS, GROUPS), START, CODES, ("C24",))
        for each in (tuple(rows), (*rows, more))
    )
    np.testing.assert_allclose(after[1:, 0], before[1:, 0] + added)


def test_records_are_read_with_their_defaults() -> None:
    record = {"measure": "m", "exporters": "JPN KOR", "rate": "0.24", "start": "2025-04-09", "end": ""}
    (row,) = read_provisions([record])
    assert (row.importer, row.exporters, row.goods, row.rate) == ("USA", ("JPN", "KOR"), ("all",), 0.24)
    assert (row.start, row.end, row.kind) == (datetime.date(2025, 4, 9), None, "additional")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"rate": 0.1}, "row 1: measure is missing"),
        ({"measure": "m"}, "row 1: rate is missing"),
        ({"measure": "m", "rate": "abc"}, "rate should be a share such as 0.25 for 25 %, found 'abc'"),
        ({"measure": "m", "rate": True}, "rate should be a share"),
        ({"measure": "m", "rate": math.inf}, "rate should be a share"),
        ({"measure": "m", "rate": 0.1, "start": "9 April"}, "start should be a day such as 2025-04-09"),
        ({"measure": "m", "rate": 0.1, "exporter": "JPN"}, "did you mean exporters"),
        ({"measure": "m", "rate": 0.1, "goods": [1]}, "goods should be names"),
        ({"measure": ["m"], "rate": 0.1}, "measure should be text in one line"),
    ],
)
def test_garbled_records_say_what_would_be_right(record: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        read_provisions([record])
