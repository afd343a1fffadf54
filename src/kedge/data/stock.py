"""What of the catalogue is at hand, whether it is whole, and how to cite it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kedge.core.errors import KedgeError, UnknownSource
from kedge.data.baseline import SCHEMAS, baseline_checksums, check_sources, load_table
from kedge.data.catalogue import cite, find_source, load_catalogue
from kedge.data.fetch import settings, verify


@dataclass(frozen=True)
class Stocked:
    """A catalogue entry and where a verified copy of it is.

    Parameters
    ----------
    state
        `mirror`, `cached`, `absent`, or `damaged` (there is a file, but not the right one).
    """

    key: str
    title: str
    publisher: str
    vintage: str
    units: str
    licence: str
    page: str
    bytes: int
    sha256: tuple[str, ...]
    addresses: tuple[str, ...]
    state: str

    def as_dict(self) -> dict[str, Any]:
        """Give the entry as plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """The state of every source and of every embedded table (`whole` or what is wrong with it)."""

    sources: tuple[Stocked, ...]
    tables: dict[str, str]
    checksums: dict[str, str]

    @property
    def is_whole(self) -> bool:
        """Nothing is damaged; what is absent has simply not been fetched."""
        return all(each.state != "damaged" for each in self.sources) and set(self.tables.values()) <= {
            "whole"
        }

    def as_dict(self) -> dict[str, Any]:
        """Give the report as plain values for JSON."""
        return {
            "whole": self.is_whole,
            "sources": {each.key: each.state for each in self.sources},
            "tables": {
                name: {"state": state, "sha256": self.checksums.get(name, "")}
                for name, state in self.tables.items()
            },
        }


def take_stock(cache: Path | None = None) -> tuple[Stocked, ...]:
    """Hash what there is of every source, in the mirror folder and the cache; fetch nothing."""
    where = settings(cache)
    return tuple(
        Stocked(
            key=source.key,
            title=source.title,
            publisher=source.publisher,
            vintage=source.vintage,
            units=source.units,
            licence=source.licence,
            page=source.page,
            bytes=source.bytes,
            sha256=source.sha256,
            addresses=source.addresses + source.unpinned,
            state=verify(source, where),
        )
        for source in load_catalogue().values()
    )


def verify_all(cache: Path | None = None) -> Report:
    """Check every file at hand against its checksum, and every embedded table against its schema."""
    tables = {name: _table_state(name) for name in SCHEMAS}
    return Report(take_stock(cache), tables, baseline_checksums())


def citation(key: str, *, bibtex: bool = False) -> str:
    """Say how to cite a source of the catalogue or of an embedded table.

    Raises
    ------
    UnknownSource
        Neither the catalogue nor sources.csv has that key.
    """
    if key in load_catalogue():
        if bibtex:
            return cite(key, bibtex=True)
        source = find_source(key)
        return f"{source.citation}\nVintage: {source.vintage}\nLicence: {source.licence}\n{source.page}"
    rows = {row["key"]: row for row in load_table("sources").to_dicts()}
    if key not in rows:
        known = ", ".join(sorted(each for each in rows if each[:3] == key[:3])) or "see `kedge data list`"
        raise UnknownSource(f"neither the catalogue nor the embedded tables have a source {key!r}; {known}")
    row = rows[key]
    if bibtex:
        fields = {
            "title": row["title"],
            "publisher": row["publisher"],
            "url": row["url"],
            "note": row["citation"],
        }
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{key},\n{body}\n}}"
    return f"{row['citation']}\nLicence: {row['licence']}\n{row['url']}"


def _table_state(name: str) -> str:
    try:
        table = load_table(name)
        if name != "sources":
            check_sources(name, table, set(load_table("sources").get_column("key")))
    except (KedgeError, OSError) as error:
        return str(error)
    return "whole"
