"""The burden answer: what its tables hold, laws of responses, and signs that others have published."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kedge.core.errors import DomainError, UnknownName
from kedge.security import HORIZONS, Impulse, effort_response, estimate_one, estimate_reaction
from kedge.world.burden import CHANNELS, EQUATIONS, BurdenOptions, burden_answer
from kedge.world.burden_data import burden_tables
from kedge.world.burden_panel import GROUPS, WEIGHTS, burden_panel


@pytest.fixture(scope="module")
def tables():
    return burden_tables("baseline")


@pytest.fixture(scope="module")
def answer():
    return burden_answer("baseline", "nato", BurdenOptions(draws=500))


@pytest.mark.parametrize("group", GROUPS)
def test_the_packages_own_tables_answer_for_every_group(group):
    found = burden_answer("baseline", group, BurdenOptions(draws=200))
    assert set(found.slopes["equation"]) == set(EQUATIONS)
    assert found.slopes["caution"].str.len_chars().min() > 0
    assert found.sample.height >= 5
    assert set(found.responses["channel"]) <= set(CHANNELS)


def test_nine_years_are_said_to_be_few(answer):
    assert answer.slopes["caution"].str.contains("few years").all()


def test_responses_carry_their_interval(answer):
    known = answer.responses.drop_nulls()
    assert (known["low"] <= known["change"]).all()
    assert (known["change"] <= known["high"]).all()
    assert set(known["horizon"]) <= set(HORIZONS)
    assert any("no forecast" in note for note in answer.notes)


def test_the_same_seed_gives_the_same_answer(answer):
    again = burden_answer("baseline", "nato", BurdenOptions(draws=500))
    assert again.responses.equals(answer.responses)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_nobody_is_its_own_ally_and_weights_go_to_the_bound(tables, weights):
    named = burden_panel(tables, "nato", weights)
    japan, germany = (named.states.index(code) for code in ("JPN", "DEU"))
    last = named.panel.weights[-1]
    assert last[japan, named.patron] > 0.0
    assert last[japan, germany] == 0.0
    assert last[germany, named.patron] > 0.0


def test_fellow_allies_count_where_the_patron_stands_apart(tables):
    named = burden_panel(tables, "asia", "distance", patron_apart=True)
    japan, korea, germany = (named.states.index(code) for code in ("JPN", "KOR", "DEU"))
    last = named.panel.weights[-1]
    assert last[japan, korea] > 0.0
    assert last[japan, germany] == 0.0
    assert np.all(last[:, named.patron] == 0.0)


def test_finland_counts_from_its_accession(tables):
    named = burden_panel(tables, "nato")
    member = named.panel.sample[named.states.index("FIN")]
    assert [year for year, there in zip(named.years, member, strict=True) if there] == [2023, 2024]


def test_a_patron_alone_that_does_nothing_changes_nothing(tables):
    named = burden_panel(tables, "nato", patron_apart=True)
    found = estimate_one(named.panel, "patron")
    nothing = Impulse("patron", np.zeros(len(named.states)))
    apart = np.zeros((len(named.states), len(named.states)))
    response = effort_response(found, nothing, apart, np.random.default_rng(1), 50)
    assert np.nanmax(np.abs(response.draws)) == 0.0
    assert response.made_good(np.ones(len(named.states)), 1.0)[0, 0] == 0.0


def test_a_decade_is_ten_years_of_the_lag(tables):
    named = burden_panel(tables, "nato", patron_apart=True)
    found = estimate_one(named.panel, "patron")
    impulse = Impulse("patron", np.full(len(named.states), -0.1))
    apart = np.zeros((len(named.states), len(named.states)))
    year, decade, settled = effort_response(found, impulse, apart, np.random.default_rng(1), 50).change[:, 0]
    lag = found.fit.coefficients[1]
    assert decade == pytest.approx(year * (1 - lag**10) / (1 - lag))
    assert settled == pytest.approx(year / (1 - lag))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (BurdenOptions(weights="friendship"), "kind of weights"),
        (BurdenOptions(measure="guns"), "measure of effort"),
        (BurdenOptions(era="bronze-age"), "era"),
    ],
)
def test_unknown_names_are_refused(options, message):
    with pytest.raises(UnknownName, match=message):
        burden_answer("baseline", "nato", options)


def test_a_cut_of_everything_is_refused():
    with pytest.raises(DomainError, match=r"at most 0\.95"):
        burden_answer("baseline", "nato", BurdenOptions(cut=1.0))


def test_allies_who_are_the_same_for_all_tell_nothing():
    found = burden_answer("baseline", "asia", BurdenOptions(draws=50)).slopes
    row = found.filter(pl.col("equation") == "year-effects").row(0, named=True)
    assert row["slope"] is None
    assert "cannot be told apart" in row["caution"]


@pytest.mark.mirror
@pytest.mark.parametrize("weights", WEIGHTS)
def test_nato_rides_free_on_the_patron_as_published(mirror, monkeypatch, weights):
    # George & Sandler (2018): free riding is prevalent in NATO, 1968-2015, under either kind of weights.
    monkeypatch.setenv("KEDGE_MIRROR", str(mirror))
    named = burden_panel(burden_tables("full"), "nato", weights, patron_apart=True).between(1968, 2015)
    found = estimate_reaction(named.panel, year_effects=False)
    patron = found.names.index("patron")
    value, error = found.fit.coefficients[patron], found.fit.errors[patron]
    assert value == pytest.approx(-0.085, abs=0.01)
    assert value + 1.96 * error < 0.0
    # Habit is strong (Yesilyurt & Elhorst 2017), so that what is small in a year is large in the end.
    assert 0.8 < found.fit.coefficients[1] < 0.95
    assert found.long_run_of(patron)[0] < 5 * value


@pytest.mark.mirror
@pytest.mark.parametrize(("years", "moves"), [((1950, 2024), True), ((1968, 2015), False)])
def test_effort_the_patron_has_yet_to_make_tells_of_common_causes(mirror, monkeypatch, years, moves):
    # What the United States spends next year cannot move allies today: where it seems to, a cause is
    # common to both.  It seems to over all years, and not in those that others have studied.
    monkeypatch.setenv("KEDGE_MIRROR", str(mirror))
    panel = burden_panel(burden_tables("full"), "nato", patron_apart=True).between(*years).panel
    later = np.full_like(panel.drivers[-1], np.nan)
    later[:, :-2] = panel.drivers[-1][:, 2:]
    wider = replace(
        panel, drivers=np.concatenate([panel.drivers, later[None]]), names=(*panel.names, "later")
    )
    found = estimate_one(wider, "patron")
    at = found.names.index("later")
    assert found.fit.coefficients[at] > 0.0
    assert (found.fit.coefficients[at] > 1.96 * found.fit.errors[at]) == moves
    assert found.slope + 1.96 * found.slope_error < 0.0


@pytest.mark.mirror
def test_seventy_five_years_are_weak_on_who_follows_whom(mirror, monkeypatch):
    monkeypatch.setenv("KEDGE_MIRROR", str(mirror))
    slopes = burden_answer("full", "nato", BurdenOptions(draws=200)).slopes
    whole = slopes.filter((pl.col("era") == "all") & (pl.col("equation") == "year-effects")).row(
        0, named=True
    )
    assert (whole["rows"], whole["states"]) == (1240, 27)
    assert "weakly identified" in whole["caution"]
    alone = slopes.filter((pl.col("era") == "all") & (pl.col("equation") == "patron-only")).row(0, named=True)
    assert alone["patron"] == pytest.approx(-0.105, abs=0.005)
    assert alone["patron_error"] == pytest.approx(0.047, abs=0.005)
