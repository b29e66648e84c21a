"""gzip (RFC 1952): announced or by its magic number, several members, cut short."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.inflate import inflate
from leakwatch.decoders.piece import Context, Piece

NAME = "gzip"
RANK = 90
WHOLE = True
TAKES = "bytes"

_MAGIC = b"\x1f\x8b\x08"


def sniff(data: bytes, context: Context) -> bool:
    """The magic number with the only method there is."""
    return data.startswith(_MAGIC)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the members hold together."""
    plain, used = inflate(data, 0, 31, context)
    if plain:
        yield Piece(plain, 0, used, whole=True)
