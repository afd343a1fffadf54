"""Run a model over all futures and hand back the values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, Values
from kedge.strategy.designs import FutureSource, GivenFutures
from kedge.strategy.ledger import FUTURES, RESULTS
from kedge.strategy.stream import EnsembleSettings, Progress, StreamOptions, stream_ensemble
from kedge.strategy.workers import Model, Task, evaluate

__all__ = ["FUTURES", "RESULTS", "EnsembleSettings", "Model", "run_ensemble", "run_in_memory"]


def run_ensemble(
    model: Model,
    futures: Futures | FutureSource,
    settings: EnsembleSettings,
    progress: Progress | None = None,
    options: StreamOptions | None = None,
) -> Values:
    """Evaluate every plan in every future, keep the results in a folder, and give all values.

    The same run as `stream_ensemble`, which see, with the values held in memory besides.  A
    finished folder is read back, not computed again.

    Parameters
    ----------
    model
        Handed a block of futures, gives `[plan, future, measure]`; each future's values
        may depend on that future alone.
    futures
        From `draw_futures`, in physical units, or a source such as `SampledFutures`.
    settings
        Folder, chunk size, names and fingerprint.
    progress
        Called with (futures done, futures in all), first with what an earlier run left.
    options
        Workers, and when to stop; `progress` and `keep` are passed over.

    Returns
    -------
    Values
        In the measures' units; of the futures that were run, if a rule stopped the run.

    Raises
    ------
    DomainError
        The model gave a number that is not finite, or an array of the wrong shape.
    OutputError
        The folder cannot be written to, is in use, or holds another run.
    """
    source = GivenFutures(futures) if isinstance(futures, np.ndarray) else futures
    options = options or StreamOptions()
    blocks: dict[int, Values] = {}
    whole = None if options.until else np.empty((len(settings.plans), source.count, len(settings.measures)))

    def keep(start: int, block: Values, futures: Futures) -> None:
        if whole is None:
            blocks[start] = block
        else:
            whole[:, start : start + len(futures)] = block

    stream_ensemble(model, source, settings, replace(options, progress=progress, keep=keep))
    return np.concatenate([blocks[start] for start in sorted(blocks)], axis=1) if whole is None else whole


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
    if chunk_size < 1:
        raise DomainError(f"chunk_size must be one or more futures, got {chunk_size}")
    values = np.empty((len(plans), len(futures), len(measures)))
    for start in range(0, len(futures), chunk_size):
        stop = min(start + chunk_size, len(futures))
        values[:, start:stop] = evaluate(model, Task(futures[start:stop], start, plans, measures))
    return values
