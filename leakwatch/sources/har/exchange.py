"""One entry of a HAR as events: the request, its response, WebSocket messages, and notes of what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from leakwatch.journal.events import (
    Event,
    ExchangeFailed,
    Headers,
    LedgerNote,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    TlsFailure,
)
from leakwatch.model import Direction
from leakwatch.sources.har.bodies import body_of, from_params, lost_bytes, to_bytes, without_undone_codings

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)", re.DOTALL)
_NAMED = re.compile(r"//([^/?#]+)(.*)", re.DOTALL)
"""A URL without its scheme (RFC 3986 §4.2)."""
_PORT = re.compile(r":(\d{1,5})$")
_MILLISECONDS = 1e11
"""A Unix time above this is in milliseconds (1e11 seconds is the year 5138)."""
_SENT = {"send", "sent", "request", "outgoing", "client"}
_WEBSOCKET_DATA = {0, 1, 2}
"""Opcodes that carry the application's data: continuation, text, binary (RFC 6455 §11.8)."""
_SWITCHING = 101
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def events_of(entry: Mapping[str, Any], index: int, exchange: str) -> Iterator[Event]:
    """Yield the events of one entry; nothing in it is trusted to have the type that the specification asks for."""
    request = _object(entry.get("request"))
    start = _time(entry.get("startedDateTime"))
    end = start + _duration(entry)
    opening = _request(entry, request, index, exchange, start)
    yield opening
    yield from _missing_body(request, Direction.REQUEST, opening, opening.body)
    response = _object(entry.get("response"))
    status = _integer(response.get("status"))
    messages = entry.get("_webSocketMessages")
    if isinstance(messages, list) and messages and status != _SWITCHING:
        # Some writers put another status beside the messages; a response that ends the exchange must come last then.
        yield from _websocket(messages, exchange, start)
    if status > 0 or response.get("headers") or _object(response.get("content")).get("text"):
        answer = _response(response, status, exchange, end)
        yield answer
        yield from _missing_body(response, Direction.RESPONSE, opening, answer.body)
    elif not messages:
        yield ExchangeFailed(time=end, exchange=exchange, detail=str(response.get("_error") or "no response recorded"))
    if isinstance(messages, list) and messages and status == _SWITCHING:
        yield from _websocket(messages, exchange, start)


def _request(entry: Mapping[str, Any], request: Mapping[str, Any], index: int, exchange: str, time: float) -> Request:
    headers = _headers(request, "Cookie")
    named = {name.lower(): value for name, value in headers}
    scheme, host, port, target = _address(request, named.get(b"host", b""))
    body = _request_body(request, named.get(b"content-type", b""))
    ip = entry.get("serverIPAddress")
    inside = scheme in {"https", "wss"} and request.get("method") != "CONNECT"  # which is asked before there is TLS
    return Request(
        time=time,
        exchange=exchange,
        index=index,
        host=host,
        port=port,
        server=(ip.strip("[] "), port) if isinstance(ip, str) and ip.strip("[] ") else ("", 0),
        sni=host if inside and not _is_ip(host) else "",
        tls=inside,
        method=str(request.get("method") or "GET"),
        scheme=scheme,
        target=target,
        protocol=_protocol(request.get("httpVersion")),
        headers=_settled(headers, body, request.get("postData")),
        body=body,
    )


def _response(response: Mapping[str, Any], status: int, exchange: str, time: float) -> Response:
    headers = _headers(response, "Set-Cookie")
    body = body_of(_object(response.get("content"))) or b""
    return Response(
        time=time,
        exchange=exchange,
        status=status,
        reason=str(response.get("statusText") or ""),
        protocol=_protocol(response.get("httpVersion")),
        headers=_settled(headers, body, response.get("content")),
        body=body,
    )


def _settled(headers: Headers, body: bytes, holder: object) -> Headers:
    """Make the fields fit the body that is there: no coding that was undone, and a type that only `mimeType` tells."""
    media_type = _object(holder).get("mimeType")
    headers = without_undone_codings(headers, body)
    if not body or not isinstance(media_type, str) or not media_type.strip():
        return headers
    if any(name.lower() == b"content-type" for name, _ in headers):
        return headers
    return (*headers, (b"Content-Type", to_bytes(media_type.strip())))


def _request_body(request: Mapping[str, Any], content_type: bytes) -> bytes:
    post = _object(request.get("postData"))
    # `_content` is where HTTP Toolkit and PiRogue put a body that is not text.
    body = body_of(post) or body_of(_object(request.get("_content"))) or b""
    params = post.get("params")
    if not body and isinstance(params, list):
        media_type = content_type.decode("latin-1")
        declared = str(post.get("mimeType") or media_type)
        body = from_params(params, media_type if "boundary" in media_type.lower() else declared) if params else b""
    return body


def _missing_body(
    message: Mapping[str, Any], direction: Direction, opening: Request, body: bytes
) -> Iterator[LedgerNote]:
    """Note a body that the HAR counts but does not hold, or holds with bytes lost."""
    holder = _object(message.get("content" if direction is Direction.RESPONSE else "postData"))
    size = max(_integer(message.get("bodySize")), _integer(holder.get("size")), _integer(holder.get("_size")))
    elsewhere = bool(holder.get("params")) or "_content" in message
    if not body and not elsewhere and size > 0 and body_of(holder) is None:
        kind, detail = "not_kept", "the HAR does not hold this body"
    elif body and lost_bytes(holder, body):
        kind, size, detail = "undecodable", len(body), "bytes were lost when the HAR was written"
    else:
        return
    yield LedgerNote(
        time=opening.time,
        exchange=opening.exchange,
        kind=kind,
        host=opening.host,
        direction=direction,
        bytes=size,
        detail=detail,
    )


def failures_of(listed: Iterable[object]) -> Iterator[TlsFailure]:
    """Yield HTTP Toolkit's `_tlsErrors`: clients that ended a hand-shake, surely because of its certificate or not."""
    for failure in map(_object, listed):
        cause, client = str(failure.get("cause") or ""), str(failure.get("clientIPAddress") or "")
        name = str(failure.get("hostname") or failure.get("upstreamHostname") or "").lower()
        if cause or name:
            yield TlsFailure(
                time=_time(failure.get("startedDateTime")),
                client=(client, _integer(failure.get("clientPort"))),
                sni=name,
                refused=cause == "cert-rejected",
                detail=cause,
            )


def is_open(entry: Mapping[str, Any]) -> bool:
    """Whether a CONNECT was granted, or nothing is said of it."""
    return _integer(_object(entry.get("response")).get("status")) < 300


def tunnel_size(entry: Mapping[str, Any]) -> int:
    """Bytes that went through a tunnel both ways, as far as the entry of its CONNECT tells."""
    messages = (_object(entry.get("request")), _object(entry.get("response")))
    return sum(max(_integer(message.get("bodySize")), 0) for message in messages)


def _websocket(messages: list[Any], exchange: str, start: float) -> Iterator[Event]:
    """Yield Chrome's `_webSocketMessages`: `type` send or receive, `opcode` 1 text, 2 base64, `time` in seconds."""
    index, time = 0, start
    for message in messages:
        data = message.get("data") if isinstance(message, Mapping) else None
        opcode = _integer(message.get("opcode", 1)) if data is not None else -1
        if opcode not in _WEBSOCKET_DATA:
            continue
        text = data if isinstance(data, str) else str(data)
        binary = opcode == 2 or message.get("encoding") == "base64"
        payload = body_of({"text": text, "encoding": "base64" if binary else ""}) or b""
        time = _time(message.get("time")) or time
        sent = str(message.get("type") or "").lower() in _SENT
        direction = Direction.REQUEST if sent else Direction.RESPONSE
        yield StreamMessage(
            time=time,
            exchange=exchange,
            protocol="websocket",
            direction=direction,
            index=index,
            data=payload,
            text=not binary,
        )
        index += 1
    yield StreamClosed(time=time, exchange=exchange)


# -- the address -------------------------------------------------------------------------------------------------------


def _address(request: Mapping[str, Any], host_header: bytes) -> tuple[str, str, int, bytes]:
    """Return scheme, host, port and target; a URL that is none stays whole as the target, so that it is searched."""
    url = request.get("url")
    url = url if isinstance(url, str) else ""
    match = _URL.match(url)
    if not match and request.get("method") == "CONNECT" and url:
        return "https", *_host_and_port(url.strip("/")), to_bytes(url)
    if not match:
        named = _NAMED.match(url)
        host, port = _host_and_port(named[1] if named else host_header.decode("latin-1"))
        # Only the port can tell now, and nobody is accused of sending in the clear by a guess.
        return ("http" if port == 80 else "https" if host else ""), host, port, to_bytes(named[2] if named else url)
    scheme = match[1].lower()
    host, port = _host_and_port(match[2].rpartition("@")[2])
    return scheme, host, port or _DEFAULT_PORTS.get(scheme, 0), to_bytes(_target(match[3], request))


def _host_and_port(authority: str) -> tuple[str, int]:
    port = _PORT.search(authority)
    host = authority[: port.start()] if port else authority
    return host.strip("[]").lower(), int(port[1]) if port and int(port[1]) < 65536 else 0


def _target(rest: str, request: Mapping[str, Any]) -> str:
    """Return path and query; a query that stands only in `queryString` is put behind the path."""
    target = rest if rest.startswith("/") else "/" + rest
    if "?" in target:
        return target
    query = "&".join(
        f"{quote_plus(_field(pair.get('name')))}={quote_plus(_field(pair.get('value')))}"
        for pair in _objects(request.get("queryString"))
    )
    return f"{target}?{query}" if query else target


def _is_ip(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


# -- fields ------------------------------------------------------------------------------------------------------------


def _headers(message: Mapping[str, Any], cookie_field: str) -> Headers:
    """Return the header fields, without HTTP/2's pseudo fields (RFC 9113 §8.3), cookies added where only listed."""
    listed = message.get("headers")
    if isinstance(listed, dict):
        pairs = [(name, value) for name, value in listed.items()]
    else:
        pairs = [(item.get("name"), item.get("value")) for item in _objects(listed)]
    fields = [(_field(name), _field(value)) for name, value in pairs if name and not str(name).startswith(":")]
    cookies = [cookie for cookie in _objects(message.get("cookies")) if cookie.get("name")]
    if cookies and not any(name.lower() == cookie_field.lower().encode() for name, _ in fields):
        values = [_field(c["name"]) + b"=" + _field(c.get("value")) for c in cookies]
        joined = [b"; ".join(values)] if cookie_field == "Cookie" else values
        fields += [(cookie_field.encode(), value) for value in joined]
    return tuple(fields)


def _field(value: object) -> bytes:
    return b"" if value is None else to_bytes(value if isinstance(value, str) else str(value))


def _protocol(version: object) -> str:
    return _protocol_of(str(version or "")[:40])


@lru_cache(256)
def _protocol_of(version: str) -> str:
    """Return `http/1.1` and so on for what writers call it: `HTTP/2.0`, `h2`, `h3-29`, `1.1`, `unknown`, nothing."""
    number = re.search(r"(?:http/|^h?)(\d(?:\.\d)?)", version.lower())
    if not number:
        return "http/1.1"
    major = number[1][0]
    return f"http/{major}" if major in "23" else "http/1.0" if number[1] == "1.0" else "http/1.1"


def _time(value: object) -> float:
    """Return Unix seconds for an ISO 8601 text or a number in seconds or milliseconds; 0 where it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = _number(value)
        return seconds / 1000 if seconds > _MILLISECONDS else max(seconds, 0.0)
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _duration(entry: Mapping[str, Any]) -> float:
    """Return the exchange's seconds: `time`, else the sum of `timings` (milliseconds; -1: does not apply)."""
    total = _number(entry.get("time"))
    if total <= 0:
        timings = _object(entry.get("timings"))
        phases = ("blocked", "dns", "connect", "send", "wait", "receive")  # `ssl` is part of `connect`
        total = sum(max(_number(timings.get(name)), 0.0) for name in phases)
    return min(total, 86_400_000.0) / 1000


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _integer(value: object) -> int:
    if type(value) is int:
        return max(min(value, 10**15), -(10**15))
    return int(max(min(_number(value), 1e15), -1e15))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
