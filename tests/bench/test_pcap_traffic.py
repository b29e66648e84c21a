"""The capture that speed is measured on is what it says: every byte arrives, shares are kept, few exchanges leak."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.pcap_traffic import LEAKED, make
from leakwatch.journal.events import DnsMessage, LedgerNote, Request, Response
from leakwatch.sources.pcap import read

SIZE = 8 << 20


@pytest.mark.parametrize(("tls", "least", "most"), [(0.0, 0.0, 0.0), (0.5, 0.3, 0.7)])
def test_what_is_in_it_is_read_without_a_gap(tls: float, least: float, most: float, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    packets = make(path, SIZE, tls=tls)
    assert 0.9 * SIZE < path.stat().st_size < 1.1 * SIZE
    assert packets > SIZE / 1500
    events = list(read(path))
    notes = [event for event in events if isinstance(event, LedgerNote)]
    closed = sum(note.bytes for note in notes if note.kind == "tls_closed")
    assert least <= closed / SIZE <= most
    kinds = Counter(type(event) for event in events)
    assert kinds[Request] > 40
    assert kinds[DnsMessage] > 20
    assert abs(kinds[Request] - kinds[Response]) < 10
    cut = [note for note in notes if note.kind not in ("tls_closed", "truncated")]
    assert not cut  # what the file's end cuts short is all that is missing
    assert sum(note.kind == "truncated" for note in notes) <= 10
    leaking = sum(LEAKED in event.target + event.body for event in events if isinstance(event, Request))
    assert 0 < leaking < kinds[Request] / 8


def test_it_is_the_same_each_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert make(one, 1 << 20) == make(other, 1 << 20)
    assert one.read_bytes() == other.read_bytes()
