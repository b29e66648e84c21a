"""QUIC frames: CRYPTO and STREAM data out of opened packets, put in order (RFC 9000 §19)."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.sources.pcap.quic_packets import varint

MAX_WAITING = 1 << 20
"""Bytes of one stream that may wait for a lost packet."""

CRYPTO = -1
"""The stream number that CRYPTO frames are given."""

_FIELDS = {
    0x04: 3, 0x05: 2, 0x10: 1, 0x11: 2, 0x12: 1, 0x13: 1, 0x14: 1, 0x15: 2, 0x16: 1, 0x17: 1, 0x19: 1,
    0x1F: 0, 0xAC: 0, 0xAF: 4, 0x2F5: 1,
}  # fmt: skip
"""Frames that are only integers: how many (the last four: draft-ietf-quic-ack-frequency, draft-huitema-quic-ts)."""


def frames(plain: bytes, crypto: int = 0x06) -> Iterator[tuple[int, int, bytes, bool]]:
    """Yield (stream, offset, data, fin) of every CRYPTO and STREAM frame; stops at what it does not know.

    `crypto` is the number of CRYPTO frames: Google's versions had another one.
    """
    at = 0
    while at < len(plain):
        kind, at = varint(plain, at)
        if kind in (0x00, 0x01, 0x1E):
            continue
        if kind in (0x02, 0x03):
            at = _skip_ack(plain, at, kind)
        elif kind == crypto:
            offset, at = varint(plain, at)
            size, at = varint(plain, at)
            yield CRYPTO, offset, plain[at : at + size], False
            at += size
        elif 0x08 <= kind <= 0x0F:
            stream, at = varint(plain, at)
            offset, at = varint(plain, at) if kind & 4 else (0, at)
            size, at = varint(plain, at) if kind & 2 else (len(plain) - at, at)
            yield stream, offset, plain[at : at + size], bool(kind & 1)
            at += size
        else:
            at = _skip(plain, at, kind)


def _skip(plain: bytes, at: int, kind: int) -> int:
    """Pass over a frame without data for us; an unknown one ends the packet, for its length is unknown too."""
    if kind in _FIELDS:
        for _ in range(_FIELDS[kind]):
            _, at = varint(plain, at)
        return at
    if kind == 0x07 or kind == 0x31:
        size, at = varint(plain, at)
        return at + size
    if kind == 0x18:
        for _ in range(2):
            _, at = varint(plain, at)
        return at + 1 + (plain[at] if at < len(plain) else 0) + 16
    if kind in (0x1A, 0x1B):
        return at + 8
    return len(plain)


def _skip_ack(plain: bytes, at: int, kind: int) -> int:
    for _ in range(2):
        _, at = varint(plain, at)
    ranges, at = varint(plain, at)
    for _ in range(min(2 * ranges + 1 + (3 if kind == 0x03 else 0), 512)):
        _, at = varint(plain, at)
    return at


class Ordered:
    """One stream of one direction: bytes in any order in, bytes in order out."""

    __slots__ = ("_end", "_next", "_size", "_waiting", "finished")

    def __init__(self) -> None:
        self._next = self._size = 0
        self._waiting: dict[int, bytes] = {}
        self._end: int | None = None
        self.finished = False

    def add(self, offset: int, data: bytes, fin: bool) -> bytes:
        """Take a frame's bytes; return what is now in order (empty where something is still missing)."""
        if fin:
            self._end = offset + len(data)
        if self._size + len(data) <= MAX_WAITING and offset + len(data) > self._next:
            kept = self._waiting.get(offset, b"")
            if len(data) > len(kept):
                self._size += len(data) - len(kept)
                self._waiting[offset] = data
        out = bytearray()
        while (start := self._ready()) is not None:
            piece = self._waiting.pop(start)
            self._size -= len(piece)
            piece = piece[self._next - start :]
            out += piece
            self._next += len(piece)
        self.finished = self._end is not None and self._next >= self._end
        return bytes(out)

    def _ready(self) -> int | None:
        if self._next in self._waiting:
            return self._next
        return next((start for start in self._waiting if start < self._next), None)
