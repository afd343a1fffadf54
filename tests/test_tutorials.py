"""Every tutorial runs from top to bottom in a process of its own, and ends with what its prose says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TUTORIALS = ROOT / "docs/tutorials"
MODELS = {"lake.py", "dike.py"}
"""Functions that a problem file names; run as a script they do nothing."""


def run_script(path):
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def last_part(text):
    """Lines of the last numbered part, without its heading."""
    return text.rstrip().rsplit("\n8. In short\n", 1)[1].splitlines()


def test_every_tutorial_is_run_here():
    scripts = {path.name for path in TUTORIALS.glob("*.py")}
    assert scripts == MODELS | {"shallow_lake.py", "dike_heights.py"}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_does_nothing_when_it_is_run(name):
    assert run_script(TUTORIALS / name) == ""


def test_the_dike_tutorial_ends_with_a_robust_height_about_the_published_one():
    text = run_script(TUTORIALS / "dike_heights.py")
    heights, exact = last_part(text)
    low, high, published = (float(number) for number in re.findall(r"(\d\.\d\d) m", heights))
    assert low < high
    assert abs(low - published) < 0.1
    assert float(re.search(r"(\d+\.\d) million", exact)[1]) == pytest.approx(5.8, abs=0.5)
    assert "in 100% of them" in text


def test_the_lake_tutorial_ends_with_a_rule_more_robust_than_the_published_one():
    text = run_script(TUTORIALS / "shallow_lake.py")
    shares, drivers = last_part(text)
    found, published = (int(number) for number in re.findall(r"(\d+)%", shares))
    assert found >= published
    assert published == pytest.approx(55.2, abs=3.2)
    assert float(re.search(r"never tips earns (\d\.\d+)", text)[1]) == pytest.approx(0.352, abs=0.01)
    ceiling = float(re.search(r"succeed in about (\d\.\d+)", text)[1])
    assert found / 100 < ceiling + 0.01
    assert drivers.split("what matters: ")[1].startswith("b and q")
    for key, share in re.findall(r"(most_\w+) +(\d\.\d+)  \(published: \d", text):
        stated = float(re.search(rf"{key} .*published: (\d\.\d+)", text)[1])
        assert float(share) == pytest.approx(stated, abs=0.032)
