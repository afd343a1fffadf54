"""Errors carry their exit code, and know the nearest name."""

import inspect

import pytest

from kedge.core import errors
from kedge.core.errors import KedgeError, NotConverged, UnknownName
from kedge.core.solution import Solution

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, KedgeError)]


def test_every_class_stands_in_the_tree_of_the_docstring():
    tree = errors.__doc__ or ""
    assert [kind.__name__ for kind in CLASSES if kind.__name__ not in tree] == []


def test_exit_codes_are_two_for_input_and_one_for_the_rest():
    mendable = {kind.__name__ for kind in CLASSES if kind.exit_code == 2}
    assert mendable == {"UnknownSource", "StudyError", "ScheduleError", "DomainError", "UnknownName"}
    assert {kind.exit_code for kind in CLASSES} == {1, 2}


def test_no_error_escapes_except_exception():
    assert all(issubclass(kind, Exception) for kind in CLASSES)


def test_an_unknown_name_offers_the_nearest():
    assert str(UnknownName("scenario", "anounced", ["announced", "optimal"])) == (
        "no scenario is called 'anounced'; did you mean announced?"
    )


def test_an_unknown_name_near_nothing_lists_what_is_known():
    message = str(UnknownName("state", "zzz", [f"s{n:02}" for n in range(30)]))
    assert message.startswith("no state is called 'zzz'; known: s00, s01")
    assert message.endswith(", …")


def test_an_unconverged_number_never_leaves_a_solution():
    solution = Solution(value=3.0, status="stalled", residual=0.1, iterations=7, cpu_seconds=0.0)
    with pytest.raises(NotConverged, match=r"stalled after 7 iterations with residual 0\.1") as caught:
        solution.unwrap()
    assert caught.value.solution is solution


def test_a_converged_solution_hands_out_its_value():
    assert Solution(3.0, "converged", 0.0, 1, 0.0).unwrap() == 3.0
