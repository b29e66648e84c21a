"""Form fields (WHATWG URL §5, `application/x-www-form-urlencoded`); values keep their percent encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from leakwatch.decoders.piece import Context, Piece

NAME = "form"
RANK = 20
WHOLE = True
TAKES = "any"

_MEDIA = "application/x-www-form-urlencoded"
_BEGINS = re.compile(rb"\??[A-Za-z_$][\w.$%~:\[\]-]{0,127}=[^=\s&\"'<>]")
_SPACE = re.compile(rb"[\x00-\x20\"<>|^`#\\]")
_NO_FIELD = re.compile(rb"(?![{\[]).*[{}()@*!$]", re.DOTALL)
"""A single value with signs that forms encode, and that is no JSON: base85 and the like may begin as a name does."""

_QUOTED = re.compile(rb"[^=]*+(?:=[0-9A-F]{2}[^=]*+){2,}=?")
"""Every `=` begins an escape of quoted-printable, which has them in upper case."""

_FIELD = re.compile(rb"([^&=]*)(=?)([^&]*)&?")
_MAX_FIELDS = 20_000


def sniff(data: bytes, context: Context) -> bool:
    """Declared as a form, or a name with a value and no white space anywhere."""
    if context.media_type == _MEDIA:
        return b"=" in data
    if (b";" in data and b"&" not in data) or "grpc" in context.media_type:
        return False  # settings in a row, as cookies and user agents have them; padded base64
    begins = _BEGINS.match(data) if b"=" in data[:160] else None
    if begins is None or _SPACE.search(data) or _QUOTED.fullmatch(data):
        return False
    return b"&" in data or not _NO_FIELD.match(data, begins.end() - 1)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each field's value as it stands; a name without value, and a telling name, as a piece of its own."""
    data = data.rstrip(b"\r\n")
    at = 1 if data[:1] == b"?" else 0
    fields = 0
    while at < len(data):
        fields += 1
        if fields > _MAX_FIELDS:
            yield Piece(data[at:], at, len(data) - at, chain=())
            return
        field = _FIELD.match(data, at)
        if not field or field.end() == at:
            return
        at = field.end()
        raw_name, equals, value = field.groups()
        name = unquote_plus(raw_name.decode("utf-8", "replace"), errors="replace")[:128]
        if value:
            yield Piece(value, field.start(3), len(value), f"form:{name}", name, True)
        if len(raw_name) >= 8 and (not equals or not raw_name.isalpha()):
            yield Piece(raw_name, field.start(1), len(raw_name), f"form:{name}" if equals else "form")
