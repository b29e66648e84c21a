"""gzip (RFC 1952): announced or by its magic number, several members, cut short, with rubbish before it."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.inflate import inflate
from leakwatch.decoders.piece import Context, Piece

NAME = "gzip"
RANK = 90
WHOLE = True

_MAGIC = b"\x1f\x8b\x08"
_RUBBISH = 4096


def sniff(data: bytes, context: Context) -> bool:
    """The magic number within the first few KB."""
    return data.find(_MAGIC, 0, _RUBBISH) >= 0


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the members hold together, from the first magic number that proves right."""
    at = data.find(_MAGIC, 0, _RUBBISH)
    while at >= 0:
        plain, used = inflate(data, at, 31, context)
        if plain:
            yield Piece(plain, at, used, whole=True)
            return
        at = data.find(_MAGIC, at + 1, _RUBBISH)
