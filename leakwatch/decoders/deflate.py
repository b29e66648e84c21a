"""Deflate: what HTTP announces so (RFC 9110 §8.4.1.2, with or without zlib's wrapping), and raw DEFLATE (RFC 1951)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from leakwatch.decoders.inflate import inflate
from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful, readable

NAME = "deflate"
RANK = 28
WHOLE = True
TAKES = "bytes"

_SHORTEST = 10
_LONG = 32
"""So many bytes from a stream that ends exactly where the data does are no accident, even if they are not text."""


def sniff(data: bytes, context: Context) -> bool:
    """Announced; or bytes without a magic number whose beginning inflates. Raw DEFLATE has no header of its own."""
    if context.announced == NAME:
        return True
    if context.text or len(data) < _SHORTEST or data[0] & 0b110 == 0b110:
        return False
    try:
        return bool(zlib.decompressobj(-15).decompress(data[:4096], 256))
    except zlib.error:
        return False


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes; without announcement only if the stream ends with the data and gives something telling.

    A flushed stream that goes on (RFC 7692 §7.2.1 cuts it there) ends nowhere: then all of it has to be text.
    """
    if context.announced == NAME:
        for window_bits in (15, -15):
            plain, used = inflate(data, 0, window_bits, context)
            if plain:
                yield Piece(plain, 0, used, whole=True)
                return
        return
    stream = zlib.decompressobj(-15)
    limit = context.room(len(data))
    try:
        plain = stream.decompress(data, limit)
    except zlib.error:
        return
    if len(plain) >= limit:
        context.over(len(data), len(plain))
    elif stream.unused_data or not (stream.eof or (len(plain) >= _LONG and readable(plain))):
        return
    if len(plain) >= _LONG or (len(plain) >= _SHORTEST and meaningful(plain)):
        yield Piece(plain, whole=True)
