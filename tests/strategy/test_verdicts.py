"""A folder of results is taken up again, its plans judged, and its bad futures marked."""

import json

import numpy as np
import pytest

from kedge.core.errors import DomainError, OutputError, StudyError, UnknownName
from kedge.strategy import (
    PROBLEM,
    EnsembleSettings,
    Measure,
    Outcome,
    Plan,
    Problem,
    Resampling,
    Run,
    Uncertainty,
    VerdictOptions,
    draw_futures,
    judge_plans,
    outcome_of,
    problem_to_json,
    read_run,
    run_ensemble,
)

RANGES = (Uncertainty("a", 0, 1), Uncertainty("b", 0, 1))
INCOME, COST = Measure("income", "Income", "%", "maximise"), Measure("cost", "Cost", "%", "minimise")
TWO = Problem(
    "Two plans",
    RANGES,
    (INCOME, COST),
    plans=(Plan("bold", label="Bold"), Plan("calm", label="Calm")),
    weights={"income": 1.0, "cost": 1.0},
    reference="calm",
)
FUTURES = draw_futures(RANGES, 500, 1)
FEW = Resampling(20)


def model(futures):
    a, b = futures.T
    bold = np.stack([4 * a, b], axis=1)
    return np.stack([bold, np.stack([0 * a + 1, 0 * b], axis=1)])


RUN = Run(TWO, FUTURES, model(FUTURES))


@pytest.fixture
def folder(tmp_path):
    run_ensemble(
        model, FUTURES, EnsembleSettings(tmp_path, 100, "x", ("bold", "calm"), ("income", "cost"), ("a", "b"))
    )
    (tmp_path / PROBLEM).write_text(problem_to_json(TWO))
    return tmp_path


def test_a_run_is_read_back_as_it_was_written(folder):
    run = read_run(folder)
    assert run.problem == TWO
    assert np.array_equal(run.futures, FUTURES)
    assert np.array_equal(run.values, model(FUTURES))


def test_a_folder_without_a_finished_run_is_refused_with_what_to_do(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(OutputError, match="holds no run"):
        read_run(empty)
    with pytest.raises(OutputError, match="no such folder"):
        read_run(empty / "nowhere")
    (folder / PROBLEM).unlink()
    with pytest.raises(OutputError, match=r"lacks problem\.json"):
        read_run(folder)


def test_changed_results_are_not_taken_for_the_runs_own(folder):
    content = bytearray((folder / "results.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "results.parquet").write_bytes(content)
    with pytest.raises(OutputError, match="damaged"):
        read_run(folder)


def test_an_unfinished_run_is_not_read(folder):
    ledger = json.loads((folder / "run.json").read_text())
    del ledger["finished"]
    (folder / "run.json").write_text(json.dumps(ledger))
    with pytest.raises(OutputError, match="not finished"):
        read_run(folder)


def test_verdicts_are_those_worked_out_by_hand():
    found = judge_plans(RUN, VerdictOptions(resampling=FEW))
    value = np.stack([4 * FUTURES[:, 0] - FUTURES[:, 1], np.ones(500)])
    assert (found.subject, found.unit, found.reference) == ("Overall value", "%", "Calm")
    assert found.best.estimate[0] == pytest.approx((value[0] > value[1]).mean())
    assert found.dominance[0, 1] == pytest.approx((value[0] > value[1]).mean())
    assert np.allclose(found.against_reference.estimate[1], 0)
    assert found.against_reference.estimate[0, 0] == pytest.approx(np.median(1 - value[0]))
    assert found.radius is None
    table = found.table()
    assert "satisficing" not in table["metric"].to_list()
    assert table.filter(metric="mean", plan="bold")["score"].item() == pytest.approx(value[0].mean())


def test_one_measure_is_judged_in_its_own_unit_and_sense():
    found = judge_plans(RUN, VerdictOptions(measure="cost", resampling=FEW))
    worst = found.table().filter(metric="maximin")
    assert worst["score"].to_list() == pytest.approx([FUTURES[:, 1].max(), 0.0])
    assert worst["chosen"].to_list() == [False, True]
    assert not worst["larger_is_better"].any()
    assert found.best.estimate.tolist() == [0.0, 1.0]


def test_thresholds_bring_satisficing_and_its_radius():
    found = judge_plans(RUN, VerdictOptions(thresholds={"income": 1.0, "cost": 0.9}, resampling=FEW))
    held = (FUTURES[:, 0] >= 0.25) & (FUTURES[:, 1] <= 0.9)
    share = found.table().filter(metric="satisficing")["score"].to_list()
    assert share == pytest.approx([held.mean(), 1.0])
    assert found.radius[1] == np.inf
    assert found.radius[0] == pytest.approx(0.25, abs=0.02)


def test_other_weights_change_the_verdict_and_unknown_names_are_refused():
    plain = judge_plans(RUN, VerdictOptions(resampling=FEW))
    dear = judge_plans(RUN, VerdictOptions(weights={"cost": 5.0}, resampling=FEW))
    assert dear.best.estimate[0] < plain.best.estimate[0]
    for options in (VerdictOptions(measure="incme"), VerdictOptions(reference="blod")):
        with pytest.raises(UnknownName, match="did you mean"):
            judge_plans(RUN, options)
    with pytest.raises(StudyError, match="zero or more"):
        judge_plans(RUN, VerdictOptions(weights={"cost": -1.0}))


def test_an_outcome_knows_which_end_is_bad():
    assert outcome_of(RUN, "bold").larger_is_worse
    assert not outcome_of(RUN, "bold", "income").larger_is_worse
    assert outcome_of(RUN, "bold", "cost").larger_is_worse
    assert outcome_of(RUN, "bold", "income").worst(0.1).mean() == pytest.approx(0.1, abs=0.003)
    assert np.array_equal(outcome_of(RUN, "bold", "income").beyond(2.0), 4 * FUTURES[:, 0] < 2)
    assert np.array_equal(outcome_of(RUN, "bold", "cost").beyond(0.5), FUTURES[:, 1] > 0.5)
    assert np.allclose(outcome_of(RUN, "calm", "regret_to_reference").row, 0)
    with pytest.raises(UnknownName, match="did you mean income"):
        outcome_of(RUN, "bold", "incme")
    with pytest.raises(UnknownName, match="did you mean calm"):
        outcome_of(RUN, "clam")


def test_a_heap_of_equal_values_is_not_taken_for_the_worst():
    heap = Outcome(np.array([0.0] * 9 + [5.0]), "x", "", True)
    assert heap.worst(0.2).tolist() == [False] * 9 + [True]
    with pytest.raises(DomainError, match="are alike"):
        Outcome(np.zeros(10), "x", "", True).worst(0.1)
    with pytest.raises(DomainError, match="between 0 and 1"):
        heap.worst(1.0)
    with pytest.raises(DomainError, match="none of the futures are worse than 9: x runs from 0 to 5"):
        heap.beyond(9.0)
