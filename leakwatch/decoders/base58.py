"""Base58 in Bitcoin's, Flickr's and Ripple's alphabet (draft-msporny-base58)."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.digits import TOKEN, pieces
from leakwatch.decoders.piece import Context, Piece

NAME = "base58"
RANK = 0
WHOLE = False
TAKES = "text"

_ALPHABETS = tuple(
    {digit: value for value, digit in enumerate(alphabet)}
    for alphabet in (
        b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        b"123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ",
        b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz",
    )
)


def sniff(data: bytes, context: Context) -> bool:
    """A whole value or a short text with a long enough token."""
    return (context.whole or len(data) <= 65536) and context.text and bool(TOKEN.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the tokens that stand for readable text."""
    return pieces(data, context, _ALPHABETS, 58)
