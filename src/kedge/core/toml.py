"""From a path to a TOML table, refusing what is not such a file before it costs anything."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge.core.errors import StudyError
from kedge.core.fields import nearest_hint

MOST_BYTES = 1024 * 1024
MOST_DOTS_A_LINE = 200


@dataclass(frozen=True)
class FileKind:
    """What a kind of file is called, and where help on it is to be had.

    Parameters
    ----------
    name
        As in "expected a study file".
    page
        Page of the docs that explains its layout.
    remedy
        What writes one to start from, in words; empty if nothing does.
    """

    name: str
    page: str
    remedy: str = ""

    @property
    def start(self) -> str:
        """The remedy as the tail of a message."""
        return f"; {self.remedy}" if self.remedy else ""


def read_toml_text(path: Path, kind: FileKind) -> str:
    """Read the text of a file in words.

    Raises
    ------
    StudyError
        It is missing, a folder, not a plain file, larger than 1 MiB, or not UTF-8.
    """
    try:
        if path.is_dir():
            raise StudyError(
                f"{path}: expected a {kind.name} file, this is a folder; name the .toml file in it"
            )
        if not path.exists():
            raise StudyError(f"{path}: no such file{_files_near(path)}{kind.start}")
        if not path.is_file():
            raise StudyError(f"{path}: expected a plain file, this is a pipe or device")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > MOST_BYTES:
        raise StudyError(f"{path}: larger than 1 MiB; a {kind.name} file has some hundred lines")
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{path}: not UTF-8 text (byte {content[error.start]:#04x} at position {error.start}); "
            "save it as UTF-8"
        ) from error


def _files_near(path: Path) -> str:
    try:
        names = [file.name for file in path.parent.glob("*.toml")][:500]
    except OSError:
        return ""
    return nearest_hint(path.name, names) if names else ""


def toml_table(text: str, name: str, kind: FileKind) -> dict[str, Any]:
    """Parse TOML text into a table; `name` is what messages call the file.

    Raises
    ------
    StudyError
        It is empty, not TOML, or nested without reason.
    """
    if "\0" in text:
        raise StudyError(f"{name}: holds a NUL byte; expected a text file")
    if len(text) > MOST_BYTES:
        raise StudyError(f"{name}: larger than 1 MiB; a {kind.name} file has some hundred lines")
    # tomllib's time grows with the square of the parts of a dotted key.
    if any(line.count(".") > MOST_DOTS_A_LINE for line in text.splitlines()):
        raise StudyError(f"{name}: a line with more than {MOST_DOTS_A_LINE} dots; break it up")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise StudyError(
            f"{name}: nested too deep; a {kind.name} has at most four levels of tables"
        ) from None
    except ValueError as error:
        raise StudyError(
            f"{name}: not valid TOML: {str(error)[:300]}; see {kind.page} for the layout"
        ) from error
    if not table:
        raise StudyError(f"{name}: empty{kind.start}")
    return table
