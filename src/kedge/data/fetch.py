"""Get a source's file: from a mirror, the cache or its addresses, verified before use."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge.core.errors import ChecksumMismatch, DataError, FetchFailed, MalformedFile, OutputError
from kedge.core.files import sha256_of, write_text, written_aside
from kedge.data.catalogue import Source, find_source
from kedge.data.download import Trouble, download

Progress = Callable[[int, int], None]
_STALE_SECONDS = 3600.0


@dataclass(frozen=True)
class Settings:
    """Where to look and keep: explicit arguments, else the environment, else the user's cache folder.

    Parameters
    ----------
    cache
        Folder for downloaded files, one subfolder a source.
    mirror
        Folder or http(s) address that holds the files under the catalogue's mirror
        paths; empty for none.
    offline
        Never open a connection.
    """

    cache: Path
    mirror: str
    offline: bool


def settings(cache: Path | None = None, mirror: str | Path | None = None, offline: bool = False) -> Settings:
    """Fill in what is not given from KEDGE_CACHE, KEDGE_MIRROR and KEDGE_OFFLINE."""
    import platformdirs

    chosen = cache or os.environ.get("KEDGE_CACHE") or platformdirs.user_cache_path("kedge")
    source = os.environ.get("KEDGE_MIRROR", "") if mirror is None else str(mirror)
    quiet = os.environ.get("KEDGE_OFFLINE", "").strip().lower() in {"1", "true", "yes", "on"}
    return Settings(Path(chosen).expanduser(), source.strip(), offline or quiet)


def fetch(
    key: str,
    *,
    cache: Path | None = None,
    mirror: str | Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Give the path of a verified file of one source, downloading it if need be.

    Order: a mirror folder (used in place), the cache, a mirror address, the catalogue's
    addresses.  Every file is hashed before its path is handed out, cached ones too; a
    file that does not match is passed over and replaced, never used.  Trouble with the
    network is retried with growing waits; a wrong checksum moves on to the next address.

    Parameters
    ----------
    key
        Key of the catalogue.
    cache, mirror, offline
        See `Settings`.
    progress
        Called with (bytes so far, bytes expected or 0) while a download runs.

    Raises
    ------
    UnknownSource
        The catalogue has no such key.
    ChecksumMismatch
        A file was found, but its bytes are not the expected ones.
    MalformedFile
        An address gave a web page or a file its reader refuses.
    FetchFailed
        No address could be reached, the work is offline, or the cache cannot be written.
    """
    return fetch_source(find_source(key), settings(cache, mirror, offline), progress)


def read_source(key: str) -> Any:
    """Fetch a source and give what its own reader makes of it.

    Raises
    ------
    UnknownSource, ChecksumMismatch, MalformedFile, FetchFailed
        As `fetch`, or the reader refuses the file.
    """
    return _reader(find_source(key))(fetch(key))


def _reader(source: Source) -> Callable[[Path], Any]:
    module, function = source.reader.split(":")
    return getattr(importlib.import_module(module), function)


def fetch_source(source: Source, where: Settings, progress: Progress | None = None) -> Path:
    """Do what `fetch` does for a source and settings already found."""
    troubles: list[DataError] = []
    if found := _from_folder(source, where, troubles):
        return found
    cached = where.cache / source.key / source.filename
    if found := _accept(cached, source, troubles):
        return found
    if where.offline:
        raise _failure(source, troubles, f"offline, and no verified copy in {where.cache} or the mirror")
    for address, pinned in _addresses(source, where):
        try:
            return _download(source, address, pinned, cached, progress)
        except DataError as error:
            troubles.append(error)
        except OutputError as error:
            raise FetchFailed(
                f"{source.key}: the cache cannot hold the file ({error.__cause__ or error}); it needs about "
                f"{source.bytes:,} bytes: free space, or choose another folder with --cache or KEDGE_CACHE"
            ) from error
    raise _failure(source, troubles, "no address gave the file")


def verify(source: Source, where: Settings) -> str:
    """Say how a source stands without fetching: `mirror`, `cached`, `absent` or `damaged`."""
    troubles: list[DataError] = []
    if _from_folder(source, where, troubles):
        return "mirror"
    if _accept(where.cache / source.key / source.filename, source, troubles):
        return "cached"
    return "damaged" if any(isinstance(each, ChecksumMismatch) for each in troubles) else "absent"


def _from_folder(source: Source, where: Settings, troubles: list[DataError]) -> Path | None:
    """Take the file from a mirror folder, in place; a link that leads out of the folder is refused."""
    if not where.mirror or where.mirror.startswith(("http://", "https://")):
        return None
    folder = Path(where.mirror).expanduser().resolve()
    path = folder / source.mirror
    if not folder.is_dir():
        troubles.append(FetchFailed(f"the mirror {where.mirror} is neither a folder nor an http(s) address"))
    elif path.resolve().is_relative_to(folder):
        return _accept(path, source, troubles)
    else:
        troubles.append(FetchFailed(f"{path} leads outside the mirror folder; put the file itself there"))
    return None


def _addresses(source: Source, where: Settings) -> Iterator[tuple[str, bool]]:
    if where.mirror.startswith(("http://", "https://")):
        yield f"{where.mirror.rstrip('/')}/{source.mirror}", True
    yield from ((address, True) for address in source.addresses)
    yield from ((address, False) for address in source.unpinned)


def _accept(path: Path, source: Source, troubles: list[DataError]) -> Path | None:
    """Hand the path back if its bytes are known; note the trouble if they are not."""
    try:
        if not path.is_file():
            return None
        got = sha256_of(path)
    except OSError as error:
        troubles.append(FetchFailed(f"cannot read {path}: {error.strerror or error}"))
        return None
    if got in source.sha256 or (source.unpinned and got == _recorded(path)):
        return path
    troubles.append(mismatch(source, str(path), got, path))
    return None


def _recorded(path: Path) -> str:
    try:
        return _note(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _download(source: Source, address: str, pinned: bool, path: Path, progress: Progress | None) -> Path:
    """Download aside, check, move into place."""
    limit = 4 * source.bytes + (1 << 20) if pinned else 1 << 30
    try:
        _sweep(path)
        with written_aside(path) as aside:
            with aside.open("wb") as file:
                download(address, file, limit, progress)
            got = sha256_of(aside)
            if pinned and got not in source.sha256:
                raise mismatch(source, address, got, aside)
            if not pinned:
                _read_once(source, address, aside)
        if not pinned:
            write_text(_note(path), got + "\n")
    except Trouble as error:
        raise FetchFailed(str(error)) from error
    return path


def _sweep(path: Path) -> None:
    """Remove what a killed download left behind an hour ago or earlier."""
    with suppress(OSError):
        for left in path.parent.glob(f".{path.name}.*.part"):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink(missing_ok=True)


def _read_once(source: Source, address: str, path: Path) -> None:
    try:
        _reader(source)(path)
    except MalformedFile as error:
        raise MalformedFile(f"{address}: {error}") from error


def mismatch(source: Source, where: str, got: str, path: Path) -> DataError:
    """Say what is wrong with bytes whose checksum is not the expected one."""
    from kedge.data.readers.checks import read_bytes

    try:
        read_bytes(path)
        cause = _guess(source, path)
    except MalformedFile as error:
        if "web page" in str(error):
            return MalformedFile(str(error).replace(str(path), where))
        cause = str(error).replace(str(path), "the file").split("; fetch it again")[0]
    expected = " or ".join(source.sha256)
    return ChecksumMismatch(
        f"{source.key}: expected SHA-256 {expected}, got {got} from {where}; likely cause: {cause}. "
        f"The file is not used; `kedge data fetch {source.key}` gets it anew"
    )


def _guess(source: Source, path: Path) -> str:
    size = path.stat().st_size
    if size < source.bytes:
        return f"a download or copy that stopped early ({size:,} of {source.bytes:,} bytes)"
    if size == source.bytes:
        return "damage on disk or on the way (the size is right, the content is not)"
    return f"another edition by the publisher ({size:,} bytes, {source.bytes:,} expected)"


def _failure(source: Source, troubles: list[DataError], what: str) -> DataError:
    kinds = (ChecksumMismatch, MalformedFile, FetchFailed)
    kind = next((kind for kind in kinds if any(isinstance(each, kind) for each in troubles)), FetchFailed)
    listed = "".join(f"\n  - {each}" for each in troubles)
    if not source.addresses and not source.unpinned:
        what += " (no public address gives this very file)"
    return kind(
        f"{source.key}: {what}.{listed}\n"
        f"Next: check the network, set KEDGE_MIRROR to a folder or address that holds {source.mirror}, "
        f"or download it from {source.page}"
    )
