"""A study file says what it means, or is refused in words that name key, value and remedy."""

import itertools
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kedge.core.errors import StudyError
from kedge.core.fields import field_faults
from kedge.world.schema import study_json_schema
from kedge.world.study import (
    Study,
    check_overrides,
    check_study,
    load_study,
    parse_study,
    study_fingerprint,
)
from kedge.world.study_cross import cross_problems

ROOT = Path(__file__).parents[2]
STATES = ("JPN", "USA", "CHN", "RUS", "PRK", "TWN", "AUS", "GBR", "KOR", "POL")
GOOD = """
schema = 1
title = "A title"
country = "JPN"
patron = "USA"
challenger = "CHN"
challenger_partners = ["RUS"]
first_year = 2025
last_year = 2040
reference_plan = "plan_a"

[theatre]
name = "Strait"
location = "TWN"
protege = "TWN"
domain_weights = { sea = 0.5, air = 0.5 }

[weights]
real_income = 1.0

[[partners]]
state = "AUS"
stake = 0.6

[[partners]]
state = "GBR"

[plans.plan_a]
label = "Plan A"

[plans.plan_b]
label = "Plan B"
defence_share = { target = 2.5, year = 2030 }
extra_mix = { strike = 0.3, research = 0.1 }
ties = { AUS = 0.8 }
linkage = 0.25

[uncertainties.some_rate]
low = 0.1
high = 0.4
"""


def parse(text):
    return parse_study(text, "x.toml", STATES)


def message_of(text):
    with pytest.raises(StudyError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith("x.toml: ")
    assert caught.value.exit_code == 2
    assert "pydantic" not in message
    assert "Traceback" not in message
    return message


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_study_is_read_as_written():
    study = parse(GOOD)
    assert study.plan_keys == ("plan_a", "plan_b")
    assert study.partner_states == ("AUS", "GBR")
    assert study.plans["plan_b"].linkage == 0.25
    assert study.overrides == {"some_rate": {"low": 0.1, "high": 0.4}}
    assert study.years[0] == 2025
    assert study.years[-1] == 2040


def test_what_a_plan_leaves_out_stays_as_it_is_today():
    plan = parse(GOOD).plans["plan_a"]
    assert plan.defence_share is None
    assert plan.alliance.target == 1.0
    assert plan.accommodation.target == 0.0
    assert plan.ties == {}
    assert (
        plan.interchange == plan.linkage == plan.retaliation == plan.concession == plan.diversification == 0.0
    )


REFUSED = {
    "unknown key": ("linkage = 0.25", "linkge = 0.25", ["plans.plan_b.linkge", "did you mean linkage?"]),
    "unknown key at the top": ('title = "A title"', 'title = "A"\npatrn = "USA"', ["patrn", "patron"]),
    "unknown key in a path": ("target = 2.5", "level = 2.5", ["defence_share.level", "target", "missing"]),
    "unknown measure": ("real_income = 1.0", "real_incme = 1.0", ["weights.real_incme", "real_income"]),
    "share where percent": ("target = 2.5", "target = 0.025", ["plan_b.defence_share.target = 0.025", "2.5"]),
    "basis points": ("target = 2.5", "target = 250", ["= 250", "percent of GDP", "write 2.5"]),
    "percent where share": ("linkage = 0.25", "linkage = 25", ["plans.plan_b.linkage = 25", "written 0.25"]),
    "unit in a text": ("linkage = 0.25", 'linkage = "25%"', ["'25%'", "without quotes or unit: 0.25"]),
    "percent in a text": ("target = 2.5", 'target = "2.5%"', ["'2.5%'", "without quotes or unit: 2.5"]),
    "text as number": ("linkage = 0.25", 'linkage = "much"', ["linkage = 'much'", "expected a share"]),
    "boolean as number": ("linkage = 0.25", "linkage = true", ["linkage = true", "expected a share"]),
    "text as boolean": ('protege = "TWN"', 'patron_priority = "yes"', ["priority = 'yes'", "true or false"]),
    "boolean as year": ("year = 2030", "year = true", ["defence_share.year = true", "whole year"]),
    "year with decimals": ("year = 2030", "year = 2030.5", ["defence_share.year = 2030.5", "whole year"]),
    "not a number": ("linkage = 0.25", "linkage = nan", ["linkage = nan", "finite"]),
    "infinite": ("linkage = 0.25", "linkage = inf", ["linkage = inf", "finite"]),
    "huge": ("linkage = 0.25", "linkage = 1e300", ["linkage = 1e+300", "from 0 to 1"]),
    "huge whole": ("linkage = 0.25", "linkage = " + "9" * 4000, ["a number of more than 30 digits"]),
    "beyond huge": ("linkage = 0.25", "linkage = " + "9" * 5000, ["not valid TOML"]),
    "negative": ("linkage = 0.25", "linkage = -0.1", ["linkage = -0.1", "from 0 to 1"]),
    "range upside down": ("low = 0.1", "low = 0.5", ["uncertainties.some_rate.low = 0.5", "upside down"]),
    "value and range": ("low = 0.1", "value = 0.2", ["uncertainties.some_rate", "leave out high"]),
    "mode outside": ("low = 0.1", "low = 0.1\nmode = 0.9", ["some_rate.mode = 0.9", "from 0.1 to 0.4"]),
    "odd distribution": ("low = 0.1", 'distribution = "beta"', ["'beta'", "uniform"]),
    "unknown country": ('country = "JPN"', 'country = "JPM"', ["country = 'JPM'", "did you mean JPN"]),
    "country in small letters": ('patron = "USA"', 'patron = "usa"', ["patron = 'usa'", "did you mean USA?"]),
    "unknown partner": ('state = "AUS"', 'state = "AUX"', ["partners[1].state = 'AUX'", "AUS"]),
    "unknown tie": ("ties = { AUS = 0.8 }", "ties = { AUX = 0.8 }", ["plans.plan_b.ties.AUX", "AUS"]),
    "tie with no partner": ("ties = { AUS = 0.8 }", "ties = { KOR = 0.8 }", ["ties.KOR", "are AUS, GBR"]),
    "missing reference": ('reference_plan = "plan_a"', 'reference_plan = "plan_x"', ["'plan_x'", "plan_a"]),
    "missing key": ('title = "A title"\n', "", ["title", "missing"]),
    "missing label": ('label = "Plan A"', "", ["plans.plan_a.label", "missing"]),
    "patron is country": ('patron = "USA"', 'patron = "JPN"', ["patron = 'JPN'", "already country"]),
    "partner twice": ('state = "GBR"', 'state = "AUS"', ["partners[2].state", "already partners[1]"]),
    "patron as partner": ('state = "GBR"', 'state = "USA"', ["partners[2].state = 'USA'", "already patron"]),
    "challenger as partner": ('state = "GBR"', 'state = "RUS"', ["already challenger_partners[1]"]),
    "protege as partner": ('state = "GBR"', 'state = "TWN"', ["partners[2].state = 'TWN'", "protege"]),
    "protege is a helper": ('protege = "TWN"', 'protege = "RUS"', ["theatre.protege", "one side only"]),
    "protege is country": ('protege = "TWN"', 'protege = "JPN"', ["theatre.protege", "leave it out"]),
    "weights of domains": ("air = 0.5", "air = 0.6", ["theatre.domain_weights", "sum to 1", "1.1"]),
    "mix over one": ("strike = 0.3", "strike = 0.95", ["plans.plan_b.extra_mix", "at most 1", "1.05"]),
    "years upside down": ("last_year = 2040", "last_year = 2025", ["last_year = 2025", "after first_year"]),
    "year too far": ("last_year = 2040", "last_year = 2140", ["last_year = 2140", "2025 to 2060"]),
    "plan year outside": ("year = 2030", "year = 2045", ["defence_share.year = 2045", "2025 to 2040"]),
    "labels twice": ('label = "Plan B"', 'label = "plan a"', ["plans.plan_b.label", "already"]),
    "label too long": ('label = "Plan B"', f'label = "{"x" * 41}"', ["plans.plan_b.label", "at most 40"]),
    "label of two lines": ('label = "Plan B"', 'label = "Plan\\nB"', ["plans.plan_b.label", "one line"]),
    "empty label": ('label = "Plan B"', 'label = ""', ["plans.plan_b.label"]),
    "odd plan key": ("[plans.plan_b]", '[plans."Plan B"]', ["plans.Plan B", "a-z, 0-9 and _"]),
    "number for a path": ("defence_share = { target = 2.5, year = 2030 }", "defence_share = 2.5",
                          ["defence_share = 2.5", "{ target = …, year = … }"]),
    "number for text": ('title = "A title"', "title = 3", ["title = 3", "text in quotes"]),
    "text for a table": ("real_income = 1.0", "real_income = { a = 1 }", ["weights.real_income = a table"]),
    "list for a table": ('ties = { AUS = 0.8 }', "ties = [1, 2]", ["plans.plan_b.ties", "expected a table"]),
    "other version": ("schema = 1", "schema = 2", ["schema = 2", "expected 1"]),
    "key twice": ('title = "A title"', 'title = "A"\ntitle = "B"', ["not valid TOML", "line"]),
    "plan twice": ("[plans.plan_b]", "[plans.plan_a]", ["not valid TOML"]),
    "not TOML": ("[theatre]", "[theatre", ["not valid TOML", "docs/studies.md"]),
    "NUL byte": ("A title", "A\0title", ["NUL byte"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_study_is_refused_by_key_value_and_remedy(case):
    old, new, wanted = REFUSED[case]
    message = message_of(changed(old, new))
    assert [part for part in wanted if part not in message] == [], message


def test_plans_are_two_to_twelve():
    alone = GOOD[: GOOD.index("[plans.plan_b]")]
    assert "plans = a table: expected at least 2" in message_of(alone)
    assert "plans" in message_of(GOOD[: GOOD.index("[plans.plan_a]")])
    many = GOOD + "".join(f'[plans.p{n}]\nlabel = "P{n}"\n' for n in range(11))
    assert "at most 12" in message_of(many)


def test_partners_are_at_most_eight():
    more = "".join(f'[[partners]]\nstate = "A{chr(65 + n)}A"\n' for n in range(8))
    with pytest.raises(StudyError, match="at most 8"):
        parse_study(GOOD.replace("[plans.plan_a]", more + "[plans.plan_a]"), "x.toml", ())


def test_all_problems_are_told_at_once_up_to_ten():
    message = message_of(
        changed("linkage = 0.25", "linkge = 1").replace('"JPN"', '"JPM"').replace("0.8", "80")
    )
    assert "3 problems" in message
    assert all(key in message for key in ("country", "linkge", "ties.AUS"))
    flood = message_of(GOOD.replace("[theatre]", "".join(f"k{n} = 1\n" for n in range(50)) + "[theatre]"))
    assert "and 40 more" in flood
    assert len(flood) < 3000


def test_a_value_of_great_length_is_cut():
    assert len(message_of(changed('country = "JPN"', f'country = "{"J" * 100_000}"'))) < 600


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n"])
def test_an_empty_study_is_refused(text):
    assert "empty" in message_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 200_000,
        "a = " + "{a=" * 100_000,
        "a" + ".a" * 100_000 + " = 1",
        "[" + "a." * 100_000 + "a]",
    ],
)
def test_deep_nesting_is_refused_at_once(text):
    message = message_of(text)
    assert "nested" in message or "dots" in message or "not valid TOML" in message


def test_files_that_are_no_study_are_refused(tmp_path):
    big = tmp_path / "big.toml"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("title = 'é'".encode("latin-1"))
    cases = {
        tmp_path: "folder",
        tmp_path / "bg.toml": "did you mean big.toml",
        big: "1 MiB",
        latin: "UTF-8",
        Path("/dev/zero"): "plain file",
        tmp_path / ("x" * 5000): "cannot be read",
        Path("a\0b"): "no such file|cannot be read",
    }
    for path, wanted in cases.items():
        with pytest.raises(StudyError, match=wanted):
            load_study(path, STATES)


def test_a_byte_order_mark_is_no_harm(tmp_path):
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_study(path, STATES) == parse(GOOD)


def test_models_made_in_code_are_checked_too():
    study = parse(GOOD)
    content = study.model_dump(by_alias=True) | {"patron": "JPN"}
    with pytest.raises(ValidationError, match="already country"):
        Study.model_validate(content)
    with pytest.raises(ValidationError):
        study.country = "KOR"  # pyright: ignore[reportAttributeAccessIssue]


def test_overrides_of_unknown_parameters_name_the_nearest():
    study = parse(GOOD)
    assert check_overrides(study, ["some_rate", "other"]) == ()
    (message,) = check_overrides(study, ["some_rates", "other"], "x.toml")
    assert message == "x.toml: uncertainties.some_rate: no parameter has this name; did you mean some_rates?"


def test_the_fingerprint_does_not_depend_on_order_or_layout():
    head, rest = GOOD.split("[theatre]")
    shuffled = "\n".join(reversed(head.strip().splitlines())) + "\n# note\n\n[theatre]" + rest
    spaced = GOOD.replace(" = ", "   =  ").replace("linkage   =  0.25", "linkage = 0.250")
    written_out = GOOD.replace('label = "Plan A"', 'label = "Plan A"\nlinkage = 0')
    a, b, rest = (GOOD.index(mark) for mark in ("[plans.plan_a]", "[plans.plan_b]", "[uncertainties"))
    other_order = GOOD[:a] + GOOD[b:rest] + GOOD[a:b] + GOOD[rest:]
    prints = {study_fingerprint(parse(text)) for text in (GOOD, shuffled, spaced, written_out, other_order)}
    assert len(prints) == 1


def test_the_fingerprint_tells_any_change_of_content():
    texts = [GOOD, *(changed(*pair) for pair in [("0.25", "0.26"), ("A title", "B title"), ("0.4", "0.41")])]
    prints = [study_fingerprint(parse(text)) for text in texts]
    assert all(a != b for a, b in itertools.combinations(prints, 2))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
INNER_KEYS = st.sampled_from(["state", "plan_a", "label", "ties", "target", "sea", "x y"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER_KEYS, inner, max_size=3)
)
DOCUMENT = json.dumps(tomllib.loads(GOOD))


def problems_of(document):
    try:
        Study.model_validate(document)
    except ValidationError as error:
        return field_faults(error, Study) + cross_problems(document)
    return cross_problems(document)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*json.loads(DOCUMENT), "extra"]), VALUES)
def test_whatever_stands_for_a_value_is_described_in_short_lines(key, value):
    lines = [problem.line() for problem in problems_of(json.loads(DOCUMENT) | {key: value})]
    assert all(len(line) < 400 for line in lines)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.text(alphabet='[]{}="\n.,_a1\0é#', max_size=4))
def test_a_damaged_file_is_read_or_refused_never_a_crash(place, junk):
    try:
        outcome = parse(GOOD[:place] + junk + GOOD[place + 1 :]).title
    except StudyError as refused:
        outcome = str(refused)
    assert outcome


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda path: path.name)
def test_published_studies_are_valid_and_fit_the_schema(path):
    load_study(path)
    document = tomllib.loads(path.read_text("utf-8"))
    schema = study_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(document)) == []


@pytest.mark.parametrize(
    "case", ["unknown key", "percent where share", "text as number", "odd plan key", "missing key"]
)
def test_the_schema_refuses_what_the_check_refuses(case):
    old, new, _ = REFUSED[case]
    document = tomllib.loads(changed(old, new))
    errors = list(jsonschema.Draft202012Validator(study_json_schema()).iter_errors(document))
    assert len(errors) >= 1


def test_the_schema_lists_states_when_given():
    schema = study_json_schema(["USA", "JPN"])
    assert schema["properties"]["country"]["enum"] == ["JPN", "USA"]
    assert "enum" not in study_json_schema()["properties"]["country"]


def test_a_range_that_cannot_be_drawn_is_found_by_the_check(tmp_path):
    file = tmp_path / "study.toml"
    shipped = (ROOT / "studies" / "japan.toml").read_text("utf-8")
    file.write_text(shipped + "\n[uncertainties.defeat_loss]\nlow = 0.0\nhigh = 300.0\n", "utf-8")
    with pytest.raises(StudyError, match=r"study\.toml: .*defeat_loss"):
        check_study(file)
