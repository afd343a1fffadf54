"""Everything Kedge raises on purpose.

    KedgeError
    ├── DataError            a source, file or table is not what it should be
    │   ├── UnknownSource    no catalogue entry has that key
    │   ├── FetchFailed      no address gave the file (offline, no network, refused)
    │   ├── ChecksumMismatch the bytes are not the ones the catalogue expects
    │   └── MalformedFile    the bytes are there, but not the table they should hold
    ├── StudyError           a study file, plan or setting is wrong
    ├── ScheduleError        a file of tariff measures is wrong
    ├── DomainError          a number outside what a model accepts
    ├── NotConverged         a solver stopped short; carries its best point
    ├── OutputError          a result cannot be written or read back
    └── UnknownName          a scenario, economy, command or measure nobody knows

A message says what was expected, what came, where, and what to do next.  Doors
alone turn these into an exit code: 2 for what the user can mend in the input,
1 for the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KedgeError(Exception):
    """Anything this package raises on purpose."""

    exit_code = 1


class DataError(KedgeError):
    """A source, file or table is not what it should be."""


class UnknownSource(DataError):
    """No catalogue entry has that key."""

    exit_code = 2


class FetchFailed(DataError):
    """No address gave the file."""


class ChecksumMismatch(DataError):
    """The bytes are not the ones the catalogue expects."""


class MalformedFile(DataError):
    """The bytes are there, but not the table they should hold."""


class StudyError(KedgeError):
    """A study file, plan or setting is wrong."""

    exit_code = 2


class ScheduleError(KedgeError):
    """A file of tariff measures is wrong."""

    exit_code = 2


class DomainError(KedgeError):
    """A number lies outside what a model accepts."""

    exit_code = 2


class NotConverged(KedgeError):
    """A solver stopped short of its tolerance; `solution` holds its best point."""

    def __init__(self, message: str, solution: object = None) -> None:
        super().__init__(message)
        self.solution = solution


class OutputError(KedgeError):
    """A result cannot be written or read back."""


class UnknownName(KedgeError):
    """A name that nobody knows, with the nearest known ones."""

    exit_code = 2

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        alike = [each for each in known if each.casefold() == name.casefold()]
        near = alike or difflib.get_close_matches(name, known, n=3)
        listed = ", ".join(near or known[:12]) + ("" if near or len(known) <= 12 else ", …")
        hint = f"did you mean {listed}?" if near else f"known: {listed}"
        super().__init__(f"no {kind} is called {name!r}; {hint}")
