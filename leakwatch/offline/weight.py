"""How much an event weighs: for what may wait in memory, and for how far a scan has come."""

from __future__ import annotations

from leakwatch.journal.events import BodyChunk, Event, Request, Response, StreamMessage


def weight(event: Event) -> int:
    """Return about how many bytes an event is in memory: its bodies, its fields, and a little for itself."""
    size = 200
    if isinstance(event, Request | Response):
        size += len(event.body) + sum(len(n) + len(v) for n, v in event.headers)
    elif isinstance(event, BodyChunk | StreamMessage):
        size += len(event.data)
    return size
