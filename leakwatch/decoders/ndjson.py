"""Newline-delimited JSON: one document a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.jsontext import Reading, piece_of
from leakwatch.decoders.piece import Context, Piece

NAME = "ndjson"
RANK = 55
WHOLE = True
TAKES = "any"

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{[^\n]*\}|\[[^\n]*\])[ \t\r]*\n(?:[^\n]*\n){0,3}?\s*[{\[]")
_GAP = re.compile(rb"(?<=\S)\s+(?=[{\[])")


def sniff(data: bytes, context: Context) -> bool:
    """A line that is an object or array as a whole, and another one that begins."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and bool(_BEGINS.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the leaves of every line; a line that is no JSON is a piece as it stands."""
    at, count, found = len(data) - len(data.lstrip(b"\xef\xbb\xbf \t\r\n")), 0, False
    while at < len(data):
        reading = Reading(data, at)
        for leaf in reading.leaves():
            found = True
            yield piece_of(data, leaf, f"ndjson[{count}]:{leaf.path}")
        if not found:
            return
        count += 1
        following = next((gap for gap in _GAP.finditer(data, max(reading.end - 1, at)) if b"\n" in gap[0]), None)
        stop = following.start() if following else len(data)
        if stop - reading.end > 8:
            yield Piece(data[reading.end : stop], reading.end, stop - reading.end, f"ndjson[{count - 1}]")
        at = following.end() if following else len(data)
