"""mitmproxy's objects as events: the one place that knows how a flow is laid out, for files and for live capture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from mitmproxy import dns, http, tcp, udp
from mitmproxy.certs import Cert
from mitmproxy.connection import Connection, Server
from mitmproxy.flow import Flow
from mitmproxy.net.dns import types as dns_types

from leakwatch.journal.events import (
    NOWHERE,
    Address,
    DnsMessage,
    Event,
    ExchangeFailed,
    LedgerNote,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.model import Direction

MAX_NAMES = 32
"""Names of one certificate kept; a shared server's has hundreds."""
_VERSIONS = {b"HTTP/2.0": "http/2", b"HTTP/2": "http/2", b"HTTP/3": "http/3", b"HTTP/1.0": "http/1.0"}


def request_event(
    flow: http.HTTPFlow, index: int, exchange: str = "", *, body: bytes | None = None, complete: bool = True
) -> Request:
    """Return the request of a flow with `body` as recorded (still content-coded; never decoded here)."""
    request = flow.request
    return Request(
        time=seconds(request.timestamp_start),
        exchange=exchange or flow.id,
        index=index,
        host=host_of(request),
        port=request.data.port,
        client=address_of(flow.client_conn),
        server=address_of(flow.server_conn),
        sni=flow.client_conn.sni or "",
        tls=request.data.scheme == b"https",
        method=request.data.method.decode("ascii", "backslashreplace"),
        scheme=request.data.scheme.decode("ascii", "backslashreplace"),
        target=request.data.path,
        protocol=_VERSIONS.get(request.data.http_version, "http/1.1"),
        headers=request.data.headers.fields,
        body=request.data.content or b"" if body is None else body,
        trailers=trailers_of(request),
        complete=complete,
        certificates=certificates_of(flow.server_conn),
    )


def response_event(
    flow: http.HTTPFlow, exchange: str = "", *, body: bytes | None = None, complete: bool = True
) -> Response:
    """Return the response of a flow that has one, with `body` as recorded."""
    response = flow.response
    assert response is not None
    return Response(
        time=seconds(response.timestamp_start),
        exchange=exchange or flow.id,
        status=response.data.status_code,
        reason=response.data.reason.decode("utf-8", "surrogateescape"),
        protocol=_VERSIONS.get(response.data.http_version, "http/1.1"),
        headers=response.data.headers.fields,
        body=response.data.content or b"" if body is None else body,
        trailers=trailers_of(response),
        complete=complete,
    )


def stream_opened(flow: tcp.TCPFlow | udp.UDPFlow, index: int, exchange: str = "") -> StreamOpened:
    """Return the opening of a TCP or UDP conversation."""
    client, server = flow.client_conn, flow.server_conn
    where = server.address or NOWHERE
    return StreamOpened(
        time=seconds(client.timestamp_start),
        exchange=exchange or flow.id,
        index=index,
        host=client.sni or str(where[0]),
        port=int(where[1]),
        client=address_of(client),
        server=address_of(server),
        sni=client.sni or "",
        tls=bool(client.tls),
        protocol="udp" if isinstance(flow, udp.UDPFlow) else "tcp",
        certificates=certificates_of(server),
    )


def message_event(message: Any, exchange: str, protocol: str, index: int) -> StreamMessage:
    """Return one message of a WebSocket, TCP or UDP flow."""
    return StreamMessage(
        time=seconds(message.timestamp),
        exchange=exchange,
        protocol=protocol,
        direction=Direction.REQUEST if message.from_client else Direction.RESPONSE,
        index=index,
        data=_content(message.content),
        text=bool(getattr(message, "is_text", False)),
    )


def _content(content: bytes | str) -> bytes:
    """Old flow files hold a WebSocket's text as text."""
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else bytes(content)


def dns_event(flow: dns.DNSFlow, message: Any, index: int, exchange: str = "") -> DnsMessage:
    """Return one DNS message of a flow: the query, or its answer."""
    where = flow.server_conn.address or NOWHERE
    return DnsMessage(
        time=seconds(message.timestamp),
        exchange=exchange or flow.id,
        index=index,
        host=message.questions[0].name if message.questions else "",
        port=int(where[1]),
        client=address_of(flow.client_conn),
        server=address_of(flow.server_conn),
        direction=Direction.REQUEST if message.query else Direction.RESPONSE,
        names=tuple(question.name for question in message.questions),
        answers=tuple((r.name, dns_types.to_str(r.type), _record_value(r)) for r in message.answers),
    )


def failed_event(flow: Flow, exchange: str = "") -> ExchangeFailed:
    """Return the event for a flow that carries an error."""
    assert flow.error is not None
    return ExchangeFailed(time=seconds(flow.error.timestamp), exchange=exchange or flow.id, detail=flow.error.msg)


def events_of(flow: Flow, index: int, exchange: str) -> Iterator[Event]:
    """Yield every event of one stored flow, in the order in which they happened."""
    if isinstance(flow, http.HTTPFlow):
        yield from _http_events(flow, index, exchange)
    elif isinstance(flow, tcp.TCPFlow | udp.UDPFlow):
        opened = stream_opened(flow, index, exchange)
        yield opened
        yield from _messages(flow.messages, exchange, opened.protocol)
    elif isinstance(flow, dns.DNSFlow):
        yield dns_event(flow, flow.request, index, exchange)
        if flow.response is not None:
            yield dns_event(flow, flow.response, index, exchange)
    if flow.error is not None:
        yield failed_event(flow, exchange)


def _http_events(flow: http.HTTPFlow, index: int, exchange: str) -> Iterator[Event]:
    yield request_event(flow, index, exchange)
    yield from _missing(flow, flow.request, exchange, Direction.REQUEST)
    if flow.response is not None:
        yield response_event(flow, exchange)
        yield from _missing(flow, flow.response, exchange, Direction.RESPONSE)
    if flow.websocket is not None:
        yield from _messages(flow.websocket.messages, exchange, "websocket")


def _messages(messages: list[Any], exchange: str, protocol: str) -> Iterator[Event]:
    time = 0.0
    for number, message in enumerate(messages):
        event = message_event(message, exchange, protocol, number)
        time = event.time
        yield event
    yield StreamClosed(time=time, exchange=exchange)


def _missing(flow: http.HTTPFlow, message: http.Message, exchange: str, direction: Direction) -> Iterator[LedgerNote]:
    """Yield a ledger note where a body was passed on without being stored, as `stream_large_bodies` does."""
    announced = message.headers.get("content-length", "")
    if message.data.content is None and announced != "0" and (announced or "transfer-encoding" in message.headers):
        yield LedgerNote(
            time=seconds(message.timestamp_start),
            kind="not_kept",
            exchange=exchange,
            host=host_of(flow.request),
            direction=direction,
            bytes=int(announced) if announced.isdecimal() and len(announced) < 16 else 0,
            detail="the body was streamed and is not in the file",
        )


def host_of(request: http.Request) -> str:
    """Return the name that was asked for: Host header or `:authority`, else the destination."""
    data = request.data
    named = data.authority or next((value for name, value in data.headers.fields if name.lower() == b"host"), b"")
    if named == data.host.encode("ascii", "replace"):  # nearly always, and `pretty_host` takes ten times as long
        return data.host
    try:
        return request.pretty_host
    except ValueError:
        return request.data.host


def trailers_of(message: http.Message) -> tuple[tuple[bytes, bytes], ...]:
    return message.data.trailers.fields if message.data.trailers else ()


def address_of(connection: Connection) -> Address:
    """Return the peer's address as IP and port, without an IPv6 scope; NOWHERE if there was no connection."""
    address = connection.peername
    if address and ":" not in address[0]:
        return address[0], address[1]
    if not address:
        address = getattr(connection, "address", None)
    if not address:
        return NOWHERE
    host = str(address[0])
    return host.removeprefix("::ffff:") if "." in host else host, int(address[1])


def certificates_of(server: Server) -> tuple[str, ...]:
    """Return the names in the certificate that the server showed us; empty where it showed none."""
    shown = server.certificate_list
    return _names_in(shown[0]) if shown else ()


@lru_cache(maxsize=1024)
def _names_in(certificate: Cert) -> tuple[str, ...]:
    try:
        names = [certificate.cn or "", *(str(name.value) for name in certificate.altnames)]
    except Exception:  # a flow file's certificate is whatever somebody put there
        return ()
    return tuple(dict.fromkeys(name[:255] for name in names[:MAX_NAMES] if name))


def seconds(time: Any) -> float:
    """Return Unix seconds, 0.0 for what is no time: flow files may hold anything."""
    return float(time) if isinstance(time, int | float) and math.isfinite(time) else 0.0


def _record_value(record: dns.ResourceRecord) -> str:
    try:
        return str(record)
    except Exception:  # an answer's data is the server's: whatever it cannot be parsed as, its bytes remain
        return record.data.hex()
