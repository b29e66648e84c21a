"""What begins later: compressed data, an archive or JSON behind rubbish, a message behind a header with its length."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "embedded"
RANK = 4
WHOLE = False
TAKES = "bytes"

_MAGIC = re.compile(
    rb"\x1f\x8b\x08[\x00-\x1f]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|PK\x03\x04|bplist00|\xac\xed\x00\x05|\x78[\x01\x5e\x9c\xda]"
)
_JSON = re.compile(rb"\{\s*\"[^\"\x00-\x1f]{1,64}\"\s*:|\[\s*\{\s*\"")
_NEAR = 64
"""JSON begins within so many bytes: what comes later is a field of something binary."""
_WITHIN = 4096
_LONGEST_HEADER = 16
_SHORTEST = 8
_MAX_TRIES = 8


def sniff(data: bytes, context: Context) -> bool:
    """A magic number within the first few KB, JSON in the first few bytes, or a header with the length of the rest.

    What itself begins with a magic number and was not opened is left: rows of them would be tried one by one.
    """
    if context.text or _MAGIC.match(data):
        return False
    return bool(_MAGIC.search(data, 1, _WITHIN) or _JSON.search(data, 1, _NEAR)) or _header(data) > 0


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the bytes from the first few such places on; this adds neither a layer nor a path."""
    for tried, magic in enumerate(_MAGIC.finditer(data, 1, _WITHIN)):
        if tried >= _MAX_TRIES:
            return
        rest = data[magic.start() :]
        if magic[0][:1] not in (b"x", b"\x1f") or _inflates(rest):
            yield Piece(rest, magic.start(), len(rest), whole=True, chain=())
            return
    if found := _JSON.search(data, 1, _NEAR):
        yield Piece(data[found.start() :], found.start(), len(data) - found.start(), whole=True, chain=())
    elif begin := _header(data):
        yield Piece(data[begin:], begin, len(data) - begin, whole=True, chain=())


def _header(data: bytes) -> int:
    """Return where the message behind a header begins whose last number is the length of the rest, or 0."""
    for end in range(2, min(_LONGEST_HEADER, len(data) - _SHORTEST) + 1):
        rest = len(data) - end
        for size in (4, 2):
            number = data[end - size : end]
            if end >= size and rest in (int.from_bytes(number, "big"), int.from_bytes(number, "little")):
                return end
    return 1 if _SHORTEST <= len(data) - 1 == data[0] < 128 else 0


def _inflates(data: bytes) -> bool:
    """The headers of zlib and gzip are short and met by chance: some of the data must inflate (47: either)."""
    try:
        return len(zlib.decompressobj(47).decompress(data[:65536], 64)) >= min(12, len(data) // 2)
    except zlib.error:
        return False
