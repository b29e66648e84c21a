"""What passes an interface becomes names, sizes and events for the running capture."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from leakwatch.analysis import Analysis
from leakwatch.capture import control
from leakwatch.capture.sniffer import PAST, Sniffer, own_addresses
from leakwatch.errors import LeakwatchError
from leakwatch.journal.events import Event, LedgerNote, Request, StreamOpened
from leakwatch.sources.pcap.live import IDLE, LiveCapture
from leakwatch.testing.factories import IMEI, make_profile
from leakwatch.testing.packets import CLIENT, SERVER, client_hello, segments, tcp_packets, udp_packet

RAW = 101
POST = b"POST /t HTTP/1.1\r\nHost: direct.example\r\nContent-Length: 15\r\n\r\n" + IMEI.encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05names\x07example\x00\x00\x01\x00\x01"


def initial(name: str) -> bytes:
    configuration = QuicConfiguration(is_client=True, server_name=name, alpn_protocols=["h3"])
    connection = QuicConnection(configuration=configuration)
    connection.connect(("203.0.113.7", 443), now=0.0)
    return connection.datagrams_to_send(now=0.0)[0][0]


@pytest.fixture
def sniff(tmp_path: Path) -> Callable[..., tuple[Sniffer, list[Event], list[str]]]:
    """Run a sniffer over IP packets to its end; what the proxy would record, and what was said."""

    def run(packets: list[bytes], **limits: object) -> tuple[Sniffer, list[Event], list[str]]:
        lines: list[str] = []
        sniffer = Sniffer(LiveCapture(**limits), tmp_path, say=lines.append)  # type: ignore[arg-type]  # as given
        sniffer.run([(1000.0 + n / 1000, RAW, packet) for n, packet in enumerate(packets)], "eth0")
        return sniffer, [e for e in control.take(tmp_path) if isinstance(e, Event)], lines

    return run


def noted(events: list[Event]) -> dict[str, tuple[int, int, str]]:
    return {e.host: (e.count, e.bytes, e.detail) for e in events if isinstance(e, LedgerNote)}


def test_plain_conversations_go_on_whole_and_are_searched(sniff):
    _, events, lines = sniff(tcp_packets(segments([(0, POST), (1, OK)]), port=80))
    (request,) = [e for e in events if isinstance(e, Request)]
    assert request.exchange.startswith(PAST)
    assert (request.host, request.body) == ("direct.example", IMEI.encode())
    assert noted(events)["direct.example"] == (1, 15, "http/1.1, port 80")
    assert lines == ["past the proxy: direct.example (http/1.1, port 80)"]
    analysis = Analysis(make_profile())
    (record,) = [record for event in events for record in analysis.feed(event).records]
    assert (record.host, record.identifier) == ("direct.example", "imei")


def test_closed_conversations_are_names_and_bytes(sniff):
    hello, quic = client_hello("pinned.example"), initial("quic.example")
    _, events, _ = sniff([*tcp_packets(segments([(0, hello)])), udp_packet(0, quic, client_port=5)])
    told = noted(events)
    assert told["pinned.example"][0] == 1
    assert told["pinned.example"][1] >= len(hello)
    assert told["pinned.example"][2].startswith("TLS: ")
    assert told["quic.example"] == (1, len(quic), "QUIC: QUIC")
    others = [event for event in events if not isinstance(event, LedgerNote)]
    assert all(isinstance(event, StreamOpened) and event.exchange.startswith(PAST) for event in others)
    assert {event.sni for event in others if isinstance(event, StreamOpened)} == {"pinned.example", "quic.example"}


def test_a_name_past_the_proxy_is_searched(sniff):
    _, events, _ = sniff(tcp_packets(segments([(0, client_hello(f"{IMEI}.sdk.example"))])))
    analysis = Analysis(make_profile())
    (record,) = [record for event in events for record in analysis.feed(event).records]
    assert (record.location, record.identifier) == ("sni", "imei")


def test_names_asked_for(sniff):
    _, events, _ = sniff([udp_packet(0, QUERY, port=53)])
    assert noted(events)["names.example"] == (1, 0, "dns")


def test_only_the_phone_and_never_the_proxy_itself(sniff):
    through_the_proxy = tcp_packets(segments([(0, POST)]), port=8080)
    direct = tcp_packets(segments([(0, POST)]), port=80, client_port=40001)
    _, events, _ = sniff(through_the_proxy + direct, phone=[CLIENT], without=8080)
    assert noted(events)["direct.example"][0] == 1
    _, events, _ = sniff(direct, phone=["192.0.2.99"])
    assert set(noted(events)) == {""}, "somebody else's traffic"
    _, events, _ = sniff(direct, phone=["192.0.2.99", CLIENT])
    assert noted(events)["direct.example"][0] == 1, "a phone has several addresses"


def test_the_proxys_port_on_another_host_is_no_proxy_of_ours(sniff):
    packets = tcp_packets(segments([(0, POST)]), port=8080)
    _, events, _ = sniff(packets, without=8080, own=["10.0.0.1"])
    assert noted(events)["direct.example"][0] == 1
    _, events, _ = sniff(packets, without=8080, own=["10.0.0.1", SERVER])
    assert set(noted(events)) == {""}


def test_a_tunnel_to_the_proxy_over_udp_does_not_go_past_it(sniff):
    tunnel = [udp_packet(0, b"\4\0\0\0" + bytes(28), port=51820)]
    _, events, _ = sniff(tunnel, without=51820)
    assert set(noted(events)) == {""}
    assert ipaddress.ip_address("127.0.0.1") in map(ipaddress.ip_address, own_addresses())


def test_that_somebody_watched_is_told_even_where_nothing_passed(sniff):
    _, events, _ = sniff([])
    (note,) = events
    assert isinstance(note, LedgerNote)
    assert (note.kind, note.count) == ("bypassed", 0)
    assert note.detail.startswith("watched eth0 for ")


def test_ended_conversations_are_told_while_watching():
    live = LiveCapture()
    packets = tcp_packets(segments([(0, client_hello("pinned.example"))]))
    for packet in [*packets, udp_packet(0, initial("quic.example"), client_port=5)]:
        assert not list(live.frame(0.5, RAW, packet))
    assert [e.host for e in live.ended(1.0) if isinstance(e, LedgerNote)] == ["pinned.example"]
    assert [e.host for e in live.ended(IDLE + 1) if isinstance(e, LedgerNote)] == ["quic.example"]
    assert not list(live.close(99.0))


def test_an_interface_that_is_not_there():
    from leakwatch.capture.sniffer import frames

    with pytest.raises(LeakwatchError, match=r"sniff needs root|cannot be watched"):
        next(frames("nowhere0"))
