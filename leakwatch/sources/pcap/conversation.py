"""What takes the bytes of a TCP connection once they are in order, and what of them it lets go by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from leakwatch.journal.events import Event


class Conversation(Protocol):
    """What takes the reassembled bytes; direction 0 is from the client."""

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """`size` bytes were never captured."""

    def close(self, time: float) -> Iterator[Event]:
        """Both directions are at their end."""


class Lane:
    """What a conversation lets go by without being told: fewer than `room` bytes go to the end of `into`, or nowhere.

    A conversation that has `lanes`, one for each direction, sees by `room` how many bytes went by.
    """

    __slots__ = ("into", "room")

    def __init__(self) -> None:
        self.into: bytearray | None = None
        self.room = 0
