"""What is searched over in a study is what its file can say."""

import numpy as np
import pytest

from kedge.data.baseline import load_baseline
from kedge.strategy import draw_futures
from kedge.world.model import joint_model
from kedge.world.run import study_parameters
from kedge.world.setting import build_setting
from kedge.world.study import load_study
from kedge.world.study_levers import search_problem, setting_of, study_lever_model


@pytest.fixture(scope="module")
def japan():
    study = load_study("studies/japan.toml")
    return study, study_parameters(study), build_setting(study, load_baseline())


def test_a_searched_setting_gives_what_the_same_plan_in_the_file_gives(japan):
    study, parameters, setting = japan
    problem = search_problem(study, parameters, setting)
    low, high = (np.array([getattr(lever, end) for lever in problem.levers]) for end in ("low", "high"))
    chosen = np.round(low + 0.3 * (high - low), 4)
    chosen[-1] = 0
    futures = draw_futures(problem.uncertainties, 64, 5)
    found = study_lever_model(study, parameters, setting)(np.stack([low, chosen]), futures)
    plan = setting_of(chosen, study, setting)
    written = study.model_copy(update={"plans": study.plans | {"searched": plan}})
    whole = joint_model(build_setting(written, load_baseline()), parameters)(futures)
    assert np.array_equal(found[1], whole[-1])
    assert not np.array_equal(found[0], found[1])


def test_other_futures_are_not_taken_for_those_last_seen(japan):
    study, parameters, setting = japan
    problem = search_problem(study, parameters, setting)
    model = study_lever_model(study, parameters, setting)
    setting_row = np.array([[lever.low for lever in problem.levers]])
    first, second = (draw_futures(problem.uncertainties, 32, seed) for seed in (1, 2))
    assert not np.array_equal(model(setting_row, first), model(setting_row, second))
    fresh = study_lever_model(study, parameters, setting)
    assert np.array_equal(model(setting_row, first), fresh(setting_row, first))
