"""MQTT conversations of a capture: each control packet is one message of the stream; `parts` cuts it up."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.journal.events import Event, StreamClosed, StreamMessage, StreamOpened
from leakwatch.journal.mqtt import Cutter
from leakwatch.sources.pcap.peers import DIRECTIONS, Peers


class Mqtt:
    """One connection: each control packet is one message of the stream, fixed header included."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self._cutters = (Cutter(), Cutter())
        self._opening = peers.opening()
        self._index = -1

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        if self._index < 0:
            self._index = 0
            yield StreamOpened(time=time, protocol="mqtt", **self._opening)  # type: ignore[arg-type]  # shared fields
        cutter = self._cutters[direction]
        before = cutter.broken
        for packet in cutter.feed(data):
            yield self._message(direction, packet, time)
        if cutter.broken and not before:
            detail = "MQTT: not a control packet where one should begin; read as it stands from here on"
            yield self.peers.note("undecodable", time, direction=direction, detail=detail)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Packets have no marks to find the next one by: what follows goes on as it stands."""
        self._cutters[direction].broken = True
        yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")

    def close(self, time: float) -> Iterator[Event]:
        """The connection ended, perhaps within a packet."""
        if self._index >= 0:
            for direction in (0, 1):
                for left in self._cutters[direction].rest():
                    yield self._message(direction, left, time)
            yield StreamClosed(time=time, exchange=str(self._opening["exchange"]))

    def _message(self, direction: int, data: bytes, time: float) -> StreamMessage:
        self._index += 1
        return StreamMessage(
            time=time,
            exchange=str(self._opening["exchange"]),
            protocol="mqtt",
            direction=DIRECTIONS[direction],
            index=self._index - 1,
            data=data,
        )
