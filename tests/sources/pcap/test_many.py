"""More connections than are remembered: those that are over are forgotten, and nothing that was said is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from leakwatch.journal.events import Event, PassThrough, Request, Response, StreamMessage, StreamOpened
from leakwatch.sources.pcap.tcp import Connections
from leakwatch.testing.packets import pcap, segments, tcp_packets

Read = Callable[..., list[Event]]


def capture(count: int, *, ended: bool) -> bytes:
    """A capture of `count` connections one after another, of HTTP and of a protocol that nobody knows."""
    said: list[bytes] = []
    for number in range(count):
        known = [(0, b"GET /%d HTTP/1.1\r\nHost: h.example\r\n\r\n" % number), (1, b"HTTP/1.1 204 None\r\n\r\n")]
        unknown = [(0, b"\x99\x01\x02 number %d" % number)]
        pieces = segments(unknown if number % 3 == 0 else known)
        packets = tcp_packets(pieces, port=80, client_port=20_000 + number)
        said += packets if ended else packets[:-2]
    return pcap(said)


def told(events: list[Event]) -> Counter[object]:
    """What was said, whatever the order in which it is told."""
    kinds = (Request, Response, StreamMessage, StreamOpened, PassThrough)
    chosen = [event for event in events if isinstance(event, kinds)]
    return Counter(
        (type(e).__name__, getattr(e, "target", b""), getattr(e, "data", b""), e.exchange.partition("-")[0])
        for e in chosen
    )


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("linger", [0.05, 1e6])
def test_nothing_is_lost_where_connections_are_forgotten(
    read: Read, ended: bool, linger: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = capture(300, ended=ended)
    whole = told(read(data))
    assert sum(whole.values()) > 500
    monkeypatch.setattr(Connections, "MAX_OPEN", 20)
    monkeypatch.setattr(Connections, "LINGER", linger)
    assert told(read(data)) == whole


def test_no_more_are_remembered_than_there_is_room_for(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0
    connect = Connections._connect

    def counted(self: Connections, *arguments: object) -> object:
        nonlocal most
        most = max(most, len(self._connections) // 2)
        return connect(self, *arguments)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Connections, "MAX_OPEN", 20)
    monkeypatch.setattr(Connections, "_connect", counted)
    read(capture(200, ended=False))
    assert 10 < most <= 21
