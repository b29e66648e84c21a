"""ZIP archives (PKWARE APPNOTE): file names and files, read from the front, so that a torn archive opens too."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "zip"
RANK = 91
WHOLE = True
TAKES = "bytes"

_LOCAL = b"PK\x03\x04"
_HEAD = struct.Struct("<4sHHHHHIIIHH")
_MAX_FILES = 2000
_STORED, _DEFLATED = 0, 8


def sniff(data: bytes, context: Context) -> bool:
    """A local file header."""
    return data.startswith(_LOCAL)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each file under its name; encrypted ones and unknown methods give their names only."""
    at = 0
    for _ in range(_MAX_FILES):
        if at < 0 or at + _HEAD.size > len(data):
            return
        _, _, flags, method, _, _, _, packed, _, name_size, extra_size = _HEAD.unpack_from(data, at)
        name_at = at + _HEAD.size
        name = data[name_at : name_at + name_size]
        start = name_at + name_size + extra_size
        if not name or start > len(data):
            at = data.find(_LOCAL, at + 1)
            continue
        path = "zip:" + name.decode("utf-8", "replace")[:128]
        yield Piece(name, name_at, name_size, path)
        size = packed if packed and packed != 0xFFFFFFFF else len(data) - start
        content, used = _content(data, start, size, method, bool(flags & 1), context)
        if content:
            yield Piece(content, start, used, path, whole=True)
        at = data.find(_LOCAL, start + used)
    if at >= 0:
        context.budget.over("segments", len(data) - at)


def _content(data: bytes, start: int, size: int, method: int, sealed: bool, context: Context) -> tuple[bytes, int]:
    """Return a file's plain bytes, as far as they go, and how many bytes of the archive they took."""
    limit = context.room(min(size, len(data) - start))
    if sealed or method not in (_STORED, _DEFLATED):
        context.budget.undecodable.append(("zip", min(size, len(data) - start)))
        return b"", min(size, len(data) - start)
    if method == _STORED:
        end = min(start + size, len(data))
        return data[start:end][:limit], end - start
    stream = zlib.decompressobj(-15)
    try:
        plain = stream.decompress(data[start : start + size], limit)
    except zlib.error:
        return b"", 0
    if len(plain) >= limit:
        context.over(size, len(plain))
    used = min(size, len(data) - start) - len(stream.unused_data) - len(stream.unconsumed_tail)
    return plain, max(used, 1)
