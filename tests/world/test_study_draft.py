"""A draft for any state of the baseline is a study that passes its own check."""

from pathlib import Path

import pytest

from kedge.core.errors import StudyError, UnknownName
from kedge.world.study import load_study, parse_study
from kedge.world.study_draft import DraftFacts, draft_facts, draft_study, generic_stake

STUDIES = Path(__file__).parents[2] / "studies"
NAMES = {
    "JPN": "Japan", "USA": "United States", "CHN": "China", "RUS": "Russia", "PRK": "North Korea",
    "TWN": "Taiwan", "AUS": "Australia", "KOR": "South Korea", "POL": "Poland", "DEU": "Germany",
    "BRA": "Brazil", "IRN": "Iran", "UKR": "Ukraine",
}  # fmt: skip


def facts() -> DraftFacts:
    return DraftFacts(
        names=NAMES,
        defence_share={"JPN": 1.4, "DEU": 1.9, "UKR": 34.0, "BRA": 0.05},
        share_year=2024,
        spending={"AUS": 33000.0, "USA": 990000.0},
        tie_depth={("AUS", "JPN"): 0.5, ("JPN", "USA"): 0.9},
        km={("AUS", "TWN"): 5500.0, ("KOR", "TWN"): 1500.0, ("BRA", "IRN"): 12000.0, ("BRA", "RUS"): 11000.0},
        treaty_allies=frozenset({"AUS", "KOR", "DEU", "POL", "JPN"}),
    )


@pytest.mark.parametrize("country", sorted(set(NAMES) - {"USA"}))
def test_a_draft_is_a_study_that_passes_its_check(country):
    study = parse_study(draft_study(country, facts()), country, NAMES)
    assert study.country == country
    assert study.plan_keys == ("plan_a", "plan_a_plus", "plan_b", "autonomy")
    assert study.reference_plan == "plan_a"


def test_partners_are_the_deepest_ties_then_the_nearest_allies():
    study = parse_study(draft_study("JPN", facts()), "JPN", NAMES)
    assert study.partner_states[:2] == ("AUS", "KOR")
    assert study.theatre.location == study.theatre.protege == "TWN"


def test_effort_rises_from_the_baseline_share():
    study = parse_study(draft_study("JPN", facts()), "JPN", NAMES)
    more, most = study.plans["plan_a_plus"].defence_share, study.plans["autonomy"].defence_share
    assert study.plans["plan_a"].defence_share is None
    assert more is not None
    assert most is not None
    assert 1.4 < more.target < most.target


def test_a_state_at_war_keeps_its_share_in_every_plan():
    study = parse_study(draft_study("UKR", facts()), "UKR", NAMES)
    assert all(plan.defence_share is None for plan in study.plans.values())


def test_the_usual_challenger_of_an_unlisted_state_is_the_nearest():
    assert parse_study(draft_study("BRA", facts()), "BRA", NAMES).challenger == "RUS"


def test_another_challenger_moves_the_theatre_home():
    study = parse_study(draft_study("JPN", facts(), challenger="RUS"), "JPN", NAMES)
    assert (study.challenger, study.theatre.location, study.theatre.protege) == ("RUS", "JPN", None)


def test_a_patron_needs_a_patron_of_its_own():
    with pytest.raises(StudyError, match="--patron"):
        draft_study("USA", facts())
    assert parse_study(draft_study("USA", facts(), patron="DEU"), "USA", NAMES).patron == "DEU"


def test_a_challenger_that_is_the_patron_is_refused():
    with pytest.raises(StudyError, match="name another: --challenger"):
        draft_study("JPN", facts(), challenger="USA")


def test_an_unknown_state_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean JPN"):
        draft_study("JPM", facts())


def test_a_tie_sought_is_deeper_than_today_s():
    ties = parse_study(draft_study("JPN", facts()), "JPN", NAMES).plans["plan_a_plus"].ties
    assert ties["AUS"] == 0.7
    assert ties["KOR"] == 0.4


def test_plan_a_plus_of_every_published_study_seeks_deeper_ties_than_today():
    depth = draft_facts().tie_depth
    for path in sorted(STUDIES.glob("*.toml")):
        study = load_study(path)
        shallower = {
            state: sought
            for state, sought in study.plans["plan_a_plus"].ties.items()
            if sought <= depth.get((min(study.country, state), max(study.country, state)), 0.0)
        }
        assert shallower == {}, path.name


def test_prioritisers_put_the_challenger_of_east_asia_first():
    asia = parse_study(draft_study("JPN", facts()), "JPN", NAMES)
    europe = parse_study(draft_study("DEU", facts()), "DEU", NAMES)
    assert (asia.theatre.patron_priority, europe.theatre.patron_priority) == (True, False)


def test_stake_falls_with_distance():
    assert 0.7 == generic_stake(0) > generic_stake(2000) > generic_stake(9000) > 0.2


def test_a_draft_for_every_state_of_the_embedded_baseline_passes():
    embedded = draft_facts()
    for country in sorted(set(embedded.names) - {"USA"}):
        study = parse_study(draft_study(country, embedded), country, embedded.names)
        assert study.country == country
        assert len(study.plans) == 4
