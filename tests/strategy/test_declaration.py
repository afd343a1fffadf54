"""A problem says what it is, in Python or in TOML, and any function becomes its model."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from kedge.core.errors import DomainError, KedgeError, OutputError, StudyError, UnknownName
from kedge.strategy import (
    Lever,
    LeverLimit,
    LeverModel,
    Measure,
    Plan,
    Problem,
    Uncertainty,
    choice,
    correlation_matrix,
    lever_choice,
    load_problem,
    problem_from_json,
    problem_to_json,
    to_futures,
)
from kedge.strategy.declaration import lever_violations

RATE, SURGE = Uncertainty("rate", 0, 1), Uncertainty("surge", 1, 2)
REGIME = choice("regime", ["rules", "deals"])
COST, FLOOD = Measure("cost", "Cost", "M", "minimise"), Measure("flood", "Flood", "M", "minimise")
HEIGHT, SOIL = Lever("height", 0, 5, unit="m"), lever_choice("soil", ["sand", "clay"])
LOW, TALL = Plan("low", (1.0, 0.0)), Plan("tall", (4.0, 1.0))


def problem_with(**changes):
    plain = {
        "title": "Dike",
        "uncertainties": (RATE, REGIME, SURGE),
        "measures": (COST, FLOOD),
        "levers": (HEIGHT, SOIL),
        "plans": (LOW, TALL),
    }
    return Problem(**(plain | changes))


def dike(height, soil, rate, regime, surge):
    price = 2.0 if soil == "sand" else 3.0
    return {"cost": price * height, "flood": np.exp(rate - height) * (regime == "deals") + surge}


def one_dike(height, soil, rate, regime, surge):
    assert isinstance(rate, float)
    assert regime in ("rules", "deals")
    found = dike(height, soil, rate, np.str_(regime), surge)
    return {name: float(value) for name, value in found.items()}


def array_dike(levers, futures):
    height, soil = levers[:, :1], levers[:, 1:2]
    flood = np.exp(futures[:, 0] - height) * futures[:, 1] + futures[:, 2]
    return np.stack([(2 + soil) * height + 0 * flood, flood], axis=2)


FUTURES = to_futures(np.random.default_rng(3).random((50, 3)), (RATE, REGIME, SURGE))


def test_three_ways_to_call_a_function_give_the_same_numbers():
    problem = problem_with()
    columns = LeverModel(dike, problem).of_plans()(FUTURES)
    assert columns.shape == (2, 50, 2)
    assert np.array_equal(columns, LeverModel(one_dike, problem, "cases").of_plans()(FUTURES))
    assert np.allclose(columns, LeverModel(array_dike, problem, "arrays").of_plans()(FUTURES), rtol=1e-15)


def test_a_model_is_carried_to_other_processes():
    model = pickle.loads(pickle.dumps(LeverModel(dike, problem_with()).of_plans()))
    assert np.array_equal(model(FUTURES), LeverModel(dike, problem_with()).of_plans()(FUTURES))


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda **_: {"cost": 1.0}, "measure 'flood', got cost"),
        (lambda **_: 3.0, "measure 'cost', got float"),
        (lambda **_: {"cost": np.ones(3), "flood": 0.0}, r"'cost' the shape \(3,\)"),
        (lambda **_: {"cost": "much", "flood": 0.0}, "numbers for measure 'cost', got str"),
    ],
)
def test_a_function_that_gives_something_else_is_refused(function, said):
    with pytest.raises(DomainError, match=said):
        LeverModel(function, problem_with()).of_plans()(FUTURES)


def test_a_table_of_anything_but_numbers_is_refused():
    with pytest.raises(DomainError, match="must give an array, got dict"):
        LeverModel(lambda levers, futures: {}, problem_with(), "arrays").of_plans()(FUTURES)


@pytest.mark.parametrize(
    ("function", "call", "said"),
    [
        (lambda height, rate, regime, surge: {}, "columns", "does not take soil; with call = 'columns'"),
        (lambda depth, **rest: {}, "cases", "asks for depth; .* height, soil, rate, regime, surge"),
        (dike, "arrays", "takes two tables, levers and futures; this one takes height, soil"),
        (array_dike, "columns", "does not take height, .* and asks for levers, futures"),
    ],
)
def test_a_function_that_cannot_be_called_so_is_refused_at_once(function, call, said):
    with pytest.raises(StudyError, match=said):
        LeverModel(function, problem_with(), call)


def test_a_function_may_take_more_than_the_problem_says_if_it_has_a_default():
    def longer(height, soil, rate, regime, surge, horizon=75):
        return dike(height, soil, rate, regime, surge)

    found = LeverModel(longer, problem_with()).of_plans()(FUTURES)
    assert np.array_equal(found, LeverModel(dike, problem_with()).of_plans()(FUTURES))


def test_a_function_that_does_not_tell_its_arguments_is_taken_at_its_word():
    assert LeverModel(np.minimum, problem_with(), "arrays").function is np.minimum


def test_a_function_that_fails_is_named_with_the_case_it_failed_on():
    def broken(height, soil, rate, regime, surge):
        if rate > 0.9:
            raise ValueError("too fast")
        return {"cost": 1.0, "flood": 1.0}

    with pytest.raises(DomainError, match=r"height 1\.0, soil 'sand', rate 0\.9.*ValueError: too fast"):
        LeverModel(broken, problem_with(), "cases").of_plans()(FUTURES)


def test_a_problem_without_plans_has_nothing_to_run():
    with pytest.raises(DomainError, match="names no plan"):
        LeverModel(dike, problem_with(plans=())).of_plans()


def test_rank_correlations_are_met_and_shapes_kept():
    pair = correlation_matrix(("rate", "surge"), {("rate", "surge"): 0.7})
    unit = np.random.default_rng(1).random((20_000, 2))
    tied = to_futures(unit, (RATE, SURGE), pair)
    assert abs(spearmanr(tied).statistic - 0.7) < 0.02
    assert np.array_equal(tied[:, 0], to_futures(unit, (RATE, SURGE))[:, 0])
    assert abs(tied[:, 1].mean() - 1.5) < 0.01


def test_an_uncertainty_matters_only_where_its_condition_holds():
    surge = Uncertainty("surge", 1, 2, only_when=(("regime", ("deals",)),), otherwise=-7.0)
    futures = to_futures(np.random.default_rng(0).random((100, 2)), (surge, REGIME))
    holds = futures[:, 1] == 1
    assert 20 < holds.sum() < 80
    assert (futures[~holds, 0] == -7).all()
    assert ((futures[holds, 0] >= 1) & (futures[holds, 0] <= 2)).all()


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"measures": ()}, StudyError, "one measure at least"),
        ({"measures": (COST, COST)}, StudyError, "more than once: cost"),
        ({"levers": (HEIGHT, Lever("rate", 0, 1))}, StudyError, "more than once: rate"),
        ({"plans": (Plan("low", (1.0,)),)}, StudyError, "sets 1 levers, the problem has 2: height, soil"),
        ({"plans": (Plan("low", (9.0, 0.0)),)}, StudyError, "from 0 to 5 for lever 'height', got 9"),
        ({"plans": (Plan("low", (1.0, 0.5)),)}, StudyError, "a whole number from 0 to 1 for lever 'soil'"),
        ({"weights": {"cots": 1.0}}, UnknownName, "no measure is called 'cots'; did you mean cost"),
        ({"weights": {"cost": -1.0}}, StudyError, "weight of 'cost' must be zero or more"),
        ({"reference": "lwo"}, UnknownName, "no plan is called 'lwo'; did you mean low"),
        ({"correlations": (("rate", "surge", 0.5), ("surge", "rate", 0.5))}, StudyError, "given twice"),
        ({"correlations": (("rate", "surge", 1.5),)}, StudyError, "between -1 and 1"),
        ({"limits": (LeverLimit("budget", (("hight", 1.0),), 3.0),)}, UnknownName, "did you mean height"),
    ],
)
def test_a_problem_that_does_not_fit_together_is_refused(changes, kind, said):
    with pytest.raises(kind, match=said):
        problem_with(**changes)


@pytest.mark.parametrize(
    ("surge", "said"),
    [
        ({"only_when": (("regime", ("deals",)),)}, "belong together"),
        ({"otherwise": 0.0}, "belong together"),
        ({"only_when": (("regime", ("war",)),), "otherwise": 0.0}, "are rules, deals"),
        ({"only_when": (("rate", ("deals",)),), "otherwise": 0.0}, "which is an amount"),
        ({"only_when": (("regim", ("deals",)),), "otherwise": 0.0}, "did you mean regime"),
        ({"only_when": (("regime", ("deals",)),), "otherwise": np.inf}, "finite"),
    ],
)
def test_a_condition_that_cannot_be_told_is_refused(surge, said):
    with pytest.raises(KedgeError, match=said):
        problem_with(uncertainties=(RATE, REGIME, Uncertainty("surge", 1, 2, **surge)))


def test_a_limit_counts_only_what_oversteps_it():
    problem = problem_with(limits=(LeverLimit("budget", (("height", 2.0),), 6.0),))
    broken = lever_violations(np.array([[1.0, 0.0], [5.0, 1.0]]), problem)
    assert np.array_equal(broken, [[0.0], [4.0]])


@settings(max_examples=30)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.text('ab é"\\', max_size=8))
def test_json_gives_the_same_problem_back(low, width, label):
    changed = problem_with(
        uncertainties=(RATE, REGIME, Uncertainty("surge", low, low + width, label=label or "surge")),
        correlations=(("rate", "surge", -0.25),),
        weights={"cost": 1.0},
        thresholds={"flood": 2.0},
        limits=(LeverLimit("budget", (("height", 1.0),), 3.0),),
        reference="tall",
    )
    assert problem_from_json(problem_to_json(changed)) == changed


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"title": 1}'])
def test_other_json_is_no_problem(text):
    with pytest.raises(OutputError, match=r"problem\.json is not a problem"):
        problem_from_json(text)


MODEL = """
import numpy as np
def dike(height, soil, rate, regime, surge):
    price = 2.0 if soil == "sand" else 3.0
    return {"cost": price * height, "flood": np.exp(rate - height) * (regime == "deals") + surge}
broken = 3
"""
FILE = """
schema = 1
title = "Dike"
model = "model.py:dike"
reference_plan = "low"
[uncertainties]
rate = { low = 0, high = 1 }
regime = { categories = ["rules", "deals"] }
surge = { low = 1, high = 2 }
[[correlations]]
between = ["rate", "surge"]
rank = 0.5
[levers]
height = { low = 0, high = 5, unit = "m" }
soil = { categories = ["sand", "clay"] }
[measures]
cost = { direction = "minimise", weight = 1 }
flood = { direction = "minimise", weight = 2, threshold = 1.5 }
[plans.low]
levers = { height = 1, soil = "sand" }
[plans.tall]
levers = { height = 4, soil = "clay" }
[[limits]]
label = "earth"
levers = { height = 1.5 }
at_most = 6
"""


@pytest.fixture
def written(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)

    def write(text=FILE):
        (tmp_path / "dike.toml").write_text(text)
        return tmp_path / "dike.toml"

    return write


def test_a_file_says_what_python_says(written):
    read = load_problem(written())
    assert read.problem.lever_table.tolist() == [[1.0, 0.0], [4.0, 1.0]]
    assert read.problem.full_weights() == {"cost": 1.0, "flood": 2.0}
    assert read.problem.thresholds == {"flood": 1.5}
    assert read.problem.correlation[0, 2] == 0.5
    assert read.problem.limits == (LeverLimit("earth", (("height", 1.5),), 6.0),)
    assert np.array_equal(
        read.model.of_plans()(FUTURES), LeverModel(dike, problem_with()).of_plans()(FUTURES)
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("high = 1 }", "hgh = 1 }", "uncertainties.rate.hgh: unknown key; did you mean high"),
        (", high = 1 }", "}", "uncertainties.rate: expected low and high, found one of the two"),
        ("low = 0, high = 1 }", "}", "either categories or low and high or value, found none of them"),
        ("low = 0, high = 1 }", 'low = "0", high = 1 }', "write the bare number"),
        ("high = 1 }", "high = 1, value = 0.5 }", "found low and high and value"),
        ("height = 1,", "hight = 1,", "plans.low.levers.hight: no lever is called so; did you mean height"),
        ("height = 1, ", "", "plans.low.levers.height: is missing"),
        ('soil = "sand"', 'soil = "peat"', "plans.low.levers.soil = 'peat': expected sand, clay"),
        ('soil = "sand"', "soil = 1", "expected one of sand, clay, in quotes"),
        ("height = 1,", 'height = "one",', "expected a number from 0 to 5"),
        ('"minimise", weight = 1', '"less", weight = 1', "measures.cost.direction = 'less': expected"),
        ("rank = 0.5", "rank = 2", "between -1 and 1"),
        (
            '"rules", "deals"] }',
            '"rules", "deals"], distribution = "normal" }',
            "regime.distribution: belongs to",
        ),
        ("high = 1 }", "high = 1, weights = [1, 2] }", "rate.weights: belongs to categories; leave it out"),
        (
            '"clay"] }',
            '"clay"], kind = "integer" }',
            "soil.kind: belongs to a range of amounts; leave it out",
        ),
        ("model.py:dike", "model.py:dyke", "no function called 'dyke'; did you mean dike"),
        ("model.py:dike", "model.py:broken", "no function called 'broken'"),
        ("model.py:dike", "modle.py:dike", "which is no file"),
        ("model.py:dike", "model", "a file and a function such as lake.py:lake"),
        ('"low"', '"lwo"', "no plan is called 'lwo'"),
        ("schema = 1", "schema = 2", "schema = 2: expected 1"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_what_would_be_right(written, old, new, said):
    assert old in FILE
    with pytest.raises(KedgeError, match=said) as refused:
        load_problem(written(FILE.replace(old, new, 1)))
    assert "dike.toml" in str(refused.value) or "model.py" in str(refused.value)


def test_a_model_file_that_fails_is_named(written, tmp_path):
    file = written()
    (tmp_path / "model.py").write_text("1 / 0")
    with pytest.raises(StudyError, match=r"model\.py: fails when it is run: ZeroDivisionError"):
        load_problem(file)


def test_a_model_that_does_not_know_an_uncertainty_is_refused_when_the_file_is_read(written, tmp_path):
    file = written()
    (tmp_path / "model.py").write_text(MODEL.replace("rate, regime", "regime, tide"))
    with pytest.raises(
        StudyError, match=r"dike\.toml: model = 'model\.py:dike': .* not take rate and asks for tide"
    ):
        load_problem(file)


def test_a_model_that_needs_a_file_beside_it_is_told_to_stand_alone(written, tmp_path):
    file = written()
    (tmp_path / "helper_of_dike.py").write_text("")
    (tmp_path / "model.py").write_text("import helper_of_dike")
    with pytest.raises(StudyError, match="No module named 'helper_of_dike'; a model's file stands alone"):
        load_problem(file)


@pytest.mark.parametrize(
    ("levers", "futures", "said"),
    [
        (np.ones((1, 3)), FUTURES, r"levers must be a table .* height, soil, got shape \(1, 3\)"),
        (np.ones(2), FUTURES, r"levers must be a table .* got shape \(2,\)"),
        (np.ones((1, 2)), FUTURES[:, :2], "futures must be a table .* rate, regime, surge, got"),
    ],
)
@pytest.mark.parametrize(
    ("function", "call"), [(dike, "columns"), (one_dike, "cases"), (array_dike, "arrays")]
)
def test_tables_that_do_not_fit_the_problem_are_refused(function, call, levers, futures, said):
    with pytest.raises(DomainError, match=said):
        LeverModel(function, problem_with(), call)(levers, futures)
