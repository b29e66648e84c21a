"""XML: element text, attributes and CDATA by a tolerant tokenizer that knows no entity but the built-in ones."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "xml"
RANK = 45
WHOLE = True
TAKES = "any"

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?!html|!doctype\s+html|head\b|body\b|script\b)(?:\?xml|!--|!DOCTYPE|[A-Za-z_][\w:.-]*[\s/>])",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    rb"<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!DOCTYPE[^\[>]*(?:\[.*?\])?[^>]*(?:>|\Z)"
    rb"|</(?P<close>[^\s>]*)[^>]*(?:>|\Z)|<(?P<open>[A-Za-z_][\w:.-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>"
    rb"|(?P<text>[^<]+)|<",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(rb"(?<![\w:.-])([A-Za-z_][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NAMING = ("name", "key", "id")
_MAX_LEVEL = 48


def sniff(data: bytes, context: Context) -> bool:
    """A declaration, a comment or an element begins, and one ends somewhere; not HTML."""
    if context.media_type in ("text/html", "application/xhtml+xml"):
        return False
    return b"<" in data[:64] and bool(_BEGINS.match(data)) and (b"</" in data or b"/>" in data)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each attribute's value and each run of text under its path."""
    names: list[str] = []
    keys: list[str] = []
    for token in _TOKEN.finditer(data):
        kind = token.lastgroup
        if kind in ("text", "cdata"):
            yield from _text(token, kind, names, keys)
        elif kind == "close":
            if names:
                names.pop()
                keys.pop()
        elif kind == "attributes":
            names.append(token["open"].decode("utf-8", "replace")[:128])
            keys.append(names[-1].rpartition(":")[2])
            path = _path(names)
            for attribute in _ATTRIBUTE.finditer(data, *token.span("attributes")):
                name = attribute[1].decode("utf-8", "replace")[:128]
                group = 2 if attribute[2] is not None else 3
                value = attribute[group]
                if name.lower() in _NAMING and len(value) <= 64:
                    keys[-1] = value.decode("utf-8", "replace")
                if value:
                    yield _piece(value, attribute.start(group), f"{path}@{name}", name.rpartition(":")[2])
            if token["attributes"].endswith(b"/"):
                names.pop()
                keys.pop()


def _text(token: re.Match[bytes], kind: str, names: list[str], keys: list[str]) -> Iterator[Piece]:
    raw = token[kind]
    text = raw.strip()
    if text:
        start = token.start(kind) + raw.index(text)
        key = keys[-1] if keys else ""
        if kind == "cdata":
            yield Piece(text, start, len(text), _path(names), key, True)
        else:
            yield _piece(text, start, _path(names), key)


def _path(names: list[str]) -> str:
    more = "/…" if len(names) > _MAX_LEVEL else ""
    return "xml:/" + "/".join(names[:_MAX_LEVEL]) + more


def _piece(raw: bytes, start: int, path: str, key: str) -> Piece:
    return Piece(unescape(raw), start, len(raw), path, key, True)


def unescape(raw: bytes) -> bytes:
    """Undo character references; nothing that a document defines itself is ever expanded."""
    if b"&" not in raw:
        return raw
    return html.unescape(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
