"""Brotli (RFC 7932): announced, or found by trying, for it has no magic number."""

from __future__ import annotations

from collections.abc import Iterator

import brotlicffi

from leakwatch.decoders.piece import Context, Piece

NAME = "brotli"
RANK = 27
WHOLE = True
TAKES = "bytes"

_SHORTEST = 10
_STEP = 65536


def sniff(data: bytes, context: Context) -> bool:
    """Announced; or bytes that are no text and whose beginning decompresses."""
    if context.announced == NAME:
        return True
    if context.text or len(data) < _SHORTEST:
        return False
    try:
        stream = brotlicffi.Decompressor()
        stream.process(data[:4096], output_buffer_limit=1024)
    except brotlicffi.error:
        return False
    return True


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes; without announcement only if the stream ends exactly where the bytes do."""
    limit = context.room(len(data))
    out = bytearray()
    stream = brotlicffi.Decompressor()
    complete = False
    try:
        out += stream.process(data, output_buffer_limit=_STEP)
        while len(out) < limit and not stream.is_finished():
            step = stream.process(b"", output_buffer_limit=_STEP)
            if not step:
                break
            out += step
        complete = stream.is_finished()
    except brotlicffi.error:
        complete = False
    if len(out) >= limit:
        context.over(len(data), len(out))
        complete = True
    if out and (context.announced == NAME or (complete and len(out) >= _SHORTEST)):
        yield Piece(bytes(out), whole=True)
