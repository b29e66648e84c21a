"""Bodies that come in chunks or are long: kept whole up to a cap, beyond it decoded and cut into windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leakwatch.detector.codings import Undo

BODY_CAP = 8 << 20
"""Bodies up to so many bytes, as stored, are analysed whole, with full locations."""

WINDOW = 1 << 20
OVERLAP = 1 << 16
"""A window is `WINDOW` bytes of the decoded body and the `OVERLAP` bytes before them."""

_SLICE = 1 << 16


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a long body: `data` begins at `start` of the decoded whole; `last`: the body ends with it."""

    start: int
    data: bytes
    last: bool


class Windows:
    """Cuts a stream into windows that end at multiples of `WINDOW`.

    Their places depend on nothing but the stream's bytes, so that results do not depend on how it was chunked.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0
        self._end = WINDOW

    def feed(self, chunk: bytes) -> Iterator[Window]:
        """Take the next bytes and yield the windows that are full and not the last."""
        view = memoryview(chunk)
        for at in range(0, len(chunk), WINDOW):
            self._data += view[at : at + WINDOW]
            while self._end < self._start + len(self._data):
                size = self._end - self._start
                yield Window(self._start, bytes(memoryview(self._data)[:size]), last=False)
                del self._data[: size - OVERLAP]
                self._start = self._end - OVERLAP
                self._end += WINDOW

    def finish(self) -> Iterator[Window]:
        """Yield what is left."""
        if self._data:
            yield Window(self._start, bytes(self._data), last=True)
        self._data.clear()


class Body:
    """One direction's body, fed chunk by chunk: whole at its end, or, if it outgrew the cap, in windows as it comes."""

    def __init__(self, encodings: tuple[str, ...] = (), cap: int = BODY_CAP) -> None:
        self._cap = cap
        self._bytes: bytes | bytearray = b""
        self._windows = Windows()
        self.undo = Undo(encodings)
        self.long = False
        self.size = 0

    def feed(self, chunk: bytes) -> Iterator[Window]:
        """Take a chunk; once the body is long, yield the windows that are full."""
        self.size += len(chunk)
        if self.long and self.undo.plain:
            yield from self._windows.feed(chunk)
            return
        if not self._bytes:
            self._bytes = chunk  # as a rule the only one: not copied
        else:
            if isinstance(self._bytes, bytes):
                self._bytes = bytearray(self._bytes)
            self._bytes += chunk
        if not self.long and self.size <= self._cap:
            return
        self.long = True
        if self.undo.plain:
            yield from self._windows.feed(self.whole())
            self._bytes = b""
            return
        # Slices of one size, whatever the chunks were: how much was taken in when a window is full is then the same.
        done = 0
        for done in range(_SLICE, len(self._bytes) + 1, _SLICE):
            yield from self._decoded(bytes(self._bytes[done - _SLICE : done]))
        self._bytes = self._bytes[done:]

    def whole(self) -> bytes:
        """Return the body, where it did not outgrow the cap."""
        return bytes(self._bytes)

    def finish(self) -> Iterator[Window]:
        """Yield the last windows of a long body."""
        yield from self._decoded(bytes(self._bytes))
        self._bytes = b""
        yield from self._windows.finish()

    def _decoded(self, data: bytes) -> Iterator[Window]:
        for piece in self.undo.feed(data):
            yield from self._windows.feed(piece)
