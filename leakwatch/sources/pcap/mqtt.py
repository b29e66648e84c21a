"""MQTT 3.1, 3.1.1 and 5 control packets out of a byte stream (OASIS mqtt-v5.0 §2); `parts` cuts them up."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.journal.events import Event, StreamClosed, StreamMessage, StreamOpened
from leakwatch.sources.pcap.exchange import DIRECTIONS, Peers

MAX_PACKET = 16 << 20


class Mqtt:
    """One connection: each control packet is one message of the stream, fixed header included."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self._buffers = (bytearray(), bytearray())
        self._broken = [False, False]
        self._opening = peers.opening()
        self._index = -1

    @property
    def _exchange(self) -> str:
        return str(self._opening["exchange"])

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        if self._index < 0:
            self._index = 0
            yield StreamOpened(time=time, protocol="mqtt", **self._opening)  # type: ignore[arg-type]  # shared fields
        buffer = self._buffers[direction]
        buffer += data
        while not self._broken[direction] and (size := packet_size(buffer)):
            if size < 0 or size > MAX_PACKET:
                self._broken[direction] = True
                detail = "MQTT: not a control packet where one should begin"
                yield self.peers.note("undecodable", time, direction=direction, size=len(buffer), detail=detail)
                break
            if len(buffer) < size:
                return
            packet = bytes(buffer[:size])
            del buffer[:size]
            yield StreamMessage(
                time=time,
                exchange=self._exchange,
                protocol="mqtt",
                direction=DIRECTIONS[direction],
                index=self._index,
                data=packet,
            )
            self._index += 1
        if self._broken[direction]:
            buffer.clear()

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Packets have no marks to find the next one by."""
        self._broken[direction] = True
        yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")

    def close(self, time: float) -> Iterator[Event]:
        """The connection ended."""
        if self._index >= 0:
            yield StreamClosed(time=time, exchange=self._exchange)


def packet_size(buffer: bytes | bytearray) -> int:
    """Size of the control packet at the start of `buffer`; 0: not known yet, -1: not one."""
    size = shift = 0
    for at in range(1, 5):
        if at >= len(buffer):
            return 0
        size |= (buffer[at] & 0x7F) << shift
        if not buffer[at] & 0x80:
            return size + at + 1 if buffer[0] >> 4 else -1
        shift += 7
    return -1


def is_connect(data: bytes | bytearray) -> bool:
    """Whether a client's first bytes are an MQTT CONNECT."""
    head = bytes(data[:16])
    return head[:1] == b"\x10" and (b"\x00\x04MQTT" in head or b"\x00\x06MQIsdp" in head)
