"""Keep compiled functions apart by the code they were compiled from."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

KEPT = 4


def use_own_cache() -> Path | None:
    """Point numba at a cache folder that belongs to exactly this state of the package.

    numba's own check looks at the file of the compiled function alone, so after a change in a
    function that it calls it would go on running the old one.  Must be called before numba is
    imported; doors call it, importing Kedge does not.  An address that the user set is respected.

    Returns
    -------
    Path or None
        The folder, or None where `NUMBA_CACHE_DIR` was set by the user.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return None
    import platformdirs

    root = Path(__file__).resolve().parents[1]
    state = hashlib.sha256(str(root).encode())
    for path in sorted(root.rglob("*.py")):
        stat = path.stat()
        state.update(f"{path.relative_to(root)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    shelf = Path(platformdirs.user_cache_dir("kedge")) / "compiled"
    folder = shelf / state.hexdigest()[:16]
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    _drop_oldest(shelf, folder)
    return folder


def _drop_oldest(shelf: Path, current: Path) -> None:
    try:
        current.mkdir(parents=True, exist_ok=True)
        os.utime(current)
        others = sorted((p for p in shelf.iterdir() if p != current), key=lambda p: p.stat().st_mtime)
        for old in others[: max(len(others) - KEPT + 1, 0)]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError:
        # A cache that cannot be kept costs time, not correctness: numba then compiles anew.
        os.environ.pop("NUMBA_CACHE_DIR", None)
