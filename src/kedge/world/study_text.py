"""From a path to a TOML table, refusing what is not a study file before it costs anything."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from kedge.core.errors import StudyError
from kedge.world.study_problems import nearest_hint

MOST_BYTES = 1024 * 1024
MOST_DOTS_A_LINE = 200


def read_study_text(path: Path, what: str = "study") -> str:
    """Read a study file's text, or that of another file in words, such as a contingency.

    Raises
    ------
    StudyError
        It is missing, a folder, not a plain file, larger than 1 MiB, or not UTF-8.
    """
    try:
        if path.is_dir():
            raise StudyError(f"{path}: expected a {what} file, this is a folder; name the .toml file in it")
        if not path.exists():
            writes = "; `kedge study new ISO3` writes one" if what == "study" else ""
            raise StudyError(f"{path}: no such file{_files_near(path)}{writes}")
        if not path.is_file():
            raise StudyError(f"{path}: expected a plain file, this is a pipe or device")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise StudyError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > MOST_BYTES:
        raise StudyError(f"{path}: larger than 1 MiB; a {what} file has some hundred lines")
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


def study_table(text: str, name: str, what: str = "study") -> dict[str, Any]:
    """Parse TOML text into a table.

    Raises
    ------
    StudyError
        It is empty, not TOML, or nested without reason.
    """
    if "\0" in text:
        raise StudyError(f"{name}: holds a NUL byte; expected a text file")
    if len(text) > MOST_BYTES:
        raise StudyError(f"{name}: larger than 1 MiB; a {what} file has some hundred lines")
    # tomllib's time grows with the square of the parts of a dotted key.
    if any(line.count(".") > MOST_DOTS_A_LINE for line in text.splitlines()):
        raise StudyError(f"{name}: a line with more than {MOST_DOTS_A_LINE} dots; break it up")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise StudyError(f"{name}: nested too deep; a study has at most four levels of tables") from None
    except ValueError as error:
        remedy = f"see docs/{'studies' if what == 'study' else 'security'}.md for the layout"
        raise StudyError(f"{name}: not valid TOML: {str(error)[:300]}; {remedy}") from error
    if not table:
        writes = "; `kedge study new ISO3` writes one to start from" if what == "study" else ""
        raise StudyError(f"{name}: empty{writes}")
    return table
