"""Read a finished ensemble back: all, some of it, or block by block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kedge.core.errors import OutputError, UnknownName
from kedge.strategy.axes import Futures, Values
from kedge.strategy.ledger import FUTURES, RESULTS, SCHEMA, Chunk, Layout, finished_chunks, read_ledger
from kedge.strategy.store import Store
from kedge.strategy.tablefile import TableFile


@dataclass(frozen=True)
class Block:
    """A stretch of a finished ensemble.

    Parameters
    ----------
    start
        Number of the first future.
    values
        In the measures' units, of the plans and measures asked for.
    futures
        In physical units.
    """

    start: int
    values: Values
    futures: Futures


@dataclass(frozen=True)
class Results:
    """A finished ensemble in a folder, of which nothing is in memory; made by `open_results`.

    Parameters
    ----------
    folder
        Where it lies.
    layout
        Names in axis order, and how many futures.
    chunks
        What is read, and verified, at a time.
    """

    folder: Path
    layout: Layout
    chunks: tuple[Chunk, ...]

    @property
    def plans(self) -> tuple[str, ...]:
        """Names of the plans."""
        return self.layout.plans

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures."""
        return self.layout.measures

    @property
    def uncertainties(self) -> tuple[str, ...]:
        """Names of the uncertainties."""
        return self.layout.uncertainties

    @property
    def count(self) -> int:
        """Futures that were run."""
        return self.layout.futures

    def blocks(
        self, plans: Sequence[str] | None = None, measures: Sequence[str] | None = None
    ) -> Iterator[Block]:
        """Read block after block, in order, each verified by its checksum.

        Parameters
        ----------
        plans, measures
            Which, in the order wanted; None for all.

        Raises
        ------
        UnknownName
            A plan or measure that is not there.
        OutputError
            A block is damaged.
        """
        rows = _positions("plan", plans, self.plans)
        columns = _positions("measure", measures, self.measures)
        with self._opened() as store:
            for chunk in self.chunks:
                found = store.read_chunk(chunk.start, chunk.stop)
                if found is None:
                    raise OutputError(
                        f"futures {chunk.start} to {chunk.stop} in {self.folder} are damaged; "
                        "give the command of the run again, and they are computed anew"
                    )
                values, futures = found
                yield Block(chunk.start, values[np.ix_(rows, range(len(futures)), columns)], futures)

    def values(self, plans: Sequence[str] | None = None, measures: Sequence[str] | None = None) -> Values:
        """Read all futures of some plans and measures into memory; see `blocks`.

        Returns
        -------
        Values
            In the measures' units.
        """
        rows, columns = len(plans or self.plans), len(measures or self.measures)
        values = np.empty((rows, self.count, columns))
        for block in self.blocks(plans, measures):
            values[:, block.start : block.start + len(block.futures)] = block.values
        return values

    def futures(self, uncertainties: Sequence[str] | None = None) -> Futures:
        """Read all futures, or some of their columns, into memory; see `blocks`.

        Returns
        -------
        Futures
            In the uncertainties' units.
        """
        columns = _positions("uncertainty", uncertainties, self.uncertainties)
        futures = np.empty((self.count, len(columns)))
        for block in self.blocks(self.plans[:1], self.measures[:1]):
            futures[block.start : block.start + len(block.futures)] = block.futures[:, columns]
        return futures

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Store]:
        tables = (
            TableFile(self.folder, RESULTS, self.layout.results),
            TableFile(self.folder, FUTURES, self.layout.drawn),
        )
        store = Store(self.folder, self.layout, {}, {chunk.start: chunk for chunk in self.chunks}, tables)
        try:
            yield store
        finally:
            store.close()


def open_results(folder: Path) -> Results:
    """Open a finished ensemble without reading its values.

    Parameters
    ----------
    folder
        Where `run_ensemble` or `stream_ensemble` put it.

    Raises
    ------
    OutputError
        No run in the folder, one that is not finished, or tables that are damaged.
    """
    folder = Path(folder)
    ledger = read_ledger(folder)
    if not ledger or ledger.get("schema") != SCHEMA:
        raise OutputError(
            f"{folder} holds no run of an ensemble that this version can read; run it there first"
        )
    chunks = finished_chunks(ledger)
    if not chunks:
        raise OutputError(f"the run in {folder} is not finished; give its command again, and it goes on")
    names = {key: tuple(ledger[key]) for key in ("plans", "measures", "uncertainties")}
    layout = Layout(
        fingerprint=ledger["fingerprint"],
        chunk_size=int(ledger["chunk_size"]),
        futures=int(ledger["finished"]["futures"]),
        until=ledger["until"],
        **names,
    )
    for name, table in ((RESULTS, layout.results), (FUTURES, layout.drawn)):
        if not TableFile(folder, name, table).has_footer(ledger["finished"]["footers"].get(name, "")):
            raise OutputError(f"{folder / name} is missing or damaged; give the command of the run again")
    return Results(folder, layout, tuple(chunks))


def _positions(kind: str, wanted: Sequence[str] | None, known: tuple[str, ...]) -> list[int]:
    for name in wanted or ():
        if name not in known:
            raise UnknownName(kind, name, known)
    return [known.index(name) for name in (wanted or known)]
