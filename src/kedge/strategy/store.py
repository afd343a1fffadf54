"""Keep an ensemble in a folder, so that nothing half-written is trusted and nothing is written twice."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import OutputError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.designs import FutureSource
from kedge.strategy.ledger import (
    FUTURES,
    JOURNAL,
    RESULTS,
    Chunk,
    Layout,
    drop_run,
    finished_chunks,
    journal_line,
    read_journal,
    read_ledger,
    refuse_other_run,
    write_journal,
    write_ledger,
)
from kedge.strategy.tablefile import TableFile, write_all

SYNC_SECONDS = 5.0
"""What a power cut may cost.  Damage shows in the checksums, so flushing more often would buy no safety."""


def fingerprint_of(**parts: object) -> str:
    """Hash whatever an ensemble's values depend on: study, seed, data checksums, code.

    Parameters
    ----------
    **parts
        Anything JSON can hold, by name; order does not matter.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Examples
    --------
    >>> fingerprint_of(seed=1, study="a") == fingerprint_of(study="a", seed=1)
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def code_checksum(package: str) -> str:
    """Hash a package's source files, so that changed code never reuses old parts.

    Returns
    -------
    str
        SHA-256 over names and contents of all `.py` and `.toml` files, with the version
        of NumPy and the processor family, on which last digits may hang.
    """
    spec = importlib.util.find_spec(package)
    roots = list(spec.submodule_search_locations or []) if spec else []
    if not roots:
        raise OutputError(f"cannot find the source files of package {package!r} to hash them")
    digest = hashlib.sha256(f"{np.__version__} {platform.machine()}".encode())
    for root in sorted(roots):
        files = [path for path in Path(root).rglob("*") if path.suffix in {".py", ".toml"}]
        for path in sorted(files):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@dataclass
class Store:
    """A folder that holds one ensemble, finished or not; made by `open_store`.

    Parameters
    ----------
    folder
        Where it lies.
    layout
        Names, fingerprint, and the chunk size the run began with.
    ledger
        What `run.json` says.
    chunks
        What is noted as done, by first future.
    """

    folder: Path
    layout: Layout
    ledger: dict[str, Any]
    chunks: dict[int, Chunk]
    _tables: tuple[TableFile, TableFile]
    _journal: io.FileIO | None = None
    _synced: float = 0.0

    @property
    def is_finished(self) -> bool:
        """Whether the tables are complete, as far as the ledger says."""
        return "finished" in self.ledger

    def finished_pieces(self) -> list[tuple[int, int]]:
        """Give the ends of a finished run's chunks, whether or not they still verify."""
        pieces = [(chunk.start, chunk.stop) for chunk in finished_chunks(self.ledger)]
        whole = bool(pieces) and pieces[-1][1] == self.layout.futures
        return pieces if whole else list(cut(0, self.layout.futures, self.layout.chunk_size))

    def read_chunk(self, start: int, stop: int) -> tuple[Values, Futures] | None:
        """Read one chunk; None if it is not noted as done or its checksum does not fit."""
        chunk = self.chunks.get(start)
        if chunk is None or chunk.stop != stop:
            return None
        results, drawn = (table.read(start, stop) for table in self._tables)
        if results is None or drawn is None or self._digest(start, [results, drawn]) != chunk.digest:
            del self.chunks[start]
            return None
        return _as_values(results, self.layout), drawn.T

    def write_chunk(self, start: int, values: Values, futures: Futures) -> None:
        """Write one chunk to its place and note it as done."""
        stop = start + len(futures)
        columns = [_as_columns(values), np.ascontiguousarray(futures.T)]
        with _told(self.folder):
            for table, each in zip(self._tables, columns, strict=True):
                table.write(start, stop, each)
            chunk = Chunk(start, stop, self._digest(start, columns))
            if self._journal is None:
                self._journal = (self.folder / JOURNAL).open("ab", buffering=0)
            write_all(self._journal, journal_line(chunk).encode())
            self._sync_now_and_then()
        self.chunks[start] = chunk

    def is_framed(self) -> bool:
        """Whether a finished run's tables are whole apart from the chunks."""
        footers = self.ledger["finished"].get("footers", {})
        return all(table.is_framed(footers.get(table.name, "")) for table in self._tables)

    def take_up(self) -> None:
        """Make an incomplete or damaged folder ready for chunks to be written."""
        with _told(self.folder):
            for table in self._tables:
                table.take_up()
            write_journal(self.folder, [self.chunks[start] for start in sorted(self.chunks)])
            self.ledger.pop("finished", None)
            write_ledger(self.folder, self.ledger)
        self._synced = time.monotonic()

    def finish(self, futures: int) -> None:
        """Complete both tables for so many futures, note their checksums, drop the journal."""
        schemas = _arrow_schemas(self.layout)
        with _told(self.folder):
            footers = {
                table.name: table.finish(futures, schema)
                for table, schema in zip(self._tables, schemas, strict=True)
            }
            done = [self.chunks[start] for start in sorted(self.chunks) if start < futures]
            finished = {"futures": futures, "chunks": [[c.stop, c.digest] for c in done], "footers": footers}
            self.ledger["finished"] = finished
            write_ledger(self.folder, self.ledger)
            self._close_journal()
            (self.folder / JOURNAL).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files."""
        self._close_journal()
        for table in self._tables:
            table.close()

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _digest(self, start: int, columns: list[Any]) -> str:
        digest = hashlib.sha256(f"{self.layout.fingerprint} {start} ".encode())
        for each in columns:
            digest.update(each.data)
        return digest.hexdigest()

    def _sync_now_and_then(self) -> None:
        if time.monotonic() - self._synced > SYNC_SECONDS:
            for table in self._tables:
                table.sync()
            self._synced = time.monotonic()


def cut(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch of futures into pieces of a size, the last one what is left."""
    for first in range(start, stop, size):
        yield first, min(first + size, stop)


@contextlib.contextmanager
def open_store(folder: Path, layout: Layout, source: FutureSource, *, restart: bool) -> Iterator[Store]:
    """Take up the run in a folder if it is the same one, or begin a new one.

    Raises
    ------
    OutputError
        The folder holds another run and `restart` is False, or cannot be used.
    """
    with _told(folder):
        store = _open(folder, layout, source, restart=restart)
    try:
        yield store
    finally:
        store.close()


def _open(folder: Path, layout: Layout, source: FutureSource, *, restart: bool) -> Store:
    found = read_ledger(folder)
    if found is not None:
        different = [key for key, value in layout.identity.items() if found.get(key) != value]
        if not different:
            kept = replace(layout, chunk_size=int(found["chunk_size"]))
            store = _found_store(folder, kept, found)
            if _begins_alike(store, source):
                return store
            store.close()
            different = ["rows"]
        if not restart:
            raise refuse_other_run(folder, different)
    drop_run(folder)
    ledger = {**layout.identity, "chunk_size": layout.chunk_size}
    write_ledger(folder, ledger)
    return _found_store(folder, layout, ledger)


def _found_store(folder: Path, layout: Layout, ledger: dict[str, Any]) -> Store:
    done = finished_chunks(ledger) or read_journal(folder)
    finished = ledger.get("finished")
    here = replace(layout, futures=int(finished["futures"])) if finished else layout
    tables = TableFile(folder, RESULTS, here.results), TableFile(folder, FUTURES, here.drawn)
    return Store(folder, here, ledger, {chunk.start: chunk for chunk in done}, tables)


def _begins_alike(store: Store, source: FutureSource) -> bool:
    """Whether the first and the last chunk that verify hold this source's futures."""
    chunks = [store.chunks[start] for start in sorted(store.chunks)]
    for chunk in (chunks[:1] + chunks[-1:]) if chunks else []:
        read = store.read_chunk(chunk.start, chunk.stop)
        if read is not None and not np.array_equal(read[1], source.rows(chunk.start, chunk.stop)):
            return False
    return True


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the system says of the disk into what the user can do."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror or error}; free space or choose another folder with "
            "--out; what is written is kept, and the same command goes on from there"
        ) from error


def _as_columns(values: Values) -> np.ndarray:
    """Measure by measure; rows run over futures, and within a future over plans."""
    columns = np.ascontiguousarray(values.transpose(2, 1, 0), dtype="<f8")
    return columns.reshape(len(columns), -1)


def _as_values(columns: np.ndarray, layout: Layout) -> Values:
    return columns.reshape(len(columns), -1, len(layout.plans)).transpose(2, 1, 0)


def _arrow_schemas(layout: Layout) -> tuple[str, str]:
    """Take from what Polars itself writes that which tells it, and Arrow, that plans are an enumeration."""
    plans = {"plan": pl.Enum(layout.plans)}
    tables = ({"future": pl.Int32} | plans, layout.measures), ({"future": pl.Int32}, layout.uncertainties)
    found = []
    for labels, numbers in tables:
        buffer = io.BytesIO()
        pl.DataFrame(schema=labels | dict.fromkeys(numbers, pl.Float64)).write_parquet(buffer)
        buffer.seek(0)
        found.append(pl.read_parquet_metadata(buffer)["ARROW:schema"])
    return found[0], found[1]
