"""One table of an ensemble on disk: blocks go straight to where they stay, whatever their order."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from kedge.strategy.ledger import RUNNING
from kedge.strategy.parquet import TableLayout

Columns = Float[np.ndarray, "column row"]


@dataclass
class TableFile:
    """A table of futures in a folder, complete or still running.

    Parameters
    ----------
    folder, name
        Where it lies once it is complete; while running its name ends in `.running`.
    layout
        Where each row has its place.
    """

    folder: Path
    name: str
    layout: TableLayout
    _file: io.FileIO | None = None

    def read(self, start: int, stop: int) -> Columns | None:
        """Read futures `start` to `stop`; None if the file does not reach that far."""
        if self._file is None:
            path = next((path for path in (self._running, self._complete) if path.is_file()), None)
            if path is None:
                return None
            self._file = path.open("rb", buffering=0)
        file, each = self._file, self.layout.rows_per_future
        columns = np.empty((len(self.layout.numbers), (stop - start) * each), dtype="<f8")
        for low, high, group in self.layout.spans(start, stop):
            for column, place in zip(columns, self.layout.number_places(group), strict=True):
                file.seek(place + 8 * each * (low - group))
                if not read_all(file, column[(low - start) * each : (high - start) * each].data.cast("B")):
                    return None
        return columns

    def write(self, start: int, stop: int, columns: Columns) -> None:
        """Write futures `start` to `stop` to their place; `take_up` comes first."""
        file, each = self._opened, self.layout.rows_per_future
        for low, high, group in self.layout.spans(start, stop):
            for column, place in zip(columns, self.layout.number_places(group), strict=True):
                file.seek(place + 8 * each * (low - group))
                write_all(file, column[(low - start) * each : (high - start) * each].data)

    def take_up(self) -> None:
        """Make the table ready to be written, whether it is new, running or complete."""
        self.close()
        if self._complete.is_file() and not self._running.is_file():
            self._complete.replace(self._running)
        self._complete.unlink(missing_ok=True)
        # Opened for appending first, which makes the file and leaves what is in it.
        self._running.open("ab").close()
        self._file = self._running.open("rb+", buffering=0)

    def sync(self) -> None:
        """Have the system put on disk what has been written."""
        os.fsync(self._opened.fileno())

    def finish(self, futures: int, arrow_schema: str) -> str:
        """Write all that is no value, move the table into place, and give the footer's checksum."""
        self._shorten(futures)
        file = self._opened
        for group in self.layout.groups:
            for place, content in self.layout.frame(group):
                file.seek(place)
                write_all(file, content)
        file.seek(0)
        write_all(file, b"PAR1")
        footer = self.layout.footer(arrow_schema)
        file.truncate(self.layout.end)
        file.seek(self.layout.end)
        write_all(file, footer)
        self.sync()
        self.close()
        self._running.replace(self._complete)
        return hashlib.sha256(footer).hexdigest()

    def is_framed(self, footer: str) -> bool:
        """Whether a complete table has all that is no value in place, and this checksum's footer."""
        if not self.has_footer(footer):
            return False
        with self._complete.open("rb") as file:
            for group in self.layout.groups:
                for place, content in self.layout.frame(group):
                    file.seek(place)
                    if file.read(len(content)) != content:
                        return False
            file.seek(0)
            return file.read(4) == b"PAR1"

    def has_footer(self, footer: str) -> bool:
        """Whether a complete table ends where it should, in the footer with this checksum."""
        if not self._complete.is_file():
            return False
        with self._complete.open("rb") as file:
            file.seek(self.layout.end)
            return hashlib.sha256(file.read()).hexdigest() == footer

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _shorten(self, futures: int) -> None:
        """Lay the table out anew for fewer futures: only the last group of rows has another place then."""
        if futures == self.layout.futures:
            return
        shorter = replace(self.layout, futures=futures)
        last = shorter.groups[-1]
        columns = self.read(last, futures)
        self.layout = shorter
        if columns is not None:
            self.write(last, futures, columns)

    @property
    def _running(self) -> Path:
        return self.folder / (self.name + RUNNING)

    @property
    def _complete(self) -> Path:
        return self.folder / self.name

    @property
    def _opened(self) -> io.FileIO:
        if self._file is None:
            self.take_up()
        assert self._file is not None
        return self._file


def write_all(file: io.FileIO, content: Any) -> None:
    """Write everything; a full disk may take a piece before it fails."""
    left = memoryview(content).cast("B")
    while len(left):
        left = left[file.write(left) :]


def read_all(file: io.FileIO, wanted: memoryview) -> bool:
    """Fill the view from the file; False if that ends before."""
    while len(wanted):
        got = file.readinto(wanted)
        if not got:
            return False
        wanted = wanted[got:]
    return True
