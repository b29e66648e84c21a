"""Packets that go on with a known connection take a shorter way, and tell what the long one would."""

import random
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.sources.pcap import read
from leakwatch.sources.pcap.tcp import Connections
from leakwatch.testing.packets import Segment, tcp_packets

BODY = bytes(random.Random(2).randbytes(9_000))
ASKED = b"POST /a HTTP/1.1\r\nHost: x.example\r\nContent-Length: 3000\r\n\r\n" + BODY[:3000]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + BODY


def pieces(size, rng):
    """Return both messages in segments, some out of order, repeated or missing."""
    sent = [Segment(0, at, ASKED[at : at + size]) for at in range(0, len(ASKED), size)]
    sent += [Segment(1, at, ANSWER[at : at + size]) for at in range(0, len(ANSWER), size)]
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(sent) - 1)
        change = rng.randrange(3)
        if change == 0:
            sent[at], sent[at + 1] = sent[at + 1], sent[at]
        elif change == 1:
            sent.insert(at, sent[at])
        else:
            del sent[at]
    return sent


def written(path, sent):
    """Write a raw-IP capture of one connection."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for count, packet in enumerate(tcp_packets(sent, port=80)):
            file.write(struct.pack("<IIII", 1_700_000_000, count, len(packet), len(packet)))
            file.write(packet)
    return path


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([200, 700, 1460, 5000]))
def test_the_short_way_tells_what_the_long_one_does(tmp_path_factory, seed, size):
    path = written(tmp_path_factory.mktemp("p") / "x.pcap", pieces(size, random.Random(seed)))
    short = list(read(path))
    follows, Connections.follows = Connections.follows, lambda *_: None
    try:
        assert short == list(read(path))
    finally:
        Connections.follows = follows


def test_most_packets_take_the_short_way(tmp_path):
    taken = []
    follows = Connections.follows

    def counted(self, frame, offset, time):
        events = follows(self, frame, offset, time)
        taken.append(events is not None)
        return events

    Connections.follows = counted
    try:
        events = list(read(written(tmp_path / "x.pcap", pieces(700, random.Random(1)))))
    finally:
        Connections.follows = follows
    assert events
    assert sum(taken) > len(taken) * 0.6
