"""The tuned trigger is the known one of investment under uncertainty, and signposts tell what they can."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.errors import DomainError
from kedge.strategy import (
    Action,
    AdaptivePlan,
    Condition,
    Resampling,
    SignpostSettings,
    Staged,
    Target,
    Timeline,
    Trial,
    Trigger,
    TuneSettings,
    random_halves,
    run_pathway,
    score_signposts,
    switch_to,
    tune_triggers,
)
from kedge.strategy.signposts import choose_level, rate_of
from kedge.strategy.tune import criterion_of

# McDonald & Siegel (1986): V follows a geometric Brownian motion; I may be paid for it at any time.
DRIFT, SPREAD, RATE, PRICE, SPAN = 0.01, 0.2, 0.06, 1.0, 80
INVEST = Timeline(tuple(range(2000, 2000 + SPAN)), ("worth",), ("profit",))


def worth_paths(count, seed):
    """Antithetic yearly paths of V from 1."""
    shocks = np.random.default_rng(seed).normal(size=(count // 2, SPAN - 1))
    steps = (DRIFT - SPREAD**2 / 2) + SPREAD * np.concatenate([shocks, -shocks])
    return np.exp(np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1))


def project(paths, path_of, futures):
    """One lever: invested or not.  Investing earns V of the year before the lever moves."""
    invested = paths[path_of][:, :, 0] > 0
    discount = np.exp(-RATE * np.arange(SPAN))
    first = np.where(invested.any(axis=1), invested.argmax(axis=1), 0)
    rows = np.arange(len(futures))
    earned = np.where(first > 0, discount[first - 1] * futures[rows, first - 1], 0.0)
    return Staged(earned[:, None], futures[:, None])


def investing(level):
    start, done = np.zeros((SPAN, 1)), np.ones((SPAN, 1))

    def cost(year, futures):
        return np.full((len(futures), 1), -PRICE * np.exp(-RATE * year))

    trigger = Trigger((Condition("worth", "above", level),))
    return AdaptivePlan("invest", start, (Action("pay", switch_to(done), trigger, cost=cost),))


def discrete_option():
    """Value at V = 1 and trigger of the same problem with yearly decisions, by value iteration on a grid."""
    x = np.linspace(-4, 4, 1601)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    after = x[:, None] + (DRIFT - SPREAD**2 / 2) + SPREAD * nodes
    payoff, value = np.exp(x) - PRICE, np.zeros_like(x)
    for _ in range(SPAN - 1):
        waiting = np.exp(-RATE) * np.interp(after, x, value) @ (weights / weights.sum())
        value = np.maximum(waiting, payoff)
    trigger = np.exp(x[np.flatnonzero(payoff >= waiting)[0]])
    return float(np.interp(0.0, x, value)), float(trigger)


def closed_form():
    half = 0.5 - DRIFT / SPREAD**2
    beta = half + np.sqrt(half**2 + 2 * RATE / SPREAD**2)
    trigger = beta / (beta - 1) * PRICE
    return (trigger - PRICE) * trigger**-beta, trigger


def test_the_discrete_problem_lies_near_the_closed_form():
    """Looking once a year shifts a barrier by exp(-0.5826 sd): Broadie, Glasserman & Kou (1997)."""
    (value, trigger), (exact_value, exact) = discrete_option(), closed_form()
    assert exact == pytest.approx(2.0)
    assert trigger == pytest.approx(exact * np.exp(-0.5826 * SPREAD), rel=0.01)
    assert value == pytest.approx(exact_value, rel=0.04)


def test_the_tuned_trigger_of_an_investment_is_the_known_one():
    futures = worth_paths(20_000, 1)
    levels = np.arange(1.0, 3.01, 0.1)
    static = np.stack([np.zeros(len(futures)), np.full(len(futures), 1.0 - PRICE)])
    trial = Trial(
        lambda chosen: investing(chosen["level"]),
        project, futures, INVEST, lambda run: run.values[:, 0], static,
    )  # fmt: skip
    found = tune_triggers(trial, {"level": levels}, TuneSettings(seed=3, resampling=Resampling(50)))
    value, trigger = discrete_option()
    assert found.levels["level"] == pytest.approx(trigger, abs=0.25)
    assert found.held_out.low[-1] <= value <= found.held_out.high[-1] + 0.01
    assert found.gain.low.min() > 0.15
    assert found.held_out.estimate[-1] == pytest.approx(value, rel=0.05)
    # Too low a level gives the option away.
    assert found.training[0] < 0.6 * found.training.max()


def test_tuning_looks_at_the_training_half_alone():
    futures = worth_paths(400, 2)
    other = futures.copy()
    trial = [
        Trial(
            lambda chosen: investing(chosen["level"]),
            project, each, INVEST, lambda run: run.values[:, 0], np.zeros((1, 400)),
        )
        for each in (futures, other)
    ]  # fmt: skip
    _, held_out = random_halves(400, 0)
    other[held_out] *= 0.5
    quick = TuneSettings(resampling=Resampling(10))
    one, two = (tune_triggers(each, {"level": [1.2, 1.6, 2.0]}, quick) for each in trial)
    assert np.array_equal(one.training, two.training)
    assert one.levels == two.levels
    assert one.held_out.estimate[-1] != two.held_out.estimate[-1]


def test_criteria_give_more_for_better():
    value = np.array([[0.0, 4.0, 2.0], [1.0, 1.0, 1.0]])
    found = {
        name: criterion_of(value, TuneSettings(name)).tolist()
        for name in ("mean", "maximin", "mean_regret", "minimax_regret")
    }
    assert found == {
        "mean": [2.0, 1.0],
        "maximin": [0.0, 1.0],
        "mean_regret": pytest.approx([-1 / 3, -4 / 3]),
        "minimax_regret": [-1.0, -3.0],
    }


YEARS = tuple(range(2025, 2035))
SEEN = Timeline(YEARS, ("leading", "idle", "noisy"), ("value",))
RNG = np.random.default_rng(8)
STATE = RNG.normal(size=2000)
EVENT = RNG.normal(0.5 * 0, 0.5, 2000) + STATE > 1.0
SIGNPOSTS = np.stack(
    [
        STATE[:, None] + np.zeros((2000, 10)),
        RNG.normal(size=(2000, 10)),
        STATE[:, None] + RNG.normal(0, 2.0, (2000, 10)),
    ],
    axis=1,
)


def test_the_telling_signpost_comes_first_and_the_idle_one_tells_nothing():
    report = score_signposts(SIGNPOSTS, Target(EVENT), SEEN)
    best = report.scores[0]
    assert best.signpost == "leading"
    assert best.side == "above"
    assert best.auc.low > 0.9
    assert 0.5 < best.level < 1.3
    assert best.hits.low > 0.7
    assert best.false_alarms.high < 0.25
    idle = [s for s in report.scores if s.signpost == "idle" and s.year is not None and s.window == 1]
    covered = np.mean([s.auc.low <= 0.5 <= s.auc.high for s in idle])
    assert covered > 0.8
    assert report.rank_agreement > 0.8
    assert report.tried == len(report.scores)


def test_levels_are_chosen_on_the_training_half_alone():
    _, held_out = random_halves(2000, 0)
    changed, event = SIGNPOSTS.copy(), EVENT.copy()
    changed[held_out] *= -1.0
    event[held_out[:200]] ^= True
    settings = SignpostSettings(windows=(1,), watch=False)
    one, two = (score_signposts(*each, SEEN, settings).scores for each in (
        (SIGNPOSTS, Target(EVENT)), (changed, Target(event)),
    ))  # fmt: skip
    assert [(s.signpost, s.year, s.side, s.level) for s in one] == [
        (s.signpost, s.year, s.side, s.level) for s in two
    ]
    assert one[0].auc_training == two[0].auc_training
    assert one[0].auc.value > 0.9 > 0.5 > two[0].auc.value


def test_a_mean_over_years_beats_one_noisy_reading():
    report = score_signposts(SIGNPOSTS, Target(EVENT), SEEN, SignpostSettings(windows=(1, 5)))
    noisy = [s for s in report.scores if s.signpost == "noisy" and s.year == 2033 and s.side == "above"]
    single, mean = sorted(noisy, key=lambda score: score.window)
    assert mean.auc.low > single.auc.high


def test_the_choice_on_noise_alone_shows_its_optimism():
    noise = RNG.normal(size=(300, 3, 10))
    report = score_signposts(noise, Target(RNG.random(300) < 0.3), SEEN)
    assert report.scores[0].auc_training > 0.55
    assert report.scores[0].optimism > 0.03
    assert abs(report.rank_agreement) < 0.5


def test_lead_times_count_from_the_first_alarm_to_the_event():
    count = 400
    year = RNG.integers(2028, 2034, count)
    event = np.arange(count) % 2 == 0
    signal = np.zeros((count, 1, 10))
    for f in np.flatnonzero(event):
        signal[f, 0, year[f] - 2 - 2025 :] = 1.0
    timeline = Timeline(YEARS, ("signal",), ("value",))
    settings = SignpostSettings(windows=(1,))
    report = score_signposts(signal, Target(event, year), timeline, settings)
    watched = next(s for s in report.scores if s.year is None and s.side == "above")
    assert watched.lead == (2.0, 2.0, 2.0)
    assert watched.hits.value == 1.0
    assert watched.false_alarms.value == 0.0
    assert watched.auc.value == 1.0


def test_acting_on_a_sure_signpost_is_worth_as_much_as_knowing():
    gain = STATE - 1.0
    settings = SignpostSettings(rule="value", windows=(1,), watch=False)
    worth = score_signposts(SIGNPOSTS, Target(gain > 0, gain=gain), SEEN, settings).scores[0].worth
    assert worth.on_alarm == pytest.approx(worth.perfect, rel=0.02)
    assert worth.always < 0 < worth.on_alarm
    assert worth.perfect - worth.missed - worth.false_alarms == pytest.approx(worth.on_alarm)


def test_costly_misses_lower_the_level_and_costly_alarms_raise_it():
    levels = [
        choose_level(
            SIGNPOSTS[:, 2, 0],
            EVENT,
            np.ones(2000),
            SignpostSettings("cost", miss_cost=m, false_alarm_cost=1.0),
        )[0]
        for m in (0.5, 2.0, 8.0, 1e6)
    ]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] < SIGNPOSTS[EVENT, 2, 0].min()


def test_wilson_intervals_are_the_published_ones():
    # Newcombe (1998), table I: 81 of 263 and 0 of 20.
    assert (
        rate_of([True] * 81 + [False] * 182).low,
        rate_of([True] * 81 + [False] * 182).high,
    ) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rate_of([False] * 20).high == pytest.approx(0.1611, abs=5e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: score_signposts(SIGNPOSTS, Target(np.ones(2000, dtype=bool)), SEEN),
            "nothing to tell apart",
        ),
        (lambda: score_signposts(SIGNPOSTS[:, :2], Target(EVENT), SEEN), "signposts must be finite"),
        (
            lambda: score_signposts(SIGNPOSTS, Target(EVENT), SEEN, SignpostSettings(last=2050)),
            "last reading",
        ),
        (
            lambda: score_signposts(
                SIGNPOSTS, Target(EVENT), SEEN, SignpostSettings(windows=(9,), last=2026)
            ),
            "no reading is left",
        ),
        (lambda: SignpostSettings(rule="luck"), "youden, cost or value"),
        (lambda: SignpostSettings(miss_cost=-1.0), "zero or more"),
        (lambda: SignpostSettings(windows=()), "one year or more"),
        (lambda: Target(EVENT, gain=np.ones(3)), "one finite number"),
        (lambda: TuneSettings("luck"), "criterion must be one of"),
        (lambda: TuneSettings(percentile=2.0), "share from 0 to 1"),
        (lambda: score_signposts(SIGNPOSTS[:9], Target(EVENT[:9]), SEEN), "20 futures or more"),
    ],
)
def test_what_cannot_be_scored_is_refused(call, message):
    with pytest.raises(DomainError, match=message):
        call()


@pytest.mark.parametrize(
    ("grid", "static", "message"),
    [
        ({}, np.zeros((1, 40)), "at least one level"),
        ({"level": []}, np.zeros((1, 40)), "at least one level"),
        ({"level": np.arange(50.0), "other": np.arange(50.0)}, np.zeros((1, 40)), "thin it out"),
        ({"level": [1.0]}, np.zeros((1, 3)), "static values must be"),
    ],
)
def test_grids_that_cannot_be_tried_are_refused(grid, static, message):
    trial = Trial(
        lambda chosen: investing(chosen["level"]),
        project, worth_paths(40, 1), INVEST, lambda run: run.values[:, 0], static,
    )  # fmt: skip
    with pytest.raises(DomainError, match=message):
        tune_triggers(trial, grid)


def test_waiting_for_ever_is_worth_nothing():
    run = run_pathway(investing(1e9), project, worth_paths(40, 1), INVEST)
    assert not run.values.any()
