"""Belief about the patron from the package's signals: consistent, reproducible, and open about its ranges."""

from __future__ import annotations

import importlib.resources
from datetime import date

import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, MalformedFile, UnknownName
from kedge.world.parameters import default_parameters
from kedge.world.patron import TYPES, PatronBeliefs, patron_beliefs
from kedge.world.patron_ranges import OWN, SHARED, patron_ranges, read_patron_ranges

TOML = importlib.resources.files("kedge.world").joinpath("patron.toml").read_text("utf-8")
DRAWS = 2000


@pytest.fixture(scope="module")
def asia() -> PatronBeliefs:
    return patron_beliefs("asia", draws=DRAWS)


def test_beliefs_are_probabilities_and_bands_enclose_the_middle(asia: PatronBeliefs) -> None:
    total = asia.path.group_by("date").agg(pl.col("mean").sum())
    np.testing.assert_allclose(total["mean"], 1.0, atol=1e-9)
    for table in (asia.path, asia.commitment):
        assert (table["low"] <= table["middle"]).all()
        assert (table["middle"] <= table["high"]).all()
        assert table["low"].min() > 0.0
        assert table["high"].max() < 1.0
    assert set(asia.path["type"]) == set(TYPES)
    assert asia.path["date"].is_sorted()


def test_the_same_seed_gives_the_same_numbers_and_another_other_ones(asia: PatronBeliefs) -> None:
    again, other = patron_beliefs("asia", draws=DRAWS), patron_beliefs("asia", draws=DRAWS, seed=2)
    assert again.path.equals(asia.path)
    assert again.contribution.equals(asia.contribution)
    assert not other.path.equals(asia.path)


def test_belief_on_a_day_does_not_know_what_came_after(asia: PatronBeliefs) -> None:
    day = date(2025, 3, 1)
    early = patron_beliefs("asia", draws=DRAWS, until=day)
    assert early.path["date"].max() == day
    shared = ["date", "type"]
    both = early.path.join(asia.path, on=shared, suffix="_later")
    assert both.height == early.path.height
    np.testing.assert_allclose(both["mean"], both["mean_later"], atol=1e-12)
    np.testing.assert_allclose(both["high"], both["high_later"], atol=1e-12)
    commitment = early.commitment.join(asia.commitment, on=["date", "theatre"], suffix="_later")
    np.testing.assert_allclose(commitment["mean"], commitment["mean_later"], atol=1e-12)


def test_belief_about_the_school_is_one_for_both_theatres_if_all_signals_count(asia: PatronBeliefs) -> None:
    europe = patron_beliefs("europe", draws=DRAWS)
    assert europe.path.equals(asia.path)
    assert europe.commitment["theatre"][0] == "europe"
    assert europe.commitment.sort("theatre", "date").equals(asia.commitment.sort("theatre", "date"))


def test_readers_of_one_theatre_see_another_patron() -> None:
    seen = {
        theatre: patron_beliefs(theatre, draws=DRAWS, evidence="theatre") for theatre in ("europe", "asia")
    }
    last = {
        theatre: dict(each.path.filter(pl.col("date") == each.until).select("type", "mean").rows())
        for theatre, each in seen.items()
    }
    assert seen["europe"].until == seen["asia"].until
    assert last["europe"]["restrainer"] > last["asia"]["restrainer"] + 0.1
    assert set(seen["asia"].contribution["theatre"]) == {"asia", "all"}


def test_a_candidates_word_counts_from_the_day_he_takes_office(asia: PatronBeliefs) -> None:
    row = asia.contribution.filter(pl.col("name").str.contains("Candidate")).row(0, named=True)
    assert (row["date"], row["counts_from"]) == (date(2024, 2, 10), date(2025, 1, 20))


def test_a_new_administration_drawn_anew_starts_from_the_prior() -> None:
    ranges = {"term_redraw": 1.0, "restrainer_share": 0.3, "prioritiser_share": 0.5}
    found = patron_beliefs("asia", draws=50, until=date(2021, 1, 20), overrides=ranges)
    last = dict(found.path.filter(pl.col("date") == found.until).select("type", "mean").rows())
    assert last["restrainer"] == pytest.approx(0.3, abs=1e-9)
    assert last["prioritiser"] == pytest.approx(0.35, abs=1e-9)
    eve = dict(found.path.filter(pl.col("date") == date(2021, 1, 19)).select("type", "mean").rows())
    assert eve["restrainer"] > 0.35


def test_without_tied_hands_commitment_is_the_types_mixed() -> None:
    fixed = {"commitment_engaged": 0.8, "commitment_restrainer": 0.2, "hands_size": 0.0}
    found = patron_beliefs("europe", draws=200, overrides=fixed)
    last = dict(found.path.filter(pl.col("date") == found.until).select("type", "mean").rows())
    here = found.commitment.filter(pl.col("date") == found.until)
    mean = dict(here.select("theatre", "mean").rows())
    # A prioritiser is engaged in Asia and nowhere else.
    assert mean["europe"] == pytest.approx(0.2 + 0.6 * last["primacist"], abs=1e-9)
    assert mean["asia"] == pytest.approx(0.8 - 0.6 * last["restrainer"], abs=1e-9)
    assert here["free"].to_list() == pytest.approx(here["mean"].to_list(), abs=1e-12)


def test_statutes_tie_hands_without_telling_the_school(asia: PatronBeliefs) -> None:
    law = asia.contribution.filter(pl.col("name").str.contains("Congress bars leaving NATO"))
    assert law["points"].abs().max() < 0.05
    europe = asia.commitment.filter(pl.col("theatre") == "europe").sort("date")
    gap = dict(zip(europe["date"], europe["mean"] - europe["free"], strict=True))
    assert gap[date(2023, 12, 22)] > gap[date(2023, 12, 1)] + 0.02


def test_talk_that_carries_nothing_adds_no_points() -> None:
    found = patron_beliefs("asia", draws=100, overrides={"talk_weight": 0.0})
    talk = found.contribution.filter(pl.col("cost_class") == "talk")
    assert talk["points"].abs().max() == 0.0
    assert talk["left"].abs().max() < 1e-12


def test_signals_of_a_past_administration_leave_nothing_where_the_slate_is_wiped() -> None:
    found = patron_beliefs("asia", draws=100, overrides={"term_redraw": 1.0})
    past = found.contribution.filter(pl.col("counts_from") < date(2025, 1, 20))
    assert past["left"].abs().max() < 1e-9
    assert past["points"].abs().max() > 0.3


def test_a_faster_decay_draws_belief_to_the_prior() -> None:
    ranges = {"restrainer_share": 0.3, "prioritiser_share": 0.5}
    until = date(2028, 12, 31)
    distance = []
    for decay in (0.0, 0.5, 20.0):
        found = patron_beliefs("asia", draws=200, until=until, overrides={**ranges, "decay": decay})
        last = dict(found.path.filter(pl.col("date") == until).select("type", "mean").rows())
        distance.append(abs(last["primacist"] - 0.35))
    assert distance[0] > distance[1] > distance[2]
    assert distance[2] < 1e-6


def test_before_the_first_signal_belief_is_the_prior() -> None:
    found = patron_beliefs("asia", draws=500, until=date(2014, 3, 1))
    assert found.contribution.height == 0
    prior = dict(found.path.filter(pl.col("date") == found.until).select("type", "mean").rows())
    assert prior["restrainer"] == pytest.approx(0.35, abs=0.03)
    assert found.commitment["mean"].to_list() == pytest.approx(found.commitment["free"].to_list())


def test_a_range_of_the_callers_own_is_named_as_such() -> None:
    found = patron_beliefs("asia", draws=20, overrides={"decay": (0.2, 0.3)})
    decay = {each.name: each for each in found.assumptions}["decay"]
    assert (decay.low, decay.high, decay.source) == (0.2, 0.3, "Set by the caller")


def test_every_range_says_what_it_rests_on_and_none_is_stated_twice(asia: PatronBeliefs) -> None:
    named = {each.name: each for each in asia.assumptions}
    assert set(named) == {*OWN, *SHARED}
    assert all(each.source and each.label and each.unit for each in asia.assumptions)
    model = {each.name: each for each in default_parameters()}
    assert not set(OWN) & set(model)
    for name in SHARED:
        assert (named[name].low, named[name].high) == (model[name].low, model[name].high)


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownName, match="no theatre is called 'asien'; did you mean asia"):
        patron_beliefs("asien")
    with pytest.raises(UnknownName, match="no range of belief is called 'phi'"):
        patron_beliefs(overrides={"phi": 0.1})
    with pytest.raises(UnknownName, match="kind of evidence"):
        patron_beliefs(evidence="some")  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="draws must lie in"):
        patron_beliefs(draws=0)
    with pytest.raises(DomainError, match="expected a day from 2014-01-01"):
        patron_beliefs(until=date(2013, 1, 1))
    with pytest.raises(DomainError, match="term_redraw: expected probability from 0 to 1"):
        patron_ranges({"term_redraw": 1.5})
    with pytest.raises(DomainError, match="swap them"):
        patron_ranges({"decay": (0.5, 0.1)})
    with pytest.raises(DomainError, match="strictly between"):
        patron_ranges({"restrainer_share": 0.0})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[decay]", "[decay", "not TOML"),
        ("[decay]", "[decline]", r"\[decay\] is missing"),
        ('symbol = "φ"\n', "", r"\[decay\] needs label"),
        ("low = 0.05\nhigh = 0.5", "low = 0.5\nhigh = 0.05", "swap them"),
        ("low = 0.7\nhigh = 1.0", "low = 0.7\nhigh = 1.2", "expected probability from 0 to 1"),
        ("low = 0.7\nhigh = 1.0", 'low = "some"\nhigh = 1.0', "must be numbers"),
        (
            'kind = "assumed"\nsource = "From once',
            'kind = "guessed"\nsource = "From once',
            "kind is 'guessed'",
        ),
        ('"2017-01-20"', '"January 2017"', "needs changes, a list of days"),
        ('"2017-01-20", "2021-01-20"', '"2021-01-20", "2017-01-20"', "run forward in time"),
    ],
)
def test_a_file_of_ranges_that_makes_no_sense_is_refused(old: str, new: str, message: str) -> None:
    assert old in TOML
    with pytest.raises(MalformedFile, match=message):
        read_patron_ranges(TOML.replace(old, new, 1))
