"""Chinese text in GBK or GB 18030, turned into UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "gbk"
RANK = 0
WHOLE = False

_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_RUN = re.compile(rb"(?:[\t\r\n\x20-\x7e]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9])+")
_USUAL = re.compile("[\t\n\r\x20-\x7e\u00b7\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_LEAST = 4
_MAX_RUNS = 2000


def sniff(data: bytes, context: Context) -> bool:
    """Bytes that are not UTF-8 and hold a pair of GBK."""
    return len(data) >= _LEAST and not context.text and not data.isascii() and bool(_PAIR.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the text, whole or by runs, where every character of it is a usual one."""
    for count, run in enumerate(_RUN.finditer(data)):
        if count >= _MAX_RUNS:
            return
        if len(run[0]) < _LEAST or run[0].isascii():
            continue
        try:
            text = run[0].decode("gb18030")
        except UnicodeDecodeError:
            continue
        if _USUAL.fullmatch(text):
            yield Piece(text.encode(), run.start(), len(run[0]), whole=len(run[0]) == len(data))
