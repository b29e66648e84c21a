"""vCard (RFC 6350, and 2.1): the values of contacts."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.contentlines import values
from leakwatch.decoders.piece import Context, Piece

NAME = "vcard"
RANK = 62
WHOLE = True
TAKES = "any"


def sniff(data: bytes, context: Context) -> bool:
    """A card begins within the first bytes."""
    return b"BEGIN:VCARD" in data[:64].upper()


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the values of all cards."""
    return values(data, NAME)
