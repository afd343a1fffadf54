"""Studies at the edges of what a study may say: they run and make sense, or are refused in words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kedge.core.errors import StudyError
from kedge.strategy import draw_futures
from kedge.world import MEASURES, build_setting, parse_study, study_parameters
from kedge.world.forces import stock_paths
from kedge.world.ground import SERIES_INDEX
from kedge.world.model import as_records, joint_model, yearly_series
from kedge.world.parameters import as_uncertainty, default_parameters, possible_range

NAMES = [measure.name for measure in MEASURES]


def drawn(study, count=128):
    parameters = study_parameters(study)
    return parameters, draw_futures([as_uncertainty(p) for p in parameters], count, 1)


def run(study, setting):
    parameters, futures = drawn(study)
    return joint_model(setting, parameters)(futures)


def replaced(setting, **fields):
    """Change some of a setting's ground."""
    return setting.ground._replace(**fields)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([('protege = "TWN"\n', "")], id="no protege"),
        pytest.param([('location = "TWN"\nprotege = "TWN"\n', 'location = "JPN"\n')], id="at home"),
        pytest.param(
            [("air = 0.3, cyber = 0.15, space = 0.15", "air = 0.6, cyber = 0.0, space = 0.0")],
            id="no cyber, no space",
        ),
        pytest.param(
            [("land = 0.05, sea = 0.35, air = 0.3, cyber = 0.15, space = 0.15", "cyber = 0.5, space = 0.5")],
            id="cyber and space alone",
        ),
        pytest.param([("last_year = 2040", "last_year = 2060")], id="to 2060"),
        pytest.param(
            [
                ("first_year = 2025", "first_year = 2030"),
                ("2.0, year = 2027", "2.0, year = 2030"),
            ],
            id="from 2030",
        ),
        pytest.param(
            [('country = "JPN"', 'country = "TWN"'), ('protege = "TWN"\n', "")],
            id="country without ideal points",
        ),
        pytest.param(
            [('challenger = "CHN"', 'challenger = "PRK"'), ('["RUS", "PRK"]', '["RUS"]')],
            id="challenger without trade",
        ),
    ],
)
def test_unusual_studies_give_finite_measures(edited, changes):
    values = run(*edited(*changes))
    assert np.isfinite(values).all()
    share = values[..., [NAMES.index("deterrence_holds"), NAMES.index("network_resilience")]]
    assert (share >= 0.0).all()
    assert (share <= 1.0).all()


def test_a_challenger_without_trade_cannot_coerce_by_embargo(edited):
    study, setting = edited(('challenger = "CHN"', 'challenger = "PRK"'), ('["RUS", "PRK"]', '["RUS"]'))
    assert (run(study, setting)[..., NAMES.index("coercion_exposure")] == 0.0).all()


def test_a_patron_without_trade_is_refused(edited):
    with pytest.raises(StudyError, match="no trade of PRK"):
        edited(('patron = "USA"', 'patron = "PRK"'), ('["RUS", "PRK"]', '["RUS"]'))


def test_a_state_cannot_be_attacked_and_help_the_challenger(edited):
    with pytest.raises(StudyError, match="one side only"):
        edited(('["RUS", "PRK"]', '["RUS", "TWN"]'))


def alone(japan):
    """Take all partners out of the study, and what plans do about ties."""
    plans = {key: plan.model_copy(update={"ties": {}}) for key, plan in japan.plans.items()}
    return japan.model_copy(update={"partners": (), "plans": plans})


def test_without_partners_common_standards_are_worth_nothing(japan, baseline):
    study = alone(japan)
    plan = study.plans["plan_a_plus"]
    pair = {"with": plan, "without": plan.model_copy(update={"interchange": 0.0})}
    study = study.model_copy(update={"plans": pair, "reference_plan": "with"})
    values = run(study, build_setting(study, baseline))
    assert (values[0] == values[1]).all()


def test_a_plan_below_todays_spending_saves_money_and_weakens(japan, baseline):
    plan = japan.plans["plan_a"]
    low = plan.model_copy(update={"defence_share": plan.defence_share.model_copy(update={"target": 0.5})})
    pair = {"still": plan.model_copy(update={"defence_share": None}), "low": low}
    study = japan.model_copy(update={"plans": pair, "reference_plan": "still"})
    parameters, futures = drawn(study)
    futures[:, [p.name for p in parameters].index("burden_feedback")] = 0.0
    setting = build_setting(study, baseline)
    series = yearly_series(setting, parameters, futures)
    assert (series[:, 1, SERIES_INDEX["fiscal_cost"]] < series[:, 0, SERIES_INDEX["fiscal_cost"]]).all()
    assert (series[:, 1, SERIES_INDEX["attack_hazard"]] >= series[:, 0, SERIES_INDEX["attack_hazard"]]).all()


def test_ties_sought_below_todays_depth_cost_nothing_and_loosen(edited):
    study, setting = edited(("AUS = 0.85", "AUS = 0.0"))
    parameters, futures = drawn(study)
    depth = yearly_series(setting, parameters, futures)[:, 1, SERIES_INDEX["tie_depth"]]
    whole, other = edited(("AUS = 0.85", "AUS = 0.72"))
    kept = yearly_series(other, drawn(whole)[0], futures)[:, 1, SERIES_INDEX["tie_depth"]]
    assert (depth[:, -1] < kept[:, -1]).all()
    assert (run(study, setting)[1, :, 1] <= run(whole, other)[1, :, 1] + 1e-12).all()


def test_a_later_study_starts_from_the_stocks_that_an_earlier_one_reaches(japan_run):
    setting, parameters, futures, _ = japan_run
    record = as_records(parameters, futures[:1])[0]
    whole = stock_paths(setting.ground, record)
    later = stock_paths(replaced(setting, first_year=2030, years=11), record)
    assert later == pytest.approx(whole[:, 5:], rel=1e-12)


def test_the_base_hazard_holds_in_the_first_year_of_a_later_study_too(japan, baseline):
    still = japan.plans["plan_a"].model_copy(update={"defence_share": None})
    study = japan.model_copy(
        update={"plans": {"still": still}, "reference_plan": "still", "first_year": 2030}
    )
    parameters, futures = drawn(study)
    names = [p.name for p in parameters]
    futures[:, [names.index("commitment_engaged"), names.index("commitment_restrainer")]] = 0.6
    hazard = yearly_series(build_setting(study, baseline), parameters, futures)[
        :, 0, SERIES_INDEX["attack_hazard"], 0
    ]
    assert hazard == pytest.approx(futures[:, names.index("base_hazard")], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "override", "says"),
    [
        ("draw_width", "value = 0.5", "from 1 to 100"),
        ("tariff_first_term", "high = 25", "from 0 to 1"),
        ("tariff_challenger", "high = 145", "from 0 to 3"),
        ("reliability", "high = 1.2", "from 0 to 1"),
        ("depreciation", "value = -0.02", "from 0 to 1"),
        ("defender_advantage", "value = 0", "from 0.01 to 100"),
        ("trade_elasticity", "value = 0.1", "from 0.5 to 50"),
    ],
)
def test_an_override_beyond_what_a_parameter_can_mean_is_refused(japan, name, override, says):
    study = parse_study(MINIMAL + f"\n[uncertainties.{name}]\n{override}\n")
    with pytest.raises(StudyError, match=re.escape(f"uncertainties.{name}: expected")) as error:
        study_parameters(study)
    assert says in str(error.value)


def test_every_default_range_lies_within_what_its_parameter_can_mean():
    for parameter in default_parameters():
        least, most = possible_range(parameter)
        assert least <= parameter.low <= parameter.high <= most


@pytest.mark.parametrize(
    "name", ["reliability", "base_hazard", "commitment_engaged", "commitment_restrainer"]
)
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_certainties_are_numbers_too(japan_run, name, end):
    setting, parameters, futures, _ = japan_run
    futures = futures[:64].copy()
    futures[:, [p.name for p in parameters].index(name)] = end
    assert np.isfinite(joint_model(setting, parameters)(futures)).all()


MINIMAL = """
schema = 1
title = "Two plans"
country = "JPN"
patron = "USA"
challenger = "CHN"
first_year = 2025
last_year = 2040
reference_plan = "one"
[theatre]
name = "Home"
location = "JPN"
domain_weights = { land = 0.2, sea = 0.3, air = 0.3, cyber = 0.1, space = 0.1 }
[plans.one]
label = "One"
[plans.two]
label = "Two"
defence_share = { target = 2.0, year = 2030 }
"""


def test_the_smallest_study_runs(baseline):
    study = parse_study(MINIMAL)
    values = run(study, build_setting(study, baseline))
    assert np.isfinite(values).all()
    assert (values[1, :, NAMES.index("fiscal_cost")] > values[0, :, NAMES.index("fiscal_cost")]).all()
