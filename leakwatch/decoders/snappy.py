"""Snappy (google/snappy format_description.txt, framing_format.txt): raw blocks, framed streams, and snappy-java's."""

from __future__ import annotations

from collections.abc import Iterator

import cramjam

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import MAGICS, meaningful

NAME = "snappy"
RANK = 26
WHOLE = True
TAKES = "bytes"

_MAGIC = b"\xff\x06\x00\x00sNaPpY"
_JAVA = b"\x82SNAPPY\x00"
"""Two version numbers follow, then blocks with their length before them (xerial/snappy-java, SnappyOutputStream)."""
_HIGHEST_RATIO = 24
"""A copy of 64 bytes takes three."""
_SHORTEST = 8
_LARGEST = 1 << 25


def sniff(data: bytes, context: Context) -> bool:
    """The stream identifier, or bytes whose first number could be the length of what they hold."""
    if data.startswith((_MAGIC, _JAVA)):
        return True
    if context.text or len(data) < _SHORTEST or data.startswith(MAGICS):
        return False
    return _SHORTEST <= _stated(data) <= len(data) * _HIGHEST_RATIO


def _stated(data: bytes) -> int:
    """Return the length that a raw block begins with (a varint of at most 32 bits), or -1."""
    value = 0
    for place, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value
    return -1


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plain bytes; of a raw block only if they are telling."""
    limit = context.room(len(data))
    if data.startswith((_MAGIC, _JAVA)):
        plain = _framed(data, limit) if data.startswith(_MAGIC) else _java(data, limit)
        if len(plain) >= limit:
            context.over(len(data), len(plain))
    else:
        if _stated(data) > limit:
            context.over(len(data), limit)
            return
        try:
            plain = bytes(cramjam.snappy.decompress_raw(data))
        except (cramjam.DecompressionError, ValueError, OverflowError):
            return
        if not meaningful(plain):
            return
    if plain:
        yield Piece(plain, whole=True)


def _java(data: bytes, limit: int) -> bytes:
    """Decompress the blocks of snappy-java (each holds at most some hundred KiB), as far as they go."""
    out = bytearray()
    at = len(_JAVA) + 8
    while at + 4 <= len(data) and len(out) < limit:
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : end]
        if not 0 <= _stated(body) <= min(_LARGEST, limit - len(out)):
            break
        try:
            out += bytes(cramjam.snappy.decompress_raw(body))
        except (cramjam.DecompressionError, ValueError, OverflowError):
            break
        at = end
    return bytes(out)


def _framed(data: bytes, limit: int) -> bytes:
    """Decompress a stream chunk by chunk (a chunk holds at most 64 KiB), as far as it goes and `limit` allows."""
    out = bytearray()
    at = 0
    while at + 4 <= len(data) and len(out) < limit:
        kind, end = data[at], at + 4 + int.from_bytes(data[at + 1 : at + 4], "little")
        body = data[at + 8 : end]
        if kind == 0x01:
            out += body
        elif kind == 0x00 and _stated(body) <= 1 << 17:
            try:
                out += bytes(cramjam.snappy.decompress_raw(body))
            except (cramjam.DecompressionError, ValueError, OverflowError):
                break
        at = end
    return bytes(out[:limit])
