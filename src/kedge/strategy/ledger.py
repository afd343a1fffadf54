"""What a folder says about the ensemble in it: `run.json`, and a journal of the chunks that are done."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge.core.errors import OutputError
from kedge.core.files import write_text
from kedge.strategy.parquet import TableLayout

RESULTS = "results.parquet"
FUTURES = "futures.parquet"
LEDGER = "run.json"
JOURNAL = "run.chunks"
RUNNING = ".running"
"""Ends the name of a table that is still being written."""

SCHEMA = 2


@dataclass(frozen=True)
class Layout:
    """What the columns and rows of an ensemble stand for.

    Parameters
    ----------
    fingerprint
        Of everything the values depend on besides the futures.
    plans, measures, uncertainties
        Names in axis order.
    chunk_size
        Futures in a chunk.
    futures
        How many there are, or at most, if a rule stops the run.
    until
        The rule that stops the run, in words; empty if there is none.
    """

    fingerprint: str
    plans: tuple[str, ...]
    measures: tuple[str, ...]
    uncertainties: tuple[str, ...]
    chunk_size: int
    futures: int
    until: str = ""

    @property
    def results(self) -> TableLayout:
        """Layout of the table of values."""
        return TableLayout(self.measures, self.futures, self.plans)

    @property
    def drawn(self) -> TableLayout:
        """Layout of the table of futures."""
        return TableLayout(self.uncertainties, self.futures)

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same for a folder's run to be this one."""
        return {
            "schema": SCHEMA,
            "fingerprint": self.fingerprint,
            "plans": list(self.plans),
            "measures": list(self.measures),
            "uncertainties": list(self.uncertainties),
            "futures": self.futures,
            "until": self.until,
        }


@dataclass(frozen=True)
class Chunk:
    """A stretch of futures that is written, and the checksum that fits this run and place alone."""

    start: int
    stop: int
    digest: str


def read_ledger(folder: Path) -> dict[str, Any] | None:
    """Read `run.json`: None if there is none, empty if it cannot be relied on."""
    try:
        ledger = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    usable = (
        isinstance(ledger, dict) and isinstance(ledger.get("chunk_size"), int) and ledger["chunk_size"] > 0
    )
    return ledger if usable else {}


def write_ledger(folder: Path, ledger: dict[str, Any]) -> None:
    """Write `run.json` in one move."""
    write_text(folder / LEDGER, json.dumps(ledger, indent=1, ensure_ascii=False) + "\n")


def refuse_other_run(folder: Path, different: list[str]) -> OutputError:
    """Say in which ways a folder's run differs and what to do."""
    words = {
        "schema": "the version of the folder's layout",
        "fingerprint": "study, data or code",
        "futures": "the number of futures",
        "rows": "the futures (seed or ranges)",
        "until": "the rule that stops it",
    }
    told = ", ".join(words.get(key, key) for key in different)
    return OutputError(
        f"{folder} holds another run, which differs in {told}; "
        "choose another folder with --out, or remove this one, or ask for a restart (--restart)"
    )


def read_journal(folder: Path) -> list[Chunk]:
    """List the chunks that a stopped run noted as done; a line torn by the stop is passed over."""
    try:
        lines = (folder / JOURNAL).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return _chunks(line.split() for line in lines)


def write_journal(folder: Path, chunks: list[Chunk]) -> None:
    """Write the journal anew in one move, without lines that mean nothing."""
    write_text(folder / JOURNAL, "".join(journal_line(chunk) for chunk in chunks))


def journal_line(chunk: Chunk) -> str:
    """Give the line that notes a chunk as done."""
    return f"{chunk.start} {chunk.stop} {chunk.digest}\n"


def finished_chunks(ledger: dict[str, Any]) -> list[Chunk]:
    """List the chunks of a finished run; none if it is not finished."""
    finished = ledger.get("finished")
    stops = finished.get("chunks", []) if isinstance(finished, dict) else []
    starts = [0, *(stop for stop, _ in stops)]
    return [Chunk(start, stop, digest) for start, (stop, digest) in zip(starts, stops, strict=False)]


def drop_run(folder: Path) -> None:
    """Take a run's files away; the ledger goes first, without which nothing that is left is trusted."""
    tables = [name + ending for name in (RESULTS, FUTURES) for ending in ("", RUNNING)]
    for name in (LEDGER, JOURNAL, *tables):
        (folder / name).unlink(missing_ok=True)
    for leftover in folder.glob(f".{LEDGER}.*.part"):
        leftover.unlink(missing_ok=True)
    for leftover in folder.glob(f".{JOURNAL}.*.part"):
        leftover.unlink(missing_ok=True)


def _chunks(rows: Any) -> list[Chunk]:
    found: dict[int, Chunk] = {}
    for row in rows:
        with contextlib.suppress(ValueError):
            start, stop, digest = row
            if len(digest) == 64:
                found[int(start)] = Chunk(int(start), int(stop), digest)
    return [found[start] for start in sorted(found)]
