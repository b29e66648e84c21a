"""HTTP as odd clients speak it, through the addon: nothing breaks, everything is in the journal, the leak is found."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from leakwatch.analysis import Analysis
from leakwatch.journal.events import Event, Request, StreamMessage
from leakwatch.testing.factories import IMEI, make_profile

BODY = json.dumps({"imei": IMEI}).encode()


def leaks(events: list[Event]) -> list[tuple[str, str]]:
    """(protocol, location) of every leak that left the phone."""
    analysis = Analysis(make_profile(imei=IMEI))
    records = [record for event in events for record in analysis.feed(event).records]
    records += analysis.finish().records
    return [(r.protocol, r.location) for r in records if r.direction == "request"]


@pytest.fixture
def plain() -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes any bytes up to a blank line and a body of known length, and answers HTTP/1.1."""
    seen: list[bytes] = []

    def answer(peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(10)
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    more = peer.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                lower = head.lower()
                if b"expect: 100-continue" in lower:
                    peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                size = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                while len(data) < size:
                    data += peer.recv(65536)
                seen.append(head + b"\r\n\r\n" + data[:size])
                data = data[size:]
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], seen
        server.shutdown(socket.SHUT_RDWR)


def spoken(proxy: Any, *pieces: bytes, pause: float = 0.0, answers: int = 1) -> bytes:
    """Say raw bytes to the proxy, in pieces, and return what comes back."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as phone:
        phone.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = b""
        for piece in pieces:
            phone.sendall(piece)
            time.sleep(pause)
        while back.count(b"\r\n\r\nok") < answers:
            more = phone.recv(65536)
            if not more:
                break
            back += more
        return back


HEAD = b"POST http://%s/t HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"


def posted(host: bytes, more: bytes = b"") -> bytes:
    return HEAD % (host, host, len(BODY), more)


def test_trickled_upload(proxy: Any, plain: Any) -> None:
    host = b"127.0.0.1:%d" % plain[0]
    data = posted(host) + BODY
    assert b"200 OK" in spoken(proxy, *(data[at : at + 5] for at in range(0, len(data), 5)), pause=0.005)
    assert leaks(proxy.events()) == [("http/1.1", "body.json:$.imei")]


def test_100_continue(proxy: Any, plain: Any) -> None:
    host = b"127.0.0.1:%d" % plain[0]
    assert b"200 OK" in spoken(proxy, posted(host, b"Expect: 100-continue\r\n"), BODY, pause=0.3)
    assert leaks(proxy.events()) == [("http/1.1", "body.json:$.imei")]


def test_http_10_without_a_host(proxy: Any, plain: Any) -> None:
    request = b"GET http://127.0.0.1:%d/t?imei=%s HTTP/1.0\r\n\r\n" % (plain[0], IMEI.encode())
    assert b"200 OK" in spoken(proxy, request)
    events = proxy.events()
    assert leaks(events) == [("http/1.0", "query:imei")]
    assert [e.host for e in events if isinstance(e, Request)] == ["127.0.0.1"]


def test_one_connection_for_two_hosts(proxy: Any, plain: Any) -> None:
    hosts = [b"localhost:%d" % plain[0], b"127.0.0.1:%d" % plain[0]]
    back = spoken(proxy, *(posted(host) + BODY for host in hosts), answers=2)
    assert back.count(b"200 OK") == 2
    events = proxy.events()
    assert [e.host for e in events if isinstance(e, Request)] == ["localhost", "127.0.0.1"]
    assert len(leaks(events)) == 2


def test_names_that_are_not_ascii(proxy: Any, plain: Any) -> None:
    host = "xn--bcher-kva.localhost"
    port = plain[0]
    request = b"GET http://%s:%d/t?imei=%s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n"
    spoken(proxy, request % (host.encode(), port, IMEI.encode(), host.encode(), port))
    (request_event,) = [e for e in proxy.events() if isinstance(e, Request)]
    assert request_event.host in (host, "bücher.localhost")
    assert leaks(proxy.events()) == [("http/1.1", "query:imei")]


def test_an_ipv6_literal(proxy: Any) -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        port = server.getsockname()[1]

        def answer() -> None:
            peer = server.accept()[0]
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        threading.Thread(target=answer, daemon=True).start()
        request = b"GET http://[::1]:%d/t?imei=%s HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n" % (port, IMEI.encode(), port)
        assert b"200 OK" in spoken(proxy, request)
    (event,) = [e for e in proxy.events() if isinstance(e, Request)]
    assert (event.host.strip("[]"), event.port) == ("::1", port)
    assert leaks(proxy.events()) == [("http/1.1", "query:imei")]


def test_an_upgrade_in_mid_stream_to_something_of_their_own(proxy: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            peer = server.accept()[0]
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: own/1\r\nConnection: Upgrade\r\n\r\n")
            peer.recv(65536)
            peer.sendall(b"\r\n\r\nok")

        threading.Thread(target=answer, daemon=True).start()
        upgrade = b"Host: a\r\nUpgrade: own/1\r\nConnection: Upgrade\r\n\r\n"
        asked = b"GET http://127.0.0.1:%d/up HTTP/1.1\r\n" % port + upgrade
        assert spoken(proxy, asked, b"hello " + IMEI.encode() + b" bye", pause=0.5).endswith(b"ok")
    events = proxy.wait_for(lambda events: any(isinstance(e, StreamMessage) for e in events))
    assert leaks(events) == [("tcp", "tcp[0]")]


def test_a_client_that_leaves_in_mid_upload_leaves_what_it_sent(proxy: Any, plain: Any) -> None:
    host = b"127.0.0.1:%d" % plain[0]
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as phone:
        phone.sendall(HEAD % (host, host, 5000, b"X-Id: " + IMEI.encode() + b"\r\n") + b"{")
        time.sleep(0.5)
    events = proxy.wait_for(lambda events: leaks(events), 15)
    assert leaks(events) == [("http/1.1", "header:X-Id")]
