"""Which exchanges are still open, and so from where a restarted follower must read the journal again."""

from __future__ import annotations

from dataclasses import dataclass

from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    Event,
    ExchangeFailed,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.model import Direction

MAX_OPEN = 50_000
"""More open exchanges than this are never tracked: the oldest is given up (no proxy holds so many connections)."""

_CONTINUING = (Response, BodyChunk, BodyEnd, StreamMessage, StreamClosed, ExchangeFailed)
_SWITCHING = 101
"""HTTP's status 101 turns the exchange into a WebSocket, which ends by its own event."""


@dataclass(slots=True)
class _Open:
    offset: int
    uploading: bool
    answered: bool = False


class OpenExchanges:
    """Follows every exchange from its first event to its last.

    A follower that starts at a low-water mark meets the later events of exchanges that had already ended when the mark
    was stored, or whose start lies before it: `belongs` tells them, so that half an exchange is never analysed.
    """

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def low_water(self, read: int) -> int:
        """The offset to resume at: the start of the oldest open exchange, or `read` where none is open."""
        first = next(iter(self._open.values()), None)
        return read if first is None else first.offset

    def belongs(self, event: Event) -> bool:
        """False for a later event of an exchange whose beginning was not read."""
        return not event.exchange or not isinstance(event, _CONTINUING) or event.exchange in self._open

    def observe(self, offset: int, event: Event) -> None:
        """Take note of an event that was read at `offset`."""
        exchange = event.exchange
        if not exchange:
            return
        if isinstance(event, Request | StreamOpened):
            self._open.setdefault(exchange, _Open(offset, isinstance(event, Request) and not event.complete))
            if len(self._open) > MAX_OPEN:
                del self._open[next(iter(self._open))]
        elif isinstance(event, StreamClosed | ExchangeFailed):
            self._open.pop(exchange, None)
        elif exchange in self._open:
            self._go_on(exchange, event)

    def _go_on(self, exchange: str, event: Event) -> None:
        state = self._open[exchange]
        if isinstance(event, Response):
            state.answered = event.complete and event.status != _SWITCHING
        elif isinstance(event, BodyEnd):
            if event.direction == Direction.REQUEST:
                state.uploading = False
            else:
                state.answered = True
        if state.answered and not state.uploading:
            del self._open[exchange]
