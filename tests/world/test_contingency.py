"""Contingency files and what their draws say."""

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kedge.core.errors import DomainError, KedgeError, StudyError, UnknownName
from kedge.security.shapley import led_worth
from kedge.world.contingency_answer import (
    coalition_worth_of,
    contingency_odds,
    member_states,
)
from kedge.world.contingency_file import load_contingency, parse_contingency, shipped_contingencies
from kedge.world.contingency_forces import draw_contingency, gather_facts
from kedge.world.contingency_front import joint_intensity, second_front

SMALL = """
schema = 1
name = "A strait"
location = "TWN"
attacked = "TWN"
challenger = "CHN"
anchor = "USA"
domain_weights = { sea = 0.6, air = 0.4 }
[patron]
state = "USA"
[[partners]]
state = "JPN"
[[partners]]
state = "GBR"
domains = ["cyber", "space"]
"""


def edited(old, new):
    assert old in SMALL
    return SMALL.replace(old, new)


@pytest.mark.parametrize("name", shipped_contingencies())
def test_the_package_s_contingencies_are_read_and_answered(name):
    found = load_contingency(name)
    odds = contingency_odds(found, 16)
    held = dict(zip(odds.cases, odds.held, strict=True))
    assert ((odds.held >= 0) & (odds.held <= 1)).all()
    assert (held["patron comes for certain"] >= held["as things are"] - 1e-12).all()
    assert (held["as things are"] >= held["patron stays out"] - 1e-12).all()
    assert (held["patron stays out"] >= held["nobody comes"] - 1e-12).all()
    hazard = dict(zip(odds.cases, odds.hazard, strict=True))
    base = [each.value["base_hazard"] for each in odds.draws]
    np.testing.assert_allclose(hazard["as things are"], base)
    assert (hazard["as things are, with stand-off strike"] <= hazard["as things are"] + 1e-15).all()
    assert odds.table().height == 6
    assert odds.facts.rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (edited('state = "GBR"', 'state = "GBX"'), "mine.toml: partners[2].state = 'GBX'"),
        (
            edited('state = "GBR"', 'state = "GBR"\ndistance = -5'),
            "partners[2].distance = -5: expected a distance",
        ),
        (
            edited('state = "GBR"', 'state = "GBR"\nprobability = 1.4'),
            "expected a probability, a number from 0 to 1",
        ),
        (edited('state = "GBR"', 'state = "GBR"\nprobability = [0.5, 0.2]'), "lower end first"),
        (edited('state = "GBR"', 'state = "JPN"'), "partners[2].state = 'JPN': is already partners[1].state"),
        (edited('state = "GBR"', 'state = "CHN"'), "is already challenger"),
        (edited('challenger = "CHN"\n', ""), "challenger: is missing"),
        (edited('challenger = "CHN"', "challenger = 3"), "mine.toml: challenger"),
        (edited("sea = 0.6", "sea = 0.7"), "weights that sum to 1, found 1.1"),
        (edited('domains = ["cyber", "space"]', 'domains = ["cybr"]'), "partners[2].domains[1]"),
        (edited('anchor = "USA"', 'anchor = "USA"\nanchr = "JPN"'), "did you mean anchor"),
        (SMALL + '[groups]\nEurope = ["FRA"]\n', "groups.Europe = 'FRA': no partner is called so"),
        (SMALL + "[uncertainties.decisivness]\nlow = 0.1\n", "decisiveness"),
        (SMALL + "[uncertainties.reliability]\nhigh = 1.7\n", "reliability"),
        (SMALL.split("[[partners]]")[0] + "partners = []\n", "partners"),
        (edited('attacked = "TWN"\n', ""), "attacked: is missing"),
        (edited('attacked = "TWN"', 'attacked = "TWN"\nattacked_spending = 3'), "not both"),
        (edited('anchor = "USA"', 'anchor = "CHN"'), "one of the attackers"),
        (edited('["cyber", "space"]', '["cyber", "cyber"]'), "names a domain twice"),
        (edited('["cyber", "space"]', "[]"), "expected at least one"),
        (edited('state = "GBR"', 'state = "GBR"\nstart = "AUS"\ndistance = 100'), "start or distance"),
        (SMALL + '[groups]\nTwice = ["JPN", "JPN"]\n', "names a partner twice"),
        (SMALL + "[uncertainties.reliability]\nhigh = 1.7\n", "mine.toml: uncertainties.reliability"),
        ("", "empty"),
        ("schema = ", "not valid TOML"),
    ],
)
def test_a_wrong_file_gets_one_message_with_file_and_key(tmp_path, text, told):
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(KedgeError) as caught:
        contingency_odds(load_contingency(path), 4)
    assert told in str(caught.value)


def test_names_and_files_that_are_not_there_are_told_apart(tmp_path):
    with pytest.raises(UnknownName, match="taiwan-strait"):
        load_contingency("taiwan-stait")
    with pytest.raises(StudyError, match="no such file"):
        load_contingency(tmp_path / "none.toml")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.integers(0, len(SMALL)))
def test_garbage_in_a_file_never_ends_in_anything_but_a_refusal(garbage, at):
    with contextlib.suppress(StudyError):
        parse_contingency(SMALL[:at] + garbage + SMALL[at:])


def test_values_add_up_and_the_patron_s_parts_make_its_value():
    worth = coalition_worth_of(parse_contingency(SMALL), 16)
    np.testing.assert_allclose(worth.value.sum(axis=0), worth.all_in, atol=1e-12)
    np.testing.assert_allclose(worth.by_domain[:-1].sum(axis=1), worth.value[:-1], atol=1e-12)
    np.testing.assert_allclose(worth.by_domain[-1].sum(axis=0) + worth.leading, worth.value[-1], atol=1e-12)
    assert worth.table()["state"].to_list()[0] == "USA"
    by_domain = worth.domains({"Europe": ["GBR"]})
    assert by_domain.filter(domain="sea")["mean"][0] == 0.0
    assert by_domain.filter(domain="cyber, space")["mean"][0] > 0.0
    assert (worth.tie_gain >= -1e-12).all()


def test_distance_takes_nothing_from_cyber_and_space():
    found = parse_contingency(edited('domains = ["cyber", "space"]', "distance = 20000"))
    worth = coalition_worth_of(found, 16)
    at_home, here = worth.at_home[1], worth.by_domain[1]
    assert (at_home[:3].sum(axis=0) > here[:3].sum(axis=0)).all()
    # Others' strength being the same, what a weightless force adds is its own affair.
    assert np.abs(at_home[3:]).max() <= np.abs(here[3:]).max() + 1e-9


def test_a_partner_that_never_comes_is_worth_nothing_and_one_that_does_lifts_the_odds():
    never = coalition_worth_of(
        parse_contingency(SMALL.replace('state = "JPN"', 'state = "JPN"\nprobability = 0')), 8
    )
    assert np.abs(never.value[0]).max() < 1e-15
    low, high = (
        contingency_odds(
            parse_contingency(SMALL.replace('state = "JPN"', f'state = "JPN"\nprobability = {p}')), 8
        )
        for p in (0.1, 0.9)
    )
    assert (high.held[0] > low.held[0]).all()


def test_without_a_patron_nobody_leads():
    text = SMALL.replace('[patron]\nstate = "USA"\n', "")
    found = parse_contingency(text)
    worth = coalition_worth_of(found, 8)
    assert member_states(found) == ("JPN", "GBR")
    assert not worth.leading.any()
    np.testing.assert_allclose(worth.value.sum(axis=0), worth.all_in, atol=1e-12)
    assert "patron stays out" not in contingency_odds(found, 8).cases


def test_draws_are_the_same_for_the_same_seed_and_longer_draws_contain_shorter_ones():
    found = parse_contingency(SMALL)
    facts = gather_facts(found)
    one, more = draw_contingency(found, facts, 8, 3), draw_contingency(found, facts, 16, 3)
    for a, b in zip(one, more, strict=False):
        assert a.value == b.value
        assert a.challenger == b.challenger


def test_a_second_front_is_weaker_while_the_first_is_on():
    first, second = load_contingency("taiwan-strait"), load_contingency("korea")
    found = second_front(first, second, draws=4)
    assert (found.during <= found.before + 1e-12).all()
    assert (found.opened >= found.uncoordinated - 1e-15).all()
    assert (found.uncoordinated >= found.hazard - 1e-15).all()
    quiet = second_front(first, second, intensity=0.0, draws=4)
    np.testing.assert_allclose(quiet.opened, quiet.uncoordinated)
    with pytest.raises(DomainError):
        second_front(first, first)


def test_nobody_shared_means_nothing_is_missing_elsewhere():
    first = parse_contingency(SMALL.replace('[patron]\nstate = "USA"\n', ""))
    second = parse_contingency(
        SMALL.replace('name = "A strait"', 'name = "Another"')
        .replace('"JPN"', '"AUS"')
        .replace('"GBR"', '"CAN"')
    )
    found = second_front(first, second, draws=4)
    np.testing.assert_allclose(found.during, found.before, atol=1e-12)


def test_the_odds_are_those_of_the_game():
    found = parse_contingency(SMALL)
    odds = contingency_odds(found, 4)
    for at, each in enumerate(odds.draws):
        assert odds.held[0, at] == led_worth(each.challenger, each.core, each.coalition, each.balance)[-1]


def test_coordination_follows_events_on_record():
    taiwan, baltic, korea = (load_contingency(name) for name in ("taiwan-strait", "baltic", "korea"))
    found = joint_intensity(taiwan, baltic)
    assert found is not None
    # Five patrols in 2023 to 2025 and ten in the seven years from 2019, each with Jeffreys' half.
    assert found.ratio == pytest.approx((5.5 / 3) / (10.5 / 7), rel=2e-3)
    assert found.low < found.rate < found.high
    assert joint_intensity(taiwan, korea) is None


def test_a_treaty_out_of_its_area_obliges_nobody():
    inside = contingency_odds(parse_contingency(SMALL), 8)
    text = SMALL.replace('anchor = "USA"', 'anchor = "USA"\nout_of_area = ["North Atlantic Treaty"]')
    outside = contingency_odds(parse_contingency(text), 8)
    assert (outside.joins[1] < inside.joins[1]).all()
    np.testing.assert_allclose(outside.joins[0], inside.joins[0])


def test_what_the_chance_turns_on_is_ranked_and_made_attacks_that_win_are_fewer():
    odds = contingency_odds(parse_contingency(SMALL), 64)
    turns = odds.turns()
    assert turns["swing"].is_sorted(descending=True)
    assert {"draw_width", "defender_advantage"} <= set(turns["name"].head(6))
    table = odds.table()
    assert (table["lost"] < table["attack"]).all()
    low, middle, high = odds.forces()
    assert 0 < low < middle < high
