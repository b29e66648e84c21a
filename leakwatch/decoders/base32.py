"""Base32 (RFC 4648 §6), padded or not; in lower case and with base32hex's alphabet (§7) only as a whole value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful
from leakwatch.decoders.tokens import UPPER, Alphabet

NAME = "base32"
RANK = 0
WHOLE = False
TAKES = "any"

_SYMBOLS = Alphabet(UPPER + b"234567")
_LEAST = 16
_VALUE = re.compile(rb"\s*((?:[A-Z2-7]{10,}|[a-z2-7]{10,})={0,6})\s*\Z")
_HEX_VALUE = re.compile(rb"\s*(?=[^G-Vg-v]*[G-Vg-v])((?:[0-9A-V]{10,}|[0-9a-v]{10,})={0,6})\s*\Z")
"""Without a letter beyond F it is hex."""
_FROM_HEX = bytes.maketrans(b"0123456789ABCDEFGHIJKLMNOPQRSTUV", UPPER + b"234567")
_LABEL = re.compile(rb"(?<![A-Za-z0-9])[a-z2-7]{16,}(?![A-Za-z0-9])")
_PADDED = re.compile(
    rb"(?<![A-Za-z0-9])(?:[A-Z2-7]{8})?(?:[A-Z2-7]{7}=|[A-Z2-7]{5}={3}|[A-Z2-7]{4}={4}|[A-Z2-7]{2}={6})(?![A-Za-z0-9=])"
)
"""A shorter token whose padding shows what it is."""
_MAX_TOKENS = 2000
_SHORT = 1024


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of the alphabet."""
    if _SYMBOLS.has_run(data, _LEAST) or (context.whole and bool(_VALUE.match(data) or _HEX_VALUE.match(data))):
        return True
    return len(data) <= _SHORT and bool(_LABEL.search(data) or (b"=" in data and _PADDED.search(data)))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to if that is text or a known format."""
    value = _VALUE.match(data) if context.whole else None
    found = list(_token(value[1], value.start(1), _whole(value[1]))) if value else []
    if context.whole and not found and (other := _HEX_VALUE.match(data)):
        found = list(_token(other[1].upper().translate(_FROM_HEX), other.start(1)))
    if value or found:
        yield from found
        return
    for count, (start, end) in enumerate(_SYMBOLS.runs(data, _LEAST)):
        if count >= _MAX_TOKENS:
            return
        while end < len(data) and data[end] == 0x3D and end - start < len(data):
            end += 1
        yield from _token(data[start:end], start)
    if len(data) > _SHORT:
        return
    for label in (*_LABEL.finditer(data), *(_PADDED.finditer(data) if b"=" in data else ())):
        yield from _token(label[0], label.start())


def _whole(token: bytes) -> bool:
    """Tell whether a value looks like base32 of any bytes: long, upper case, letters and digits or padding."""
    text = token.rstrip(b"=")
    return len(text) >= _LEAST and text.isupper() and len(text) % 8 in (0, 2, 4, 5, 7) and not token.isalpha()


def _token(token: bytes, start: int, binary: bool = False) -> Iterator[Piece]:
    text = token.rstrip(b"=").upper()
    try:
        plain = base64.b32decode(text + b"=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return
    if len(plain) >= 6 and (binary or meaningful(plain)):
        yield Piece(plain, start, len(token), whole=True)
