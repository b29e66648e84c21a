"""Multipart bodies (RFC 2046 §5.1, RFC 7578): fields, file names and file bodies; the boundary is read off the data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "multipart"
RANK = 70
WHOLE = True
TAKES = "any"

_FIRST = re.compile(rb"(?:[^\r\n]{0,200}\r?\n){0,4}?--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-|\r?\n)", re.IGNORECASE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[;\s]name\*?=(?:\"([^\"\r\n]*)\"|([^\s;]+))", re.IGNORECASE)
_FILENAME = re.compile(rb"filename\*?=(?:\"([^\"\r\n]*)\"|([^\s;]+))", re.IGNORECASE)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_MAX_HEAD = 8192
_MAX_FIELDS = 20_000
_TELLING = 8
"""A shorter name of a field cannot hold an identifier."""


def sniff(data: bytes, context: Context) -> bool:
    """A boundary line with a header line after it."""
    return (data[:2] == b"--" or context.media_type.startswith("multipart/")) and bool(_FIRST.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each field's body under its name, and the file's name where it has one."""
    first = _FIRST.match(data)
    if not first:
        return
    delimiter = b"--" + first[1]
    at = first.end()
    for _ in range(_MAX_FIELDS):
        end = data.find(b"\n" + delimiter, at - 1)
        stop = end if end >= 0 else len(data)
        yield from _field(data, at, max(at, stop - 1 if end > 0 and data[end - 1 : end] == b"\r" else stop))
        if end < 0 or data.startswith(b"--", end + 1 + len(delimiter)):
            return
        at = data.find(b"\n", end + 1 + len(delimiter)) + 1
        if at == 0:
            return
    yield Piece(data[at:], at, len(data) - at, chain=())


def _field(data: bytes, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces of the field between two delimiters."""
    blank = _BLANK.search(data, start, min(end, start + _MAX_HEAD))
    if data.startswith((b"\r\n", b"\n"), start):
        head, body = b"", start + (2 if data[start : start + 1] == b"\r" else 1)
    elif blank:
        head, body = data[start : blank.start()], blank.end()
    else:
        head, body = data[start : min(end, start + _MAX_HEAD)], end
    found, file, kind = _NAME.search(b";" + head), _FILENAME.search(head), _TYPE.search(head)
    name = ((found[1] or found[2] or b"") if found else b"").decode("utf-8", "replace")[:128]
    path = f"multipart:{name}" if name else "multipart"
    if end > body:
        media_type = kind[1].decode("ascii", "replace").lower() if kind else ""
        yield Piece(data[body:end], body, end - body, path, name, True, media_type=media_type)
    if file and (text := file[1] or file[2]):
        at = start + head.index(text, file.start())
        yield Piece(text, at, len(text), path, "filename", True)
    if name and len(name) >= _TELLING and not name.isalpha():
        raw = found[1] or found[2] if found else b""
        yield Piece(raw, start + head.index(raw), len(raw), path)
    if not file and head and not found:
        yield Piece(head, start, len(head), path)
