"""Class-aware boundaries: what may not stand directly beside a needle for it to be a match of its own (DESIGN §4)."""

from __future__ import annotations

from leakwatch.model import Boundary

_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_FORBIDDEN: dict[Boundary, bytes] = {
    Boundary.DIGIT: _DIGITS,
    Boundary.HEX: _DIGITS + b"abcdefABCDEF",
    Boundary.WORD: _DIGITS + _LETTERS,
    # `/`, `-` and `_` belong to base64 alphabets too, but they also part path pieces and keys: no sign of a longer run.
    Boundary.BASE64: _DIGITS + _LETTERS + b"+",
    Boundary.NONE: b"",
}

NEIGHBOURS: dict[Boundary, bytes] = {
    boundary: bytes(byte in forbidden for byte in range(256)) for boundary, forbidden in _FORBIDDEN.items()
}
"""For each class a table of 256 flags: 1 where that byte, standing directly beside a needle, denies the match."""


def stands_alone(data: bytes, start: int, end: int, boundary: Boundary) -> bool:
    """Say whether `data[start:end]` is a run of its own; the ends of `data` bound it too."""
    table = NEIGHBOURS[boundary]
    if end < len(data) and table[data[end]]:
        return False
    return not (start and table[data[start - 1]]) or (boundary is Boundary.HEX and _is_prefixed(data, start, end))


def _is_prefixed(data: bytes, start: int, end: int) -> bool:
    """Say whether the letter before a hex needle is of the other case: that of a prefix, as in `AND7d5a…`."""
    letter, needle = data[start - 1 : start], data[start:end]
    return (letter.isupper() and needle.islower()) or (letter.islower() and needle.isupper())
