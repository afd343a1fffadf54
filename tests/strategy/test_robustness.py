"""Robustness: known answers by hand, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.strategy import (
    METRICS,
    Measure,
    Resampling,
    RobustnessSettings,
    Uncertainty,
    best_plan,
    best_shares,
    choice,
    dominance,
    leading_plans,
    mean_interval,
    quantile_interval,
    regret,
    regret_by_measure,
    regret_to_reference,
    satisficing_radius,
    satisfied,
    score_plans,
    statistic_interval,
    value_of,
)
from kedge.strategy.summary import resample_counts, sort_rows, summarise

INCOME = Measure("income", "Income", "%", "maximise")
COST = Measure("cost", "Cost", "%", "minimise")
NAMES = [metric.name for metric in METRICS]
FEW = Resampling(resamples=20, seed=3)

# Whole and quarter numbers: sums are exact, so a law need not argue about rounding.
quarters = st.integers(-400, 400).map(lambda whole: whole / 4)
tables = st.tuples(st.integers(1, 4), st.integers(1, 30)).flatmap(
    lambda shape: arrays(float, shape, elements=quarters)
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_regret_is_never_negative_and_zero_for_some_plan_in_every_future(value):
    found = regret(value)
    assert (found >= 0).all()
    assert (found.min(axis=0) == 0).all()


@settings(max_examples=20, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_reordering_plans_permutes_every_result(value, random):
    order = list(range(len(value)))
    random.shuffle(order)
    plain, mixed = score_plans(value, resampling=FEW), score_plans(value[order], resampling=FEW)
    for name in ("scores", "low", "high", "chosen", "chosen_share"):
        assert np.array_equal(getattr(plain, name)[:, order], getattr(mixed, name))
    assert np.allclose(plain.flips, mixed.flips, atol=1e-12)
    assert np.array_equal(dominance(value)[np.ix_(order, order)], dominance(value[order]))
    assert np.array_equal(best_shares(value, FEW).low[order], best_shares(value[order], FEW).low)


@settings(max_examples=20, deadline=None)
@given(tables)
def test_equal_plans_score_equally(value):
    table = score_plans(np.concatenate([value, value[:1]]), resampling=FEW)
    assert np.array_equal(table.scores[:, 0], table.scores[:, -1])
    assert np.array_equal(table.low[:, 0], table.low[:, -1])
    assert np.array_equal(table.chosen[:, 0], table.chosen[:, -1])
    assert np.array_equal(table.chosen_share[:, 0], table.chosen_share[:, -1])


@settings(max_examples=20, deadline=None)
@given(tables, st.sampled_from([0.25, 2.0, 1024.0]))
def test_a_change_of_unit_scales_scores_and_moves_no_choice(value, factor):
    plain = score_plans(value, RobustnessSettings(threshold=1.0), FEW)
    scaled = score_plans(factor * value, RobustnessSettings(threshold=factor), FEW)
    for row, metric in enumerate(METRICS):
        if metric.name == "mean_variance":
            continue
        change = factor if metric.unit == "value" else 1.0
        assert np.array_equal(scaled.scores[row], change * plain.scores[row])
        assert np.array_equal(scaled.chosen[row], plain.chosen[row])


def test_the_published_mean_variance_ratio_depends_on_the_unit():
    value = np.array([[0.0, 10.0], [4.0, 5.0]])
    row = NAMES.index("mean_variance")
    assert score_plans(value).scores[row] == pytest.approx([6 / 6, 5.5 / 1.5])


def test_every_metric_gives_the_answer_worked_out_by_hand():
    steady, bold = [1.0, 2.0, 3.0, 4.0, 5.0], [-5.0, 0.0, 3.0, 9.0, 13.0]
    table = score_plans(
        np.array([steady, bold]),
        RobustnessSettings(threshold=2.0, pessimism=0.75, percentile=0.75, caution=0.5),
        FEW,
    )
    # Regret of steady: 0 0 0 5 8; of bold: 6 2 0 0 0.  Deciles of steady: 1.4 and 4.6, of bold: -3 and 11.4.
    sd_steady, sd_bold = np.sqrt(2.0), np.sqrt((81 + 16 + 1 + 25 + 81) / 5)
    by_hand = {
        "maximin": (1, -5),
        "maximax": (5, 13),
        "optimism_pessimism": (0.75 * 1 + 0.25 * 5, 0.75 * -5 + 0.25 * 13),
        "mean": (3, 4),
        "minimax_regret": (8, 6),
        "percentile_regret": (5, 2),
        "mean_regret": (13 / 5, 8 / 5),
        "satisficing": (4 / 5, 3 / 5),
        "mean_less_deviation": (3 - sd_steady / 2, 4 - sd_bold / 2),
        "mean_variance": (4 / (sd_steady + 1), 5 / (sd_bold + 1)),
        "undesirable_deviations": ((2 + 1) / 2, (8 + 3) / 2),
        "skew": (0.0, ((11.4 - 3.0) / 2 - 3.0) / 7.2),
        "kurtosis": (3.2 / 2, 14.4 / 9),
    }
    assert set(by_hand) == set(NAMES)
    for name, expected in by_hand.items():
        assert table.score_of(name) == pytest.approx(expected), name
    chosen = {name: tuple(np.flatnonzero(table.chosen[row])) for row, name in enumerate(NAMES)}
    assert chosen["maximin"] == (0,)
    assert chosen["minimax_regret"] == (1,)
    assert chosen["undesirable_deviations"] == (0,)
    with pytest.raises(UnknownName, match="did you mean maximin"):
        table.score_of("maximim")


@settings(max_examples=30, deadline=None)
@given(tables)
def test_a_cost_and_the_same_gain_turned_round_lead_to_the_same_choices(value):
    gain = score_plans(-value, RobustnessSettings(threshold=-1.0), FEW)
    cost = score_plans(value, RobustnessSettings(threshold=1.0), FEW, direction="minimise")
    for row, metric in enumerate(METRICS):
        if metric.name == "mean_variance":
            continue
        assert np.array_equal(gain.scores[row], (-1.0 if metric.turns else 1.0) * cost.scores[row])
        assert np.array_equal(gain.chosen[row], cost.chosen[row])
        assert gain.flips[row] == cost.flips[row]


def test_the_worst_of_a_cost_is_the_largest_and_less_of_it_is_better():
    table = score_plans(np.array([[1.0, 5.0], [2.0, 3.0]]), direction="minimise")
    by_hand = {
        "maximin": (5, 3),
        "maximax": (1, 2),
        "mean": (3, 2.5),
        "mean_less_deviation": (5, 3),
        "mean_variance": (4 * 3, 3.5 * 1.5),
        "minimax_regret": (2, 1),
    }
    for name, expected in by_hand.items():
        assert table.score_of(name) == pytest.approx(expected), name
    best = {name: int(np.flatnonzero(table.chosen[row])[0]) for row, name in enumerate(NAMES)}
    assert (best["maximin"], best["maximax"], best["mean_variance"], best["minimax_regret"]) == (1, 0, 1, 1)


def test_satisficing_may_hang_on_more_than_the_value():
    held = np.array([[True, False], [True, True]])
    table = score_plans(np.array([[1.0, 5.0], [2.0, 3.0]]), held=held)
    assert table.score_of("satisficing").tolist() == [0.5, 1.0]
    with pytest.raises(DomainError, match="shape of value"):
        score_plans(np.ones((2, 3)), held=held)


def test_one_plan_one_future_and_a_constant_value_have_plain_scores():
    table = score_plans(np.array([[2.0]]), resampling=FEW)
    expected = {"satisficing": 1, "mean_variance": 3, "skew": 0, "kurtosis": 1}
    for row, name in enumerate(NAMES):
        zero = "regret" in name or name == "undesirable_deviations"
        assert table.scores[row, 0] == expected.get(name, 0 if zero else 2)
    assert table.chosen.all()
    assert (table.flips == 0).all()


@pytest.mark.parametrize("value", [np.empty((0, 3)), np.empty((2, 0)), np.array([[np.nan]]), np.ones(3)])
def test_a_value_that_is_no_finite_table_is_refused(value):
    with pytest.raises(DomainError, match="finite table"):
        score_plans(value)


def test_value_adds_up_measures_with_their_direction():
    values = np.array([[[3.0, 1.0], [2.0, 5.0]]])
    assert np.array_equal(value_of(values, [INCOME, COST], {"cost": 0.5, "income": 2.0}), [[5.5, 1.5]])


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"income": 1.0}, StudyError, "no weight for cost"),
        ({"income": 1.0, "costs": 1.0}, UnknownName, "did you mean cost"),
        ({"income": 1.0, "cost": -1.0}, StudyError, "already carries the sign"),
        ({"income": 0.0, "cost": 0.0}, StudyError, "all weights are zero"),
    ],
)
def test_malformed_weights_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        value_of(np.ones((1, 2, 2)), [INCOME, COST], weights)


def test_values_must_fit_the_measures():
    with pytest.raises(DomainError, match="with 1 measures"):
        value_of(np.ones((1, 2, 2)), [INCOME], {"income": 1.0})
    with pytest.raises(DomainError, match="at least one plan"):
        value_of(np.ones((1, 0, 1)), [INCOME], {"income": 1.0})


def test_regret_by_measure_is_worse_when_positive_whatever_the_direction():
    values = np.array([[[3.0, 1.0]], [[2.0, 5.0]]])
    assert np.array_equal(regret_by_measure(values, [INCOME, COST])[:, 0], [[0, 0], [1, 4]])
    assert np.array_equal(regret_by_measure(values, [INCOME, COST], reference=1)[:, 0], [[-1, -4], [0, 0]])
    with pytest.raises(DomainError, match="one of 2 plans, got 2"):
        regret_to_reference(values[:, :, 0], 2)


@settings(max_examples=20, deadline=None)
@given(tables)
def test_shares_of_wins_and_ties_add_up_to_one(value):
    wins = dominance(value)
    ties = (value[:, None] == value[None]).mean(axis=2)
    assert np.allclose(wins + wins.T + ties, 1)
    assert np.allclose(best_plan(value).sum(axis=0), 1)


def test_a_plan_satisfies_only_when_every_threshold_is_met():
    values = np.array([[[3.0, 1.0], [3.0, 2.0], [1.0, 1.0]]])
    held = satisfied(values, [INCOME, COST], {"income": 2.0, "cost": 1.0})
    assert held.tolist() == [[True, False, False]]
    with pytest.raises(StudyError, match="no threshold"):
        satisfied(values, [INCOME, COST], {})
    with pytest.raises(UnknownName, match="no measure is called 'x'"):
        satisfied(values, [INCOME, COST], {"x": 1.0})


def test_the_satisficing_radius_is_the_nearest_failure_in_ranges():
    ranges = (Uncertainty("a", 0, 10), choice("b", ("x", "y")))
    futures = np.array([[5.0, 0.0], [8.0, 0.0], [9.0, 0.0], [5.0, 1.0]])
    held = np.array([[True, False, False, True], [True] * 4, [True, True, True, False], [False] * 4])
    found = satisficing_radius(held, futures, np.array([5.0, 0.0]), ranges)
    assert found == pytest.approx([0.3, np.inf, 1.0, 0.0])


def test_leading_plans_are_those_best_most_often():
    value = np.array([[0.0, 0.0, 9.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert leading_plans(value) == (1, 0)
    with pytest.raises(DomainError, match="two plans or more"):
        leading_plans(value[:1])


@settings(max_examples=40, deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 25)), elements=quarters), st.integers(0, 99))
def test_summaries_equal_numpy_on_the_repeated_sample(rows, seed):
    counts = next(resample_counts(rows.shape[1], Resampling(5, seed)))
    levels = (0.0, 0.1, 0.5, 0.9, 1.0)
    found = summarise(sort_rows(rows), counts, levels)
    for resample, count in enumerate(counts):
        drawn = np.repeat(rows, count, axis=1)
        assert np.allclose(found.mean[resample], drawn.mean(axis=1))
        assert np.allclose(found.sd[resample], drawn.std(axis=1))
        assert np.array_equal(found.minimum[resample], drawn.min(axis=1))
        assert np.array_equal(found.maximum[resample], drawn.max(axis=1))
        assert np.allclose(found.quantiles[resample], np.quantile(drawn, levels, axis=1).T)
        for row, values in enumerate(drawn):
            short = np.median(values) - values[values < np.median(values)]
            assert found.below_median[resample, row] == pytest.approx(short.mean() if len(short) else 0.0)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(11)
    covered = np.zeros(3)
    for trial in range(60):
        rows = rng.standard_normal((1, 200))
        with_mean = mean_interval(rows, Resampling(100, trial))
        with_median = quantile_interval(rows, (0.5,), Resampling(100, trial))
        with_sd = statistic_interval(lambda drawn: drawn.std(axis=1), rows, Resampling(50, trial))
        for which, (found, truth) in enumerate([(with_mean, 0), (with_median, 0), (with_sd, 1)]):
            covered[which] += found.low.item() <= truth <= found.high.item()
    assert (covered >= 51).all()
    assert covered.sum() < 180


def test_a_mean_is_the_same_statistic_by_the_general_way():
    rows = np.random.default_rng(5).random((2, 50))
    plain, general = mean_interval(rows, FEW), statistic_interval(lambda drawn: drawn.mean(axis=1), rows, FEW)
    assert plain.low == pytest.approx(general.low)
    assert plain.high == pytest.approx(general.high)


def test_the_choice_flips_when_plans_are_close_and_not_when_they_are_far_apart():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, 500))
    row = NAMES.index("mean")
    close = score_plans(noise, resampling=Resampling(100, 1))
    far = score_plans(noise + np.array([[0.0], [3.0]]), resampling=Resampling(100, 1))
    assert 0.02 < close.flips[row] < 0.6
    assert far.flips[row] == 0
    assert np.allclose(close.chosen_share.sum(axis=1), 1)


@pytest.mark.parametrize("settings_", [{"resamples": 1}, {"level": 1.0}])
def test_malformed_resampling_is_refused(settings_):
    with pytest.raises(DomainError):
        Resampling(**settings_)


def test_malformed_intervals_and_judgements_are_refused():
    with pytest.raises(DomainError, match="rising order"):
        quantile_interval(np.ones((1, 4)), (0.9, 0.1))
    with pytest.raises(DomainError, match="not empty"):
        mean_interval(np.ones((1, 0)))
    with pytest.raises(DomainError, match="pessimism is a share"):
        RobustnessSettings(pessimism=2.0)
    with pytest.raises(DomainError, match="caution must be zero"):
        RobustnessSettings(caution=-1.0)
