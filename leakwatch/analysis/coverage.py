"""Events that say what could not be seen become ledger entries; the rules of DESIGN §5 on pinning live here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from leakwatch.journal.events import (
    CaptureStarted,
    Event,
    ExchangeFailed,
    LedgerNote,
    Opening,
    PassThrough,
    Request,
    TlsFailure,
)
from leakwatch.model import LEDGER_KINDS, LedgerEntry

_REMEMBERED = 10_000


class Coverage:
    """Turns events into ledger entries. Remembers which handshakes failed and which client is the phone."""

    def __init__(self) -> None:
        self._silent: OrderedDict[tuple[str, str], None] = OrderedDict()
        """(client, host) pairs whose latest handshake ended in silence."""
        self._live = False
        self._clients: list[str] = []
        self._others: set[str] = set()
        """Addresses that the proxy itself noted as not the phone's: it also sees clients of which nothing was read."""

    def of(self, event: Event, host: str) -> Iterator[LedgerEntry]:
        """Yield the entries of one event; `host` is its exchange's host, masked."""
        match event:
            case CaptureStarted():
                self._live = True
            case TlsFailure():
                yield from self._tls_failure(event)
            case PassThrough():
                total = event.sent + event.received
                size = total if event.content < 0 else event.content
                wire = f"{total} bytes with TLS's own" if event.content >= 0 else ""
                detail = "; ".join(filter(None, (event.detail, wire)))
                name = event.sni or event.server[0]
                yield LedgerEntry(event.time, "passed_through", name, event.exchange, "", 1, size, detail)
            case LedgerNote():
                kind = event.kind if event.kind in LEDGER_KINDS else "unreadable"
                if kind == "second_client" and len(self._others) < 100:
                    self._others.add(event.detail)
                yield LedgerEntry(
                    event.time,
                    kind,
                    event.host,
                    event.exchange,
                    event.direction,
                    event.count,
                    event.bytes,
                    event.detail,
                )
            case ExchangeFailed():
                yield LedgerEntry(event.time, "truncated", host, event.exchange, detail=event.detail)
            case Opening():
                yield from self._opening(event, host)

    def is_other_client(self, event: Opening) -> bool:
        """Say whether a live capture's flow came from another address than the phone's, the first that was seen."""
        address = event.client[0]
        if address in self._others:
            return True
        return self._live and bool(address) and bool(self._clients) and self._clients[0] != address

    def _opening(self, event: Opening, host: str) -> Iterator[LedgerEntry]:
        address = event.client[0]
        known = address in self._others or address in self._clients
        if self._live and address and not known and len(self._clients) < 100:
            if self._clients:
                yield LedgerEntry(event.time, "second_client", "", event.exchange, detail=address)
            self._clients.append(address)
        if not isinstance(event, Request):
            return
        if event.tls:
            for name in {event.sni, event.host}:
                self._silent.pop((address, name), None)
        elif event.scheme in ("http", "ws"):
            size = len(event.body)
            yield LedgerEntry(event.time, "plaintext", host, event.exchange, "request", 1, size, event.protocol)

    def _tls_failure(self, event: TlsFailure) -> Iterator[LedgerEntry]:
        """A refusal counts at once; a silent close only as the second on end, without a success between."""
        name = event.sni or event.server[0]
        pair = (event.client[0], name)
        if not event.refused and pair not in self._silent:
            self._silent[pair] = None
            if len(self._silent) > _REMEMBERED:
                self._silent.popitem(last=False)
            return
        yield LedgerEntry(event.time, "pinned", name, event.exchange, detail=event.detail)
