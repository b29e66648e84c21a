"""HTTP flows as a HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), written entry by entry.

A body that is not UTF-8, or is still content-coded, stands beside its readable form as `_rawBase64`: the bytes as they
were recorded, which is what other tools and `leakwatch scan` read back. WebSocket messages are Chrome's
`_webSocketMessages`. What is not HTTP has no place in a HAR.
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from leakwatch import __version__
from leakwatch.capture.export import Exchange
from leakwatch.journal.events import Headers, Request, StreamMessage
from leakwatch.journal.message import request_head, response_head
from leakwatch.model import Direction

_MAX_DECODED = 64 << 20


def write(exchanges: Iterable[Exchange], file: BinaryIO) -> int:
    """Write the HAR and return how many entries it has."""
    creator = {"name": "leakwatch", "version": __version__}
    file.write(b'{"log": {"version": "1.2", "creator": %s, "entries": [' % json.dumps(creator).encode())
    count = 0
    for exchange in exchanges:
        if exchange.request is None:
            continue
        file.write(b",\n" if count else b"\n")
        file.write(
            json.dumps(_entry(exchange, exchange.request), ensure_ascii=False).encode("utf-8", "backslashreplace")
        )
        count += 1
    file.write(b"\n]}}\n")
    return count


def _entry(exchange: Exchange, request: Request) -> dict[str, Any]:
    wait = max((exchange.response.time if exchange.response else exchange.ended) - request.time, 0.0) * 1000
    total = max(exchange.ended - request.time, 0.0) * 1000
    entry: dict[str, Any] = {
        "_id": request.exchange,
        "startedDateTime": datetime.fromtimestamp(request.time, UTC).isoformat(),
        "time": total,
        "request": _request(exchange, request),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": max(total - wait, 0)},
    }
    if request.server[0]:
        entry["serverIPAddress"] = request.server[0]
    if exchange.messages:
        entry["_resourceType"] = "websocket"
        entry["_webSocketMessages"] = [_message(message) for message in exchange.messages]
    if exchange.failed is not None:
        entry["comment"] = exchange.failed.detail
    return entry


def _request(exchange: Exchange, request: Request) -> dict[str, Any]:
    body = bytes(exchange.sent)
    result = {
        "method": request.method,
        "url": request.url,
        "httpVersion": request.protocol.upper(),
        "cookies": _cookies(request.headers, b"cookie"),
        "headers": _headers(request.headers),
        "queryString": _query(request.url),
        "headersSize": len(request_head(request)),
        "bodySize": len(body),
    }
    if body:
        result["postData"] = {"mimeType": _field(request.headers, b"content-type"), **_readable(body, request.headers)}
    return result


def _response(exchange: Exchange) -> dict[str, Any]:
    response, body = exchange.response, bytes(exchange.received)
    if response is None:
        return {
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [], "redirectURL": "",
            "content": {"size": 0, "mimeType": ""}, "headersSize": -1, "bodySize": -1,
        }  # fmt: skip
    content = {
        "mimeType": _field(response.headers, b"content-type"),
        **_readable(body, response.headers, base64_too=True),
    }
    return {
        "status": response.status,
        "statusText": response.reason.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        "httpVersion": response.protocol.upper(),
        "cookies": _cookies(response.headers, b"set-cookie"),
        "headers": _headers(response.headers),
        "content": {"size": len(body), **content},
        "redirectURL": _field(response.headers, b"location"),
        "headersSize": len(response_head(response)),
        "bodySize": len(body),
    }


def _readable(body: bytes, headers: Headers, base64_too: bool = False) -> dict[str, Any]:
    """Return `text` for people, and the recorded bytes beside it where the text is not exactly they."""
    plain = _decoded(body, _field(headers, b"content-encoding").strip().lower())
    raw = {"_rawBase64": base64.b64encode(body).decode()}
    try:
        text = {"text": plain.decode()}
    except UnicodeDecodeError:
        if base64_too:
            coded = {"text": base64.b64encode(plain).decode(), "encoding": "base64"}
            return coded if plain is body else {**coded, **raw}
        return {"text": plain.decode("utf-8", "replace"), **raw}
    return text if plain is body else {**text, **raw}


def _decoded(body: bytes, coding: str) -> bytes:
    """Return the body without its one content coding; the same object where that is unknown, broken or a bomb."""
    try:
        if coding in ("gzip", "x-gzip", "deflate"):
            unpacker = zlib.decompressobj(47)
            plain = unpacker.decompress(body, _MAX_DECODED)
            return plain if unpacker.eof else body
        if coding == "br":
            import brotlicffi

            opener = brotlicffi.Decompressor()
            plain = opener.decompress(body, output_buffer_limit=_MAX_DECODED)
            return plain if opener.is_finished() else body
        if coding == "zstd":
            import zstandard

            plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read(_MAX_DECODED + 1)
            return plain if len(plain) <= _MAX_DECODED else body
    except Exception:  # each library has its own error for a body that is not what its header says
        return body
    return body


def _message(message: StreamMessage) -> dict[str, Any]:
    data = message.data.decode("utf-8", "replace") if message.text else base64.b64encode(message.data).decode()
    kind = "send" if message.direction is Direction.REQUEST else "receive"
    return {"type": kind, "time": message.time, "opcode": 1 if message.text else 2, "data": data}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": _text(name), "value": _text(value)} for name, value in headers]


def _field(headers: Headers, name: bytes) -> str:
    return next((_text(value) for key, value in headers if key.lower() == name), "")


def _text(value: bytes) -> str:
    """HTTP fields are bytes: UTF-8 where they are, else one character for each byte (RFC 9110 §5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _query(url: str) -> list[dict[str, str]]:
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in pairs]


def _cookies(headers: Headers, name: bytes) -> list[dict[str, str]]:
    jar = SimpleCookie()
    for key, value in headers:
        if key.lower() == name:
            try:
                jar.load(_text(value))
            except CookieError:
                continue
    return [{"name": key, "value": morsel.value} for key, morsel in jar.items()]
