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

_STRUCTURE = re.compile(rb"%(?:2[BFbf]|3[Dd]|7[Bb]|5[Bb]|22)")
"""Signs of base64 and JSON that are encoded where the whole is an element of a path."""
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
        elements = list(_elements(run, start)) if run[:1] == b"/" and run[:4] != b"/9j/" else []
        if elements:
            yield from elements
        else:
            yield Piece(plain, start, end - start, whole=context.whole, claims=surely)


def _elements(run: bytes, start: int) -> Iterator[Piece]:
    """Yield the elements of a path (not of a picture's base64) if they are encoded one by one.

    In them `%2F` is no border, as `/` is.
    """
    if not _STRUCTURE.search(run):
        return
    at = start
    for element in run.split(b"/"):
        if b"%" in element:
            yield Piece(unquote_to_bytes(element), at, len(element), whole=True)
        at += len(element) + 1


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
