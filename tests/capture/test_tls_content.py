"""What an app says inside TLS, without the handshake: measured on real handshakes of both versions."""

from __future__ import annotations

import ssl

import pytest
import trustme

from leakwatch.capture.tls_content import TlsContent


def handshake_and(version: ssl.TLSVersion, up: int, down: int, chunk: int) -> TlsContent:
    """Say so many bytes over real TLS, and show the wire to the counter in chunks."""
    authority, counter = trustme.CA(), TlsContent()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("a.example").configure_cert(server_context)
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client_context)
    client_context.minimum_version = client_context.maximum_version = version
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_out, server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, client_out, server_hostname="a.example")
    server = server_context.wrap_bio(to_server, server_out, server_side=True)

    def carry() -> None:
        for direction, out, into in ((0, client_out, to_server), (1, server_out, to_client)):
            data = out.read()
            for at in range(0, len(data), chunk):
                counter.take(direction, data[at : at + chunk])
            into.write(data)

    def step(*actions: object) -> None:
        for action in actions:
            try:
                action()  # type: ignore[operator]  # a bound method of either end
            except ssl.SSLWantReadError:
                pass
            carry()

    for _ in range(4):
        step(client.do_handshake, server.do_handshake)
    step(lambda: client.write(b"u" * up), lambda: server.write(b"d" * down))
    return counter


@pytest.mark.parametrize("chunk", [1, 7, 100_000])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_only_what_is_said_counts(version, chunk):
    up, down = handshake_and(version, 300, 5000, chunk).bytes
    assert up == 300
    assert 5000 <= down <= 5600, "two session tickets of TLS 1.3 may be among it"


def test_what_is_no_tls_never_raises():
    counter = TlsContent()
    for data in (b"", b"\x17", b"\xff" * 70_000, b"\x17\x03\x03\x00\x00", b"\x17\x03\x03\xff\xff" * 3):
        counter.take(0, data)
        counter.take(1, data)
    assert all(count >= 0 for count in counter.bytes)
