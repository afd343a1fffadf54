"""Write what a Parquet footer is written in: Thrift's compact protocol, as far as it is needed here."""

from __future__ import annotations

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def varint(number: int) -> bytes:
    """Write a number of zero or more, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def integer(number: int) -> bytes:
    """Write a whole number of zero or more."""
    return varint(number << 1)


def text_of(text: str) -> bytes:
    """Write text with its length."""
    content = text.encode()
    return varint(len(content)) + content


def list_head(kind: int, length: int) -> bytes:
    """Begin a list of so many items of one kind."""
    return bytes([length << 4 | kind]) if length < 15 else bytes([0xF0 | kind]) + varint(length)


def list_of(kind: int, items: list[bytes]) -> bytes:
    """Write a list of items that are written already."""
    return list_head(kind, len(items)) + b"".join(items)


def struct(*fields: tuple[int, int, bytes]) -> bytes:
    """Write a structure from (number, kind, content) in rising order of numbers."""
    out, before = b"", 0
    for number, kind, content in fields:
        out += bytes([number - before << 4 | kind]) + content
        before = number
    return out + b"\0"
