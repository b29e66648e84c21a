"""TCP reassembly: segments in any order to the bytes of each direction, with gaps reported and memory bounded."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

from leakwatch.journal.events import Address, Event
from leakwatch.sources.pcap.conversation import Conversation, Lane, is_client

MAX_WAITING = 4 << 20
"""Bytes of one direction that may wait for a missing segment; then the gap is given up."""
PATIENCE = 32
"""Segments of a connection that pass before bytes are given up that were acknowledged but never seen."""
_MASK = 0xFFFFFFFF
_HEADER = struct.Struct(">HHIIBB")
_PLAIN4, _PLAIN6 = struct.Struct(">xxHxxHxBxx12sIIBB"), struct.Struct(">xxxxHBx36sIIBB")
"""An IPv4 header of 20 bytes or an IPv6 header, and the TCP header: what tells whether a segment simply comes next."""
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_RESETS = _SYN | _RST
_NEAR = 1 << 20
"""Sequence numbers nearer than this to the expected one belong to the same connection."""


class _Half:
    """One direction: its `first` sequence number (of a SYN), the next one wanted, segments that came too early."""

    __slots__ = (
        "after", "began", "connection", "cut", "direction", "first", "lane", "next", "other", "waiting", "waiting_size",
    )  # fmt: skip

    def __init__(self, connection: Connection, direction: int, lane: Lane) -> None:
        self.connection, self.direction, self.lane = connection, direction, lane
        self.other = self
        self.first: int | None = None
        self.next: int | None = None
        self.after: int | None = None
        """The other side's bytes up to here came before what waits, for that acknowledged them."""
        self.began = False
        self.waiting: dict[int, bytes] = {}
        self.cut: dict[int, int] = {}
        """Where the capture cut off the end of a segment that waits, and how many bytes."""
        self.waiting_size = 0


class Connection:
    """One TCP connection; direction 0 is the client's (who sent the SYN, else the higher port)."""

    __slots__ = ("conversation", "fins", "halves", "last", "opened", "patience")

    def __init__(self, conversation: Conversation, time: float) -> None:
        lanes: tuple[Lane, Lane] = getattr(conversation, "lanes", None) or (Lane(), Lane())
        up, down = (_Half(self, direction, lane) for direction, lane in enumerate(lanes))
        up.other, down.other = down, up
        self.halves = (up, down)
        self.conversation = conversation
        self.opened = self.last = time
        self.fins = 0
        self.patience = PATIENCE

    def segment(
        self, direction: int, sequence: int, ack: int, flags: int, payload: bytes, time: float
    ) -> Iterator[Event]:
        """Take one segment; yield what its bytes (and those it unblocks) tell."""
        self.last = time
        half = self.halves[direction]
        if flags & _SYN:
            sequence = (sequence + 1) & _MASK
            half.first = sequence
        if half.next is None:
            half.next = sequence
        early = flags & _ACK and self._is_early(half.other, ack)
        if early:
            yield from self._wait(half, ack, bool(payload), time)
        if payload:
            ahead = (sequence - half.next) & _MASK
            if not half.began and half.first is None and ahead > _MASK - _NEAR:
                half.next, ahead = sequence, 0  # packets out of order at the start of a capture
            half.began = True
            if ahead == 0 and not half.waiting and half.after is None:
                half.next = (sequence + len(payload)) & _MASK
                yield from self.conversation.data(direction, payload, time)
            else:
                yield from self._out_of_order(direction, sequence, ahead, payload, time)
            if half.other.after is not None:
                yield from self._release(half.other, time)
        if flags & (_FIN | _RST):
            self.fins |= 3 if flags & _RST else 1 << direction

    def _is_early(self, half: _Half, ack: int) -> bool:
        """Whether an acknowledgement goes beyond what the capture has shown of `half` (its FIN counts for one)."""
        if half.next is None:
            return False
        ended = self.fins >> half.direction & 1
        return ended < (ack - half.next) & _MASK < 1 << 31

    def _wait(self, half: _Half, ack: int, speaks: bool, time: float) -> Iterator[Event]:
        """Something of the other side was acknowledged before the capture showed it: out of order, or lost to it.

        What answers it waits for it, as long as there is patience; after that the bytes are given up.
        """
        if self.patience:
            self.patience -= 1
            half.after = ack if speaks else half.after
        if not self.patience:
            if half.other.waiting:
                yield from self._acknowledged(half.other.direction, ack, time)
            for side in self.halves:
                side.after = None
                yield from self._deliver(side.direction, time)

    def _release(self, half: _Half, time: float) -> Iterator[Event]:
        """Let go what waited for the other side, if that has been seen now."""
        if half.after is not None and not self._is_early(half.other, half.after):
            half.after, self.patience = None, PATIENCE
            yield from self._deliver(half.direction, time)

    def lost(self, direction: int, sequence: int, size: int, time: float) -> Iterator[Event]:
        """`size` bytes from `sequence` on were sent, but the capture cut them off."""
        half = self.halves[direction]
        if half.waiting:
            half.cut[sequence] = size
        elif half.next == sequence:
            half.cut.clear()
            half.next = (sequence + size) & _MASK
            yield from self.conversation.gap(direction, size, time)

    def is_other(self, direction: int, first: int) -> bool:
        """Whether a SYN whose data will begin at `first` opens another connection than this one."""
        half = self.halves[direction]
        if self.fins or half.next is None:
            return bool(self.fins)
        if half.first is not None:
            return half.first != first
        return _NEAR < (first - half.next) & _MASK < _MASK - _NEAR

    def _out_of_order(self, direction: int, sequence: int, ahead: int, payload: bytes, time: float) -> Iterator[Event]:
        half = self.halves[direction]
        assert half.next is not None
        if ahead >= 1 << 31:  # old data again, perhaps with something new at its end
            behind = (half.next - sequence) & _MASK
            if behind >= len(payload):
                return
            sequence, payload = half.next, payload[behind:]
        kept = half.waiting.get(sequence)
        if kept is None or len(kept) < len(payload):
            half.waiting_size += len(payload) - (len(kept) if kept else 0)
            half.waiting[sequence] = payload
        yield from self._deliver(direction, time)
        if not half.waiting:
            self.patience = PATIENCE
        if half.waiting_size > MAX_WAITING:
            half.after = None
            yield from self._skip_gap(direction, time)

    def _deliver(self, direction: int, time: float) -> Iterator[Event]:
        """Hand on all that is now in order; where segments overlap, what came first in the stream wins."""
        half = self.halves[direction]
        while half.waiting and half.after is None:
            assert half.next is not None
            ready = half.next if half.next in half.waiting else self._overlapping(half)
            if ready is None:
                return
            piece = half.waiting.pop(ready)
            half.waiting_size -= len(piece)
            piece = piece[(half.next - ready) & _MASK :]
            if piece:
                half.next = (half.next + len(piece)) & _MASK
                yield from self.conversation.data(direction, piece, time)
            cut = half.cut.pop(half.next, 0) if half.cut else 0
            if cut:
                half.next = (half.next + cut) & _MASK
                yield from self.conversation.gap(direction, cut, time)

    @staticmethod
    def _overlapping(half: _Half) -> int | None:
        position = half.next or 0
        return next((s for s in half.waiting if (position - s) & _MASK < 1 << 31), None)

    def _acknowledged(self, direction: int, ack: int, time: float) -> Iterator[Event]:
        """The receiver has acknowledged past a hole: those bytes arrived, but the capture will never show them."""
        half = self.halves[direction]
        first = min(half.waiting, key=lambda s: (s - (half.next or 0)) & _MASK)
        if (ack - first) & _MASK < 1 << 31:
            yield from self._skip_gap(direction, time)

    def _skip_gap(self, direction: int, time: float) -> Iterator[Event]:
        half = self.halves[direction]
        start = half.next or 0
        first = min(half.waiting, key=lambda s: (s - start) & _MASK)
        half.next = first
        if first != start:
            yield from self.conversation.gap(direction, (first - start) & _MASK, time)
        yield from self._deliver(direction, time)

    def close(self) -> Iterator[Event]:
        """Give up all holes and end the conversation."""
        self.halves[0].after = self.halves[1].after = None
        for direction in (0, 1):
            while self.halves[direction].waiting:
                yield from self._skip_gap(direction, self.last)
        yield from self.conversation.close(self.last)


class Connections:
    """All TCP connections of a capture: finds the one of a packet, opens and closes them."""

    MAX_OPEN = 15_000
    """Connections that are remembered, some kilobytes each; then those that are over are forgotten, and silent ones."""
    LINGER = 30.0
    """Seconds for which the segments of a connection that both sides have closed may still be sent again."""
    IDLE = 600.0
    """Seconds after which a connection that was not closed may be given up when there are too many."""

    def __init__(self, open_conversation: Callable[[Address, Address, float], Conversation]) -> None:
        self._open = open_conversation
        self._connections: dict[tuple[bytes, bytes, int, int], tuple[Connection, int]] = {}
        self._plain: dict[bytes, _Half] = {}
        """The same by the bytes of addresses and ports as they stand in an IPv4 or IPv6 packet."""
        self.seen = 0

    def follows(self, frame: bytes, offset: int, end: int, time: float) -> Iterable[Event] | None:
        """Take the IP packet from `offset` to `end` if it belongs to a known connection; return its events, else None.

        Nearly all do, and most make no event: acknowledgements, and the middle of bodies.
        """
        first = frame[offset] if offset + 40 <= end else 0
        if first == 0x45:
            size, fragment, protocol, ends, sequence, ack, data, flags = _PLAIN4.unpack_from(frame, offset)
            start, stop = offset + 20 + (data >> 4) * 4, offset + size
            if fragment & 0x3FFF:
                return None
        elif first >> 4 == 6 and offset + 60 <= end:
            size, protocol, ends, sequence, ack, data, flags = _PLAIN6.unpack_from(frame, offset)
            start, stop = offset + 40 + (data >> 4) * 4, offset + 40 + size
        else:
            return None
        half = self._plain.get(ends)
        if half is None or protocol != 6 or flags & _RESETS or not start <= stop <= end:
            return None
        if start == stop and not flags & _FIN and not half.other.waiting:
            half.connection.last = time
            return ()
        if half.next != sequence or flags & _FIN or half.waiting or half.other.waiting:
            return half.connection.segment(half.direction, sequence, ack, flags, frame[start:stop], time)
        size = stop - start
        lane = half.lane
        if size >= lane.room:
            return half.connection.segment(half.direction, sequence, ack, flags, frame[start:stop], time)
        lane.room -= size
        if lane.into is not None:
            lane.into += frame[start:stop]
        half.next = (sequence + size) & _MASK
        half.connection.last = time
        return ()

    def packet(
        self,
        source: bytes,
        destination: bytes,
        data: bytes,
        time: float,
        address: Callable[[bytes], str],
        missing: int = 0,
    ) -> Iterator[Event]:
        """Take one TCP packet (header and payload), of which the capture cut off the last `missing` bytes."""
        if len(data) < 20:
            return
        sport, dport, sequence, ack, offset, flags = _HEADER.unpack_from(data)
        key = (source, destination, sport, dport)
        found = self._connections.get(key)
        fresh_syn = flags & (_SYN | _ACK) == _SYN
        if found and fresh_syn and found[0].is_other(found[1], (sequence + 1) & _MASK):  # the port pair is used again
            yield from self._drop(key)
            found = None
        if found is None:
            if flags & _RST:
                return
            found = self._connect(key, flags, time, address, data)
            if len(self._connections) > 2 * self.MAX_OPEN:
                yield from self._evict(time)
        connection, direction = found
        payload = data[(offset >> 4) * 4 :]
        if payload or flags & (_FIN | _SYN | _RST) or connection.halves[1 - direction].waiting:
            yield from connection.segment(direction, sequence, ack, flags, payload, time)
            if missing:
                end = sequence + len(payload) + bool(flags & _SYN)
                yield from connection.lost(direction, end & _MASK, missing, time)
            if connection.fins == 3 and not any(half.waiting for half in connection.halves) and flags & _RST:
                yield from self._drop(key)
        else:
            connection.last = time

    def _connect(
        self, key: tuple[bytes, bytes, int, int], flags: int, time: float, address: Callable[[bytes], str], data: bytes
    ) -> tuple[Connection, int]:
        source, destination, sport, dport = key
        from_client = is_client(flags, sport, dport, data[(data[12] >> 4) * 4 :][:8])
        here, there = (address(source), sport), (address(destination), dport)
        client, server = (here, there) if from_client else (there, here)
        connection = Connection(self._open(client, server, time), time)
        self.seen += 1
        self._connections[(destination, source, dport, sport)] = (connection, 1 if from_client else 0)
        self._connections[key] = (connection, 0 if from_client else 1)  # last: both ends may be the same
        halves = connection.halves[::-1] if from_client else connection.halves
        self._plain.update(zip(reversed(_both_ways(key)), halves, strict=True))
        return self._connections[key]

    def _drop(self, key: tuple[bytes, bytes, int, int]) -> Iterator[Event]:
        connection, _ = self._connections.pop(key)
        self._connections.pop((key[1], key[0], key[3], key[2]), None)
        for way in _both_ways(key):
            self._plain.pop(way, None)
        yield from connection.close()

    def _evict(self, time: float) -> Iterator[Event]:
        """Give up what is over or was silent for long, else what is over, else the oldest: enough not to do so soon."""
        clients = [(key, c) for key, (c, direction) in self._connections.items() if direction == 0]
        enough = self.MAX_OPEN // 100
        chosen = [key for key, c in clients if time - c.last > (self.LINGER if c.fins == 3 else self.IDLE)]
        if len(chosen) <= enough:
            chosen = [key for key, c in clients if c.fins == 3]
        if len(chosen) <= enough:
            chosen = [key for key, _ in clients[: self.MAX_OPEN // 10 + 1]]
        for key in chosen:
            if key in self._connections:
                yield from self._drop(key)

    def end_finished(self) -> Iterator[Event]:
        """End the connections that both sides have closed; a file's end does that for all."""
        for key in [key for key, (c, direction) in self._connections.items() if direction == 0 and c.fins == 3]:
            yield from self._drop(key)

    def close(self) -> Iterator[Event]:
        """End every connection that is still open."""
        while self._connections:
            yield from self._drop(next(iter(self._connections)))


def _both_ways(key: tuple[bytes, bytes, int, int]) -> tuple[bytes, bytes]:
    """The bytes of addresses and ports in packets of a connection, there and back."""
    source, destination, sport, dport = key
    return (
        source + destination + struct.pack(">HH", sport, dport),
        destination + source + struct.pack(">HH", dport, sport),
    )
