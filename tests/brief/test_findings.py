from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.brief import find, headline, write_brief
from kedge.brief.attitudes import takeovers
from kedge.brief.sampling import Sampling
from kedge.brief.searches import within
from kedge.strategy import value_of


def test_best_shares_add_up_and_regret_is_never_negative(found):
    assert sum(plan.best_share.value for plan in found.plans) == pytest.approx(1)
    assert found.regret.min() == 0
    assert (found.regret.min(axis=0) == 0).all()


def test_the_preferred_plan_has_the_lowest_regret_that_nine_futures_in_ten_stay_under(found):
    levels = np.quantile(found.regret, 0.9, axis=1)
    assert found.order == tuple(np.argsort(levels, kind="stable"))
    assert found.leader.regret[1].value == pytest.approx(levels.min())


def test_intervals_hold_their_estimate(found):
    for plan in found.plans:
        for estimate in (plan.best_share, *plan.regret, *plan.value, plan.near_best):
            assert estimate.low <= estimate.value <= estimate.high


def test_the_reference_plan_has_no_regret_against_itself(found):
    reference = found.plans[found.reference]
    assert [estimate.value for estimate in reference.regret_to_reference] == [0, 0]


def test_a_planted_flip_is_found_at_its_place(synthetic):
    base = synthetic.assessment(4000)
    place = [parameter.name for parameter in base.parameters].index("reliability")
    values = np.zeros_like(base.values)
    values[1, :, 0] = base.futures[:, place] - 0.55
    values[2:, :, 0] = -5
    found = find(synthetic.with_values(base, values))
    decider = found.flip.deciders[0]
    assert decider.parameter == place
    assert decider.threshold.value == pytest.approx(0.55, abs=0.01)
    assert decider.threshold.low <= 0.555
    assert decider.leads_above == (found.leader.key == "knit")


def test_a_planted_failure_is_boxed(synthetic):
    base = synthetic.assessment(4000)
    names = [parameter.name for parameter in base.parameters]
    reliability, growth = (
        base.futures[:, names.index(name)] for name in ("reliability", "challenger_growth")
    )
    values = np.zeros_like(base.values)
    values[0, :, 0] = -5.0 * ((reliability < 0.4) & (growth > 3.8))
    values[2:, :, 0] = -9
    box = find(synthetic.with_values(base, values)).failing[0]
    limits = {names[limit.parameter]: limit for limit in box.limits}
    assert set(limits) == {"reliability", "challenger_growth"}
    assert limits["reliability"].high == pytest.approx(0.4, abs=0.03)
    assert limits["challenger_growth"].low == pytest.approx(3.8, abs=0.15)
    assert box.density.value > 0.9


def test_boxes_say_where_futures_lie(found, assessed):
    for box in found.winning:
        if box.limits:
            inside = within(box.limits, assessed.futures, assessed)
            assert 0 < inside.mean() < 1
            assert box.density.value > box.base


def leader_of(value):
    return int(np.argmin(np.quantile(value.max(axis=0) - value, 0.9, axis=1)))


def reweighed(assessment, flip, factor):
    weights = assessment.study.weights.model_dump()
    name = assessment.measures[flip.measure].name
    return value_of(assessment.values, assessment.measures, weights | {name: factor * weights[name]})


def test_just_beyond_a_weight_flip_its_plan_comes_first_and_just_before_it_the_preferred(found, assessed):
    flips = [flip for flip in found.weight_flips if flip.factor]
    assert flips
    for flip in flips:
        away = 0.01 if flip.up else -0.01
        assert flip.factor.low <= flip.factor.value <= flip.factor.high
        assert leader_of(reweighed(assessed, flip, flip.factor.value + away)) == flip.plan
        assert leader_of(reweighed(assessed, flip, flip.factor.value - away)) == found.order[0]


def test_the_rung_of_the_rule_agrees_with_the_rule_and_the_mean_is_the_mean(found):
    rungs = {rung.level: rung for rung in found.rungs}
    assert rungs[0.9].preferred == found.order[0]
    assert rungs[None].regret == pytest.approx(found.regret.mean(axis=1))
    for rung in found.rungs:
        assert rung.regret[rung.preferred] == min(rung.regret)


def test_a_planted_attitude_is_found_where_the_quantiles_cross():
    future = (np.arange(10_000) + 0.5) / 10_000
    steady, gamble = np.full(10_000, 1.0), np.where(future < 0.8, 0.0, 5.0)
    (found,) = takeovers(np.stack([steady, gamble]), 0.9, Sampling())
    assert (found.plan, found.cautious) == (1, False)
    assert found.level.value == pytest.approx(0.8, abs=0.001)
    assert found.level.low < 0.8 < found.level.high


def test_the_preferred_plan_changes_by_the_rule_where_it_was_planted(synthetic):
    base = synthetic.assessment(6000)
    place = [parameter.name for parameter in base.parameters].index("reliability")
    column = base.futures[:, place]
    values = np.zeros_like(base.values)
    values[1, :, 0] = 3 * (column - 0.65)
    values[2:, :, 0] = -50
    found = find(synthetic.with_values(base, values))
    threshold = found.thresholds[0]
    assert threshold.parameter == place
    assert threshold.at.value == pytest.approx(0.65, abs=0.03)
    assert threshold.plan == found.order[1]


def test_halves_split_each_range_and_choice_and_apply_the_rule(found, assessed):
    free = [k for k, p in enumerate(assessed.parameters) if p.low < p.high]
    assert {half.parameter for half in found.halves} == set(free)
    half = found.halves[0]
    inside = assessed.futures[:, half.parameter] <= half.limits[1]
    ranked = np.sort(found.regret[:, inside], axis=1)
    assert half.regret == tuple(ranked[:, int(0.9 * inside.sum())])


@pytest.mark.parametrize("case", ["identical plans", "one always best", "one never best", "all alike"])
def test_unusual_results_still_give_a_sane_brief(case, synthetic, tmp_path):
    base = synthetic.assessment(400)
    values = base.values.copy()
    if case == "identical plans":
        values[1] = values[0]
    elif case == "one always best":
        values[1, :, 0] = 100.0
    elif case == "one never best":
        values[3, :, 0] = -100.0
    else:
        values[:] = values[0]
    found = find(synthetic.with_values(base, values))
    text = write_brief(found.assessment, tmp_path, findings=found).read_text("utf-8")
    assert "The answer in three sentences" in text
    assert "nan" not in headline(found)
    if case in {"identical plans", "all alike"}:
        assert found.order[:2] != (0, 1) or found.preferred_tied
    if case == "one always best":
        assert found.leader.key == "knit"
        assert found.flip.leads.value == 1
        assert found.failing[1].limits == ()


def test_a_study_of_two_plans_with_few_futures_and_fixed_forms_works(synthetic, tmp_path):
    base = synthetic.assessment(60)
    study = base.study.model_copy(update={"plans": {key: base.study.plans[key] for key in ("keep", "knit")}})
    fixed = tuple(replace(p, low=0.0, high=0.0) if p.categories else p for p in base.parameters)
    futures = base.futures.copy()
    futures[:, [bool(p.categories) for p in base.parameters]] = 0
    fixed = tuple(replace(p, categories=(), distribution="uniform") if p.categories else p for p in fixed)
    small = replace(
        base,
        study=study,
        parameters=fixed,
        futures=futures,
        values=base.values[:2],
        paths=replace(base.paths, quantiles=base.paths.quantiles[:2]),
    )
    found = find(small)
    assert write_brief(small, tmp_path, findings=found).stat().st_size > 10_000
    assert len(found.plans) == 2
