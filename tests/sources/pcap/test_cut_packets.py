"""Packets that a snap length cut: what stands in them is told, and what is missing is counted."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from leakwatch.journal.events import Event, LedgerNote, Opening, Request, Response, StreamMessage
from leakwatch.sources import pcap as source
from leakwatch.testing.packets import Segment, pcap, segments, tcp_packets

GET = b"GET /ping?id=867900045123877 HTTP/1.1\r\nHost: sdk.example\r\nCookie: " + b"c" * 300 + b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[list[bytes], int], list[Event]]:
    """Write packets, each cut after `snap` bytes, and read them."""

    def run(packets: list[bytes], snap: int) -> list[Event]:
        data = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 101)]
        for packet in packets:
            data.append(struct.pack("<IIII", 1763750000, 0, min(len(packet), snap), len(packet)) + packet[:snap])
        (tmp_path / "cut.pcap").write_bytes(b"".join(data))
        return list(source.read(tmp_path / "cut.pcap"))

    return run


@pytest.mark.parametrize("snap", [90, 120, 200])
def test_a_head_that_was_cut_is_told_as_far_as_it_goes(read: Callable[..., list[Event]], snap: int) -> None:
    events = read(tcp_packets(segments([(0, GET), (1, OK), (0, GET), (1, OK)]), port=80), snap)
    requests = [e for e in events if isinstance(e, Request)]
    assert [(r.method, r.target) for r in requests] == [("GET", b"/ping?id=867900045123877")] * 2
    assert {r.host for r in requests} == {"sdk.example" if snap > 90 else requests[0].server[0]}
    assert len([e for e in events if isinstance(e, Response)]) == 2
    assert any(e.kind == "truncated" and e.bytes == 40 + len(GET) - snap for e in events if isinstance(e, LedgerNote))


def test_a_request_line_that_was_cut_is_still_a_request(read: Callable[..., list[Event]]) -> None:
    (request,) = [e for e in read(tcp_packets(segments([(0, GET)]), port=80), 68) if isinstance(e, Request)]
    assert request.target == GET[4:28]


def test_the_name_in_a_hello_that_was_cut_is_read_only_when_whole(read: Callable[..., list[Event]]) -> None:
    name = b"sdk.example"
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name + b"\0\x15\1\0" + bytes(256)
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack(">H", len(sni)) + sni
    hello = b"\x16\3\1" + struct.pack(">H", len(body) + 4) + b"\1" + len(body).to_bytes(3, "big") + body
    packets = tcp_packets(segments([(0, hello)]))
    assert [e.sni for e in read(packets, 160) if isinstance(e, Opening)] == [name.decode()]
    assert [e.sni for e in read(packets, 110) if isinstance(e, Opening)] == [""]


def test_a_head_without_an_end_goes_on_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(pcap(tcp_packets([Segment(0, 0, GET[:100])], port=80)))
    events = list(source.read(tmp_path / "x.pcap"))
    assert not [e for e in events if isinstance(e, Request)]
    assert [e.data for e in events if isinstance(e, StreamMessage)] == [GET[:100]]


def test_cut_packets_out_of_order_are_told_as_far_as_they_go(read: Callable[..., list[Event]]) -> None:
    packets = tcp_packets(segments([(0, GET), (1, OK), (0, GET), (1, OK)]), port=80)
    packets[2:6] = packets[3], packets[2], packets[5], packets[4]
    events = read(packets, 120)
    assert [r.method for r in events if isinstance(r, Request)] == ["GET"] * 2
    assert len([e for e in events if isinstance(e, Response)]) == 2
