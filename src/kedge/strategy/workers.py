"""Who computes the chunks: this thread, several threads or processes, or a Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import pickle
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import Any

import numpy as np

from kedge.core.errors import DomainError, KedgeError, OutputError, StudyError
from kedge.strategy.axes import Futures, Values

Model = Callable[[Futures], Values]


@dataclass(frozen=True)
class Task:
    """One chunk to compute: a block of futures and what its values are checked against.

    Parameters
    ----------
    block
        Futures in physical units.
    start
        Number of the first.
    plans, measures
        Names in axis order.
    """

    block: Futures
    start: int
    plans: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Workers:
    """Something that computes several chunks at a time; made by `threads`, `processes` or `cluster`.

    Parameters
    ----------
    submit
        Hands over one task of a model and gives its future.
    in_flight
        Chunks handed out and not yet back, at most: this bounds memory.
    """

    submit: Callable[[Model, Task], Future[Values]]
    in_flight: int


def evaluate(model: Model, task: Task) -> Values:
    """Run a model over a block of futures and refuse what it should not have given.

    Raises
    ------
    DomainError
        Wrong shape, or a value that is not finite; the message names plan, future and measure.
    """
    values = np.asarray(model(np.ascontiguousarray(task.block)), dtype=float)
    expected = (len(task.plans), len(task.block), len(task.measures))
    if values.shape != expected:
        raise DomainError(
            f"the model must give an array [plan, future, measure] of shape {expected}, got {values.shape}"
        )
    finite = np.isfinite(values)
    if not finite.all():
        plan, future, measure = np.argwhere(~finite)[0]
        raise DomainError(
            f"the model gave {values[plan, future, measure]} for plan {task.plans[plan]!r}, "
            f"future {task.start + future}, measure {task.measures[measure]!r} "
            f"({int((~finite).sum())} values in this chunk are not finite); "
            "narrow the range that leads there or mend the model"
        )
    return values


def compute(model: Model, tasks: Iterable[Task], workers: Workers | None) -> Iterator[tuple[Task, Values]]:
    """Give tasks with their values as they come back, in whatever order.

    Parameters
    ----------
    model
        Each future's values may depend on that future alone.
    tasks
        Drawn from only as fast as chunks come back.
    workers
        None computes here, one after another.
    """
    if workers is None:
        for task in tasks:
            yield task, evaluate(model, task)
        return
    running: dict[Future[Values], Task] = {}
    left = iter(tasks)
    try:
        while True:
            while len(running) < workers.in_flight and (task := next(left, None)) is not None:
                running[workers.submit(model, task)] = task
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), _outcome(done)
    finally:
        for each in running:
            each.cancel()


def _outcome(done: Future[Values]) -> Values:
    try:
        return done.result()
    except (Exception, CancelledError) as error:
        if not _is_loss(error):
            raise
        raise OutputError(
            f"the workers were lost ({error or type(error).__name__}); what is written is kept, and the same "
            "command goes on from there"
        ) from error


def _is_loss(error: BaseException) -> bool:
    """Whether workers went missing, rather than the model failing."""
    return isinstance(error, CancelledError | BrokenExecutor) or (
        type(error).__module__.startswith("distributed.") and not isinstance(error, KedgeError)
    )


@contextlib.contextmanager
def threads(count: int) -> Iterator[Workers]:
    """Compute on so many threads of this process.

    Fits models that let go of the interpreter, as NumPy does on large arrays, and that are
    not parallel themselves.

    Examples
    --------
    >>> with threads(2) as workers:
    ...     workers.in_flight
    4
    """
    with ThreadPoolExecutor(_positive(count)) as pool:
        yield Workers(lambda model, task: pool.submit(evaluate, model, task), 2 * count)


@contextlib.contextmanager
def processes(count: int) -> Iterator[Workers]:
    """Compute in so many processes of this machine.

    The model must be one that `pickle` takes: a function or class of a module that can be
    imported, no lambda.  Processes are started afresh, so a script that uses them does so
    under `if __name__ == "__main__":`.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_positive(count), mp_context=context) as pool:
        yield Workers(_sender(pool, _pickled, ""), 2 * count)


@contextlib.contextmanager
def cluster(address: str, package: str = "kedge", patience: float = 30) -> Iterator[Workers]:
    """Compute on the workers of a running Dask scheduler.

    A chunk whose worker dies is computed again on another.  The model goes to workers by
    `cloudpickle`: functions of importable modules go by name, and those modules must be
    installed there in the same version; functions of a script or notebook go whole.
    Workers write no files.

    Parameters
    ----------
    address
        Of the scheduler, such as `tcp://10.0.0.1:8786`.
    package
        Whose source files must be the same here and on each worker, since values depend on them.
    patience : seconds
        How long to wait for the scheduler, and then for its first worker.

    Raises
    ------
    StudyError
        The package `distributed` is not installed.
    OutputError
        No scheduler answers there, or it has no workers, or a worker runs other code.
    """
    try:
        from distributed import Client  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise StudyError(
            "a cluster needs the package distributed, which is not installed; pip install 'kedge[cluster]'"
        ) from error
    import cloudpickle

    from kedge.strategy.store import code_checksum

    code = f"{package} {code_checksum(package)}"
    with contextlib.ExitStack() as stack:
        try:
            client = stack.enter_context(Client(address, timeout=patience, set_as_default=False))
            client.wait_for_workers(1, timeout=patience)
        except (OSError, TimeoutError, ValueError) as error:
            raise OutputError(
                f"no Dask scheduler with workers answers at {address!r} ({error}); start one with 'dask "
                "scheduler' and 'dask worker ADDRESS', or mend the address"
            ) from error
        pool: Executor = client.get_executor(pure=False)
        cores = sum(dict(client.nthreads()).values())  # pyright: ignore[reportArgumentType,reportCallIssue]
        yield Workers(_sender(pool, cloudpickle.dumps, code), 2 * max(cores, 1))


@dataclass(frozen=True)
class Shipped:
    """A model on its way to another process.

    Parameters
    ----------
    content
        The model, pickled.
    code
        A package and the checksum that its source files must have there; empty for any.
    """

    content: bytes
    code: str


def _sender(
    pool: Executor, pickled: Callable[[Model], bytes], code: str
) -> Callable[[Model, Task], Future[Values]]:
    """Give a function that sends tasks off, with the model pickled once for all of them."""
    sent: list[tuple[Model, Shipped]] = []

    def submit(model: Model, task: Task) -> Future[Values]:
        if not sent or sent[0][0] is not model:
            sent[:] = [(model, Shipped(pickled(model), code))]
        return pool.submit(_evaluate_shipped, sent[0][1], task)

    return submit


def _evaluate_shipped(shipped: Shipped, task: Task) -> Values:
    return evaluate(_unpacked(shipped), task)


@functools.lru_cache(maxsize=2)
def _unpacked(shipped: Shipped) -> Any:
    """Unpickle a model once a process, and only under the code it was sent from."""
    if shipped.code:
        from kedge.strategy.store import code_checksum

        package, expected = shipped.code.split()
        if code_checksum(package) != expected:
            raise OutputError(
                f"a worker runs another version of {package}, NumPy or processor than the process that "
                "collects, so its values may differ; install the same on all machines"
            )
    return pickle.loads(shipped.content)


def _pickled(model: Model) -> bytes:
    try:
        return pickle.dumps(model)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise StudyError(
            f"the model cannot be sent to other processes ({error}); make it a function or a class of a "
            "module that can be imported, or use threads"
        ) from error


def _positive(count: int) -> int:
    if count < 1:
        raise StudyError(f"expected one worker or more, got {count}")
    return count
