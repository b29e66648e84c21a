"""Base32 (RFC 4648 §6), padded or not, in either case."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful

NAME = "base32"
RANK = 0
WHOLE = False

_TOKEN = re.compile(rb"(?<![A-Za-z0-9])(?:[A-Z2-7]{10,}|[a-z2-7]{10,})={0,6}(?![A-Za-z0-9=])")
_BOTH = re.compile(rb"[2-7]")
_MAX_TOKENS = 2000


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of the alphabet."""
    return bool(_TOKEN.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to if that is text or a known format."""
    for count, token in enumerate(_TOKEN.finditer(data)):
        if count >= _MAX_TOKENS:
            return
        text = token[0].rstrip(b"=").upper()
        try:
            plain = base64.b32decode(text + b"=" * (-len(text) % 8))
        except (binascii.Error, ValueError):
            continue
        if len(plain) >= 6 and meaningful(plain):
            yield Piece(plain, token.start(), len(token[0]), whole=True)
