"""Ascii85 as Adobe and btoa write it, with or without the frame `<~ ~>`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful

NAME = "ascii85"
RANK = 2  # as percent escapes: a stray `%41` in it hides nothing
WHOLE = False
TAKES = "text"

_FRAMED = re.compile(rb"<~([!-uzy\s]{5,65536}?)~>")
_VALUE = re.compile(rb"\s*([!-uzy]{8,65536})\s*\Z")
_SHORT = re.compile(rb"(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])[!-u]{12,64}\Z")
"""Digits come out as letters, digits and little punctuation."""
_SURE = 10
_SPECIAL = re.compile(rb"[!-/:-@\[-`][^!-/:-@\[-`]*[!-/:-@\[-`]", re.DOTALL)


def sniff(data: bytes, context: Context) -> bool:
    """A frame, or a whole value without white space that holds some punctuation."""
    if b"<~" in data or not context.whole:
        return b"<~" in data
    return bool(_SPECIAL.search(data) or _SHORT.match(data)) and bool(_VALUE.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what frames and whole values decode to if that is text or a known format."""
    found = list(_FRAMED.finditer(data))
    value = None if found else _VALUE.match(data)
    if value:
        found = [value]
    for text in found:
        try:
            plain = base64.a85decode(text[1], foldspaces=b"y" in text[1])
        except ValueError:
            continue
        least = 6 if text is not value or _SPECIAL.search(text[1]) else _SURE
        if len(plain) >= least and meaningful(plain):
            yield Piece(plain, text.start(1), len(text[1]), whole=True)
