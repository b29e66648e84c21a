"""MQTT recognised in recorded TCP conversations and WebSockets: their events as recorded, as one message a packet.

The proxy records each chunk before it moves on, and so cannot wait for a packet to be whole; a WebSocket's messages
need not be packets either (OASIS mqtt-v5.0 §6). Whoever reads the journal sees the packets: the analysis, and whoever
looks a leak's message up again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from leakwatch.journal.events import Event, ExchangeFailed, Request, StreamClosed, StreamMessage, StreamOpened
from leakwatch.journal.mqtt import Cutter, is_connect, may_be_connect
from leakwatch.model import Direction

_OPEN = 20_000
"""So many conversations are followed at once; then the oldest goes on as it stands."""


@dataclass
class _Conversation:
    opened: StreamOpened | None
    """How it began; None for a WebSocket, which a request opened."""
    head: bytearray = field(default_factory=bytearray)
    held: list[StreamMessage] = field(default_factory=list)
    cutters: dict[Direction, Cutter] | None = None
    index: int = 0
    last: StreamMessage | None = None


class Reframing:
    """Takes events one by one; what begins with an MQTT CONNECT comes out as `mqtt`, all else as it is.

    A TCP conversation is opened a second time, as `mqtt`, once its first bytes have told.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Conversation] = OrderedDict()

    def feed(self, event: Event) -> Iterator[Event]:
        """Take the next event and yield what it becomes."""
        known = self._open.get(event.exchange)
        if isinstance(event, StreamOpened) and event.protocol == "tcp":
            self._open[event.exchange] = _Conversation(event)
            yield event
        elif known is None and isinstance(event, StreamMessage) and event.protocol == "websocket" and not event.index:
            known = self._open[event.exchange] = _Conversation(None)
            yield from self._message(known, event)
        elif known is None and isinstance(event, Request) and _wants_mqtt(event):
            self._open[event.exchange] = _Conversation(None, cutters={direction: Cutter() for direction in Direction})
            yield event
        elif known is None:
            yield event
        elif isinstance(event, StreamMessage):
            yield from self._message(known, event)
        else:
            if isinstance(event, StreamClosed | ExchangeFailed):
                del self._open[event.exchange]
                yield from _end(known, event.time)
            yield event
        if len(self._open) > _OPEN:
            yield from _end(self._open.popitem(last=False)[1])

    def finish(self) -> Iterator[Event]:
        """Yield what conversations that never ended still hold."""
        for conversation in self._open.values():
            yield from _end(conversation)
        self._open.clear()

    def _message(self, known: _Conversation, event: StreamMessage) -> Iterator[Event]:
        if known.cutters is not None:
            yield from _packets(known, event)
            return
        known.held.append(event)
        from_client = event.direction is Direction.REQUEST
        if from_client:
            known.head += event.data[:16]
        if from_client and is_connect(known.head):
            known.cutters = {direction: Cutter() for direction in Direction}
            if known.opened is not None:
                yield replace(known.opened, protocol="mqtt")
            for message in known.held:
                yield from _packets(known, message)
            known.held.clear()
        elif not from_client or not may_be_connect(known.head):
            del self._open[event.exchange]
            yield from known.held


def _wants_mqtt(request: Request) -> bool:
    """Whether a request asks for a WebSocket of MQTT and nothing else (OASIS mqtt-v5.0 §6)."""
    offered = [value for name, value in request.headers if name.lower() == b"sec-websocket-protocol"]
    names = b",".join(offered).lower().split(b",")
    return bool(offered) and all(name.strip().startswith(b"mqtt") for name in names)


def reframed(events: Iterable[Event]) -> Iterator[Event]:
    """Yield all events with MQTT conversations in packets."""
    framing = Reframing()
    for event in events:
        yield from framing.feed(event)
    yield from framing.finish()


def _packets(known: _Conversation, event: StreamMessage) -> Iterator[StreamMessage]:
    assert known.cutters is not None
    known.last = event
    for data in known.cutters[event.direction].feed(event.data):
        yield replace(event, protocol="mqtt", index=known.index, data=data, text=False)
        known.index += 1


def _end(known: _Conversation, time: float | None = None) -> Iterator[StreamMessage]:
    """What a conversation held back: undecided messages, or packets that were never whole."""
    yield from known.held
    if known.last is None or known.cutters is None:
        return
    when = known.last.time if time is None else time
    for direction, cutter in known.cutters.items():
        for data in cutter.rest():
            yield replace(
                known.last, time=when, protocol="mqtt", direction=direction, index=known.index, data=data, text=False
            )
            known.index += 1
