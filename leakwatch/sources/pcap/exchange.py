"""What every protocol reader of a capture shares: numbering of flows, addresses, bodies of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from leakwatch.journal.events import (
    NOWHERE,
    Address,
    BodyChunk,
    BodyEnd,
    Event,
    Headers,
    LedgerNote,
    Request,
    Response,
)
from leakwatch.model import Direction

SPILL = 1 << 20
"""Bytes of a body that are held before it goes on in chunks."""
CHUNK = 1 << 18
"""Bytes of a chunk, about: what follows would otherwise come in pieces as small as a network's segments."""

DIRECTIONS = (Direction.REQUEST, Direction.RESPONSE)


@dataclass
class Numbering:
    """Gives flows their place in the file; one for the whole capture."""

    exchanges: int = 0
    conversations: int = 0

    def exchange(self) -> int:
        """The next flow's index, from 0."""
        self.exchanges += 1
        return self.exchanges - 1

    def conversation(self) -> int:
        """The next connection's number, from 0."""
        self.conversations += 1
        return self.conversations - 1


@dataclass(frozen=True)
class Peers:
    """Who speaks with whom: addresses, the name asked for, whether TLS (opened with keys) lies below."""

    numbering: Numbering
    connection: str
    client: Address = NOWHERE
    server: Address = NOWHERE
    host: str = ""
    sni: str = ""
    tls: bool = False
    app: str = ""
    alpn: str = ""
    port: int = 0
    certificates: tuple[str, ...] = ()

    def opening(self, host: str = "", port: int = 0) -> dict[str, object]:
        """The fields that the first event of a flow shares; also gives it its place."""
        index = self.numbering.exchange()
        return {
            "exchange": f"{self.connection}-{index}",
            "index": index,
            "host": host or self.host or self.sni or self.server[0],
            "port": port or self.port or self.server[1],
            "client": self.client,
            "server": self.server,
            "sni": self.sni,
            "tls": self.tls,
            "app": self.app,
            "app_evidence": "proven" if self.app else "",
            "certificates": self.certificates,
        }

    def note(self, kind: str, time: float, *, direction: int = -1, size: int = 0, detail: str = "") -> LedgerNote:
        """A ledger entry about this conversation."""
        return LedgerNote(
            time=time,
            exchange=self.connection,
            kind=kind,
            host=self.host or self.sni or self.server[0],
            direction=DIRECTIONS[direction].value if direction >= 0 else "",
            bytes=size,
            detail=detail,
        )


@dataclass
class Message:
    """An HTTP message being read: held whole while it is small, sent on in chunks once it is not."""

    head: Request | Response
    direction: int
    body: bytearray = field(default_factory=bytearray)
    spilled: bool = False
    peers: Peers | None = None
    """Who speaks, where what the body asks of a resolver is to be told too (RFC 8484)."""

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
                from leakwatch.sources.pcap.dns import message  # it needs Peers

                found = message(self.peers, bytes(self.body), time, "dns", self.direction)
                if found is not None:
                    yield found
            return
        if self.body:
            yield self._chunk(time)
        yield BodyEnd(time=time, exchange=self.head.exchange, direction=DIRECTIONS[self.direction], trailers=trailers)


def _is_dns(headers: Headers) -> bool:
    return any(n.lower() == b"content-type" and v.lower().startswith(b"application/dns-message") for n, v in headers)
