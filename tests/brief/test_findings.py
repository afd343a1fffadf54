from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kedge.brief import find, headline, write_brief
from kedge.brief.searches import within


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


def test_weights_that_count_nothing_but_one_measure_prefer_its_best_plan(found, assessed):
    change = next(
        c for c in found.changes if assessed.measures[c.measure].name == "security_loss" and c.after == 0
    )
    assert found.plans[change.preferred].key == "keep"


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
