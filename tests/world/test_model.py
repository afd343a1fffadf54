"""Laws of the joint model: neutrality, limits, monotonicity, and no dead parameter."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.trade import solve_cases
from kedge.world import MEASURES, build_setting
from kedge.world.economy import POSITIONS, VARIANT, solve_responses, tariff_cases
from kedge.world.ground import SERIES_INDEX
from kedge.world.model import joint_model, yearly_paths, yearly_series
from kedge.world.simulate import interpolate

NAMES = [measure.name for measure in MEASURES]


def fixed(parameters, futures, **values):
    """Copy futures with some uncertainties set to one value."""
    changed = futures.copy()
    names = [p.name for p in parameters]
    for name, value in values.items():
        changed[:, names.index(name)] = value
    return changed


def with_plans(study, baseline, plans, **changes):
    """Join a study whose plans are replaced with the baseline."""
    fields = {"plans": plans, "reference_plan": next(iter(plans))} | changes
    return build_setting(study.model_copy(update=fields), baseline)


def test_measures_are_finite_and_within_their_limits(japan_run):
    values = japan_run[3]
    assert np.isfinite(values).all()
    for name in ("deterrence_holds", "network_resilience"):
        part = values[..., NAMES.index(name)]
        assert part.min() >= 0.0
        assert part.max() <= 1.0
    for name in ("security_loss", "patron_leverage", "coercion_exposure"):
        assert values[..., NAMES.index(name)].min() >= 0.0


def test_plans_with_equal_levers_score_equally_to_the_last_bit(japan, baseline, japan_run):
    _, parameters, futures, _ = japan_run
    plan = japan.plans["plan_a_plus"]
    twins = {"one": plan, "two": plan.model_copy(update={"label": "Another name"})}
    values = joint_model(with_plans(japan, baseline, twins), parameters)(futures)
    assert (values[0] == values[1]).all()


def test_renaming_and_reordering_plans_changes_nothing_else(japan, baseline, japan_run):
    _, parameters, futures, values = japan_run
    renamed = {f"x_{key}": plan for key, plan in reversed(japan.plans.items())}
    again = joint_model(with_plans(japan, baseline, renamed), parameters)(futures)
    assert (again[::-1] == values).all()


def test_a_future_does_not_depend_on_its_neighbours(japan_run):
    setting, parameters, futures, values = japan_run
    some = np.array([3, 99, 1500])
    assert (joint_model(setting, parameters)(futures[some]) == values[:, some]).all()


def test_every_shipped_plan_is_best_in_some_future(japan, japan_run):
    values = japan_run[3]
    weights = np.array([getattr(japan.weights, m.name) * m.sign for m in MEASURES])
    best = (values @ weights).argmax(axis=0)
    assert set(best) == set(range(len(japan.plans)))


def test_standing_still_keeps_the_base_hazard_in_the_first_year(japan, baseline, japan_run):
    _, parameters, futures, _ = japan_run
    still = japan.plans["plan_a"].model_copy(update={"defence_share": None})
    setting = with_plans(japan, baseline, {"still": still})
    # One commitment for every school, so that it does not matter who governs the patron.
    futures = fixed(parameters, futures, commitment_engaged=0.6, commitment_restrainer=0.6)
    hazard = yearly_series(setting, parameters, futures)[:, 0, SERIES_INDEX["attack_hazard"], 0]
    base = futures[:, [p.name for p in parameters].index("base_hazard")]
    assert hazard == pytest.approx(base, rel=1e-9)


def test_more_capability_never_weakens_deterrence_all_else_equal(japan, baseline, japan_run):
    _, parameters, futures, _ = japan_run
    futures = fixed(parameters, futures, burden_feedback=0.0)
    weak = japan.plans["plan_a"]
    strong = weak.model_copy(
        update={"defence_share": weak.defence_share.model_copy(update={"target": 4.0, "year": 2028})}
    )
    setting = with_plans(japan, baseline, {"weak": weak, "strong": strong})
    series = yearly_series(setting, parameters, futures)
    hazard = series[:, :, SERIES_INDEX["attack_hazard"]]
    assert (hazard[:, 1] <= hazard[:, 0] + 1e-12).all()
    assert (hazard[:, 1, -1] < hazard[:, 0, -1]).any()


def test_without_tariffs_or_research_real_income_does_not_move(japan, baseline, japan_run):
    _, parameters, futures, _ = japan_run
    calm = dict.fromkeys(("tariff_first_term", "tariff_later", "tariff_others", "tariff_challenger"), 0.0)
    calm |= dict.fromkeys(("retaliation_response", "loosening_points", "research_spillover"), 0.0)
    calm |= {"accommodation_price": 0.0}
    setting = with_plans(japan, baseline, dict(japan.plans))
    values = joint_model(setting, parameters)(fixed(parameters, futures, **calm))
    assert values[..., NAMES.index("real_income")] == pytest.approx(0.0, abs=1e-9)


def test_an_alliance_that_adds_no_commitment_gives_the_patron_no_leverage(japan, baseline, japan_run):
    _, parameters, futures, _ = japan_run
    setting = with_plans(japan, baseline, dict(japan.plans))
    futures = fixed(
        parameters,
        futures,
        commitment_engaged=1e-9,
        commitment_restrainer=1e-9,
        treaty_effect=0.0,
        solidarity=0.0,
    )
    leverage = joint_model(setting, parameters)(futures)[..., NAMES.index("patron_leverage")]
    assert leverage == pytest.approx(0.0, abs=1e-6)


def test_losses_scale_with_the_loss_of_defeat(japan_run):
    setting, parameters, futures, _ = japan_run
    model = joint_model(setting, parameters)
    small = model(fixed(parameters, futures, defeat_loss=100.0))[..., NAMES.index("security_loss")]
    large = model(fixed(parameters, futures, defeat_loss=200.0))[..., NAMES.index("security_loss")]
    assert (large > small).all()


def test_no_parameter_is_dead(japan, baseline, japan_run, edited):
    _, parameters, futures, _ = japan_run
    # A plan that pulls every lever, so that every parameter has something to act on.
    plan = japan.plans["plan_a_plus"].model_copy(
        update={
            "alliance": japan.plans["plan_b"].alliance,
            "accommodation": japan.plans["plan_b"].accommodation,
            "retaliation": 0.5,
            "concession": 0.5,
            "linkage": 0.2,
        }
    )
    setting = with_plans(japan, baseline, {"all": plan})
    model = joint_model(setting, parameters)
    for parameter in parameters:
        low = model(fixed(parameters, futures[:256], **{parameter.name: parameter.low}))
        high = model(fixed(parameters, futures[:256], **{parameter.name: parameter.high}))
        assert (low != high).any(), f"{parameter.name} moves nothing"


def test_interpolated_income_stays_near_the_equilibrium(japan_run):
    setting, parameters, futures, _ = japan_run
    market, rng = setting.market, np.random.default_rng(3)
    names = [p.name for p in parameters]
    elasticity, others, challenger = (
        futures[:64, names.index(name)] for name in ("trade_elasticity", "tariff_others", "tariff_challenger")
    )
    curve = solve_responses(market, elasticity, others, challenger).income[:, 0]
    rate = rng.uniform(0.0, 0.6, 64)
    tariffs = tariff_cases(market, others, challenger)[:, 0].copy()
    tariffs[:, market.focal, market.patron] = rate
    exact = solve_cases(market.economy, tariffs, elasticity, VARIANT).welfare[:, market.focal]
    near = np.array([interpolate(POSITIONS, curve[k], (1.0 + rate[k]) ** -4) for k in range(64)])
    assert near == pytest.approx(exact, abs=2e-3)


def test_paths_are_ordered_quantiles_of_every_series(japan_run):
    setting, parameters, futures, _ = japan_run
    paths = yearly_paths(setting, parameters, futures[:128])
    assert paths.quantiles.shape == (4, len(SERIES_INDEX), 16, len(paths.levels))
    assert (np.diff(paths.quantiles, axis=-1) >= 0).all()
    survival = paths.quantiles[:, SERIES_INDEX["survival"]]
    assert (np.diff(survival, axis=1) <= 1e-12).all()


def test_the_order_of_partners_does_not_matter(japan, baseline, japan_run):
    _, parameters, futures, values = japan_run
    turned = build_setting(japan.model_copy(update={"partners": japan.partners[::-1]}), baseline)
    again = joint_model(turned, parameters)(futures)
    assert again == pytest.approx(values, rel=1e-6, abs=1e-9)
