"""A function of one case gives what the same model gives for whole blocks."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from kedge.core.errors import DomainError, NotConverged, StudyError
from kedge.strategy import EnsembleSettings, Uncertainty, choice, run_ensemble, run_in_memory
from kedge.strategy.cases import per_case
from kedge.strategy.designs import SampledFutures
from kedge.strategy.stream import StreamOptions
from kedge.strategy.workers import processes

RANGES = (Uncertainty("demand", 0, 10), choice("market", ("open", "shut")))
PLANS = {"small": {"size": 3}, "large": {"size": 8, "cost": 2.0}}
MEASURES = ("met", "spent")
SOURCE = SampledFutures(RANGES, 60, 1)


def case(demand, market, size, cost=1.0):
    return {"spent": cost * size, "met": min(demand, size) if market == "open" else 0}


def blockwise(futures):
    demand, shut = futures.T
    met = [np.where(shut == 0, np.minimum(demand, size), 0) for size in (3, 8)]
    return np.stack([np.stack([row, np.full_like(row, spent)], axis=1)
                     for row, spent in zip(met, (3, 16), strict=True)])  # fmt: skip


def test_case_by_case_equals_blockwise():
    model, futures = per_case(case, RANGES, PLANS, MEASURES), SOURCE.rows(0, 60)
    assert np.array_equal(run_in_memory(model, futures, tuple(PLANS), MEASURES, 7), blockwise(futures))


def test_a_pool_changes_no_value():
    futures = SOURCE.rows(0, 60)
    with ThreadPoolExecutor(3) as pool:
        assert np.array_equal(per_case(case, RANGES, PLANS, MEASURES, pool)(futures), blockwise(futures))


def fail(**_):
    return 1 / 0


def test_a_failure_names_plan_and_future():
    with pytest.raises(
        DomainError, match=r"plan 'small' in the future with demand 4\.0, market 'shut': Zero"
    ):
        per_case(fail, RANGES, PLANS, MEASURES)(np.array([[4.0, 1.0]]))


def test_an_error_of_our_own_kind_passes_as_it_is():
    def stuck(**_):
        raise NotConverged("stopped short")

    with pytest.raises(NotConverged, match="stopped short"):
        per_case(stuck, RANGES, PLANS, MEASURES)(SOURCE.rows(0, 1))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"met": 1.0}, r"each of met, spent, got \['met'\]"),
        ({"met": 1.0, "spent": 1.0, "extra": 1.0}, "each of met, spent"),
        (3.0, "got float"),
        ({"met": 1.0, "spent": "much"}, "single numbers"),
        ({"met": 1.0, "spent": np.ones(2)}, "single numbers"),
        ({"met": 1.0, "spent": None}, "single numbers"),
    ],
)
def test_what_is_no_set_of_measures_is_refused(given, message):
    with pytest.raises(DomainError, match=message):
        per_case(lambda **_: given, RANGES, PLANS, MEASURES)(SOURCE.rows(0, 1))


@pytest.mark.parametrize(
    ("plans", "measures", "message"),
    [
        ({}, MEASURES, "a plan or more"),
        (PLANS, ("met", "met"), "different names"),
        ({"odd": {"demand": 1}}, MEASURES, "plan 'odd' sets demand, which a future sets"),
    ],
)
def test_a_malformed_problem_is_refused(plans, measures, message):
    with pytest.raises(StudyError, match=message):
        per_case(case, RANGES, plans, measures)


def test_processes_give_the_bytes_of_one(tmp_path, importable):
    about = {"chunk_size": 7, "fingerprint": "x", "plans": tuple(PLANS), "measures": MEASURES}
    model = per_case(importable.case, RANGES, PLANS, MEASURES)
    run_ensemble(model, SOURCE, EnsembleSettings(tmp_path / "one", **about))
    with processes(2) as workers:
        options = StreamOptions(workers=workers)
        run_ensemble(model, SOURCE, EnsembleSettings(tmp_path / "many", **about), options=options)
    assert (tmp_path / "one/results.parquet").read_bytes() == (tmp_path / "many/results.parquet").read_bytes()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        pooled = per_case(importable.case, RANGES, PLANS, MEASURES, pool)
        assert np.array_equal(pooled(SOURCE.rows(0, 60)), model(SOURCE.rows(0, 60)))


@pytest.fixture
def importable(tmp_path, monkeypatch):
    """Give a module that other processes can import: they are told of the path by their parent."""
    import importlib
    import inspect

    (tmp_path / "kedge_case_for_tests.py").write_text(inspect.getsource(case))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("kedge_case_for_tests")
