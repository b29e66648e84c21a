"""Damaged captures that crashed a reader once; bench.fuzz found them."""

import gzip

from leakwatch.journal.events import LedgerNote
from leakwatch.testing.packets import pcap, segments, tcp_packets


def test_damage_inside_gzip_ends_the_file_like_any_other_tear(read):
    data = pcap(tcp_packets(segments([(0, b"GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n")])))
    packed = bytearray(gzip.compress(data))
    packed[11:] = bytes(byte ^ 0x5A for byte in packed[11:])
    notes = [event for event in read(bytes(packed)) if isinstance(event, LedgerNote)]
    assert any(note.kind == "truncated" for note in notes)
