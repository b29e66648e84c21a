"""One direction of an HTTP/1 connection: its buffer, its message, and what of a body may go by without being told."""

from __future__ import annotations

from leakwatch.sources.pcap.conversation import Lane
from leakwatch.sources.pcap.exchange import Message

UNTIL_CLOSE = -1
CHUNKED = -2


class Side:
    """What one direction of an HTTP/1 connection is at: its message, and how much of the body is to come."""

    __slots__ = ("buffer", "chunk_left", "direction", "granted", "lane", "left", "message", "trailing", "waiting")

    def __init__(self, direction: int, lane: Lane) -> None:
        self.direction, self.lane, self.granted = direction, lane, 0
        self.buffer = bytearray()
        self.message: Message | None = None
        self.left = self.chunk_left = 0
        self.trailing = self.waiting = False

    def begin(self, message: Message, left: int) -> None:
        """A message's head was read; of its body `left` bytes are to come, or `UNTIL_CLOSE`, or `CHUNKED`."""
        self.message, self.left, self.chunk_left, self.trailing = message, left, 0, False

    def grant(self) -> None:
        """Let bytes from the middle of a body, which make no event, go to it by themselves."""
        message = self.message
        if message is None or self.buffer or self.waiting:
            return
        left = self.chunk_left if self.left == CHUNKED else message.room if self.left == UNTIL_CLOSE else self.left
        self.granted = self.lane.room = min(left, message.room)
        self.lane.into = message.body

    def settle(self) -> None:
        """Take account of the bytes that went by, and let no more do so."""
        passed = self.granted - self.lane.room
        if self.left == CHUNKED:
            self.chunk_left -= passed
        elif self.left > 0:
            self.left -= passed
        self.granted = self.lane.room = 0
        self.lane.into = None
