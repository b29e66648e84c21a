"""Zstandard (RFC 8878) by its magic number, several frames, with rubbish before it."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from leakwatch.decoders.piece import Context, Piece

NAME = "zstd"
RANK = 90
WHOLE = True

_MAGIC = b"\x28\xb5\x2f\xfd"
_RUBBISH = 4096
_WINDOW = 1 << 25
"""32 MiB; HTTP allows 8 (RFC 9659)."""
_STEP = 1 << 18


def sniff(data: bytes, context: Context) -> bool:
    """The magic number within the first few KB."""
    return data.find(_MAGIC, 0, _RUBBISH) >= 0


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes of all frames, as far as they go."""
    at = data.find(_MAGIC, 0, _RUBBISH)
    limit = context.room(len(data) - at)
    out = bytearray()
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data[at:], read_across_frames=True)
    try:
        while len(out) < limit and (step := reader.read(min(_STEP, limit - len(out)))):
            out += step
    except zstandard.ZstdError:
        pass
    if len(out) >= limit:
        context.over(len(data) - at, len(out))
    if out:
        yield Piece(bytes(out), at, len(data) - at, whole=True)
