"""Exact slopes of welfare, levers, and the best tariff of one player."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, NotConverged, UnknownName
from kedge.core.solution import Solution
from kedge.trade import (
    Economy,
    Player,
    Variant,
    best_tariff,
    find_player,
    make_levers,
    one_sector,
    outcomes_of,
    spending_weights,
)

LAWS = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
variants = st.builds(
    Variant,
    trade_elasticity=st.floats(2.0, 10.0),
    labour_supply=st.floats(0.0, 1.5),
    scale=st.floats(0.0, 0.8),
    pass_through=st.sampled_from([0.25, 0.5, 1.0]),
    revenue=st.sampled_from(["income_tax", "lump_sum"]),
)
BALANCED = [[80.0, 20.0], [20.0, 180.0]]


@LAWS
@given(seed=seeds, variant=variants)
def test_slopes_equal_finite_differences(worlds: SimpleNamespace, seed: int, variant: Variant) -> None:
    model, tariffs = worlds.model(seed, variant), worlds.tariffs(seed)
    weights, way = np.random.default_rng(seed).normal(size=(2, 6))
    answer = model.respond(tariffs).unwrap()
    for importer in (0, 4):
        way[importer] = 0.0

        def value(step: float, importer: int = importer) -> float:
            moved = tariffs.copy()
            moved[:, importer] += step * way
            return float(weights @ model.respond(moved, answer).unwrap().welfare)

        h = 1e-3
        numeric = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
        slope = answer.pull(weights, importer)
        assert slope[importer] == 0.0
        assert slope @ way == pytest.approx(numeric, rel=1e-6, abs=1e-6 * np.abs(slope).max())


@LAWS
@given(seed=seeds, variant=variants)
def test_an_answer_s_welfare_is_that_of_its_outcomes(
    worlds: SimpleNamespace, seed: int, variant: Variant
) -> None:
    answer = worlds.model(seed, variant).respond(worlds.tariffs(seed)).unwrap()
    np.testing.assert_allclose(answer.welfare, outcomes_of(answer.equilibrium).welfare, atol=1e-9)


def test_an_answer_does_not_depend_on_where_its_search_began(worlds: SimpleNamespace) -> None:
    model = worlds.model(1)
    far = model.respond(worlds.tariffs(1)).unwrap()
    near = model.respond(worlds.tariffs(2), far).unwrap()
    np.testing.assert_allclose(near.welfare, model.respond(worlds.tariffs(2)).unwrap().welfare, atol=1e-8)
    closer = worlds.tariffs(1) * 1.001
    assert model.respond(closer, far).iterations < model.respond(closer).iterations


@pytest.mark.parametrize("elasticity", [2.0, 4.0, 8.0])
def test_the_best_tariff_of_two_is_the_textbook_s(worlds: SimpleNamespace, elasticity: float) -> None:
    """Gros (1987): one over the elasticity times the other's spending share on its own goods."""
    model = worlds.textbook(BALANCED, elasticity)
    best = best_tariff(model, "USA").unwrap()
    flows = best.answer.equilibrium.flows
    own = flows[1, 1] / flows[:, 1].sum()
    assert best.rates[0] == pytest.approx(1.0 / (elasticity * own), rel=1e-6)


def test_a_small_open_economy_taxes_every_partner_at_one_over_the_elasticity(worlds: SimpleNamespace) -> None:
    flows = np.array([[0.05, 0.02, 0.03], [0.03, 900.0, 100.0], [0.02, 100.0, 700.0]])
    best = best_tariff(worlds.textbook(flows.tolist(), 5.0), "USA", "partner").unwrap()
    np.testing.assert_allclose(best.rates, 0.2, atol=1e-3)


def test_no_random_point_beats_the_best_tariff(worlds: SimpleNamespace) -> None:
    model, against = worlds.model(3), worlds.tariffs(3)
    best = best_tariff(model, "CHN", "partner", against=against, bounds=(0.0, 0.3)).unwrap()
    assert best.gradient_norm <= 1e-6
    assert best.curvature.holds
    assert best.curvature.free + best.at_low.sum() + best.at_high.sum() == len(best.rates)
    rng, levers = np.random.default_rng(5), best.levers
    near = levers.clip(best.rates + rng.normal(0, 0.03, (100, len(levers))))
    for rates in [*rng.uniform(0.0, 0.3, (100, len(levers))), *near]:
        welfare = model.respond(levers.lay(rates, against), best.answer).unwrap().welfare
        assert welfare[1] <= best.value + 1e-9


def test_a_scan_knows_no_better_uniform_rate(worlds: SimpleNamespace) -> None:
    model = worlds.model(4)
    solution = best_tariff(model, "USA")
    best = solution.unwrap()
    assert solution.residual == best.gradient_norm
    assert best.scan.rates.size == 25
    assert best.value >= best.scan.values.max()
    assert best.curvature.holds
    assert len(best.starts) == len(best.scan.peaks)
    assert not best.at_low.any()
    assert not best.at_high.any()


def test_finer_levers_never_do_worse(worlds: SimpleNamespace) -> None:
    model, against = worlds.model(6), worlds.tariffs(6)
    uniform = best_tariff(model, "JPN", against=against).unwrap()
    partner = best_tariff(model, "JPN", "partner", against=against).unwrap()
    assert partner.value >= uniform.value > uniform.before
    np.testing.assert_array_equal(partner.tariffs[:, 1], against[:, 1])


def test_bounds_that_bind_are_named(worlds: SimpleNamespace) -> None:
    model = worlds.model(4)
    capped = best_tariff(model, "USA", bounds=(0.0, 0.1)).unwrap()
    assert capped.at_high.all()
    assert capped.rates[0] == 0.1
    assert capped.curvature.method == "none"
    floored = best_tariff(model, "USA", bounds=(1.0, 2.0)).unwrap()
    assert floored.at_low.all()
    assert floored.rates[0] == 1.0


def test_weights_can_ask_for_another_s_welfare(worlds: SimpleNamespace) -> None:
    model = worlds.model(2)
    kind = best_tariff(model, "USA", weights=np.eye(6)[1], bounds=(-0.3, 1.0)).unwrap()
    assert kind.rates[0] < 0.0
    assert kind.value == pytest.approx(kind.welfare[1])


@pytest.mark.parametrize(("common", "count"), [(True, 4), (False, 8)])
def test_a_group_maximises_its_members_joint_real_income(
    worlds: SimpleNamespace, common: bool, count: int
) -> None:
    model = worlds.model(8)
    group = Player("pair", ("DEU", "FRA"), common=common)
    best = best_tariff(model, group, "partner").unwrap()
    spent = model.imports.sum(axis=0)
    joint = (spent[3] * best.welfare[3] + spent[4] * best.welfare[4]) / (spent[3] + spent[4])
    assert best.value == pytest.approx(joint)
    assert len(best.rates) == count
    assert best.tariffs[3, 4] == best.tariffs[4, 3] == 0.0
    if common:
        np.testing.assert_array_equal(best.tariffs[:3, 3], best.tariffs[:3, 4])
    assert best.curvature.holds


def test_a_group_with_separate_tariffs_does_no_worse_than_with_a_common_one(worlds: SimpleNamespace) -> None:
    model = worlds.model(8)
    common = best_tariff(model, Player("pair", ("DEU", "FRA"))).unwrap()
    separate = best_tariff(model, Player("pair", ("DEU", "FRA"), common=False)).unwrap()
    assert separate.value >= common.value
    assert separate.levers.labels == ("DEU:all", "FRA:all")


def test_partners_without_trade_have_no_lever() -> None:
    flows = np.array([[50.0, 6.0, 4.0], [6.0, 60.0, 5.0], [0.0, 5.0, 70.0]])
    model = one_sector(Economy(("USA", "CHN", "JPN"), flows, np.full(3, 0.1)))
    best = best_tariff(model, "USA", "partner").unwrap()
    assert best.levers.labels == ("CHN",)
    assert best.tariffs[2, 0] == 0.0
    with pytest.raises(DomainError, match="buys nothing"):
        make_levers(model, "USA", partners=["JPN"])


def test_levers_on_chosen_partners_leave_the_others_alone(worlds: SimpleNamespace) -> None:
    model, against = worlds.model(8), worlds.tariffs(8)
    levers = make_levers(model, "USA", partners=["EU", "JPN"])
    laid = levers.lay(np.array([0.7]), against)
    assert (laid[[2, 3, 4], 0] == 0.7).all()
    laid[[2, 3, 4], 0] = against[[2, 3, 4], 0]
    np.testing.assert_array_equal(laid, against)
    assert levers.read(levers.lay(np.array([0.7]), against)) == pytest.approx([0.7])


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("uniform", ("all",)),
        ("sector", ("farm", "shop")),
        ("partner", ("CHN", "JPN")),
        ("partner_sector", ("CHN/farm", "CHN/shop", "JPN/farm", "JPN/shop")),
    ],
)
def test_levers_reach_into_sectors(worlds: SimpleNamespace, kind: str, labels: tuple[str, ...]) -> None:
    inner = worlds.model(9, None, ("USA", "CHN", "JPN"))
    model = worlds.split(inner)
    levers = make_levers(model, "USA", kind)
    assert levers.labels == labels
    rates = np.linspace(0.1, 0.4, len(labels))
    laid = levers.lay(rates, model.tariffs)
    assert laid.shape == (3, 3, 2)
    assert not laid[:, 1:].any()
    answer, weights = model.respond(laid).unwrap(), np.array([1.0, 0.5, -0.2])
    slope = levers.slope(answer, weights)
    for at in range(len(labels)):
        step = 1e-4 * np.eye(len(labels))[at]
        ahead, back = (
            weights @ model.respond(levers.lay(rates + way, model.tariffs)).unwrap().welfare
            for way in (step, -step)
        )
        assert slope[at] == pytest.approx((ahead - back) / 2e-4, rel=1e-4)


def test_a_world_of_sectors_gives_the_uniform_rate_of_the_world_inside(worlds: SimpleNamespace) -> None:
    inner = worlds.model(9)
    alone = best_tariff(inner, "USA").unwrap()
    split = best_tariff(worlds.split(inner), "USA").unwrap()
    assert split.rates[0] == pytest.approx(alone.rates[0], abs=1e-6)
    finer = best_tariff(worlds.split(inner), "USA", "partner_sector").unwrap()
    partner = best_tariff(inner, "USA", "partner").unwrap()
    assert finer.value == pytest.approx(partner.value, abs=1e-7)


def test_every_start_is_reported_with_its_end(worlds: SimpleNamespace) -> None:
    model = worlds.model(4)
    given_starts = [np.zeros(5), np.full(5, 1.5)]
    best = best_tariff(model, "USA", "partner", starts=given_starts).unwrap()
    assert [start.start.tolist() for start in best.starts] == [one.tolist() for one in given_starts]
    for start in best.starts:
        assert start.status == "converged"
        np.testing.assert_allclose(start.end, best.rates, atol=1e-4)


def test_many_free_rates_are_checked_by_lanczos(worlds: SimpleNamespace) -> None:
    from kedge.trade import curvature as module
    from kedge.trade.payoff import make_payoff

    codes = tuple(f"C{k:02d}" for k in range(30))
    rng = np.random.default_rng(0)
    gdp = rng.lognormal(0.0, 0.5, 30)
    flows = 0.2 * np.outer(gdp, gdp) / gdp.sum() * rng.lognormal(0.0, 0.3, (30, 30))
    np.fill_diagonal(flows, 0.0)
    np.fill_diagonal(flows, gdp - flows.sum(axis=0))
    model = one_sector(Economy(codes, flows, np.full(30, 0.1)))
    best = best_tariff(model, "C00", "partner").unwrap()
    assert best.curvature.method == "lanczos"
    end = make_payoff(model, best.levers).look(best.rates)
    try:
        module.MOST_DENSE, kept = 40, module.MOST_DENSE
        dense = module.curvature(end)
    finally:
        module.MOST_DENSE = kept
    assert dense.method == "dense"
    assert best.curvature.largest == pytest.approx(dense.largest, rel=0.1)


def test_a_point_that_is_no_maximum_is_seen_by_its_curvature(worlds: SimpleNamespace) -> None:
    from kedge.trade.curvature import curvature
    from kedge.trade.payoff import make_payoff

    model = worlds.model(4)
    low = make_payoff(model, make_levers(model, "USA", "partner"), None, -np.eye(6)[0])
    top = best_tariff(model, "USA", "partner").unwrap()
    assert not curvature(low.look(top.rates)).holds


def test_a_player_reads_codes_groups_and_lists() -> None:
    known = ("USA", "DEU", "FRA", "XEU", "JPN")
    assert find_player(known, "USA") == Player("USA", ("USA",))
    assert find_player(known, "EU") == Player("EU", ("DEU", "FRA", "XEU"))
    assert find_player(known, "Pact=DEU+JPN", common=False) == Player("Pact", ("DEU", "JPN"), common=False)
    with pytest.raises(UnknownName, match="economy"):
        find_player(known, "DEU+ATL")
    with pytest.raises(DomainError, match="twice"):
        find_player(known, "DEU+DEU")


def test_spending_weights_are_the_members_shares(worlds: SimpleNamespace) -> None:
    model = worlds.model(1)
    weights = spending_weights(model, ("DEU", "FRA"))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[3] / weights[4] == pytest.approx(
        model.prepared.economy.expenditure[3] / model.prepared.economy.expenditure[4]
    )
    assert not weights[[0, 1, 2, 5]].any()


def test_what_makes_no_sense_is_refused(worlds: SimpleNamespace) -> None:
    model = worlds.model(1)
    with pytest.raises(UnknownName, match="kind of levers"):
        make_levers(model, "USA", "colour")
    with pytest.raises(DomainError, match="sectors"):
        make_levers(model, "USA", "sector")
    with pytest.raises(DomainError, match="bounds"):
        make_levers(model, "USA", bounds=(0.5, 0.5))
    with pytest.raises(DomainError, match="bounds"):
        make_levers(model, "USA", bounds=([0.0, 0.0], 1.0))
    with pytest.raises(DomainError, match="starts"):
        best_tariff(model, "USA", starts=[np.zeros(2)])
    with pytest.raises(DomainError, match="weights"):
        best_tariff(model, "USA", weights=np.zeros(6))
    with pytest.raises(DomainError, match="model's shape"):
        best_tariff(model, "USA", against=np.zeros((5, 5)))
    with pytest.raises(DomainError, match="weights"):
        model.respond(model.tariffs).unwrap().pull(np.ones(5), 0)


def test_worlds_that_cannot_be_solved_turn_the_search_back(worlds: SimpleNamespace) -> None:
    @dataclasses.dataclass(frozen=True)
    class Brittle:
        inner: object
        iso3 = property(lambda self: self.inner.iso3)
        tariffs = property(lambda self: self.inner.tariffs)
        imports = property(lambda self: self.inner.imports)

        def respond(self, tariffs, near=None):
            got = self.inner.respond(tariffs, near)
            if tariffs.max() > 0.15:
                return Solution(got.value, "stalled", 1.0, got.iterations, got.cpu_seconds)
            return got

    model = Brittle(worlds.model(4))
    solution = best_tariff(model, "USA")
    assert solution.status != "converged"
    assert 0.1 < solution.value.rates[0] <= 0.15
    with pytest.raises(NotConverged):
        solution.unwrap()
    against = worlds.tariffs(4)
    with pytest.raises(NotConverged, match="tariffs given"):
        best_tariff(model, "USA", against=against)


@pytest.mark.mirror
def test_the_us_best_tariffs_in_the_world_of_194(mirror: object) -> None:
    from kedge.world.trade_data import one_sector_world

    model = one_sector(one_sector_world("liberation-day-2025")[0])
    uniform = best_tariff(model, "USA").unwrap()
    partner = best_tariff(model, "USA", "partner").unwrap()
    assert uniform.rates[0] == pytest.approx(0.2512, abs=5e-4)
    assert partner.value > uniform.value
    assert partner.curvature.holds
    assert partner.gradient_norm <= 1e-6
