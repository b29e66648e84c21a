"""Percent encoding (RFC 3986 §2.1), partial or complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import MAX_RUNS, readable, runs
from leakwatch.decoders.tokens import Alphabet

NAME = "percent"
RANK = 2
WHOLE = False
TAKES = "any"

_STEP = 1 << 16
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_READABLE = re.compile(rb"[!-~]{8,}")
_ODD = re.compile(rb"%(?![0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|[\^`|<>${}#~]")
_STOPS = Alphabet(b" \t\r\n\"'<>&=?#;,{}[]()|\\")


def sniff(data: bytes, context: Context) -> bool:
    """A percent sign."""
    return b"%" in data


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run with its escapes undone."""
    found = runs(data, _ESCAPE, _STOPS, context.whole) if context.text else _printable(data)
    for start, end in found:
        run = data[start:end]
        plain = _undone(run)
        # With signs that percent encoding does not leave as they are, it may be something else: base85 has them too.
        surely = readable(plain) and not _ODD.search(run)
        yield Piece(plain, start, end - start, whole=context.whole, claims=surely)


def _printable(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the readable runs of binary data that hold escapes: three bytes of a digest may look like one."""
    for run in islice(_READABLE.finditer(data), MAX_RUNS):
        if _ESCAPE.search(run[0]):
            yield run.span()


def _undone(run: bytes) -> bytes:
    """Undo the escapes, a step at a time: the library keeps a list of all pieces between two percent signs."""
    if len(run) <= _STEP:
        return unquote_to_bytes(run)
    out = bytearray()
    at = 0
    while at < len(run):
        end = at + _STEP
        cut = run.find(b"%", end - 2, end)
        end = cut if cut > at else end
        out += unquote_to_bytes(run[at:end])
        at = end
    return bytes(out)
