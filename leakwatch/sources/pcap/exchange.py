"""HTTP messages as every reader of a capture takes them: bodies of any size, and DNS messages in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    Event,
    Headers,
    Request,
    Response,
)
from leakwatch.sources.pcap.dns import message
from leakwatch.sources.pcap.peers import DIRECTIONS, Peers

SPILL = 1 << 20
"""Bytes of a body that are held before it goes on in chunks."""
CHUNK = 1 << 18
"""Bytes of a chunk, about: what follows would otherwise come in pieces as small as a network's segments."""


@dataclass
class Message:
    """An HTTP message being read: held whole while it is small, sent on in chunks once it is not."""

    head: Request | Response
    direction: int
    body: bytearray = field(default_factory=bytearray)
    spilled: bool = False
    peers: Peers | None = None
    """Who speaks, where what the body asks of a resolver is to be told too (RFC 8484)."""
    wanted: bytes = b""
    """The `:protocol` of an extended CONNECT (RFC 8441)."""

    @property
    def room(self) -> int:
        """So many bytes make the body go on; fewer may be added to it without being told."""
        return (CHUNK if self.spilled else SPILL) + 1 - len(self.body)

    def add(self, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of the body."""
        self.body += data
        if self.room > 0:
            return
        if not self.spilled:
            self.spilled = True
            yield replace(self.head, complete=False)
        yield self._chunk(time)

    def _chunk(self, time: float) -> BodyChunk:
        held = bytes(self.body)
        self.body.clear()
        return BodyChunk(time=time, exchange=self.head.exchange, direction=DIRECTIONS[self.direction], data=held)

    def end(self, time: float, trailers: Headers = ()) -> Iterator[Event]:
        """The message is whole (or as whole as it will ever be)."""
        if not self.spilled:
            yield replace(self.head, body=bytes(self.body), trailers=trailers)
            if self.body[4:6] == b"\0\1" and self.peers is not None and _is_dns(self.head.headers):
                found = message(self.peers, bytes(self.body), time, "dns", self.direction)
                if found is not None:
                    yield found
            return
        if self.body:
            yield self._chunk(time)
        yield BodyEnd(time=time, exchange=self.head.exchange, direction=DIRECTIONS[self.direction], trailers=trailers)


def _is_dns(headers: Headers) -> bool:
    return any(n.lower() == b"content-type" and v.lower().startswith(b"application/dns-message") for n, v in headers)
