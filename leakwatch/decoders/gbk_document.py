"""A JSON or XML document written in GBK or GB 18030 throughout: text in GBK first, and a document then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.gbktext import could_be_gbk, from_gbk
from leakwatch.decoders.piece import Context, Piece

NAME = "gbk"
RANK = 65
WHOLE = True
TAKES = "bytes"

_BEGINS = re.compile(rb"\s*[{\[<]")
_BOTH = re.compile(rb"[\xb0-\xf7][\xa1-\xfe]")
_HIGH = bytes(range(0x80, 0x100))


def sniff(data: bytes, context: Context) -> bool:
    """A document begins, in bytes that could be GBK.

    That tells GBK from Latin-1: usual characters have two high bytes, a letter with an accent stands among ASCII.
    """
    if context.text or not (_BEGINS.match(data) and could_be_gbk(data)):
        return False
    high = len(data) - len(data.translate(None, _HIGH))
    return 4 * len(_BOTH.findall(data)) > high


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the whole text, if every character of it is a usual one."""
    if text := from_gbk(data, mixed=True):
        yield Piece(text, whole=True)
