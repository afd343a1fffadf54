"""The study of Japan joined with the embedded baseline, once a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kedge.data.baseline import load_baseline
from kedge.strategy import draw_futures
from kedge.world import Study, build_setting, load_study, parse_study, study_parameters
from kedge.world.model import joint_model
from kedge.world.parameters import as_uncertainty

JAPAN = Path(__file__).parents[2] / "studies" / "japan.toml"


@pytest.fixture(scope="session")
def japan() -> Study:
    """Read the shipped study."""
    return load_study(JAPAN)


@pytest.fixture(scope="session")
def baseline():
    """Read the embedded tables."""
    return load_baseline()


@pytest.fixture(scope="session")
def japan_run(japan, baseline):
    """Run the shipped study through 2,048 futures: setting, parameters, futures, values."""
    parameters = study_parameters(japan)
    setting = build_setting(japan, baseline)
    futures = draw_futures([as_uncertainty(p) for p in parameters], 2048, 1)
    return setting, parameters, futures, joint_model(setting, parameters)(futures)


@pytest.fixture(scope="session")
def edited(baseline):
    """Build a setting of the Japanese study with parts of its text replaced."""

    def build(*changes: tuple[str, str]):
        text = JAPAN.read_text("utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in the study"
            text = text.replace(old, new)
        study = parse_study(text)
        return study, build_setting(study, baseline)

    return build


def column(parameters, futures: np.ndarray, name: str) -> np.ndarray:
    """View of one uncertainty's column."""
    return futures[:, [p.name for p in parameters].index(name)]
