"""What could be Chinese text in GBK or GB 18030, and that text in UTF-8."""

from __future__ import annotations

import re

_PAIR = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_USUAL = re.compile("[\t\n\r\x20-\x7e\u00b7\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
_MIXED = re.compile("[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u045f\u2010-\u2312\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]+")
_TEXT = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\r\n")


def could_be_gbk(data: bytes) -> bool:
    """Tell bytes that have no control characters and hold a pair of GBK; whether they are UTF-8 is not asked."""
    return not data.isascii() and not data.translate(None, _TEXT) and bool(_PAIR.search(data))


def from_gbk(data: bytes, *, mixed: bool = False) -> bytes:
    """Return the text in UTF-8, or nothing where a character is not a usual one; `mixed`: nor of Europe or Japan."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return b""
    return text.encode() if (_MIXED if mixed else _USUAL).fullmatch(text) else b""
