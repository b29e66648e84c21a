"""Numbers written in a big base (58, 62), read back as the bytes that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful, readable

_LONGEST = 512
"""Reading such a number costs the square of its length; a whole value may be four times as long."""

_LEAST = 6
_MAX_TOKENS = 400
_FREE_TEXT = 16
"""Inside a text a token must be longer than most words."""

TOKEN = re.compile(rb"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9]{9,2048}(?![A-Za-z0-9+/_=-])")
_SHAPES = (re.compile(rb"[A-Z]"), re.compile(rb"[a-z]"))


def tokens(data: bytes, context: Context) -> Iterator[re.Match[bytes]]:
    """Yield the tokens that mix cases, as a big number's digits do."""
    least = 9 if context.whole else _FREE_TEXT
    for count, token in enumerate(TOKEN.finditer(data)):
        if count >= _MAX_TOKENS:
            return
        longest = 4 * _LONGEST if context.whole else _LONGEST
        if least <= len(token[0]) <= longest and all(shape.search(token[0]) for shape in _SHAPES):
            yield token


def read(text: bytes, values: dict[int, int], base: int) -> bytes | None:
    """Return the bytes of the number written in `text`; None where a digit is not of the alphabet."""
    number = 0
    for digit in text:
        value = values.get(digit)
        if value is None:
            return None
        number = number * base + value
    zeros = len(text) - len(text.lstrip(bytes([next(iter(values))])))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def pieces(data: bytes, context: Context, alphabets: tuple[dict[int, int], ...], base: int) -> Iterator[Piece]:
    """Yield the tokens that stand for readable text in one of the alphabets (digit to value, zero first)."""
    for token in tokens(data, context):
        for values in alphabets:
            plain = read(token[0], values, base)
            tells = meaningful if len(token[0]) == len(data) else readable
            if plain and len(plain) >= _LEAST and tells(plain):
                yield Piece(plain, token.start(), len(token[0]), whole=True)
                break
