"""zlib streams (RFC 1950) by their header, without an announcement."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.inflate import inflate
from leakwatch.decoders.piece import Context, Piece

NAME = "zlib"
RANK = 89
WHOLE = True
TAKES = "bytes"

_LEAST = 4


def sniff(data: bytes, context: Context) -> bool:
    """A valid header: method 8, and check bits that agree (RFC 1950 §2.2); readable text is none."""
    if context.announced == "deflate" or len(data) < 8 or data[0] & 0x8F != 0x08:
        return False
    return int.from_bytes(data[:2], "big") % 31 == 0 and not context.text


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the stream holds."""
    plain, used = inflate(data, 0, 15, context)
    if len(plain) >= _LEAST:
        yield Piece(plain, 0, used, whole=True)
