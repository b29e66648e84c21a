"""Hexadecimal in both cases, alone or inside a text, with or without separators or `0x` before each byte."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful
from leakwatch.decoders.tokens import DIGITS, Alphabet

NAME = "hex"
RANK = 0
WHOLE = False
TAKES = "any"

_LEAST = 12
_SYMBOLS = Alphabet(DIGITS + b"abcdefABCDEF")
_SEPARATED = Alphabet(DIGITS + b"abcdefABCDEFx :-,")
_LEAST_SEPARATED = 17
_GLUED = 40
"""Beside other letters or digits only a token this long is one."""
_SPACED = re.compile(rb"(?:0x)?[0-9a-fA-F]{2}(?:(?:[ :\-]|, ?)(?:0x)?[0-9a-fA-F]{2}){5,20000}")
_LONGEST_NUMBER = 20
_DIGEST_SIZES = frozenset({16, 20, 28, 32, 48, 64})


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of digits."""
    return _SYMBOLS.has_run(data, _LEAST) or _SEPARATED.has_run(data, _LEAST_SEPARATED)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to: text, or bytes that are not just a digest."""
    for start, end in _SYMBOLS.runs(data, _LEAST):
        if _beside(data, start, end) and end - start < _GLUED:
            continue
        odd = (end - start) % 2
        piece = _decoded(data, start + odd, end, context) if not odd or end - start >= _GLUED else None
        if piece:
            yield piece
    for start, end in _SEPARATED.runs(data, _LEAST_SEPARATED):
        for token in _SPACED.finditer(data, start, end):
            digits = token[0].replace(b"0x", b"").translate(None, b" :-,")
            plain = binascii.unhexlify(digits)
            if meaningful(plain) or len(plain) in _DIGEST_SIZES:
                yield Piece(plain, token.start(), len(token[0]), whole=True)


def _beside(data: bytes, start: int, end: int) -> bool:
    """Tell whether a letter stands directly beside the run (`x` of `0x` aside)."""
    before = data[start - 1 : start] if start and data[start - 2 : start] not in (b"0x", b"0X") else b""
    return before.isalnum() or data[end : end + 1].isalnum()


def _decoded(data: bytes, start: int, end: int, context: Context) -> Piece | None:
    text = data[start:end]
    if text.isdigit() and len(text) <= _LONGEST_NUMBER and text[::2].strip(b"3"):
        return None  # a number, unless every pair is a digit's code (3836…)
    plain = binascii.unhexlify(text)
    if meaningful(plain) or _binary(plain, context):
        return Piece(plain, start, end - start, whole=True)
    return None


def _binary(plain: bytes, context: Context) -> bool:
    """Bytes of a digest's length inside a text are a digest, unless a key might open them."""
    if context.whole:
        return len(plain) >= 6
    return len(plain) >= 8 and (len(plain) not in _DIGEST_SIZES or bool(context.keys.ciphers))
