"""A badly declared problem is refused with what would be right."""

from __future__ import annotations

import pytest

from kedge.core.errors import StudyError
from kedge.strategy import Measure, Uncertainty, choice


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 2.0, "high": 1.0}, "upside down, low 2 is above high 1"),
        ({"low": float("nan"), "high": 1.0}, "must be finite"),
        ({"low": 0.0, "high": 1.0, "distribution": "log_uniform"}, "both ends above zero"),
        ({"low": 0.0, "high": 1.0, "distribution": "beta"}, "must be one of uniform, log_uniform"),
        ({"low": 0.0, "high": 1.0, "distribution": "triangular", "mode": 2.0}, "lies between 0 and 1, got 2"),
        ({"low": 0.0, "high": 1.0, "mode": 0.5}, "mode belongs to triangular"),
        ({"low": 0.0, "high": 1.0, "sd": 0.5}, "belong to distribution 'normal'"),
        ({"low": 0.0, "high": 1.0, "distribution": "normal", "sd": 0.0}, "sd must be above zero"),
        ({"low": 0.0, "high": 1.0, "distribution": "normal", "mean": float("inf")}, "mean must be a finite"),
        ({"low": 0.0, "high": 1.0, "categories": ("a", "b")}, "belong to distribution 'choice'"),
        (
            {"low": 0.0, "high": 2.0, "distribution": "choice", "categories": ("a", "b")},
            "0 and 1; got 0 and 2",
        ),
        ({"low": 0.0, "high": 0.0, "distribution": "choice"}, "needs categories"),
    ],
)
def test_a_malformed_uncertainty_is_refused(settings, message):
    with pytest.raises(StudyError, match=message):
        Uncertainty("x", **settings)


@pytest.mark.parametrize(
    ("weights", "message"),
    [((1.0,), "expected 2 weights"), ((-1.0, 2.0), "zero or more"), ((0.0, 0.0), "above zero")],
)
def test_malformed_weights_are_refused(weights, message):
    with pytest.raises(StudyError, match=message):
        choice("x", ("a", "b"), weights)


@pytest.mark.parametrize("name", ["", "Upper", "with space", "1st", "x-y"])
def test_names_are_plain_words(name):
    with pytest.raises(StudyError, match="lower-case letters"):
        Uncertainty(name, 0, 1)
    with pytest.raises(StudyError, match="lower-case letters"):
        Measure(name, "label", "unit", "maximise")


def test_a_measure_needs_a_direction():
    with pytest.raises(StudyError, match="'maximise' or 'minimise', got 'up'"):
        Measure("x", "X", "unit", "up")  # pyright: ignore[reportArgumentType]


def test_the_label_defaults_to_the_name_in_words():
    assert Uncertainty("trade_elasticity", 1, 2).label == "trade elasticity"
