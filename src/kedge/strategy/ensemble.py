"""Run a model over all futures, in chunks that outlive a killed run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kedge.core.errors import DomainError, StudyError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.lock import locked_folder
from kedge.strategy.store import FUTURES, RESULTS, Layout, open_store

Model = Callable[[Futures], Values]
Progress = Callable[[int, int], None]

__all__ = ["FUTURES", "RESULTS", "EnsembleSettings", "Model", "evaluate", "run_ensemble", "run_in_memory"]


@dataclass(frozen=True)
class EnsembleSettings:
    """Where an ensemble is kept and what it is made of.

    Parameters
    ----------
    folder
        Gets `results.parquet`, `futures.parquet`, `run.json` and, while running, `parts/`.
    chunk_size
        Futures handed to the model at a time.  The result does not depend on it; a
        resumed run keeps the size it began with.
    fingerprint
        Stands for everything the values depend on besides the futures: study, data,
        code; see `fingerprint_of`.  Parts are reused only under the same fingerprint.
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


def run_ensemble(
    model: Model, futures: Futures, settings: EnsembleSettings, progress: Progress | None = None
) -> Values:
    """Evaluate every plan in every future and keep the results in a folder.

    Each chunk is written aside and moved into place as soon as it is done.  A run that
    was stopped, by Ctrl-C, SIGKILL or a power cut, goes on where it was when called
    again; parts whose checksum does not fit are computed again.  At the end the parts
    are joined into two Parquet files whose bytes depend on the values alone.  A
    finished folder is read back, not computed again.

    Parameters
    ----------
    model
        Handed a block of futures, gives `[plan, future, measure]`; each future's values
        may depend on that future alone.
    futures
        From `draw_futures`, in physical units.
    settings
        Folder, chunk size, names and fingerprint.
    progress
        Called with (futures done, futures in all), first with what an earlier run left.

    Returns
    -------
    Values
        In the measures' units.

    Raises
    ------
    DomainError
        The model gave a number that is not finite, or an array of the wrong shape.
    OutputError
        The folder cannot be written to, is in use, or holds another run.
    """
    plans, measures = len(settings.plans), len(settings.measures)
    futures = _checked_futures(futures, settings)
    layout = Layout(
        fingerprint=settings.fingerprint,
        plans=settings.plans,
        measures=settings.measures,
        uncertainties=settings.uncertainties or tuple(f"u{column}" for column in range(futures.shape[1])),
        chunk_size=settings.chunk_size,
    )
    values = np.empty((plans, len(futures), measures))
    with locked_folder(settings.folder):
        store = open_store(settings.folder, layout, futures, restart=settings.restart)
        if store.read_finished(values):
            _report(progress, len(futures), len(futures))
            return values
        starts = range(0, len(futures), store.chunk_size)
        missing = [start for start in starts if not store.read_part(start, values)]
        done = len(futures) - sum(min(store.chunk_size, len(futures) - start) for start in missing)
        _report(progress, done, len(futures))
        for start in missing:
            stop = min(start + store.chunk_size, len(futures))
            values[:, start:stop] = evaluate(model, futures, start, stop, settings.plans, settings.measures)
            store.write_part(start, values[:, start:stop])
            done += stop - start
            _report(progress, done, len(futures))
        store.finish(values, futures)
    return values


def run_in_memory(
    model: Model, futures: Futures, plans: tuple[str, ...], measures: tuple[str, ...], chunk_size: int = 8192
) -> Values:
    """Evaluate every plan in every future and keep nothing on disk.

    Gives the same numbers as `run_ensemble`, which see for arguments and errors.

    Examples
    --------
    >>> values = run_in_memory(lambda block: block[None] * 2, np.ones((3, 1)), ("plan",), ("double",))
    >>> values.shape, float(values.sum())
    ((1, 3, 1), 6.0)
    """
    values = np.empty((len(plans), len(futures), len(measures)))
    for start in range(0, len(futures), chunk_size):
        stop = min(start + chunk_size, len(futures))
        values[:, start:stop] = evaluate(model, futures, start, stop, plans, measures)
    return values


def evaluate(
    model: Model, futures: Futures, start: int, stop: int, plans: tuple[str, ...], measures: tuple[str, ...]
) -> Values:
    """Run a model over futures `start` to `stop` and refuse what it should not have given.

    Raises
    ------
    DomainError
        Wrong shape, or a value that is not finite; the message names plan, future and measure.
    """
    values = np.asarray(model(futures[start:stop]), dtype=float)
    expected = (len(plans), stop - start, len(measures))
    if values.shape != expected:
        raise DomainError(
            f"the model must give an array [plan, future, measure] of shape {expected}, got {values.shape}"
        )
    finite = np.isfinite(values)
    if not finite.all():
        plan, future, measure = np.argwhere(~finite)[0]
        raise DomainError(
            f"the model gave {values[plan, future, measure]} for plan {plans[plan]!r}, "
            f"future {start + future}, measure {measures[measure]!r} "
            f"({int((~finite).sum())} values in this chunk are not finite); "
            "narrow the range that leads there or mend the model"
        )
    return values


def _checked_futures(futures: Futures, settings: EnsembleSettings) -> Futures:
    futures = np.ascontiguousarray(futures, dtype=float)
    if futures.ndim != 2 or not len(futures):
        raise DomainError(
            f"futures must be a table [future, uncertainty] with at least one row, got {futures.shape}"
        )
    names = settings.uncertainties
    if names and len(names) != futures.shape[1]:
        raise DomainError(
            f"futures have {futures.shape[1]} columns, but {len(names)} uncertainties are named"
        )
    return futures


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
