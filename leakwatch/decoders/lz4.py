"""LZ4: frames by their magic number, and blocks with or without their length before them."""

from __future__ import annotations

from collections.abc import Iterator

import lz4.block
import lz4.frame

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import MAGICS, readable

NAME = "lz4"
RANK = 25
WHOLE = True
TAKES = "bytes"

_MAGIC = b"\x04\x22\x4d\x18"
_STEP = 1 << 18
_HIGHEST_RATIO = 255
_SHORTEST = 8


def sniff(data: bytes, context: Context) -> bool:
    """The magic number, or bytes that are neither text nor another known format."""
    if data.startswith(_MAGIC):
        return True
    return not context.text and len(data) >= _SHORTEST and not data.startswith(MAGICS)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes of a frame, or of a block that gives readable text."""
    if data.startswith(_MAGIC):
        content = _frame(data, context)
        if content:
            yield Piece(content, whole=True)
        return
    for stated in (int.from_bytes(data[:4], "little"), int.from_bytes(data[:4], "big")):
        most = min(len(data) * _HIGHEST_RATIO, context.room(len(data)))
        if stated <= most and len(data) - 8 <= stated + stated // 128:
            plain = _block(data[4:], stated)
            if plain and len(plain) == stated:
                yield Piece(plain, whole=True)
                return
    plain = _block(data, min(len(data) * 32, context.room(len(data)), 1 << 22))
    if plain and len(plain) * 64 >= len(data) * 63 - 512:
        yield Piece(plain, whole=True)


def _frame(data: bytes, context: Context) -> bytes:
    """Decompress a frame as far as it goes and the budget allows."""
    limit = context.room(len(data))
    out = bytearray()
    stream = lz4.frame.LZ4FrameDecompressor()
    pending = data
    try:
        while len(out) < limit and not stream.eof:
            step = stream.decompress(pending, min(_STEP, limit - len(out)))
            out += step
            pending = b""
            if not step and stream.needs_input:
                break
    except (RuntimeError, EOFError, ValueError):
        pass
    if len(out) >= limit:
        context.over(len(data), len(out))
    return bytes(out)


def _block(data: bytes, size: int) -> bytes | None:
    """Decompress a block to at most `size` bytes; only readable text proves that it was one."""
    if not data or size < _SHORTEST:
        return None
    try:
        plain: bytes = lz4.block.decompress(data, uncompressed_size=size)
    except (lz4.block.LZ4BlockError, ValueError, OverflowError, MemoryError):
        return None
    return plain if len(plain) >= _SHORTEST and readable(plain) else None
