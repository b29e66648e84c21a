"""Base85 in the alphabets of RFC 1924 (git, Python) and ZeroMQ (Z85)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful

NAME = "base85"
RANK = 2  # as percent escapes: a stray `%41` in it hides nothing
WHOLE = False
TAKES = "text"

_VALUE = re.compile(rb"\s*([0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~.:/\[\]-]{8,65536})\s*\Z")
_SPECIAL = re.compile(rb"[!#$%&()*+;<=>?@^_`{|}~\[\]]")
_SHORT = re.compile(rb"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=[^0-9]*[0-9])[0-9A-Za-z]{12,64}\Z")
"""Digits may come out without punctuation; then the outcome has to be surely text."""
_SURE = 10
_MIXED = 20
"""So long, and with three kinds of punctuation, a value is base85 of any bytes."""
_RFC1924 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_FROM_Z85 = bytes.maketrans(_Z85, _RFC1924)


def sniff(data: bytes, context: Context) -> bool:
    """A whole value without white space that holds some punctuation of the alphabet."""
    return context.whole and bool(_SPECIAL.search(data) or _SHORT.match(data)) and bool(_VALUE.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the value decodes to if that is text or a known format."""
    value = _VALUE.match(data)
    if not value:
        return
    for text in (value[1], value[1].translate(_FROM_Z85)):
        try:
            plain = base64.b85decode(text)
        except ValueError:
            continue
        binary = text is value[1] and len(text) >= _MIXED and len(set(_SPECIAL.findall(text))) >= 3
        least = 6 if _SPECIAL.search(value[1]) else _SURE
        if len(plain) >= least and (binary or meaningful(plain)):
            yield Piece(plain, value.start(1), len(value[1]), whole=True)
            return
