"""WebSocket frames in a Fiddler archive (`raw/N_w.txt`): each behind a few lines that tell its direction and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from leakwatch.journal.events import Event, LedgerNote
from leakwatch.sources.pcap.websocket import WebSocket

_HEAD = re.compile(
    rb"\s{0,16}(Request|Response)-Length: *(\d{1,10})\r?\n((?:[A-Za-z-]+:[^\r\n]{0,200}\r?\n){0,20})\r?\n"
)
_READ = re.compile(rb"DoneRead: *([^\r\n]+)")
_EXTENSIONS = re.compile(rb"(?im)^sec-websocket-extensions: *([^\r\n]*)")


def websocket_events(data: bytes, exchange: str, time: float, response: bytes) -> Iterator[Event]:
    """Yield the messages of one session: frames as they were on the wire, by what its `response` agreed on."""
    agreed = _EXTENSIONS.search(response[:65536])
    reader, at = WebSocket(exchange, agreed[1] if agreed else b""), 0
    while (head := _HEAD.match(data, at)) is not None:
        size, direction = int(head[2]), int(head[1] == b"Response")
        read = _READ.search(head[3])
        time = (moment(read[1]) if read else 0.0) or time
        yield from reader.data(direction, data[head.end() : head.end() + size], time)
        at = head.end() + size
    if data[at:].strip():
        detail = "WebSocket frames that are not as Fiddler writes them"
        yield LedgerNote(time=time, exchange=exchange, kind="unreadable", bytes=len(data) - at, detail=detail)
    yield from reader.close(time)


def moment(text: bytes) -> float:
    """Read what Fiddler writes for a time, `2026-11-21T10:00:00.1234567+00:00`; 0 where it is none."""
    try:
        when = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.decode("latin-1").strip()))
    except ValueError:
        return 0.0
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
