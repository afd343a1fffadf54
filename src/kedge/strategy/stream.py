"""Run a model over futures that are never held as a whole: chunk after chunk, each to its place on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.designs import MOST_FUTURES, FutureSource
from kedge.strategy.ledger import Layout
from kedge.strategy.lock import locked_folder
from kedge.strategy.precision import Until
from kedge.strategy.store import Store, cut, open_store
from kedge.strategy.workers import Model, Task, Workers, compute

Progress = Callable[[int, int], None]
Keep = Callable[[int, Values, Futures], None]

_TAKEN = {"future", "plan"}


@dataclass(frozen=True)
class EnsembleSettings:
    """Where an ensemble is kept and what it is made of.

    Parameters
    ----------
    folder
        Gets `results.parquet`, `futures.parquet` and `run.json`, and while running a
        journal and the tables with names that end in `.running`.
    chunk_size
        Futures handed to the model at a time.  The result does not depend on it; a
        resumed run keeps the size it began with.
    fingerprint
        Stands for everything the values depend on besides the futures: study, data,
        code; see `fingerprint_of`.  Chunks are reused only under the same fingerprint.
    plans, measures, uncertainties
        Names, in the order of the model's axes.
    restart
        What to do with a folder that holds a run with another fingerprint: refuse
        (False), or throw that run away and begin anew (True).

    Raises
    ------
    StudyError
        Names are missing or doubled, or the chunk size is not positive.
    """

    folder: Path
    chunk_size: int
    fingerprint: str
    plans: tuple[str, ...]
    measures: tuple[str, ...]
    uncertainties: tuple[str, ...] = ()
    restart: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))
        if self.chunk_size < 1:
            raise StudyError(f"chunk_size must be one or more futures, got {self.chunk_size}")
        for kind, names in (("plans", self.plans), ("measures", self.measures)):
            if not names or len(set(names)) != len(names) or not all(isinstance(name, str) for name in names):
                raise StudyError(f"{kind} must be a tuple of different names, at least one; got {names!r}")
        if len(set(self.uncertainties)) != len(self.uncertainties):
            raise StudyError(f"uncertainties must be a tuple of different names, got {self.uncertainties!r}")
        taken = _TAKEN & {*self.measures, *self.uncertainties}
        if taken:
            raise StudyError(f"the tables have a column {taken.pop()!r} of their own; name it otherwise")


@dataclass(frozen=True)
class StreamOptions:
    """How a run goes about, none of which changes a value.

    Parameters
    ----------
    progress
        Called with (futures done, futures in all), first with what an earlier run left.
    workers
        Who computes; None for this thread alone.
    until
        Stops before all futures are run; None runs all.
    keep
        Handed (first future, values, futures) of every chunk once, whether computed now or
        read back, in no fixed order.
    """

    progress: Progress | None = None
    workers: Workers | None = None
    until: Until | None = None
    keep: Keep | None = None


def dropping(documents: Sequence[Path], progress: Progress | None) -> Progress:
    """Report progress; the first report says that the folder is ours, and drops an older run's documents."""
    ours = False

    def advance(done: int, total: int) -> None:
        nonlocal ours
        if not ours:
            for document in documents:
                document.unlink(missing_ok=True)
            ours = True
        if progress is not None:
            progress(done, total)

    return advance


@dataclass(frozen=True)
class StreamEnd:
    """What a run came to.

    Parameters
    ----------
    futures
        How many were run.
    half_width
        Of the statistic that could stop the run, in its unit; None if there was none.
    is_reached
        Whether the precision asked for was reached; None if none was asked for.
    """

    futures: int
    half_width: float | None = None
    is_reached: bool | None = None


def stream_ensemble(
    model: Model, source: FutureSource, settings: EnsembleSettings, options: StreamOptions | None = None
) -> StreamEnd:
    """Evaluate every plan in every future and keep the results in a folder, never all in memory.

    Each chunk goes straight to its place in the tables and is noted, with a checksum, in a
    journal.  A run that was stopped, by Ctrl-C, SIGKILL or a power cut, goes on where it was
    when called again; chunks whose checksum does not fit are computed again.  The bytes of
    both tables depend on the values alone: not on chunk size, workers or interruptions.

    Parameters
    ----------
    model
        Handed a block of futures, gives `[plan, future, measure]`; each future's values
        may depend on that future alone.
    source
        Gives any stretch of the futures; see `SampledFutures`.
    settings
        Folder, chunk size, names and fingerprint.
    options
        Progress, workers, and when to stop.

    Raises
    ------
    DomainError
        The model gave a number that is not finite, or an array of the wrong shape.
    OutputError
        The folder cannot be written to, is in use, or holds another run; or workers were lost.
    """
    options = options or StreamOptions()
    layout = _layout(source, settings, options.until)
    with (
        locked_folder(settings.folder),
        open_store(settings.folder, layout, source, restart=settings.restart) as store,
    ):
        return _Run(model, source, store, options).to_the_end()


def _layout(source: FutureSource, settings: EnsembleSettings, until: Until | None) -> Layout:
    if not 1 <= source.count <= MOST_FUTURES:
        raise DomainError(f"expected 1 to {MOST_FUTURES} futures, got {source.count}")
    columns, names = source.rows(0, 1).shape[1], settings.uncertainties
    if names and len(names) != columns:
        raise DomainError(f"futures have {columns} columns, but {len(names)} uncertainties are named")
    return Layout(
        fingerprint=settings.fingerprint,
        plans=settings.plans,
        measures=settings.measures,
        uncertainties=names or tuple(f"u{column}" for column in range(columns)),
        chunk_size=settings.chunk_size,
        futures=source.count,
        until=until.rule if until else "",
    )


@dataclass
class _Run:
    """A run under way: what is done, and the sums that may end it."""

    model: Model
    source: FutureSource
    store: Store
    options: StreamOptions
    done: int = 0
    is_writing: bool = False
    totals: np.ndarray | None = None
    began: bool = False

    def to_the_end(self) -> StreamEnd:
        store, until = self.store, self.options.until
        if store.is_finished:
            # What was run is settled, whatever is still good of it.
            self._run(store.finished_pieces())
            return self._end(store.layout.futures)
        begun, stages = 0, until.stages(self.source.count) if until else [self.source.count]
        for count in stages:
            self._run(list(cut(begun, count, store.layout.chunk_size)))
            begun = count
            if until and self._half_width(count) <= until.precision:
                break
        return self._end(begun)

    def _run(self, pieces: list[tuple[int, int]]) -> None:
        """Read back what is there of a stage, compute the rest."""
        missing = [piece for piece in pieces if not self._read(*piece)]
        if not self.began:
            self.began = True
            self._report()
        if missing:
            self._begin_writing()
        names = self.store.layout.plans, self.store.layout.measures
        tasks = (Task(self.source.rows(start, stop), start, *names) for start, stop in missing)
        for task, values in compute(self.model, tasks, self.options.workers):
            self.store.write_chunk(task.start, values, task.block)
            self._take(task.start, values, task.block)
            self._report()

    def _read(self, start: int, stop: int) -> bool:
        found = self.store.read_chunk(start, stop)
        if found is not None:
            self._take(start, *found)
        return found is not None

    def _take(self, start: int, values: Values, futures: Futures) -> None:
        self.done += len(futures)
        if self.options.until:
            sums = self.options.until.statistic.summarise(values)
            self.totals = sums if self.totals is None else self.totals + sums
        if self.options.keep:
            self.options.keep(start, values, futures)

    def _end(self, futures: int) -> StreamEnd:
        if not self.store.is_finished or not self.store.is_framed():
            self._begin_writing()
            self.store.finish(futures)
        until = self.options.until
        if until is None:
            return StreamEnd(futures)
        width = self._half_width(futures)
        return StreamEnd(futures, width, width <= until.precision)

    def _begin_writing(self) -> None:
        if not self.is_writing:
            self.store.take_up()
            self.is_writing = True

    def _half_width(self, futures: int) -> float:
        assert self.options.until is not None
        assert self.totals is not None
        return self.options.until.statistic.half_width(self.totals, futures)

    def _report(self) -> None:
        if self.options.progress is not None:
            self.options.progress(self.done, self.store.layout.futures)
