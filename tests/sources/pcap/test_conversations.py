"""Conversations laid out as packets: whatever is said is read back, in whatever segments and order it came."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from itertools import pairwise

import h2.config
import h2.connection
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, RejectConnection, TextMessage
from wsproto.events import Request as Upgrade
from wsproto.extensions import PerMessageDeflate

from leakwatch.journal.events import BodyChunk, DnsMessage, Event, LedgerNote, Request, Response, StreamMessage
from leakwatch.testing.packets import Segment, pcap, pcapng, segments, tcp_packets, udp_packet

Read = Callable[..., list[Event]]
IMEI = b"867900045123877"
BODY = b'{"device":{"imei":"' + IMEI + b'"}}'
POST = b"POST /collect?v=1 HTTP/1.1\r\nHost: sdk.example\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
relaxed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def requests(events: list[Event]) -> list[Request]:
    return [e for e in events if isinstance(e, Request)]


def test_a_request_and_its_response(read: Read) -> None:
    events = read(pcap(tcp_packets(segments([(0, POST), (1, OK)]), port=80)))
    (request,) = requests(events)
    assert (request.method, request.host, request.target) == ("POST", "sdk.example", b"/collect?v=1")
    assert request.body == BODY
    (response,) = [e for e in events if isinstance(e, Response)]
    assert (response.exchange, response.status, response.body) == (request.exchange, 200, b"ok")
    assert request.client == ("10.0.0.2", 40000) and request.server == ("203.0.113.7", 80)


@relaxed
@given(cut=st.integers(1, len(POST) - 1))
def test_a_request_cut_anywhere_into_segments(read: Read, cut: int) -> None:
    pieces = [Segment(0, 0, POST[:cut]), Segment(0, cut, POST[cut:]), Segment(1, 0, OK)]
    assert requests(read(pcap(tcp_packets(pieces, port=80))))[0].body == BODY


@relaxed
@given(data=st.data())
def test_segments_in_any_order_repeated_and_overlapping(read: Read, data: st.DataObject) -> None:
    pieces = [Segment(0, at, POST[at : at + 17]) for at in range(0, len(POST), 11)]
    order = data.draw(st.permutations(pieces))
    events = read(pcap(tcp_packets([*order, *order[:2], Segment(1, 0, OK)], port=80)))
    assert [r.body for r in requests(events)] == [BODY]


def test_a_gap_in_a_body_is_told_and_the_next_request_read(read: Read) -> None:
    said = POST + b"GET /next HTTP/1.1\r\nHost: sdk.example\r\n\r\n"
    start, lost = len(POST) - 20, 10
    pieces = [Segment(0, 0, said[:start]), Segment(0, start + lost, said[start + lost :]), Segment(1, 0, OK + OK)]
    events = read(pcap(tcp_packets(pieces, port=80)))
    assert [r.target for r in requests(events)] == [b"/collect?v=1", b"/next"]
    notes = [(n.kind, n.bytes, n.host) for n in events if isinstance(n, LedgerNote)]
    assert notes == [("truncated", 10, "sdk.example")]


def test_a_body_that_ends_early_is_told_under_its_own_host(read: Read) -> None:
    first = b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nten bytes."
    said = [(0, first + POST[:-20]), (1, b"HTTP/1.1 204 No Content\r\n\r\n")]
    notes = [e for e in read(pcap(tcp_packets(segments(said), port=80))) if isinstance(e, LedgerNote)]
    assert [(n.kind, n.bytes, n.host, n.direction) for n in notes] == [("truncated", 20, "sdk.example", "request")]
    notes = [e for e in read(pcap(tcp_packets(segments([(0, first), (1, cut)]), port=80))) if isinstance(e, LedgerNote)]
    assert [(n.bytes, n.host, n.direction) for n in notes] == [(40, "other.example", "response")]


@pytest.mark.parametrize(
    ("named", "host", "port"),
    [
        ("bücher.example", "bücher.example", 80),
        ("[2001:db8::5]:8080", "2001:db8::5", 8080),
        ("*.example", "*.example", 80),
    ],
)
def test_hosts_that_are_not_plain_names(read: Read, named: str, host: str, port: int) -> None:
    for said in (f"GET / HTTP/1.1\r\nHost: {named}\r\n\r\n", f"GET http://{named}/ HTTP/1.1\r\nHost: x\r\n\r\n"):
        (request,) = requests(read(pcap(tcp_packets(segments([(0, said.encode())]), port=80))))
        assert (request.host, request.port) == (host, port)


@relaxed
@given(cuts=st.lists(st.integers(1, len(BODY) - 1), max_size=6))
def test_chunks_cut_anywhere(read: Read, cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(BODY)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (b - a, BODY[a:b]) for a, b in pairwise(edges))
    said = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-Sum: 1\r\n\r\n"
    (request,) = requests(read(pcap(tcp_packets(segments([(0, said), (1, OK)], 7), port=80))))
    assert request.body == BODY and request.trailers == ((b"X-Sum", b"1"),)


def test_pipelined_requests_meet_their_own_responses(read: Read) -> None:
    asked = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(5))
    answered = b"".join(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n for n in range(5))
    events = read(pcap(tcp_packets(segments([(0, asked), (1, answered)]), port=80)))
    bodies = {e.exchange: e.body for e in events if isinstance(e, Response)}
    assert [bodies[r.exchange] for r in requests(events)] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_body_of_three_megabytes_goes_on_in_chunks(read: Read) -> None:
    body = b"x" * (3 << 20)
    said = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    events = read(pcap(tcp_packets(segments([(0, said), (1, OK)]), port=80)))
    assert not requests(events)[0].complete
    assert sum(len(e.data) for e in events if isinstance(e, BodyChunk)) == len(body)


def test_a_connect_tunnel_names_the_host_inside(read: Read) -> None:
    turns = [(0, b"CONNECT sdk.example:8080 HTTP/1.1\r\nHost: sdk.example:8080\r\n\r\n")]
    turns += [(1, b"HTTP/1.1 200 Connection established\r\n\r\n"), (0, b"GET /in HTTP/1.0\r\n\r\n"), (1, OK)]
    inner = requests(read(pcap(tcp_packets(segments(turns), port=3128))))[1]
    assert (inner.method, inner.host, inner.port, inner.target) == ("GET", "sdk.example", 8080, b"/in")


def test_socks5_names_the_host_inside(read: Read) -> None:
    turns = [(0, b"\x05\x01\x00"), (1, b"\x05\x00"), (0, b"\x05\x01\x00\x03\x0bsdk.example\x00\x50")]
    turns += [(1, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"), (0, b"GET /s HTTP/1.0\r\n\r\n"), (1, OK)]
    (request,) = requests(read(pcap(tcp_packets(segments(turns), port=1080))))
    assert (request.host, request.port, request.target) == ("sdk.example", 80, b"/s")


def _http2(frame: int) -> list[tuple[int, bytes]]:
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    client.initiate_connection()
    server.initiate_connection()
    head = [(":method", "POST"), (":path", "/h2"), (":scheme", "https"), (":authority", "sdk.example"), ("x-did", "7")]
    client.send_headers(1, head)
    for at in range(0, len(BODY), frame):
        client.send_data(1, BODY[at : at + frame], end_stream=at + frame >= len(BODY), pad_length=3)
    said = client.data_to_send()
    server.receive_data(said)
    server.send_headers(1, [(":status", "204")], end_stream=True)
    return [(0, said), (1, server.data_to_send())]


@relaxed
@given(frame=st.integers(1, len(BODY)), size=st.integers(1, 64))
def test_http2_frames_of_any_size(read: Read, frame: int, size: int) -> None:
    events = read(pcap(tcp_packets(segments(_http2(frame), size), port=80)))
    (request,) = requests(events)
    assert (request.protocol, request.host, request.target, request.body) == ("http/2", "sdk.example", b"/h2", BODY)
    assert (b"x-did", b"7") in request.headers and (b"host", b"sdk.example") in request.headers
    assert [e.status for e in events if isinstance(e, Response)] == [204]


def _websocket(parts: list[bytes], compressed: bool) -> list[tuple[int, bytes]]:
    extension = [PerMessageDeflate()] if compressed else []
    client, server = WSConnection(ConnectionType.CLIENT), WSConnection(ConnectionType.SERVER)
    hello = client.send(Upgrade(host="push.example", target="/ws", extensions=extension))
    server.receive_data(hello)
    assert not isinstance(next(server.events()), RejectConnection)
    welcome = server.send(AcceptConnection(extensions=[PerMessageDeflate()] if compressed else []))
    client.receive_data(welcome)
    list(client.events())
    last = len(parts) - 1
    said = b"".join(client.send(BytesMessage(p, message_finished=n == last)) for n, p in enumerate(parts))
    return [(0, hello), (1, welcome), (0, said), (1, server.send(TextMessage("好")))]


@relaxed
@given(cuts=st.lists(st.integers(1, len(BODY) - 1), max_size=5), compressed=st.booleans(), size=st.integers(1, 50))
def test_websocket_messages_in_any_fragments(read: Read, cuts: list[int], compressed: bool, size: int) -> None:
    edges = [0, *sorted(set(cuts)), len(BODY)]
    parts = [BODY[a:b] for a, b in pairwise(edges)]
    events = read(pcap(tcp_packets(segments(_websocket(parts, compressed), size), port=80)))
    messages = [e for e in events if isinstance(e, StreamMessage)]
    assert [(m.data, m.text, m.direction) for m in messages] == [
        (BODY, False, "request"),
        ("好".encode(), True, "response"),
    ]
    assert messages[0].exchange == requests(events)[0].exchange


@relaxed
@given(size=st.integers(1, 40))
def test_mqtt_packets_in_any_segments(read: Read, size: int) -> None:
    connect = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05phone"
    publish = b"\x30%c\x00\x01t" % (3 + len(BODY)) + BODY
    events = read(pcap(tcp_packets(segments([(0, connect), (1, b"\x20\x02\x00\x00"), (0, publish)], size), port=1883)))
    messages = [e for e in events if isinstance(e, StreamMessage)]
    assert {m.protocol for m in messages} == {"mqtt"}
    assert [m.data for m in messages if m.direction == "request"] == [connect, publish]


def test_an_unknown_protocol_goes_on_byte_by_byte(read: Read) -> None:
    events = read(pcap(tcp_packets(segments([(0, b"\x01\x02\x03\x04hello " + IMEI)], 1), port=5222)))
    spoken = b"".join(e.data for e in events if isinstance(e, StreamMessage) and e.protocol == "tcp")
    assert spoken == b"\x01\x02\x03\x04hello " + IMEI


def test_dns_queries_and_their_cname_answers(read: Read) -> None:
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01"
    answer = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" + query[12:]
    answer += b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03cdn\xc0\x10"
    answer += b"\x03cdn\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04"
    events = read(pcap([udp_packet(0, query, port=53), udp_packet(1, answer, port=53)]))
    asked, answered = [e for e in events if isinstance(e, DnsMessage)]
    assert (asked.names, asked.direction) == (("www.example",), "request")
    assert answered.answers == (("www.example", "CNAME", "cdn.example"), ("cdn.example", "A", "1.2.3.4"))


def test_pcapng_and_gzip_say_the_same(read: Read) -> None:
    packets = tcp_packets(segments([(0, POST), (1, OK)]), port=80)
    plain = requests(read(pcap(packets)))
    assert requests(read(pcapng(packets))) == plain
    packer = zlib.compressobj(wbits=31)
    assert requests(read(packer.compress(pcap(packets)) + packer.flush())) == plain


def test_a_capture_cut_anywhere_is_read_as_far_as_it_goes(read: Read) -> None:
    whole = pcap(tcp_packets(segments([(0, POST), (1, OK), (0, POST)]), port=80))
    for size in range(24, len(whole) - 1, 13):
        events = read(whole[:size])
        assert all(isinstance(e, Event) for e in events)
        assert any(isinstance(e, LedgerNote) and "torn" in e.detail for e in events) or not (size - 24) % 1
    assert len(requests(read(whole[: len(whole) - 200]))) >= 1
