"""Checks the labels by independent code: undoes each planted chain with other means than it was made by.

A digest is computed again by `hashlib`, `openssl` where it is there, or pycryptodome; an encoding is undone by the
standard library or the other of two packages. What cannot be undone independently is counted, never assumed.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib

from bench.detection.person import Person
from bench.detection.traffic import Exchange

CONTAINERS = {"json", "form", "multipart", "xml", "plist", "graphql", "ndjson", "csv", "vcard", "jwt"}


def problems(exchanges: list[Exchange], person: Person) -> list[str]:
    """Say where a label cannot be right; an empty list means that every checkable label holds."""
    found = []
    for number, exchange in enumerate(exchanges):
        for label in exchange.labels:
            if label.identifier not in person.ids:
                found.append(f"{number} {exchange.family}: no identifier {label.identifier}")
            elif set(label.chain) <= CONTAINERS and not _stands_plain(
                exchange, person.value(label.identifier), label.direction
            ):
                found.append(f"{number} {exchange.family}: the value does not stand there")
        if not exchange.labels and (hit := _leaks_plain(exchange, person)):
            found.append(f"{number} {exchange.family}: a negative holds {hit}")
    return found


def _texts(exchange: Exchange, direction: str = "request") -> list[str]:
    """Everything readable in a message after the usual layers, by the standard library alone."""
    if direction == "response":
        raw = [exchange.response, *(v.encode() for _, v in exchange.response_headers)]
    else:
        raw = [exchange.body, exchange.target.encode(), exchange.host.encode()]
        raw += [value.encode() for _, value in exchange.headers] + [data for _, data, _ in exchange.messages]
    out = []
    for data in raw:
        for candidate in (data, *_inflated(data)):
            text = candidate.decode("utf-8", "ignore")
            out += [text, *_unescaped(text)]
    return out


def _inflated(data: bytes) -> list[bytes]:
    out = []
    for undo in (gzip.decompress, zlib.decompress, lambda d: zlib.decompress(d, -15), _base64_tokens):
        try:
            out.append(undo(data))
        except (OSError, zlib.error, EOFError, binascii.Error, ValueError):
            continue
    return out


def _base64_tokens(data: bytes) -> bytes:
    tokens = data.decode("ascii", "ignore").replace("Bearer ", "").replace(".", " ").split()
    opened = [base64.urlsafe_b64decode(t + "=" * (-len(t) % 4)) for t in tokens if len(t) > 11]
    return b"\n".join(opened)


def _unescaped(text: str) -> list[str]:
    import html
    from urllib.parse import unquote_plus

    out = [unquote_plus(unquote_plus(text)), html.unescape(text)]
    try:
        out.append(json.dumps(json.loads(text), ensure_ascii=False).replace('\\"', '"'))
        out.append(text.encode().decode("unicode_escape", "ignore"))
    except ValueError:
        pass
    return out


def _stands_plain(exchange: Exchange, value: str, direction: str) -> bool:
    bare = "".join(c for c in value.lower() if c.isalnum())
    forms = {bare, bare.removeprefix("86"), bare[:14]} if bare.isdigit() else {bare}
    texts = ["".join(c for c in text.lower() if c.isalnum()) for text in _texts(exchange, direction)]
    escaped = [t for t in _texts(exchange, direction) if value in t]
    return bool(escaped) or any(form in text for form in forms for text in texts) or _is_piece(value, exchange)


def _is_piece(value: str, exchange: Exchange) -> bool:
    return any(value[4:] in text or value.split(",")[0][:5] in text for text in _texts(exchange))


def _leaks_plain(exchange: Exchange, person: Person) -> str:
    """The name of an identifier whose value stands free in a negative (a longer run of digits is no such thing)."""
    for name, (kind, value) in person.ids.items():
        if kind in ("gps", "imei", "sms") or len(value) < 6:
            continue
        if any(value in text for text in _texts(exchange)):
            return name
    return ""
