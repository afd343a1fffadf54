"""Events: rates that cover as stated, and change points equal to brute force over all divisions."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from kedge.core.errors import DomainError
from kedge.data.baseline import load_table
from kedge.data.readers.events import dated
from kedge.order.changes import ChangeSettings, find_changes
from kedge.order.events import event_rate, study_events

DAY = dt.date


@given(st.integers(0, 200), st.integers(1, 20_000), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
def test_a_rates_interval_contains_its_mean(events: int, days: int, level: float) -> None:
    found = event_rate(events, DAY(1960, 1, 1), DAY(1960, 1, 1) + dt.timedelta(days=days), level=level)
    assert found.low < found.high
    if events or level >= 0.8:
        assert found.low <= found.rate <= found.high
    assert found.rate == pytest.approx((events + 0.5) / found.years)


def test_the_interval_is_that_of_the_gamma_posterior() -> None:
    found = event_rate(10, DAY(2019, 1, 1), DAY(2025, 12, 31))
    posterior = gamma(10.5, scale=1 / found.years)
    assert (found.low, found.high) == pytest.approx(tuple(posterior.ppf([0.05, 0.95])))


@pytest.mark.parametrize("rate", [0.5, 1.5, 4.0])
def test_the_interval_covers_as_often_as_it_states(rate: float) -> None:
    rng = np.random.default_rng(11)
    years = 2557 / 365.2425
    span = DAY(2019, 1, 1), DAY(2025, 12, 31)
    hits = [
        found.low <= rate <= found.high
        for found in (event_rate(int(n), *span) for n in rng.poisson(rate * years, 1500))
    ]
    assert 0.86 <= np.mean(hits) <= 0.94


def brute_force(counts, years, settings):
    """Sum over every division, one by one."""
    counts, years = np.array(counts, float), np.array(years)
    cells = counts.size
    shape = settings.shape
    scale = shape / (settings.mean or counts.sum() / years.sum())
    total, number, at, rate = 0.0, np.zeros(settings.most + 1), np.zeros(cells), np.zeros(cells)
    for changes in range(settings.most + 1):
        divisions = list(itertools.combinations(range(1, cells), changes))
        for starts in divisions:
            bounds = [0, *starts, cells]
            weight = settings.another**changes / len(divisions)
            means = np.zeros(cells)
            for first, last in itertools.pairwise(bounds):
                n, t = counts[first:last].sum(), years[first:last].sum()
                weight *= (
                    math.gamma(shape + n) / math.gamma(shape) * scale**shape / (scale + t) ** (shape + n)
                )
                means[first:last] = (shape + n) / (scale + t)
            total += weight
            number[changes] += weight
            at[list(starts)] += weight
            rate += weight * means
    return number / total, at / total, rate / total


@pytest.mark.parametrize("counts", [[0, 1, 0, 4, 3, 5, 0], [2, 2, 2, 2, 2, 2, 2], [0, 0, 0, 9, 0, 0, 0]])
def test_change_points_equal_a_sum_over_all_divisions(counts: list[int]) -> None:
    years = [0.5, 0.5, 1.0, 0.5, 0.25, 0.5, 0.5]
    settings = ChangeSettings(most=3, another=0.4, shape=1.5)
    number, at, rate = brute_force(counts, years, settings)
    found = find_changes(counts, years, settings)
    assert found.number == pytest.approx(number, rel=1e-9)
    assert found.at == pytest.approx(at, abs=1e-9)
    assert found.rate == pytest.approx(rate, rel=1e-6)
    assert (found.low <= found.rate).all()
    assert (found.rate <= found.high).all()


def test_without_changes_the_band_is_the_gamma_interval() -> None:
    found = find_changes([3, 1, 2, 4], [1.0] * 4, ChangeSettings(most=0, shape=2.0, mean=2.5))
    posterior = gamma(12.0, scale=1 / (4.0 + 2.0 / 2.5))
    assert found.number.tolist() == [1.0]
    assert found.low == pytest.approx([posterior.ppf(0.05)] * 4, rel=2e-3)
    assert found.high == pytest.approx([posterior.ppf(0.95)] * 4, rel=2e-3)


def test_a_change_that_was_put_in_is_found() -> None:
    rng = np.random.default_rng(5)
    counts = [*rng.poisson(0.3, 60), *rng.poisson(1.6, 60)]
    found = find_changes(counts, [1 / 12] * 120)
    assert found.number[0] < 0.01
    assert found.number[1] == found.number.max()
    assert abs(found.best[0] - 60) <= 4
    assert found.at[56:65].sum() > 0.8
    assert found.low[20] < 3.6 < found.high[20]
    assert found.low[100] < 19.2 < found.high[100]


def test_a_steady_rate_shows_no_change_more_often_than_not() -> None:
    rng = np.random.default_rng(8)
    shares = [find_changes(rng.poisson(0.5, 60), [1 / 12] * 60).number[0] for _ in range(30)]
    assert np.median(shares) > 0.5


@given(st.lists(st.integers(0, 6), min_size=4, max_size=25), st.integers(0, 4))
def test_probabilities_of_changes_add_up(counts: list[int], most: int) -> None:
    found = find_changes(counts, [0.25] * len(counts), ChangeSettings(most=most))
    assert found.number.sum() == pytest.approx(1.0)
    expected = (found.number * np.arange(found.number.size)).sum()
    assert found.at.sum() == pytest.approx(expected, abs=1e-6)
    assert len(found.best) == int(np.argmax(found.number))


def test_the_order_of_dates_does_not_matter_and_repeats_are_shown() -> None:
    dates = [DAY(2020, 5, 1), DAY(2019, 3, 2), DAY(2020, 5, 1), DAY(2021, 1, 9)]
    found, again = study_events(dates), study_events(dates[::-1])
    assert found.overall == again.overall
    assert found.course.equals(again.course)
    assert found.duplicates == {DAY(2020, 5, 1): 2}
    assert (found.overall.events, found.left_out) == (4, {"repeats": 0, "outside the span": 0})
    once = study_events(dates, once=True)
    assert (once.overall.events, once.left_out["repeats"]) == (3, 1)
    assert once.duplicates == found.duplicates


def test_events_outside_the_span_are_counted_as_such() -> None:
    dates = [DAY(2018, 1, 1), DAY(2019, 1, 1), DAY(2019, 12, 31), DAY(2020, 1, 1)]
    found = study_events(dates, (DAY(2019, 1, 1), DAY(2019, 12, 31)))
    assert found.overall.events == 2
    assert found.left_out["outside the span"] == 2
    assert found.course["events"].sum() == 2
    assert sum(period.events for period in found.periods) == 2


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(DomainError, match="there is no event"):
        study_events([])
    with pytest.raises(DomainError, match="should not end before it starts: 2020-01-01 to 2019-01-01"):
        study_events([DAY(2020, 1, 1)], (DAY(2020, 1, 1), DAY(2019, 1, 1)))
    with pytest.raises(DomainError, match=r"found 3, 1\.5"):
        event_rate(3, DAY(2020, 1, 1), DAY(2021, 1, 1), level=1.5)
    with pytest.raises(DomainError, match="counts should not be negative"):
        find_changes([1, -1], [1.0, 1.0])
    with pytest.raises(DomainError, match="a count and a length: 2 and 1"):
        find_changes([1, 1], [1.0])
    with pytest.raises(DomainError, match="between 1 and 2 cells"):
        find_changes([1, 1], [1.0, 1.0], ChangeSettings(shortest=3))


def test_the_bomber_patrols_come_about_one_and_a_half_a_year() -> None:
    table = load_table("events").filter(pl.col("series") == "China-Russia bomber patrols")
    dates = dated(table.drop("source"), "date_start", "events.csv")["date"].to_list()
    found = study_events(dates, (DAY(2019, 1, 1), DAY(2025, 12, 31)))
    assert found.overall.events == 10
    assert 1.3 < found.overall.rate < 1.6
    assert found.overall.low > 0.7
    # Ten events are too few to speak of a change.
    assert found.changes.number[0] > 0.5
