"""Base64 (RFC 4648 §4 and §5): standard and URL-safe, padded or not, wrapped in lines, alone or inside a text."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from leakwatch.decoders.alphabets import TABLES
from leakwatch.decoders.base64text import unwrap
from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import meaningful, readable
from leakwatch.decoders.tokens import ALPHANUMERIC, DIGITS, Alphabet

NAME = "base64"
RANK = 0
WHOLE = False
TAKES = "any"

_SYMBOLS = Alphabet(ALPHANUMERIC + b"+/_-=")
_LEAST = 16
"""A shorter token inside a text is a word, unless padding shows what it is."""
_SHORTEST = 8
_VALUE = re.compile(rb"\s*([A-Za-z0-9+/_-]{8,}={0,2})\s*\Z")
_OTHER = re.compile(rb"[A-Za-z0-9+/._-]{16,}={0,2}\Z")
_PADDED = re.compile(rb"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{6,14}={1,2}(?![A-Za-z0-9+/_=-])")
_SUBTOKENS = tuple(re.compile(rb"[A-Za-z0-9%s]{16,}={0,2}" % signs) for signs in (rb"_-", rb"+/", rb""))
"""A token inside a path, or between dashes: of one alphabet only, and the other's signs stand around it."""
_NOT_HEX = re.compile(rb"[^0-9a-fA-F=]")
_BREAKS = (b"\n", b"\r\n", b"\\n", b"\\r\\n")
_LAST_LINE = re.compile(rb"(?:\r?\n|\\n|\\r\\n)([A-Za-z0-9+/_-]{2,15}={0,2})(?![A-Za-z0-9+/_=-])")
_CHUNK = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_HEAD = 24
_STANDARD = bytes.maketrans(b"-_", b"+/")
_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_LONGEST = 1 << 16
"""Longer tokens are decoded as they stand only."""
_MAX_CUSTOM = 200
"""How many tokens of one text are tried with the other alphabets."""


def sniff(data: bytes, context: Context) -> bool:
    """A long enough run of the alphabet somewhere."""
    if _SYMBOLS.has_run(data, _LEAST):
        return True
    return (context.whole and bool(_VALUE.match(data))) or (b"=" in data and bool(_PADDED.search(data)))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what each token decodes to: if that is text, or the token looks unlike a word."""
    if context.media_type.startswith("application/grpc-web-text"):
        # Frames in base64, each piece of a stream with padding of its own (grpc/doc/PROTOCOL-WEB.md).
        frames = b"".join(unwrap(chunk[0]) or b"" for chunk in _CHUNK.finditer(data))
        yield Piece(frames, whole=True, media_type="application/grpc-web")
        return
    if context.whole and (piece := _whole(data)):
        yield piece
        return
    if b"=" in data:
        for token in _PADDED.finditer(data):
            plain = unwrap(token[0])
            if plain and _mixed(token[0]) and readable(plain):
                yield Piece(plain, token.start(), len(token[0]), whole=True)
    tried = 0
    for start, end, text in _lines(data):
        if text.isdigit() or not _mixed(text):
            continue
        tried += 1
        yield from _token(text, start, end, tried <= _MAX_CUSTOM)


def _whole(data: bytes) -> Piece | None:
    """Decode a value that is one token; a binary outcome counts if the padding is right."""
    value = _VALUE.match(data)
    if value and _NOT_HEX.search(value[1]):
        plain = unwrap(value[1])
        padded = value[1].endswith(b"=") and len(value[1]) % 4 == 0 and (_mixed(value[1]) or b"+" in value[1])
        if plain and (padded or meaningful(plain)):
            foreign = None if meaningful(plain) or not _OTHER.match(value[1]) else _custom(value[1])
            return Piece(foreign or plain, value.start(1), len(value[1]), whole=True)
    other = _OTHER.match(data)
    if other and _mixed(other[0]) and (plain := _custom(other[0])):
        return Piece(plain, whole=True)
    return None


def _lines(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield tokens with their place; lines of equal length that follow each other are one token."""
    lines: list[tuple[int, int]] = []
    for start, end in _SYMBOLS.runs(data, _LEAST):
        if lines and start < lines[-1][1]:
            continue  # taken as the last line of the token before
        if lines and not (data[lines[-1][1] : start] in _BREAKS and _continues(lines, end - start)):
            yield _joined(data, lines)
            lines = []
        lines.append((start, end))
        if len(lines) > 1 or data[end : end + 1] in (b"\r", b"\n", b"\\"):
            last = _LAST_LINE.match(data, end)
            if last:
                lines.append(last.span(1))
    if lines:
        yield _joined(data, lines)


def _continues(lines: list[tuple[int, int]], length: int) -> bool:
    """Tell whether a line of this length may follow: all lines but the last are equally long."""
    first = lines[0][1] - lines[0][0]
    return length <= first and lines[-1][1] - lines[-1][0] == first


def _joined(data: bytes, lines: list[tuple[int, int]]) -> tuple[int, int, bytes]:
    text = data[lines[0][0] : lines[0][1]] if len(lines) == 1 else b"".join(data[start:end] for start, end in lines)
    return lines[0][0], lines[-1][1], text


def _mixed(token: bytes) -> bool:
    """Base64 of any text mixes upper and lower case."""
    return token.lower() != token and token.upper() != token


def _unlike_a_word(token: bytes) -> bool:
    """A digit somewhere, or capitals as often as random symbols have them: names in camel case have fewer."""
    if token.translate(None, DIGITS) != token:
        return True
    capitals = len(token) - len(token.translate(None, _CAPITALS))
    return len(token) >= 20 and len(token) <= capitals * 4 <= 3 * len(token)


def _token(token: bytes, start: int, end: int, custom: bool) -> Iterator[Piece]:
    """Yield the decoded token: whole, from a later first character, or by its parts between slashes and the like."""
    plain = unwrap(token)
    if plain and not meaningful(plain) and custom:
        telling = _custom(token)
    else:
        telling = plain if plain and meaningful(plain) else None
    if telling:
        yield Piece(telling, start, end - start, whole=True)
        return
    if plain and len(plain) >= 12 and _unlike_a_word(token):
        yield Piece(plain, start, end - start, whole=True)
    if end - start != len(token):
        return
    for shift in (1, 2, 3) if len(token) <= _LONGEST else ():
        later = unwrap(token[shift:])
        if later and len(later) >= 12 and meaningful(later):
            yield Piece(later, start + shift, len(token) - shift, whole=True)
            return
    for kind in _SUBTOKENS if not token.isalnum() else ():
        found = False
        for inner in kind.finditer(token):
            plain = unwrap(inner[0])
            padded = (
                inner[0].endswith(b"=") and len(inner[0]) % 4 == 0 and _unlike_a_word(inner[0]) and _mixed(inner[0])
            )
            if plain and len(inner[0]) < len(token) and _complete(inner[0], plain) and (meaningful(plain) or padded):
                found = True
                yield Piece(plain, start + inner.start(), len(inner[0]), whole=True)
        if found:
            return


def _complete(token: bytes, plain: bytes) -> bool:
    """Tell whether a token holds whole bytes and nothing besides: one that was cut anywhere seldom does."""
    return binascii.b2a_base64(plain, newline=False).rstrip(b"=") == token.rstrip(b"=").translate(_STANDARD)


def _custom(token: bytes) -> bytes | None:
    """Decode with the known other alphabets; one that gives readable text is the right one."""
    for table in TABLES if len(token) <= _LONGEST else ():
        head = unwrap(token[:_HEAD].translate(table))
        if not head or len(head.translate(None, _CONTROLS)) < len(head):
            continue  # most alphabets are out after the first few characters
        plain = unwrap(token.translate(table))
        if plain and len(plain) >= _SHORTEST and readable(plain):
            return plain
    return None
