"""gitleaks' decode loop (`detect/codec`), written anew: percent, hex, base64 and unicode escapes, again and again.

Segments that look encoded are replaced by what they decode to, up to five passes; after each pass the values are looked
for as they are written.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote

from bench.detection.person import Person
from bench.detection.rivals.messages import texts
from bench.detection.traffic import Exchange

NAME = "gitleaks' decode loop (ours)"
_DEPTH = 5
_BASE64 = re.compile(r"[\w/+-]{16,}={0,2}", re.ASCII)
_HEX = re.compile(r"\b[0-9A-Fa-f]{32,}\b")
_UNICODE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")


def find(exchanges: list[Exchange], person: Person) -> list[dict[str, Any]]:
    """Return a record for each identifier and direction of each exchange."""
    values = {name: value.encode().decode("latin-1") for name, (kind, value) in person.ids.items() if kind != "gps"}
    records = []
    for index, exchange in enumerate(exchanges):
        seen: dict[tuple[str, str], int] = {}
        for direction, text in texts(exchange):
            for depth in range(_DEPTH + 1):
                for name, value in values.items():
                    if value in text:
                        seen.setdefault((name, direction), depth)
                decoded = _pass(text)
                if decoded == text:
                    break
                text = decoded
        records += [
            {"index": index, "identifier": name, "direction": direction, "chain": [], "location": "", "form": ""}
            for name, direction in seen
        ]
    return records


def _pass(text: str) -> str:
    text = unquote(text, encoding="latin-1")
    text = _UNICODE.sub(lambda m: _unicode(m[0]), text)
    text = _HEX.sub(lambda m: _printable(_unhex(m[0]), m[0]), text)
    return _BASE64.sub(lambda m: _printable(_unbase64(m[0]), m[0]), text)


def _unicode(text: str) -> str:
    units = [int(unit, 16) for unit in re.findall(r"\\u([0-9A-Fa-f]{4})", text)]
    return "".join(map(chr, units)).encode("utf-8", "replace").decode("latin-1")


def _unhex(text: str) -> bytes:
    return binascii.unhexlify(text[: len(text) // 2 * 2])


def _unbase64(text: str) -> bytes:
    bare = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return b""


def _printable(data: bytes, otherwise: str) -> str:
    """Take the decoded text only if it is printable ASCII, as gitleaks does."""
    return data.decode("ascii") if data and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data) else otherwise
