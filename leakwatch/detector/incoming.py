"""One message's body on its way: analysed whole at its end, by event, or by window, as its length and type ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leakwatch.detector.bodies import Body, Window
from leakwatch.detector.events_stream import EventStream, ServerEvent
from leakwatch.detector.inspector import Inspection, Inspector, Note
from leakwatch.journal.events import Headers, Request, Response
from leakwatch.model import Direction, Part
from leakwatch.parts import request_parts, response_parts


class Incoming:
    """A head and the body that belongs to it. Offsets are those of the stored message: the head, then the body.

    `parts` are the head's own, without body and trailers.
    """

    def __init__(self, head: Request | Response, direction: Direction, cap: int) -> None:
        self.direction = direction
        self.parts = [part for part in _parts(head, b"\0") if not part.location.startswith("trailer")]
        self._template = self.parts.pop()
        self._head = head if head.complete else replace(head, body=b"")
        self._body = Body(self._template.encodings, cap)
        self._opaque = False
        self._latest = b""
        events = self._template.media_type == "text/event-stream" and not self._template.encodings
        self._events = EventStream() if events else None

    def trailers(self, fields: Headers) -> None:
        """Take the fields that came after the body."""
        self._head = replace(self._head, trailers=fields)

    def feed(self, data: bytes, inspector: Inspector) -> Iterator[Inspection]:
        """Take body bytes and yield what is certain now."""
        if self._events is not None:
            yield from (self._event(event, inspector) for event in self._events.feed(data))
            return
        for window in self._body.feed(data):
            yield self._window(window, inspector)

    def finish(self, inspector: Inspector) -> Iterator[Inspection]:
        """Yield what the end of the body makes certain."""
        if self._events is not None:
            yield from (self._event(event, inspector) for event in self._events.finish())
        elif not self._body.long:
            yield inspector.inspect(self._last_parts(self._body.whole()), self.direction)
            return
        for window in self._body.finish():
            yield self._window(window, inspector)
        yield inspector.inspect(self._last_parts(b""))
        yield Inspection(notes=list(self._notes()))

    def _event(self, event: ServerEvent, inspector: Inspector) -> Inspection:
        part = Part(f"body.sse[{event.number}]", event.data, self._template.offset + event.offset, event.length)
        return inspector.inspect((part,))

    def _window(self, window: Window, inspector: Inspector) -> Inspection:
        repeated = window.start > 0 and not window.last and window.data == self._latest
        self._latest = b"" if window.last or not window.start else window.data
        if repeated:  # by the same bytes as the window before, which told what is in it
            return Inspection()
        undo = self._body.undo
        place, length = (0, undo.taken) if not undo.plain else (window.start, len(window.data))
        chain = undo.names
        inspection = inspector.inspect(
            (Part("body", window.data, self._template.offset + place, length, chain),), self.direction
        )
        if self._opaque:
            inspection.notes = [note for note in inspection.notes if note.kind != "opaque"]
        self._opaque = self._opaque or any(note.kind == "opaque" for note in inspection.notes)
        inspection.finds = [
            find
            for find in inspection.finds
            # What touches an edge may go on beyond it; the neighbouring window holds all of it.
            if find.segment.parent is not None
            or not ((find.start == 0 and window.start) or (find.end == len(window.data) and not window.last))
        ]
        return inspection

    def _notes(self) -> Iterator[Note]:
        undo = self._body.undo
        if undo.broken:
            yield Note("undecodable", "body: not what its content-encoding says", self._body.size)
        if undo.bomb:
            yield Note("over_budget", "body: expands too far", self._body.size)

    def _last_parts(self, body: bytes) -> Iterator[Part]:
        """Yield the body's part, if there is a body, and those of the trailers."""
        if body:
            yield replace(self._template, data=body, length=len(body))
        if self._head.trailers:
            yield from (part for part in _parts(self._head, b"") if part.location.startswith("trailer"))


def _parts(head: Request | Response, body: bytes) -> Iterator[Part]:
    return request_parts(head, body) if isinstance(head, Request) else response_parts(head, body)
