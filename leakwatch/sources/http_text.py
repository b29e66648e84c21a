"""HTTP messages kept as text by other tools (Burp, Fiddler): head and body to events, whatever version they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leakwatch.journal.events import Event, Headers, Request, Response

_REQUEST = re.compile(rb"([A-Za-z][\w!#$%&'*+.^`|~-]{0,31}) +(\S+)(?: +HTTP/(\d(?:\.\d)?))?\r?\n")
_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?) +(\d{3})(?: ([^\r\n]*))?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")


def request_event(raw: bytes, scheme: str, opening: dict[str, Any]) -> Request | None:
    """Read a request; `opening` holds the shared fields of `Opening` and `time`. None where it is none."""
    head, body = _split(raw)
    line = _REQUEST.match(head)
    if line is None:
        return None
    headers = _headers(head[line.end() :])
    return Request(
        method=line[1].decode("ascii", "replace"),
        scheme=scheme,
        target=_path(line[2]),
        protocol=_protocol(line[3]),
        headers=headers,
        body=_unchunked(headers, body),
        **opening,
    )


def response_event(raw: bytes, exchange: str, time: float) -> Response | None:
    """Read the response of an exchange; None where it is none."""
    head, body = _split(raw)
    line = _STATUS.match(head)
    if line is None:
        return None
    headers = _headers(head[line.end() :])
    return Response(
        time=time,
        exchange=exchange,
        status=int(line[2]),
        reason=(line[3] or b"").decode("latin-1"),
        protocol=_protocol(line[1]),
        headers=headers,
        body=_unchunked(headers, body),
    )


def exchange_events(request: bytes, response: bytes, scheme: str, opening: dict[str, Any]) -> Iterator[Event]:
    """Yield what one exchange holds."""
    asked = request_event(request, scheme, opening)
    if asked is not None:
        yield asked
        answered = response_event(response, asked.exchange, asked.time) if response else None
        if answered is not None:
            yield answered


def _split(raw: bytes) -> tuple[bytes, bytes]:
    end = _HEAD_END.search(raw)
    return (raw[: end.start()] + b"\r\n", raw[end.end() :]) if end else (raw.rstrip() + b"\r\n", b"")


def _headers(block: bytes) -> Headers:
    fields = (line.partition(b":") for line in block.replace(b"\r", b"").split(b"\n") if b":" in line[1:])
    return tuple((name.strip(), value.strip()) for name, _, value in fields)


def _path(target: bytes) -> bytes:
    """The path of a target that may be absolute."""
    return b"/" + target.split(b"/", 3)[3] if target.startswith(b"http") and target.count(b"/") >= 3 else target


def _protocol(version: bytes | None) -> str:
    text = (version or b"1.1").decode()
    return f"http/{text.removesuffix('.0') if text in ('2.0', '3.0') else text}"


def _unchunked(headers: Headers, body: bytes) -> bytes:
    """Undo chunked coding where the tool left it in; a body that only claims it stays as it is."""
    if not any(n.lower() == b"transfer-encoding" and b"chunked" in v.lower() for n, v in headers):
        return body
    out, at = bytearray(), 0
    while (size := _CHUNK.match(body, at)) is not None:
        length = int(size[1], 16)
        if not length:
            return bytes(out)
        out += body[size.end() : size.end() + length]
        at = size.end() + length
    return bytes(out) if out else body
