"""One download over http(s): streamed, bounded, retried when the network fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    import requests

WAITS = (0.5, 1.0, 2.0)
TIMEOUT = (10.0, 60.0)
_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class Trouble(Exception):
    """An address did not give the file; the message says which and why."""


def download(
    address: str, file: IO[bytes], limit: int, progress: Callable[[int, int], None] | None = None
) -> None:
    """Stream an address into an open file; start over after trouble with the network, with growing waits.

    Parameters
    ----------
    address
        An http(s) address; redirects are followed.
    file
        Open for writing; emptied before each attempt.
    limit : bytes
        More than this is refused: an endless answer must not fill the disk.
    progress
        Called with (bytes so far, bytes expected or 0).

    Raises
    ------
    Trouble
        The address refused, does not know the file, or kept failing.
    OSError
        The file cannot be written (for instance, the disk is full).
    """
    trouble = ""
    for wait in (0.0, *WAITS):
        time.sleep(wait)
        trouble, retry = _attempt(address, file, limit, progress)
        if not trouble:
            return
        if not retry:
            raise Trouble(f"{address}: {trouble}")
    raise Trouble(f"{address}: {trouble} (tried {1 + len(WAITS)} times)")


def _attempt(
    address: str, file: IO[bytes], limit: int, progress: Callable[[int, int], None] | None
) -> tuple[str, bool]:
    import pooch
    import requests

    file.seek(0)
    file.truncate()
    bar = _Bar(progress)
    sink = _Bounded(file, limit)
    get = pooch.HTTPDownloader(
        progressbar=cast("bool", bar if progress else False),
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},
    )
    try:
        get(address, sink, None)
    except requests.HTTPError as error:
        return _refusal(error)
    except (requests.RequestException, _Over, ValueError) as error:
        return _trouble(error, limit)
    file.flush()
    return "", False


def _refusal(error: requests.HTTPError) -> tuple[str, bool]:
    """Say what the server answered, and whether asking again may help."""
    if error.response is None:
        return "answered 0 ", False
    status = error.response.status_code
    return f"answered {status} {error.response.reason}", status in _RETRY_STATUS


def _trouble(error: Exception, limit: int) -> tuple[str, bool]:
    """Say what went wrong without an answer, and whether trying again may help; the first that fits."""
    from requests import exceptions as of

    reason = _reason(error)
    known = (
        ((of.InvalidURL, of.InvalidSchema, of.MissingSchema), "is not an address that can be fetched", False),
        (of.TooManyRedirects, "redirects in circles", False),
        (of.Timeout, "did not answer in time", True),
        (of.ConnectionError, f"cannot be reached ({reason}); is there a network?", True),
        (of.RequestException, f"broke off ({reason})", True),
        (_Over, f"gave more than {limit:,} bytes, far more than expected", False),
        (ValueError, f"gave an answer that makes no sense ({error})", False),
    )
    return next((words, again) for kind, words, again in known if isinstance(error, kind))


def _reason(error: BaseException) -> str:
    text = str(error)
    for known in (
        "Connection refused",
        "Name or service not known",
        "Temporary failure in name resolution",
        "IncompleteRead",
        "Connection reset",
        "Network is unreachable",
    ):
        if known in text:
            return known.lower()
    return type(error).__name__


class _Bounded:
    """A file that drops everything beyond a limit."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._left = file, limit

    def write(self, data: bytes) -> int:
        if len(data) > self._left:
            raise _Over
        self._left -= len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


class _Bar:
    """What pooch takes for a progress bar, turned into calls of one function."""

    def __init__(self, report: Callable[[int, int], None] | None) -> None:
        self.total = 0
        self._done, self._report = 0, report

    def update(self, count: int) -> None:
        self._done += count
        if self._report and self._done:
            self._report(min(self._done, self.total) if self.total else self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


class _Over(Exception):
    """More bytes than the limit."""
