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
    for index, transaction in enumerate(transactions):
        try:
            yield from _transaction(transaction, index)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            detail = f"transaction {index} is not as Charles writes it: {type(error).__name__}"
            yield LedgerNote(time=0.0, kind="unreadable", detail=detail)


def _transaction(entry: dict[str, Any], index: int) -> Iterator[Event]:
    time, exchange = _time(entry.get("times") or {}), f"transaction-{index}"
    if entry.get("tunnel") or entry.get("method") == "CONNECT":
        host, size = str(entry.get("host") or ""), int(entry.get("totalSize") or 0)
        yield LedgerNote(
            time=time, kind="passed_through", host=host, bytes=size, detail="a tunnel that Charles left shut"
        )
        return
    path, query = str(entry.get("path") or "/"), entry.get("query")
    port = entry.get("actualPort") or entry.get("port") or 0
    scheme = str(entry.get("scheme") or "https")
    asked = entry.get("request") or {}
    protocol = _protocol(entry)
    yield Request(
        time=time,
        exchange=exchange,
        index=index,
        host=str(entry.get("host") or ""),
        port=int(port),
        client=(str(entry.get("clientAddress") or "").rpartition("/")[2], int(entry.get("clientPort") or 0)),
        server=(str(entry.get("remoteAddress") or "").rpartition("/")[2], int(port)),
        tls=scheme in ("https", "wss"),
        method=str(entry.get("method") or ""),
        scheme=scheme,
        target=(path + (f"?{query}" if query else "")).encode("utf-8", "surrogateescape"),
        protocol=protocol,
        headers=_headers(asked),
        body=_body(asked),
    )
    answered = entry.get("response") or {}
    if answered:
        status = int(answered.get("status") or 0)
        yield Response(
            time=time,
            exchange=exchange,
            status=status,
            protocol=protocol,
            headers=_headers(answered),
            body=_body(answered),
        )


def _protocol(entry: dict[str, Any]) -> str:
    return str(entry.get("protocolVersion") or "HTTP/1.1").lower().replace("http/2.0", "http/2")


def _headers(message: dict[str, Any]) -> Headers:
    fields = (message.get("header") or {}).get("headers") or []
    return tuple((str(f["name"]).encode(), str(f["value"]).encode("utf-8", "surrogateescape")) for f in fields)


def _body(message: dict[str, Any]) -> bytes:
    """The body; Charles has undone its content coding already."""
    body = message.get("body") or {}
    if body.get("encoded") is not None and body.get("encoding") == "base64":
        try:
            return base64.b64decode(body["encoded"])
        except binascii.Error:
            return b""
    text = body.get("text")
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""


def _time(times: dict[str, Any]) -> float:
    for name in ("requestBegin", "start"):
        try:
            moment = datetime.fromisoformat(str(times.get(name)))
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return 0.0
