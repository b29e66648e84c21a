"""Inflating DEFLATE data (RFC 1951) in any wrapping, as far as it goes and the budget allows."""

from __future__ import annotations

import zlib

from leakwatch.decoders.piece import Context


def inflate(data: bytes, start: int, window_bits: int, context: Context) -> tuple[bytes, int]:
    """Return the plain bytes and how many of `data` from `start` on gave them; `window_bits` as zlib counts them.

    A stream that is cut short or damaged gives what came before; one that was never a stream gives nothing. Members
    that follow each other (RFC 1952 §2.2) are joined.
    """
    limit = context.room(len(data) - start)
    out = bytearray()
    at = start
    while at < len(data) and len(out) < limit:
        stream = zlib.decompressobj(window_bits)
        try:
            # in steps, so that what came before damage is kept
            chunk = memoryview(data)[at:]
            pending: bytes | memoryview = chunk[:65536]
            fed = len(pending)
            while len(out) < limit:
                out += stream.decompress(pending, limit - len(out))
                if stream.eof:
                    break
                pending = stream.unconsumed_tail
                if not pending:
                    if fed >= len(chunk):
                        return bytes(out), len(data) - start
                    pending = chunk[fed : fed + 65536]
                    fed += len(pending)
        except zlib.error:
            return bytes(out), (len(data) if at == start else at) - start
        if not stream.eof:
            break
        at += fed - len(stream.unused_data)
        if window_bits != 31 or data[at : at + 2] != b"\x1f\x8b":
            return bytes(out), at - start
    if len(out) >= limit:
        context.over(len(data) - start, len(out))
    return bytes(out), len(data) - start
