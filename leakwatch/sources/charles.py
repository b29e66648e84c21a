"""Charles Proxy's JSON session (`.chlsj`): one object per transaction."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, Headers, LedgerNote, Request, Response
from leakwatch.model import Direction
from leakwatch.sources.har.bodies import to_bytes, without_undone_codings
from leakwatch.sources.shut_tunnels import ShutTunnels


def sniff(head: bytes) -> bool:
    """Whether a file begins as Charles's JSON does."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return start[:1] == b"[" and b'"protocolVersion"' in head and (b'"actualPort"' in head or b'"keptAlive"' in head)


def read(path: Path) -> Iterator[Event]:
    """Yield the events of every transaction. Raises SourceError where the file is no such JSON."""
    try:
        transactions = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not JSON that Charles wrote: {error}") from None
    if not isinstance(transactions, list):
        raise SourceError(f"{path}: not JSON that Charles wrote: expected a list of transactions")
    tunnels = ShutTunnels("Charles")
    for index, transaction in enumerate(transactions):
        if isinstance(transaction, dict):
            yield from _transaction(transaction, index, tunnels)
        else:
            detail = f"transaction {index} is not as Charles writes it: no JSON object"
            yield LedgerNote(time=0.0, kind="unreadable", detail=detail)
    yield from tunnels.notes()


def _transaction(entry: dict[str, Any], index: int, tunnels: ShutTunnels) -> Iterator[Event]:
    time, host = _time(_object(entry.get("times"))), _text(entry.get("host"))
    if entry.get("tunnel") or entry.get("method") == "CONNECT":
        tunnels.tunnel(host.lower(), time, _number(entry.get("totalSize")))
        return
    scheme = _text(entry.get("scheme")) or "https"
    if scheme in ("https", "wss"):
        tunnels.opened(host.lower())
    request = _request(entry, scheme, host, index, time)
    yield request
    asked, answered = _object(entry.get("request")), _object(entry.get("response"))
    yield from _missing(asked, Direction.REQUEST, request, request.body)
    if answered:
        response = Response(
            time=time,
            exchange=request.exchange,
            status=_number(answered.get("status")),
            protocol=request.protocol,
            headers=without_undone_codings(_headers(answered), _body(answered)),
            body=_body(answered),
        )
        yield response
        yield from _missing(answered, Direction.RESPONSE, request, response.body)
    if entry.get("webSocket"):
        detail = "WebSocket messages, of which nothing is read"
        yield LedgerNote(time=time, exchange=request.exchange, kind="not_kept", host=host, detail=detail)


def _request(entry: dict[str, Any], scheme: str, host: str, index: int, time: float) -> Request:
    path, query = _text(entry.get("path")) or "/", _text(entry.get("query"))
    port = _number(entry.get("actualPort")) or _number(entry.get("port"))
    asked = _object(entry.get("request"))
    body = _body(asked)
    return Request(
        time=time,
        exchange=f"transaction-{index}",
        index=index,
        host=host,
        port=port,
        client=(_text(entry.get("clientAddress")).rpartition("/")[2], _number(entry.get("clientPort"))),
        server=(_text(entry.get("remoteAddress")).rpartition("/")[2], port),
        tls=scheme in ("https", "wss"),
        method=_text(entry.get("method")),
        scheme=scheme,
        target=to_bytes(path + (f"?{query}" if query else "")),
        protocol=_protocol(entry),
        headers=without_undone_codings(_headers(asked), body),
        body=body,
    )


def _missing(message: dict[str, Any], direction: Direction, request: Request, body: bytes) -> Iterator[LedgerNote]:
    """Note a body that Charles counted and did not write."""
    size = _number(_object(message.get("sizes")).get("body"))
    if size > 0 and not body:
        yield LedgerNote(
            time=request.time,
            exchange=request.exchange,
            kind="not_kept",
            host=request.host,
            direction=direction,
            bytes=size,
            detail="the session does not hold this body",
        )


def _protocol(entry: dict[str, Any]) -> str:
    return (_text(entry.get("protocolVersion")) or "HTTP/1.1").lower().replace("http/2.0", "http/2")


def _headers(message: dict[str, Any]) -> Headers:
    """The header fields, without HTTP/2's pseudo fields (RFC 9113 §8.3)."""
    listed = _object(message.get("header")).get("headers")
    fields = [f for f in listed if isinstance(f, dict)] if isinstance(listed, list) else []
    pairs = ((_text(f.get("name")), _text(f.get("value"))) for f in fields)
    return tuple((to_bytes(name), to_bytes(value)) for name, value in pairs if name and not name.startswith(":"))


def _body(message: dict[str, Any]) -> bytes:
    """The body; Charles has undone its content coding already."""
    body = _object(message.get("body"))
    if isinstance(body.get("encoded"), str) and body.get("encoding") == "base64":
        try:
            return base64.b64decode(body["encoded"])
        except (binascii.Error, ValueError):  # ValueError: characters beyond ASCII
            return to_bytes(body["encoded"])
    return to_bytes(_text(body.get("text")))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _number(value: object) -> int:
    try:
        return max(int(value), 0) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def _time(times: dict[str, Any]) -> float:
    for name in ("requestBegin", "start"):
        try:
            moment = datetime.fromisoformat(str(times.get(name)))
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return 0.0
