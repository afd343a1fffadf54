"""Belief about the patron: equal to enumeration, calibrated, and lawful."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError
from kedge.security import (
    Forgetting,
    Signals,
    bands_of,
    belief_paths,
    dependence_weights,
    update_beliefs,
)


def signals_of(times, log_ratio, group=None):
    log_ratio = np.asarray(log_ratio, float)
    group = np.arange(len(times)) if group is None else np.asarray(group)
    return Signals(np.asarray(times, float), log_ratio[None] if log_ratio.ndim == 2 else log_ratio, group)


def enumerated(times, likelihood, prior, forgetting, until):
    """Sum over every history of types, one type after every event."""
    events = [(t, 0, None) for t in forgetting.changes if t <= until]
    events += [(t, 1, j) for j, t in enumerate(times) if t <= until]
    events = [*sorted(events), (until, 2, None)]
    types = range(len(prior))
    total = np.zeros(len(prior))
    for history in itertools.product(types, repeat=len(events) + 1):
        chance, clock = prior[history[0]], events[0][0]
        steps = zip(events, history[:-1], history[1:], strict=True)
        for (moment, what, j), old, new in steps:
            keep = np.exp(-forgetting.decay * (moment - clock))
            if what == 0:
                keep *= 1.0 - forgetting.redraw
            clock = moment
            chance *= keep * (old == new) + (1.0 - keep) * prior[new]
            if j is not None:
                chance *= likelihood[j][new]
        total[history[-1]] += chance
    return total / total.sum()


@st.composite
def small_case(draw):
    types = draw(st.integers(2, 3))
    count = draw(st.integers(1, 3))
    grid = st.sampled_from([2014.0, 2016.5, 2017.05, 2017.0, 2021.2, 2024.9])
    times = draw(st.lists(grid, min_size=count, max_size=count))
    likelihood = np.array(
        draw(
            st.lists(
                st.lists(st.floats(0.05, 1.0), min_size=types, max_size=types),
                min_size=count,
                max_size=count,
            )
        )
    )
    prior = np.array(draw(st.lists(st.floats(0.1, 1.0), min_size=types, max_size=types)))
    changes = tuple(draw(st.sampled_from([(), (2017.05,), (2017.05, 2021.05)])))
    forgetting = Forgetting(draw(st.floats(0.0, 2.0)), draw(st.floats(0.0, 1.0)), changes)
    return times, likelihood, prior / prior.sum(), forgetting


@given(small_case())
@settings(max_examples=60)
def test_belief_equals_the_sum_over_all_histories_of_types(case):
    times, likelihood, prior, forgetting = case
    path = update_beliefs(
        signals_of(times, np.log(likelihood)), prior, forgetting, at=np.array([2019.0, 2026.0])
    )
    for when, belief in zip((2019.0, 2026.0), path, strict=True):
        np.testing.assert_allclose(
            belief, enumerated(times, likelihood, prior, forgetting, when), rtol=0, atol=1e-12
        )


@given(small_case(), st.randoms(use_true_random=False))
def test_the_order_in_which_signals_are_listed_does_not_matter(case, random):
    times, likelihood, prior, forgetting = case
    order = list(range(len(times)))
    random.shuffle(order)
    group = np.zeros(len(times), int)
    at = np.array([2026.0])
    one = update_beliefs(signals_of(times, np.log(likelihood), group), prior, forgetting, 0.4, at)
    mixed = signals_of(np.array(times)[order], np.log(likelihood[order]), group)
    np.testing.assert_allclose(one, update_beliefs(mixed, prior, forgetting, 0.4, at), atol=1e-12)


@given(small_case(), st.floats(0.01, 1.0), st.floats(2012.0, 2026.0))
def test_a_signal_equally_likely_under_every_type_changes_nothing(case, likelihood, when):
    times, ratios, prior, forgetting = case
    at = np.array([2026.5])
    without = update_beliefs(signals_of(times, np.log(ratios)), prior, forgetting, at=at)
    more = np.vstack([np.log(ratios), np.full((1, prior.size), np.log(likelihood))])
    again = update_beliefs(signals_of([*times, when], more), prior, forgetting, at=at)
    np.testing.assert_allclose(without, again, atol=1e-12)


@given(small_case(), st.randoms(use_true_random=False))
def test_renaming_types_renames_belief(case, random):
    times, likelihood, prior, forgetting = case
    order = list(range(prior.size))
    random.shuffle(order)
    one = update_beliefs(signals_of(times, np.log(likelihood)), prior, forgetting)
    other = update_beliefs(signals_of(times, np.log(likelihood[:, order])), prior[order], forgetting)
    np.testing.assert_allclose(one[:, order], other, atol=1e-12)


@given(small_case(), st.floats(0.0, 1.0))
def test_probabilities_sum_to_one_and_stay_possible(case, dependence):
    times, likelihood, prior, forgetting = case
    path = update_beliefs(signals_of(times, np.log(likelihood)), prior, forgetting, dependence)
    np.testing.assert_allclose(path.sum(axis=1), 1.0, atol=1e-14)
    assert (path > 0.0).all()


@given(small_case())
def test_without_decay_or_changes_all_signals_count_alike(case):
    times, likelihood, prior, _ = case
    belief = update_beliefs(
        signals_of(times, np.log(likelihood)), prior, Forgetting(0.0), at=np.array([2030.0])
    )
    expected = prior * likelihood.prod(axis=0)
    np.testing.assert_allclose(belief[0], expected / expected.sum(), atol=1e-12)


@pytest.mark.parametrize("decay", [1e9, np.inf])
def test_with_endless_decay_only_the_day_itself_counts(decay):
    prior = np.array([0.2, 0.3, 0.5])
    likelihood = np.array([[0.9, 0.1, 0.5], [0.2, 0.4, 0.8]])
    at = np.array([2015.0, 2015.5])
    path = update_beliefs(signals_of([2014.0, 2015.0], np.log(likelihood)), prior, Forgetting(decay), at=at)
    expected = prior * likelihood[1]
    np.testing.assert_allclose(path, [expected / expected.sum(), prior], atol=1e-12)


def test_a_new_administration_drawn_anew_wipes_the_slate():
    prior = np.array([0.3, 0.7])
    forgetting = Forgetting(0.1, 1.0, (2017.05,))
    path = update_beliefs(
        signals_of([2016.0], np.log([[1.0, 50.0]])), prior, forgetting, at=np.array([2017.04, 2017.05])
    )
    assert path[0, 1] > 0.9
    np.testing.assert_allclose(path[1], prior, atol=1e-15)


def test_overwhelming_evidence_neither_overflows_nor_ends_belief():
    ratio = np.array([[0.0, -4000.0], [0.0, 3000.0]])
    path = update_beliefs(signals_of([2014.0, 2015.0], ratio), np.array([0.5, 0.5]), Forgetting(0.1))
    np.testing.assert_allclose(path, [[1.0, 0.0], [0.0, 1.0]], atol=1e-12)


def test_copies_of_one_signal_count_once_when_dependence_is_full():
    prior = np.array([0.5, 0.5])
    ratio = np.log([[1.0, 4.0]])
    ten = signals_of(np.linspace(2020.1, 2020.9, 10), np.repeat(ratio, 10, axis=0), np.zeros(10, int))
    once = update_beliefs(signals_of([2020.1], ratio), prior, Forgetting(0.0))[-1]
    np.testing.assert_allclose(update_beliefs(ten, prior, Forgetting(0.0), 1.0)[-1], once, atol=1e-12)
    half = update_beliefs(ten, prior, Forgetting(0.0), 0.5)[-1]
    # Ten at a dependence of one half count as 10 / 5.5.
    assert half[1] / half[0] == pytest.approx(4.0 ** (10 / 5.5))


def test_dependence_starts_afresh_with_a_new_administration_and_spares_other_groups():
    weight = dependence_weights(
        np.array([2016.0, 2016.5, 2018.0, 2016.2]), np.array([0, 0, 0, 1]), np.array([1.0, 0.0]), (2017.05,)
    )
    np.testing.assert_allclose(weight, [[1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])


def simulated(cases, rng, copies=1, decay=0.3):
    """Patrons drawn from the model, whose yearly deeds are one of three, each `copies` times over."""
    prior, changes = np.array([0.35, 0.4, 0.25]), (4.0, 8.0)
    deeds = np.array([[0.6, 0.3, 0.1], [0.35, 0.4, 0.25], [0.1, 0.3, 0.6]])  # [type, deed]
    moments = np.arange(0.5, 12.0, 1.0)
    kind = rng.choice(3, cases, p=prior)
    ratio, clock = [], 0.0
    for moment in moments:
        fresh = rng.random(cases) > np.exp(-decay * (moment - clock))
        fresh |= np.array([clock < c <= moment for c in changes]).any()
        kind = np.where(fresh, rng.choice(3, cases, p=prior), kind)
        clock = moment
        deed = (rng.random(cases)[:, None] > deeds.cumsum(axis=1)[kind]).sum(axis=1)
        ratio += [np.log(deeds[:, deed].T)] * copies
    times = np.repeat(moments, copies)
    series = Signals(times, np.stack(ratio, axis=1), np.repeat(np.arange(moments.size), copies))
    return series, np.tile(prior, (cases, 1)), Forgetting(decay, 1.0, changes), kind


def brier(belief, kind):
    return ((belief - np.eye(3)[kind]) ** 2).sum(axis=1).mean()


def slope(belief, kind, type_):
    """Least-squares slope of what happened on what was said: one if calibrated."""
    said, happened = belief[:, type_], (kind == type_).astype(float)
    return np.cov(said, happened)[0, 1] / said.var(ddof=1)


def test_stated_probabilities_match_frequencies_on_simulated_patrons():
    cases = 40_000
    series, prior, forgetting, kind = simulated(cases, np.random.default_rng(7))
    belief = belief_paths(series, prior, forgetting, at=np.array([11.5])).probability[:, 0]
    for type_ in range(3):
        assert slope(belief, kind, type_) == pytest.approx(1.0, abs=0.04)
        edges = np.quantile(belief[:, type_], np.linspace(0, 1, 11))
        bins = np.clip(np.searchsorted(edges, belief[:, type_], side="right") - 1, 0, 9)
        for each in range(10):
            inside = bins == each
            if inside.sum() > 500:
                said, seen = belief[inside, type_].mean(), (kind[inside] == type_).mean()
                assert abs(said - seen) < 4.0 * np.sqrt(said * (1 - said) / inside.sum())
    # A calibrated forecast's Brier score is what it expects of itself, and beats the prior's.
    expected = (1.0 - (belief**2).sum(axis=1)).mean()
    assert brier(belief, kind) == pytest.approx(expected, abs=0.01)
    assert brier(belief, kind) < brier(prior, kind) - 0.05


def test_counting_copies_as_independent_is_overconfident_and_the_discount_mends_it():
    series, prior, forgetting, kind = simulated(20_000, np.random.default_rng(8), copies=4)
    naive = belief_paths(series, prior, forgetting, 0.0, np.array([11.5])).probability[:, 0]
    mended = belief_paths(series, prior, forgetting, 1.0, np.array([11.5])).probability[:, 0]
    assert slope(naive, kind, 0) < 0.75
    assert slope(mended, kind, 0) == pytest.approx(1.0, abs=0.05)
    assert brier(mended, kind) < brier(naive, kind)


def test_ten_thousand_draws_of_fifty_signals_take_well_under_a_second():
    rng = np.random.default_rng(1)
    series = Signals(np.sort(rng.uniform(2014, 2026, 50)), rng.normal(size=(10_000, 50, 3)), np.arange(50))
    prior = np.full((10_000, 3), 1 / 3)
    start = time.process_time()
    paths = belief_paths(series, prior, Forgetting(rng.uniform(0, 1, 10_000), 1.0, (2017.05, 2021.05)))
    assert time.process_time() - start < 3.0  # well under one where nothing else runs
    assert paths.probability.shape == (10_000, 50, 3)


def test_bands_enclose_the_middle():
    bands = bands_of(np.random.default_rng(2).random((1000, 4)))
    assert (bands.low < bands.middle).all()
    assert (bands.middle < bands.high).all()
    np.testing.assert_allclose(bands.mean, 0.5, atol=0.05)


@pytest.mark.parametrize(
    ("prior", "forgetting", "message"),
    [
        ([0.5, 0.6], Forgetting(0.0), "sums to one"),
        ([0.0, 1.0], Forgetting(0.0), "above zero"),
        ([0.5, 0.5], Forgetting(-0.1), "rate a year"),
        ([0.5, 0.5], Forgetting(0.1, 1.5), "redraw is a probability"),
        ([0.2, 0.3, 0.5], Forgetting(0.1), "expected a prior of shape"),
        ([0.5, 0.5], Forgetting(0.1, 1.0, (np.nan,)), "finite decimal years"),
    ],
)
def test_what_makes_no_sense_is_refused(prior, forgetting, message):
    with pytest.raises(DomainError, match=message):
        update_beliefs(signals_of([2014.0], [[0.0, 1.0]]), np.array(prior), forgetting)


def test_bad_signals_are_refused():
    prior = np.array([0.5, 0.5])
    with pytest.raises(DomainError, match="finite"):
        update_beliefs(signals_of([2014.0], [[0.0, np.inf]]), prior, Forgetting(0.0))
    with pytest.raises(DomainError, match="as many times and groups"):
        update_beliefs(signals_of([2014.0, 2015.0], [[0.0, 1.0]]), prior, Forgetting(0.0))
    with pytest.raises(DomainError, match="use belief_paths"):
        update_beliefs(signals_of([2014.0], np.zeros((2, 1, 2))), prior, Forgetting(0.0))
    with pytest.raises(DomainError, match="dependence must lie in 0 to 1"):
        update_beliefs(signals_of([2014.0], [[0.0, 1.0]]), prior, Forgetting(0.0), 1.5)
