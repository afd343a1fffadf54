"""The bargain of a study's ally: answers, intervals, what they turn on."""

import numpy as np
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.world.trade_bargain import BargainPlan, bargain, bargain_parameters
from kedge.world.trade_data import one_sector_world


@pytest.fixture(scope="module")
def world():
    return one_sector_world("baseline")


@pytest.fixture(scope="module")
def japan(world):
    economy, announced, _ = world
    return bargain(economy, announced, BargainPlan("JPN", draws=256))


def test_japan_is_answered_with_intervals(japan):
    rows = {row["answer"]: row for row in japan.summary.to_dicts()}
    for name in ("tariff_cost", "willing", "ask", "effort", "tariff_cut", "rate"):
        assert rows[name]["low"] <= rows[name]["middle"] <= rows[name]["high"]
    assert rows["tariff_cost"]["low"] > 0.2
    assert rows["tariff_cost"]["high"] < 1.2
    assert 0 < rows["effort"]["share"] < 1


def test_what_it_turns_on_names_every_assumption(japan):
    assert set(japan.turns["name"]) == {each.name for each in bargain_parameters()}
    assert japan.turns["swing"].is_sorted(descending=True)


def test_cost_of_the_tariff_equals_two_solves(world, japan):
    from kedge.trade import Variant, outcomes_of, prepare, solve_equilibrium

    economy, announced, _ = world
    ally, patron = economy.index("JPN"), economy.index("USA")
    value = dict(zip((each.name for each in japan.uncertainties), japan.draws[3], strict=True))
    variant = Variant(trade_elasticity=value["trade_elasticity"], pass_through=value["pass_through"])
    ends = []
    for rate in (0.0, 0.24):
        tariffs = np.zeros((len(economy.iso3),) * 2)
        tariffs[:, patron] = announced
        tariffs[ally, patron] = rate
        tariffs[patron, patron] = 0
        after = solve_equilibrium(prepare(economy, variant), tariffs).unwrap()
        ends.append(outcomes_of(after).welfare[ally])
    assert japan.deals.tariff_cost[3] == pytest.approx(ends[0] - ends[1], abs=1e-6)


def test_the_same_seed_gives_the_same(world, japan):
    economy, announced, _ = world
    again = bargain(economy, announced, BargainPlan("JPN", draws=256))
    assert again.summary.equals(japan.summary)


def test_plans_that_cannot_be_are_refused(world):
    economy, announced, _ = world
    for wrong in ({"tariff": 24.0}, {"tariff": 0.0}, {"most_effort": 0.0}, {"draws": 3}, {"patron": "JPN"}):
        with pytest.raises(DomainError):
            BargainPlan("JPN", **wrong)
    with pytest.raises(UnknownName):
        bargain(economy, announced, BargainPlan("ZZZ", draws=64))
