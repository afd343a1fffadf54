"""Keep two runs out of one folder."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from kedge.core.errors import OutputError

LOCK_NAME = ".run.lock"


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; the system lets go of it however the run ends.

    The lock is advisory and belongs to the open file, so a killed run leaves at most an
    unlocked file behind, which the next run takes over.

    Raises
    ------
    OutputError
        Another run holds the folder, or the folder cannot be written to.
    """
    path = folder / LOCK_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _take(path, folder)
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror or error}; choose another folder with --out"
        ) from error
    try:
        yield
    finally:
        # Unlinked while still held: whoever waits on this file then sees that the
        # path no longer leads to it (see _take).
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def _take(path: Path, folder: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):
            os.close(handle)
            raise OutputError(
                f"another run is writing to {folder}; wait for it to end, or choose another folder with --out"
            ) from None
        except OSError:
            os.close(handle)
            raise
        if _leads_to(path, handle):
            return handle
        os.close(handle)


def _leads_to(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _lock(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:

    def _lock(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
