"""A known flip is found where it is, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from kedge.core.errors import DomainError
from kedge.strategy import FlipSettings, Resampling, Uncertainty, choice, draw_futures, flip_boundary
from kedge.strategy.binning import auc_of, bin_column, explained_share
from kedge.strategy.logistic import fit_score

RANGES = (
    Uncertainty("idle", -1, 1),
    Uncertainty("chief", 0, 10),
    Uncertainty("minor", 1, 100, "log_uniform"),
    choice("regime", ("a", "b", "c")),
)
FUTURES = draw_futures(RANGES, 4000, 5)
QUICK = FlipSettings(resampling=Resampling(60, 1))


def test_a_known_threshold_is_recovered():
    report = flip_boundary(FUTURES[:, 1] - 3.7, FUTURES, RANGES, QUICK)
    first = report.separations[0]
    assert first.uncertainty == "chief"
    assert first.threshold is not None
    assert first.threshold.value == pytest.approx(3.7, abs=0.1)
    assert first.threshold.low <= 3.75
    assert first.threshold.high >= 3.65
    assert first.threshold.better == "above"
    assert first.auc.value == 1.0
    assert first.explained > 0.85
    assert report.share.estimate.item() == pytest.approx(0.63, abs=0.001)
    assert all(other.threshold is None for other in report.separations[1:])
    assert all(abs(other.explained) < 0.01 for other in report.separations[1:])


def test_swapping_the_plans_mirrors_the_report():
    difference = np.sin(7 * FUTURES[:, 0]) + FUTURES[:, 1] - 4
    one, other = (flip_boundary(sign * difference, FUTURES, RANGES, QUICK) for sign in (1, -1))
    for a, b in zip(one.separations, other.separations, strict=True):
        assert a.uncertainty == b.uncertainty
        assert a.auc.value == pytest.approx(1 - b.auc.value)
        assert a.shares == pytest.approx(1 - b.shares)
    assert other.separations[0].threshold.better == "below"
    assert one.separations[0].threshold.value == pytest.approx(other.separations[0].threshold.value, abs=0.2)


def test_no_crossing_is_reported_when_one_plan_mostly_wins_everywhere():
    rng = np.random.default_rng(2)
    wins = rng.random(4000) < 0.7 + 0.02 * FUTURES[:, 1]
    report = flip_boundary(np.where(wins, 1.0, -1.0), FUTURES, RANGES, QUICK)
    assert report.separations[0].uncertainty == "chief"
    assert report.separations[0].auc.low > 0.5
    assert all(separation.threshold is None for separation in report.separations)


def test_a_crossing_that_noise_alone_would_make_is_not_reported():
    reported = 0
    for seed in range(10):
        wins = np.random.default_rng(seed).random(4000) < 0.5 + 0.03 * FUTURES[:, 1]
        report = flip_boundary(np.where(wins, 1.0, -1.0), FUTURES, RANGES, QUICK)
        reported += any(separation.threshold is not None for separation in report.separations)
    assert reported <= 2


def test_a_smooth_flip_is_covered_by_its_interval():
    truth, covered = 6.0, 0
    for seed in range(20):
        futures = draw_futures(RANGES, 3000, seed)
        wins = np.random.default_rng(seed).random(3000) < expit(1.5 * (futures[:, 1] - truth))
        threshold = flip_boundary(np.where(wins, 1.0, -1.0), futures, RANGES, QUICK).separations[0].threshold
        covered += threshold.low <= truth <= threshold.high
    assert covered >= 16


def test_a_category_separates_without_a_threshold():
    report = flip_boundary(np.where(FUTURES[:, 3] == 2, 1.0, -1.0), FUTURES, RANGES, QUICK)
    first = report.separations[0]
    assert first.uncertainty == "regime"
    assert first.threshold is None
    assert first.shares.tolist() == [0, 0, 1]
    assert report.score is not None
    assert report.score.names[-2:] == ("regime=b", "regime=c")


def test_an_uncertainty_that_matters_at_both_ends_is_seen_though_its_curve_area_is_one_half():
    report = flip_boundary(np.abs(FUTURES[:, 0]) - 0.5, FUTURES, RANGES, QUICK)
    assert report.separations[0].uncertainty == "idle"
    assert report.separations[0].auc.value == pytest.approx(0.5, abs=0.01)
    assert report.separations[0].explained == pytest.approx(0.8, abs=0.01)


def test_the_grid_counts_every_decided_future_once():
    difference = FUTURES[:, 1] + np.log(FUTURES[:, 2]) - 7
    report = flip_boundary(difference, FUTURES, RANGES, QUICK)
    assert (report.grid.first, report.grid.second) == ("chief", "minor")
    assert report.grid.counts.sum() == 4000
    assert report.grid.shares.shape == (10, 10)
    assert report.grid.shares[0, 0] == 0
    assert report.grid.shares[-1, -1] == 1
    assert np.nansum(report.grid.shares * report.grid.counts) == pytest.approx((difference > 0).sum())


def test_the_score_is_judged_on_futures_it_has_not_seen():
    noise = np.random.default_rng(1).random(4000) < 0.5
    blind = fit_score(FUTURES, noise, RANGES, seed=0)
    assert blind.auc.low < 0.5 < blind.auc.high
    wins = np.random.default_rng(4).random(4000) < expit(0.8 * (FUTURES[:, 1] - 5))
    seeing = fit_score(FUTURES, wins, RANGES, seed=0)
    assert seeing.auc.low > 0.8
    assert seeing.names[1] == "chief"
    # 0.8 a unit, times the standard deviation of a flat range of ten.
    assert seeing.coefficients[1] == pytest.approx(0.8 * 10 / np.sqrt(12), rel=0.12)
    assert seeing.fitted_on + seeing.judged_on == 4000


@pytest.mark.parametrize("constant", [1.0, -1.0])
def test_a_plan_that_always_wins_gives_a_report_without_a_flip(constant):
    report = flip_boundary(np.full(100, constant), FUTURES[:100], RANGES, QUICK)
    assert report.share.estimate.item() == (constant > 0)
    assert report.score is None
    assert all(separation.threshold is None for separation in report.separations)
    assert all(separation.explained == 0 for separation in report.separations)


def test_plans_that_are_always_equal_give_an_empty_report():
    report = flip_boundary(np.zeros(100), FUTURES[:100], RANGES, QUICK)
    assert (report.ties, report.separations, report.grid, report.score) == (1.0, (), None, None)


def test_one_future_and_one_uncertainty_give_a_report():
    report = flip_boundary(np.array([1.0]), np.array([[0.5]]), RANGES[:1], QUICK)
    assert report.grid is None
    assert report.separations[0].shares.tolist() == [1.0]


def test_a_fixed_uncertainty_explains_nothing():
    ranges = (Uncertainty("fixed", 2, 2), Uncertainty("chief", 0, 10))
    futures = draw_futures(ranges, 500, 1)
    report = flip_boundary(futures[:, 1] - 5, futures, ranges, QUICK)
    assert [separation.uncertainty for separation in report.separations] == ["chief", "fixed"]
    assert report.separations[1].explained == 0
    assert report.separations[1].counts.tolist() == [500]


def test_malformed_input_is_refused():
    with pytest.raises(DomainError, match="one finite number a future"):
        flip_boundary(np.array([np.nan]), FUTURES[:1], RANGES)
    with pytest.raises(DomainError, match=r"of shape \(3, 4\), got \(4000, 4\)"):
        flip_boundary(np.ones(3), FUTURES, RANGES)
    with pytest.raises(DomainError, match="not finite"):
        flip_boundary(np.ones(1), np.full((1, 4), np.inf), RANGES)
    with pytest.raises(DomainError, match="two or more"):
        FlipSettings(bins=1)


def test_bins_hold_equal_counts_and_keep_ties_together():
    bins = bin_column(np.repeat([1.0, 2.0, 3.0], [50, 1, 49]), Uncertainty("x", 1, 3), 4)
    assert bins.counts.sum() == 100
    assert len(bins.counts) <= 3
    for low, high, centre in zip(bins.lower, bins.upper, bins.centre, strict=True):
        assert low <= centre <= high
    even = bin_column(
        np.random.default_rng(0).permutation(1000.0 + np.arange(1000)), Uncertainty("x", 0, 9999), 10
    )
    assert even.counts.tolist() == [100] * 10


def test_the_curve_area_equals_the_share_of_pairs_in_order():
    rng = np.random.default_rng(8)
    score, holds = rng.integers(0, 9, 80).astype(float), rng.random(80) < 0.4
    pairs = score[holds][:, None] - score[~holds][None]
    assert auc_of(score, holds).value == pytest.approx((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def test_chance_explains_nothing_on_average():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(200):
        bins = bin_column(rng.random(200), Uncertainty("x", 0, 1), 10)
        found.append(explained_share(bins.index, bins.counts, rng.random(200)))
    assert abs(np.mean(found)) < 0.005
