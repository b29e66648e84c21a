"""QUIC that reaches the proxy: blocked or passed, counted with the name in its Initial packets."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.mode_specs import ProxyMode

from leakwatch.capture.recorder import Recorder
from leakwatch.capture.tls_hooks import TlsHooks
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import LedgerNote

SERVER = ("198.51.100.7", 443)


def initials(name: str) -> list[bytes]:
    """A real client's first flight."""
    connection = QuicConnection(
        configuration=QuicConfiguration(
            is_client=True, server_name=name, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE
        )
    )
    connection.connect(SERVER, now=0.0)
    return [data for data, _ in connection.datagrams_to_send(now=0.0)]


@pytest.fixture
def hooks(tmp_path: Path) -> TlsHooks:
    recorder = Recorder()
    recorder.open(JournalWriter(tmp_path / "journal"))
    return TlsHooks(recorder)


@pytest.fixture
def notes(tmp_path: Path) -> Callable[[], list[LedgerNote]]:
    return lambda: [e for _, _, e in read_journal(tmp_path / "journal") if isinstance(e, LedgerNote)]


def connect(mode: str = "wireguard", transport: str = "udp") -> tuple[Context, layer.NextLayer]:
    client = Client(
        peername=("10.0.0.2", 5000), sockname=SERVER, timestamp_start=1.0, state=ConnectionState.OPEN,
        transport_protocol=transport, proxy_mode=ProxyMode.parse(mode),
    )  # fmt: skip
    context = Context(client, Options())
    context.server.address = SERVER
    context.server.transport_protocol = transport
    return context, layer.NextLayer(context)


def feed(next_layer: layer.NextLayer, hooks: TlsHooks, *happened: events.Event) -> list[commands.Command]:
    """Play events as mitmproxy does; opening a connection succeeds."""
    out: list[commands.Command] = []
    waiting = list(happened)
    while waiting:
        for command in next_layer.handle_event(waiting.pop(0)):
            if isinstance(command, layer.NextLayerHook):
                hooks.next_layer(command.data)
                waiting.insert(0, events.HookCompleted(command))
            elif isinstance(command, commands.OpenConnection):
                waiting.insert(0, events.OpenConnectionCompleted(command, None))
            out.append(command)
    return out


def sent(out: list[commands.Command]) -> list[bytes]:
    return [command.data for command in out if isinstance(command, commands.SendData)]


def test_quic_is_blocked_and_named(hooks, notes):
    context, next_layer = connect()
    flight = initials("quic.example.com")
    out = feed(next_layer, hooks, events.Start(), *(events.DataReceived(context.client, data) for data in flight))
    assert not sent(out)
    hooks.client_disconnected(context.client)
    (note,) = notes()
    assert (note.kind, note.host, note.count, note.bytes) == ("quic", "quic.example.com", 1, 0)
    assert note.detail == f"blocked; {sum(map(len, flight))} bytes of UDP"


def test_quic_is_passed_where_asked_for(hooks, notes):
    hooks.quic.passing = True
    context, next_layer = connect()
    flight, answer = initials("quic.example.com"), b"\x40" + bytes(99)
    received = [events.DataReceived(context.client, data) for data in flight]
    out = feed(next_layer, hooks, events.Start(), *received, events.DataReceived(context.server, answer))
    assert sent(out) == [*flight, answer]
    hooks.quic.end_all()
    (note,) = notes()
    assert (note.host, note.bytes) == ("quic.example.com", 100)
    assert note.detail.startswith("passed on unread")


def test_without_a_whole_hello_the_address_names_it(hooks, notes):
    context, next_layer = connect()
    feed(next_layer, hooks, events.Start(), events.DataReceived(context.client, b"\xc0\x00\x00\x00\x01" + bytes(1195)))
    hooks.client_disconnected(context.client)
    assert [note.host for note in notes()] == [SERVER[0]]


def test_other_udp_and_reverse_modes_are_left_alone(hooks):
    for mode, data in (
        ("wireguard", b"\x16\xfe\xfd" + bytes(60)),
        ("reverse:http3://h.example", initials("h.example")[0]),
    ):
        context, next_layer = connect(mode)
        next_layer.events.append(events.DataReceived(context.client, data))
        assert not hooks.quic.takes(next_layer)
