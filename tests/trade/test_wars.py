"""Answers and wars: known results, independent checks, and the commands that ask for them."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from typer.testing import CliRunner

from kedge.cli.app import build
from kedge.core.errors import DomainError
from kedge.trade import SectorModel, calibrate_sectors
from kedge.trade.nash import nash_tariffs
from kedge.trade.optimal import best_tariff
from kedge.trade.retaliation import cooperate, reciprocate, retaliate

CODES = ("USA", "CHN", "DEU", "FRA", "XRW")


def make_model(elasticity=4.0, sectors=2, seed=3, own=6.0):
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(0, 0.4, (5, 5, sectors)) * 10
    np.einsum("iik->ik", flows)[:] *= own
    names = tuple(f"s{k}" for k in range(sectors))
    theta = np.full(sectors, elasticity)
    return SectorModel(calibrate_sectors(flows, np.zeros_like(flows), theta, (CODES, names)))


@pytest.fixture(scope="module")
def model():
    return make_model()


def test_small_economies_tax_at_one_over_the_elasticity():
    # In its partners' markets a small seller's demand elasticity is the trade elasticity itself.
    for elasticity in (3.0, 8.0):
        rng = np.random.default_rng(1)
        flows = rng.uniform(0.5, 1.5, (3, 3, 1))
        flows[0] *= 1e-4
        flows[:, 0] *= 1e-4
        flows[1, 1] = flows[2, 2] = 50.0
        flows[0, 0] = 1e-3
        world = calibrate_sectors(flows, np.zeros_like(flows), np.array([elasticity]), (("A", "B", "C"), ("x",)))
        found = best_tariff(SectorModel(world), "A").unwrap()
        assert found.rates[0] == pytest.approx(1 / elasticity, rel=1e-3)


@pytest.mark.parametrize("levers", ["uniform", "partner", "sector", "partner_sector"])
def test_no_feasible_point_beats_the_best(model, levers):
    found = best_tariff(model, "USA", levers)
    assert found.status == "converged"
    assert found.residual <= 1e-6
    assert found.value.curvature.holds
    rng = np.random.default_rng(0)
    at = found.value.levers
    for _ in range(200 if levers == "partner" else 40):
        rates = np.clip(found.value.rates + rng.normal(0, 0.2, found.value.rates.size), at.low, at.high)
        tariffs = at.lay(rates, model.tariffs)
        assert model.respond(tariffs, found.value.answer).unwrap().welfare[0] <= found.value.value + 1e-9


def test_nobody_gains_by_leaving_a_war(model):
    war = nash_tariffs(model, ["USA", "CHN", "DEU+FRA"], starts=[[0.3] * 3, [0.1] * 3])
    value = war.unwrap()
    assert value.is_verified
    assert value.distance < 1e-4
    # Once more, by a search that shares no code with the solver's.
    for at, player in enumerate(value.players):
        members = [CODES.index(code) for code in player.levers.player.members]
        weights = np.zeros(5)
        bought = model.prepared.economy.spending.sum(axis=1)
        weights[members] = bought[members] / bought[members].sum()

        def loss(rate, members=members, weights=weights):
            tariffs = value.tariffs.copy()
            for i in members:
                for j in range(5):
                    if j not in members:
                        tariffs[j, i] = rate
            return -float(weights @ model.respond(tariffs).unwrap().welfare)

        best = minimize_scalar(loss, bounds=(0, 2), method="bounded", options={"xatol": 1e-7})
        assert -best.fun <= player.value + 1e-6, at


def test_symmetric_players_end_with_equal_tariffs():
    flows = np.full((3, 3, 1), 1.0)
    np.einsum("iik->ik", flows)[:] = 8.0
    world = calibrate_sectors(flows, np.zeros_like(flows), np.array([4.0]), (("A", "B", "C"), ("x",)))
    war = nash_tariffs(SectorModel(world), ["A", "B", "C"], starts=[[0.3, 0.2, 0.1]]).unwrap()
    rates = [player.rates[0] for player in war.players]
    np.testing.assert_allclose(rates, rates[0], atol=1e-5)
    assert (war.welfare < 0).all()


def test_answers_help_and_standing_together_helps_the_group_most(model):
    given = model.tariffs.copy()
    given[1:, 0] = 0.3
    alone = model.respond(given).unwrap().welfare
    apart = retaliate(model, given, "USA", ["CHN", "DEU+FRA"]).unwrap()
    assert (apart.welfare[1:4] > alone[1:4]).all()
    assert apart.welfare[0] < alone[0]
    both = cooperate(model, given, "USA", ["CHN", "DEU+FRA"])
    assert both.group_gain >= -1e-9
    back = reciprocate(model, given, "USA", ["CHN"])
    assert (back[0, 1] == 0.3).all()
    assert not back[0, 2].any()


def test_players_who_share_an_economy_are_refused(model):
    with pytest.raises(DomainError, match="DEU"):
        nash_tariffs(model, ["DEU", "DEU+FRA"])


def ask(*words):
    return CliRunner().invoke(build(), ["trade", *words])


def test_the_commands_answer(tmp_path):
    figure = tmp_path / "best.svg"
    best = ask("optimal", "--country", "JPN", "--data", "sectors", "--json", "--figure", str(figure))
    assert best.exit_code == 0, best.output
    told = json.loads(best.stdout)
    assert told["solver"]["status"] == "converged"
    assert told["checks"]["second_order_holds"]
    assert 0.2 < told["rates"][0]["rate"] < 0.35
    assert figure.exists()
    war = json.loads(ask("nash", "--player", "USA", "--player", "JPN", "--data", "sectors", "--json").stdout)
    assert war["verified"]
    assert all(each["gain_by_deviating"] <= 1e-6 for each in war["players"])
    for way in ((), ("--together",), ("--same",)):
        done = ask("retaliate", "--partner", "JPN", "--partner", "EU", "--data", "sectors", "--json", *way)
        assert done.exit_code == 0, done.output
        rows = {row["iso3"]: row for row in json.loads(done.stdout)["economies"]}
        last = list(rows["USA"])[-1]
        assert rows["USA"][last] < rows["USA"]["unanswered"]
    plain = ask("retaliate", "--data", "sectors", "--together").output
    assert "over each for itself" in plain.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("optimal", "--country", "ZZZ"), "ZZZ"),
        (("optimal", "--levers", "all"), "uniform"),
        (("optimal", "--data", "nowhere"), "nowhere"),
        (("nash", "--player", "USA", "--player", "USA+CHN", "--data", "sectors"), "USA"),
        (("retaliate", "--partner", "ZZZ"), "ZZZ"),
        (("retaliate", "--on", "someday"), "2025-04-09"),
    ],
)
def test_refusals_say_what_was_wrong(words, told):
    done = ask(*words)
    assert done.exit_code != 0
    assert told in (done.output + str(done.exception or "")).replace("\n", " ")
