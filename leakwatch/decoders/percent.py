"""Percent encoding (RFC 3986 §2.1), partial or complete; in forms `+` also stands for a space."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import runs

NAME = "percent"
RANK = 2
WHOLE = False

_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_STOPS = b" \t\r\n\"'<>&=?#;,{}[]()|\\"


def sniff(data: bytes, context: Context) -> bool:
    """A percent sign, or a plus in a form."""
    return b"%" in data or (context.form and b"+" in data)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run with its escapes undone; in a form also with `+` as a space."""
    for start, end in runs(data, _ESCAPE, _STOPS, context.whole):
        run = data[start:end]
        plain = unquote_to_bytes(run)
        yield Piece(plain, start, end - start, whole=context.whole)
    if context.form and b"+" in data:
        yield Piece(unquote_to_bytes(data.replace(b"+", b" ")), whole=context.whole)
