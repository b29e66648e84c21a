"""Flows as a mitmproxy flow file, readable by `mitmproxy -r` and by `leakwatch scan`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

from mitmproxy import connection, dns, flow, http, tcp, udp, websocket
from mitmproxy.io import FlowWriter
from mitmproxy.net.dns import domain_names
from mitmproxy.net.dns import types as dns_types
from wsproto.frame_protocol import Opcode

from leakwatch.capture.export import Exchange
from leakwatch.journal.events import DnsMessage, Headers, Opening, StreamMessage
from leakwatch.model import Direction

# mitmproxy 12 calls it DNSMessage, 11 Message.
_DnsMessage: Any = vars(dns).get("DNSMessage") or vars(dns)["Message"]
_VERSIONS = {"http/1.0": b"HTTP/1.0", "http/1.1": b"HTTP/1.1", "http/2": b"HTTP/2.0", "http/3": b"HTTP/3"}


def write(exchanges: Iterable[Exchange], file: BinaryIO) -> int:
    """Write each flow and return how many there were."""
    writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy has not typed it
    count = 0
    for exchange in exchanges:
        made = _flow(exchange)
        if made is None:
            continue
        if exchange.failed is not None:
            made.error = flow.Error(exchange.failed.detail, exchange.failed.time)
        writer.add(made)
        count += 1
    return count


def _flow(exchange: Exchange) -> flow.Flow | None:
    if exchange.request is not None:
        return _http_flow(exchange)
    if exchange.opened is not None:
        return _stream_flow(exchange)
    return _dns_flow(exchange.dns) if exchange.dns else None


def _http_flow(exchange: Exchange) -> http.HTTPFlow:
    request, response = exchange.request, exchange.response
    assert request is not None
    result = http.HTTPFlow(*_connections(request))
    result.id = request.exchange
    result.request = http.Request(
        host=request.host,
        port=request.port,
        method=request.method.encode("ascii", "replace"),
        scheme=request.scheme.encode("ascii", "replace"),
        authority=request.host.encode("utf-8", "replace") if request.protocol in ("http/2", "http/3") else b"",
        path=request.target,
        http_version=_VERSIONS.get(request.protocol, b"HTTP/1.1"),
        headers=http.Headers(request.headers),
        content=bytes(exchange.sent),
        trailers=_trailers(exchange, Direction.REQUEST),
        timestamp_start=request.time,
        timestamp_end=request.time,
    )
    if response is not None:
        result.response = http.Response(
            http_version=_VERSIONS.get(response.protocol, b"HTTP/1.1"),
            status_code=response.status,
            reason=response.reason.encode("utf-8", "surrogateescape"),
            headers=http.Headers(response.headers),
            content=bytes(exchange.received),
            trailers=_trailers(exchange, Direction.RESPONSE),
            timestamp_start=response.time,
            timestamp_end=exchange.ended,
        )
    if exchange.messages:
        result.websocket = websocket.WebSocketData()
        result.websocket.messages = [
            websocket.WebSocketMessage(Opcode.TEXT if m.text else Opcode.BINARY, _from_client(m), m.data, m.time)
            for m in exchange.messages
        ]
    return result


def _stream_flow(exchange: Exchange) -> tcp.TCPFlow | udp.UDPFlow:
    opened = exchange.opened
    assert opened is not None
    result: tcp.TCPFlow | udp.UDPFlow
    if opened.protocol == "udp":
        result = udp.UDPFlow(*_connections(opened))
        result.messages = [_message(udp.UDPMessage, m) for m in exchange.messages]
    else:
        result = tcp.TCPFlow(*_connections(opened))
        result.messages = [_message(tcp.TCPMessage, m) for m in exchange.messages]
    result.id = opened.exchange
    return result


def _dns_flow(messages: list[DnsMessage]) -> dns.DNSFlow:
    result = dns.DNSFlow(*_connections(messages[0]))
    result.id = messages[0].exchange
    for message in messages:
        if message.direction is Direction.REQUEST:
            result.request = _dns_message(message)
        else:
            result.response = _dns_message(message)
    if messages[0].direction is not Direction.REQUEST:
        result.request = _dns_message(messages[0], query=True)
    return result


def _dns_message(message: DnsMessage, query: bool = False) -> Any:
    """Return the message as far as the journal tells it: names and answers, not flags and ids."""
    query = query or message.direction is Direction.REQUEST
    return _DnsMessage(
        timestamp=message.time,
        id=0,
        query=query,
        op_code=0,
        authoritative_answer=False,
        truncation=False,
        recursion_desired=True,
        recursion_available=not query,
        reserved=0,
        response_code=0,
        questions=[dns.Question(name, dns_types.A, 1) for name in message.names],
        answers=[] if query else [_record(*answer) for answer in message.answers],
        authorities=[],
        additionals=[],
    )


def _record(name: str, kind: str, value: str) -> dns.ResourceRecord:
    data = value.encode("utf-8", "surrogateescape")
    try:
        number = int(getattr(dns_types, kind))
        if kind in ("A", "AAAA"):
            data = ipaddress.ip_address(value).packed
        elif kind in ("CNAME", "NS", "PTR"):
            data = domain_names.pack(value)
    except (ValueError, TypeError, AttributeError):
        number = dns_types.TXT
    return dns.ResourceRecord(name, number, 1, 0, data)


def _connections(opening: Opening) -> tuple[connection.Client, connection.Server]:
    state = connection.ConnectionState.CLOSED
    client = connection.Client(
        peername=opening.client, sockname=("", 0), timestamp_start=opening.time, state=state, sni=opening.sni or None
    )
    server = connection.Server(address=(opening.host, opening.port), timestamp_start=opening.time, state=state)
    server.peername = opening.server if opening.server[0] else None
    client.tls = server.tls = opening.tls
    if opening.tls:
        client.timestamp_tls_setup = server.timestamp_tls_setup = opening.time
    return client, server


def _trailers(exchange: Exchange, direction: Direction) -> http.Headers | None:
    trailers: Headers = exchange.trailers.get(direction, ())
    return http.Headers(trailers) if trailers else None


def _message(kind: Callable[[bool, bytes, float], Any], message: StreamMessage) -> Any:
    return kind(_from_client(message), message.data, message.time)


def _from_client(message: StreamMessage) -> bool:
    return message.direction is Direction.REQUEST
