"""Adaptive plans change course when called for, cost what they cost, and otherwise change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, UnknownName
from kedge.strategy import (
    NEVER,
    Action,
    AdaptivePlan,
    Condition,
    Staged,
    Timeline,
    Trigger,
    draw_map,
    pathway_shares,
    run_pathway,
    sunk_cost,
    switch_to,
    tipping_points,
)
from kedge.strategy.triggers import condition_met, running_mean

YEARS = tuple(range(2025, 2033))
TIMELINE = Timeline(YEARS, ("sea", "dike"), ("damage", "effort"))
RNG = np.random.default_rng(4)
FUTURES = np.cumsum(RNG.normal(0.3, 1.0, (60, len(YEARS))), axis=1)


def model(paths, path_of, futures):
    """A sea that rises as it likes, and a dike that grows by the lever and rots."""
    lever = paths[path_of][:, :, 0]
    dike = np.zeros_like(futures)
    for t in range(futures.shape[1]):
        dike[:, t] = 0.9 * (dike[:, t - 1] if t else 0.0) + lever[:, t]
    damage = np.maximum(futures - dike, 0).sum(axis=1)
    return Staged(np.stack([damage, lever.sum(axis=1)], axis=1), np.stack([futures, dike], axis=1))


def path(level):
    return np.full((len(YEARS), 1), float(level))


def above(level, **kind):
    return Trigger((Condition("sea", "above", level),), **kind)


def static(level, futures=FUTURES):
    return model(path(level)[None], np.zeros(len(futures), dtype=np.int64), futures).values


@given(st.floats(-3, 3), st.integers(0, 4))
@settings(max_examples=20, deadline=None)
def test_a_trigger_that_never_fires_leaves_the_static_plan_bit_for_bit(level, lead):
    cost = sunk_cost({"damage": 3.0}, TIMELINE.measures)
    action = Action("raise", switch_to(path(2)), above(1e9), lead, cost)
    run = run_pathway(AdaptivePlan("p", path(level), (action,)), model, FUTURES, TIMELINE)
    assert run.values.tobytes() == static(level).tobytes()
    assert not run.switched.any()
    assert not run.costs.any()


@given(st.integers(0, 6))
@settings(max_examples=7, deadline=None)
def test_a_trigger_that_always_fires_gives_the_static_hybrid_bit_for_bit(lead):
    action = Action("raise", switch_to(path(2)), above(-1e9), lead)
    run = run_pathway(AdaptivePlan("p", path(0.5), (action,)), model, FUTURES, TIMELINE)
    hybrid = path(0.5)
    hybrid[1 + lead :] = 2.0
    expected = model(hybrid[None], np.zeros(len(FUTURES), dtype=np.int64), FUTURES)
    assert run.values.tobytes() == expected.values.tobytes()
    assert (run.decided == 2025).all()


@given(st.permutations(range(60)), st.integers(1, 59))
@settings(max_examples=10, deadline=None)
def test_a_future_does_not_depend_on_its_neighbours(order, size):
    actions = (
        Action("raise", switch_to(path(2)), above(1.0)),
        Action("more", switch_to(path(3)), above(2.5)),
    )
    plan = AdaptivePlan("p", path(0.5), actions)
    whole = run_pathway(plan, model, FUTURES, TIMELINE)
    some = run_pathway(plan, model, FUTURES[order[:size]], TIMELINE)
    assert some.values.tobytes() == whole.values[order[:size]].tobytes()
    assert np.array_equal(some.decided, whole.decided[order[:size]])


def test_decisions_equal_those_found_future_by_future():
    first = Action("raise", switch_to(path(2)), above(1.0), 1, sunk_cost({"effort": 5.0}, TIMELINE.measures))
    then = Action("more", switch_to(path(3)), above(2.5), 0, after="raise")
    run = run_pathway(AdaptivePlan("p", path(0.5), (then, first)), model, FUTURES, TIMELINE)
    for f, sea in enumerate(FUTURES):
        lever, decided, free = path(0.5), [NEVER, NEVER], 0
        raised = next((t for t in range(6) if sea[t] > 1.0), None)
        if raised is not None:
            decided[1], free = YEARS[raised], raised + 2
            lever[free:] = 2.0
            more = next((t for t in range(free, 7) if sea[t] > 2.5), None)
            if more is not None:
                decided[0] = YEARS[more]
                lever[more + 1 :] = 3.0
        expected = model(lever[None], np.zeros(1, dtype=np.int64), sea[None]).values[0]
        expected[1] += 5.0 * (raised is not None)
        assert run.decided[f].tolist() == decided
        assert run.values[f] == pytest.approx(expected, rel=1e-12)


def test_at_most_so_many_actions_are_taken():
    actions = tuple(Action(f"a{k}", switch_to(path(k)), above(-1e9)) for k in range(3))
    run = run_pathway(AdaptivePlan("p", path(0), actions, most=2), model, FUTURES, TIMELINE)
    assert ((run.decided != NEVER).sum(axis=1) == 2).all()


def test_an_action_that_would_come_too_late_is_not_decided():
    action = Action("raise", switch_to(path(2)), above(-1e9, not_before=2029), lead=3)
    run = run_pathway(AdaptivePlan("p", path(0.5), (action,)), model, FUTURES, TIMELINE)
    assert not run.switched.any()


def test_conditions_join_run_and_average_as_stated():
    seen = np.array([[[1.0, 2.0, 2.0, 0.0, 3.0, 3.0, 3.0, 3.0], [0.0] * 8]])
    raw = condition_met(Condition("sea", "above", 1.5, years=2), seen, TIMELINE)[0]
    assert raw.tolist() == [False, False, True, False, False, True, True, True]
    mean = condition_met(Condition("sea", "above", 1.6, window=3), seen, TIMELINE)[0]
    assert mean.tolist() == [False, False, True, False, True, True, True, True]
    assert np.isnan(running_mean(seen[:, 0], 3)[0, :2]).all()


@given(st.floats(-1, 3), st.floats(0, 2))
@settings(max_examples=20, deadline=None)
def test_a_higher_level_never_decides_earlier(level, more):
    def decided(at):
        action = Action("raise", switch_to(path(2)), above(at))
        found = run_pathway(AdaptivePlan("p", path(0.5), (action,)), model, FUTURES, TIMELINE).decided
        return np.where(found == NEVER, 9999, found)

    assert (decided(level + more) >= decided(level)).all()


def test_the_map_counts_every_future_in_every_year():
    actions = (
        Action("raise", switch_to(path(2)), above(1.0), lead=1),
        Action("more", switch_to(path(3)), above(2.5), after="raise"),
    )
    plan = AdaptivePlan("p", path(0.5), actions)
    run = run_pathway(plan, model, FUTURES, TIMELINE)
    drawn = draw_map(run, plan)
    assert sum(line.share for line in drawn.lines) == pytest.approx(np.ones(len(YEARS)))
    moved = sum(station.share for station in drawn.stations if station.target == "more")
    assert moved == pytest.approx((run.decided[:, 1] != NEVER).mean())
    assert {station.source for station in drawn.stations if station.target == "more"} == {"raise"}
    assert all(s.effect - s.decided == (2 if s.target == "raise" else 1) for s in drawn.stations)
    shares = pathway_shares(run)
    assert sum(share.share for share in shares) == pytest.approx(1.0)
    assert {share.actions for share in shares} == {(), ("raise",), ("raise", "more")}


def test_a_plan_tips_when_it_has_failed_in_too_many_futures():
    fails = np.zeros((2, 10, 3), dtype=bool)
    fails[0, :4, 1] = True
    fails[0, 4:6, 2] = True
    never, at_once = tipping_points(fails[::-1], ("b", "a"), (2025, 2026, 2027), 0.5)
    assert never.year is None
    assert at_once.year == 2027
    assert at_once.failing.tolist() == pytest.approx([0.0, 0.4, 0.6])


def looking_ahead(paths, path_of, futures):
    found = model(paths, path_of, futures)
    return Staged(found.values, found.signposts + paths[path_of][:, -1:, 0][:, None])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": looking_ahead}, "looks ahead"),
        ({"switch": lambda p, effect: path(2)}, "before its effect"),
        ({"switch": lambda p, effect: p[:3]}, "finite path of shape"),
        ({"start": np.zeros((3, 1))}, "a row for each of 8 years"),
        ({"futures": FUTURES[:0]}, "at least one future"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    parts = {"model": model, "switch": switch_to(path(2)), "start": path(0.5), "futures": FUTURES} | change
    action = Action("raise", parts["switch"], above(1.0))
    with pytest.raises(DomainError, match=message):
        run_pathway(AdaptivePlan("p", parts["start"], (action,)), parts["model"], parts["futures"], TIMELINE)


def test_unknown_names_are_refused():
    trigger = Trigger((Condition("see", "above", 1.0),))
    plan = AdaptivePlan("p", path(0), (Action("raise", switch_to(path(2)), trigger),))
    with pytest.raises(UnknownName, match="did you mean sea"):
        run_pathway(plan, model, FUTURES, TIMELINE)
    with pytest.raises(UnknownName, match="no action"):
        AdaptivePlan("p", path(0), (Action("raise", switch_to(path(2)), above(1), after="rise"),))
    with pytest.raises(UnknownName, match="no measure"):
        sunk_cost({"harm": 1.0}, TIMELINE.measures)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Condition("sea", "over", 1.0), "above or below"),
        (lambda: Condition("sea", "above", np.nan), "finite level"),
        (lambda: Condition("sea", "above", 1.0, years=0), "one year or more"),
        (lambda: Trigger(()), "one condition or more"),
        (lambda: above(1.0, not_before=2030, not_after=2029), "before its first"),
        (lambda: Action("start", switch_to(path(1)), above(1.0)), "other than 'start'"),
        (lambda: Action("a", switch_to(path(1)), above(1.0), lead=-1), "zero years or more"),
        (lambda: AdaptivePlan("p", path(0), (), most=0), "one action or more"),
        (lambda: Timeline((2025, 2027), ("s",), ("m",)), "one after the other"),
        (lambda: tipping_points(np.zeros((1, 2, 3), dtype=bool), ("a",), (1, 2, 3), 0.0), "above 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, message):
    with pytest.raises(DomainError, match=message):
        make()
