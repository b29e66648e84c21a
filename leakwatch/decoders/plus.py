"""`+` for a space, as forms and queries write it (WHATWG URL §5): read so beside the text as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from leakwatch.decoders.piece import Context, Piece

NAME = "percent"
RANK = 2
WHOLE = False
TAKES = "text"

_LONGEST = 1 << 16


def sniff(data: bytes, context: Context) -> bool:
    """A plus in a value of a form or query."""
    return context.form and b"+" in data and len(data) <= _LONGEST


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the value with spaces and its escapes undone."""
    yield Piece(unquote_to_bytes(data.replace(b"+", b" ")), whole=context.whole, claims=False)
