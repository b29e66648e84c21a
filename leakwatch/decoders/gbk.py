"""Chinese text in GBK or GB 18030, turned into UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.gbktext import could_be_gbk, from_gbk
from leakwatch.decoders.piece import Context, Piece

NAME = "gbk"
RANK = 0
WHOLE = False
TAKES = "bytes"

_RUN = re.compile(rb"(?:[\t\r\n\x20-\x7e]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9])+")
_LEAST = 4
_LONGEST = 1 << 16
"""Runs are looked for in so many bytes."""


def sniff(data: bytes, context: Context) -> bool:
    """Bytes that are not UTF-8, have no control characters, and hold a pair of GBK."""
    return len(data) >= _LEAST and not context.text and could_be_gbk(data)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the text, whole or by runs, where every character of it is a usual one."""
    text = from_gbk(data)
    if text:
        yield Piece(text, whole=True)
        return
    for run in _RUN.finditer(data[:_LONGEST]):
        text = b"" if len(run[0]) < _LEAST or run[0].isascii() else from_gbk(run[0])
        if text:
            yield Piece(text, run.start(), len(run[0]))
