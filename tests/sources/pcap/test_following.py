"""Packets that go on with a known connection take a shorter way, and tell what the long one would."""

import random
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.journal.events import BodyChunk, LedgerNote
from leakwatch.sources.pcap import read
from leakwatch.sources.pcap.tcp import Connections
from leakwatch.testing.packets import Segment, pcap, pcapng, segments, tcp_packets

BODY = bytes(random.Random(2).randbytes(9_000))
ASKED = b"POST /a HTTP/1.1\r\nHost: x.example\r\nContent-Length: 3000\r\n\r\n" + BODY[:3000]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + BODY


def pieces(size, rng):
    """Return both messages in segments, some out of order, repeated or missing."""
    sent = [Segment(0, at, ASKED[at : at + size]) for at in range(0, len(ASKED), size)]
    sent += [Segment(1, at, ANSWER[at : at + size]) for at in range(0, len(ANSWER), size)]
    for _ in range(rng.randrange(4)):
        if len(sent) < 2:
            break
        at = rng.randrange(len(sent) - 1)
        change = rng.randrange(4)
        if change == 0:
            sent[at], sent[at + 1] = sent[at + 1], sent[at]
        elif change == 1:
            sent.insert(at, sent[at])
        elif change == 2:  # an acknowledgement alone, perhaps of a byte before (keep-alive)
            sent.insert(at, Segment(sent[at].direction, sent[at].offset - rng.randrange(2), b"", 0x10))
        else:
            del sent[at]
    return sent


def over_six(packet):
    """Return an IPv4 packet as IPv6."""
    return (
        struct.pack(">IHBB", 0x60000000, len(packet) - 20, packet[9], 64)
        + bytes(12)
        + packet[12:16]
        + bytes(12)
        + packet[16:20]
        + packet[20:]
    )


WAYS = {
    "ip": (101, lambda packet: packet),
    "ipv6": (101, over_six),
    "ethernet": (1, lambda packet: bytes(12) + b"\x08\x00" + packet + bytes(6)),
    "vlan": (1, lambda packet: bytes(12) + b"\x81\x00\x00\x07\x86\xdd" + over_six(packet)),
    "cooked": (113, lambda packet: bytes(14) + b"\x08\x00" + packet),
}


def written(path, sent, way="ip", port=80, next_generation=False, shake=True):
    """Write a capture of one connection."""
    link, framed = WAYS[way]
    packets = [framed(packet) for packet in tcp_packets(sent, port=port, shake=shake)]
    path.write_bytes((pcapng if next_generation else pcap)(packets, link=link))
    return path


def told(path):
    """Return the events of a capture."""
    return list(read(path))


def told_the_long_way(path):
    """Return the events that a capture has if no packet takes the short way."""
    follows, Connections.follows = Connections.follows, lambda *_: None
    try:
        return told(path)
    finally:
        Connections.follows = follows


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([200, 700, 1460, 5000]), st.sampled_from(sorted(WAYS)), st.booleans())
def test_the_short_way_tells_what_the_long_one_does(tmp_path_factory, seed, size, way, next_generation):
    sent = pieces(size, random.Random(seed))
    shake = seed % 2 == 0  # else the capture begins in the middle
    path = written(tmp_path_factory.mktemp("p") / "x.pcap", sent, way, next_generation=next_generation, shake=shake)
    assert told(path) == told_the_long_way(path)


def records(rng):
    """Return both sides of a TLS connection that nobody has the keys of, in segments."""
    hello = b"\x03\x03" + rng.randbytes(32) + b"\0\0\2\x13\1\1\0\0\0"
    turns = [(0, record(22, b"\1" + len(hello).to_bytes(3, "big") + hello))]
    server = b"\x03\x03" + rng.randbytes(32) + b"\0\x13\1\0\0\6\0\x2b\0\2\3\4"
    turns.append((1, record(22, b"\2" + len(server).to_bytes(3, "big") + server) + record(20, b"\1")))
    for _ in range(rng.randrange(1, 5)):
        sizes = [rng.choice([20, 500, 3000, 16384]) for _ in range(3)]
        turns.append((rng.randrange(2), b"".join(record(23, rng.randbytes(size)) for size in sizes)))
    return segments(turns, rng.choice([100, 1460, 4000]))


def record(kind, body):
    """Return a TLS record."""
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_closed_tls_that_goes_by_is_counted_as_if_it_were_read(tmp_path_factory, seed):
    rng = random.Random(seed)
    sent = records(rng)
    if rng.random() < 0.4:
        del sent[rng.randrange(len(sent))]
    path = written(tmp_path_factory.mktemp("p") / "x.pcap", sent, port=443)
    events = told(path)
    assert any(event.detail.startswith("TLS") for event in events if isinstance(event, LedgerNote))
    assert events == told_the_long_way(path)


def test_a_long_body_goes_on_in_large_chunks(tmp_path):
    body = random.Random(4).randbytes(5_000_000)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + body
    path = written(tmp_path / "x.pcap", segments([(0, b"GET /a HTTP/1.1\r\nHost: x.example\r\n\r\n"), (1, answer)]))
    chunks = [event.data for event in told(path) if isinstance(event, BodyChunk)]
    assert b"".join(chunks) == body
    assert len(chunks) < 20


def test_most_packets_take_the_short_way(tmp_path):
    taken = []
    follows = Connections.follows

    def counted(self, *place):
        events = follows(self, *place)
        taken.append(events is not None)
        return events

    Connections.follows = counted
    try:
        events = told(written(tmp_path / "x.pcap", pieces(700, random.Random(1))))
    finally:
        Connections.follows = follows
    assert events
    assert sum(taken) > len(taken) * 0.6
