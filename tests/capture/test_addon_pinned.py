"""Pinned hosts: a client that refuses our certificate is let through on its retry, and the ledger's events say so."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakwatch.journal.events import BodyChunk, Event, PassThrough, Request, StreamMessage, StreamOpened, TlsFailure


def of(events: list[Event], *kinds: type) -> list[Any]:
    return [event for event in events if isinstance(event, kinds)]


def curl(proxy: Any, ca: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["curl", "-sS", "--max-time", "20", "--proxy", proxy.url, "--cacert", str(ca), *arguments, url]
    return subprocess.run(command, capture_output=True, check=False)


class Tunnel:
    """A CONNECT tunnel with the TLS client under the test's hand, so that it can stop half-way or split its hello."""

    def __init__(self, proxy: Any, upstream: Any, ca: Path) -> None:
        self.socket = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
        self.socket.sendall(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % upstream.port)
        assert b" 200 " in self.socket.recv(4096)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=str(ca))
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def hello(self) -> bytes:
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.outgoing.read()

    def _do(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self.socket.sendall(self.outgoing.read())
                data = self.socket.recv(65536)
                assert data, "the connection was closed"
                self.incoming.write(data)
            else:
                self.socket.sendall(self.outgoing.read())
                return result

    def handshake(self) -> None:
        self._do(self.tls.do_handshake)

    def get(self, path: str) -> bytes:
        self.tls.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
        reply: bytes = self._do(lambda: self.tls.read(4096))
        return reply

    def close(self) -> None:
        self.socket.close()


def test_an_alert_counts_at_once_and_the_retry_goes_through_unread(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy()
    assert curl(proxy, upstream.ca, upstream.url("/secret")).returncode == 60
    assert curl(proxy, upstream.ca, upstream.url("/secret")).stdout == b"hello /secret"
    events = proxy.wait_for(lambda events: of(events, PassThrough))
    (failure,) = of(events, TlsFailure)
    assert failure.refused and failure.sni == "localhost" and failure.client[0] == "127.0.0.1"
    assert failure.server == ("localhost", upstream.port)
    (passed,) = of(events, PassThrough)
    assert passed.sni == "localhost" and passed.client[0] == "127.0.0.1"
    assert passed.sent > 300 and passed.received > 300
    assert not of(events, Request, BodyChunk, StreamOpened, StreamMessage), "no ciphertext is kept"


def test_another_name_is_still_read(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy()
    curl(proxy, upstream.ca, upstream.url("/"))
    other = f"https://127.0.0.1:{upstream.port}/read"
    assert curl(proxy, proxy.ca, other).stdout == b"hello /read"
    assert [r.target for r in of(proxy.events(), Request)] == [b"/read"]


def test_a_silent_close_counts_on_the_second_in_a_row(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy()

    def abort() -> None:
        before = len(of(proxy.events(), TlsFailure))
        tunnel = Tunnel(proxy, upstream, proxy.ca)
        tunnel.socket.sendall(tunnel.hello())
        tunnel.socket.recv(4096)
        tunnel.close()
        proxy.wait_for(lambda events: len(of(events, TlsFailure)) > before)

    abort()
    assert curl(proxy, proxy.ca, upstream.url("/between")).stdout == b"hello /between"
    abort()
    assert curl(proxy, proxy.ca, upstream.url("/again")).stdout == b"hello /again"
    abort()
    abort()
    assert curl(proxy, upstream.ca, upstream.url("/pinned")).stdout == b"hello /pinned"
    assert [f.refused for f in of(proxy.events(), TlsFailure)] == [False] * 4
    assert [r.target for r in of(proxy.events(), Request)] == [b"/between", b"/again"]


def test_a_client_that_compares_the_key_after_the_handshake_is_let_through(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy()
    for count in (1, 2):
        tunnel = Tunnel(proxy, upstream, proxy.ca)
        tunnel.handshake()
        tunnel.close()
        proxy.wait_for(lambda events, count=count: len(of(events, TlsFailure)) == count)
    assert curl(proxy, upstream.ca, upstream.url("/pinned")).stdout == b"hello /pinned"


def test_connections_opened_in_advance_by_a_client_that_trusts_us_do_not_count(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy()
    assert curl(proxy, proxy.ca, upstream.url("/first")).stdout == b"hello /first"
    for _ in range(3):
        tunnel = Tunnel(proxy, upstream, proxy.ca)
        tunnel.handshake()
        tunnel.close()
    time.sleep(0.3)
    assert curl(proxy, proxy.ca, upstream.url("/later")).stdout == b"hello /later"
    assert not of(proxy.events(), TlsFailure)


@pytest.mark.parametrize("trusted", ["theirs", "ours"])
def test_a_hello_in_two_packets_is_waited_for(start_proxy: Callable[..., Any], upstream: Any, trusted: str) -> None:
    proxy = start_proxy()
    curl(proxy, upstream.ca, upstream.url("/"))  # from now on `localhost` is passed on, other names are not
    tunnel = Tunnel(proxy, upstream, upstream.ca if trusted == "theirs" else proxy.ca)
    if trusted == "ours":
        context = ssl.create_default_context(cafile=str(proxy.ca))
        tunnel.tls = context.wrap_bio(tunnel.incoming, tunnel.outgoing, server_hostname="read.localhost")
    hello = tunnel.hello()
    tunnel.socket.sendall(hello[:100])
    time.sleep(0.3)
    tunnel.socket.sendall(hello[100:])
    tunnel.incoming.write(tunnel.socket.recv(65536))
    tunnel.handshake()
    assert b"hello /split" in tunnel.get("/split") + tunnel._do(lambda: tunnel.tls.read(4096))
    tunnel.close()
    assert len(of(proxy.events(), Request)) == (0 if trusted == "theirs" else 1)


def test_on_pinned_fail_never_lets_anything_through(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy("leakwatch_on_pinned=fail")
    for _ in range(3):
        assert curl(proxy, upstream.ca, upstream.url("/")).returncode == 60
    proxy.wait_for(lambda events: len(of(events, TlsFailure)) == 3)
    assert not upstream.seen


def test_what_is_no_tls_at_all_is_no_refusal(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy()
    for _ in range(3):
        tunnel = Tunnel(proxy, upstream, proxy.ca)
        tunnel.socket.sendall(b"\x16\x03\x01\x00\x05secret imei 490154203237518")
        tunnel.socket.settimeout(2)
        try:
            tunnel.socket.recv(100)
        except OSError:
            pass
        tunnel.close()
    events = proxy.wait_for(lambda events: len(of(events, TlsFailure)) == 3)
    assert {f.detail for f in of(events, TlsFailure)} == {"not a TLS ClientHello"}
    kept = proxy.journal.read_bytes()
    assert b"490154203237518" not in kept and b"490154203237518".hex().encode() not in kept
    assert curl(proxy, proxy.ca, upstream.url("/fine")).stdout == b"hello /fine"
