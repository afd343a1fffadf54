"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HOW = "set KEDGE_MIRROR to a folder with the publishers' files (see docs/data.md) to run this"


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Folder with the publishers' files, laid out as the catalogue's mirror paths say."""
    folder = os.environ.get("KEDGE_MIRROR", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(HOW)
    return Path(folder).resolve()
