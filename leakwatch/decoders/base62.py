"""Base62 in the three usual orders of digits and letters."""

from __future__ import annotations

import string
from collections.abc import Iterator

from leakwatch.decoders.digits import TOKEN, pieces
from leakwatch.decoders.piece import Context, Piece

NAME = "base62"
RANK = 0
WHOLE = False
TAKES = "text"

_UPPER, _LOWER, _DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
_ALPHABETS = tuple(
    {ord(digit): value for value, digit in enumerate(alphabet)}
    for alphabet in (_DIGITS + _UPPER + _LOWER, _DIGITS + _LOWER + _UPPER, _UPPER + _LOWER + _DIGITS)
)


def sniff(data: bytes, context: Context) -> bool:
    """A whole value or a short text with a long enough token."""
    return (context.whole or len(data) <= 65536) and context.text and bool(TOKEN.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the tokens that stand for readable text."""
    return pieces(data, context, _ALPHABETS, 62)
