"""Search over levers: known fronts, resumption bit for bit, laws of the archive, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.strategy.agreement import agree
from kedge.strategy.archive import unbeaten
from kedge.strategy.levers import Lever, check_candidates, lever_choice
from kedge.strategy.problem import Measure
from kedge.strategy.robust_search import RobustObjective, compare_fresh, objectives_of
from kedge.strategy.search_settings import Evaluation, SearchSettings
from kedge.strategy.searching import search
from kedge.strategy.volume import hypervolume

REALS = [Lever(f"x{number}", 0.0, 1.0) for number in range(13)]


def sphere(x, size=4):
    """DTLZ2 of Deb et al. (2002)."""
    angle = x[:, : size - 1] * np.pi / 2
    values = []
    for number in range(size):
        value = 1 + ((x[:, size - 1 :] - 0.5) ** 2).sum(axis=1)
        value = value * np.cos(angle[:, : size - 1 - number]).prod(axis=1)
        values.append(value * np.sin(angle[:, size - 1 - number]) if number else value)
    return Evaluation(np.stack(values, axis=1))


MIXED = [
    Lever("ships", 0, 9, "integer"),
    Lever("crews", 0, 9, "integer"),
    lever_choice("port", ["north", "south", "west"]),
]


def fleet(x):
    port = x[:, 2].astype(int)
    gain = x[:, 0] * np.array([1.0, 2.0, 1.5])[port] + np.minimum(x[:, 1], 2 * x[:, 0])
    cost = x[:, 0] ** 2 + x[:, 1] + np.array([0.0, 9.0, 3.0])[port]
    return Evaluation(np.stack([-gain, cost], axis=1))


def notched(x):
    """TNK of Tanaka et al. (1995): the objectives are the levers, and constraints cut the front."""
    angle = np.arctan2(x[:, 0], x[:, 1])
    wave = 1 + 0.1 * np.cos(16 * angle) - (x**2).sum(axis=1)
    disc = ((x - 0.5) ** 2).sum(axis=1) - 0.5
    return Evaluation(x.copy(), np.maximum(np.stack([wave, disc], axis=1), 0.0))


def test_dtlz2_in_four_objectives_comes_near_its_front():
    found = search(sphere, REALS, SearchSettings(evaluations=4000)).runs[0]
    exact = 2.0**4 - np.pi**2 / 32
    assert hypervolume(found.objectives, np.full(4, 2.0)) / exact > 0.99
    assert np.median(np.linalg.norm(found.objectives, axis=1)) < 1.05


def test_a_front_known_by_enumeration_is_found_whole():
    ships, crews, port = np.meshgrid(np.arange(10.0), np.arange(10.0), np.arange(3.0), indexing="ij")
    everything = np.stack([ships.ravel(), crews.ravel(), port.ravel()], axis=1)
    objectives = fleet(everything).objectives
    known = {tuple(row) for row in objectives[unbeaten(objectives)]}
    found = search(fleet, MIXED, SearchSettings(evaluations=400, initial=40, batch=20)).runs[0]
    assert {tuple(row) for row in found.objectives} == known
    assert fleet(found.candidates).objectives.tolist() == found.objectives.tolist()
    assert check_candidates(found.candidates, MIXED).shape == found.candidates.shape


def test_constraints_hold_and_the_cut_front_is_reached():
    levers = [Lever("a", 0.0, np.pi), Lever("b", 0.0, np.pi)]
    found = search(notched, levers, SearchSettings(evaluations=4000)).runs[0]
    grid = np.stack(np.meshgrid(*2 * [np.linspace(1e-6, 1.2, 600)]), axis=-1).reshape(-1, 2)
    known = grid[(notched(grid).broken == 0).all(axis=1)]
    end = np.array([1.2, 1.2])
    assert found.feasible
    assert (notched(found.candidates).broken == 0).all()
    assert hypervolume(found.objectives, end) > 0.97 * hypervolume(known, end)


def test_what_cannot_be_met_gives_what_breaks_it_least():
    def barred(x):
        return Evaluation(x.copy(), 1.0 + x[:, :1])

    levers = [Lever("a", 0.0, 1.0), Lever("b", 0.0, 1.0)]
    result = search(barred, levers, SearchSettings(evaluations=600))
    found = result.runs[0]
    assert not found.feasible
    assert found.candidates[:, 0].max() < 0.02
    with pytest.raises(StudyError, match="no seed found a candidate that meets all constraints"):
        agree(result)


@pytest.mark.parametrize("epsilons", [(), (0.1,) * 4])
def test_carrying_on_gives_the_same_as_never_stopping(epsilons):
    whole = SearchSettings(evaluations=1500, seeds=(3, 4), epsilons=epsilons, patience=200)
    once = search(sphere, REALS, whole)
    stored = []

    def stop(progress):
        stored[:] = [progress.take_state()]
        return progress.seed == 3 or progress.evaluations < 700

    first = search(sphere, REALS, whole, watch=stop)
    assert not first.complete
    again = search(sphere, REALS, whole, state=stored[0])
    short = search(sphere, REALS, replace(whole, evaluations=900, seeds=(3,)))
    longer = search(sphere, REALS, whole, state=short.state)
    assert once.state.keys() == again.state.keys() == longer.state.keys()
    for name, rows in once.state.items():
        np.testing.assert_array_equal(again.state[name], rows)
        np.testing.assert_array_equal(longer.state[name], rows)
    assert once.complete


def test_whole_levers_carry_on_the_same_too():
    whole = SearchSettings(evaluations=200, initial=20, batch=10)
    once = search(fleet, MIXED, whole)
    half = search(fleet, MIXED, replace(whole, evaluations=100))
    again = search(fleet, MIXED, whole, state=half.state)
    assert all(np.array_equal(again.state[name], rows, equal_nan=True) for name, rows in once.state.items())


def test_no_whole_candidate_is_evaluated_twice_while_others_are_left():
    asked = []

    def noted(x):
        asked.extend(map(tuple, x))
        return fleet(x)

    search(noted, MIXED, SearchSettings(evaluations=120, initial=20, batch=10))
    later = asked[20:]
    assert len(set(later)) == len(later)


def test_an_epsilon_archive_holds_one_candidate_a_box_and_none_that_is_beaten():
    sides = np.full(4, 0.15)
    found = search(sphere, REALS, SearchSettings(evaluations=2000, epsilons=tuple(sides))).runs[0]
    boxes = np.floor(found.objectives / sides)
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    assert unbeaten(boxes).all()
    assert found.trace.progress[-1] >= len(boxes)


def test_a_plateau_leaves_one_candidate_a_level_and_stalls_into_restarts():
    def steps(x):
        return Evaluation(np.floor(np.stack([4 * x[:, 0], 4 * (1 - x[:, 0])], axis=1)))

    settings = SearchSettings(evaluations=3000, patience=200)
    found = search(steps, REALS[:3], settings).runs[0]
    assert len(np.unique(found.objectives, axis=0)) == len(found.objectives) <= 5
    assert found.trace.restarts[-1] >= 2


def test_a_full_archive_is_thinned_and_keeps_the_best_of_each_objective():
    settings = SearchSettings(evaluations=2500, archive_limit=100)
    found = search(sphere, REALS, settings).runs[0]
    assert len(found.objectives) <= 100
    assert unbeaten(found.objectives).all()
    wide = search(sphere, REALS, replace(settings, archive_limit=10_000)).runs[0]
    assert len(wide.objectives) > 100


def test_the_trace_never_loses_hypervolume_and_shares_add_up():
    settings = SearchSettings(evaluations=3000, reference=(2.0,) * 4, trace_every=500)
    trace = search(sphere, REALS, settings).runs[0].trace
    assert trace.evaluations.tolist() == [500, 1020, 1500, 2020, 2500]
    assert (np.diff(trace.hypervolume) >= 0).all()
    assert trace.shares.sum(axis=1) == pytest.approx(1.0)
    assert trace.shares.shape == (5, len(trace.ways))


def test_the_order_of_seeds_does_not_matter_and_they_are_merged():
    settings = SearchSettings(evaluations=1000, seeds=(1, 2))
    one = search(sphere, REALS, settings)
    other = search(sphere, REALS, replace(settings, seeds=(2, 1)))
    np.testing.assert_array_equal(one.runs[0].candidates, other.runs[1].candidates)
    both = agree(one)
    assert both.merged >= both.by_seed.max()
    assert set(both.reached) <= {1, 2}
    assert set(both.seed) == {1, 2}
    assert unbeaten(both.objectives).all()
    assert (agree(one, tolerance=10.0).reached == 2).all()


def test_regret_and_satisficing_match_what_one_works_out_by_hand():
    measures = [Measure("gain", "Gain", "t", "maximise"), Measure("cost", "Cost", "t", "minimise")]
    values = np.array([[[4.0, 1.0], [2.0, 3.0], [0.0, 2.0], [6.0, 6.0]]])
    wanted = [
        RobustObjective("gain"),
        RobustObjective("cost", "worst"),
        RobustObjective("gain", "quantile", level=0.5),
        RobustObjective("gain", "satisficing", threshold=2.0),
        RobustObjective("cost", "satisficing", threshold=2.0),
        RobustObjective("gain", "worst_regret"),
        RobustObjective("cost", "mean_regret"),
    ]
    baseline = np.array([[5.0, 1.0], [5.0, 1.0], [5.0, 1.0], [5.0, 1.0]])
    given = objectives_of(values, measures, wanted, baseline=baseline)
    assert given.tolist() == [[-3.0, 6.0, -3.0, 0.25, 0.5, 5.0, 2.0]]


def test_the_best_of_many_equal_plans_shrinks_on_fresh_futures():
    rng = np.random.default_rng(5)
    searched, fresh = rng.normal(size=(2, 500, 2))
    best = unbeaten(searched)
    shrunk = compare_fresh(searched[best], fresh[best])
    assert (shrunk.shrinkage > 1).all()
    assert (shrunk.worse > 0.7).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lever("Tariff", 0, 1), "lower-case letters"),
        (lambda: Lever("a", 1, 0), "upside down"),
        (lambda: Lever("a", 0, np.inf), "finite numbers"),
        (lambda: Lever("a", 0, 1.5, "integer"), "whole numbers"),
        (lambda: Lever("a", 0, 1, "odd"), "kind must be one of"),
        (lambda: Lever("a", 0, 1, categories=("b",)), "categories belong to kind 'choice'"),
        (lambda: Lever("a", 0, 2, "choice", ("b", "c")), "first and last index"),
        (lambda: lever_choice("a", ["b", "b"]), "different names"),
        (lambda: search(sphere, []), "no lever given"),
        (lambda: search(sphere, [REALS[0], REALS[0]]), "two levers are called x0"),
        (lambda: SearchSettings(evaluations=10), "must cover the initial"),
        (lambda: SearchSettings(seeds=(1, 1)), "different whole numbers"),
        (lambda: SearchSettings(batch=0), "batch must be one or more"),
        (lambda: SearchSettings(epsilons=(0.0,)), "epsilons must be above zero"),
        (lambda: SearchSettings(reference=(np.nan,)), "reference must be finite"),
        (lambda: SearchSettings(archive_limit=2), "archive_limit"),
        (lambda: RobustObjective("gain", "quantile"), "needs a level"),
        (lambda: RobustObjective("gain", "quantile", level=2.0), "share from 0 to 1"),
        (lambda: RobustObjective("gain", "satisficing"), "needs a threshold"),
        (lambda: RobustObjective("gain", "satisficing", threshold=np.inf), "finite number"),
        (lambda: RobustObjective("gain", "median"), "statistic must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(StudyError, match=message):
        make()


@pytest.mark.parametrize(
    ("evaluate", "settings", "message"),
    [
        (
            lambda _: np.zeros((100, 2)),
            {},
            "an Evaluation with 100 rows, one a candidate; got ndarray",
        ),
        (lambda _: Evaluation(np.zeros((3, 2))), {}, "got 3 rows"),
        (lambda x: Evaluation(x[:, :1]), {}, "two or more"),
        (lambda x: Evaluation(x[:, :2] / 0.0 * np.inf), {}, "not finite"),
        (lambda x: Evaluation(x[:, :2], -x[:, :1]), {}, "below zero"),
        (lambda x: Evaluation(x[:, :2], x[:5, :1]), {}, "with 100 candidates"),
        (lambda x: Evaluation(x[:, :2]), {"epsilons": (1.0,)}, "epsilons must hold one number for each of 2"),
        (lambda x: Evaluation(x[:, :2]), {"reference": (1.0,)}, "reference must hold one number"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused(evaluate, settings, message):
    with pytest.raises(DomainError, match=message), np.errstate(all="ignore"):
        search(evaluate, REALS, SearchSettings(evaluations=200, **settings))


def test_a_state_of_another_search_is_refused():
    settings = SearchSettings(evaluations=200)
    state = search(sphere, REALS, settings).state
    with pytest.raises(StudyError, match="belongs to other levers or settings"):
        search(sphere, REALS, replace(settings, batch=20), state=state)
    broken = {name: rows for name, rows in state.items() if name != "0/ideal"}
    with pytest.raises(StudyError, match="lacks ideal"):
        search(sphere, REALS, settings, state=broken)


def test_candidates_and_values_out_of_place_are_refused():
    with pytest.raises(DomainError, match=r"a whole number from 0 to 9, got 0.5 in row 0"):
        check_candidates(np.array([[0.5, 0.0, 0.0]]), MIXED)
    with pytest.raises(DomainError, match="with 3 levers"):
        check_candidates(np.zeros((1, 2)), MIXED)
    gain = [Measure("gain", "Gain", "t", "maximise")]
    with pytest.raises(UnknownName, match="no measure is called 'cost'"):
        objectives_of(np.zeros((1, 1, 1)), gain, [RobustObjective("cost")])
    with pytest.raises(StudyError, match="regret needs a baseline"):
        objectives_of(np.zeros((1, 1, 1)), gain, [RobustObjective("gain", "mean_regret")])
    with pytest.raises(StudyError, match="no objective given"):
        objectives_of(np.zeros((1, 1, 1)), gain, [])
    with pytest.raises(DomainError, match="with 1 measures"):
        objectives_of(np.zeros((1, 1, 2)), gain, [RobustObjective("gain")])
    with pytest.raises(DomainError, match="baseline must have shape"):
        objectives_of(np.zeros((1, 1, 1)), gain, [RobustObjective("gain")], baseline=np.zeros((2, 1)))
    with pytest.raises(DomainError, match="of the same candidates"):
        compare_fresh(np.zeros((1, 2)), np.zeros((2, 2)))
    with pytest.raises(DomainError, match="tolerance is a share"):
        agree(search(sphere, REALS, SearchSettings(evaluations=200)), tolerance=-1.0)


def test_a_stored_state_keeps_the_seeds_that_a_call_has_not_come_to():
    short = search(sphere, REALS, SearchSettings(evaluations=200, seeds=(1, 2)))
    taken = []
    settings = SearchSettings(evaluations=400, seeds=(1, 2))
    search(sphere, REALS, settings, state=short.state, watch=lambda seen: taken.append(seen.take_state()))
    assert taken[0].keys() == short.state.keys()
    np.testing.assert_array_equal(taken[0]["2/units"], short.state["2/units"])
    again = search(sphere, REALS, settings, state=taken[0])
    once = search(sphere, REALS, settings)
    np.testing.assert_array_equal(again.runs[1].candidates, once.runs[1].candidates)
