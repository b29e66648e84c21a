"""Base64 (RFC 4648 §4 and §5): standard and URL-safe, padded or not, wrapped in lines, alone or inside a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.alphabets import TABLES
from leakwatch.decoders.base64text import unwrap
from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful, readable

NAME = "base64"
RANK = 0
WHOLE = False

_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")
_VALUE = re.compile(rb"\s*([A-Za-z0-9+/_-]{8,}={0,2})\s*\Z")
_OTHER = re.compile(rb"[A-Za-z0-9+/._-]{11,}={0,2}\Z")
_SHORT_TOKEN = re.compile(rb"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/]{8,14}={1,2}(?![A-Za-z0-9+/_=-])")
_SUBTOKEN = re.compile(rb"[A-Za-z0-9]{16,}={0,2}")
_UPPER, _LOWER = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]")
_DIGIT = re.compile(rb"[0-9]")
_NOT_HEX = re.compile(rb"[^0-9a-fA-F=]")
_MAX_TOKENS = 60_000


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of the alphabet somewhere."""
    return bool(_TOKEN.search(data)) or bool(_SHORT_TOKEN.search(data)) or (context.whole and bool(_VALUE.match(data)))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to: if that is text, or the token looks unlike a word."""
    value = _VALUE.match(data) if context.whole else None
    if value:
        plain = unwrap(value[1])
        padded = value[1].endswith(b"=") and len(value[1]) % 4 == 0 and _UPPER.search(value[1])
        if plain and (meaningful(plain) or padded) and _NOT_HEX.search(value[1]):
            yield Piece(plain, value.start(1), len(value[1]), whole=True)
            return
    if context.whole and (other := _OTHER.match(data)) and (plain := _custom(other[0])):
        yield Piece(plain, whole=True)
        return
    count = 0
    for pattern in (_TOKEN, _SHORT_TOKEN):
        for token in pattern.finditer(data):
            count += 1
            if count > _MAX_TOKENS:
                context.budget.over("segments", len(data) - token.start())
                return
            yield from _token(token[0], token.start())


def _token(token: bytes, start: int) -> Iterator[Piece]:
    """Yield the decoded token, whole, by lines, by its parts between slashes, or from a later first character."""
    if not (_UPPER.search(token) and _LOWER.search(token)):
        return
    plain = unwrap(token)
    telling = plain if plain and meaningful(plain) else _custom(token)
    if telling:
        yield Piece(telling, start, len(token), whole=True)
        return
    lengths = [len(line.rstrip(b"\r")) for line in token.split(b"\n")]
    wrapped = len(lengths) > 1 and len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0]
    if plain and len(plain) >= 12 and _DIGIT.search(token) and (len(lengths) == 1 or wrapped):
        yield Piece(plain, start, len(token), whole=True)
    for shift in (1, 2, 3):
        later = unwrap(token[shift:])
        if later and len(later) >= 12 and meaningful(later):
            yield Piece(later, start + shift, len(token) - shift, whole=True)
            return
    if len(lengths) > 1 and not wrapped:
        at = start
        for line in token.split(b"\n"):
            yield from _token(line.rstrip(b"\r"), at) if len(line) >= 16 else ()
            at += len(line) + 1
        return
    for inner in _SUBTOKEN.finditer(token):
        plain = unwrap(inner[0])
        if len(inner[0]) < len(token) and plain and meaningful(plain):
            yield Piece(plain, start + inner.start(), len(inner[0]), whole=True)


def _custom(token: bytes) -> bytes | None:
    """Decode with the known other alphabets; one that gives readable text is the right one."""
    for table in TABLES:
        plain = unwrap(token.translate(table))
        if plain and len(plain) >= 8 and readable(plain):
            return plain
    return None
