"""Chinese text in GBK or GB 18030, turned into UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "gbk"
RANK = 0
WHOLE = False
TAKES = "bytes"

_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_RUN = re.compile(rb"(?:[\t\r\n\x20-\x7e]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9])+")
_USUAL = re.compile("[\t\n\r\x20-\x7e\u00b7\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_LEAST = 4
_LONGEST = 1 << 16
"""Runs are looked for in so many bytes."""
_TEXT = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\r\n")


def sniff(data: bytes, context: Context) -> bool:
    """Bytes that are not UTF-8, have no control characters, and hold a pair of GBK."""
    if len(data) < _LEAST or context.text or data.isascii():
        return False
    return not data.translate(None, _TEXT) and bool(_PAIR.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the text, whole or by runs, where every character of it is a usual one."""
    text = _text(data)
    if text:
        yield Piece(text, whole=True)
        return
    for run in _RUN.finditer(data[:_LONGEST]):
        text = b"" if len(run[0]) < _LEAST or run[0].isascii() else _text(run[0])
        if text:
            yield Piece(text, run.start(), len(run[0]))


def _text(data: bytes) -> bytes:
    """Return the text in UTF-8, or nothing where a character is not a usual one."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return b""
    return text.encode() if _USUAL.fullmatch(text) else b""
