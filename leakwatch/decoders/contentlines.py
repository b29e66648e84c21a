"""Content lines as vCard (RFC 6350 §3.2) and iCalendar (RFC 5545 §3.1) write them: folded, with parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Piece

_LINE = re.compile(
    rb"^(?:[\w-]+\.)?([A-Za-z][\w-]*)((?:;(?:\"[^\"\r\n]*\"|[^:\"\r\n])*)?):"
    rb"([^\r\n]*(?:=\r?\n[^\r\n]*)*(?:\r?\n[ \t][^\r\n]*)*)",
    re.MULTILINE,
)
_FOLD = re.compile(rb"\r?\n[ \t]")
_ESCAPE = re.compile(rb"\\([\\,;:nN])")
_STRUCTURED = frozenset({"N", "ADR", "ORG", "NICKNAME"})
_MAX_LINES = 50_000


def values(data: bytes, name: str) -> Iterator[Piece]:
    """Yield the value of each line under `name:PROPERTY`, unfolded; a structured one also by its components."""
    for count, line in enumerate(_LINE.finditer(data)):
        if count >= _MAX_LINES:
            yield Piece(data[line.start() :], line.start(), len(data) - line.start(), chain=())
            return
        label = line[1].decode("ascii", "replace").upper()
        raw = line[3]
        if not raw or label in ("BEGIN", "END", "VERSION"):
            continue
        start, path = line.start(3), f"{name}:{label}"
        # a quoted-printable value keeps its soft line breaks: that decoder undoes them
        text = raw if b"QUOTED-PRINTABLE" in line[2].upper() else _FOLD.sub(b"", raw)
        yield Piece(_ESCAPE.sub(_undo, text), start, len(raw), path, label, True)
        if label in _STRUCTURED and b";" in raw:
            at = start
            for component in raw.split(b";"):
                if component.strip():
                    yield Piece(component, at, len(component), path, label, True)
                at += len(component) + 1
        parameters = line[2]
        if b"=" in parameters and b"@" in parameters:
            yield Piece(parameters, line.start(2), len(parameters), path, label)


def _undo(escape: re.Match[bytes]) -> bytes:
    return b"\n" if escape[1] in b"nN" else escape[1]
