"""CONNECT inside HTTP/2 and HTTP/3: WebSockets and tunnels are read like those of HTTP/1 (RFC 8441, RFC 9220)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import hpack
import pylsqpack
import pytest
from hyperframe.frame import DataFrame, Frame, HeadersFrame, RstStreamFrame, SettingsFrame

from leakwatch.journal.events import Event, Request, Response, StreamClosed, StreamMessage
from leakwatch.sources.pcap.http3 import Http3
from leakwatch.sources.pcap.peers import Numbering, Peers
from leakwatch.testing.packets import pcap, segments, tcp_packets

Read = Callable[..., list[Event]]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ASKED = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "w.example")]
ASKED += [(":path", "/chat"), ("sec-websocket-extensions", "permessage-deflate")]
TEXT = b"867900045123877"
INSIDE = b"GET /x HTTP/1.1\r\nHost: in.example\r\n\r\n"


def _frame(text: bytes, first: int = 0x81) -> bytes:
    mask = b"\x01\x02\x03\x04"
    return bytes([first, 0x80 | len(text)]) + mask + bytes(b ^ mask[at % 4] for at, b in enumerate(text))


def _bytes(*frames: Frame) -> bytes:
    return b"".join(frame.serialize() for frame in frames)


def _heads(fields: list[tuple[str, str]]) -> bytes:
    return _bytes(SettingsFrame(0), HeadersFrame(1, hpack.Encoder().encode(fields), flags=["END_HEADERS"]))


@pytest.mark.parametrize("end", [DataFrame(1, b"", flags=["END_STREAM"]), RstStreamFrame(1), None])
def test_a_websocket_inside_http2(read: Read, end: Frame | None) -> None:
    sent = _frame(TEXT[:4], 0x01) + _frame(TEXT[4:], 0x80)
    data = b"".join(_bytes(DataFrame(1, sent[at : at + 5])) for at in range(0, len(sent), 5))
    turns = [(0, PREFACE + _heads(ASKED)), (1, _heads([(":status", "200")])), (0, data)]
    turns += [(1, _bytes(DataFrame(1, b"\x82\x02ok"))), (0, _bytes(end) if end else b"")]
    events = read(pcap(tcp_packets(segments(turns, 7), port=80)))
    kinds = [type(e) for e in events]
    assert kinds == [Request, Response, StreamMessage, StreamMessage, StreamClosed]
    assert len({e.exchange for e in events}) == 1
    messages = [e for e in events if isinstance(e, StreamMessage)]
    assert [(m.protocol, m.direction, m.data) for m in messages] == [
        ("websocket", "request", TEXT), ("websocket", "response", b"ok"),
    ]  # fmt: skip


def test_a_refused_websocket_is_a_request_like_any_other(read: Read) -> None:
    turns = [(0, PREFACE + _heads(ASKED)), (1, _heads([(":status", "403")]) + _bytes(DataFrame(1, b"no")))]
    (request, response) = read(pcap(tcp_packets(segments(turns), port=80)))
    assert isinstance(request, Request) and isinstance(response, Response)
    assert (request.method, response.status, response.body) == ("CONNECT", 403, b"no")


def test_a_tunnel_inside_http2_is_opened(read: Read) -> None:
    plain = [(":method", "CONNECT"), (":authority", "t.example:80")]
    data = _bytes(DataFrame(1, INSIDE, flags=["END_STREAM"]))
    turns = [(0, PREFACE + _heads(plain)), (1, _heads([(":status", "200")])), (0, data)]
    requests = [e for e in read(pcap(tcp_packets(segments(turns), port=3128))) if isinstance(e, Request)]
    assert [(r.method, r.host, r.port) for r in requests] == [("CONNECT", "t.example", 80), ("GET", "in.example", 80)]


def test_bytes_before_the_answer_belong_to_the_tunnel(read: Read) -> None:
    plain = [(":method", "CONNECT"), (":authority", "t.example:80")]
    turns = [(0, PREFACE + _heads(plain) + _bytes(DataFrame(1, INSIDE[:9]))), (1, _heads([(":status", "200")]))]
    turns.append((0, _bytes(DataFrame(1, INSIDE[9:]))))
    requests = [e for e in read(pcap(tcp_packets(segments(turns), port=3128))) if isinstance(e, Request)]
    assert [r.host for r in requests] == ["t.example", "in.example"]


def test_a_websocket_inside_http3() -> None:
    def head(fields: list[tuple[str, str]]) -> bytes:
        _, block = pylsqpack.Encoder().encode(0, [(n.encode(), v.encode()) for n, v in fields])
        return b"\x01" + bytes([0x40 | len(block) >> 8, len(block) & 0xFF]) + block

    def events() -> Iterator[Event]:
        reader = Http3(Peers(Numbering(), "u0"))
        sent = _frame(TEXT)
        yield from reader.stream(0, 0, head(ASKED), False, 1.0)
        yield from reader.stream(1, 0, head([(":status", "200")]), False, 2.0)
        yield from reader.stream(0, 0, b"\x00" + bytes([len(sent)]) + sent, True, 3.0)
        yield from reader.stream(1, 0, b"\x00\x04\x82\x02ok", False, 4.0)
        yield from reader.close(5.0)

    found = list(events())
    assert [type(e) for e in found] == [Request, Response, StreamMessage, StreamMessage, StreamClosed]
    assert [e.data for e in found if isinstance(e, StreamMessage)] == [TEXT, b"ok"]
