"""What sources there are: where each comes from, how to know it, and how to cite it."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

from kedge.core.errors import DataError, UnknownSource

_KEY = re.compile(r"[a-z0-9][a-z0-9.-]*")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """One catalogue entry.

    Parameters
    ----------
    key
        The name by which tables, commands and evidence refer to the source.
    addresses
        Tried in this order; the bytes must match one of `sha256`.
    unpinned
        Addresses of a living or re-laid file without a recorded checksum; tried last,
        and the file counts only once `reader` has accepted it.
    mirror
        Path under a mirror folder or address, with forward slashes.
    sha256
        Every accepted checksum, lower-case hexadecimal.
    bytes
        Size of the first accepted file.
    reader
        `module:function` that turns the file into a table.
    also
        Other keys that lead here.
    """

    key: str
    title: str
    publisher: str
    page: str
    addresses: tuple[str, ...]
    mirror: str
    sha256: tuple[str, ...]
    bytes: int
    licence: str
    citation: str
    vintage: str
    units: str
    reader: str
    unpinned: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    note: str = ""

    @property
    def filename(self) -> str:
        """Name of the file in a cache folder."""
        return PurePosixPath(self.mirror).name


def load_catalogue() -> dict[str, Source]:
    """Read the catalogue that comes with the package, by key.

    Raises
    ------
    DataError
        An entry lacks a field, has an unknown one, or names a path outside the mirror.

    Examples
    --------
    >>> load_catalogue()["baci2023-194-flows"].units
    'thousand current US$'
    """
    return dict(_load())


def find_source(key: str) -> Source:
    """Find one entry of the catalogue.

    Raises
    ------
    UnknownSource
        No entry has that key; the message lists the nearest ones.
    """
    catalogue = _load()
    source = catalogue.get(key) or next((each for each in catalogue.values() if key in each.also), None)
    if source is None:
        raise UnknownSource(_unknown(key, sorted(catalogue)))
    return source


def cite(key: str, *, bibtex: bool = False) -> str:
    """Say how to cite a source, as a sentence or as a BibTeX entry.

    Examples
    --------
    >>> cite("cepii-distances").startswith("Mayer, T.")
    True
    """
    source = find_source(key)
    if not bibtex:
        return source.citation
    return _bibtex(source)


def parse_catalogue(text: str) -> dict[str, Source]:
    """Read catalogue text (TOML) and check every entry; see `load_catalogue`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the catalogue is not TOML: {error}") from error
    return {key: _entry(key, table) for key, table in tables.items()}


@functools.cache
def _load() -> dict[str, Source]:
    return parse_catalogue(resources.files("kedge.data").joinpath("catalogue.toml").read_text("utf-8"))


def _entry(key: str, table: object) -> Source:
    if not _KEY.fullmatch(key) or not isinstance(table, dict):
        raise DataError(f"catalogue entry {key!r}: expected a table under a key of a-z, 0-9, '.' and '-'")
    _check_fields(key, set(table))
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    source = Source(key=key, **values)
    fault = next(_faults(source), None)
    if fault is not None:
        raise DataError(f"catalogue entry {key!r}: {fault}")
    return source


def _check_fields(key: str, given: set[str]) -> None:
    known = {field.name for field in fields(Source)} - {"key"}
    required = known - {"unpinned", "also", "note"}
    unknown, missing = sorted(given - known), sorted(required - given)
    if unknown or missing:
        raise DataError(
            f"catalogue entry {key!r}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}"
        )


def _faults(source: Source) -> Iterator[str]:
    if not _stays_inside(source.mirror):
        yield f"mirror path {source.mirror!r} must stay inside the mirror"
    if not source.sha256 or not all(_HASH.fullmatch(each) for each in source.sha256):
        yield "sha256 must list checksums of 64 hexadecimal digits"
    if not all(each.startswith(("https://", "http://")) for each in source.addresses + source.unpinned):
        yield "every address must begin with https:// or http://"


def _stays_inside(mirror: str) -> bool:
    path = PurePosixPath(mirror)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in mirror
    return bool(path.name) and not leaves


def _unknown(key: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`kedge data list` shows all of them"
    return f"the catalogue has no source {key!r}; {hint}"


def _bibtex(source: Source) -> str:
    year = re.search(r"\((\d{4})\)", source.citation)
    lines = {
        "title": source.title,
        "author": f"{{{source.citation.split(' (')[0]}}}",
        "year": year.group(1) if year else "n.d.",
        "publisher": source.publisher,
        "url": source.page,
        "note": f"{source.citation} Vintage: {source.vintage}.",
    }
    body = ",\n".join(f"  {name} = {{{value.replace('&', chr(92) + '&')}}}" for name, value in lines.items())
    return f"@misc{{{source.key},\n{body}\n}}"
