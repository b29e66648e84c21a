"""zlib streams (RFC 1950) by their header, without an announcement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.inflate import inflate
from leakwatch.decoders.piece import Context, Piece

NAME = "zlib"
RANK = 89
WHOLE = True

_HEADER = re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78].", re.DOTALL)
_USUAL = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_RUBBISH = 4096


def sniff(data: bytes, context: Context) -> bool:
    """A valid header at the start, or the usual one somewhat later; not in text."""
    return not context.text and context.announced != "deflate" and (_valid(data, 0) or bool(_later(data, 0)))


def _valid(data: bytes, at: int) -> bool:
    """A header is valid if method, window and check bits agree (RFC 1950 §2.2)."""
    return bool(_HEADER.match(data, at)) and int.from_bytes(data[at : at + 2], "big") % 31 == 0


def _later(data: bytes, at: int) -> re.Match[bytes] | None:
    return _USUAL.search(data, at, _RUBBISH)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the stream holds."""
    if _valid(data, 0):
        plain, used = inflate(data, 0, 15, context)
        if plain:
            yield Piece(plain, 0, used, whole=True)
            return
    header = _later(data, 1)
    while header:
        plain, used = inflate(data, header.start(), 15, context)
        if len(plain) > 16:
            yield Piece(plain, header.start(), used, whole=True)
            return
        header = _later(data, header.start() + 1)
