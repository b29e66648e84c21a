"""Messages cut into parts: each named place with its raw bytes and where they lie in the stored message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

from leakwatch.journal.events import DnsMessage, Headers, Request, Response, StreamMessage, StreamOpened
from leakwatch.journal.message import request_head, response_head
from leakwatch.journal.mqtt import fields as mqtt_fields
from leakwatch.journal.places.socks import fields as socks_fields
from leakwatch.journal.places.stun import fields as stun_fields
from leakwatch.model import Part

MAX_FIELDS = 2000
"""How many query parameters, cookies or header fields of one message become parts of their own; the rest is one."""

_MAX_NAME = 128
_TELLING = 6
"""A shorter name cannot hold an identifier."""

_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^/?#]*")
_PAIR = re.compile(rb"([^&=]*)(=?)([^&]*)(?:&|\Z)")
_COOKIE = re.compile(rb"([^=;]*)(?:(=)([^;]*))?(?:;|\Z)")
_STREAMS = {"websocket": "ws"}
FIELDS = {"mqtt": mqtt_fields, "socks": socks_fields, "stun": stun_fields}
"""What cuts one message into its named places, by protocol."""


def request_parts(request: Request, body: bytes | None = None) -> Iterator[Part]:
    """Yield the parts of a request: host, path, query, header fields, cookies, body, trailers.

    `body` stands for the event's own where it arrived in chunks.
    """
    head = request_head(request)
    yield from _host(request)
    if request.sni and request.sni.lower() != request.host.lower():
        yield Part("sni", request.sni.encode("utf-8", "replace"))
    yield from _target(request.target, len(request.method.encode("ascii", "replace")) + 1)
    start = head.index(b"\r\n") + 2
    yield from _fields(request.headers, start, skip=request.host.encode("utf-8", "replace"))
    yield from _body(request.headers, request.body if body is None else body, len(head), request.trailers)


def response_parts(response: Response, body: bytes | None = None) -> Iterator[Part]:
    """Yield the parts of a response: header fields, cookies set, body, trailers."""
    head = response_head(response)
    yield from _fields(response.headers, head.index(b"\r\n") + 2)
    yield from _body(response.headers, response.body if body is None else body, len(head), response.trailers)


def message_parts(message: StreamMessage) -> Iterator[Part]:
    """Yield the parts of a stream's message: `ws[3]`, `tcp[0]`, `udp[7]`; `mqtt[2].payload`, `stun[0].username` …"""
    if not message.data:
        return
    name = f"{_STREAMS.get(message.protocol, message.protocol)}[{message.index}]"
    cut = FIELDS.get(message.protocol)
    fields = cut(message.data) if cut else []
    for field in fields[:MAX_FIELDS]:
        place = _name(field.name.encode())
        yield Part(f"{name}.{place}", message.data[field.start : field.end], field.start, field.end - field.start)
    if not fields:
        chain = (message.protocol,) if message.protocol in _STREAMS else ()
        yield Part(name, message.data, 0, len(message.data), chain)


def opening_parts(opening: StreamOpened) -> Iterator[Part]:
    """Yield the name that a conversation was opened with: it goes over the wire in the clear, whatever follows."""
    name = opening.sni or opening.host
    if name and name != opening.server[0]:
        yield Part("sni" if opening.sni else "host", name.encode("utf-8", "replace"))


def dns_parts(message: DnsMessage) -> Iterator[Part]:
    """Yield the names asked for and the answers; they have no place in stored bytes."""
    texts = [*message.names, *(text for name, _, value in message.answers for text in (name, value))]
    for text in dict.fromkeys(texts[:MAX_FIELDS]):
        if text:
            yield Part("dns", text.encode("utf-8", "surrogateescape"))


def _host(request: Request) -> Iterator[Part]:
    """Yield the host, with its place in the head where a field names it."""
    head = request_head(request)
    host = request.host.encode("utf-8", "replace")
    if not host:
        return
    at = head.find(b"\r\n") + 2
    for name, value in request.headers:
        if name.lower() in (b"host", b":authority") and host.lower() in value.lower():
            start = at + len(name) + 2 + value.lower().index(host.lower())
            yield Part("host", head[start : start + len(host)], start, len(host))
            return
        at += len(name) + len(value) + 4
    yield Part("host", host)


def _target(target: bytes, offset: int) -> Iterator[Part]:
    """Yield path and query parameters of a request target in origin or absolute form (RFC 9112 §3.2)."""
    authority = _AUTHORITY.match(target)
    start = authority.end() if authority else 0
    mark = target.find(b"?", start)
    path = target[start:mark] if mark >= 0 else target[start:]
    if path and path != b"/":
        yield Part("path", path, offset + start, len(path))
    if mark >= 0:
        yield from _query(target[mark + 1 :], offset + mark + 1)


def _query(query: bytes, offset: int) -> Iterator[Part]:
    """Yield each parameter's raw value; names that could tell something, and text without a name, as `query`."""
    at = count = 0
    while at < len(query):
        count += 1
        if count > MAX_FIELDS:
            yield Part("query", query[at:], offset + at, len(query) - at)
            return
        pair = _PAIR.match(query, at)
        if not pair:
            return
        name, equals, value = pair.groups()
        if value:
            yield Part(f"query:{_name(name)}", value, offset + pair.start(3), len(value))
        if len(name) >= (_TELLING if equals else 1):
            yield Part("query", name, offset + at, len(name))
        at = pair.end()


def _fields(headers: Headers, start: int, skip: bytes | None = None) -> Iterator[Part]:
    """Yield header fields' values; cookies one by one. `skip`: a host that is a part already."""
    at = start
    for count, (name, value) in enumerate(headers):
        offset = at + len(name) + 2
        at = offset + len(value) + 2
        if count >= MAX_FIELDS:
            rest = b"\r\n".join(b"%s: %s" % field for field in headers[count:])
            yield Part("header", rest, offset - len(name) - 2, len(rest))
            return
        kind = name.lower()
        if not value or (skip is not None and kind in (b"host", b":authority") and value.lower() == skip.lower()):
            continue
        if kind in (b"cookie", b"set-cookie"):
            yield from _cookies(name, value, offset, several=kind == b"cookie")
        elif not kind.startswith(b":") or kind == b":authority":
            yield Part(f"header:{_name(name)}", value, offset, len(value))


def _cookies(field: bytes, value: bytes, offset: int, several: bool) -> Iterator[Part]:
    """Yield the cookies of one field (RFC 6265 §4): all of `Cookie`, the first pair of `Set-Cookie` and the rest."""
    at = count = 0
    while at < len(value):
        count += 1
        pair = _COOKIE.match(value, at)
        if not pair or count > MAX_FIELDS or (count > 1 and not several):
            at += len(value) - at - len(value[at:].lstrip(b" \t"))
            yield Part(f"header:{_name(field)}", value[at:], offset + at, len(value) - at)
            return
        name, text = pair[1].strip(b" \t"), (pair[3] or b"").strip(b" \t")
        if text:
            yield Part(f"cookie:{_name(name)}", text, offset + value.index(text, pair.start(3)), len(text))
        if name and (not pair[2] or len(name) >= _TELLING):
            yield Part(f"header:{_name(field)}", name, offset + value.index(name, at), len(name))
        at = pair.end()


def _body(headers: Headers, body: bytes, offset: int, trailers: Headers) -> Iterator[Part]:
    """Yield the body with its declared type and codings, then the trailer fields, which have no stored place."""
    if body:
        yield Part(
            "body", body, offset, len(body),
            media_type=_last(headers, b"content-type").partition(";")[0].strip().lower(),
            encodings=tuple(_codings(headers)),
        )  # fmt: skip
    for name, value in trailers[:MAX_FIELDS]:
        if value:
            yield Part(f"trailer:{_name(name)}", value)


def _codings(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    """Yield the content codings in the order they were applied (RFC 9110 §8.4)."""
    for name, value in headers:
        if name.lower() == b"content-encoding":
            for coding in value.decode("latin-1").lower().split(",")[:8]:
                if coding.strip() not in ("", "identity", "none", "utf-8", "aws-chunked"):
                    yield coding.strip()


def _last(headers: Headers, wanted: bytes) -> str:
    values = [value for name, value in headers if name.lower() == wanted]
    return values[-1].decode("latin-1") if values else ""


@lru_cache(maxsize=4096)
def _name(raw: bytes) -> str:
    """Return a name for a location: readable, one line, bounded."""
    text = raw.decode("utf-8", "replace")
    if "%" in text:
        text = unquote_plus(text, errors="replace")
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:_MAX_NAME])
