"""Compressed data, an archive or JSON that begins later: rubbish, a length or an own header stands before it."""

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
_MAX_TRIES = 8


def sniff(data: bytes, context: Context) -> bool:
    """A magic number within the first few KB, or JSON in the first few bytes, but not at their beginning."""
    return not context.text and bool(_MAGIC.search(data, 1, _WITHIN) or _JSON.search(data, 1, _NEAR))


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


def _inflates(data: bytes) -> bool:
    """The headers of zlib and gzip are short and met by chance: some of the data must inflate (47: either)."""
    try:
        return len(zlib.decompressobj(47).decompress(data[:65536], 64)) >= min(12, len(data) // 2)
    except zlib.error:
        return False
