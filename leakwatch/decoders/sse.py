"""Server-sent events (WHATWG HTML §9.2): each event's data, its lines joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "sse"
RANK = 52
WHOLE = True
TAKES = "any"

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(?:event|id|retry|data)?:[^\r\n]*(?:\r\n|\r|\n))")
_EVENT = re.compile(rb"(?:[^\r\n]+(?:\r\n|\r|\n|\Z))+")
_DATA = re.compile(rb"^data: ?([^\r\n]*)", re.MULTILINE)
_MAX_EVENTS = 20_000


def sniff(data: bytes, context: Context) -> bool:
    """A field's line at the beginning, and a data field."""
    return b"data:" in data and bool(_BEGINS.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the data of each event; the stream is framing only and adds no layer to the chain."""
    for count, event in enumerate(_EVENT.finditer(data)):
        if count >= _MAX_EVENTS:
            yield Piece(data[event.start() :], event.start(), len(data) - event.start(), chain=())
            return
        lines = list(_DATA.finditer(data, *event.span()))
        if lines:
            start, end = lines[0].start(1), lines[-1].end(1)
            text = b"\n".join(line[1] for line in lines)
            if text:
                yield Piece(text, start, end - start, f"sse[{count}]", whole=True, chain=())
        elif len(event[0]) > 8:
            yield Piece(event[0], event.start(), len(event[0]), f"sse[{count}]", chain=())
