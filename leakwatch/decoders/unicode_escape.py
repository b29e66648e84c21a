"""Escapes of characters by their number: `\\u674e`, `\\u{1f600}`, `%u674e`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import runs
from leakwatch.decoders.tokens import Alphabet

NAME = "unicode-escape"
RANK = 2
WHOLE = False
TAKES = "any"

_ESCAPE = re.compile(
    rb"\\{1,4}u[dD][89abAB][0-9a-fA-F]{2}\\{1,4}u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\{1,4}u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|%u[0-9a-fA-F]{4}"
)
_DIGITS = re.compile(rb"[0-9a-fA-F]{2,6}")
_STOPS = Alphabet(b"\r\n\"'<>")


def sniff(data: bytes, context: Context) -> bool:
    """A `u` after a backslash or a percent sign."""
    return b"\\u" in data or b"%u" in data


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run with its escapes undone."""
    for start, end in runs(data, _ESCAPE, _STOPS, context.whole):
        plain = _ESCAPE.sub(_undo, data[start:end])
        yield Piece(plain, start, end - start, whole=context.whole)


def _undo(escape: re.Match[bytes]) -> bytes:
    numbers = [int(digits, 16) for digits in _DIGITS.findall(escape[0].replace(b"{", b"").replace(b"}", b""))]
    if len(numbers) == 2:
        return chr(0x10000 + ((numbers[0] - 0xD800) << 10) + (numbers[1] - 0xDC00)).encode()
    if not numbers or numbers[0] > 0x10FFFF:
        return escape[0]
    return chr(numbers[0]).encode("utf-8", "surrogatepass")
