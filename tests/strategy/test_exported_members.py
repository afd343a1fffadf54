"""What the room offers is listed once, sorted, and there."""

from __future__ import annotations

from pathlib import Path

from kedge import strategy


def constants_then_classes(name):
    return (not name.isupper(), not name[0].isupper(), name)


def test_public_names_are_sorted_and_exist():
    assert strategy.__all__ == sorted(strategy.__all__, key=constants_then_classes)
    assert all(hasattr(strategy, name) for name in strategy.__all__)


def test_the_example_of_the_documentation_runs():
    page = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text(encoding="utf-8")
    names = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    assert names["report"].separations[0].uncertainty == "demand"
    assert {"demand"} <= {("demand", "price")[limit.column] for limit in names["box"].limits}


def test_every_metric_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "strategy.md").read_text(encoding="utf-8")
    assert all(f"`{metric.name}`" in page for metric in strategy.METRICS)
