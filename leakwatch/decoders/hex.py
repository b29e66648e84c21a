"""Hexadecimal in both cases, alone or inside a text, with or without separators or `0x` before each byte."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful

NAME = "hex"
RANK = 0
WHOLE = False

_TOKEN = re.compile(rb"(?<![0-9A-Za-z])(?:0[xX])?((?:[0-9a-f]{2}){6,}|(?:[0-9A-F]{2}){6,})(?![0-9A-Za-z])")
_GLUED = re.compile(rb"(?:[0-9a-f]{2}){20,}|(?:[0-9A-F]{2}){20,}")
_SPACED = re.compile(
    rb"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{2}(?:(?:[ :\-]|, ?)(?:0x)?[0-9a-fA-F]{2}){5,}(?![0-9A-Za-z])"
)
_LETTERS = re.compile(rb"0[xX]|[^0-9a-fA-F]")
_ONLY_DIGITS = re.compile(rb"[0-9]{1,20}\Z")
_DIGEST_SIZES = frozenset({16, 20, 28, 32, 48, 64})


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of digits."""
    return bool(_TOKEN.search(data) or _GLUED.search(data) or _SPACED.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to: text, or bytes that are not just a digest."""
    for pattern, group in ((_TOKEN, 1), (_GLUED, 0), (_SPACED, 0)):
        for token in pattern.finditer(data):
            text = token[group]
            if _ONLY_DIGITS.match(text) and not _reads(text):
                continue
            plain = binascii.unhexlify(_LETTERS.sub(b"", text) if group == 0 and pattern is _SPACED else text)
            if meaningful(plain) or _binary(plain, context):
                yield Piece(plain, token.start(group), len(text), whole=True)


def _reads(text: bytes) -> bool:
    """A run of digits only is a number, unless every pair is a digit's code (`3836…`)."""
    return len(text) % 2 == 0 and all(pair == 0x33 for pair in text[::2])


def _binary(plain: bytes, context: Context) -> bool:
    """Bytes of a digest's length are a digest, unless a key might open them."""
    return len(plain) >= 8 and (len(plain) not in _DIGEST_SIZES or bool(context.keys.ciphers))
