"""Conversations that no reader knows: their bytes still go to the matcher, state carried by the detector."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.journal.events import Event, StreamClosed, StreamMessage, StreamOpened
from leakwatch.sources.pcap.peers import DIRECTIONS, Peers


class Raw:
    """A TCP or UDP conversation handed on as it is."""

    def __init__(self, peers: Peers, protocol: str = "tcp") -> None:
        self.peers = peers
        self.protocol = protocol
        self._opening: dict[str, object] = {}
        self._index = 0

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Hand on the next bytes of a direction."""
        if not self._opening:
            self._opening = self.peers.opening()
            yield StreamOpened(time=time, protocol=self.protocol, **self._opening)  # type: ignore[arg-type]  # shared
        yield StreamMessage(
            time=time,
            exchange=str(self._opening["exchange"]),
            protocol=self.protocol,
            direction=DIRECTIONS[direction],
            index=self._index,
            data=data,
        )
        self._index += 1

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Say what is missing; what follows is read all the same."""
        yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")

    def close(self, time: float) -> Iterator[Event]:
        """The conversation ended."""
        if self._opening:
            yield StreamClosed(time=time, exchange=str(self._opening["exchange"]))
