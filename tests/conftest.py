"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from kedge.core.compiled import use_own_cache

# Before any test imports numba: a change in one function must recompile those that call it.
use_own_cache()

# Compilation makes first calls slow, and a run must fail or pass the same way twice.
settings.register_profile("kedge", deadline=None, derandomize=True)
settings.load_profile("kedge")

HOW = "set KEDGE_MIRROR to a folder with the publishers' files (see docs/data.md) to run this"


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder with the publishers' files, laid out as the catalogue's mirror paths say."""
    folder = os.environ.get("KEDGE_MIRROR", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(HOW)
    return Path(folder).resolve()
