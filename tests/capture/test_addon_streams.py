"""TCP, UDP and DNS through a real mitmdump, and memory that stays where it is."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mitmproxy.connection import Client
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import ConnectionClosed, DataReceived, Start
from mitmproxy.proxy.layer import Layer

from leakwatch.capture.hello_gate import HelloGate
from leakwatch.journal import read_journal
from leakwatch.journal.events import BodyChunk, DnsMessage, Event, StreamClosed, StreamMessage, StreamOpened
from leakwatch.model import Direction


def of(events: list[Event], *kinds: type) -> list[Any]:
    return [event for event in events if isinstance(event, kinds)]


def test_tcp_is_recorded_message_by_message(start_proxy: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = start_proxy(mode=f"reverse:tcp://127.0.0.1:{server.getsockname()[1]}")
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as phone:
            behind, _ = server.accept()
            for number in range(3):
                phone.sendall(b"up %d" % number)
                assert behind.recv(100) == b"up %d" % number
                behind.sendall(b"down %d" % number)
                assert phone.recv(100) == b"down %d" % number
            behind.close()
        events = proxy.wait_for(lambda events: of(events, StreamClosed))
    (opened,) = of(events, StreamOpened)
    assert (opened.protocol, opened.host, opened.port) == ("tcp", "127.0.0.1", server_port(opened))
    messages = of(events, StreamMessage)
    assert [(m.index, m.direction, m.data) for m in messages] == [
        (n, d, b"%s %d" % (w, n // 2))
        for n, (d, w) in enumerate([(Direction.REQUEST, b"up"), (Direction.RESPONSE, b"down")] * 3)
    ]
    assert {m.exchange for m in messages} == {opened.exchange}


def server_port(opened: StreamOpened) -> int:
    assert opened.server[1] == opened.port
    return opened.port


def test_udp_is_recorded(start_proxy: Callable[..., Any]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as phone:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        phone.settimeout(5)
        proxy = start_proxy(mode=f"reverse:udp://127.0.0.1:{server.getsockname()[1]}")
        phone.sendto(b"datagram", ("127.0.0.1", proxy.port))
        data, back = server.recvfrom(100)
        assert data == b"datagram"
        server.sendto(b"reply", back)
        assert phone.recv(100) == b"reply"
    messages = of(proxy.events(), StreamMessage)
    assert [(m.protocol, m.data) for m in messages] == [("udp", b"datagram"), ("udp", b"reply")]


def test_dns_is_recorded_with_names_and_answers(start_proxy: Callable[..., Any]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as phone:
        server.bind(("127.0.0.1", 0))
        phone.settimeout(5)

        def answer() -> None:
            query, back = server.recvfrom(512)
            reply = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + query[12:]
            server.sendto(reply + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 7]), back)

        threading.Thread(target=answer, daemon=True).start()
        proxy = start_proxy(mode=f"reverse:dns://127.0.0.1:{server.getsockname()[1]}")
        name = b"\x03api\x07example\x03com\x00"
        phone.sendto(
            b"\x12\x34" + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + name + b"\x00\x01\x00\x01",
            ("127.0.0.1", proxy.port),
        )
        assert phone.recv(512).endswith(bytes([192, 0, 2, 7]))
    query, reply = of(proxy.events(), DnsMessage)
    assert (query.names, query.direction, query.host) == (("api.example.com",), Direction.REQUEST, "api.example.com")
    assert reply.answers == (("api.example.com", "A", "192.0.2.7"),) and reply.exchange == query.exchange


LONG = b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(0x4000 - 4)
"""A whole TLS record with the first bytes of a ClientHello that claims 16 MB."""


@pytest.mark.parametrize(
    ("data", "decided"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", False),  # the beginning of a hello
        (b"\x16\x03\x01\x00\x00", True),  # an empty record
        (b"GET / HTTP/1.1\r\n", True),
        (LONG, False),
        (LONG + (LONG[:5] + bytes(0x4000)) * 8, True),
    ],
)  # fmt: skip
def test_a_hello_that_never_gets_whole_is_not_waited_for_without_end(data: bytes, decided: bool) -> None:
    asked: list[str | None] = []

    class Taken(Layer):
        def _handle_event(self, event: Event) -> Iterator[Any]:
            yield from ()

    def choose(context: Context, sni: str | None) -> Layer:
        asked.append(sni)
        return Taken(context)

    phone = Client(peername=("10.0.0.2", 5), sockname=("", 0), timestamp_start=1.0)
    gate = HelloGate(Context(phone, Options()), choose)
    list(gate.handle_event(Start()))
    list(gate.handle_event(DataReceived(phone, data)))
    assert asked == ([None] if decided else [])
    list(gate.handle_event(ConnectionClosed(phone)))
    assert asked == [None]


def peak_memory(pid: int) -> int:
    """The process's highest resident memory so far, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


@pytest.mark.slow
def test_200_mb_in_chunks_pass_and_memory_stays_under_400_mb(proxy: Any, upstream: Any) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(1600):
            yield os.urandom(128 << 10)

    context = ssl.create_default_context(cafile=str(proxy.ca))
    with httpx.Client(proxy=proxy.url, verify=context, timeout=100) as http:
        assert http.post(upstream.url("/big"), content=body()).status_code == 200
    sent = sum(len(e.data) for _, _, e in read_journal(proxy.journal, proxy.since) if isinstance(e, BodyChunk))
    assert sent == len(upstream.seen[0][1]) == 1600 * (128 << 10)
    assert peak_memory(proxy.process.pid) < 400 << 20
