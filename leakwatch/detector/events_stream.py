"""Server-sent events (WHATWG HTML §9.2) cut out of a body as it comes: each event is analysed at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_DATA = re.compile(rb"^data:[ ]?([^\r\n]*)", re.MULTILINE)
_LONGEST = 1 << 20
"""An event that does not end within so many bytes is analysed as far as it came."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its number from 0, and its data lines joined, with the place in the body that holds them."""

    number: int
    offset: int
    length: int
    data: bytes


class EventStream:
    """Cuts `text/event-stream` into events, whatever the chunks are."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._offset = 0
        self._number = 0

    def feed(self, data: bytes) -> Iterator[ServerEvent]:
        """Take the next bytes and yield the events that ended."""
        self._kept += data
        done = 0
        while True:
            end = _END.search(self._kept, done, done + _LONGEST)
            # A line end may be cut between \r and \n: without a whole blank line the rest stays.
            stop = end.end() if end else done + _LONGEST
            if stop > len(self._kept):
                break
            yield from self._event(done, stop)
            done = stop
        del self._kept[:done]
        self._offset += done

    def finish(self) -> Iterator[ServerEvent]:
        """Yield the event that the body ended in."""
        yield from self._event(0, len(self._kept))
        self._kept.clear()

    def _event(self, start: int, end: int) -> Iterator[ServerEvent]:
        block = bytes(self._kept[start:end])
        values = list(_DATA.finditer(block))
        if not block.strip():
            return
        offset, length, data = start, len(block), block
        if len(values) == 1:
            offset, length, data = start + values[0].start(1), len(values[0][1]), values[0][1]
        elif values:
            data = b"\n".join(value[1] for value in values)
        yield ServerEvent(self._number, self._offset + offset, length, data)
        self._number += 1
