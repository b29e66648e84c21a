"""Escapes of bytes by their number: `\\xe6\\x9d\\x8e`, octal `\\346`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import runs
from leakwatch.decoders.tokens import Alphabet

NAME = "hex-escape"
RANK = 2
WHOLE = False
TAKES = "any"

_ESCAPE = re.compile(rb"\\{1,4}x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})")
_STOPS = Alphabet(b"\r\n\"'<>")


def sniff(data: bytes, context: Context) -> bool:
    """A backslash before an `x` or a digit."""
    return b"\\x" in data or (b"\\" in data and bool(_ESCAPE.search(data)))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run with its escapes undone."""
    for start, end in runs(data, _ESCAPE, _STOPS, context.whole):
        plain = _ESCAPE.sub(_undo, data[start:end])
        yield Piece(plain, start, end - start, whole=context.whole)


def _undo(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16) if escape[1] else int(escape[2], 8)])
