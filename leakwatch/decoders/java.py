"""Java's serialised objects (Java Object Serialization Specification §6): the strings in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable

NAME = "java"
RANK = 92
WHOLE = True
TAKES = "bytes"

_MAGIC = b"\xac\xed\x00\x05"
_STRING = re.compile(rb"[\x74\x7c]")
_MAX_STRINGS = 50_000
_TC_LONG_STRING = 0x7C


def sniff(data: bytes, context: Context) -> bool:
    """The stream's magic number and version."""
    return data.startswith(_MAGIC)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each string object's text; a string's type code is followed by its length in bytes."""
    at = len(_MAGIC)
    for _ in range(_MAX_STRINGS):
        code = _STRING.search(data, at)
        if not code:
            return
        size = 8 if data[code.start()] == _TC_LONG_STRING else 2
        start = code.end() + size
        length = int.from_bytes(data[code.end() : start], "big")
        text = data[start : start + length]
        if 0 < length == len(text) and readable(text):
            at = start + length
            if length >= 3:
                yield Piece(text, start, length, NAME, whole=True)
        else:
            at = code.end()
