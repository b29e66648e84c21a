"""UTF-16 (RFC 2781) in both byte orders: whole texts with or without a mark, and runs inside binary data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "utf-16le"
RANK = 35
WHOLE = False
TAKES = "bytes"

_LITTLE, _BIG = "utf-16le", "utf-16be"
_KINDS = bytes(1 if 0x20 <= byte < 0x7F or byte in b"\t\r\n" else 2 if byte == 0 else 0 for byte in range(256))
"""1: a printable character, 2: NUL, 0: anything else."""
_RUNS = {_LITTLE: (b"\x01\x02", re.compile(b"(?:\x01\x02)+")), _BIG: (b"\x02\x01", re.compile(b"(?:\x02\x01)+"))}
_LEAST = 6
_MAX_RUNS = 2000
_MARKS = {b"\xff\xfe": _LITTLE, b"\xfe\xff": _BIG}
_USUAL = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\u024f\u0370-\u052f\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u2010-\u203f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef\U0001f300-\U0001faff]+"
)
_LETTERS = re.compile(
    "[\x20-\x7e]*(?:[\u0370-\u03ff][\x20-\x7e]*){4,}|[\x20-\x7e]*(?:[\u0400-\u04ff][\x20-\x7e]*){4,}"
    "|[\x20-\x7e]*(?:[\u0590-\u05ff][\x20-\x7e]*){4,}|[\x20-\x7e]*(?:[\u0600-\u06ff][\x20-\x7e]*){4,}"
    "|[\x20-\x7e]*(?:[\u0900-\u097f][\x20-\x7e]*){4,}|[\x20-\x7e]*(?:[\u3040-\u30ff][\x20-\x7e]*){4,}"
)
"""Four letters of one small block, and nothing else but ASCII: by chance once in 2^32."""
_CHINESE = re.compile("[\x00-\x7f\u4e00-\u9fa5\u3002\uff01\uff0c\uff1a\uff1b\uff1f]{2,}")


def sniff(data: bytes, context: Context) -> bool:
    """A byte order mark, or bytes that are no text and hold NULs or could be Chinese throughout."""
    if context.text or len(data) < 4:
        return False
    return data[:2] in _MARKS or b"\x00" in data or (context.whole and len(data) % 2 == 0 and len(data) <= 4096)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the whole as text where that makes sense, else the runs that do."""
    marked = _MARKS.get(data[:2])
    start = 2 if marked else 0
    for name in (marked,) if marked else (_LITTLE, _BIG):
        text = _text(data[start:], name)
        if text and (marked or _sensible(text)):
            yield Piece(text.encode(), start, len(data) - start, whole=True, chain=(name,))
            return
    kinds = data.translate(_KINDS)
    for name, (pair, pattern) in _RUNS.items():
        at = kinds.find(pair * _LEAST)
        for _ in range(_MAX_RUNS):
            run = pattern.match(kinds, at) if at >= 0 else None
            if not run:
                break
            plain = data[at : run.end()].replace(b"\x00", b"")
            yield Piece(plain, at, run.end() - at, whole=True, chain=(name,))
            at = kinds.find(pair * _LEAST, run.end())


def _text(data: bytes, name: str) -> str:
    """Decode to printable text of usual scripts, or nothing."""
    try:
        text = data[: len(data) & ~1].decode(name)
    except UnicodeDecodeError:
        return ""
    text = text.rstrip("\x00")
    return text if _USUAL.fullmatch(text) else ""


def _sensible(text: str) -> bool:
    """Short texts must be Latin in good part, or Chinese throughout: any two bytes make some character."""
    latin = sum(char < "\x80" for char in text)
    if latin * 2 >= len(text):
        return len(text) >= 3
    if _LETTERS.fullmatch(text):
        return True
    return len(text) >= 2 and all(
        char < "\x80" or "\u4e00" <= char <= "\u9fa5" or char in "，。！？：；" for char in text
    )
