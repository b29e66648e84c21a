"""Comma-separated values (RFC 4180), also with tabs, semicolons and bars: each cell under its column's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "csv"
RANK = 5
WHOLE = True
TAKES = "text"

_MEDIA = ("text/csv", "application/csv", "text/tab-separated-values")
_LINE = re.compile(rb"[^\r\n]+")
_NAME = re.compile(rb"\"?\s*[A-Za-z_\x80-\xff][\w \-./()\x80-\xff]{0,47}\s*\"?\Z")
_SEPARATORS = (b",", b"\t", b";", b"|")
_MAX_CELLS = 50_000
_PROBED = 6


def sniff(data: bytes, context: Context) -> bool:
    """Two or more lines of text with the same number of separators outside quotes, the first one of names."""
    if not context.text or b"\n" not in data[:4096]:
        return False
    return context.media_type in _MEDIA or bool(_separator(data))


def _separator(data: bytes) -> bytes:
    """Return the separator that splits the first lines into equally many cells, or nothing."""
    lines = [line[0] for line, _ in zip(_LINE.finditer(data[:16384]), range(_PROBED))]
    if len(data) > 16384 and len(lines) > 2:
        lines.pop()
    if len(lines) < 2:
        return b""
    for separator in _SEPARATORS:
        cells = lines[0].split(separator)
        if len(cells) < 2 or not all(_NAME.match(cell) for cell in cells) or len(set(cells)) < len(cells):
            continue
        if all(_count(line, separator) == len(cells) for line in lines[1:]):
            return separator
    return b""


def _count(line: bytes, separator: bytes) -> int:
    if b'"' in line:
        line = re.sub(rb'"[^"]*"', b"", line)
    return line.count(separator) + 1


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield every cell that is not empty; without a line of names the column's number stands for its name."""
    separator = _separator(data)
    names = [c.strip(b'" \t\r').decode("utf-8", "replace") for c in _first(data).split(separator)] if separator else []
    separator = separator or b","
    cell = re.compile(rb'"((?:[^"]|"")*)"[^%b\r\n]*|([^%b\r\n]*)' % (separator, separator))
    at = row = column = 0
    for _ in range(_MAX_CELLS):
        if at >= len(data):
            return
        found = cell.match(data, at)
        if not found:
            return
        group = 1 if found[1] is not None else 2
        value = found[group]
        if value.strip() and (row or not names):
            name = names[column] if column < len(names) else str(column)
            plain = value.replace(b'""', b'"') if group == 1 else value
            yield Piece(plain, found.start(group), len(value), f"csv:{name}", name if names else "", True)
        at, column = found.end(), column + 1
        if not data.startswith(separator, at):
            row, column = row + 1, 0
            at += len(_ends(data, at)) or 1
        else:
            at += 1
    yield Piece(data[at:], at, len(data) - at, chain=())


def _first(data: bytes) -> bytes:
    line = _LINE.search(data)
    return line[0] if line else b""


def _ends(data: bytes, at: int) -> bytes:
    return b"\r\n" if data.startswith(b"\r\n", at) else data[at : at + 1]
