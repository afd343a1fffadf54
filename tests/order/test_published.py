"""The published mode: truth recovered, sign and seed held, order of rows irrelevant, bad votes refused."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.order import (
    PublishedFit,
    RollCalls,
    SamplerPlan,
    bridge_texts,
    estimate_published,
    gather_published_votes,
)
from kedge.order.published_layout import lay_out
from kedge.order.published_probit import below, quantile, slopes
from kedge.order.published_sampler import effective_draws, split_r_hat

PAIRS = Path(__file__).parents[1] / "published/data/bailey_2017_matched_roll_calls.csv"
SHORT = SamplerPlan(chains=2, burn=100, sweeps=300, thin=3)
STATES, SESSIONS, CALLS = 40, 6, 30


def simulate(seed: int, first: int = 20) -> tuple[RollCalls, np.ndarray]:
    """Draw an assembly from the model; the first state is far on one side, the last on the other."""
    rng = np.random.default_rng(seed)
    truth = np.empty((STATES, SESSIONS))
    truth[:, 0] = np.linspace(2.0, -2.0, STATES)
    for session in range(1, SESSIONS):
        truth[:, session] = truth[:, session - 1] + 0.15 * rng.standard_normal(STATES)
    count = SESSIONS * CALLS
    session = np.repeat(np.arange(SESSIONS), CALLS)
    text = np.arange(count)
    # A third of the texts come back every session.
    again = np.arange(count) % CALLS < CALLS // 3
    text[again] = text[again] % CALLS
    slope = (1.5 * rng.standard_normal(count))[text]
    low = (0.7 * rng.standard_normal(count) + 0.3)[text]
    gap = rng.uniform(0.1, 0.8, count)[text]
    trait = slope * truth[:, session] + rng.standard_normal((STATES, count))
    votes = np.where(trait < low, 2, np.where(trait < low + gap, 1, 0)).astype(np.int8)
    votes[rng.random(votes.shape) < 0.08] = -1
    votes[3, session < 2] = -2
    votes[5, (session > 1) & (session < 4)] = -2
    names = ("USA", *(f"S{at:02d}" for at in range(1, STATES - 1)), "RUS")
    return (
        RollCalls(
            votes=votes,
            states=names,
            ids=tuple(map(str, range(count))),
            dates=np.datetime64("1965-10-01") + 365 * session,
            sessions=session + first,
            resolutions=("",) * count,
            titles=tuple(f"text {at}" for at in text),
            text=text,
        ),
        truth,
    )


def agreement(fit: PublishedFit, truth: np.ndarray) -> float:
    here = np.isfinite(fit.positions.mean)
    return float(np.corrcoef(fit.positions.mean[here], truth[here])[0, 1])


@pytest.fixture(scope="module")
def exact() -> PublishedFit:
    return estimate_published(simulate(1)[0], method="exact", plan=SHORT)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fast_method_recovers_the_truth_and_its_sign(seed: int) -> None:
    calls, truth = simulate(seed)
    fit = estimate_published(calls)
    assert agreement(fit, truth) > 0.97
    within = [np.corrcoef(a, b)[0, 1] for a, b in zip(fit.positions.mean[6:].T, truth[6:].T, strict=True)]
    assert np.median(within) > 0.95
    assert (fit.positions.mean[0] > fit.positions.mean[-1]).all()


def test_the_sampler_agrees_with_the_point_where_it_settles(exact: PublishedFit) -> None:
    calls, truth = simulate(1)
    assert agreement(exact, truth) > 0.97
    assert agreement(exact, estimate_published(calls).positions.mean) > 0.995
    assert np.nanmedian(exact.mixing.r_hat) < 1.1
    assert np.nanmin(exact.mixing.effective) > 5
    assert 0.1 < exact.mixing.accepted < 0.9


def test_ninety_percent_intervals_hold_about_ninety_percent_of_the_truth(exact: PublishedFit) -> None:
    _, truth = simulate(1)
    here = np.isfinite(exact.positions.mean)
    scaled = (truth - truth[here].mean()) / truth[here].std()
    inside = (exact.q05 <= scaled) & (scaled <= exact.q95)
    assert 0.8 < inside[here].mean() < 0.97


def test_one_seed_gives_the_same_bits_on_any_number_of_threads(exact: PublishedFit) -> None:
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        again = estimate_published(simulate(1)[0], method="exact", plan=SHORT)
    finally:
        numba.set_num_threads(before)
    assert np.array_equal(again.positions.mean, exact.positions.mean, equal_nan=True)
    assert np.array_equal(again.q05, exact.q05, equal_nan=True)


def test_seeds_and_starts_differ_by_chance_alone(exact: PublishedFit) -> None:
    calls, _ = simulate(1)
    other = estimate_published(calls, method="exact", plan=replace(SHORT, seed=7, scatter=1.0))
    gap = other.positions.mean - exact.positions.mean
    assert 0.0 < np.nanstd(gap) < 0.5 * np.nanmean(exact.positions.sd)
    assert (other.positions.mean[0] > other.positions.mean[-1]).all()


def test_quantiles_stand_in_order(exact: PublishedFit) -> None:
    here = np.isfinite(exact.positions.mean)
    assert (exact.q05[here] < exact.median[here]).all()
    assert (exact.median[here] < exact.q95[here]).all()
    assert exact.table().columns == ["iso3", "session", "year", "ideal_point", "sd", "q05", "q95", "votes"]


@pytest.mark.parametrize("method", ["fast", "exact"])
def test_scale_is_mean_zero_and_variance_one_spread_included(method: str) -> None:
    fit = estimate_published(simulate(2)[0], method=method, plan=SHORT)
    here = np.isfinite(fit.positions.mean)
    mean, sd = fit.positions.mean[here], fit.positions.sd[here]
    assert abs(mean.mean()) < 1e-2
    assert mean.var() + (sd**2).mean() == pytest.approx(1.0, abs=0.02)


def test_order_of_states_and_roll_calls_does_not_matter() -> None:
    calls, _ = simulate(4)
    fit = estimate_published(calls)
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(calls.states)), rng.permutation(len(calls))
    mixed = calls.pick(columns)
    mixed = replace(mixed, votes=mixed.votes[rows], states=tuple(calls.states[at] for at in rows))
    again = estimate_published(mixed).positions.mean
    np.testing.assert_allclose(again, fit.positions.mean[rows], atol=0.01)


def test_poles_exchanged_mirror_the_line() -> None:
    calls, _ = simulate(5)
    fit = estimate_published(calls)
    other = estimate_published(calls, poles=("RUS", "USA"))
    np.testing.assert_allclose(other.positions.mean, -fit.positions.mean, atol=0.02)


def test_session_one_is_held_where_it_is_told() -> None:
    calls, _ = simulate(6, first=1)
    fit = estimate_published(calls, opening=0.4)
    assert np.nanmean(fit.positions.mean[:, 0]) == pytest.approx(0.4, abs=0.03)
    assert abs(np.nanmean(estimate_published(calls, opening=None).positions.mean[:, 0])) < 0.3


def test_what_carries_no_information_is_counted() -> None:
    calls, _ = simulate(1)
    votes = calls.votes.copy()
    votes[:, 0] = 2
    text = calls.text.copy()
    text[0] = 10_000
    sessions = calls.sessions.copy()
    sessions[-1] = 50
    ballots = lay_out(replace(calls, votes=votes, text=text, sessions=sessions))
    assert ballots.dropped["roll calls on which all votes were the same"] == 1
    assert ballots.dropped["roll calls alone in their session"] == 1
    assert ballots.dropped["absences"] == int((votes == -1).sum())
    assert 50 not in ballots.session


def test_states_with_a_gap_or_a_single_session_lean_on_the_right_one() -> None:
    calls, _ = simulate(1)
    votes = calls.votes.copy()
    votes[7, calls.sessions > 20] = -2
    ballots = lay_out(replace(calls, votes=votes))
    gap, single = ballots.state == 5, ballots.state == 7
    assert ballots.session[gap].tolist() == [20, 21, 24, 25]
    assert ballots.session[ballots.lag[gap]].tolist() == [21, 20, 21, 24]
    assert ballots.lag[single].tolist() == [-1]
    fit = estimate_published(replace(calls, votes=votes))
    assert np.isfinite(fit.positions.mean[7, 0])


def test_a_state_with_five_votes_leans_on_its_last_session_as_the_authors_have_it() -> None:
    calls, _ = simulate(1)
    votes = calls.votes.copy()
    votes[9, calls.sessions == 22] = -1
    votes[9, np.flatnonzero(calls.sessions == 22)[:5]] = 1
    positions = estimate_published(replace(calls, votes=votes)).positions
    assert positions.votes[9, 2] == 5
    prior = np.sqrt(0.5 * 5 / (5 + positions.votes[9, 1]))
    assert positions.sd[9, 2] < prior
    assert abs(positions.mean[9, 2] - positions.mean[9, 1]) < 2 * prior


def test_bad_input_is_refused() -> None:
    calls, _ = simulate(1)
    wrong = calls.votes.copy()
    wrong[2, 4] = 3
    with pytest.raises(DomainError, match="S02 has 3 in roll call 4"):
        estimate_published(replace(calls, votes=wrong))
    with pytest.raises(DomainError, match="no roll call"):
        estimate_published(calls.pick(np.array([], np.int64)))
    with pytest.raises(DomainError, match="none of the 180 roll calls divided"):
        estimate_published(replace(calls, votes=np.full_like(calls.votes, 2)))
    with pytest.raises(DomainError, match="ZZZ"):
        estimate_published(calls, poles=("USA", "ZZZ"))
    same = calls.votes.copy()
    same[-1] = same[0]
    with pytest.raises(DomainError, match="never voted differently"):
        estimate_published(replace(calls, votes=same))
    with pytest.raises(UnknownName, match="fast"):
        estimate_published(calls, method="quick")


def test_texts_are_bridged_by_pairs_then_by_title_and_like_votes() -> None:
    calls, _ = simulate(1)
    votes = np.where(np.arange(STATES) % 2 == 0, 2, 0).astype(np.int8)
    four = replace(
        calls.pick(np.array([0, 30, 60, 90])),
        votes=np.column_stack((votes, votes, votes, 2 - votes)),
        titles=("On peace",) * 4,
    )
    assert bridge_texts(four).text.tolist() == [0, 0, 0, 3]
    assert bridge_texts(four, agreement=0.0).text.tolist() == [0, 0, 0, 0]
    paired = bridge_texts(four, [("0", "90"), ("0", "none")])
    assert paired.text.tolist() == [0, 1, 2, 0]
    assert paired.dropped["pairs of texts with an unknown roll call"] == 1
    with pytest.raises(DomainError, match="share"):
        bridge_texts(four, agreement=2.0)


def test_sources_are_joined_as_the_authors_filter_them() -> None:
    day = datetime.date
    calls = pl.DataFrame(
        {
            "roll_call": [1, 2, 3],
            "session": [20, 50, 50],
            "date": [day(1965, 11, 1), day(1995, 11, 1), day(1995, 11, 2)],
            "resolution": ["a", "b", "c"],
            "title": ["A", "B", "C"],
            "amendment": [None, False, False],
            "paragraph": [True, True, False],
        },
        schema_overrides={"roll_call": pl.Int32, "session": pl.Int32},
    )
    votes = pl.DataFrame(
        {"roll_call": [1, 1, 2, 3], "iso3": ["USA", "YUG", "USA", "USA"], "vote": ["no", "yes", "no", "yes"]},
        schema_overrides={"roll_call": pl.Int32},
    )
    later = pl.DataFrame(
        {
            "undl_id": ["9", "9", "10"],
            "iso3": ["USA", "SRB", "USA"],
            "vote": ["no", "absent", "yes"],
            "date": [day(2020, 11, 1), day(2020, 11, 1), day(2019, 11, 1)],
            "session": ["75", "75", "74"],
            "resolution": ["x", "x", "y"],
            "title": ["X", "X", "Y"],
        }
    )
    joined = gather_published_votes(votes, calls, later)
    assert joined.ids == ("1", "3", "9")
    assert joined.states == ("SRB", "USA")
    assert joined.dropped["paragraphs and amendments after 1989"] == 1
    with pytest.raises(DomainError, match="not listed"):
        gather_published_votes(votes, calls.head(1), later)


def test_the_probit_pieces_are_right() -> None:
    from scipy.special import ndtr, ndtri

    points = np.array([1e-200, 1e-12, 1e-3, 0.2, 0.5, 0.77, 0.999, 1 - 1e-12])
    np.testing.assert_allclose([quantile(p) for p in points], ndtri(points), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose([below(x) for x in (-8.0, 0.0, 3.0)], ndtr([-8.0, 0.0, 3.0]), rtol=1e-12)
    h = 1e-5
    for vote in (0, 1, 2):

        def chance(m: float, low: float, high: float, vote: int = vote) -> float:
            return float(np.log([ndtr(low - m), ndtr(high - m) - ndtr(low - m), ndtr(m - high)][vote]))

        at = (0.3, -0.2, 0.5)
        out = slopes(vote, *at)
        found = (chance(0.3 + h, *at[1:]) - chance(0.3 - h, *at[1:])) / (2 * h)
        assert out[0] == pytest.approx(found, abs=1e-8)
        low = (chance(0.3, -0.2 + h, 0.5) - chance(0.3, -0.2 - h, 0.5)) / (2 * h)
        assert out[2] == pytest.approx(low, abs=1e-8)


def test_diagnostics_know_independent_draws_from_stuck_ones() -> None:
    rng = np.random.default_rng(0)
    free = rng.standard_normal((2, 400, 3))
    walk = np.cumsum(free, axis=1)
    assert effective_draws(free).min() > 400
    assert effective_draws(walk).max() < 60
    assert split_r_hat(free).max() < 1.05
    assert split_r_hat(walk).min() > 1.1


@pytest.mark.mirror
def test_published_estimates_are_met_in_sessions_1_to_78(mirror: Path) -> None:
    from kedge.data.readers.order import read_ga_voting, read_ideal_points
    from kedge.data.readers.unvotes import read_matched_roll_calls, read_unvotes, read_unvotes_roll_calls

    folder = mirror / "un_votes/voeten_unvotes_R"
    later = read_ga_voting(mirror / "un_votes/ga_voting.csv.gz")
    calls = gather_published_votes(
        read_unvotes(folder / "un_votes.rda"),
        read_unvotes_roll_calls(folder / "un_roll_calls.rda"),
        later.filter(pl.col("date") < datetime.date(2024, 9, 1)),
    )
    pairs = [(str(a), str(b)) for a, b in read_matched_roll_calls(PAIRS).iter_rows()]
    fit = estimate_published(bridge_texts(calls, pairs))
    theirs = read_ideal_points(mirror / "ideal_points/IdealpointestimatesAll_Jun2024.csv")
    seats = pl.col("ccode").replace_strict({345: "SRB", 678: "YEM", 679: "YEM", 680: "YMD"}, default=None)
    theirs = theirs.with_columns(iso3=pl.coalesce(seats, "iso3"))
    both = theirs.join(fit.table(), on=["iso3", "session"], suffix="_ours").sort("ccode", "session")
    assert both.height == theirs.height
    pair = ("ideal_point", "ideal_point_ours")
    overall = both.select(pl.corr(*pair)).item()
    within = both.group_by("session").agg(r=pl.corr(*pair)).get_column("r").median()
    steps = both.select(pl.col(*pair, "session").diff().over("ccode")).filter(pl.col("session") == 1)
    assert overall >= 0.995
    assert within >= 0.999
    assert steps.select(pl.corr(*pair)).item() >= 0.985
