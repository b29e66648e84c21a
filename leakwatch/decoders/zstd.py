"""Zstandard (RFC 8878) by its magic number, several frames."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from leakwatch.decoders.piece import Context, Piece

NAME = "zstd"
RANK = 90
WHOLE = True
TAKES = "bytes"

_MAGIC = b"\x28\xb5\x2f\xfd"
_WINDOW = 1 << 25
"""32 MiB; HTTP allows 8 (RFC 9659)."""
_STEP = 1 << 18


def sniff(data: bytes, context: Context) -> bool:
    """The magic number."""
    return data.startswith(_MAGIC)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes of all frames, as far as they go."""
    limit = context.room(len(data))
    out = bytearray()
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data, read_across_frames=True)
    try:
        while len(out) < limit and (step := reader.read(min(_STEP, limit - len(out)))):
            out += step
    except zstandard.ZstdError:
        pass
    if len(out) >= limit:
        context.over(len(data), len(out))
    if out:
        yield Piece(bytes(out), whole=True)
