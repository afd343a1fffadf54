from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def load_synthetic():
    """The synthetic assessment, whatever the import mode."""
    name = "brief_synthetic"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "synthetic.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def synthetic():
    return load_synthetic()


@pytest.fixture(scope="session")
def assessed(synthetic):
    return synthetic.assessment(3000)


@pytest.fixture(scope="session")
def found(assessed):
    from kedge.brief import find

    return find(assessed)


@pytest.fixture(scope="session")
def written(assessed, found, tmp_path_factory):
    from kedge.brief import write_brief

    folder = tmp_path_factory.mktemp("brief")
    write_brief(assessed, folder, findings=found)
    return folder
