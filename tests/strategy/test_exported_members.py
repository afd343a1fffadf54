"""What the room offers is listed once, sorted, and there."""

from __future__ import annotations

from kedge import strategy


def constants_then_classes(name):
    return (not name.isupper(), not name[0].isupper(), name)


def test_public_names_are_sorted_and_exist():
    assert strategy.__all__ == sorted(strategy.__all__, key=constants_then_classes)
    assert all(hasattr(strategy, name) for name in strategy.__all__)
