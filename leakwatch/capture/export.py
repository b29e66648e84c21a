"""A capture's journal as a standard file: a mitmproxy flow file, or a HAR."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from leakwatch.errors import JournalError
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    DnsMessage,
    Event,
    ExchangeFailed,
    Headers,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.model import Direction


@dataclass(slots=True)
class Exchange:
    """One flow put together again from its events; bodies as they were recorded."""

    request: Request | None = None
    response: Response | None = None
    opened: StreamOpened | None = None
    dns: list[DnsMessage] = field(default_factory=list)
    messages: list[StreamMessage] = field(default_factory=list)
    failed: ExchangeFailed | None = None
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    trailers: dict[Direction, Headers] = field(default_factory=dict)
    ended: float = 0.0
    open: set[Direction] = field(default_factory=set)
    """The directions whose body is not whole yet."""

    @property
    def upgraded(self) -> bool:
        """Whether it became a WebSocket."""
        return self.response is not None and self.response.status == 101

    def add(self, event: Event) -> bool:
        """Take the next event; True once nothing more can come."""
        self.ended = max(self.ended, event.time)
        match event:
            case Request():
                self.request = event
                self._begin(Direction.REQUEST, event)
            case Response():
                self.response = event
                self._begin(Direction.RESPONSE, event)
            case BodyChunk():
                (self.sent if event.direction is Direction.REQUEST else self.received).extend(event.data)
            case BodyEnd():
                self.trailers[event.direction] = event.trailers
                self.open.discard(event.direction)
            case StreamOpened():
                self.opened = event
            case StreamMessage():
                self.messages.append(event)
            case DnsMessage():
                self.dns.append(event)
                return event.direction is Direction.RESPONSE
            case ExchangeFailed():
                self.failed = event
                return True
            case StreamClosed():
                return True
        return self.response is not None and not self.open and not self.upgraded

    def _begin(self, direction: Direction, event: Request | Response) -> None:
        (self.sent if direction is Direction.REQUEST else self.received).extend(event.body)
        self.trailers[direction] = event.trailers
        if not event.complete:
            self.open.add(direction)


_PARTS = (Request, Response, BodyChunk, BodyEnd, StreamOpened, StreamMessage, StreamClosed, DnsMessage, ExchangeFailed)

Writer = Callable[[Iterable[Exchange], BinaryIO], int]


def exchanges(events: Iterable[Event]) -> Iterator[Exchange]:
    """Yield the flows of a journal, each as soon as it is whole, those that never ended last; memory: the open ones."""
    open_: dict[str, Exchange] = {}
    for event in events:
        if not isinstance(event, _PARTS):
            continue
        exchange = open_.get(event.exchange)
        if exchange is None:
            if isinstance(event, StreamClosed | BodyEnd | BodyChunk):
                continue  # of a flow that broke off before
            exchange = open_[event.exchange] = Exchange()
        if exchange.add(event):
            yield open_.pop(event.exchange)
    yield from open_.values()


def _writer(format: str) -> Writer:
    if format == "mitm":
        from leakwatch.capture.export_mitm import write
    else:
        from leakwatch.capture.export_har import write
    return write


FORMATS = ("mitm", "har")


def export(events: Iterable[Event], format: str, path: Path) -> int:
    """Write the flows to `path` (mode 0600), whole or not at all, and return how many there were.

    Raises JournalError where the file cannot be written.
    """
    write = _writer(format)
    part = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            count = write(exchanges(events), file)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise JournalError(f"{path}: cannot be written: {error.strerror}") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
