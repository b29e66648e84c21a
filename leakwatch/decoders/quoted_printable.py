"""Quoted-printable (RFC 2045 §6.7)."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable, runs
from leakwatch.decoders.tokens import Alphabet

NAME = "quoted-printable"
RANK = 0
WHOLE = False
TAKES = "text"

_ESCAPE = re.compile(rb"=(?:[0-9A-F]{2}=[0-9A-F]{2}|3D|40|\r?\n[^\r\n])")
_BROKEN = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n)")
_STOPS = Alphabet(b"<>")


def sniff(data: bytes, context: Context) -> bool:
    """Two escapes in a row, an escaped `=` or `@`, or a soft line break."""
    return b"=" in data and bool(_ESCAPE.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run in which every `=` is an escape or a soft break, and which reads better without them."""
    for start, end in runs(data, _ESCAPE, _STOPS, context.whole):
        run = data[start:end]
        if _BROKEN.search(run):
            continue
        plain = quopri.decodestring(run)
        if plain != run and (readable(plain) or not plain.isascii()):
            yield Piece(plain, start, end - start, whole=context.whole)
