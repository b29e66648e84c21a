"""Apple's property lists in XML (plist(5)): values under their keys."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "plist"
RANK = 48
WHOLE = True
TAKES = "text"

_TOKEN = re.compile(rb"<(/?)(dict|array|key|string|integer|real|date|data)\b[^>]*?(/?)>(?:([^<]*)(?=</))?", re.DOTALL)
_SPACE = re.compile(rb"\s+")
_MAX_LEVEL = 48


def sniff(data: bytes, context: Context) -> bool:
    """The root element near the beginning."""
    return b"<plist" in data[:600]


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield strings, numbers, dates, and base64 data without its white space."""
    frames: list[tuple[str, str, int]] = []  # kind, path, next index
    kind, path, index, key = "", "", 0, ""
    for token in _TOKEN.finditer(data):
        closing, name, empty = token[1], token[2].decode("ascii"), token[3]
        if closing:
            if name in ("dict", "array") and frames:
                kind, path, index = frames.pop()
            continue
        if name == "key":
            key = html.unescape((token[4] or b"").decode("utf-8", "replace"))[:128]
            continue
        if kind == "array":
            here, index = f"{path}[{index}]", index + 1
        else:
            here = (f"{path}.{key}" if path else key) if len(frames) <= _MAX_LEVEL else path
        if name in ("dict", "array"):
            if not empty:
                frames.append((kind, path, index))
                kind, path, index = name, here, 0
        elif token[4] and token[4].strip():
            yield _piece(token, name, f"plist:{here}", key if kind == "dict" else "")


def _piece(token: re.Match[bytes], name: str, path: str, key: str) -> Piece:
    raw: bytes = token[4]
    if name == "data":
        value = _SPACE.sub(b"", raw)
    elif b"&" in raw:
        value = html.unescape(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    else:
        value = raw
    return Piece(value, token.start(4), len(raw), path, key, True)
