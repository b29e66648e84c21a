"""Connections that begin oddly: no hand-shake, packets out of order, ports used again, plain words before TLS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from leakwatch.journal.events import DnsMessage, Event, LedgerNote, Request, Response, StreamMessage, StreamOpened
from leakwatch.sources.pcap.quic_packets import initial_keys, is_known
from leakwatch.testing.packets import Segment, mqtt_packet, mqtt_text, pcap, segments, tcp_packets, udp_packet

Read = Callable[..., list[Event]]
GET = b"GET /ping HTTP/1.1\r\nHost: sdk.example\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def _paths(events: list[Event]) -> list[bytes]:
    return [e.target for e in events if isinstance(e, Request) and e.method]


def test_a_keep_alive_before_the_first_byte_hides_nothing(read: Read) -> None:
    keep_alive = Segment(0, -1, b"", 0x10)  # its sequence number is one less than that of the data to come
    packets = tcp_packets([keep_alive, *segments([(0, GET), (1, OK)])], port=80, shake=False)
    assert _paths(read(pcap(packets))) == [b"/ping"]


def test_packets_out_of_order_at_the_start_of_a_capture(read: Read) -> None:
    late = tcp_packets([Segment(0, len(GET), b"", 0x10), *segments([(0, GET)])], port=80, shake=False)
    assert _paths(read(pcap(late))) == [b"/ping"]


def test_a_port_pair_used_again_without_an_end_is_a_new_connection(read: Read) -> None:
    first = tcp_packets(segments([(0, GET), (1, OK)]), port=80)[:-2]
    second = tcp_packets(segments([(0, GET.replace(b"ping", b"pong")), (1, OK)]), port=80, start=77)
    assert _paths(read(pcap(first + second))) == [b"/ping", b"/pong"]
    assert _paths(read(pcap([*first[:1], *first]))) == [b"/ping"]  # a SYN that was only sent again


def test_a_client_on_the_server_s_own_address_and_port(read: Read) -> None:
    same = [p[:16] + p[12:16] + p[20:] for p in tcp_packets(segments([(0, GET)]), port=80, client_port=80, shake=False)]
    assert _paths(read(pcap(same))) == [b"/ping"]


@pytest.mark.parametrize("line", [b"OPTIONS rtsp://cam.example/ RTSP/1.0", b"REQMOD icap://x/ ICAP/1.0"])
def test_a_request_of_another_protocol_is_not_http(read: Read, line: bytes) -> None:
    text = line + b"\r\nCSeq: 1\r\nX-Id: 867900045123877\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    events = read(pcap(tcp_packets(segments([(0, text)]), port=554)))
    assert not _paths(events)
    assert b"".join(e.data for e in events if isinstance(e, StreamMessage)) == text


@pytest.mark.parametrize(
    "words",
    [
        [(1, b"220 mx\r\n"), (0, b"EHLO phone\r\n"), (1, b"250 ok\r\n"), (0, b"STARTTLS\r\n"), (1, b"220 go\r\n")],
        [(0, b"\0\0\0\x08\x04\xd2\x16\x2f"), (1, b"S")],
        [(0, b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x0b\0\0\0"), (1, b"\x03\0\0\x0b\x06\xd0\0\0\0\0\0")],
    ],
    ids=["smtp", "postgresql", "rdp"],
)
def test_tls_after_plain_words_shows_its_name(read: Read, words: list[tuple[int, bytes]]) -> None:
    name = b"mail.example"
    sni = b"\0\0" + (len(name) + 5).to_bytes(2, "big") + (len(name) + 3).to_bytes(2, "big") + b"\0\0\x0c" + name
    body = b"\x03\x03" + bytes(32) + b"\0\0\x02\x13\x01\x01\0" + len(sni).to_bytes(2, "big") + sni
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    record = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello
    events = read(pcap(tcp_packets(segments([*words, (0, record)]), port=5432)))
    opened = [(e.protocol, e.sni) for e in events if isinstance(e, StreamOpened)]
    assert opened == [("tcp", ""), ("tls", "mail.example")]


def test_dns_on_a_port_of_its_own_is_read_and_what_only_resembles_it_is_not(read: Read) -> None:
    query = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7devices\7example\0\0\1\0\1"
    asked = read(pcap([udp_packet(0, query, port=8053)]))
    assert [e.names for e in asked if isinstance(e, DnsMessage)] == [("devices.example",)]
    for near in (query[:-1] + b"\x09", query[:4] + b"\0\2" + query[6:], query[:-6], b"\0" * 40):
        assert not [e for e in read(pcap([udp_packet(0, near, port=8053)])) if isinstance(e, DnsMessage)]


def test_the_drafts_of_quic_have_their_own_secrets() -> None:
    destination = bytes.fromhex("8394c8f03e515708")  # RFC 9001 appendix A, draft-ietf-quic-tls-29 appendix A
    expected = {1: "c00cf151ca5be075", 0xFF00001D: "0088119288f1d866", 0x6B3343CF: "14ec9d6eb9fd7af8"}
    for version, secret in expected.items():
        assert initial_keys(version, destination, 0)._secret.hex().startswith(secret)
        assert is_known(version)
    assert len({initial_keys(v, destination, 0)._secret for v in (0xFF000016, 0xFACEB002, 0x54303531)}) == 3
    assert not is_known(0x12345678)


def test_an_ip_header_that_says_it_is_shorter_than_itself_is_no_packet(read: Read) -> None:
    packet = tcp_packets(segments([(0, GET)]), port=80, shake=False)[0]
    assert not _paths(read(pcap([packet[:2] + b"\0\x13" + packet[4:]])))
    assert _paths(read(pcap([packet[:2] + b"\0\0" + packet[4:]]))) == [b"/ping"]  # offloaded: no length was written


def test_segments_repeated_with_another_size_are_read_once(read: Read) -> None:
    pieces = segments([(0, GET)], 10)
    again = replace(pieces[0], data=GET[:25])
    assert _paths(read(pcap(tcp_packets([*pieces[:2], again, *pieces[2:]], port=80)))) == [b"/ping"]


def _exchanges(events: list[Event]) -> list[tuple[bytes, int]]:
    answers = {e.exchange: e.status for e in events if isinstance(e, Response)}
    return [(e.target, answers.get(e.exchange, 0)) for e in events if isinstance(e, Request)]


def _talk(count: int) -> list[tuple[int, bytes]]:
    answers = [OK.replace(b"200", b"%d" % (200 + n)) for n in range(count)]
    return [turn for n, answer in enumerate(answers) for turn in ((0, GET.replace(b"ping", b"p%d" % n)), (1, answer))]


def test_answers_captured_before_what_they_answer_wait_for_it(read: Read) -> None:
    opening, rest = (packets := tcp_packets(segments(_talk(40)), port=80))[:2], packets[2:-2]
    mixed = [packet for pair in zip(rest[1::2], rest[::2], strict=True) for packet in pair]
    assert _exchanges(read(pcap(opening + mixed))) == [(b"/p%d" % n, 200 + n) for n in range(40)]


def test_a_request_that_was_lost_is_given_up_in_time(read: Read) -> None:
    packets = tcp_packets(segments(_talk(80)), port=80)
    del packets[2 + 2 * 5]
    events = read(pcap(packets))
    assert _paths(events) == [b"/p%d" % n for n in range(80) if n != 5]
    assert [e.bytes for e in events if isinstance(e, LedgerNote) and e.kind == "truncated"] == [len(GET) - 2]
    assert len([e for e in events if isinstance(e, Response)]) == 80


def test_an_acknowledgement_of_nothing_real_holds_nothing_back_for_long(read: Read) -> None:
    packets = tcp_packets(segments(_talk(80)), port=80)
    wrong = [p[:28] + b"\0\0\1\0" + p[32:] for p in packets]
    assert len([e for e in read(pcap(wrong)) if isinstance(e, Response)]) == 80


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_server_s_quic_packet_may_come_first(read: Read, order: tuple[int, int]) -> None:
    client = QuicConnection(configuration=QuicConfiguration(server_name="sdk.example", alpn_protocols=["h3"]))
    client.connect(("203.0.113.7", 443), now=0)
    first = client.datagrams_to_send(now=0)[0][0]
    size = first[5]
    answer = first[:5] + b"\0" + bytes([size]) + first[6 : 6 + size] + first[7 + size + first[6 + size] :]
    packets = [udp_packet(0, first), udp_packet(1, answer)]
    opened = [e for e in read(pcap([packets[n] for n in order])) if isinstance(e, StreamOpened)]
    assert [(e.sni, e.server) for e in opened] == [("sdk.example", ("203.0.113.7", 443))]


QUERY = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7devices\7example\0\0\1\0\1"


def test_a_question_to_a_resolver_over_http_is_told_as_one(read: Read) -> None:
    head = b"POST /dns-query HTTP/1.1\r\nHost: doh.example\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    for kind, names in ((b"application/dns-message", [("devices.example",)]), (b"text/plain", [])):
        text = head % (kind, len(QUERY)) + QUERY
        events = read(pcap(tcp_packets(segments([(0, text)]), port=80)))
        assert [e.names for e in events if isinstance(e, DnsMessage)] == names
        assert [e.body for e in events if isinstance(e, Request)] == [QUERY]


def test_dns_of_an_unknown_operation_is_dns_only_if_its_question_is_one(read: Read) -> None:
    odd = QUERY[:2] + b"\x79" + QUERY[3:]
    assert [e.names for e in read(pcap([udp_packet(0, odd, port=53)])) if isinstance(e, DnsMessage)] == [
        ("devices.example",)
    ]
    assert not [e for e in read(pcap([udp_packet(0, odd[:-1] + b"\x09", port=53)])) if isinstance(e, DnsMessage)]


def test_mqtt_whose_beginning_was_not_captured(read: Read) -> None:
    publish = mqtt_packet(0x30, mqtt_text(b"t") + b"867900045123877")
    events = read(pcap(tcp_packets(segments([(0, publish + publish), (1, b"\xd0\0")]), port=1883, shake=False)))
    messages = [e for e in events if isinstance(e, StreamMessage)]
    assert [(e.protocol, e.data) for e in messages] == [("mqtt", publish)] * 2 + [("mqtt", b"\xd0\0")]
    near = read(pcap(tcp_packets(segments([(0, publish + b"no")]), port=1883, shake=False)))
    assert {e.protocol for e in near if isinstance(e, StreamMessage)} == {"tcp"}


def test_commands_that_look_like_http_are_not(read: Read) -> None:
    for text in (b"GET device:867900045123877\r\n", b"HEAD <1@news.example>\r\n", b"COPY t FROM STDIN\r\n"):
        events = read(pcap(tcp_packets(segments([(0, text)]), port=6379)))
        assert not _paths(events) and b"".join(e.data for e in events if isinstance(e, StreamMessage)) == text
    assert _paths(read(pcap(tcp_packets(segments([(0, b"GET /zero\r\n\r\n")]), port=80)))) == [b"/zero"]


@pytest.mark.parametrize("method", [b"GET", b"PATCH", b"DELETE", b"OPTIONS"])
def test_who_asks_is_told_by_what_is_said_where_the_ports_mislead(read: Read, method: bytes) -> None:
    packets = tcp_packets(segments([(0, GET.replace(b"GET", method)), (1, OK)]), port=50000, shake=False)
    assert _exchanges(read(pcap(packets))) == [(b"/ping", 200)]


def _initial(name: str) -> bytes:
    client = QuicConnection(configuration=QuicConfiguration(server_name=name, alpn_protocols=["h3"]))
    client.connect(("203.0.113.7", 443), now=0)
    return client.datagrams_to_send(now=0)[0][0]


def test_a_second_quic_connection_between_the_same_ports_is_one(read: Read) -> None:
    first, second = _initial("sdk.example"), _initial("other.example")
    events = read(pcap([udp_packet(0, data) for data in (first, first, second)]))
    assert [e.sni for e in events if isinstance(e, StreamOpened)] == ["sdk.example", "other.example"]
