"""The bytes of a body as a HAR tells them: text, base64, raw bytes beside the text, or only a list of parameters."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

import brotlicffi

from leakwatch.journal.events import Headers

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)', re.IGNORECASE)
_MAGIC = {
    b"gzip": (b"\x1f\x8b",),
    b"x-gzip": (b"\x1f\x8b",),
    b"deflate": (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
    b"zstd": (b"\x28\xb5\x2f\xfd",),
}
"""How the bytes of a content coding begin: RFC 1952 §2.3.1, RFC 1950 §2.2 (CMF 0x78), RFC 8878 §3.1.1."""


def to_bytes(text: str) -> bytes:
    """Return the UTF-8 of `text`; bytes that were no UTF-8 in the file come back as they were, lone surrogates stay."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def body_of(holder: Mapping[str, Any]) -> bytes | None:
    """Return the body that `holder` (`postData`, `content`, …) carries as text or base64; None where it carries none.

    `_rawBase64` is what some writers add because `text` has lost bytes, so it goes first.
    """
    raw = holder.get("_rawBase64")
    if isinstance(raw, str) and (data := _from_base64(raw)) is not None:
        return data
    text = holder.get("text")
    if not isinstance(text, str):
        return None
    if str(holder.get("encoding") or "").lower() == "base64" and (data := _from_base64(text)) is not None:
        return data
    return to_bytes(text) if text.isascii() else _from_binary_string(text) or to_bytes(text)


def _from_binary_string(text: str) -> bytes | None:
    """Return the bytes of a text with one character for each byte, as Firefox and others write what is not text."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return None
    return data if _CONTROL.search(text) else None


def lost_bytes(holder: Mapping[str, Any], body: bytes) -> bool:
    """Whether the writer of the HAR replaced binary bytes by U+FFFD, so that the body is not what was sent."""
    text = holder.get("text")
    if not isinstance(text, str) or text.isascii() or "_rawBase64" in holder:
        return False
    return b"\xef\xbf\xbd" in body and _CONTROL.search(text) is not None


def from_params(params: Iterable[Any], media_type: str) -> bytes:
    """Rebuild a form or multipart body from `postData.params` (HAR 1.2 §params), the only trace some writers leave."""
    fields = [p for p in params if isinstance(p, Mapping)]
    if "multipart" not in media_type.lower():
        return b"&".join(_quote(p.get("name")) + b"=" + _quote(p.get("value")) for p in fields)
    found = _BOUNDARY.search(media_type)
    boundary = to_bytes(found[1]) if found else b"har-boundary"
    return b"".join(_multipart_field(p, boundary) for p in fields) + b"--%s--\r\n" % boundary


def _multipart_field(param: Mapping[str, Any], boundary: bytes) -> bytes:
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"' % (boundary, _plain(param.get("name")))
    if param.get("fileName"):
        head += b'; filename="%s"' % _plain(param["fileName"])
    if param.get("contentType"):
        head += b"\r\nContent-Type: " + _plain(param["contentType"])
    return b"%s\r\n\r\n%s\r\n" % (head, _plain(param.get("value")))


def without_undone_codings(headers: Headers, body: bytes) -> Headers:
    """Drop `Content-Encoding` where the body is no longer so coded: HAR bodies are stored decoded (HAR 1.2 §content).

    It stays where the bytes really are compressed, as they are in captures of broken streams.
    """
    declared = [value for name, value in headers if name.lower() == b"content-encoding"]
    codings = b",".join(declared).lower().replace(b" ", b"").split(b",")
    if not declared or not body or _is_coded(body, codings[-1]):
        return headers
    return tuple(field for field in headers if field[0].lower() != b"content-encoding")


def _is_coded(body: bytes, coding: bytes) -> bool:
    if coding == b"br":  # no magic number (RFC 7932): try
        if body[:1] in b'{[<"':
            return False
        try:
            return bool(brotlicffi.Decompressor().decompress(body[:4096]))
        except brotlicffi.Error:
            return False
    return body.startswith(_MAGIC.get(coding, ()))


def _from_base64(text: str) -> bytes | None:
    """Decode tolerantly: either alphabet, padded or not, broken into lines; None where it is not base64 at all."""
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(text)
    except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
        pass
    compact = re.sub(r"\s+", "", text).rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]*", compact):
        return None
    try:
        return binascii.a2b_base64(compact[: len(compact) - (len(compact) % 4 == 1)] + "===")
    except binascii.Error:
        return None


def _quote(value: object) -> bytes:
    return quote_plus(_plain(value)).encode("ascii")


def _plain(value: object) -> bytes:
    return b"" if value is None else to_bytes(value if isinstance(value, str) else str(value))
