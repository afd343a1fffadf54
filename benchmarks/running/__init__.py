"""What the benchmarks share about how they run."""

from __future__ import annotations

import os
import sys


def one_thread() -> None:
    """Start again with linear algebra held to one thread: it reads the setting when it is loaded."""
    settings = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    if any(os.environ.get(name) != one for name, one in settings.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **settings})
