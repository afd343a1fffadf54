from __future__ import annotations

from dataclasses import replace

import pytest

from kedge.brief.naming import in_names, in_sentence, named


@pytest.fixture(scope="module")
def study(synthetic):
    base = synthetic.assessment(64).study
    return base.model_copy(update={"country": "JPN", "patron": "USA", "challenger": "CHN"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loss if the challenger wins", "Loss if China wins"),
        ("Patron's leverage", "The United States’ leverage"),
        ("Exposure to the challenger's coercion", "Exposure to China’s coercion"),
        ("Tariffs between patron and challenger", "Tariffs between the United States and China"),
        (
            "Growth of the focal state, the patron and the partners",
            "Growth of Japan, the United States and the partners",
        ),
        ("The patron's forces", "The United States’ forces"),
        ("the challenger's partners' strength", "China’s partners' strength"),
        ("where a patron leaves", "where a patron leaves"),
        ("patronage", "patronage"),
    ],
)
def test_states_are_called_by_name(study, text, expected):
    assert named(text, study) == (expected[:1].upper() + expected[1:] if text[:3] == "the" else expected)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("USA", "the United States"),
        ("PHL", "the Philippines"),
        ("NLD", "the Netherlands"),
        ("JPN", "Japan"),
        ("QQQ", "QQQ"),
    ],
)
def test_english_gives_some_states_an_article(code, expected):
    assert in_sentence(code) == expected


def test_no_label_of_the_model_speaks_of_parts_once_named(synthetic, study):
    assessment = in_names(replace(synthetic.assessment(64), study=study))
    labels = [p.label for p in assessment.parameters] + [m.label for m in assessment.measures]
    labels += [series.label for series in assessment.paths.series]
    for label in labels:
        assert not {"patron", "challenger", "focal"} & set(label.lower().replace("’", " ").split())
        assert "the the " not in f"{label.lower()} "
        assert "a the " not in label.lower()
    assert [p.label for p in in_names(assessment).parameters] == [p.label for p in assessment.parameters]
