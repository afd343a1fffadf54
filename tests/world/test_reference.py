"""The compiled model equals the slow one written from the documentation."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kedge.trade import solve_cases
from kedge.world import MEASURES
from kedge.world.economy import VARIANT, solve_responses, tariff_cases

_SPEC = importlib.util.spec_from_file_location("kedge_reference", Path(__file__).with_name("reference.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)

NAMES = [measure.name for measure in MEASURES]


def named(parameters, futures, k) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip([p.name for p in parameters], futures[k].tolist(), strict=True)))


def plan_of(levers, p) -> SimpleNamespace:
    return SimpleNamespace(**{name: array[p] for name, array in levers._asdict().items()})


def responses(setting, futures, parameters):
    columns = [p.name for p in parameters]
    names = ("trade_elasticity", "tariff_others", "tariff_challenger")
    return solve_responses(setting.market, *(futures[:, columns.index(name)] for name in names))


def through_nodes(node, values):
    """Polynomial through the equilibria that were solved."""
    fit = np.polynomial.Polynomial.fit(node, values, node.size - 1)
    return lambda tariff: float(fit((1 + tariff) ** -4))


@pytest.fixture(scope="module")
def chosen(japan_run):
    """Pick two futures for each reach rule and contest form, so that every school governs in some."""
    _, parameters, futures, _ = japan_run
    all_named = [named(parameters, futures, k) for k in range(200)]
    picked = []
    for rule, form in itertools.product((0, 1, 2), (0, 1)):
        fits = [k for k, f in enumerate(all_named) if (f.reach_rule, f.contest_form) == (rule, form)]
        picked += fits[:2]
    schools = {reference.school_of(all_named[k], year) for k in picked for year in range(2025, 2041)}
    assert schools == {"restrainer", "prioritiser", "primacist"}
    return picked


def test_the_compiled_model_equals_the_documented_one(japan_run, chosen):
    setting, parameters, futures, values = japan_run
    answer = responses(setting, futures[chosen], parameters)
    for row, k in enumerate(chosen):
        f = named(parameters, futures, k)
        for p in range(values.shape[0]):
            plan = plan_of(setting.levers, p)
            income = through_nodes(answer.node, answer.income[row, plan.stance])
            slow = reference.measures(setting.ground, f, plan, income, answer.embargo[row])
            assert values[p, k] == pytest.approx(slow, rel=1e-5, abs=1e-5), (k, p)


def test_real_income_stays_near_the_exact_equilibrium_at_each_years_tariff(japan_run, chosen):
    setting, parameters, futures, values = japan_run
    market, ground = setting.market, setting.ground
    answer = responses(setting, futures[chosen], parameters)
    for row, k in enumerate(chosen[::3]):
        f = named(parameters, futures, k)
        elasticity, others, rival = f.trade_elasticity, f.tariff_others, f.tariff_challenger
        blank = tariff_cases(market, np.array([others]), np.array([rival]))[0, 0]

        for p in range(values.shape[0]):
            plan = plan_of(setting.levers, p)
            rates = [0.0, *(reference.tariff_in(ground, f, plan, i) for i in range(ground.years))]
            cases = np.repeat(blank[None], len(rates), axis=0)
            cases[:, market.focal, market.patron] = rates
            cases[:, market.patron, market.focal] = plan.retaliation * np.array(rates)
            solved = solve_cases(market.economy, cases, np.full(len(rates), elasticity), VARIANT)
            exact = dict(zip(rates, solved.welfare[:, market.focal], strict=True))
            slow = reference.measures(ground, f, plan, exact.__getitem__, answer.embargo[3 * row])
            at = NAMES.index("real_income")
            assert values[p, k, at] == pytest.approx(slow[at], abs=2e-3), (k, p)
