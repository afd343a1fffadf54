"""The estimated contest: known truth comes back, with errors that cover, whatever the unit and the side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security import Balance, fit_by_era, fit_contest, outcome_odds


def battles(balance, seed, cases):
    rng = np.random.default_rng(seed)
    attack, defence = np.exp(rng.normal(0.0, 1.5, (2, cases)))
    odds = np.array([outcome_odds(a, d, balance) for a, d in zip(attack, defence, strict=True)])
    chance = rng.random(cases)
    won, lost = chance < odds[:, 0], chance > 1.0 - odds[:, 1]
    return attack, defence, np.where(won, 2, np.where(lost, 0, 1))


@pytest.mark.parametrize(
    ("form", "balance"),
    [("ratio", Balance(0, 0.6, 1.8, 3.0, 1.0)), ("difference", Balance(1, 0.6, 1.8, 3.0, 3.08))],
)
def test_the_truth_comes_back_with_draws(form, balance):
    found = fit_contest(*battles(balance, 1, 20_000), form, draws=True)
    slope = balance.decisiveness / balance.scale * found.scale
    assert found.decisiveness == pytest.approx(slope, abs=3 * found.decisiveness_error)
    assert found.log_advantage == pytest.approx(np.log(1.8), abs=3 * found.log_advantage_error)
    assert found.draw == pytest.approx(3.0, abs=3 * found.draw_error)
    assert found.decisiveness_error < 0.06 * found.decisiveness


def test_the_estimate_serves_the_joint_model():
    attack, defence, outcome = battles(Balance(0, 0.6, 1.8, 3.0, 1.0), 1, 20_000)
    balance = fit_contest(attack, defence, outcome, draws=True).balance
    told = np.array([outcome_odds(a, d, balance) for a, d in zip(attack, defence, strict=True)])
    assert told.mean(0) == pytest.approx([(outcome == 2).mean(), (outcome == 0).mean()], abs=0.01)


def test_ninety_five_percent_intervals_cover():
    covered = []
    for seed in range(200):
        attack, defence, outcome = battles(Balance(0, 0.35, 1.5, 1.0, 1.0), seed, 261)
        found = fit_contest(attack, defence, outcome // 2)
        covered.append(abs(found.decisiveness - 0.35) < 1.96 * found.decisiveness_error)
    assert 0.91 <= np.mean(covered) <= 0.99


@given(st.floats(1e-4, 1e4))
def test_the_ratio_form_does_not_depend_on_the_unit_of_strength(unit):
    attack, defence, outcome = battles(Balance(0, 0.5, 1.5, 2.0, 1.0), 3, 300)
    here = fit_contest(attack, defence, outcome, draws=True)
    there = fit_contest(unit * attack, unit * defence, outcome, draws=True)
    assert there.decisiveness == pytest.approx(here.decisiveness, rel=1e-6)
    assert there.odds == pytest.approx(here.odds, rel=1e-6)


@pytest.mark.parametrize("form", ["ratio", "difference"])
def test_swapping_sides_turns_the_advantage_round(form):
    attack, defence, outcome = battles(Balance(0, 0.5, 1.5, 2.0, 1.0), 3, 2000)
    here = fit_contest(attack, defence, outcome, form, draws=True)
    there = fit_contest(defence, attack, 2 - outcome, form, draws=True)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-9)
    assert there.log_advantage == pytest.approx(-here.log_advantage, rel=1e-4)
    assert there.draw == pytest.approx(here.draw, rel=1e-5)


def test_eras_are_fitted_apart():
    attack, defence, outcome = battles(Balance(0, 0.5, 1.0, 1.0, 1.0), 3, 400)
    year = np.repeat([1900, 1950], 200)
    found = fit_by_era(year, attack, defence, outcome // 2, eras={"old": (1816, 1913), "new": (1946, 2010)})
    alone = fit_contest(attack[:200], defence[:200], outcome[:200] // 2)
    assert found["old"] == alone
    assert found["new"].cases == 200


@pytest.mark.parametrize(
    ("attack", "defence", "message"),
    [
        ([1.0, 2.0, 0.0], [1.0, 1.0, 1.0], "above zero"),
        ([1.0, 2.0], [1.0, 1.0, 1.0], "as many strengths"),
        ([2.0, 2.0, 2.0], [1.0, 1.0, 1.0], "nothing can be learnt"),
        ([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], "parts winners from losers"),
    ],
)
def test_strengths_that_tell_nothing_are_refused(attack, defence, message):
    with pytest.raises(DomainError, match=message):
        fit_contest(np.array(attack), np.array(defence), np.array([0, 1, 1]))
