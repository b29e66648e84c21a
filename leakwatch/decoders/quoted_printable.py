"""Quoted-printable (RFC 2045 §6.7)."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from itertools import islice

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable, runs
from leakwatch.decoders.tokens import Alphabet

NAME = "quoted-printable"
RANK = 0
WHOLE = False
TAKES = "text"

_ESCAPE = re.compile(rb"=(?:[0-9A-F]{2}=[0-9A-F]{2}|3D|40|\r?\n[^\r\n])")
_BROKEN = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n)")
_MOST_PIECES = 200
_STOPS = Alphabet(b"<>")


def sniff(data: bytes, context: Context) -> bool:
    """Two escapes in a row, an escaped `=` or `@`, or a soft line break."""
    return b"=" in data and bool(_ESCAPE.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run whose `=` are escapes or soft breaks, and which reads better without them."""
    for start, end in runs(data, _ESCAPE, _STOPS, context.whole):
        if not _BROKEN.search(data, start, end):
            yield from _opened(data, start, end, context.whole)
            continue
        # `name==E9=82=B9`: what stands before or behind a lone `=` is looked at by itself.
        at = start
        for broken in islice(_BROKEN.finditer(data, start, end), _MOST_PIECES):
            yield from _opened(data, at, broken.start(), False)
            at = broken.end()
        yield from _opened(data, at, end, False)


def _opened(data: bytes, start: int, end: int, whole: bool) -> Iterator[Piece]:
    run = data[start:end]
    if not _ESCAPE.search(run):
        return
    plain = quopri.decodestring(run)
    if plain != run and (readable(plain) or not plain.isascii()):
        yield Piece(plain, start, end - start, whole=whole)
