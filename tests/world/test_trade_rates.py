"""Economies that stand for many states pay what their members pay, by trade."""

import datetime

import numpy as np
import pytest

from kedge.data.baseline import load_table
from kedge.trade import Provision, Schedule, rates_on
from kedge.world.trade_data import one_sector_world, sector_world
from kedge.world.trade_rates import headline_rates, schedule_rates
from kedge.world.trade_schedule import shipped_schedule
from kedge.world.trade_simulate import sector_rates

DAY = datetime.date(2025, 4, 9)


def test_states_alone_are_left_as_they_are():
    codes = ("USA", "JPN", "CHN")
    got = schedule_rates(shipped_schedule(), DAY, codes, ("all", "C29"))
    np.testing.assert_array_equal(got, rates_on(shipped_schedule(), DAY, codes, ("all", "C29")))


def test_the_rest_of_the_world_pays_the_mean_of_its_members_by_trade():
    trade = dict(load_table("trade").filter(importer="USA").select("exporter", "musd").rows())
    schedule = Schedule((Provision("m", "USA", ("CHE",), rate=0.5),))
    codes = ("USA", "JPN", "XRW")
    got = schedule_rates(schedule, DAY, codes)[2, 0, 0]
    rest = sum(value for code, value in trade.items() if code not in ("USA", "JPN"))
    assert got == pytest.approx(0.5 * trade["CHE"] / rest)


def test_a_measure_on_everyone_reaches_a_region_whole():
    schedule = Schedule((Provision("m", "USA", rate=0.1),))
    world, _ = sector_world("sectors")
    got = sector_rates(schedule, DAY, "sectors", world)
    at, home = world.iso3.index("XRW"), world.iso3.index("USA")
    goods = np.array([not name.startswith("SERV") for name in world.sectors])
    np.testing.assert_allclose(got[at, home, goods], 0.1)
    assert got[at, home, ~goods] == pytest.approx(0.0)
    assert got[at, at].max() == 0.0


def test_members_with_rates_of_their_own_move_the_rest_of_the_embedded_world():
    world, _ = sector_world("sectors")
    got = sector_rates(shipped_schedule(), DAY, "sectors", world)
    cars = world.sectors.index("C29")
    assert 0.15 < got[world.iso3.index("XRW"), world.iso3.index("USA"), cars] < 0.35


def test_a_region_pays_for_members_that_a_measure_names():
    economy, _, _ = one_sector_world("baseline")
    schedule = Schedule((Provision("m", "USA", ("NGA",), rate=0.3),))
    got = headline_rates(schedule, DAY, economy.iso3)
    members = load_table("regions").filter(region="XAF").height
    assert got[economy.index("XAF"), economy.index("USA")] == pytest.approx(0.3 / members)
    assert np.count_nonzero(got) == 1
