"""Disputes: the published cases are counted, the bars are reached, and nothing of a test fold is seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.security import choose_disputes, fit_by_era, fit_contest, score_forward, score_held_out
from kedge.security.contest_fit import sides_of
from kedge.security.dispute_scores import SPECIFICATIONS, deal_folds, drifting_shares, summarise, tell_forward
from kedge.security.disputes import COMPONENTS, KNOTS, REQUIRED, dispute_columns, year_spline


def made_up(cases=600, seed=0):
    """Disputes in which the stronger tends to win and draws grow with the year."""
    rng = np.random.default_rng(seed)
    frame = {name: rng.integers(0, 2, cases) for name in REQUIRED}
    for name in COMPONENTS:
        for of in ("", "_all"):
            for side in "ab":
                frame[f"{name}{of}_{side}"] = np.exp(rng.normal(-5.0, 1.5, cases))
    frame |= {f"states{of}_{side}": np.ones(cases, int) for of in ("", "_all") for side in "ab"}
    year = np.sort(rng.integers(1820, 2008, cases))
    lead = 0.8 * np.log(frame["cinc_a"] / frame["cinc_b"])
    draw = rng.random(cases) < (year - 1800) / 230
    won = rng.random(cases) < 1 / (1 + np.exp(-lead))
    pair = rng.integers(0, 200, cases)
    frame |= {"dispute": np.arange(cases), "year": year, "dyad": [f"{each}-999" for each in pair]}
    frame["outcome"] = np.where(draw, 5, np.where(won, 1, 2))
    return pl.DataFrame(frame)


def test_folds_keep_pairs_together():
    group = np.random.default_rng(0).integers(0, 50, 500)
    fold = deal_folds(group, 10, np.random.default_rng(1))
    assert all(len(set(fold[group == each])) == 1 for each in np.unique(group))
    assert set(fold) == set(range(10))
    with pytest.raises(DomainError, match="from 2 to 50 folds"):
        deal_folds(group, 51, np.random.default_rng(1))


def test_outcomes_without_signal_score_no_better_than_the_base_rate():
    table = made_up()
    rng = np.random.default_rng(5)
    table = table.with_columns(outcome=pl.Series(rng.permutation(table.get_column("outcome").to_numpy())))
    score = score_held_out(choose_disputes(table), "course and year")
    assert score.reduction < 0.01
    assert score.reduction > -0.05


def test_strength_and_time_are_found_where_they_matter():
    sample = choose_disputes(made_up())
    year, both = (score_held_out(sample, name).reduction for name in ("year", "components and year"))
    assert 0.02 < year < both - 0.05


@pytest.mark.parametrize("model", ["components and year", "drift and onset"])
def test_a_forecast_does_not_see_what_comes_after(model):
    table = made_up()
    other = pl.when(pl.col("year") >= 1990).then(pl.lit(2)).otherwise(pl.col("outcome"))
    samples = [choose_disputes(each) for each in (table, table.with_columns(outcome=other))]
    early = [(each.year >= 1980) & (each.year < 1990) for each in samples]
    here, there = (
        tell_forward(each, model, refit=True)[: mark.sum()] for each, mark in zip(samples, early, strict=True)
    )
    assert here == pytest.approx(there, abs=1e-12)
    assert len(here) > 10


def test_the_drifting_base_rate_knows_only_earlier_years():
    year = np.repeat(np.arange(1900.0, 1960.0), 3)
    outcome = (year >= 1930).astype(int)
    shares = drifting_shares(year, outcome, 1950)
    assert shares[year == 1930][:, 1].max() < 0.1
    assert shares[year == 1945][:, 1].min() > 0.9
    assert shares.sum(1) == pytest.approx(1.0)


def test_the_spline_is_straight_beyond_its_knots():
    far = year_spline(np.array([2010.0, 2020.0, 2030.0]))
    assert far.shape[1] == len(KNOTS) - 1
    assert far[2] - far[1] == pytest.approx(far[1] - far[0])
    with pytest.raises(DomainError, match="ascending knots"):
        year_spline(np.array([1900.0]), (1900, 1900, 1950))


def test_sides_can_be_swapped():
    table = made_up()
    other = table.rename({f"{n}_{s}": f"{n}_{t}" for n in COMPONENTS for s, t in ("ab", "ba")})
    here, there = (dispute_columns(each, ["components"]).values for each in (table, other))
    assert here == pytest.approx(-there)


def test_a_model_that_does_as_well_as_the_base_rate_reduces_nothing():
    sample = choose_disputes(made_up())
    score = summarise(np.ones(len(sample)), np.ones(len(sample)), sample)
    assert (score.reduction, score.low, score.high) == (0.0, 0.0, 0.0)


def test_wrong_names_and_tables_are_refused():
    table = made_up()
    with pytest.raises(UnknownName, match="sample of disputes"):
        choose_disputes(table, "decisve")
    with pytest.raises(DomainError, match="lacks dyad"):
        choose_disputes(table.drop("dyad"))
    with pytest.raises(UnknownName, match="did you mean"):
        score_held_out(choose_disputes(table), "onset and yaer")
    with pytest.raises(UnknownName, match="block of columns"):
        dispute_columns(table, ["weather"])
    with pytest.raises(DomainError, match="score_forward"):
        score_held_out(choose_disputes(table), "drift and onset")
    with pytest.raises(DomainError, match="before and from 1700"):
        score_forward(choose_disputes(table), "year", cut=1700)


def test_a_specification_says_when_it_is_known():
    known = {name: each.known for name, each in SPECIFICATIONS.items()}
    assert known["components and year"] == "ex ante"
    assert known["onset and year"] == "onset"
    assert known["hostility and year"] == "course"


@pytest.fixture(scope="module")
def table(mirror):
    from kedge.data.readers import disputes, security
    from kedge.world.disputes import DisputeSources, join_disputes

    folder = mirror / "peacesciencer"
    return join_disputes(
        DisputeSources(
            disputes.read_disputes(folder / "gml_mid_disps.rda"),
            disputes.read_participants(folder / "gml_part.rda"),
            disputes.read_dispute_aims(folder / "gml_dirdisp.rda"),
            security.read_nmc(folder / "cow_nmc.rda"),
            disputes.read_contiguity(folder / "cow_contdir.rda"),
            disputes.read_majors(folder / "cow_majors.rda"),
            disputes.read_rivalries(folder / "tss_rivalries.rda"),
        )
    )


@pytest.mark.mirror
def test_every_dispute_has_a_row_and_every_required_column(table):
    assert table.height == 2174
    assert set(REQUIRED) <= set(table.columns)
    assert table.get_column("dispute").is_unique().all()
    assert [len(choose_disputes(table, name)) for name in ("all", "fought out", "decisive")] == [
        2056,
        1735,
        373,
    ]


@pytest.mark.mirror
def test_the_first_look_at_one_on_one_disputes_comes_back(table):
    sample = choose_disputes(table, "decisive")
    alone = sample.table.select((pl.col("states_all_a") == 1) & (pl.col("states_all_b") == 1)).to_series()
    alone = alone.to_numpy()
    attack, defence = (side[alone] for side in sides_of(sample.table))
    found = fit_contest(attack, defence, sample.outcome[alone])
    assert found.cases == 261
    assert found.decisiveness == pytest.approx(0.31, abs=0.01)
    assert found.decisiveness_error == pytest.approx(0.07, abs=0.01)
    eras = fit_by_era(sample.year[alone], attack, defence, sample.outcome[alone])
    eras = [each.decisiveness for each in eras.values()]
    assert eras == pytest.approx([0.33, 0.17, 0.45], abs=0.05)


@pytest.mark.mirror
def test_components_tell_who_prevails_in_pairs_not_seen(table):
    scores = [
        score_held_out(choose_disputes(table, "decisive"), "components", seed=seed) for seed in range(3)
    ]
    assert min(each.reduction for each in scores) >= 0.08
    assert min(each.low for each in scores) > 0.0


@pytest.mark.mirror
def test_context_adds_to_the_year(table):
    sample = choose_disputes(table, "all")
    year = score_held_out(sample, "year").reduction
    assert score_held_out(sample, "onset and year").reduction >= year + 0.02
    assert score_held_out(sample, "hostility and year").reduction >= 0.22


@pytest.mark.mirror
def test_in_the_published_sample_what_is_known_at_the_onset_passes_the_published_score(table):
    sample = choose_disputes(table, "fought out", one_on_one=True)
    assert score_held_out(sample, "onset and year").reduction >= 0.22
    assert score_held_out(sample, "components and year").reduction > 0.195


@pytest.mark.mirror
def test_forward_in_time_the_year_loses_to_a_drifting_base_rate_and_context_on_top_of_it_does_not(table):
    sample = choose_disputes(table, "all")
    assert score_forward(sample, "onset and year")["drifting"].reduction < 0.0
    assert score_forward(sample, "drift and onset", refit=True)["drifting"].low > 0.0
