"""Lay out a Parquet file so that each value has its place before any is known.

Columns are plain and uncompressed, so that the place of a row follows from its number.
Blocks of rows can then be written straight to where they stay, in any order and by any
number of workers, and the file's bytes depend on its contents alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kedge.strategy.thrift import (
    BINARY,
    I32,
    I64,
    LIST,
    STRUCT,
    integer,
    list_head,
    list_of,
    struct,
    text_of,
    varint,
)

Kind = Literal["count", "label", "number"]

GROUP_ROWS = 2**15
"""Most rows in a row group; a group holds whole futures, as many as a power of two.

Larger groups scatter a chunk's bytes over the file, which costs the system more than the writing.
"""

_MAGIC = b"PAR1"
_TYPES: dict[Kind, int] = {"count": 1, "label": 6, "number": 5}
_BYTES: dict[Kind, int] = {"count": 4, "label": 0, "number": 8}
_PLAIN, _RLE, _DICTIONARY = 0, 3, 8


@dataclass(frozen=True)
class TableLayout:
    """Where the rows of a table of futures lie in its file.

    Parameters
    ----------
    numbers
        Names of the columns of numbers, after `future` (and `plan`, where there are plans).
    futures
        How many the table holds.
    plans
        Rows of one future, in this order; none for a table with one row a future.
    """

    numbers: tuple[str, ...]
    futures: int
    plans: tuple[str, ...] = ()

    @property
    def rows_per_future(self) -> int:
        """Plans, or one where there are none."""
        return len(self.plans) or 1

    @property
    def group_futures(self) -> int:
        """Futures in a row group."""
        return 2 ** max((GROUP_ROWS // self.rows_per_future).bit_length() - 1, 0)

    @property
    def columns(self) -> tuple[tuple[str, Kind], ...]:
        """Names and kinds in the order of the file."""
        label: tuple[tuple[str, Kind], ...] = (("plan", "label"),) if self.plans else ()
        return (("future", "count"), *label, *((name, "number") for name in self.numbers))

    @property
    def groups(self) -> range:
        """First future of each row group."""
        return range(0, self.futures, self.group_futures)

    @property
    def end(self) -> int:
        """Where the last value ends and the footer begins."""
        last = self.groups[-1]
        return self.group_start(last) + self._group_bytes(self.futures - last)

    def group_start(self, first: int) -> int:
        """Place of the row group whose first future this is."""
        return len(_MAGIC) + first // self.group_futures * self._group_bytes(self.group_futures)

    def spans(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Cut futures `start` to `stop` at the ends of groups: (start, stop, first future of the group)."""
        for group in range(start - start % self.group_futures, stop, self.group_futures):
            low, high = max(start, group), min(stop, group + self.group_futures)
            yield low, high, group

    def number_places(self, group: int) -> list[int]:
        """Places of the first value of each column of numbers in the group."""
        futures = min(self.group_futures, self.futures - group)
        place, found = self.group_start(group), []
        for _, kind, head, body in _pages(self, futures):
            if kind == "number":
                found.append(place + len(head))
            place += len(head) + body
        return found

    def frame(self, group: int) -> Iterator[tuple[int, bytes]]:
        """Give all of a group that follows from the layout, page heads, numbers and plans: (place, bytes)."""
        futures = min(self.group_futures, self.futures - group)
        place = self.group_start(group)
        for _, kind, head, body in _pages(self, futures):
            if kind == "count":
                numbers = np.arange(group, group + futures, dtype="<i4")
                yield place, head + np.repeat(numbers, self.rows_per_future).tobytes()
            else:
                yield place, head
            place += len(head) + body

    def footer(self, arrow_schema: str) -> bytes:
        """Give everything after the last value: what a reader looks at first.

        Parameters
        ----------
        arrow_schema
            Tells a reader that knows Arrow which type of labels `plan` has.
        """
        groups = b"".join(self._group_entry(group) for group in self.groups)
        rows = self.futures * self.rows_per_future
        meta = struct(
            (1, I32, integer(2)),
            (2, LIST, list_of(STRUCT, self._schema())),
            (3, I64, integer(rows)),
            (4, LIST, list_head(STRUCT, len(self.groups)) + groups),
            (5, LIST, list_of(STRUCT, [struct((1, BINARY, text_of("ARROW:schema")),
                                               (2, BINARY, text_of(arrow_schema)))])),
            (6, BINARY, text_of("kedge")),
            (7, LIST, list_of(STRUCT, [struct((1, STRUCT, struct()))] * len(self.columns))),
        )  # fmt: skip
        return meta + len(meta).to_bytes(4, "little") + _MAGIC

    def _schema(self) -> list[bytes]:
        root = struct((4, BINARY, text_of("root")), (5, I32, integer(len(self.columns))))
        leaves = []
        for name, kind in self.columns:
            fields = [(1, I32, integer(_TYPES[kind])), (3, I32, integer(0)), (4, BINARY, text_of(name))]
            if kind == "label":
                is_text = struct((1, STRUCT, struct()))
                fields += [(6, I32, integer(0)), (10, STRUCT, is_text)]
            leaves.append(struct(*fields))
        return [root, *leaves]

    def _group_entry(self, group: int) -> bytes:
        futures = min(self.group_futures, self.futures - group)
        place, rows, entries = self.group_start(group), futures * self.rows_per_future, []
        for name, kind, head, body in _pages(self, futures):
            size = len(head) + body
            encodings = [_PLAIN, _DICTIONARY] if kind == "label" else [_PLAIN]
            data = place + (len(_dictionary(self.plans)) if kind == "label" else 0)
            fields = [
                (1, I32, integer(_TYPES[kind])),
                (2, LIST, list_of(I32, [integer(each) for each in encodings])),
                (3, LIST, list_of(BINARY, [text_of(name)])),
                (4, I32, integer(0)),
                (5, I64, integer(rows)),
                (6, I64, integer(size)),
                (7, I64, integer(size)),
                (9, I64, integer(data)),
            ]
            if kind == "label":
                fields.append((11, I64, integer(place)))
            if kind == "count":
                fields.append((12, STRUCT, _between(group, group + futures - 1)))
            entries.append(struct((2, I64, integer(place)), (3, STRUCT, struct(*fields))))
            place += size
        size = self._group_bytes(futures)
        return struct(
            (1, LIST, list_of(STRUCT, entries)),
            (2, I64, integer(size)),
            (3, I64, integer(rows)),
            (5, I64, integer(self.group_start(group))),
            (6, I64, integer(size)),
        )

    def _group_bytes(self, futures: int) -> int:
        return sum(len(head) + body for _, _, head, body in _pages(self, futures))


@functools.lru_cache(maxsize=16)
def _pages(layout: TableLayout, futures: int) -> tuple[tuple[str, Kind, bytes, int], ...]:
    """Columns of a group with so many futures: name, kind, what comes before the values, bytes of these."""
    rows = futures * layout.rows_per_future
    found = []
    for name, kind in layout.columns:
        size = _BYTES[kind] * rows
        if kind == "label":
            # Labels repeat from future to future, so they are no less known beforehand than a head.
            labels = _labels(len(layout.plans), rows)
            head = _dictionary(layout.plans) + _page_head(0, len(labels), rows, _DICTIONARY) + labels
        else:
            head = _page_head(0, size, rows, _PLAIN)
        found.append((name, kind, head, size))
    return tuple(found)


def _dictionary(plans: tuple[str, ...]) -> bytes:
    entries = [name.encode() for name in plans]
    content = b"".join(len(entry).to_bytes(4, "little") + entry for entry in entries)
    return _page_head(2, len(content), len(entries), _PLAIN) + content


def _labels(plans: int, rows: int) -> bytes:
    """Index the dictionary, plan after plan, packed into as few bits as that needs."""
    width = max((plans - 1).bit_length(), 1)
    eights = -(-rows // 8)
    index = np.resize(np.arange(plans), eights * 8)
    bits = index[:, None] >> np.arange(width) & 1
    return bytes([width]) + varint(eights << 1 | 1) + np.packbits(bits, bitorder="little").tobytes()


def _between(low: int, high: int) -> bytes:
    ends = [(field, BINARY, b"\4" + end.to_bytes(4, "little")) for field, end in ((5, high), (6, low))]
    return struct((3, I64, integer(0)), *ends)


def _page_head(kind: int, size: int, values: int, encoding: int) -> bytes:
    about = [(1, I32, integer(values)), (2, I32, integer(encoding))]
    if kind == 0:
        about += [(3, I32, integer(_RLE)), (4, I32, integer(_RLE))]
    sizes = [(1, I32, integer(kind)), (2, I32, integer(size)), (3, I32, integer(size))]
    return struct(*sizes, (5 if kind == 0 else 7, STRUCT, struct(*about)))
