"""Write so that a killed run leaves no half-written file behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kedge.core.errors import OutputError


@contextlib.contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; move it into place only when the block ends well.

    The temporary name starts with a dot and ends in `.part`, so that no reader of
    the folder takes it for a result.  Contents are flushed to disk before the move.

    Raises
    ------
    OutputError
        The folder cannot be written to, or the disk is full.
    """
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is there already and is no ordinary file; name another")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; name another place (--out, --csv or --figure)"
        ) from error
    aside = Path(name)
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; free space or choose another folder"
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text in one atomic move; see `written_aside`."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def sha256_of(path: Path) -> str:
    """Hash a file's bytes (hexadecimal SHA-256), read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
