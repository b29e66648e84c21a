"""What takes the bytes of a TCP connection once they are in order, what of them it lets go by, and who began it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from leakwatch.journal.events import Event

SYN, ACK = 2, 16
"""Flags of a TCP segment (RFC 9293 §3.1)."""

_ASKS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"CONNECT ", b"PRI * ")


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


def is_client(flags: int, sport: int, dport: int, payload: bytes) -> bool:
    """Tell who opened the connection; a capture that began in the middle is judged by bytes, then by ports."""
    if flags & SYN:
        return not flags & ACK
    if payload.startswith((b"HTTP/", b"\x20\x02")) or (payload[:2] == b"\x16\x03" and payload[5:6] == b"\x02"):
        return False
    if payload.startswith(_ASKS) or (payload[:2] == b"\x16\x03" and payload[5:6] == b"\x01"):
        return True
    return sport >= dport
