"""Compiled functions are kept apart by the code they came from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import kedge

SOURCE = Path(kedge.__file__).parent
ASK = "from kedge.core.compiled import use_own_cache; print(use_own_cache())"


def cache_folder(package: Path, home: Path) -> Path | None:
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment |= {
        "PYTHONPATH": str(package.parent),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True, cwd=home
    )
    answer = done.stdout.strip()
    return None if answer == "None" else Path(answer)


def test_changed_code_gets_another_folder_and_unchanged_code_the_same(tmp_path):
    package = tmp_path / "kedge"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    first = cache_folder(package, tmp_path)
    assert cache_folder(package, tmp_path) == first
    with (package / "security" / "contest.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert cache_folder(package, tmp_path) != first


def test_old_folders_are_dropped(tmp_path):
    package = tmp_path / "kedge"
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    folders = []
    for turn in range(6):
        with (package / "security" / "contest.py").open("a", encoding="utf-8") as file:
            file.write(f"# change {turn}\n")
        folders.append(cache_folder(package, tmp_path))
    left = [folder for folder in folders if folder.is_dir()]
    assert left == folders[-4:]


def test_a_cache_folder_named_by_the_user_is_respected(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "None"
