"""JSON (RFC 8259) at any depth, as far as it goes; JSONP and anti-hijacking prefixes are skipped."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from leakwatch.decoders.jsontext import Reading, piece_of
from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable

NAME = "json"
RANK = 50
WHOLE = True
TAKES = "any"

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?[\x00-\x20]*+(?:\)\]\}'?,?\s*|while\s*\((?:1|true)\);\s*|for\s*\(;;\);\s*|/\*-?secure-?(?:\*/)?\s*"
    rb"|\{\}\s*&&\s*|&&&START&&&\s*|throw [^\r\n;]{1,60};[^\r\n{\[]{0,60}\s*)?"
    rb"(?:(?:/\*\*/\s*)?(?:typeof [\w$.]+ *=== *'function' *&& *)?[A-Za-z_$][\w$.]{0,99}\s*\(\s*)?"
    rb"(?=\{\s*[\"}]|\[\s*(?:[\"{\[\]]|-?\d|true|false|null)|\"(?:[^\"\\]*\\)\S)"
)
_HEAD = 6
_REST = 8
"""A shorter rest after the document (`);`) is not worth a look."""


def sniff(data: bytes, context: Context) -> bool:
    """An object, an array or an escaped string begins."""
    begin = _BEGINS.match(data)
    if begin is None or context.text:
        return begin is not None
    at = begin.end()
    return not _is_field(data, at) and _begins_as_text(data[at : at + _HEAD])


def _is_field(data: bytes, at: int) -> bool:
    """Tell whether a field of a message begins `at`, behind a tag (Protocol Buffers' wire type 2) and its length."""
    if at < 2 or data[at - 2] & 7 != 2 or data[at - 2] < 8:
        return False
    end = at + data[at - 1]
    return end <= len(data) and data[end - 1 : end] in (b"}", b"]", b'"')


def _begins_as_text(data: bytes) -> bool:
    """Tell whether the first of bytes that are no text are one: `[1` may stand at the head of any digest."""
    try:
        head = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return readable(head.encode())


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield every string, number and telling member name, then whatever follows the document."""
    begin = _BEGINS.match(data)
    if not begin:
        return
    reading = Reading(data, begin.end())
    found = False
    for leaf in reading.leaves():
        found = True
        yield piece_of(data, leaf, f"json:{leaf.path}")
    if found and len(data) - reading.end > _REST:
        rest = data[reading.end :]
        if rest.strip():
            yield Piece(rest, reading.end, len(rest), chain=())
