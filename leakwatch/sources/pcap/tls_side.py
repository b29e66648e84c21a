"""One direction of a TLS connection: its buffer, its keys, its hand-shake messages, and what of it stays closed."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.sources.pcap.conversation import Lane
from leakwatch.sources.pcap.tls_record import Protection

MAX_RECORD, MAX_HANDSHAKE = 16384 + 2048, 1 << 18
CHANGE, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
"""Content types of records (RFC 8446 §5.1)."""


class Side:
    """The reading state of one direction."""

    __slots__ = (
        "buffer", "closed", "direction", "early", "encrypted", "finished", "lane", "message", "opened", "protection",
        "record", "secret", "skipped", "total",
    )  # fmt: skip

    def __init__(self, direction: int, lane: Lane) -> None:
        self.direction, self.lane = direction, lane
        self.record = self.skipped = 0
        self.buffer, self.message = bytearray(), bytearray()
        self.protection: Protection | None = None
        self.early: Protection | None = None
        self.secret: bytes | None = None
        self.encrypted = self.finished = False
        self.total = self.closed = self.opened = 0

    def leave(self, length: int) -> None:
        """Do not keep the record that has begun; the rest of it may go by."""
        self.record, self.skipped = length, 5 + length - len(self.buffer)
        self.buffer.clear()
        self.lane.room = self.skipped + 1

    def settle(self) -> None:
        """Take account of the bytes that went by, and let no more do so."""
        if self.lane.room:
            passed = self.skipped + 1 - self.lane.room
            self.lane.room = 0
            self.total += passed
            self._pass(passed)

    def skip(self, data: bytes) -> bytes:
        """Pass over what belongs to a record that is not kept; return the rest."""
        passed = min(self.skipped, len(data))
        self._pass(passed)
        if self.skipped:
            self.lane.room = self.skipped + 1
        return data[passed:]

    def _pass(self, size: int) -> None:
        self.skipped -= size
        if not self.skipped:
            self.closed += self.record
            self.record = 0

    def protect(self, protection: Protection | None) -> None:
        """From now on records are sealed."""
        self.encrypted, self.protection = True, protection
        self.message.clear()

    def finish(self, protection: Protection | None) -> None:
        """The hand-shake of this direction is over (TLS 1.3): the data's keys begin."""
        self.finished = True
        self.protect(protection)

    def handshakes(self, payload: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield every hand-shake message that is whole; they may lie across records (RFC 8446 §5.1)."""
        buffer = self.message
        buffer += payload
        while len(buffer) >= 4:
            size = int.from_bytes(buffer[1:4], "big")
            if size > MAX_HANDSHAKE:
                buffer.clear()
            if len(buffer) < 4 + size:
                return
            kind, body = buffer[0], bytes(buffer[4 : 4 + size])
            del buffer[: 4 + size]
            yield kind, body

    def resync(self) -> bool:
        """Go to the next bytes that look like a record; false where there are none yet."""
        buffer = self.buffer
        for at in range(1, len(buffer) - 4):
            kind, major, minor, length = buffer[at : at + 4]
            if CHANGE <= kind <= DATA and major == 3 and minor <= 4 and length <= MAX_RECORD >> 8:
                self.closed += at
                del buffer[:at]
                return True
        keep = min(4, len(buffer))
        self.closed += len(buffer) - keep
        del buffer[: len(buffer) - keep]
        return False
