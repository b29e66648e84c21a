"""PCAPdroid's own notes about which app sent a packet, laid out as its published sources do."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from leakwatch.journal.events import Event, Request
from leakwatch.testing.packets import pcap, pcapng, segments, tcp_packets

Read = Callable[..., list[Event]]
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


def _with_trailer(packet: bytes, uid: int, name: bytes) -> bytes:
    frame = bytes(12) + b"\x08\x00" + packet
    frame += bytes(-len(frame) % 4) + struct.pack(">Ii20s", 0x01072021, uid, name)
    return frame + struct.pack("<I", zlib.crc32(frame))


def test_a_trailer_names_the_app_and_is_no_payload(read: Read) -> None:
    frames = [_with_trailer(p, 10123, b"Lvxing") for p in tcp_packets(segments([(0, GET)]), port=80)]
    (request,) = [e for e in read(pcap(frames, link=1)) if isinstance(e, Request)]
    assert (request.app, request.app_evidence, request.body) == ("Lvxing", "proven", b"")


def test_a_trailer_without_a_name_gives_the_uid(read: Read) -> None:
    frames = [_with_trailer(p, 10123, b"") for p in tcp_packets(segments([(0, GET)]), port=80)]
    assert [e.app for e in read(pcap(frames, link=1)) if isinstance(e, Request)] == ["uid:10123"]


def test_without_a_trailer_no_app_is_claimed(read: Read) -> None:
    frames = [bytes(12) + b"\x08\x00" + p for p in tcp_packets(segments([(0, GET)]), port=80)]
    assert [e.app_evidence for e in read(pcap(frames, link=1)) if isinstance(e, Request)] == [""]


def test_comments_and_the_uid_map_of_a_pcapng(read: Read) -> None:
    packets = tcp_packets(segments([(0, GET)]), port=80)
    plain = pcapng(packets)
    names = (b"com.lvxing.trip", b"Lvxing")
    body = struct.pack("<IBBiBB", 0xF00D, 1, 1, 10123, len(names[0]), len(names[1])) + b"".join(names)
    body += bytes(-len(body) % 4)
    uids = struct.pack("<II", 0xBAD, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    head = len(pcapng([]))
    blocks = []
    for packet in packets:
        option = struct.pack("<HH", 1, 7) + b"u-10123\x00"
        data = packet + bytes(-len(packet) % 4)
        epb = struct.pack("<IIIII", 0, 0, 0, len(packet), len(packet)) + data + option
        size = struct.pack("<I", 12 + len(epb))
        blocks.append(struct.pack("<I", 6) + size + epb + size)
    events = read(plain[:head] + uids + b"".join(blocks))
    assert [(e.app, e.app_evidence) for e in events if isinstance(e, Request)] == [("com.lvxing.trip", "proven")]
