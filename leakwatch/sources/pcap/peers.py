"""Who speaks with whom in a capture: the addresses and names of a conversation, and the numbering of flows."""

from __future__ import annotations

from dataclasses import dataclass

from leakwatch.journal.events import NOWHERE, Address, LedgerNote
from leakwatch.model import Direction

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
