"""Keep an ensemble's parts and results in a folder, so that nothing half-written is trusted."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kedge.core.errors import OutputError
from kedge.core.files import sha256_of, write_text, written_aside
from kedge.strategy.axes import Futures, Values

RESULTS = "results.parquet"
FUTURES = "futures.parquet"
LEDGER = "run.json"
PARTS = "parts"

SCHEMA = 1
ROW_GROUP = 2**17
"""Rows in one row group of the joined files, fixed so that bytes do not depend on chunks."""


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
        Futures in a part.
    """

    fingerprint: str
    plans: tuple[str, ...]
    measures: tuple[str, ...]
    uncertainties: tuple[str, ...]
    chunk_size: int


@dataclass(frozen=True)
class Store:
    """A folder that holds one ensemble, finished or not; made by `open_store`.

    Parameters
    ----------
    folder
        Where it lies.
    layout
        Names, fingerprint and the chunk size the run began with.
    ledger
        What `run.json` says.
    """

    folder: Path
    layout: Layout
    ledger: dict[str, Any]

    @property
    def chunk_size(self) -> int:
        """Futures in a part, as this folder's run began."""
        return self.layout.chunk_size

    def read_finished(self, values: Values) -> bool:
        """Fill `values` from a finished run's results; False if it is not finished or does not verify."""
        finished = self.ledger.get("finished")
        if not finished:
            return False
        for name, checksum in finished.items():
            path = self.folder / name
            if not path.is_file() or sha256_of(path) != checksum:
                return False
        frame = pl.read_parquet(self.folder / RESULTS, columns=list(self.layout.measures))
        values[:] = _from_frame(frame, self.layout)
        _remove_parts(self.folder)
        return True

    def read_part(self, start: int, values: Values) -> bool:
        """Fill `values` from one part; False, and the part removed, if missing or damaged."""
        stop = min(start + self.chunk_size, values.shape[1])
        for path in (self.folder / PARTS).glob(f"part-{start:010d}-*.parquet"):
            content = path.read_bytes()
            if path.name == _part_name(start, content, self.ledger):
                frame = pl.read_parquet(io.BytesIO(content))
                values[:, start:stop] = _from_frame(frame, self.layout)
                return True
            path.unlink()
        return False

    def write_part(self, start: int, values: Values) -> None:
        """Write one chunk aside and move it to a name that carries its checksum."""
        content = _encode(_value_columns(values, self.layout), compression="uncompressed")
        _write_bytes(self.folder / PARTS / _part_name(start, content, self.ledger), content)

    def finish(self, values: Values, futures: Futures) -> None:
        """Join all values into the two Parquet files, note their checksums, drop the parts."""
        results = _encode(_result_frame(values, self.layout), compression="zstd")
        drawn = _encode(_future_frame(futures, self.layout), compression="zstd")
        checksums = {}
        for name, content in ((RESULTS, results), (FUTURES, drawn)):
            _write_bytes(self.folder / name, content)
            checksums[name] = hashlib.sha256(content).hexdigest()
        _write_ledger(self.folder, {**self.ledger, "finished": checksums})
        _remove_parts(self.folder)


def open_store(folder: Path, layout: Layout, futures: Futures, *, restart: bool) -> Store:
    """Take up the run in a folder if it is the same one, or begin a new one.

    Raises
    ------
    OutputError
        The folder holds another run and `restart` is False.
    """
    identity = {
        "schema": SCHEMA,
        "fingerprint": layout.fingerprint,
        "plans": list(layout.plans),
        "measures": list(layout.measures),
        "uncertainties": list(layout.uncertainties),
        "futures": len(futures),
        "futures_sha256": hashlib.sha256(futures.data).hexdigest(),
    }
    try:
        return _open(folder, layout, identity, restart=restart)
    except OSError as error:
        raise OutputError(
            f"cannot use {folder}: {error.strerror or error}; choose another folder with --out"
        ) from error


def _open(folder: Path, layout: Layout, identity: dict[str, Any], *, restart: bool) -> Store:
    for leftover in (*folder.glob(".*.part"), *(folder / PARTS).glob(".*.part")):
        leftover.unlink()
    found = read_ledger(folder)
    if found is not None:
        different = [key for key, value in identity.items() if found.get(key) != value]
        if not different:
            kept = Layout(**{**layout.__dict__, "chunk_size": int(found["chunk_size"])})
            return Store(folder, kept, found)
        if not restart:
            raise OutputError(
                f"{folder} holds another run, which differs in {_in_words(different)}; "
                "choose another folder with --out, or remove this one, or ask for a restart (--restart)"
            )
    # The ledger goes first: without it nothing that is left is trusted.
    for path in (folder / LEDGER, folder / RESULTS, folder / FUTURES):
        path.unlink(missing_ok=True)
    _remove_parts(folder)
    ledger = {**identity, "chunk_size": layout.chunk_size}
    _write_ledger(folder, ledger)
    return Store(folder, layout, ledger)


def _in_words(keys: list[str]) -> str:
    words = {
        "schema": "the version of the folder's layout",
        "fingerprint": "study, data or code",
        "futures": "the number of futures",
        "futures_sha256": "the futures (seed or ranges)",
    }
    return ", ".join(words.get(key, key) for key in keys)


def read_ledger(folder: Path) -> dict[str, Any] | None:
    """Read what `run.json` says: None if it is not there, empty if it is not to be trusted."""
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


def _write_ledger(folder: Path, ledger: dict[str, Any]) -> None:
    write_text(folder / LEDGER, json.dumps(ledger, indent=1, ensure_ascii=False) + "\n")


def _remove_parts(folder: Path) -> None:
    parts = folder / PARTS
    for path in (*parts.glob("part-*.parquet"), *parts.glob(".part-*.part")):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        parts.rmdir()


def _part_name(start: int, content: bytes, ledger: dict[str, Any]) -> str:
    """Name a part by its place and a checksum that fits this run and this place alone."""
    digest = hashlib.sha256(f"{ledger['fingerprint']} {ledger['futures_sha256']} {start} ".encode())
    digest.update(content)
    return f"part-{start:010d}-{digest.hexdigest()}.parquet"


def _write_bytes(path: Path, content: bytes) -> None:
    with written_aside(path) as aside:
        aside.write_bytes(content)


def _encode(frame: pl.DataFrame, compression: Any) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression=compression, row_group_size=ROW_GROUP, statistics=True)
    return buffer.getvalue()


def _value_columns(values: Values, layout: Layout) -> pl.DataFrame:
    """Rows run over futures, and within a future over plans."""
    return pl.DataFrame({name: values[:, :, column].T.ravel() for column, name in enumerate(layout.measures)})


def _from_frame(frame: pl.DataFrame, layout: Layout) -> Values:
    rows = frame.select(layout.measures).to_numpy()
    return rows.reshape(-1, len(layout.plans), len(layout.measures)).transpose(1, 0, 2)


def _result_frame(values: Values, layout: Layout) -> pl.DataFrame:
    plans, futures, _ = values.shape
    number = pl.Series("future", np.repeat(np.arange(futures, dtype=np.int32), plans))
    names = pl.Series("plan", layout.plans, dtype=pl.Enum(layout.plans))
    plan = names.gather(np.tile(np.arange(plans, dtype=np.uint32), futures))
    return _value_columns(values, layout).insert_column(0, plan).insert_column(0, number)


def _future_frame(futures: Futures, layout: Layout) -> pl.DataFrame:
    number = pl.Series("future", np.arange(len(futures), dtype=np.int32))
    columns = {
        name: np.ascontiguousarray(futures[:, column]) for column, name in enumerate(layout.uncertainties)
    }
    return pl.DataFrame({"future": number, **columns})
